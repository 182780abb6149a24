import Foundation
import JSON
import Testing

@Suite("A batch")
struct BatchTests {
    let server: RunningServer

    init() throws { server = try RunningServer(["--open"]) }

    private func batch(_ operations: [String]) throws -> Answer {
        // From a file, since many operations are too long for an argument.
        let file = "\(server.folder.path)/batch.json"
        try #"{"operations":[\#(operations.joined(separator: ","))]}"#.write(
            toFile: file, atomically: true, encoding: .utf8)
        return try server.curl("/v1/batch", ["-H", "Content-Type: application/json", "--data-binary", "@\(file)"])
    }

    private static func create(_ resource: String, _ body: String) -> String {
        #"{"method":"POST","path":"/v1/\#(resource)","body":\#(body)}"#
    }

    @Test("does every method as one entry, with @N for what operation N made", .timeLimit(.minutes(10)))
    func methods() throws {
        let old = try server.make("accounts", #"{"name":"Old"}"#)
        let gone = try server.make("accounts", #"{"name":"Gone"}"#)
        let answer = try batch([
            Self.create("accounts", #"{"name":"New"}"#),
            Self.create("leads", #"{"name":"Ada","account_id":"@0"}"#),
            #"{"method":"POST","path":"/v1/leads/@1/qualify"}"#,
            Self.create("deals", #"{"name":"D","account_id":"@0","lead_ids":["@1"]}"#),
            #"{"method":"PATCH","path":"/v1/accounts/\#(old)","body":{"region":"north"},"if_match":"\"1\""}"#,
            #"{"method":"DELETE","path":"/v1/accounts/\#(gone)"}"#,
        ])
        #expect(answer.status == 200, "\(answer.body)")
        #expect(answer.seq == 3)
        let results = try #require(try answer.json()["results"]?.elements)
        #expect(results.map { $0["status"] } == [201, 201, 200, 201, 200, 204])
        let ids = results.map { $0["body"]?["id"]?.text ?? "" }
        #expect(results[2]["body"]?["stage"] == "mql")
        #expect(results[5]["body"] == .null)
        #expect(try server.get("/v1/leads/\(ids[1])")["account_id"]?.text == ids[0])
        #expect(try server.get("/v1/leads/\(ids[1])")["stage"] == "opportunity", "the deal was opened with the lead")
        #expect(try server.get("/v1/deals/\(ids[3])")["lead_ids"] == .array([.string(ids[1])]))
        #expect(try server.get("/v1/accounts/\(old)")["region"] == "north")
        #expect(try server.curl("/v1/accounts/\(gone)").status == 404)
        let feed = try server.get("/v1/changes?after=2")["data"]?.elements ?? []
        #expect(feed.map { $0["seq"] } == [3], "one entry for all")
        let changed = Set((feed.first?["changes"]?.elements ?? []).compactMap { $0["record_id"]?.text })
            // The first deal makes the pipeline that it goes through.
            .filter { !$0.hasPrefix("pipeline_") }
        #expect(changed == Set(ids.filter { !$0.isEmpty } + [old, gone]))
    }

    @Test("says of what was there that it was")
    func there() throws {
        let one = Self.create("observations", #"{"measure":"sessions","channel":"email","on":"2026-03-01","value":1}"#)
        let results = try batch([one, one]).json()["results"]?.elements
        #expect(results?.map { $0["status"] } == [201, 200])
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        let operation: String
        let status: Int
        let says: String
        var pointer: String?
        var testDescription: String { operation }
    }

    static let refused: [Refused] = [
        Refused(
            operation: create("leads", #"{"emial":"x"}"#), status: 422, says: "did you mean",
            pointer: "/operations/1/body/emial"),
        Refused(
            operation: create("deals", #"{"name":"D","lead_ids":["@1"]}"#), status: 422, says: "lead_ids",
            pointer: "/operations/1/body/lead_ids/0"),
        Refused(
            operation: create("leads", #"{"email":"a@x.example"}"#), status: 409,
            says: "Operation 1: the email of a lead is unique, and @0 has it"),
        Refused(operation: create("moons", "{}"), status: 404, says: "resource moons (operation 1)"),
        Refused(
            operation: #"{"method":"POST","path":"/v1/leads/@0/win"}"#, status: 404,
            says: "action of leads win (operation 1)"),
        Refused(
            operation: #"{"method":"DELETE","path":"/v1/leads/lead_0"}"#, status: 404,
            says: "lead lead_0 (operation 1)"),
        Refused(
            operation: #"{"method":"DELETE","path":"/v1/leads/@1"}"#, status: 422, says: "before this one",
            pointer: "/operations/1/path"),
        Refused(
            operation: #"{"method":"DELETE","path":"/v1/leads/@+0"}"#, status: 422, says: "before this one",
            pointer: "/operations/1/path"),
        Refused(operation: #"{"method":"PATCH","path":"/v1/leads","body":{}}"#, status: 404, says: "operation 1"),
        Refused(
            operation: #"{"method":"PATCH","path":"/v1/leads/@0","body":{"title":"x"},"if_match":"\"2\""}"#,
            status: 412, says: "The record of operation 1 is at version 1"),
        Refused(
            operation: #"{"method":"DELETE","path":"/v1/leads/@0","if_match":"\"7\""}"#, status: 412,
            says: "The record of operation 1 is at version 1"),
        Refused(
            operation: #"{"method":"POST","path":"/v1/leads","bdy":{}}"#, status: 422, says: "did you mean \"body\"",
            pointer: "/operations/1/bdy"),
        Refused(
            operation: #"{"method":"GET","path":"/v1/leads"}"#, status: 422, says: "POST, PATCH or DELETE",
            pointer: "/operations/1/method"),
        Refused(
            operation: #"{"method":"POST","path":"/internal/snapshot"}"#, status: 422, says: "an address",
            pointer: "/operations/1/path"),
        Refused(
            operation: #"{"method":"PATCH","path":"/v1/leads/@0","body":{},"if_match":"1"}"#, status: 422,
            says: "ETag", pointer: "/operations/1/if_match"),
    ]

    @Test(
        "is done as a whole or not at all, and says which operation is why", .timeLimit(.minutes(10)),
        arguments: refused
    )
    func refusal(of example: Refused) throws {
        let answer = try batch([
            Self.create("leads", #"{"name":"A","email":"a@x.example"}"#), example.operation,
            Self.create("leads", #"{"name":"C"}"#),
        ])
        #expect(answer.status == example.status, "\(answer.body)")
        #expect(answer.field("Content-Type") == "application/problem+json")
        #expect(answer.body.replacingOccurrences(of: "\\\"", with: "\"").contains(example.says), "\(answer.body)")
        if example.status == 409 {
            #expect(!answer.body.contains(/lead_[0-9a-z]{26}/), "what was not made has no id: \(answer.body)")
        }
        if let pointer = example.pointer {
            #expect(try answer.json()["errors"]?.elements?.compactMap { $0["pointer"]?.text } == [pointer])
        }
        #expect(try server.count("leads") == 0)
        #expect(try server.get("/v1/changes")["newest"] == 0, "nothing was written")
        #expect(try server.post("/v1/leads", #"{"email":"a@x.example"}"#)["version"] == 1, "nor is its email taken")
    }

    @Test("names what it took away again by the operation that made it", .timeLimit(.minutes(10)))
    func takenAway() throws {
        let answer = try batch([
            Self.create("leads", #"{"name":"A"}"#), #"{"method":"DELETE","path":"/v1/leads/@0"}"#,
            #"{"method":"PATCH","path":"/v1/leads/@0","body":{"title":"x"}}"#,
        ])
        #expect(answer.status == 404)
        #expect(answer.body.contains("There is no lead @0 (operation 2)."), "\(answer.body)")
    }

    @Test("has 1 to 500 operations and nothing beside them", .timeLimit(.minutes(10)))
    func bounds() throws {
        let one = Self.create("accounts", #"{"name":"A"}"#)
        for count in [0, 501] {
            let answer = try batch(Array(repeating: one, count: count))
            #expect(answer.status == 422)
            #expect(answer.body.contains("1 to 500 operations, not \(count)"))
        }
        let strange = try server.curl("/v1/batch", json: #"{"operations":[\#(one)],"dry_run":true}"#)
        #expect(strange.status == 422)
        #expect(try strange.json()["errors"]?.elements?.map { $0["pointer"] } == ["/dry_run"])
        #expect(try server.count("accounts") == 0)
        let most = try batch(Array(repeating: one, count: 500))
        #expect(most.status == 200)
        #expect(try most.json()["results"]?.elements?.count == 500)
        #expect(most.seq == 1)
        #expect(try server.count("accounts") == 500)
    }
}
