import Foundation
import Testing

@Suite("What the server says of itself", .timeLimit(.minutes(10)))
struct SayingTests {
    /// Starts a server whose words go into a pipe that nobody reads, or that has lost its reader, asks it often, and has it
    /// stop.
    private static let script = #"""
        import fcntl, http.client, os, signal, subprocess, sys
        binary, folder, how = sys.argv[1:]
        words, writing = os.pipe()
        fcntl.fcntl(writing, 1031, 4096)  # F_SETPIPE_SZ
        server = subprocess.Popen(
            [binary, 'serve', '--listen', '127.0.0.1:0', '--data', folder, '--open', '--access-log', 'stderr'],
            stdout=subprocess.PIPE, stderr=writing, text=True)
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
        server.send_signal(signal.SIGHUP)
        server.send_signal(signal.SIGTERM)
        try:
            print(statuses, server.wait(timeout=60), sorted(name[:6] for name in os.listdir(folder)))
        finally:
            server.kill()
        """#

    @Test("holds up and ends nothing where nobody reads it any more", arguments: ["gone", "stuck"])
    func reader(_ how: String) throws {
        let folder = TemporaryFolder()
        let result = try run(
            "/usr/bin/env", ["python3", "-c", Self.script, RunningServer.binary, "\(folder.path)/data", how])
        #expect(result.output == "{200} 0 ['LOCK', 'closed', 'journa', 'snapsh']\n", "\(result.errors)")
    }
}
