import Testing

@testable import HTTPServer

@Suite("A server's patience", .timeLimit(.minutes(10)))
struct PatienceTests {
    static let scenarios: [Scenario] = [
        Scenario(
            "ends for a connection that asks nothing",
            """
            c = Connection()
            print(c.answers())
            """, prints: "end"
        ) { $0.idleTime = .milliseconds(200) },
        Scenario(
            "ends for a connection that asks nothing more",
            """
            c = Connection().send(get('/hello/a'))
            print(c.answers())
            """, prints: "200 hello a, end"
        ) { $0.idleTime = .milliseconds(200) },
        Scenario(
            "ends for a client that does not read",
            """
            c = Connection(receive_buffer=4096).send(get('/large/20000000'))
            # Until then it may not have been accepted, and is no connection yet.
            c.fill()
            wait_for('/connections', '1')
            print(c.answer())
            """, prints: "cut"
        ) { $0.writeTime = .milliseconds(300) },
        Scenario(
            "does not end for a client that reads slowly, longer than it may idle",
            """
            c = Connection(receive_buffer=65536).send(get('/large/20000000') + get('/hello/a'))
            # Each other connection ends when the server's own time for it is over.
            for n in range(4): c.fill() and Connection().answers()
            print(len(c.answer()), c.answer())
            """, prints: "20000004 200 hello a"
        ) {
            $0.idleTime = .milliseconds(300)
            $0.headTime = .milliseconds(300)
        },
        Scenario(
            "ends for a handler that does not answer, and goes on with the next request",
            """
            c = Connection().send(get('/held/a') + get('/hello/b'))
            print(c.answer(), c.answer())
            ask(post('/release', ''))
            print(c.send(get('/hello/c')).answer())
            """, prints: "503 200 hello b\n200 hello c"
        ) { $0.answerTime = .milliseconds(300) },
        Scenario(
            "does not end for a handler while the client's own times pass",
            """
            c = Connection().send(get('/held/a'))
            other = Connection().send(get('/hello/a'))
            print(other.answers())
            ask(post('/release', ''))
            print(c.answer())
            """, prints: "200 hello a, end\n200 held a"
        ) { $0.idleTime = .milliseconds(300) },
        Scenario(
            "ends for a refused client that does not close",
            """
            c = Connection().send('garbage\\n')
            wait_for('/connections', '1')
            print(c.answers())
            """, prints: "400 closes, end"
        ) { $0.drainTime = .milliseconds(200) },
    ]

    @Test("is long enough and has an end", arguments: scenarios)
    func patience(_ scenario: Scenario) async throws {
        try await scenario.run()
    }

    static let waits: [Scenario] = [
        Scenario("has closed its side", "c = Connection().send(get('/held/a')).half_close()\n", prints: ""),
        Scenario("sends more", "c = Connection().send(get('/held/a')); c.send(get('/hello/b') * 10)\n", prints: ""),
        Scenario(
            "sends more and has closed its side",
            "c = Connection().send(get('/held/a') + get('/hello/b')); c.send(get('/hello/c')).half_close()\n",
            prints: ""),
    ]

    @Test("costs nothing while an answer is owed to a client that", arguments: waits)
    func waiting(_ scenario: Scenario) async throws {
        try await RunningServer.with(loopCount: 1) { running in
            let turns = try await Client.python(
                running,
                scenario.script + """
                    wait_for('/held', '1')
                    other = Connection()
                    before = int(other.send(get('/turns')).answer().split()[1])
                    for n in range(300): other.send(get('/hello/a')).answer()
                    print(int(other.send(get('/turns')).answer().split()[1]) - before)
                    """)
            // A loop that spins turns a hundred times between two requests.
            #expect(Int(turns.dropLast()) ?? .max < 700, "\(turns)")
        }
    }

    @Test("does not end for requests that came in time and wait for a busy loop")
    func busy() async throws {
        var limits = Limits()
        limits.idleTime = .seconds(5)
        try await RunningServer.with(limits, loopCount: 1) { running in
            // More clients than a loop is told of at once: some are not read before deadlines are looked at.
            let printed = try await Client.python(
                running,
                """
                clients = [Connection() for n in range(400)]
                for c in clients: c.send(get('/hello/a'))
                for c in clients: c.answer()
                busy = Connection().send(get('/busy/6000'))
                for c in clients: c.send(get('/hello/a'))
                print(busy.answer(), {c.answer() for c in clients})
                """)
            #expect(printed == "200 busy {'200 hello a'}\n")
        }
    }

    @Test("does not buffer without bound while an answer is owed")
    func bound() async throws {
        try await RunningServer.with { running in
            let printed = try await Client.python(
                running,
                """
                c = Connection().send(get('/held/a'))
                wait_for('/held', '1')
                c.socket.settimeout(0.5)
                sent = 0
                try:
                    while sent < 100_000_000: sent += c.socket.send((get('/hello/b') * 1000).encode())
                except TimeoutError: pass
                print(sent < 50_000_000)
                """)
            #expect(printed == "True\n")
        }
    }

    @Test("does not gather answers without bound for a client that does not read")
    func outputBound() async throws {
        try await RunningServer.with(loopCount: 1) { running in
            let printed = try await Client.python(
                running,
                """
                c = Connection(receive_buffer=4096).send(get('/large/4000000') * 200)
                c.answer()
                print(ask(get('/hello/a')))
                """)
            #expect(printed == "200 hello a\n")
            #expect(running.statuses.count < 20)
        }
    }
}
