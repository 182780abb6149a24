import HTTPTypes
import Testing

@testable import HTTPServer

@Suite("A router")
struct RouterTests {
    static let router: Router = {
        var router = Router()
        router.get("/") { _ in .text("root") }
        router.get("/leads") { _ in .text("list") }
        router.post("/leads") { _ in .text("create") }
        router.post("/leads/import", bodyBytesMax: 7) { _ in .text("import") }
        router.get("/leads/{id}") { request in .text("lead \(request.parameter("id"))") }
        router.patch("/leads/{id}") { request in .text("patch \(request.parameter("id"))") }
        router.get("/leads/{id}/journey") { request in .text("journey \(request.parameter("id"))") }
        router.get("/leads/special/notes") { _ in .text("special notes") }
        router.delete("/{kind}/{id}/{part}/{place}") { request in
            .text(["kind", "id", "part", "place"].map { request.parameter($0) }.joined(separator: " "))
        }
        for name in ["insights", "insights-of-sales", "insights-of-marketing", "insight"] {
            router.get("/reports/\(name)") { _ in .text(name) }
        }
        router.on(.options, "/open") { _ in .text("options") }
        router.get("/a b") { _ in .text("space") }
        router.get("/query") { request throws(Problem) in
            .text(try request.queryItems().map { "\($0.name)=\($0.value)" }.joined(separator: ";"))
        }
        return router
    }()

    /// What a request is answered with: the status, and the body or what is allowed.
    private static func answer(_ method: String, _ target: String) throws(any Error) -> String {
        let text = "\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n"
        let deferred = Deferred(
            loop: try EventLoop(number: 0), connection: ConnectionID(slot: 0, generation: 0), requestNumber: 1)
        let bytes = Array(text.utf8)
        let head = try head(of: text)
        let table = router.table
        let response = table.respond(
            to: head, table.match(head, in: bytes), in: bytes, body: RouteTable.Body(), deferred: deferred)
        if let allow = response.fields[.allow] { return "\(response.status.code) \(allow)" }
        guard response.status == .ok else { return "\(response.status.code)" }
        return String(decoding: response.body, as: UTF8.self)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let method: String
        let target: String
        let answer: String
        let why: String
        var testDescription: String { "\(method) \(target), \(why)" }

        init(_ method: String, _ target: String, _ answer: String, _ why: String) {
            self.method = method
            self.target = target
            self.answer = answer
            self.why = why
        }
    }

