import Foundation
import Testing

@Suite("What the command tells who keeps it", .timeLimit(.minutes(10)))
struct WatchingTests {
    /// Runs a script in Python; `start` gives a server with its address and its log.
    private func python(_ script: String) throws -> String {
        let folder = TemporaryFolder()
        let prelude = #"""
            import datetime, http.client, json, os, re, resource, signal, socket, subprocess, sys, time, urllib.request, urllib.error
            binary, folder = sys.argv[1:]
            class Server:
                def __init__(self, *arguments, descriptors=1024):
                    self.log = open(f'{folder}/errors', 'w+')
                    command = [binary, 'serve', '--listen', '127.0.0.1:0', '--data', f'{folder}/data', *arguments]
                    self.process = subprocess.Popen(
                        ['bash', '-c', f'ulimit -n {descriptors}; exec "$@"', 'bash', *command],
                        stdout=subprocess.PIPE, stderr=self.log, text=True)
                    self.key = None
                    for line in self.process.stdout:
                        if line.startswith('administrator key: '): self.key = line.split()[-1]
                        if line.startswith('tandem listening on '): break
                    self.url = line.split()[-1]
                    self.port = int(self.url.rsplit(':', 1)[1])
                def ask(self, path, key=None):
                    request = urllib.request.Request(self.url + path)
                    if key: request.add_header('Authorization', f'Bearer {key}')
                    try:
                        with urllib.request.urlopen(request, timeout=30) as answer: return answer.status, answer.read().decode()
                    except urllib.error.HTTPError as error: return error.code, ''
                def stop(self):
                    self.process.terminate()
                    return self.process.wait(30)
            def figures(text):
                """The figures of a text in Prometheus' format 0.0.4; anything else is an error."""
                figures, types = {}, {}
                for line in text.split('\n')[:-1]:
                    if match := re.fullmatch(r'# HELP ([a-z_]+) .+', line): continue
                    if match := re.fullmatch(r'# TYPE ([a-z_]+) (counter|gauge|histogram)', line):
                        assert match[1] not in types, line
                        types[match[1]], last = match[2], match[1]
                        continue
                    match = re.fullmatch(r'([a-z_]+)(\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? (-?[0-9.]+)', line)
                    assert match, line
                    name = re.sub('_(bucket|sum|count)$', '', match[1]) if types[last] == 'histogram' else match[1]
                    assert name == last, line
                    assert match[1] + (match[2] or '') not in figures, line
                    figures[match[1] + (match[2] or '')] = float(match[3])
                assert text.endswith('\n')
                return figures

            """#
        let result = try run("/usr/bin/env", ["python3", "-c", prelude + script, RunningServer.binary, folder.path])
        return result.output + result.errors
    }

    @Test("is a line of JSON for each request, or for some of them, and none by itself")
    func accessLog() throws {
        let printed = try python(
            """
            for sample, expected in ((1, 8), (4, 2), (None, None)):
                log = f'{folder}/log{sample}'
                flags = ['--access-log', log, '--access-log-sample', str(sample)] if sample else []
                server = Server('--open', *flags)
                for n in range(7): server.ask('/health')
                server.ask('/%22%0a%5c?a=b')
                print(server.stop())
                if not sample:
                    print(os.path.exists(log), 'GET' in open(f'{folder}/errors').read())
                    continue
                lines = [json.loads(line) for line in open(log)]
                print(len(lines) == expected, sorted(lines[0]) == sorted(
                    ['at', 'method', 'path', 'status', 'bytes', 'microseconds', 'client', 'request']))
                at = [datetime.datetime.fromisoformat(line['at']) for line in lines]
                age = datetime.datetime.now(datetime.timezone.utc) - at[0]
                print(abs(age.total_seconds()) < 3600, at == sorted(at), lines[0]['client'], lines[0]['method'])
                if sample == 1: print(lines[-1]['path'], lines[-1]['status'])
            """)
        let line = "True True 127.0.0.1 GET\n"
        #expect(printed == "0\nTrue True\n\(line)/%22%0a%5c 404\n0\nTrue True\n\(line)0\nFalse False\n")
    }

    @Test("is in figures that Prometheus can read, for who has a key")
    func metrics() throws {
        let printed = try python(
            """
            server = Server()
            print(server.ask('/internal/metrics')[0], server.ask('/internal/metrics', 'tk_wrong')[0])
            for n in range(5): server.ask('/health')
            server.ask('/nowhere')
            first = figures(server.ask('/internal/metrics', server.key)[1])
            second = figures(server.ask('/internal/metrics', server.key)[1])
            def count(route, status): return second.get(f'tandem_http_requests_total{{route="{route}",status="{status}"}}')
            print(count('GET /health', 200), count('none', 404), count('GET /internal/metrics', 401))
            print(second['tandem_http_request_seconds_count{route="GET /health"}'], second['tandem_http_connections'])
            print(second['tandem_http_connections_accepted_total'] - first['tandem_http_connections_accepted_total'])
            print(all(second[name] >= first[name] for name in first if 'total' in name or 'bucket' in name))
            print(second['tandem_ledger_writable'], server.stop())
            """)
        #expect(printed == "401 401\n5.0 1.0 2.0\n5.0 1.0\n1.0\nTrue\n1.0 0\n")
    }

    @Test("keeps descriptors for the ledger, however many clients there are")
    func descriptorsOfLedger() throws {
        let printed = try python(
            """
            server = Server('--open', '--segment-bytes', '4096', descriptors=300)
            first = http.client.HTTPConnection('127.0.0.1', server.port, timeout=30)
            first.connect()
            held = [socket.create_connection(('127.0.0.1', server.port)) for n in range(400)]
            statuses = set()
            for number in range(60):
                body = '{"name":"L","custom":{"x":"' + 'y' * 300 + '"}}'
                first.request('POST', '/v1/leads', body, {'Content-Type': 'application/json'})
                answer = first.getresponse()
                answer.read()
                statuses.add(answer.status)
            for each in held: each.close()
            print(statuses, server.stop())
            """)
        #expect(printed == "{201} 0\n")
    }

    @Test("says that no descriptor is left, and goes on when there are some again")
    func descriptors() throws {
        let printed = try python(
            """
            server = Server('--open', '--loops', '1', descriptors=64)
            first = http.client.HTTPConnection('127.0.0.1', server.port, timeout=30)
            def total():
                first.request('GET', '/internal/metrics')
                return figures(first.getresponse().read().decode())['tandem_http_descriptor_shortages_total']
            print(total())
            held = [socket.create_connection(('127.0.0.1', server.port)) for n in range(100)]
            # A connection that is there is answered meanwhile.
            while total() == 0: pass
            for each in held: each.close()
            print(server.ask('/health')[0], server.stop(), 'new clients wait' in open(f'{folder}/errors').read())
            """)
        #expect(printed == "0.0\n200 0 True\n")
    }
}
