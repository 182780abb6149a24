import Foundation

/// Clients that are not ours: curl, and sockets of Python's standard library.
enum Client {
    /// What `curl` prints when it asks for `path`.
    static func curl(_ running: RunningServer, _ path: String, _ arguments: [String]) async throws -> String {
        try await output(
            of: "/usr/bin/curl",
            ["--silent", "--show-error", "--max-time", "30", "--noproxy", "*"] + arguments
                + ["http://127.0.0.1:\(running.port)\(path)"])
    }

    /// What a Python script prints, with the names of `prelude` at hand.
    static func python(_ running: RunningServer, _ script: String) async throws -> String {
        try await output(of: "/usr/bin/env", ["python3", "-c", prelude + script, "\(running.port)"])
    }

    private static func output(of program: String, _ arguments: [String]) async throws -> String {
        try await onOwnThread { Result { try run(program, arguments) } }.get()
    }

    private static func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    private static let prelude = #"""
        import select, socket, struct, sys, time
        port = int(sys.argv[1])

        class Connection:
            """A raw connection, and the answers that are read from it one by one."""
            def __init__(self, receive_buffer=None):
                self.socket = socket.socket()
                if receive_buffer: self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
                self.socket.settimeout(30)
                self.socket.connect(('127.0.0.1', port))
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.buffer = b''
            def send(self, text):
                self.socket.sendall(text if isinstance(text, bytes) else text.encode())
                return self
            def send_bytes(self, text):
                for byte in text.encode(): self.socket.sendall(bytes([byte]))
                return self
            def half_close(self):
                self.socket.shutdown(socket.SHUT_WR)
                return self
            def reset(self):
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                self.socket.close()
            def fill(self):
                more = self.socket.recv(1 << 16)
                self.buffer += more
                return more
            def answer(self):
                """The next answer's status and body, or 'end'."""
                while b'\r\n\r\n' not in self.buffer:
                    if not self.fill(): return 'end' if not self.buffer else 'cut'
                head, self.buffer = self.buffer.split(b'\r\n\r\n', 1)
                lines = head.decode().split('\r\n')
                self.fields = dict(line.lower().split(': ', 1) for line in lines[1:])
                length = int(self.fields.get('content-length', 0))
                while len(self.buffer) < length:
                    if not self.fill(): return 'cut'
                body, self.buffer = self.buffer[:length].decode(), self.buffer[length:]
                status = lines[0].split(' ')[1]
                closes = ' closes' if self.fields.get('connection') == 'close' else ''
                return status + closes if status[0] != '2' or not body else status + closes + ' ' + body
            def answers(self):
                """All answers up to the end."""
                all = []
                while not all or all[-1] not in ('end', 'cut'): all.append(self.answer())
                return ', '.join(all)

        def get(path, fields=''):
            return f'GET {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n'

        def post(path, body, fields=None):
            if fields is None: fields = f'Content-Length: {len(body)}\r\n'
            return f'POST {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}'

        def ask(request):
            """One answer on a connection of its own."""
            connection = Connection().send(request)
            answer = connection.answer()
            connection.socket.close()
            return answer

        def wait_for(path, body):
            while ask(get(path)) != '200 ' + body: pass


        """#
}