    static let cases: [Case] = [
        Case("GET", "/", "root", "the root"),
        Case("GET", "/?a", "root", "the root with a query"),
        Case("GET", "http://a", "root", "the root of an absolute form, RFC 3986 §4.3"),
        Case("GET", "http://a?b", "root", "the root of an absolute form with a query, RFC 3986 §4.3"),
        Case("GET", "http://a/leads", "list", "an absolute form, RFC 9112 §3.2.2"),
        Case("GET", "/leads", "list", "a literal"),
        Case("POST", "/leads", "create", "another method"),
        Case("HEAD", "/leads", "list", "HEAD from GET, RFC 9110 §9.3.2"),
        Case("GET", "/leads/7", "lead 7", "a parameter"),
        Case("POST", "/leads/import", "import", "a literal"),
        Case("GET", "/leads/import", "405 OPTIONS, POST", "a literal wins, whatever the method"),
        Case("GET", "/leads/special", "lead special", "a literal that is no route leaves it to the parameter"),
        Case("GET", "/leads/special/journey", "journey special", "a literal that leads nowhere, too"),
        Case("GET", "/leads/special/notes", "special notes", "a literal wins in the middle"),
        Case("DELETE", "/a/b/c/d", "a b c d", "four parameters"),
        Case("DELETE", "/leads/b/c/d", "leads b c d", "a literal that leads nowhere, four deep"),
        Case("GET", "/%6Ceads", "list", "an encoded literal, RFC 3986 §2.3"),
        Case("GET", "/%6c%65%61%64%73", "list", "a literal encoded whole, RFC 3986 §2.3"),
        Case("GET", "/a%20b", "space", "a literal that must be encoded, RFC 3986 §2.1"),
        Case("GET", "/reports/insights", "insights", "eight bytes"),
        Case("GET", "/reports/insight", "insight", "seven of the same"),
        Case("GET", "/reports/insights-of-sales", "insights-of-sales", "more behind the same eight"),
        Case("GET", "/reports/insights-of-marketing", "insights-of-marketing", "and others"),
        Case("GET", "/reports/insights-of-%6Darketing", "insights-of-marketing", "encoded behind the first eight"),
        Case("GET", "/reports/insights-of-salem", "404", "as long as another"),
        Case("GET", "/reports/insights-of", "404", "part of another"),
        Case("GET", "/Leads", "404", "paths are case-sensitive, RFC 3986 §6.2.2.1"),
        Case("GET", "/leads/a%2Fb", "lead a/b", "%2F is no separator, RFC 3986 §2.2"),
        Case("GET", "/leads%2F7", "404", "%2F is no separator, RFC 3986 §2.2"),
        Case("GET", "/leads/%C3%BC", "lead ü", "an encoded parameter"),
        Case("GET", "/leads/%2541", "lead %41", "decoded once"),
        Case("GET", "/leads/a+b", "lead a+b", "a plus is a plus in a path"),
        Case("GET", "/leads/...", "lead ...", "three dots are a name like any other"),
        Case("GET", "/leads/a..b", "lead a..b", "dots inside a name"),
        Case("GET", "/leads/", "404", "an empty parameter"),
        Case("GET", "/leads/7/", "404", "a slash at the end"),
        Case("GET", "//leads", "404", "an empty segment first"),
        Case("GET", "/leads//journey", "404", "an empty segment in the middle"),
        Case("GET", "//", "404", "two slashes"),
        Case("GET", "/lead", "404", "part of a literal"),
        Case("GET", "/leadss", "404", "more than a literal"),
        Case("GET", "/leads/7/other", "404", "an unknown literal"),
        Case("GET", "/a/b/c", "404", "a place between routes is no route"),
        Case("DELETE", "/leads", "405 GET, HEAD, OPTIONS, POST", "what is allowed, RFC 9110 §15.5.6"),
        Case("DELETE", "/leads/7", "405 GET, HEAD, OPTIONS, PATCH", "what is allowed, RFC 9110 §15.5.6"),
        Case("HEAD", "/leads/import", "405 OPTIONS, POST", "no HEAD without GET, RFC 9110 §9.3.2"),
        Case("TRACE", "/", "405 GET, HEAD, OPTIONS", "TRACE is not answered, RFC 9110 §9.3.8"),
        Case("OPTIONS", "/leads", "204 GET, HEAD, OPTIONS, POST", "OPTIONS, RFC 9110 §9.3.7"),
        Case("OPTIONS", "/nowhere", "404", "OPTIONS of nothing"),
        Case("OPTIONS", "*", "204 DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT", "all of it, RFC 9110 §9.3.7"),
        Case("OPTIONS", "/open", "options", "OPTIONS of its own"),
        Case("GET", "/open", "405 OPTIONS", "named once"),
        Case("GET", "/query?a=1&&b=%C3%BC+%2B&c&=d&e==", "a=1;b=ü +;c=;=d;e==", "the items of a query"),
        Case("GET", "/query?", "", "an empty query"),
        Case("GET", "/query?a=%FF", "400", "a query that is not UTF-8"),
    ]

    @Test("finds the route of a path, or says what is wrong", arguments: cases)
    func answers(_ example: Case) throws {
        #expect(try Self.answer(example.method, example.target) == example.answer)
    }

    @Test("lists its routes in the order of their paths")
    func routes() {
        let listed = Self.router.routes.map { "\($0.method.rawValue) \($0.pattern)" }
        #expect(listed.count == 16)
        #expect(listed.prefix(3) == ["GET /", "GET /a b", "GET /leads"])
    }

    @Test("stops the process when a route is given twice")
    func twice() async {
        await #expect(processExitsWith: .failure) {
            var router = Router()
            router.get("/a/{b}") { _ in .noContent }
            router.get("/a/{c}") { _ in .noContent }
        }
    }
}
