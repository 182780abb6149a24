import HTTPTypes
import Locks
import Testing

@testable import HTTPServer

@Suite("A server that is asked too much or from elsewhere", .serialized, .timeLimit(.minutes(10)))
struct FairnessTests {
    static let scenarios: [Scenario] = [
        Scenario(
            "refuses a connection too many of one address, until one closes",
            """
            held = [Connection() for n in range(2)]
            for c in held: c.send(get('/hello/a')).answer()
            c = Connection().send(get('/hello/a'))
            print(c.answers(), c.fields.get('retry-after'))
            held[0].socket.close()
            while ask(get('/hello/b')) != '200 hello b': pass
            print(held[1].send(get('/hello/c')).answer())
            """, prints: "429 closes, end 1\n200 hello c"
        ) { $0.connectionsPerAddressMax = 2 },
        Scenario(
            "refuses a request too many of one address, and takes it again later",
            """
            c = Connection().send(get('/hello/a') * 3)
            print(c.answer(), c.answer(), c.answer(), c.fields.get('retry-after'), c.answer())
            while ask(get('/hello/b')) != '200 hello b': pass
            print('taken')
            """, prints: "200 hello a 200 hello a 429 closes 1 end\ntaken"
        ) { $0.requestsPerSecondMax = 2 },
    ]

    @Test("is fair", arguments: scenarios)
    func fair(_ scenario: Scenario) async throws { try await scenario.run() }

    @Test("does not count who asks at a Unix socket")
    func unixSocket() async throws {
        let certificates = try Certificates()
        let path = certificates.path("socket")
        var limits = Limits()
        limits.requestsPerSecondMax = 1
        limits.connectionsPerAddressMax = 1
        try await RunningServer.with(limits, at: [.loopback(), Listening(.unix(path: path))]) { running in
            let printed = try await Client.python(
                running,
                """
                def connect():
                    raw = socket.socket(socket.AF_UNIX)
                    raw.connect(sys.argv[2])
                    c = Connection.__new__(Connection)
                    c.socket, c.buffer = raw, b''
                    return c
                all = [connect() for n in range(5)]
                for c in all: c.send(get('/hello/a') * 5)
                print(set(c.answer() for c in all for n in range(5)))
                """, [path])
            #expect(printed == "{'200 hello a'}\n")
        }
    }

    struct Origin: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let allowed: [String]
        let fields: String
        let printed: String
    }

    static let origins: [Origin] = [
        Origin(
            testDescription: "a page of an origin that may", allowed: ["https://a", "https://b"],
            fields: "Origin: https://b\\r\\n", printed: "https://b origin"),
        Origin(
            testDescription: "a page of another origin", allowed: ["https://a"], fields: "Origin: https://c\\r\\n",
            printed: "None origin"),
        Origin(
            testDescription: "an origin that only begins as one that may", allowed: ["https://a"],
            fields: "Origin: https://a.evil\\r\\n", printed: "None origin"),
        Origin(
            testDescription: "no page, whose answer a cache may keep for one", allowed: ["https://a"], fields: "",
            printed: "None origin"),
        Origin(testDescription: "any page", allowed: ["*"], fields: "Origin: https://c\\r\\n", printed: "* None"),
        Origin(
            testDescription: "no page, where any may", allowed: ["*"], fields: "", printed: "* None"),
    ]

    @Test("tells who may read its answer", arguments: origins)
    func origin(_ example: Origin) async throws {
        try await RunningServer.with(options: { $0.crossOrigin = CrossOrigin(origins: example.allowed) }) { running in
            let printed = try await Client.python(
                running,
                """
                c = Connection().send(get('/hello/a', '\(example.fields)'))
                c.answer()
                print(c.fields.get('access-control-allow-origin'), c.fields.get('vary'))
                """)
            #expect(printed == example.printed + "\n")
        }
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sent: String
        let printed: String
        let logged: String
    }

    static let refused: [Refused] = [
        Refused(
            testDescription: "for its body's length",
            sent: "post('/echo', '', 'Content-Length: 2000000\\r\\nOrigin: https://a\\r\\n')",
            printed: "413 closes, end https://a", logged: "413 POST /echo"),
        Refused(
            testDescription: "for its body",
            sent: "post('/echo', 'zz\\r\\n', 'Transfer-Encoding: chunked\\r\\nOrigin: https://a\\r\\n')",
            printed: "400 closes, end https://a", logged: "400 POST /echo"),
        Refused(
            testDescription: "for a field behind its origin",
            sent: "get('/hello/a?b', 'Origin: https://a\\r\\nA : b\\r\\n')",
            printed: "400 closes, end https://a", logged: "400 GET /hello/a"),
        Refused(
            testDescription: "for a field before its origin",
            sent: "get('/hello/a', 'A : b\\r\\nOrigin: https://a\\r\\n')",
            printed: "400 closes, end None", logged: "400 GET /hello/a"),
        Refused(
            testDescription: "behind another", sent: "get('/hello/b') + get('/hello/a', 'A : b\\r\\n')",
            printed: "200 hello b, 400 closes, end None", logged: "200 GET /hello/b, 400 GET /hello/a"),
        Refused(
            testDescription: "for its time", sent: "'GET /hello/a HTTP/1.1\\r\\nOrigin: https://a\\r\\nHost'",
            printed: "408 closes, end https://a", logged: "408 GET /hello/a"),
        Refused(
            testDescription: "for its first line", sent: "'garbage\\r\\n\\r\\n'", printed: "400 closes, end None",
            logged: "400  "),
    ]

    @Test("logs what it refuses, and tells a page of it, as far as it was read", arguments: refused)
    func refusals(_ example: Refused) async throws {
        let logged = Locked<[String]>([])
        var limits = Limits()
        limits.headTime = .milliseconds(100)
        try await RunningServer.with(
            limits,
            options: { options in
                options.crossOrigin = CrossOrigin(origins: ["https://a"])
                options.answered = { exchange in
                    logged.withLock { $0.append("\(exchange.status) \(exchange.method) \(exchange.path)") }
                }
            },
            { running in
                let printed = try await Client.python(
                    running,
                    """
                    c = Connection().send(\(example.sent))
                    print(c.answers(), c.fields.get('access-control-allow-origin'))
                    """)
                #expect(printed == example.printed + "\n")
            })
        #expect(logged.withLock { $0 }.joined(separator: ", ") == example.logged)
    }

    @Test("answers what a browser asks before it asks")
    func preflight() async throws {
        try await RunningServer.with(options: { $0.crossOrigin = CrossOrigin(origins: ["https://a"]) }) { running in
            let printed = try await Client.python(
                running,
                """
                def preflight(origin, path):
                    c = Connection()
                    fields = f'Host: a\\r\\nOrigin: {origin}\\r\\nAccess-Control-Request-Method: POST\\r\\n'
                    status = c.send(f'OPTIONS {path} HTTP/1.1\\r\\n{fields}\\r\\n').answer()
                    name = 'access-control-allow-'
                    return status, c.fields.get(name + 'methods'), c.fields.get(name + 'origin')
                print(preflight('https://a', '/echo'), preflight('https://b', '/echo'), preflight('https://a', '/none'))
                """)
            #expect(
                printed == "('204', 'options, post', 'https://a') ('204', None, None) ('404', None, 'https://a')\n")
        }
    }
}
