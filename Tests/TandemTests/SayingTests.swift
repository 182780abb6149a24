import Foundation
import Testing

@Suite("What the server says of itself", .timeLimit(.minutes(10)))
struct SayingTests {
    /// Starts a server whose words go into a pipe that nobody reads, or that has lost its reader, asks it often, and has it
    /// stop.
    private static let script = #"""
        import fcntl, http.client, os, signal, subprocess, sys, threading
        binary, folder, how = sys.argv[1:]
        words, writing = os.pipe()
        fcntl.fcntl(writing, 1031, 4096)  # F_SETPIPE_SZ
        server = subprocess.Popen(
            [binary, 'serve', '--listen', '127.0.0.1:0', '--data', folder, '--open', '--access-log', 'stderr'],
            stdout=subprocess.PIPE, stderr=writing, text=True)
        if how == 'slow': os.set_blocking(writing, False)
        os.close(writing)
        if how == 'gone': os.close(words)
        address = server.stdout.readline().split('//')[1].strip()
        connection = http.client.HTTPConnection(address, timeout=60)
        statuses = set()
        for number in range(300):
            connection.request('GET', '/health')
            answer = connection.getresponse()
            answer.read()
            statuses.add(answer.status)
        if how == 'slow':
            read = []
            reader = threading.Thread(target=lambda: read.extend(os.fdopen(words)))
            reader.start()
        server.send_signal(signal.SIGHUP)
        server.send_signal(signal.SIGTERM)
        try:
            print(statuses, server.wait(timeout=60), sorted(name[:6] for name in os.listdir(folder)))
            if how == 'slow':
                reader.join()
                print(sum('"path":"/health"' in line for line in read), [line for line in read if 'lost' in line])
        finally:
            server.kill()
        """#

    @Test(
        "holds up and ends nothing where nobody reads it any more, and is all there for who reads late",
        arguments: ["gone", "stuck", "slow"])
    func reader(_ how: String) throws {
        let folder = TemporaryFolder()
        let result = try run(
            "/usr/bin/env", ["python3", "-c", Self.script, RunningServer.binary, "\(folder.path)/data", how])
        let end = "{200} 0 ['LOCK', 'closed', 'journa', 'snapsh']\n"
        #expect(result.output == end + (how == "slow" ? "300 []\n" : ""), "\(result.errors)")
    }
}
