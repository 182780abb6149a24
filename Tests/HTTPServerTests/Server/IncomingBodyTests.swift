import Testing

@testable import HTTPServer

@Suite("A body that is taken piece by piece", .serialized, .timeLimit(.minutes(10)))
struct IncomingBodyTests {
    private static func run(_ scenario: Scenario) async throws {
        try await RunningServer.with(scenario.limits, routes: { Streams().add(to: &$0) }) { running in
            let printed = try await Client.python(running, prelude + scenario.script)
            #expect(printed == scenario.printed + "\n")
        }
    }

    private static let prelude = """
        def up(body): return f'200 {len(body)} {zlib.adler32(body)} end'
        def head(path, fields): return f'POST {path} HTTP/1.1\\r\\nHost: a\\r\\n{fields}\\r\\n'
        chunked = 'Transfer-Encoding: chunked\\r\\n'
        zipped = 'Content-Encoding: gzip\\r\\n'
        body = bytes(n * n % 251 for n in range(1_000_000))

        """

    static let whole: [Scenario] = [
        Scenario(
            "by its length",
            """
            c = Connection().send(head('/up', f'Content-Length: {len(body)}\\r\\n')).send(body)
            print(c.answer() == up(body), c.send(get('/hello/a')).answer())
            """, prints: "True 200 hello a"),
        Scenario(
            "in chunks",
            """
            c = Connection().send(head('/up', chunked))
            for n in range(0, len(body), 70_001):
                part = body[n:n + 70_001]
                c.send(f'{len(part):x}\\r\\n').send(part).send('\\r\\n')
            print(c.send('0\\r\\n\\r\\n').answer() == up(body), c.send(get('/hello/a')).answer())
            """, prints: "True 200 hello a"),
        Scenario(
            "in gzip, some of which is much shorter than its text",
            """
            text = bytes(2_000_000)
            packed = gzip.compress(text)
            c = Connection().send(head('/up', zipped + f'Content-Length: {len(packed)}\\r\\n')).send(packed)
            print(c.answer() == up(text), c.send(get('/hello/a')).answer())
            """, prints: "True 200 hello a"),
        Scenario(
            "in chunks of gzip, byte by byte",
            """
            packed = gzip.compress(b'hello')
            c = Connection().send(head('/up', zipped + chunked))
            for byte in packed: c.send(b'1\\r\\n' + bytes([byte]) + b'\\r\\n')
            print(c.send('0\\r\\n\\r\\n').answer() == up(b'hello'), c.send(get('/hello/a')).answer())
            """, prints: "True 200 hello a"),
        Scenario(
            "in one packet with its head and the requests behind it",
            """
            c = Connection().send(post('/up', 'abc') + get('/hello/a') + post('/up', '') + get('/hello/b'))
            print(c.answer() == up(b'abc'), c.answer(), c.answer() == up(b''), c.answer())
            """, prints: "True 200 hello a True 200 hello b"),
        Scenario(
            "behind an answer that the client has not read",
            """
            c = Connection(receive_buffer=4096)
            c.send(get('/large/3000000') + post('/up', 'abc') + get('/hello/a'))
            print(len(c.answer()), c.answer() == up(b'abc'), c.answer())
            """, prints: "3000004 True 200 hello a"),
        Scenario(
            "though there is none, with GET as well",
            """
            c = Connection().send('POST /up HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' + get('/up') + get('/hello/a'))
            print(c.answer(), c.answer(), c.answer())
            """, prints: "200 0 1 end 200 0 1 end 200 hello a"),
        Scenario(
            "which two ask for at once: one of them in vain",
            """
            c = Connection().send(head('/up/twice', 'Content-Length: 3\\r\\n'))
            wait_for('/ends', '2 broken')
            print(c.send('abc').answer())
            """, prints: "200 closes 2 broken, 1 3 bytes"),
        Scenario(
            "for HEAD, whose answer has no body",
            """
            c = Connection().send('HEAD /up HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n')
            while b'\\r\\n\\r\\n' not in c.buffer: c.fill()
            c.buffer = b''
            print(c.send(get('/hello/a')).answer())
            """, prints: "200 hello a"),
    ]

    @Test("arrives whole", arguments: whole)
    func arrives(_ scenario: Scenario) async throws { try await Self.run(scenario) }

