import Foundation
import JSON
import Testing

/// Several changes as one entry, and requests that are sent twice.
@Suite("A batch", .timeLimit(.minutes(10)))
struct BatchTests {
    private static func json(_ answer: Answer) throws -> JSON { try JSONParser.parse(Array(answer.body.utf8)) }

    private static func seq(_ server: RunningServer) throws -> Int64 {
        try #require(try json(try server.curl("/v1/changes?after=0&limit=1"))["newest"]?.wholeNumber)
    }

    @Test("is one entry, whose later operations know the ids of earlier ones")
    func one() throws {
        let server = try RunningServer(["--open"])
        let before = try Self.seq(server)
        let answer = try server.curl(
            "/v1/batch",
            json: #"""
                {"operations":[
                  {"method":"POST","path":"/v1/accounts","body":{"name":"Example GmbH"}},
                  {"method":"POST","path":"/v1/leads","body":{"email":"ada@example.com","account_id":"@0"}},
                  {"method":"POST","path":"/v1/leads/@1/qualify","body":{}},
                  {"method":"PATCH","path":"/v1/leads/@1","body":{"phone":"1"},"if_match":"\"2\""},
                  {"method":"POST","path":"/v1/accounts","body":{"name":"Gone"}},
                  {"method":"DELETE","path":"/v1/accounts/@4"}]}
                """#)
        #expect(answer.status == 200, "\(answer.body)")
        let results = try #require(try Self.json(answer)["results"]?.elements)
        #expect(results.map { $0["status"]?.wholeNumber } == [201, 201, 200, 200, 201, 204])
        #expect(results[3]["body"]?["stage"] == "mql" && results[3]["body"]?["phone"] == "1")
        #expect(results[1]["body"]?["account_id"] == results[0]["body"]?["id"])
        #expect(answer.field("Tandem-Seq") == String(before + 1))
        #expect(try Self.seq(server) == before + 1)
        let changes = try Self.json(try server.curl("/v1/changes?after=\(before)"))["data"]?.elements?.first?["changes"]
        let lead = try #require(changes?.elements?.last { $0["resource"] == "leads" })
        #expect(lead["changed"] == ["phone", "updated_at", "version"] || lead["changed"] == ["phone", "version"])
        #expect(lead["previous"]?["phone"] == .null && lead["previous"]?["version"] == 2)
    }

    @Test(
        "is done as a whole or not at all, and says what is wrong and where",
        arguments: [
            (#"{"method":"POST","path":"/v1/leads","body":{"emial":"x"}}"#, 422, "/operations/1/body/emial"),
            (#"{"method":"POST","path":"/v1/deals/@0/win","body":{}}"#, 404, "operation 1"),
            (#"{"method":"PATCH","path":"/v1/accounts/@0","body":{"name":"b"},"if_match":"\"7\""}"#, 412, "version 1"),
            (#"{"method":"GET","path":"/v1/accounts"}"#, 422, "/operations/1/method"),
            (#"{"method":"POST","path":"accounts","body":{}}"#, 422, "/operations/1/path"),
            (#"{"method":"POST","path":"/v1/nothing","body":{}}"#, 404, "nothing"),
            (#"{"method":"POST","path":"/v1/accounts","body":{"name":"c"},"also":1}"#, 422, "/operations/1/also"),
        ])
    func refused(operation: String, status: Int, place: String) throws {
        let server = try RunningServer(["--open"])
        let before = try Self.seq(server)
        let first = #"{"method":"POST","path":"/v1/accounts","body":{"name":"a"}}"#
        let answer = try server.curl("/v1/batch", json: #"{"operations":[\#(first),\#(operation)]}"#)
        #expect(answer.status == status, "\(answer.body)")
        #expect(answer.body.contains(place), "\(answer.body)")
        #expect(try Self.seq(server) == before, "nothing is there")
    }

    @Test("takes 1 to 500 operations", arguments: [(0, 422), (1, 200), (500, 200), (501, 422)])
    func size(count: Int, status: Int) throws {
        let server = try RunningServer(["--open"])
        let operation = #"{"method":"POST","path":"/v1/accounts","body":{"name":"a"}}"#
        let body = "{\"operations\":[\((0..<count).map { _ in operation }.joined(separator: ","))]}"
        let file = "\(server.folder.path)/body.json"
        try body.write(toFile: file, atomically: true, encoding: .utf8)
        let arguments = ["-H", "Content-Type: application/json", "--data-binary", "@\(file)"]
        #expect(try server.curl("/v1/batch", arguments).status == status)
        let expected = status == 200 ? Int64(count) : 0
        #expect(try Self.json(try server.curl("/v1/accounts?count=true"))["count"]?.wholeNumber == expected)
    }
}

/// `Idempotency-Key`: the same request is done once and answered the same, also after a crash.
@Suite("A request that is sent twice", .timeLimit(.minutes(10)))
struct IdempotencyTests {
    private static let requests: [(path: String, type: String, body: String)] = [
        ("accounts", "application/json", #"{"name":"Once GmbH"}"#),
        ("batch", "application/json", #"{"operations":[{"method":"POST","path":"/v1/accounts","body":{"name":"b"}}]}"#),
        ("touches", "application/x-ndjson", #"{"visitor_id":"v","channel":"search","type":"click"}"#),
        ("imports", "application/json", #"{"resource":"accounts","rows":[{"name":"i"},{"nmae":"x"}]}"#),
        ("leads/LEAD/qualify", "application/json", "{}"),
    ]

    @Test("is done once and answered the same, before and after kill -9", arguments: requests.indices)
    func twice(number: Int) throws {
        let server = try RunningServer(["--open"])
        let lead = try server.curl("/v1/leads", json: #"{"email":"ada@example.com"}"#)
        let id = try #require(try JSONParser.parse(Array(lead.body.utf8))["id"]?.text)
        let request = Self.requests[number]
        let path = "/v1/" + request.path.replacing("LEAD", with: id)
        let arguments = [
            "-H", "Idempotency-Key: key-1", "-H", "Content-Type: \(request.type)", "--data-binary", request.body,
        ]
        let first = try server.curl(path, arguments)
        #expect((200...201).contains(first.status), "\(first.body)")
        // What was answered is told again, also when it is no longer so.
        if request.path.hasPrefix("leads") {
            #expect(try server.curl("/v1/leads/\(id)", ["-X", "PATCH"], json: #"{"phone":"1"}"#).status == 200)
        }
        let count = try Self.counts(server)
        try Self.expectSame(try server.curl(path, arguments), as: first)
        server.kill()
        let again = try RunningServer(["--open"], in: server.folder)
        try Self.expectSame(try again.curl(path, arguments), as: first)
        #expect(try Self.counts(again) == count, "nothing was done a second time")
        let other = try again.curl(path, arguments.dropLast() + [request.body + " "])
        #expect(other.status == 422, "the key is of another request")
        #expect(!(try again.curl("/v1/changes?limit=500").body.contains("answered_requests")))
    }

    private static func expectSame(_ answer: Answer, as first: Answer) throws {
        #expect(answer.status == first.status)
        #expect(answer.body == first.body)
        #expect(answer.field("Idempotent-Replayed") == "true")
        if let seq = first.field("Tandem-Seq") { #expect(answer.field("Tandem-Seq") == seq) }
    }

    private static func counts(_ server: RunningServer) throws -> [String] {
        try ["accounts", "touches", "leads"].map { try server.curl("/v1/\($0)?limit=500").body }
    }

    @Test("is tried anew when it was refused, and its key must have 1 to 255 bytes")
    func refusals() throws {
        let server = try RunningServer(["--open"])
        let key = ["-H", "Idempotency-Key: k"]
        #expect(try server.curl("/v1/accounts", key, json: #"{"nmae":"x"}"#).status == 422)
        #expect(try server.curl("/v1/accounts", key, json: #"{"name":"x"}"#).status == 201)
        #expect(try server.curl("/v1/accounts", ["-H", "Idempotency-Key;"], json: #"{"name":"x"}"#).status == 400)
        let long = String(repeating: "k", count: 256)
        #expect(
            try server.curl("/v1/accounts", ["-H", "Idempotency-Key: \(long)"], json: #"{"name":"x"}"#).status == 400)
    }
}
