import Foundation
import JSON
import Testing

@Suite("An import by lines")
struct LineImportTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let body: String
        let status: Int
        /// What the answer must hold.
        let holds: String
        let testDescription: String

        init(_ body: String, _ status: Int, _ holds: String, _ why: String) {
            self.body = body
            self.status = status
            self.holds = holds
            testDescription = why
        }
    }

    private static let plan = #"{"resource":"leads"}"# + "\n"

    static let cases: [Case] = [
        Case(plan + #"{"name":"A"}"# + "\n", 200, #""created":1,"updated":0,"unchanged":0,"refused_count":0"#, "a row"),
        Case(plan + #"{"name":"A"}"#, 200, #""created":1"#, "a last line without an end"),
        Case(plan + "\n \t\r\n" + #"{"name":"A"}"# + "\r\n\n", 200, #""created":1"#, "blank lines, and ends of CRLF"),
        Case(plan, 200, #""created":0"#, "no rows"),
        Case(
            plan + #"{"name":"A"}"# + "\nnone\n" + #"{"name":"B"}"#, 200,
            #""created":2,"updated":0,"unchanged":0,"refused_count":1,"refused":[{"row":2,"#,
            "a row that is not JSON"),
        Case(
            #"{"resource":"leads","first_row":7}"# + "\n" + #"{"nam":"A"}"#, 200,
            #""refused":[{"row":7,"errors":[{"pointer":"/nam""#,
            "rows counted from another number"),
        Case(
            #"{"resource":"leads","map":{"key":"email","members":{"name":"who","email":"mail"}}}"# + "\n"
                + #"{"who":"A","mail":"a@x.example"}"# + "\n" + #"{"who":"A","mail":"A@x.example"}"#,
            200, #""created":1,"updated":0,"unchanged":1"#, "a map with a key"),
        Case("", 400, "The first line must say", "nothing"),
        Case("none\n", 400, "No JSON", "a first line that is not JSON"),
        Case("[]\n", 422, "must be an object", "a first line that is no object"),
        Case(#"{"resource":"lead"}"# + "\n", 422, "must be one of", "no such resource"),
        Case(#"{"resource":"leads","rows":[]}"# + "\n", 422, "rows", "rows in the first line"),
        Case(
            plan + String(repeating: "x", count: (1 << 20) + 1), 413,
            "The line of row 1 has more than 1048576 bytes", "a line that is too long"),
        Case(
            String(repeating: "x", count: (1 << 20) + 1), 413, "The first line has more",
            "a first line that is too long"),
        Case(
            plan + String(repeating: #"{"name":"A"}"# + "\n", count: 700) + String(repeating: "x", count: 2 << 20), 413,
            "The line of row 701 has", "a line that is too long behind others"),
        Case(
            plan + String(repeating: #"{"name":"A"}"# + "\n", count: 50_000) + String(repeating: "x", count: 3 << 20),
            413,
            #""report":{"created":"#, "a line that is too long behind rows that were made"),
        Case(
            plan + String(repeating: "none\n", count: 1_200), 200, #""refused_count":1200"#,
            "more refused rows than are listed"),
    ]

    @Test("answers what became of the rows", arguments: cases)
    func report(of example: Case) throws {
        let server = try RunningServer(["--open"])
        let answer = try Self.send(example.body, to: server)
        #expect(answer.status == example.status, "\(answer.body.prefix(300))")
        #expect(answer.body.contains(example.holds), "\(answer.body.prefix(300))")
        // Whatever was sent, it goes on.
        #expect(try server.curl("/health").status == 200)
    }

    @Test("lists no more refused rows than it says")
    func listed() throws {
        let server = try RunningServer(["--open"])
        let answer = try Self.send(Self.plan + String(repeating: "none\n", count: 1_200), to: server)
        let report = try JSONParser.parse(Array(answer.body.utf8))
        #expect(report["refused"]?.elements?.count == 1_000)
    }

    @Test("may be longer than other bodies, and compressed")
    func long() throws {
        let server = try RunningServer(["--open"])
        let rows = (0..<20_000).map { "{\"name\":\"Lead \($0)\",\"title\":\"\(String(repeating: "t", count: 60))\"}\n" }
        let file = "\(server.folder.path)/rows"
        try (Self.plan + rows.joined()).write(toFile: file, atomically: true, encoding: .utf8)
        _ = try run("/usr/bin/gzip", ["-k", file])
        for (name, fields) in [(file, [String]()), ("\(file).gz", ["-H", "Content-Encoding: gzip"])] {
            let answer = try Self.send(file: name, to: server, fields)
            #expect(answer.body.contains(#""created":20000,"#), "\(answer.body.prefix(300))")
        }
        #expect(try server.get("/v1/leads?count=true&limit=1")["count"] == 40_000)
    }

    @Test("says of a body that broke what was made of it, and makes no more")
    func cut() throws {
        let server = try RunningServer(["--open"])
        let file = "\(server.folder.path)/rows"
        let rows = (0..<20_000).map { "{\"name\":\"Lead \($0)\"}\n" }
        try (Self.plan + rows.joined()).write(toFile: file, atomically: true, encoding: .utf8)
        _ = try run("/usr/bin/gzip", [file])
        let packed = try Data(contentsOf: URL(fileURLWithPath: file + ".gz"))
        try packed.dropLast(9).write(to: URL(fileURLWithPath: file))
        let answer = try Self.send(file: file, to: server, ["-H", "Content-Encoding: gzip"])
        #expect(answer.status == 400)
        let problem = try JSONParser.parse(Array(answer.body.utf8))
        #expect(problem["detail"]?.text?.contains("gzip is cut off") == true)
        let created = try #require(problem["report"]?["created"]?.wholeNumber)
        #expect(created > 0)
        // What would still be made would be made before this.
        #expect(try Self.send(Self.plan + #"{"name":"A"}"#, to: server).status == 200)
        #expect(try server.get("/v1/leads?count=true&limit=1")["count"] == .integer(created + 1))
    }

    @Test("goes on where a crash left it, and makes no row twice", .timeLimit(.minutes(5)))
    func crash() throws {
        let folder = TemporaryFolder()
        let server = try RunningServer(["--open"], in: folder)
        // The sixth is refused before the crash.
        let rows = (0..<30_000).map { $0 == 5 ? "{\"name\":5}\n" : "{\"name\":\"Lead \($0)\"}\n" }
        let file = "\(folder.path)/rows"
        try (Self.plan + rows.joined()).write(toFile: file, atomically: true, encoding: .utf8)
        let client = Process()
        client.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        client.arguments =
            ["-s"] + Self.arguments(file, ["-H", "Idempotency-Key: k"]) + ["\(server.address)/v1/imports"]
        client.standardOutput = FileHandle(forWritingAtPath: "/dev/null")
        try client.run()
        // Somewhere in the middle.
        while try server.get("/v1/leads?count=true&limit=1")["count"]?.wholeNumber ?? 0 < 1_000 {}
        server.kill()
        client.waitUntilExit()

        let again = try RunningServer(["--open"], in: folder)
        // The same key and length, and another row: it must not be taken for the one that was made.
        let other = "\(folder.path)/other"
        try (Self.plan + rows.joined().replacing("Lead 7\"", with: "Lead X\""))
            .write(toFile: other, atomically: true, encoding: .utf8)
        #expect(try Self.send(file: other, to: again, ["-H", "Idempotency-Key: k"]).status == 422)
        let answer = try Self.send(file: file, to: again, ["-H", "Idempotency-Key: k"])
        #expect(
            answer.body.contains(
                #""created":29999,"updated":0,"unchanged":0,"refused_count":1,"refused":[{"row":6,"errors":[{"#),
            "\(answer.body.prefix(300))")
        #expect(answer.body.contains("was refused when it was sent first"))
        #expect(try again.get("/v1/leads?count=true&limit=1")["count"] == 29_999)
        let third = try Self.send(file: file, to: again, ["-H", "Idempotency-Key: k"])
        #expect(third.body == answer.body)
        #expect(third.field("Idempotent-Replayed") == "true")
        #expect(try Self.send(file: other, to: again, ["-H", "Idempotency-Key: k"]).status == 422)
    }

    @Test("is answered again for the same lines alone", arguments: repetitions)
    func repetition(second: String, status: Int) throws {
        let server = try RunningServer(["--open"])
        let rows = "{\"name\":\"A\"}\n{\"name\":\"B\"}\n"
        let fields = ["-H", "Idempotency-Key: k"]
        let first = try Self.send(Self.plan + rows, to: server, fields)
        #expect(first.status == 200)
        let answer = try Self.send(second, to: server, fields)
        #expect(answer.status == status, "\(answer.body)")
        #expect(status != 200 || answer.body == first.body)
        #expect(try server.get("/v1/leads?count=true&limit=1")["count"] == 2)
        // However they are sent.
        let file = "\(server.folder.path)/again"
        try (Self.plan + rows).write(toFile: file, atomically: true, encoding: .utf8)
        _ = try run("/usr/bin/gzip", ["-k", file])
        let packed = try Self.send(file: "\(file).gz", to: server, fields + ["-H", "Content-Encoding: gzip"])
        #expect(packed.body == first.body)
        #expect(
            try Self.send(file: file, to: server, fields + ["-H", "Transfer-Encoding: chunked"]).body == first.body)
    }

    private static let repetitions: [(String, Int)] = [
        (plan + "{\"name\":\"A\"}\n{\"name\":\"B\"}\n", 200),
        (plan + "{\"name\":\"A\"}\n{\"name\":\"C\"}\n", 422),
        (plan + "{\"name\":\"C\"}\n{\"name\":\"B\"}\n", 422),
        // As long, with a row less and a row more.
        (plan + "{\"name\":\"A\"}\n" + String(repeating: " ", count: 12) + "\n", 422),
        (plan + "{\"name\":\"A\"}\n{}\n{}\n{}\n{}\n \n", 422),
        (plan.replacing("leads", with: "deals") + "{\"name\":\"A\"}\n{\"name\":\"B\"}\n", 422),
    ]

    private static func arguments(_ file: String, _ fields: [String]) -> [String] {
        ["-H", "Content-Type: application/x-ndjson", "--data-binary", "@\(file)"] + fields
    }

    private static func send(_ body: String, to server: RunningServer, _ fields: [String] = []) throws -> Answer {
        let file = "\(server.folder.path)/lines"
        try body.write(toFile: file, atomically: true, encoding: .utf8)
        return try send(file: file, to: server, fields)
    }

    private static func send(file: String, to server: RunningServer, _ fields: [String]) throws -> Answer {
        try server.curl("/v1/imports", arguments(file, fields))
    }
}
