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
    static func python(_ running: RunningServer, _ script: String, _ arguments: [String] = []) async throws -> String {
        try await output(of: "/usr/bin/env", ["python3", "-c", prelude + script, "\(running.port)"] + arguments)
    }

    static func output(of program: String, _ arguments: [String]) async throws -> String {
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
        import gzip, select, socket, ssl, struct, sys, threading, time, zlib
        port = int(sys.argv[1])

        class Connection:
            """A raw connection, and the answers that are read from it one by one."""
            def __init__(self, receive_buffer=None, tls=None):
                self.socket = socket.socket()
                if receive_buffer: self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
                self.socket.settimeout(30)
                self.socket.connect(('127.0.0.1', port))
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if tls: self.socket = tls.wrap_socket(
                    self.socket, server_hostname='localhost', suppress_ragged_eofs=False)
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
                status = lines[0].split(' ')[1]
                self.body = self.read_body()
                if self.body is None: return 'cut'
                body = self.body.decode('latin-1')
                closes = ' closes' if self.fields.get('connection') == 'close' else ''
                return status + closes if status[0] != '2' or not body else status + closes + ' ' + body
            def read_body(self):
                """The body by its length or its chunks; `None` where it is cut."""
                if self.fields.get('transfer-encoding') == 'chunked': return self.chunks()
                return self.exactly(int(self.fields.get('content-length', 0)))
            def exactly(self, length):
                parts, count = [self.buffer], len(self.buffer)
                while count < length:
                    more = self.socket.recv(1 << 16)
                    if not more: return None
                    parts.append(more)
                    count += len(more)
                self.buffer = b''.join(parts)
                bytes, self.buffer = self.buffer[:length], self.buffer[length:]
                return bytes
            def line(self):
                while b'\r\n' not in self.buffer:
                    if not self.fill(): return None
                line, self.buffer = self.buffer.split(b'\r\n', 1)
                return line
            def chunk(self):
                """The next chunk, empty at the end; `None` where it is cut."""
                size = self.line()
                if size is None: return None
                chunk = self.exactly(int(size, 16) + 2)
                if chunk is None: return None
                assert chunk[-2:] == b'\r\n'
                return chunk[:-2]
            def chunks(self):
                chunks = []
                while not chunks or chunks[-1]:
                    chunks.append(self.chunk())
                    if chunks[-1] is None: return None
                return b''.join(chunks)
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
