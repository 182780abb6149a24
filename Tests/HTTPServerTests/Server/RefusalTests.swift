import Testing

@testable import HTTPServer

@Suite("A message that is refused", .timeLimit(.minutes(10)))
struct RefusalTests {
    static let scenarios: [Scenario] = [
        Scenario(
            "is answered once and the connection closes",
            #"""
            print(Connection().send('garbage\r\n\r\n' + get('/hello/a') * 3).answers())
            """#, prints: "400 closes, end"),
        Scenario(
            "is answered once, byte by byte too",
            #"""
            c = Connection()
            try: c.send_bytes('GET / HTTP/1.1\r\nHost : a\r\n\r\n' + get('/hello/a'))
            except OSError: pass
            print(c.answers())
            """#, prints: "400 closes, end"),
        Scenario(
            "is answered behind the requests before it",
            #"""
            print(Connection().send(get('/hello/a') + get('/later/b') + get('/hello/c') + '\x00').answers())
            """#, prints: "200 hello a, 200 later b, 200 hello c, 400 closes, end"),
        Scenario(
            "after a chunked body that breaks is not taken for the next request",
            #"""
            smuggled = post('/echo', '5\r\nhello!\r\n' + get('/hello/a'), 'Transfer-Encoding: chunked\r\n')
            print(Connection().send(smuggled).answers())
            """#, prints: "400 closes, end"),
        Scenario(
            "for two framings is not read to either's end, RFC 9112 §6.1",
            #"""
            both = 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'
            print(Connection().send(post('/echo', '0\r\n\r\n' + get('/hello/a'), both)).answers())
            """#, prints: "400 closes, end"),
        Scenario(
            "is answered when it is TLS",
            #"""
            print(Connection().send(b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + bytes(500)).answers())
            """#, prints: "400 closes, end"),
        Scenario(
            "is answered in full while its sender goes on sending",
            #"""
            c = Connection().send('garbage\r\n\r\n')
            try:
                for n in range(200): c.send('x' * 10000)
            except OSError: pass
            print(c.answers())
            """#, prints: "400 closes, end"),
        Scenario(
            "for its length gets no 100 and no reading, RFC 9110 §10.1.1",
            #"""
            fields = 'Content-Length: 2000000\r\nExpect: 100-continue\r\n'
            print(Connection().send(post('/echo', '', fields)).answers())
            """#, prints: "413 closes, end"),
        Scenario(
            "for the length of its chunks is refused at the chunk's size",
            #"""
            fields = 'Transfer-Encoding: chunked\r\n'
            print(Connection().send(post('/small', '2\r\nab\r\n3\r\n', fields)).answers())
            """#, prints: "413 closes, end"),
        Scenario(
            "for a long request line gets 414, RFC 9110 §15.5.15",
            """
            print(Connection().send('GET /' + 'a' * 8193).answers())
            """, prints: "414 closes, end"),
        Scenario(
            "for a long header gets 431, RFC 6585 §5",
            #"""
            print(Connection().send('GET / HTTP/1.1\r\nHost: a\r\nX: ' + 'a' * 40000).answers())
            """#, prints: "431 closes, end"),
        Scenario(
            "for a slow header gets 408, and a byte now and then does not help, RFC 9110 §15.5.9",
            #"""
            c = Connection().send(get('/hello/a'))
            print(c.answer(), end=' ')
            try:
                c.send('GET / HTTP/1.1\r\nX: ')
                while not select.select([c.socket], [], [], 0.05)[0]: c.send('a')
            except OSError: pass
            print(c.answers())
            """#, prints: "200 hello a 408 closes, end"
        ) { $0.headTime = .milliseconds(300) },
        Scenario(
            "for a slow body gets 408, RFC 9110 §15.5.9",
            #"""
            c = Connection().send(post('/echo', 'a', 'Content-Length: 1000\r\n'))
            try:
                while not select.select([c.socket], [], [], 0.05)[0]: c.send('a')
            except OSError: pass
            print(c.answers())
            """#, prints: "408 closes, end"
        ) { $0.bodyTime = .milliseconds(300) },
        Scenario(
            "for the number of connections gets 503, and its place is free again later",
            """
            held = [Connection() for n in range(2)]
            for c in held: c.send(get('/hello/a')).answer()
            print(Connection().send(get('/hello/a')).answers(), end=' ')
            for c in held: c.socket.close()
            while ask(get('/hello/b')) != '200 hello b': pass
            print('200')
            """, prints: "503 closes, end 200"
        ) { $0.connectionsMax = 2 },
    ]

    @Test("gets one answer, the last of its connection", arguments: scenarios)
    func refusal(_ scenario: Scenario) async throws {
        try await scenario.run()
    }

    @Test("is in the log, between the others")
    func log() async throws {
        try await RunningServer.with(loopCount: 1) { running in
            let printed = try await Client.python(
                running,
                """
                print(Connection().send(get('/hello/a') + get('/later/b') + get('/nowhere') + 'garbage\\n').answers())
                """)
            #expect(printed == "200 hello a, 200 later b, 404, 400 closes, end\n")
            #expect(running.statuses == [200, 200, 404, 400])
        }
    }
}
