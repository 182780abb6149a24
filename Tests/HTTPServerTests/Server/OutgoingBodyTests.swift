import Testing

@testable import HTTPServer

@Suite("A body that is made while it is sent", .serialized, .timeLimit(.minutes(10)))
struct OutgoingBodyTests {
    private static func run(_ scenario: Scenario) async throws {
        try await RunningServer.with(scenario.limits, routes: { Streams().add(to: &$0) }) { running in
            let printed = try await Client.python(running, prelude + scenario.script)
            #expect(printed == scenario.printed + "\n")
        }
    }

    private static let prelude = """
        def old(path, fields=''): return f'GET {path} HTTP/1.0\\r\\n{fields}\\r\\n'
        def head(path, version): return f'HEAD {path} HTTP/{version}\\r\\nHost: a\\r\\nConnection: keep-alive\\r\\n\\r\\n'
        gzipped = 'Accept-Encoding: gzip\\r\\n'
        def read_head(c):
            while b'\\r\\n\\r\\n' not in c.buffer: c.fill()
            text, c.buffer = c.buffer.split(b'\\r\\n\\r\\n', 1)
            return text.decode().lower()
        def rest(c):
            try:
                while c.fill(): pass
            except ConnectionResetError: return 'reset'
            return 'end'

        """

    static let scenarios: [Scenario] = [
        Scenario(
            "in chunks, and the connection goes on",
            """
            c = Connection().send(get('/down/3') + get('/hello/a'))
            c.answer()
            print(c.fields['transfer-encoding'], 'content-length' in c.fields, c.body == b'y' * 3000, c.answer())
            print(c.send(get('/down/0')).answer(), c.send(get('/hello/b')).answer())
            """, prints: "chunked False True 200 hello a\n200 200 hello b"),
        Scenario(
            "a piece a chunk",
            """
            c = Connection().send(get('/down/3'))
            read_head(c)
            print([len(c.chunk()) for n in range(4)])
            """, prints: "[1000, 1000, 1000, 0]"),
        Scenario(
            "to a client of HTTP/1.0 until the connection ends",
            """
            c = Connection().send(old('/down/3', 'Connection: keep-alive\\r\\n'))
            head = read_head(c)
            print('connection: close' in head, 'chunked' in head, rest(c), c.buffer == b'y' * 3000)
            """, prints: "True False end True"),
        Scenario(
            "not at all for HEAD, and the connection goes on",
            """
            c = Connection().send(head('/down/3', '1.1') + get('/hello/a'))
            print('chunked' in read_head(c), c.answer(), ask(get('/made')))
            """, prints: "True 200 hello a 200 0"),
        Scenario(
            "not at all for HEAD of HTTP/1.0, whose connection ends as its answer says",
            """
            c = Connection().send(head('/down/3', '1.0'))
            print('connection: close' in read_head(c), rest(c), c.buffer)
            """, prints: "True end b''"),
        Scenario(
            "in gzip for a client that asks",
            """
            c = Connection().send(get('/text/100', gzipped) + get('/text/100') + get('/down/1', gzipped))
            c.answer()
            print(c.fields['content-encoding'], c.fields['vary'], gzip.decompress(c.body) == b'y' * 100_000)
            c.answer()
            print(c.fields.get('content-encoding'), c.fields['vary'], c.body == b'y' * 100_000)
            c.answer()
            print(c.fields.get('content-encoding'), c.fields.get('vary'), c.body == b'y' * 1000)
            """, prints: "gzip accept-encoding True\nNone accept-encoding True\nNone None True"),
        Scenario(
            "in gzip where its length was known, which is no more",
            """
            c = Connection().send(get('/sized', gzipped) + get('/sized') + get('/hello/a'))
            c.answer()
            print('content-length' in c.fields, gzip.decompress(c.body) == b'y' * 5000)
            c.answer()
            print(c.fields['content-length'], c.body == b'y' * 5000, c.answer())
            """, prints: "False True\n5000 True 200 hello a"),
        Scenario(
            "in gzip to a client of HTTP/1.0",
            """
            c = Connection().send(old('/text/100', gzipped))
            print('content-encoding: gzip' in read_head(c), rest(c), gzip.decompress(c.buffer) == b'y' * 100_000)
            """, prints: "True end True"),
        Scenario(
            "broken off, so that it is not taken for the whole",
            """
            c = Connection().send(get('/broken/2') + get('/hello/a'))
            print(c.answers())
            """, prints: "cut"),
        Scenario(
            "broken off by a reset where its end is the connection's",
            """
            c = Connection().send(old('/broken/2'))
            print(rest(c))
            """, prints: "reset"),
        Scenario(
            "broken off where it is shorter than its length",
            """
            print(Connection().send(get('/short')).answers())
            """, prints: "cut"),
        Scenario(
            "a few pieces ahead of a slow client, and no more",
            """
            c = Connection(receive_buffer=4096).send(get('/down/300/100000') + get('/hello/a'))
            read_head(c)
            made = None
            # When no more is made, the client's and the system's buffers are full.
            while made != (now := [ask(get('/made')) for n in range(200)][-1]): made = now
            print(int(made.split()[1]) < 150)
            count = 0
            while chunk := c.chunk(): count += len(chunk)
            print(count, c.answer())
            """, prints: "True\n30000000 200 hello a"),
        Scenario(
            "to the others when a client leaves in the middle",
            """
            for n in range(10):
                c = Connection(receive_buffer=4096).send(get('/down/300/100000'))
                c.fill()
                c.socket.close() if n % 2 else c.reset()
            wait_for('/connections', '1')
            print(ask(get('/down/1')) == '200 ' + 'y' * 1000)
            """, prints: "True"),
        Scenario(
            "to nobody who has left, however long nothing comes",
            """
            all = [Connection().send(get('/silent')) for n in range(10)]
            for c in all: read_head(c)
            wait_for('/listeners', '10')
            for n, c in enumerate(all[3:]): c.socket.close() if n % 2 else c.reset()
            wait_for('/listeners', '3')
            print(ask(get('/hello/a')))
            """, prints: "200 hello a"),
    ]

    @Test("is sent", arguments: scenarios)
    func sent(_ scenario: Scenario) async throws { try await Self.run(scenario) }

    @Test("that breaks is an error to curl", arguments: ["--http1.1", "--http1.0"])
    func curl(version: String) async throws {
        try await RunningServer.with(routes: { Streams().add(to: &$0) }) { running in
            let arguments = [version, "-o", "/dev/null", "-w", " %{exitcode}"]
            let whole = try await Client.curl(running, "/down/3", arguments)
            #expect(whole == " 0")
            let broken = try await Client.curl(running, "/broken/2", arguments)
            #expect(broken.hasPrefix("curl: ("), "\(broken)")
        }
    }
}
