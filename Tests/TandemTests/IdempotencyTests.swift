import Foundation
import JSON
import Testing

@Suite("A request with an Idempotency-Key")
struct IdempotencyTests {
    /// A POST, in a world of one lead and one campaign.
    struct Case: Sendable, CustomTestStringConvertible {
        let path: String
        let body: String
        var mediaType = "application/json"
        var status = 200
        var testDescription: String { "POST \(path) \(body.prefix(60))" }
    }

    static let cases: [Case] = [
        Case(path: "/v1/leads", body: #"{"name":"New","email":"new@x.example"}"#, status: 201),
        Case(path: "/v1/touches", body: #"{"lead_id":"LEAD","type":"click","channel":"search"}"#, status: 201),
        Case(path: "/v1/leads/LEAD/qualify", body: "{}"),
        Case(path: "/v1/leads/LEAD/handoff", body: #"{"to":"USER"}"#, status: 201),
        Case(
            path: "/v1/batch",
            body: #"""
                {"operations":[{"method":"POST","path":"/v1/leads","body":{"name":"New"}},\#
                {"method":"PATCH","path":"/v1/leads/LEAD","body":{"title":"first"}},\#
                {"method":"PATCH","path":"/v1/leads/LEAD","body":{"title":"second"}},\#
                {"method":"DELETE","path":"/v1/campaigns/CAMPAIGN"}]}
                """#),
        Case(
            path: "/v1/batch",
            body: #"{"operations":[{"method":"PATCH","path":"/v1/leads/LEAD","body":{"title":"alone"}}]}"#),
        Case(
            path: "/v1/batch", body: #"{"operations":[{"method":"POST","path":"/v1/leads","body":{"name":"New"}}]}"#),
        Case(
            path: "/v1/batch", body: #"{"operations":[{"method":"DELETE","path":"/v1/campaigns/CAMPAIGN"}]}"#),
        Case(
            path: "/v1/touches",
            body: "{\"visitor_id\":\"v\",\"type\":\"click\",\"channel\":\"search\"}\nno JSON\n",
            mediaType: "application/x-ndjson"),
        Case(
            path: "/v1/imports",
            body: #"{"resource":"leads","rows":[{"name":"New"},{"email":"no"},{"name":"Newer"}]}"#),
    ]

    private static func send(
        _ server: RunningServer, _ example: Case, key: String, _ world: [String: String] = [:]
    ) throws -> Answer {
        func filled(_ text: String) -> String {
            world.reduce(text) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
        }
        let file = "\(server.folder.path)/body"
        try filled(example.body).write(toFile: file, atomically: true, encoding: .utf8)
        return try server.curl(
            filled(example.path),
            [
                "-H", "Content-Type: \(example.mediaType)", "-H", "Idempotency-Key: \(key)", "--data-binary",
                "@\(file)",
            ])
    }

    private static func world(_ server: RunningServer) throws -> [String: String] {
        [
            "LEAD": try server.make("leads", #"{"name":"Ada","stage":"mql"}"#),
            "USER": try server.make("users", #"{"name":"Raj","role":"sales_representative"}"#),
            "CAMPAIGN": try server.make("campaigns", #"{"name":"Autumn","channel":"search"}"#),
        ]
    }

    private static func expectReplay(_ again: Answer, of first: Answer) {
        #expect(again.status == first.status)
        #expect(again.body == first.body)
        for field in ["Tandem-Seq", "ETag", "Location", "Content-Type"] {
            #expect(again.field(field) == first.field(field), "\(field)")
        }
        #expect(again.field("Idempotent-Replayed") == "true")
    }

    @Test(
        "is done once and answered the same, also after a crash and a change", .timeLimit(.minutes(10)),
        arguments: cases
    )
    func replay(of example: Case) throws {
        let folder = TemporaryFolder()
        let server = try RunningServer(["--open"], in: folder)
        var world = try Self.world(server)
        if example.path.hasSuffix("qualify") { world["LEAD"] = try server.make("leads", #"{"name":"Bo"}"#) }
        let first = try Self.send(server, example, key: "k1", world)
        #expect(first.status == example.status, "\(first.body)")
        #expect(first.field("Idempotent-Replayed") == nil)
        #expect(first.seq != nil)
        Self.expectReplay(try Self.send(server, example, key: "k1", world), of: first)

        let changed = try server.patch("/v1/leads/\(world["LEAD"] ?? "")", #"{"title":"changed meanwhile"}"#)
        #expect(changed.status == 200)
        if let made = first.field("Location") {
            // What was made goes where nothing refers to it; a touch or a hand-off that waits can go too.
            #expect(try server.delete(made).status == 204)
        }
        let newest = try server.get("/v1/changes")["newest"]
        Self.expectReplay(try Self.send(server, example, key: "k1", world), of: first)
        #expect(try server.get("/v1/changes")["newest"] == newest, "a repetition writes nothing")

        server.kill()
        let second = try RunningServer(["--open"], in: folder)
        Self.expectReplay(try Self.send(second, example, key: "k1", world), of: first)
        _ = try second.post("/internal/snapshot")
        second.kill()
        let third = try RunningServer(["--open"], in: folder)
        Self.expectReplay(try Self.send(third, example, key: "k1", world), of: first)
    }

    @Test("makes a second record with another key, and is refused with another body or path", .timeLimit(.minutes(10)))
    func otherRequest() throws {
        let server = try RunningServer(["--open"])
        let ada = Case(path: "/v1/leads", body: #"{"name":"Ada"}"#)
        let first = try Self.send(server, ada, key: "k1")
        let second = try Self.send(server, ada, key: "k2")
        #expect(second.status == 201)
        #expect(second.field("Location") != first.field("Location"))
        for other in [
            Case(path: "/v1/leads", body: #"{"name":"Bo"}"#), Case(path: "/v1/accounts", body: ada.body),
            Case(path: "/v1/leads", body: ada.body + " "),
        ] {
            let refused = try Self.send(server, other, key: "k1")
            #expect(refused.status == 422)
            #expect(refused.body.contains("given with another request"))
        }
        #expect(try server.count("leads") == 2)
        #expect(try server.count("accounts") == 0)
    }

    @Test("that was refused is tried anew", .timeLimit(.minutes(10)))
    func refusal() throws {
        let server = try RunningServer(["--open"])
        let taken = try server.make("leads", #"{"email":"ada@x.example"}"#)
        let ada = Case(path: "/v1/leads", body: #"{"email":"ADA@x.example"}"#)
        for _ in 0..<2 {
            let refused = try Self.send(server, ada, key: "k1")
            #expect(refused.status == 409)
            #expect(refused.field("Idempotent-Replayed") == nil)
        }
        #expect(try server.delete("/v1/leads/\(taken)").status == 204)
        #expect(try Self.send(server, ada, key: "k1").status == 201)
        #expect(try Self.send(server, ada, key: "k1").field("Idempotent-Replayed") == "true")
    }

    @Test(
        "has a key of 1 to 255 bytes", .timeLimit(.minutes(10)),
        arguments: [(0, 400), (1, 201), (255, 201), (256, 400)])
    func keyLength(bytes: Int, status: Int) throws {
        let server = try RunningServer(["--open"])
        let key = String(repeating: "k", count: bytes)
        // curl sends a field without a value where a semicolon stands for the colon.
        let field = bytes == 0 ? "Idempotency-Key;" : "Idempotency-Key: \(key)"
        for path in ["/v1/leads", "/v1/imports", "/v1/batch"] {
            let body =
                path == "/v1/leads"
                ? #"{"name":"Ada"}"#
                : path == "/v1/imports"
                    ? #"{"resource":"leads","rows":[]}"#
                    : #"{"operations":[{"method":"POST","path":"/v1/leads","body":{"name":"Ada"}}]}"#
            let isRefused = status == 400
            // Each path is another request, so of one key only the first is taken.
            let expected = isRefused ? 400 : path == "/v1/leads" ? 201 : 422
            let answer = try server.curl(path, ["-H", field], json: body)
            #expect(answer.status == expected, "\(path): \(answer.body)")
            if isRefused { #expect(answer.body.contains("1 to 255 bytes")) }
        }
    }
}
