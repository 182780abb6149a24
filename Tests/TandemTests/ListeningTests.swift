import Foundation
import Testing

@Suite("Where the command listens", .timeLimit(.minutes(10)))
struct ListeningTests {
    private static func ask(_ path: String) throws -> String {
        try run("/usr/bin/curl", ["-s", "--max-time", "30", "--unix-socket", path, "http://tandem/health"]).output
    }

    private static func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test("may be a Unix socket beside a port, which goes when the server stops")
    func unixSocket() throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/socket"
        let server = try RunningServer(["--open", "--listen", "unix:\(path)"])
        #expect(try Self.ask(path) == "{\"status\":\"ok\"}\n")
        #expect(try server.curl("/health").status == 200)
        #expect(server.stop() == 0)
        #expect(!Self.isThere(path))
    }

    @Test("takes a client of its own machine for one by either address")
    func loopback() throws {
        // Where the system has no IPv6 there is nothing to listen on.
        let script = #"""
            import http.client, socket, subprocess, sys
            try: socket.create_server(('::1', 0), family=socket.AF_INET6).close()
            except OSError: sys.exit(print('no IPv6'))
            binary, folder = sys.argv[1:]
            server = subprocess.Popen(
                [binary, 'serve', '--listen', '[::1]:0', '--data', folder, '--open', '--requests-per-second', '1'],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            try:
                port = int(server.stdout.readline().rsplit(':', 1)[1])
                statuses = set()
                while 429 not in statuses:
                    connection = http.client.HTTPConnection('::1', port, timeout=60)
                    connection.request('GET', '/openapi.json')
                    statuses.add(connection.getresponse().status)
                    connection.close()
                print('limited')
            finally: server.kill()
            """#
        let folder = TemporaryFolder()
        let result = try run(
            "/usr/bin/timeout", ["120", "python3", "-c", script, RunningServer.binary, "\(folder.path)/data"])
        #expect(["limited\n", "no IPv6\n"].contains(result.output), "\(result.errors)")
    }

    @Test("may be the path that a killed server left, and not that of one that lives")
    func staleSocket() throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/socket"
        let first = try RunningServer(["--open", "--listen", "unix:\(path)"])
        let second = try run(
            RunningServer.binary, ["serve", "--data", "\(folder.path)/data", "--listen", "unix:\(path)"])
        #expect(second.status == 1)
        #expect(second.errors.contains("Address already in use"), "\(second.errors)")
        #expect(try Self.ask(path) == "{\"status\":\"ok\"}\n")
        first.kill()
        #expect(Self.isThere(path))
        let third = try RunningServer(["--open", "--listen", "unix:\(path)"])
        #expect(try Self.ask(path) == "{\"status\":\"ok\"}\n")
        #expect(third.stop() == 0)
    }

    @Test("is never the path of a file that is no socket, which stays as it is")
    func regularFile() throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/letter"
        try "dear".write(toFile: path, atomically: true, encoding: .utf8)
        let result = try run(
            "/usr/bin/env",
            ["timeout", "30", RunningServer.binary, "serve", "--data", "\(folder.path)/data", "--listen"]
                + ["unix:\(path)"])
        #expect(result.status == 1)
        #expect(result.errors.contains("Address already in use"), "\(result.errors)")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "dear")
    }

    @Test("stays the same when it starts anew, where few descriptors may be open too")
    func startsAnew() throws {
        let folder = TemporaryFolder()
        // The server waits for nobody who reads what it prints.
        let script = """
            import os, signal, subprocess, sys
            binary, folder = sys.argv[1:]
            for limit in (1024, 200):
                path = f'{folder}/socket{limit}'
                arguments = ['--open', '--listen', '127.0.0.1:0', '--listen', f'unix:{path}', '--data', f'{folder}/{limit}']
                server = subprocess.Popen(
                    ['bash', '-c', f'ulimit -n {limit}; exec "$@"', 'bash', binary, 'serve'] + arguments,
                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
                def ask(*where): return subprocess.run(['curl', '-s', '-m', '30', *where], capture_output=True).returncode
                lines = [server.stdout.readline() for n in range(2)]
                for n in range(2):
                    os.kill(server.pid, signal.SIGUSR2)
                    # Who asks while nobody serves waits in the backlog.
                    url = lines[0].split()[-1]
                    codes = {ask(f'{url}/health'), ask('--unix-socket', path, 'http://tandem/health')}
                    again = [server.stdout.readline() for n in range(2)]
                    print(codes, lines == again)
                server.terminate()
                print(server.wait(30))
            """
        let result = try run("/usr/bin/env", ["python3", "-c", script, RunningServer.binary, folder.path])
        #expect(result.output == String(repeating: "{0} True\n{0} True\n0\n", count: 2), "\(result.errors)")
    }

    @Test("goes on where the program that is to take its place does not run", .timeLimit(.minutes(10)))
    func brokenSuccessor() throws {
        let folder = TemporaryFolder()
        let script = """
            import os, shutil, signal, subprocess, sys, urllib.request
            binary, folder = sys.argv[1:]
            place = f'{folder}/tandem'
            def put(content):
                with open(f'{folder}/new', 'wb') as file: file.write(content)
                os.chmod(f'{folder}/new', 0o755)
                os.rename(f'{folder}/new', place)
            shutil.copy(binary, place)
            server = subprocess.Popen(
                [place, 'serve', '--open', '--listen', '127.0.0.1:0', '--data', f'{folder}/data'],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            url = server.stdout.readline().split()[-1]
            def told(words): return next(line for line in server.stderr if words in line)
            for content in (b'garbage', open(binary, 'rb').read(200_000), b'#!/bin/sh\\nexit 1\\n', b'#!/bin/sh\\nsleep 600\\n'):
                put(content)
                os.kill(server.pid, signal.SIGUSR2)
                told('not started anew')
                print(urllib.request.urlopen(f'{url}/health', timeout=30).status)
            shutil.copy(binary, f'{folder}/new')
            os.rename(f'{folder}/new', place)
            os.kill(server.pid, signal.SIGUSR2)
            print(server.stdout.readline().split()[-1] == url, urllib.request.urlopen(f'{url}/health', timeout=60).status)
            server.terminate()
            print(server.wait(30))
            """
        let result = try run("/usr/bin/env", ["python3", "-c", script, RunningServer.binary, folder.path])
        #expect(result.output == "200\n200\n200\n200\nTrue 200\n0\n", "\(result.errors)")
    }

    @Test("goes on where it is told to read its certificate again while it still loads", .timeLimit(.minutes(5)))
    func signalsWhileLoading() throws {
        let folder = TemporaryFolder()
        let wrapper = "\(folder.path)/wrapper"
        // The data folder, the fifth word, is made when the loading begins.
        let script = """
            (while [ ! -e "$5" ]; do :; done; for n in 1 2 3; do kill -HUP $$; done) &
            exec \(RunningServer.binary) "$@"

            """
        try script.write(toFile: wrapper, atomically: true, encoding: .utf8)
        let server = try RunningServer(in: folder, through: wrapper)
        #expect(try server.curl("/health").status == 200)
        #expect(server.stop() == 0)
    }
}
