import Foundation
import JSON
import Testing

/// What a person may demand: all that is held about them, or that it goes.
@Suite("A person", .timeLimit(.minutes(10)))
struct PersonTests {
    private static let traces = [
        "Greta Grepp", "greta@grep.example", "+49 30 777", "visitor-greta", "she said so", "for sales eyes", "crm-4711",
        "likes-tea",
    ]

    private let server: RunningServer
    private let lead: String

    init() throws {
        server = try RunningServer(["--open", "--demo", "--segment-bytes", "4096"])
        let user = try Self.made(server, "users", #"{"name":"Rep","role":"sales_representative"}"#)
        lead = try Self.made(
            server, "leads",
            #"""
            {"name":"Greta Grepp","email":"greta@grep.example","visitor_ids":["visitor-greta"],"stage":"mql",
             "external_ids":{"crm":"crm-4711"},"custom":{"note":"likes-tea"},"source":{"channel":"search","medium":"paid"}}
            """#)
        try expect(patch: "leads/\(lead)", #"{"phone":"+49 30 777"}"#)
        try expect(post: "touches", #"{"visitor_id":"visitor-greta","type":"click","channel":"email"}"#, 201)
        let handOff = try Self.made(
            server, "leads/\(lead)/handoff", #"{"to":"\#(user)","note":"for sales eyes"}"#)
        try expect(post: "handoffs/\(handOff)/accept", "{}", 200)
        try expect(
            post: "activities",
            #"{"lead_id":"\#(lead)","user_id":"\#(user)","type":"call","direction":"outbound","outcome":"she said so"}"#,
            201)
        let deal = try Self.made(
            server, "deals", #"{"name":"Ten seats","lead_ids":["\#(lead)"],"amount":{"amount":9900,"currency":"EUR"}}"#)
        try expect(post: "deals/\(deal)/win", "{}", 200)
        #expect(try server.curl("/internal/snapshot", ["-X", "POST"]).status == 200)
        try expect(patch: "leads/\(lead)", #"{"title":"Boss"}"#)
    }

    @Test("is given everything that is held about them")
    func export() throws {
        let answer = try server.curl("/v1/leads/\(lead)/export")
        #expect(answer.status == 200)
        for trace in Self.traces { #expect(answer.body.contains(trace), "\(trace)") }
        let json = try JSONParser.parse(Array(answer.body.utf8))
        #expect(json["versions"]?.elements?.count ?? 0 > 3)
        for resource in ["touches", "handoffs", "activities", "deals"] {
            #expect(json[resource]?.elements?.count == 1, "\(resource)")
        }
    }

    @Test("is given what was held of who was merged into them, through merges, until a merge is taken back")
    func exportOfMerged() throws {
        let first = try Self.made(server, "leads", #"{"name":"Gretel","email":"gretel@grep.example"}"#)
        try expect(patch: "leads/\(first)", #"{"name":"Gretl"}"#)
        _ = try Self.made(server, "activities", #"{"lead_id":"\#(first)","type":"call","outcome":"gretels"}"#)
        let second = try Self.made(server, "leads", #"{"name":"Grete"}"#)
        try expect(post: "leads/\(second)/merge", #"{"from":"\#(first)"}"#, 201)
        let merge = try server.curl("/v1/leads/\(lead)/merge", json: #"{"from":"\#(second)"}"#)
        let names = ["Gretel", "Gretl", "Grete"]
        #expect(Set(names).isSubset(of: try versionNames()))
        let export = try JSONParser.parse(Array(try server.curl("/v1/leads/\(lead)/export").body.utf8))
        #expect(export["leads"] == nil, "it is there already")
        let id = try #require(try JSONParser.parse(Array(merge.body.utf8))["id"]?.text)
        try expect(post: "merges/\(id)/unmerge", "{}", 200)
        #expect(try versionNames() == ["Greta Grepp"])
        #expect(try !server.curl("/v1/leads/\(lead)/export").body.contains("gretels"), "it is another's again")
    }

    @Test("is given what was about them once: what was corrected, deleted, or is about somebody else now")
    func exportOfFormer() throws {
        let call = try Self.made(server, "activities", #"{"lead_id":"\#(lead)","type":"call","outcome":"wrong"}"#)
        try expect(patch: "activities/\(call)", #"{"outcome":"corrected"}"#)
        let deleted = try Self.made(server, "activities", #"{"lead_id":"\#(lead)","type":"call","outcome":"deleted"}"#)
        #expect(try server.curl("/v1/activities/\(deleted)", ["-X", "DELETE"]).status == 204)
        let other = try Self.made(server, "leads", #"{"name":"Other"}"#)
        let moved = try Self.made(server, "activities", #"{"lead_id":"\#(lead)","type":"call","outcome":"moved"}"#)
        try expect(patch: "activities/\(moved)", #"{"lead_id":"\#(other)","outcome":"others"}"#)
        let late = try Self.made(
            server, "activities", #"{"deal_id":"\#(try dealID())","type":"call","outcome":"early"}"#)
        try expect(patch: "activities/\(late)", #"{"lead_id":"\#(lead)","outcome":"late"}"#)
        #expect(try formerOutcomes(of: lead) == ["wrong", "deleted", "moved", "early"])
        #expect(try formerOutcomes(of: other) == [])
        #expect(try server.curl("/v1/leads/\(lead)/erase", ["-X", "POST"]).status == 200)
        #expect(try formerOutcomes(of: lead) == [])
        let erased = try server.curl("/v1/leads/\(lead)/export").body
        #expect(["wrong", "\"deleted\"", "moved", "early"].filter(erased.contains) == [])
    }

    @Test("is given what was theirs and changed while others stood for them, and of deals of several that are gone")
    func exportOfLent() throws {
        let first = try Self.made(server, "leads", #"{"name":"First"}"#)
        let call = try Self.made(server, "activities", #"{"lead_id":"\#(first)","type":"call","outcome":"before"}"#)
        let second = try Self.made(server, "leads", #"{"name":"Second"}"#)
        _ = try Self.made(server, "activities", #"{"lead_id":"\#(second)","type":"call","outcome":"seconds"}"#)
        let merges = [try Self.made(server, "leads/\(second)/merge", #"{"from":"\#(first)"}"#)]
        try expect(patch: "activities/\(call)", #"{"outcome":"with the second"}"#)
        let outer = try Self.made(server, "leads/\(lead)/merge", #"{"from":"\#(second)"}"#)
        try expect(patch: "activities/\(call)", #"{"outcome":"with the third"}"#)
        for merge in [outer] + merges { try expect(post: "merges/\(merge)/unmerge", "{}", 200) }
        try expect(patch: "activities/\(call)", #"{"outcome":"after"}"#)
        #expect(
            Set(try formerOutcomes(of: first)) == ["before", "with the second", "with the third"], "and nobody else's")
        #expect(try formerOutcomes(of: second).allSatisfy { $0 == "seconds" })
        #expect(try formerOutcomes(of: lead) == [])

        let deal = try Self.made(
            server, "deals",
            #"{"name":"Of both","lead_ids":["\#(first)","\#(lead)"],"amount":{"amount":100,"currency":"EUR"}}"#)
        #expect(try server.curl("/v1/deals/\(deal)", ["-X", "DELETE"]).status == 204)
        for lead in [first, lead] {
            #expect(try server.curl("/v1/leads/\(lead)/export").body.contains("Of both"))
        }
        #expect(try !server.curl("/v1/leads/\(second)/export").body.contains("Of both"))
    }

    private func dealID() throws -> String {
        let deals = try JSONParser.parse(Array(try server.curl("/v1/deals").body.utf8))["data"]?.elements
        return try #require(deals?.first?["id"]?.text)
    }

    @Test("is given what they were and did after they were deleted")
    func exportOfDeleted() throws {
        let gone = try Self.made(server, "leads", #"{"name":"Gone","email":"gone@grep.example"}"#)
        #expect(try server.curl("/v1/leads/\(gone)", ["-X", "DELETE"]).status == 204)
        let export = try JSONParser.parse(Array(try server.curl("/v1/leads/\(gone)/export").body.utf8))
        #expect(export["lead"] == .null)
        #expect(export["versions"]?.elements?.first?["email"] == "gone@grep.example")
        let never = "lead_00000000000000000000000000"
        #expect(try server.curl("/v1/leads/\(never)/export").status == 404)
    }

    /// The outcomes of the former versions that are exported of a lead.
    private func formerOutcomes(of lead: String) throws -> [String] {
        let answer = try server.curl("/v1/leads/\(lead)/export")
        #expect(answer.status == 200)
        let former = try #require(try JSONParser.parse(Array(answer.body.utf8))["former"]?.elements)
        return former.compactMap { $0["record"]?["outcome"]?.text }
    }

    /// The names in the versions that are exported.
    private func versionNames() throws -> Set<String> {
        let answer = try server.curl("/v1/leads/\(lead)/export")
        let versions = try JSONParser.parse(Array(answer.body.utf8))["versions"]?.elements ?? []
        return Set(versions.compactMap { $0["name"]?.text })
    }

    @Test("is erased from every file and answer, and every figure stays what it was")
    func erase() throws {
        let figures = try Self.figures(server)
        #expect(try Self.found(in: server.folder.path).count == Self.traces.count)
        let erased = try server.curl("/v1/leads/\(lead)/erase", ["-X", "POST", "-H", "Idempotency-Key: once"])
        #expect(erased.status == 200, "\(erased.body)")
        #expect(try Self.found(in: server.folder.path).isEmpty)
        #expect(try Self.figures(server) == figures)
        for path in [
            "leads/\(lead)", "leads/\(lead)/history", "leads/\(lead)/export", "leads/\(lead)/journey",
            "changes?limit=500", "touches?limit=500", "activities?limit=500", "handoffs?limit=500",
        ] {
            let answer = try server.curl("/v1/\(path)")
            #expect(answer.status == 200, "\(path)")
            for trace in Self.traces { #expect(!answer.body.contains(trace), "\(path) has \(trace)") }
        }
        #expect(try server.curl("/v1/leads?q=greta").body.contains(#""data":[]"#))
        #expect(try server.curl("/v1/leads?external_ids.crm=crm-4711").body.contains(#""data":[]"#))
        let again = try server.curl("/v1/leads/\(lead)/erase", ["-X", "POST", "-H", "Idempotency-Key: once"])
        #expect(again.status == 200 && again.body == erased.body)
        #expect(try server.curl("/v1/leads/\(lead)/erase", ["-X", "POST"]).status == 409)
        let patch = ["-X", "PATCH"]
        #expect(try server.curl("/v1/leads/\(lead)", patch, json: #"{"name":"Greta Grepp"}"#).status == 409)
        server.kill()
        let check = try run(RunningServer.binary, ["check", "--data", "\(server.folder.path)/data"])
        #expect(check.status == 0, "\(check.errors)")
        let restarted = try RunningServer(["--open"], in: server.folder)
        #expect(try Self.figures(restarted) == figures)
        #expect(try Self.found(in: server.folder.path).isEmpty)
    }

    // MARK: Parts

    private static func made(_ server: RunningServer, _ resource: String, _ json: String) throws -> String {
        let answer = try server.curl("/v1/\(resource)", json: json)
        #expect(answer.status == 201, "\(answer.body)")
        return try #require(try JSONParser.parse(Array(answer.body.utf8))["id"]?.text)
    }

    private func expect(post path: String, _ json: String, _ status: Int) throws {
        let answer = try server.curl("/v1/\(path)", json: json)
        #expect(answer.status == status, "\(path): \(answer.body)")
    }

    private func expect(patch path: String, _ json: String) throws {
        let answer = try server.curl("/v1/\(path)", ["-X", "PATCH"], json: json)
        #expect(answer.status == 200, "\(path): \(answer.body)")
    }

    /// What some figures are, without the instant they were asked at and the ledger's place.
    private static func figures(_ server: RunningServer) throws -> [String] {
        try [
            "metrics/leads?group_by=channel", "metrics/revenue?group_by=month,source", "metrics/handoff_acceptance",
            "metrics/win_rate?group_by=channel", "reports/funnel?group_by=source",
        ].map { path in
            let body = try server.curl("/v1/\(path)").body
            return body.replacing(/as_of[=":]+[^"&]*|"to":"[^"]*"|"seq":[0-9]+/, with: "")
        }
    }

    /// Which traces any file of the folder has, as `grep -r` would find them.
    private static func found(in folder: String) throws -> [String] {
        try traces.filter { try run("/bin/grep", ["-rqF", "--", $0, "\(folder)/data"]).status == 0 }
    }
}
