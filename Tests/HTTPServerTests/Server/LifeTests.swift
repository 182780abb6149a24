import Testing

@testable import HTTPServer

@Suite("A server's life", .timeLimit(.minutes(10)))
struct LifeTests {
    @Test("is its port's alone", arguments: [1, 2])
    func alone(loopCount: Int) async throws {
        try await RunningServer.with(loopCount: loopCount) { running in
            let second = try Server(Router(), ServerOptions(loopCount: loopCount))
            let fault = #expect(throws: SystemFault.self) { _ = try second.start(at: [.loopback(running.port)]) }
            #expect(fault?.call == "bind")
            #expect(try await Client.curl(running, "/hello/you", []) == "hello you")
        }
    }

    @Test("may begin where another has just ended")
    func restart() async throws {
        let port = try await RunningServer.with { running in
            _ = try await Client.curl(running, "/hello/you", [])
            return running.port
        }
        let server = try Server(Router())
        // A client that another test is starting has our descriptors for a moment, between its fork and its exec.
        while true {
            do throws(SystemFault) {
                #expect(try server.start(at: [.loopback(port)]) == [.loopback(port)])
                break
            } catch {
                #expect(error.call == "bind")
                await Task.yield()
            }
        }
        await onOwnThread { server.stop() }
    }

    @Test("does not begin at an address of another machine")
    func foreign() throws {
        let server = try Server(Router())
        #expect(throws: SystemFault.self) { _ = try server.start(at: [Listening(Address(host: "192.0.2.1", port: 0))]) }
    }

    @Test("is shared by its loops")
    func loops() async throws {
        try await RunningServer.with(loopCount: 4) { running in
            let printed = try await Client.python(
                running,
                """
                all = [Connection() for n in range(64)]
                for n, c in enumerate(all): c.send(get(f'/later/{n}'))
                print(all[0].answer(), sum(c.answer().startswith('200 later') for c in all[1:]))
                """)
            #expect(printed == "200 later 0 63\n")
        }
    }

    @Test("ends at once when there is nobody", arguments: [1, 4])
    func empty(loopCount: Int) async throws {
        let server = try Server(Router(), ServerOptions(loopCount: loopCount))
        _ = try server.start(at: [.loopback()])
        // A server that waited for its grace would be stopped by the suite's time limit.
        await onOwnThread { server.stop(grace: .seconds(3600)) }
        #expect(server.connectionCount == 0)
    }

    @Test("ends when what is in flight has been answered, and idle connections close first")
    func grace() async throws {
        try await RunningServer.with { running in
            async let printed = Client.python(
                running,
                """
                idle = Connection().send(get('/hello/a'))
                idle.answer()
                busy = Connection().send(get('/held/b') + get('/hello/c'))
                print(idle.answers())
                # The idle one has closed, so the server is stopping; the held one is answered now.
                print(busy.answers())
                """)
            await running.waitUntilHeld(1)
            async let stopped: Void = running.finishStop(grace: .seconds(50))
            // The client prints both only when the answer came after the stop began.
            await running.waitUntilConnected(atMost: 1)
            running.release()
            await stopped
            let ends = try await printed
            #expect(ends == "end\n200 closes held b, end\n")
            #expect(running.server.connectionCount == 0)
        }
    }

    @Test("ends after its grace, though a handler owes an answer")
    func graceEnds() async throws {
        try await RunningServer.with { running in
            async let printed = Client.python(running, "print(Connection().send(get('/held/b')).answers())")
            await running.waitUntilHeld(1)
            await running.finishStop(grace: .milliseconds(200))
            let end = try await printed
            #expect(end == "end\n")
            running.release()
        }
    }

    @Test("goes on when clients reset while their answers are owed")
    func resets() async throws {
        try await RunningServer.with { running in
            let printed = try await Client.python(
                running,
                """
                all = [Connection().send(get('/held/a') + get('/hello/b')) for n in range(50)]
                wait_for('/held', '50')
                for c in all: c.reset()
                wait_for('/connections', '1')
                print([Connection().send(get('/hello/c')).answer() for n in range(50)] == ['200 hello c'] * 50)
                ask(post('/release', ''))
                print(ask(get('/hello/d')))
                """)
            #expect(printed == "True\n200 hello d\n")
        }
    }

    @Test("goes on when clients close in the middle of a large answer")
    func cut() async throws {
        try await RunningServer.with { running in
            let printed = try await Client.python(
                running,
                """
                for n in range(20):
                    c = Connection(receive_buffer=4096).send(get('/large/3000000') + get('/hello/secret'))
                    c.fill()
                    c.socket.close() if n % 2 else c.reset()
                wait_for('/connections', '1')
                print([ask(get('/hello/a')) for n in range(20)] == ['200 hello a'] * 20)
                """)
            #expect(printed == "True\n")
        }
    }

    @Test("counts its connections down to none")
    func count() async throws {
        try await RunningServer.with { running in
            _ = try await Client.python(
                running,
                """
                for n in range(30):
                    c = Connection().send([get('/hello/a'), 'garbage\\n', get('/later/b')][n % 3])
                    c.answer()
                """)
            await running.waitUntilConnected(atMost: 0)
        }
    }
}