    static let broken: [Scenario] = [
        Scenario(
            "is longer than may be, by its length: its handler is not called",
            """
            print(Connection().send(post('/up/small', '1' * 41)).answers(), ask(get('/ends')))
            """, prints: "413 closes, end 200"),
        Scenario(
            "is longer than may be, by its chunks",
            """
            c = Connection().send(head('/up/small', chunked) + '2\\r\\nab\\r\\n27\\r\\n')
            print(c.answers(), ask(get('/ends')))
            """, prints: "413 closes, end 200 refused"),
        Scenario(
            "is longer than may be, by its gzip",
            """
            packed = gzip.compress(bytes(41))
            c = Connection().send(head('/up/small', zipped + f'Content-Length: {len(packed)}\\r\\n')).send(packed)
            print(c.answers(), ask(get('/ends')))
            """, prints: "413 closes, end 200 refused"),
        Scenario(
            "breaks in the middle of its chunks",
            """
            c = Connection().send(head('/up', chunked) + '2\\r\\nab\\r\\n')
            wait_for('/taken', '2')
            print(c.send('2\\r\\nabc\\r\\n' + get('/hello/a')).answers(), ask(get('/ends')))
            """, prints: "400 closes, end 200 refused"),
        Scenario(
            "breaks in the packet of its head, and what the client was told is told to no other",
            """
            others = [Connection() for n in range(8)]
            c = Connection().send(head('/up/asked', chunked + 'Expect: 100-continue\\r\\n') + 'ZZZ\\r\\n')
            told = {other.send(get('/hello/a')).answer() for round in range(20) for other in others}
            ask(post('/open', ''))
            print(c.answers(), told)
            """, prints: "100, 200 closes asked, end {'200 hello a'}"),
        Scenario(
            "ends before its gzip does",
            """
            packed = gzip.compress(b'12345678')[:-3]
            c = Connection().send(head('/up', zipped + f'Content-Length: {len(packed)}\\r\\n')).send(packed)
            print(c.answers(), ask(get('/ends')))
            """, prints: "400 closes, end 200 refused"),
        Scenario(
            "is left by its client in the middle",
            """
            for leave in ('half_close', 'reset'):
                c = Connection().send(head('/up', 'Content-Length: 10\\r\\n') + 'abc')
                wait_for('/taken', '3' if leave == 'half_close' else '6')
                getattr(c, leave)()
                wait_for('/ends', 'broken' if leave == 'half_close' else 'broken, broken')
            print(ask(get('/hello/a')))
            """, prints: "200 hello a"),
        Scenario(
            "is left by its client while no piece is asked for",
            """
            c = Connection().send(head('/up/held', 'Content-Length: 10\\r\\n'))
            wait_for('/gate', '1')
            c.half_close()
            ask(post('/open', ''))
            wait_for('/ends', 'broken')
            print(c.answers())
            """, prints: "end"),
        Scenario(
            "is answered while a piece is asked for, which is told",
            """
            c = Connection().send(head('/up/asked', 'Content-Length: 10\\r\\n'))
            wait_for('/gate', '1')
            ask(post('/open', ''))
            print(c.answers(), ask(get('/ends')))
            """, prints: "200 closes asked, end 200 broken"),
        Scenario(
            "comes slower than may be, a byte now and then, a piece each",
            """
            c = Connection().send(head('/up', 'Content-Length: 1000\\r\\n'))
            try:
                while not select.select([c.socket], [], [], 0.02)[0]: c.send('a')
            except OSError: pass
            print(c.answers(), ask(get('/ends')))
            """, prints: "408 closes, end 200 refused"
        ) { $0.bodyTime = .milliseconds(300) },
    ]

    @Test("is given up when it", arguments: broken)
    func breaks(_ scenario: Scenario) async throws { try await Self.run(scenario) }

    static let patient: [Scenario] = [
        Scenario(
            "holds up its sender while no piece is asked for",
            """
            c = Connection().send(head('/up/held', f'Content-Length: {20_000_000}\\r\\n'))
            wait_for('/gate', '1')
            c.socket.settimeout(0.5)
            sent, piece = 0, bytes(100_000)
            try:
                while sent < 20_000_000: sent += c.socket.send(piece[:20_000_000 - sent])
            except TimeoutError: pass
            print(sent < 16_000_000, ask(get('/taken')))
            c.socket.settimeout(60)
            ask(post('/open', ''))
            while sent < 20_000_000: sent += c.socket.send(piece[:20_000_000 - sent])
            print(c.answer().split()[1])
            """, prints: "True 200 0\n20000000"),
        Scenario(
            "is not cut for its rate while no piece is asked for",
            """
            c = Connection().send(head('/up/held', 'Content-Length: 3\\r\\n'))
            wait_for('/gate', '1')
            # Another one, of whom nothing is heard, is cut meanwhile.
            print(Connection().send(head('/up', 'Content-Length: 3\\r\\n')).answers())
            ask(post('/open', ''))
            print(c.send('abc').answer())
            """, prints: "408 closes, end\n200 3 0 end"
        ) { $0.bodyTime = .milliseconds(300) },
        Scenario(
            "is told to come only when the first piece is asked for",
            """
            c = Connection().send(head('/up/held', 'Content-Length: 3\\r\\nExpect: 100-continue\\r\\n'))
            wait_for('/gate', '1')
            print(select.select([c.socket], [], [], 0.1)[0])
            ask(post('/open', ''))
            print(c.answer(), c.send('abc').answer())
            """, prints: "[]\n100 200 3 0 end"),
        Scenario(
            "is not told to come where its answer does not need it",
            """
            c = Connection().send(head('/up/never', 'Content-Length: 3\\r\\nExpect: 100-continue\\r\\n'))
            print(c.answers())
            """, prints: "200 closes never, end"),
        Scenario(
            "is answered before its end, and the answer can be read though more was sent",
            """
            c = Connection().send(head('/up/early', f'Content-Length: 1000000\\r\\n') + 'abc')
            while not select.select([c.socket], [], [], 0)[0]: pass
            c.send(bytes(900_000))
            print(c.answers())
            """, prints: "200 closes early abc, end"),
        Scenario(
            "is given up when its handler never answers",
            """
            c = Connection().send(head('/up/held', 'Content-Length: 3\\r\\n') + 'abc')
            print(c.answers())
            ask(post('/open', ''))
            wait_for('/ends', 'broken')
            """, prints: "503 closes, end"
        ) { $0.answerTime = .milliseconds(300) },
    ]

    @Test("takes no more than is asked for, and", arguments: patient)
    func waits(_ scenario: Scenario) async throws { try await Self.run(scenario) }
}
