import Testing

@testable import HTTPServer

@Suite("A server that curl asks", .timeLimit(.minutes(10)))
struct CurlTests {
    @Test("answers GET with fields and a body")
    func get() async throws {
        try await RunningServer.with { running in
            let answer = try await Client.curl(running, "/hello/you", ["--include"])
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\nDate: "))
            #expect(answer.contains("\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 9\r\n"))
            #expect(answer.hasSuffix("\r\n\r\nhello you"))
        }
    }

    @Test("answers HEAD with the fields of GET and no body")
    func head() async throws {
        try await RunningServer.with { running in
            let answer = try await Client.curl(running, "/hello/you", ["--head"])
            #expect(answer.contains("\r\nContent-Length: 9\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n"))
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let path: String
        let arguments: [String]
        let answer: String
        let testDescription: String

        init(_ path: String, _ arguments: [String], _ answer: String, _ why: String) {
            self.path = path
            self.arguments = arguments
            self.answer = answer
            testDescription = why
        }
    }

    private static let json = "Content-Type: application/json"
    private static let chunked = "Transfer-Encoding: chunked"

    static let served: [Case] = [
        Case("/echo", ["-d", "a=b"], "a=b 200", "a body with its length"),
        Case("/echo", ["-H", chunked, "-d", "a=b"], "a=b 200", "a chunked body"),
        Case("/echo", ["-H", "Expect: 100-continue", "-d", "a=b"], "a=b 200", "a body that waits for 100"),
        Case("/echo", ["-H", chunked, "-H", "Expect: 100-continue", "-d", "a"], "a 200", "a chunked one that waits"),
        Case("/echo", ["-X", "POST"], " 200", "no body at all"),
        Case("/json", ["-H", json, "-d", "[1, 2]"], "[1,2]\n 200", "JSON"),
        Case("/json", ["-H", "\(json); charset=utf-8", "-d", "[]"], "[]\n 200", "JSON with a parameter"),
        Case("/json", ["-H", "content-type: Application/JSON ;x=y", "-d", "[]"], "[]\n 200", "JSON in capitals"),
        Case("/hello/a%20b", ["--http1.0"], "hello a b 200", "HTTP/1.0"),
        Case("/small", ["-d", "1234"], "4 200", "a body as long as the route takes"),
    ]

    static let refused: [Case] = [
        Case("/nowhere", [], "404", "nothing there"),
        Case("/hello/you", ["-X", "DELETE"], "405", "another method"),
        Case("/small", ["-d", "12345"], "413", "a body that is a byte longer"),
        Case("/small", ["-H", chunked, "-d", "12345"], "413", "a chunked body that is a byte longer"),
        Case("/small", ["-H", "Expect: 100-continue", "-d", "12345"], "413", "a body refused before it is sent"),
        Case("/json", ["-d", "[]"], "415", "a form where JSON is taken"),
        Case("/json", ["-H", "Content-Type:", "-d", "[]"], "415", "no type where JSON is taken"),
        Case("/json", ["-H", "Content-Type: application/ json", "-d", "[]"], "415", "a space within the type"),
        Case("/json", ["-H", json, "-d", "[1,]"], "400", "what is no JSON"),
    ]

    @Test("answers what a handler says", arguments: served)
    func answers(_ example: Case) async throws {
        try await RunningServer.with { running in
            let answer = try await Client.curl(
                running, example.path, example.arguments + ["--write-out", " %{http_code}"])
            #expect(answer == example.answer)
        }
    }

    @Test("answers a refusal with a problem document, RFC 9457", arguments: refused)
    func problems(_ example: Case) async throws {
        try await RunningServer.with { running in
            let answer = try await Client.curl(
                running, example.path, example.arguments + ["--write-out", "%{content_type} %{http_code}"])
            #expect(answer.hasPrefix(#"{"type":"about:blank","title":"#))
            #expect(answer.contains(#""status":\#(example.answer),"#))
            #expect(answer.hasSuffix("}\napplication/problem+json \(example.answer)"))
        }
    }

    @Test("names what an address takes with 405")
    func allow() async throws {
        try await RunningServer.with { running in
            let answer = try await Client.curl(running, "/hello/you", ["--include", "-X", "DELETE"])
            #expect(answer.contains("\r\nAllow: GET, HEAD, OPTIONS\r\n"))
        }
    }

    @Test("keeps the connection for the next request")
    func keepAlive() async throws {
        try await RunningServer.with { running in
            let twice = "http://127.0.0.1:\(running.port)/hello/you"
            let answer = try await Client.curl(running, "/hello/me", ["--write-out", " %{num_connects},", twice])
            #expect(answer == "hello you 1,hello me 0,")
        }
    }

    @Test("sends 20 MB whole")
    func large() async throws {
        try await RunningServer.with { running in
            let answer = try await Client.curl(
                running, "/large/20000000", ["-o", "/dev/null", "-w", "%{size_download}"])
            #expect(answer == "20000000")
        }
    }
}
