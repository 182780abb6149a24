import Foundation
import Testing

@Suite("Sockets that are handed to the command")
struct HandedSocketsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What binds the sockets, in Python; `fds` are handed over.
        let sockets: String
        let names: String
        let arguments: [String]
        let says: String

        init(_ why: String, _ sockets: String, names: String = "", _ arguments: [String] = [], says: String) {
            testDescription = why
            self.sockets = sockets
            self.names = names
            self.arguments = arguments
            self.says = says
        }
    }

    /// As systemd does it: the sockets from descriptor 3 on, and the number of the process that they are for.
    private static let parent = """
        import fcntl, os, socket, sys
        fds = []
        def bind(host='127.0.0.1', listens=True, kind=socket.SOCK_STREAM):
            s = socket.socket(socket.AF_INET, kind)
            s.bind((host, 0))
            if listens: s.listen()
            fds.append(s)
            return s.getsockname()[1]
        exec(sys.argv[1])
        moved = [fcntl.fcntl(s, fcntl.F_DUPFD, 100) for s in fds]
        for place, c in enumerate(moved): os.dup2(c, 3 + place, inheritable=True)
        os.environ.update(LISTEN_FDS=str(len(fds)), LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES=sys.argv[2])
        os.execv(sys.argv[3], sys.argv[3:])
        """

    static let refused: [Case] = [
        Case("beyond loopback, with --open", "bind('0.0.0.0')", ["--open"], says: "loopback alone"),
        Case("for TLS without a certificate", "bind()", names: "https", says: "--tls-cert and --tls-key"),
        Case("that do not listen", "bind(listens=False)", says: "no listening socket"),
        Case("of datagrams", "bind(listens=False, kind=socket.SOCK_DGRAM)", says: "no listening socket"),
    ]

    @Test("are refused in one line", .timeLimit(.minutes(5)), arguments: refused)
    func refusal(_ example: Case) throws {
        let folder = TemporaryFolder()
        let result = try run(
            "/usr/bin/env",
            ["timeout", "30", "python3", "-c", Self.parent, example.sockets, example.names, RunningServer.binary]
                + ["serve", "--listen", "127.0.0.1:0", "--data", "\(folder.path)/data"] + example.arguments)
        #expect(result.status == 1)
        #expect(result.errors.contains(example.says), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    }

    @Test("are served, each once, beside those that are asked for", .timeLimit(.minutes(5)))
    func served() throws {
        let script = "print('handed', bind(), bind(), flush=True)"
        let folder = TemporaryFolder()
        let wrapper = "\(folder.path)/wrapper"
        // It takes the place of the binary, and puts the binary into its own.
        func quoted(_ text: String) -> String { "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'" }
        let words = ["exec", "python3", "-c", quoted(Self.parent), quoted(script), "web:web", RunningServer.binary]
        try (words.joined(separator: " ") + " \"$@\"\n")
            .write(toFile: wrapper, atomically: true, encoding: .utf8)
        let server = try RunningServer(["--open"], through: wrapper)
        // The first address that it names is one that was handed over, and each is named once.
        #expect(try server.curl("/health").status == 200)
        #expect(server.stop() == 0)
    }
}
