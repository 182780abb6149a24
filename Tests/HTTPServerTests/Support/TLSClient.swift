import Foundation

/// TLS clients that are not ours: the `openssl` command, and the `ssl` module of Python's standard library.
enum TLSClient {
    /// What `openssl s_client` prints while it sends `input`; it ends when the server ends the connection.
    static func openssl(
        _ responder: TLSResponder, _ arguments: [String] = [], input: String = "bye\n"
    ) async throws -> String {
        let certificates = responder.certificates.path("first.pem")
        let connect = ["s_client", "-connect", "127.0.0.1:\(responder.port)", "-CAfile", certificates]
        return try await onOwnThread { Result { try run("openssl", connect + arguments, input: input).printed } }.get()
    }

    /// What a Python script prints, with the names of `prelude` at hand.
    static func python(_ responder: TLSResponder, _ script: String) async throws -> String {
        let arguments = ["-W", "ignore", "-c", prelude + script, "\(responder.port)", responder.certificates.folder]
        return try await onOwnThread { Result { try run("python3", arguments).printed } }.get()
    }

    /// What a program prints; its input stays open until it has ended.
    static func run(
        _ program: String, _ arguments: [String], input: String = ""
    ) throws -> (status: Int32, printed: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let (source, pipe) = (Pipe(), Pipe())
        process.standardInput = source
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        try source.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try source.fileHandleForWriting.close()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    private static let prelude = #"""
        import hashlib, select, socket, ssl, struct, sys
        port, folder = int(sys.argv[1]), sys.argv[2]
        files = {name: f'{folder}/{name}.pem' for name in ('first', 'second')}
        names = {ssl.PEM_cert_to_DER_cert(open(file).read()): name for name, file in files.items()}

        def client(version=None, alpn=None, ciphers=None, curve=None):
            """A client that trusts both certificates, of one version where it is named."""
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            for file in files.values(): context.load_verify_locations(file)
            if ciphers: context.set_ciphers(ciphers)
            if version: context.minimum_version = context.maximum_version = version
            if alpn: context.set_alpn_protocols(alpn)
            if curve: context.set_ecdh_curve(curve)
            return context

        def plain(receive_buffer=None):
            raw = socket.socket()
            if receive_buffer: raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            raw.settimeout(60)
            raw.connect(('127.0.0.1', port))
            return raw

        def connect(context=None, session=None, name='localhost', raw=None):
            context = context or client()
            return context.wrap_socket(
                raw or plain(), server_hostname=name, suppress_ragged_eofs=False, session=session)

        def ask(connection, text):
            connection.sendall(text.encode())
            return connection.recv(1 << 16).decode().strip()

        def shown(connection):
            """Which certificate the server has shown."""
            return names[connection.getpeercert(binary_form=True)]

        def leave(connection):
            """Says the end and waits for the server's."""
            connection.unwrap().close()

        def words(error):
            """OpenSSL's words, out of Python's around them."""
            return str(error).split('] ', 1)[1].split(' (_ssl.c')[0].split(':')[0]

        def refusal(**settings):
            """Why the server refuses a client."""
            try: connection = connect(client(**settings))
            except ssl.SSLError as error: return words(error)
            # A client of TLS 1.3 has done its part before the server can refuse it.
            try: return 'taken: ' + ask(connection, 'hello\n')
            except ssl.SSLError as error: return words(error)


        """#
}
