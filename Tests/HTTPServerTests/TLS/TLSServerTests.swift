import Foundation
import Testing

@testable import HTTPServer

@Suite("A server over TLS", .serialized, .timeLimit(.minutes(10)))
struct TLSServerTests {
    /// Runs a client in Python against a server with a port over TLS, one without, one of IPv6 and a Unix socket.
    private static func run(
        _ script: String, limits: Limits = Limits(),
        _ during: (RunningServer, Certificates, TLSContext) async throws -> Void = { _, _, _ in }
    ) async throws -> String {
        let certificates = try Certificates()
        let context = try certificates.context()
        let path = certificates.path("socket")
        let listenings = [
            Listening(Address(host: "127.0.0.1", port: 0), isSecure: true), .loopback(),
            Listening(Address(host: "::1", port: 0), isSecure: true), Listening(.unix(path: path)),
        ]
        return try await RunningServer.with(
            limits, at: listenings,
            routes: { router in
                Streams().add(to: &router)
                router.post("/reload") { _ in
                    do {
                        try certificates.serve("second")
                        try context.reload()
                    } catch {
                        return .text("\(error)")
                    }
                    return .text("reloaded")
                }
            }, options: { $0.tls = context }
        ) { running in
            let ports = running.listenings.compactMap { $0.address.port.map(String.init) }
            async let printed = Client.python(running, prelude + script, ports + [certificates.folder])
            try await during(running, certificates, context)
            return try await printed
        }
    }

    private static let prelude = """
        secure, plain, six, folder = int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
        def client(version=None):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            for name in ('first', 'second'): context.load_verify_locations(f'{folder}/{name}.pem')
            if version: context.minimum_version = context.maximum_version = version
            return context
        one, two = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
        def head(path, fields): return f'POST {path} HTTP/1.1\\r\\nHost: a\\r\\n{fields}\\r\\n'
        def other(request):
            raw = socket.create_connection(('127.0.0.1', plain))
            raw.sendall(request.encode())
            answer = raw.recv(1 << 16).split(b'\\r\\n\\r\\n')[1].decode()
            raw.close()
            return answer

        """

