import Testing

@testable import HTTPServer

@Suite("A handshake", .timeLimit(.minutes(10)))
struct TLSHandshakeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let script: String
        let printed: String
        let outcomes: [String]

        init(_ why: String, _ script: String, prints printed: String, ends outcomes: String...) {
            testDescription = why
            self.script = script
            self.printed = printed
            self.outcomes = outcomes
        }

        func run() async throws {
            let outcomes = try await TLSResponder.with { responder in
                let printed = try await TLSClient.python(responder, script)
                #expect(printed == self.printed + "\n")
            }
            #expect(outcomes == self.outcomes)
        }
    }

    private static func asking(_ settings: String, prints: String) -> String {
        "tls = connect(client(\(settings))); print(\(prints), ask(tls, 'hello')); leave(tls)"
    }

    static let made: [Case] = [
        Case(
            "of TLS 1.2", asking("ssl.TLSVersion.TLSv1_2", prints: "tls.version()"),
            prints: "TLSv1.2 hello", ends: "end"),
        Case(
            "of TLS 1.3 where both have it", asking("", prints: "tls.version()"),
            prints: "TLSv1.3 hello", ends: "end"),
        Case(
            "of HTTP/1.1 where it is offered",
            asking("alpn=['h2', 'http/1.1']", prints: "tls.selected_alpn_protocol()"),
            prints: "http/1.1 hello", ends: "end"),
        Case(
            "of HTTP/1.1 where nothing is offered", asking("", prints: "tls.selected_alpn_protocol()"),
            prints: "None hello", ends: "end"),
        Case(
            "of ChaCha20 where a client puts it first",
            asking("ssl.TLSVersion.TLSv1_2, ciphers='CHACHA20:AESGCM'", prints: "tls.cipher()[0]"),
            prints: "ECDHE-ECDSA-CHACHA20-POLY1305 hello", ends: "end"),
        Case(
            "of our first cipher where a client puts it last",
            asking(
                "ssl.TLSVersion.TLSv1_2, ciphers='ECDHE+AES256:ECDHE+AES128:ECDHE+CHACHA20'", prints: "tls.cipher()[0]"),
            prints: "ECDHE-ECDSA-AES128-GCM-SHA256 hello", ends: "end"),
        Case(
            "whatever name is asked for",
            """
            context = client(); context.check_hostname = False
            tls = connect(context, name='elsewhere.example'); print(shown(tls)); leave(tls)
            """,
            prints: "first", ends: "end"),
    ]

    static let refused: [Case] = [
        Case(
            "of TLS 1.1", "print(refusal(version=ssl.TLSVersion.TLSv1_1, ciphers='ALL:@SECLEVEL=0'))",
            prints: "tlsv1 alert protocol version", ends: "failed: unsupported protocol"),
        Case(
            "without a protocol that is spoken here", "print(refusal(alpn=['h2', 'http/1.0']))",
            prints: "tlsv1 alert no application protocol", ends: "failed: no application protocol"),
        Case(
            "with a protocol whose name only begins like ours", "print(refusal(alpn=['http/1.11']))",
            prints: "tlsv1 alert no application protocol", ends: "failed: no application protocol"),
        Case(
            "of a cipher that does not authenticate what it encrypts",
            "print(refusal(version=ssl.TLSVersion.TLSv1_2, ciphers='ECDHE-ECDSA-AES128-SHA'))",
            prints: "sslv3 alert handshake failure", ends: "failed: no shared cipher"),
        Case(
            "of a group that is not taken", "print(refusal(curve='secp521r1'))",
            prints: "sslv3 alert handshake failure", ends: "failed: no suitable key share"),
        Case(
            "by a client that does not trust the certificate",
            """
            try: connect(ssl.create_default_context())
            except ssl.SSLError as error: print(words(error))
            """,
            prints: "certificate verify failed", ends: "failed: tlsv1 alert unknown ca"),
        Case(
            "with a client that leaves in its midst",
            "raw = plain(); raw.shutdown(socket.SHUT_WR); print('alert', raw.recv(9)[0])",
            prints: "alert 21", ends: "failed: unexpected eof while reading"),
        Case(
            "with a client that speaks HTTP",
            "raw = plain(); raw.sendall(b'GET / HTTP/1.1\\r\\n\\r\\n'); print(raw.recv(12).decode())",
            prints: "HTTP/1.1 400", ends: "plain HTTP"),
        Case(
            "with a client that speaks neither",
            "raw = plain(); raw.sendall(b'SSH-2.0-x\\r\\n'); print(raw.recv(12).decode())",
            prints: "HTTP/1.1 400", ends: "plain HTTP"),
    ]

    @Test("is made", arguments: made)
    func making(_ example: Case) async throws { try await example.run() }

    @Test("is refused", arguments: refused)
    func refusing(_ example: Case) async throws { try await example.run() }

    @Test("is not made again, since TLS 1.2 lets a client ask for that without end")
    func renegotiation() async throws {
        try await TLSResponder.with { responder in
            let printed = try await TLSClient.openssl(responder, ["-tls1_2"], input: "R\n")
            #expect(printed.contains("RENEGOTIATING"))
            #expect(printed.contains("no renegotiation"))
            // The others are served as before.
            #expect(try await TLSClient.openssl(responder, ["-tls1_2"]).contains("Verify return code: 0 (ok)"))
        }
    }
}
