import Foundation
import Testing

@Suite("The stream of events", .timeLimit(.minutes(10)))
struct StreamTests {
    /// A reader of server-sent events in Python that shares nothing with the server, and what writes meanwhile.
    private static let prelude = #"""
        import http.client, json, sys, threading
        port = int(sys.argv[1])
        def ask(method, path, body=None):
            c = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
            c.request(method, path, body and json.dumps(body), {'Content-Type': 'application/json'})
            answer = c.getresponse()
            return answer.status, json.loads(answer.read() or b'null')
        class Stream:
            def __init__(self, path='/v1/stream', **fields):
                self.c = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
                self.c.request('GET', path, headers={name.replace('_', '-'): value for name, value in fields.items()})
                self.answer = self.c.getresponse()
            def event(self):
                """The next event as a dictionary; None at the end of the stream."""
                event = {}
                while line := self.answer.readline():
                    line = line.decode().rstrip('\n')
                    if not line and 'data' in event: return event
                    if not line or line.startswith(':'): continue
                    name, value = line.split(': ', 1)
                    event[name] = value
                return None
            def seqs(self, count): return [int(self.event()['id']) for n in range(count)]
        def write(count):
            for n in range(count): assert ask('POST', '/v1/leads', {'name': f'Lead {n}'})[0] == 201
        def feed(after=0):
            seqs = []
            while True:
                page = ask('GET', f'/v1/changes?after={after}&limit=500')[1]
                seqs += [entry['seq'] for entry in page['data']]
                if not page['data']: return seqs
                after = seqs[-1]

        """#

    private static func python(_ server: RunningServer, _ script: String, _ words: [String] = []) throws -> String {
        let port = server.address.split(separator: ":").last.map(String.init) ?? ""
        let result = try run("/usr/bin/env", ["python3", "-c", prelude + script, port] + words)
        return result.output + result.errors
    }

    @Test("has every entry once and in order, whoever writes meanwhile")
    func order() throws {
        let server = try RunningServer(["--open"])
        let printed = try Self.python(
            server,
            """
            stream, late = Stream('/v1/stream?after=0'), Stream()
            writers = [threading.Thread(target=write, args=(50,)) for n in range(4)]
            for each in writers: each.start()
            seqs, lates = stream.seqs(200), late.seqs(200)
            for each in writers: each.join()
            print(stream.answer.getheader('Content-Type'), seqs == sorted(set(seqs)), seqs == feed(), lates == seqs)
            """)
        #expect(printed == "text/event-stream True True True\n")
    }

    @Test("goes on behind the last event that a client had, also after a crash")
    func resuming() throws {
        let folder = TemporaryFolder()
        let server = try RunningServer(["--open"], in: folder)
        let last = try Self.python(
            server, "stream = Stream('/v1/stream?after=0'); write(30); print(stream.seqs(12)[-1])"
        )
        .trimmingCharacters(in: .whitespacesAndNewlines)
        server.kill()
        let again = try RunningServer(["--open"], in: folder)
        let printed = try Self.python(
            again,
            """
            last = int(sys.argv[2])
            stream = Stream('/v1/stream?after=0', Last_Event_ID=str(last))
            write(5)
            print(stream.seqs(len(feed(last))) == feed(last), len(feed(last)) >= 23)
            """, [last])
        #expect(printed == "True True\n")
    }

    @Test("tells what the feed tells, and refuses a place that is none")
    func contents() throws {
        let server = try RunningServer(["--open"])
        let printed = try Self.python(
            server,
            """
            write(1)
            event = Stream('/v1/stream?after=0').event()
            print(event['event'], json.loads(event['data']) == ask('GET', '/v1/changes?after=0')[1]['data'][0])
            ids = [{'Last_Event_ID': id} for id in ('x', '99999999')]
            for path, fields in (('?after=-1', {}), ('?after=x', {}), ('?from=1', {}), ('', ids[0]), ('', ids[1])):
                print(Stream('/v1/stream' + path, **fields).answer.status)
            """)
        #expect(printed == "entry True\n400\n400\n400\n400\n400\n")
    }

    @Test("ends in good order when the server stops")
    func end() throws {
        let server = try RunningServer(["--open"])
        let id = server.process.processIdentifier
        let printed = try Self.python(
            server,
            """
            import os, signal
            stream = Stream()
            write(1)
            stream.event()
            os.kill(int(sys.argv[2]), signal.SIGTERM)
            # A body that was cut off would be an IncompleteRead.
            print(stream.event())
            """, ["\(id)"])
        #expect(printed == "None\n")
        #expect(server.stop() == 0)
    }
}