    static let scenarios: [Scenario] = [
        Scenario(
            "requests of both versions, one after the other and in a pipeline",
            """
            for version in (one, two):
                c = Connection(tls=client(version))
                print(c.socket.version(), c.send(get('/hello/a')).answer(), c.send(get('/later/b')).answer())
                c.send(get('/hello/a') * 200 + get('/later/b') * 20)
                print(set(c.answer() for n in range(200)), set(c.answer() for n in range(20)))
            """,
            prints: """
                TLSv1.2 200 hello a 200 later b
                {'200 hello a'} {'200 later b'}
                TLSv1.3 200 hello a 200 later b
                {'200 hello a'} {'200 later b'}
                """),
        Scenario(
            "5 MB up",
            """
            for version, size in ((one, 1_000_000), (two, 5_000_000)):
                body = bytes(n * n % 251 for n in range(size))
                c = Connection(tls=client(version)).send(head('/up', f'Content-Length: {len(body)}\\r\\n')).send(body)
                print(c.answer() == f'200 {len(body)} {zlib.adler32(body)} end', c.send(get('/hello/a')).answer())
            """, prints: "True 200 hello a\nTrue 200 hello a"),
        Scenario(
            "5 MB down to a slow reader, and what is behind it",
            """
            for version in (one, two):
                c = Connection(receive_buffer=4096, tls=client(version))
                c.send(get('/large/5000000') + get('/down/50/100000') + get('/hello/a'))
                # Other requests are answered while this one is not read.
                print(set(Connection(tls=client()).send(get('/hello/b')).answer() for n in range(20)))
                print(len(c.answer()), len(c.answer()), c.answer())
            """, prints: "{'200 hello b'}\n5000004 5000004 200 hello a\n{'200 hello b'}\n5000004 5000004 200 hello a"),
        Scenario(
            "a request in records of a byte",
            """
            c = Connection(tls=client()).send_bytes(get('/hello/a') + post('/echo', 'abc'))
            print(c.answer(), c.answer())
            """, prints: "200 hello a 200 abc"),
        Scenario(
            "half a record, and then its other half",
            """
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            session = client().wrap_bio(incoming, outgoing, server_hostname='localhost')
            raw = socket.create_connection(('127.0.0.1', secure))
            raw.settimeout(30)
            def step(action):
                while True:
                    try: return action()
                    except ssl.SSLWantReadError:
                        raw.sendall(outgoing.read())
                        incoming.write(raw.recv(1 << 16))
            step(session.do_handshake)
            session.write(get('/hello/a').encode())
            record = outgoing.read()
            raw.sendall(record[:len(record) // 2])
            for n in range(50): other(get('/hello/b'))
            raw.sendall(record[len(record) // 2:])
            print(step(lambda: session.read(4096)).split(b'\\r\\n\\r\\n')[1].decode())
            """, prints: "hello a"),
        Scenario(
            "an end that is said, after Connection: close",
            """
            c = Connection(tls=client()).send(get('/hello/a', 'Connection: close\\r\\n'))
            print(c.answers())
            """, prints: "200 closes hello a, end"),
        Scenario(
            "an end that is said to a client that asks nothing more",
            """
            c = Connection(tls=client()).send(get('/hello/a'))
            print(c.answers())
            """, prints: "200 hello a, end"
        ) { $0.idleTime = .milliseconds(200) },
        Scenario(
            "no end that is said behind a body that breaks",
            """
            c = Connection(tls=client()).send(get('/broken/2'))
            try: print(c.answers())
            except ssl.SSLEOFError: print('cut off')
            """, prints: "cut off"),
        Scenario(
            "400 in plain text to who speaks plain HTTP",
            """
            c = Connection().send(get('/hello/a'))
            print(c.answers(), c.body.decode().strip())
            """, prints: "400 closes, end This port speaks HTTPS: ask with https://."),
        Scenario(
            "nothing for a handshake that never ends",
            """
            c = Connection()
            print(c.answers())
            c = Connection().send(b'\\x16\\x03\\x01\\x02\\x00\\x01\\x00\\x01\\xfc\\x03\\x03')
            print(c.answers())
            """, prints: "end\nend"
        ) { $0.headTime = .milliseconds(200) },
        Scenario(
            "on a connection that is in use while the certificate is read again",
            """
            names = {ssl.PEM_cert_to_DER_cert(open(f'{folder}/{name}.pem').read()): name for name in ('first', 'second')}
            c = Connection(tls=client())
            print(names[c.socket.getpeercert(binary_form=True)], c.send(post('/reload', '')).answer())
            print(c.send(get('/hello/a')).answer(), c.send(get('/large/1000000')).answer()[:3])
            print(names[Connection(tls=client()).socket.getpeercert(binary_form=True)])
            """, prints: "first 200 reloaded\n200 hello a 200\nsecond"),
        Scenario(
            "on its other addresses as they are",
            """
            raw = socket.socket(socket.AF_UNIX)
            raw.connect(f'{folder}/socket')
            raw.sendall(get('/hello/unix').encode())
            print(other(get('/hello/plain')), raw.recv(1 << 16).split(b'\\r\\n\\r\\n')[1].decode())
            c = Connection.__new__(Connection)
            c.socket, c.buffer = client().wrap_socket(socket.create_connection(('::1', six)), server_hostname='localhost'), b''
            print(c.send(get('/hello/six')).answer())
            """, prints: "hello plain hello unix\n200 hello six"),
    ]

    @Test("answers", arguments: scenarios)
    func answers(_ scenario: Scenario) async throws {
        let printed = try await Self.run(scenario.script, limits: scenario.limits)
        #expect(printed == scenario.printed + "\n")
    }

    @Test("answers what is in flight when it stops, and says the end to all")
    func stop() async throws {
        let printed = try await Self.run(
            """
            idle = Connection(tls=client()).send(get('/hello/a'))
            idle.answer()
            busy = Connection(tls=client()).send(get('/held/b'))
            print(idle.answers(), '|', busy.answers())
            """
        ) { running, _, _ in
            await running.waitUntilHeld(1)
            async let stopped: Void = running.finishStop(grace: .seconds(50))
            await running.waitUntilConnected(atMost: 1)
            running.release()
            await stopped
        }
        #expect(printed == "end | 200 closes held b, end\n")
    }
}
