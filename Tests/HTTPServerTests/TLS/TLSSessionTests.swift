import Testing

@testable import HTTPServer

@Suite("A session of TLS", .timeLimit(.minutes(10)))
struct TLSSessionTests {
    private typealias Case = TLSHandshakeTests.Case

    @Test("sends back 4 MB to a client that reads little by little")
    func large() async throws {
        try await Case(
            "",
            """
            tls = connect(raw=plain(receive_buffer=32768))
            tls.setblocking(False)
            sent, place, received = bytes(range(256)) * 16384, 0, b''
            while len(received) < len(sent):
                # It reads only when it can send no more, so that the server cannot either.
                try:
                    while place < len(sent): place += tls.send(sent[place:place + 65536])
                except ssl.SSLWantWriteError: pass
                try: received += tls.recv(1 << 16)
                except ssl.SSLWantReadError: select.select([tls], [tls] if place < len(sent) else [], [])
            tls.setblocking(True)
            print(hashlib.sha256(sent).digest() == hashlib.sha256(received).digest())
            leave(tls)
            """,
            prints: "True", ends: "end"
        ).run()
    }

    @Test("reads several records that came at once")
    func records() async throws {
        try await Case(
            "",
            """
            source, sink = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls, raw = client().wrap_bio(source, sink, server_hostname='localhost'), plain()
            def flush(): raw.sendall(sink.read())
            while True:
                try: tls.do_handshake(); break
                except ssl.SSLWantReadError: flush(); source.write(raw.recv(1 << 16))
            for word in (b'one ', b'two ', b'three'): tls.write(word)
            flush()
            received = b''
            while len(received) < 13:
                try: received += tls.read()
                except ssl.SSLWantReadError: source.write(raw.recv(1 << 16))
            print(received.decode())
            raw.close()
            """,
            prints: "one two three", ends: "broken"
        ).run()
    }

    @Test("goes on when something else of OpenSSL failed on its thread")
    func otherErrors() async throws {
        try await Case(
            "", "tls = connect(); print(ask(tls, 'fault\\n'), ask(tls, 'hello')); leave(tls)",
            prints: "holds no certificate in PEM hello", ends: "end"
        ).run()
    }

    static let ends: [TLSHandshakeTests.Case] = [
        TLSHandshakeTests.Case(
            "by a client that says so, and is told the same", "tls = connect(); leave(tls); print('told')",
            prints: "told", ends: "end"),
        TLSHandshakeTests.Case(
            "by the server, which says so",
            "tls = connect(); tls.sendall(b'bye\\n'); print(tls.recv(99)); leave(tls)", prints: "b''", ends: "end"),
        TLSHandshakeTests.Case(
            "by a client that says nothing", "tls = connect(); ask(tls, 'hello'); tls.close(); print('left')",
            prints: "left", ends: "broken"),
        TLSHandshakeTests.Case(
            "by a client that says nothing, in TLS 1.2",
            "tls = connect(client(ssl.TLSVersion.TLSv1_2)); ask(tls, 'hello'); tls.close(); print('left')",
            prints: "left", ends: "broken"),
        TLSHandshakeTests.Case(
            "by a reset",
            """
            tls = connect(); ask(tls, 'hello')
            tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); tls.close(); print('left')
            """,
            prints: "left", ends: "broken"),
        TLSHandshakeTests.Case(
            "by bytes that are no record of it",
            """
            tls = connect(); ask(tls, 'hello')
            raw = socket.socket(fileno=tls.detach()); raw.settimeout(60); raw.sendall(b'x' * 99); print(len(raw.recv(99)) > 0)
            """,
            prints: "True", ends: "broken"),
    ]

    @Test("ends", arguments: ends)
    func ending(_ example: TLSHandshakeTests.Case) async throws { try await example.run() }
}
