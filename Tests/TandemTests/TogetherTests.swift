import Foundation
import JSON
import Testing

@Suite("Both departments, by curl", .timeLimit(.minutes(5)))
struct TogetherTests {
    @Test("hand a lead over with a packet that says why, what it saw and what it asked")
    func packet() throws {
        let server = try RunningServer()
        let rosa = try server.make("users", #"{"name": "Rosa", "role": "sales_representative"}"#)
        let content = try server.make("contents", #"{"title": "Prices", "kind": "article"}"#)
        _ = try server.make(
            "scoring_rules", #"{"name": "Form", "kind": "engagement", "touch_type": "form", "points": 40}"#)
        _ = try server.make("settings", #"{"name": "C", "mql_score": 40}"#)
        let form = try server.post("/v1/forms", #"{"email": "ada@x.example", "message": "How much?"}"#)
        let lead = try #require(form["lead_id"]?.text)
        _ = try server.make(
            "touches",
            #"{"lead_id": "\#(lead)", "type": "content_view", "channel": "content", "content_id": "\#(content)"}"#)
        let handOff = try #require(try server.post("/v1/leads/\(lead)/handoff", #"{"to": "\#(rosa)"}"#)["id"]?.text)
        let packet = try server.get("/v1/handoffs/\(handOff)/packet")
        #expect(packet["why"]?["reason"] == "the score 40 reached 40")
        #expect(packet["why"]?["score"]?["entries"]?.elements?.count == 1)
        #expect(packet["touches"]?.elements?.compactMap { $0["type"]?.text } == ["content_view", "form"])
        #expect(packet["contents"]?.elements?.first?["title"] == "Prices")
        #expect(packet["open_questions"]?.elements?.first?["text"] == "How much?")
        for path in ["deals", "leads"] {
            #expect(try server.curl("/v1/\(path)/x/recommended-content").status == 404)
        }
        #expect(try server.get("/v1/leads/\(lead)/recommended-content")["data"] == [])
    }

    @Test("see what was reached of a goal and whether that is in time")
    func goals() throws {
        let server = try RunningServer()
        let rosa = try server.make("users", #"{"name": "Rosa", "role": "sales_representative"}"#)
        for (owner, amount) in [("\"\(rosa)\"", 300), ("null", 100)] {
            _ = try server.make(
                "deals",
                #"{"name": "D", "owner_id": \#(owner), "stage": "won", "amount": {"amount": \#(amount), "currency": "EUR"}, "closed_at": "2026-02-10T00:00:00Z"}"#
            )
        }
        func progress(_ more: String) throws -> JSON {
            let id = try server.make(
                "goals",
                #"{"name": "G", "department": "sales", "from": "2026-01-01", "to": "2026-04-01", \#(more)}"#)
            return try server.get("/v1/goals/\(id)/progress")
        }
        let all = try progress(#""metric": "revenue", "target_amount": {"amount": 800, "currency": "EUR"}"#)
        #expect(all["actual"]?["amount"] == 400)
        #expect(all["progress"] == .number(0.5))
        #expect(all["share_of_period"] == 1)
        #expect(all["is_on_pace"] == false)
        let own = try progress(
            #""metric": "revenue", "scope": "user", "user_id": "\#(rosa)", "target_amount": {"amount": 300, "currency": "EUR"}"#
        )
        #expect(own["progress"] == 1)
        #expect(own["is_on_pace"] == true)
        #expect(try progress(#""metric": "deals_won", "target": 4"#)["actual"] == 2)
        #expect(try progress(#""metric": "win_rate", "target": 0.5"#)["progress"] == 2)
        // As of any instant, and nothing that is asked for is passed over.
        let address = "/v1/goals/\(all["goal_id"]?.text ?? "")/progress"
        #expect(
            try server.curl(
                "/v1/goals",
                json:
                    #"{"name": "N", "department": "sales", "from": "2026-01-01", "to": "2026-04-01", "metric": "revenue", "target_amount": {"amount": -1, "currency": "EUR"}}"#
            ).status == 422)
        let early = try server.get("\(address)?as_of=2026-02-01")
        #expect(early["actual"]?["amount"] == 0 && early["as_of"] == "2026-02-01T00:00:00Z")
        #expect(try server.get("\(address)?as_of=2026-03-01")["actual"]?["amount"] == 400)
        let before = try server.get("\(address)?as_of=2025-12-01")
        #expect(before["actual"] == .null && before["progress"] == .null)
        #expect(before["reason"] == "it had not begun as of the instant asked for")
        for (query, status) in [
            ("known_at=2026-01-01", 409), ("tz=Europe/Berlin", 200), ("currency=USD", 400), ("fields=x", 400),
            ("from=2026-01-01", 400), ("as_of=2999-01-01", 400),
        ] {
            #expect(try server.curl("\(address)?\(query)").status == status, "\(query)")
        }
        #expect(try server.curl("/v1/reports/goals?currency=USD").status == 400)
        let goals = try server.curl("/v1/reports/goals", ["-H", "Accept: text/csv"]).body.split(separator: "\r\n")
        #expect(goals.count == 5 && goals[0].hasPrefix("name,department,goal_id,"), "a line for each: \(goals)")
        #expect(goals.dropFirst().allSatisfy { $0.hasPrefix("G,sales,goal_") }, "\(goals)")
        let table = try server.curl(address, ["-H", "Accept: text/csv"])
        #expect(table.body.hasPrefix("goal_id,metric,unit,") && table.field("ETag") != nil, "\(table.body)")
        // Gone, it is asked for as it was known.
        let goal = "/v1/goals/\(all["goal_id"]?.text ?? "")"
        try server.delete(goal)
        #expect(try server.curl(address).status == 404)
        let gone = try server.get("\(goal)/history")["data"]?.elements?.first?["at"]?.text ?? ""
        let known = try server.get("\(address)?known_at=\(gone)")
        #expect(known["target"] == all["target"] && known["actual"] == all["actual"])
        #expect(try server.curl("\(address)?known_at=2026-01-01").status == 409)
    }

    @Test("see what customers say by what it concerns, and what moved after it was applied")
    func insights() throws {
        let server = try RunningServer()
        let campaign = try server.make("campaigns", #"{"name": "Spring", "channel": "search"}"#)
        for (day, stage) in [("03", "lost"), ("04", "lost"), ("12", "won"), ("13", "lost")] {
            let lead = try server.make(
                "leads",
                #"{"name": "A", "captured_at": "2026-02-01T00:00:00Z", "source": {"channel": "search", "campaign_id": "\#(campaign)"}}"#
            )
            let more = stage == "lost" ? #""lost_reason": "price""# : #""amount": {"amount": 1, "currency": "EUR"}"#
            _ = try server.make(
                "deals",
                #"{"name": "D", "lead_ids": ["\#(lead)"], "stage": "\#(stage)", "closed_at": "2026-02-\#(day)T00:00:00Z", \#(more)}"#
            )
        }
        let insight = try server.make(
            "insights",
            #"{"kind": "feedback", "reason": "price", "campaign_id": "\#(campaign)", "heard_at": "2026-02-05T00:00:00Z"}"#
        )
        #expect(try server.curl("/v1/insights/\(insight)/effect").status == 409)
        try server.post("/v1/insights/\(insight)/triage", #"{"at": "2026-02-06T00:00:00Z"}"#)
        try server.post(
            "/v1/insights/\(insight)/apply",
            #"{"campaign_id": "\#(campaign)", "metric": "win_rate", "at": "2026-02-10T00:00:00Z"}"#)
        let effect = try server.get("/v1/insights/\(insight)/effect?days=10")
        #expect(effect["before"]?["value"] == 0)
        #expect(effect["after"]?["value"] == .number(0.5))
        #expect(effect["change"] == .number(0.5))
        let groups = try server.get("/v1/reports/insights?group_by=campaign")["groups"]?.elements ?? []
        #expect(groups.first?["label"] == "Spring")
        let rows = try server.get(try #require(groups.first?["rows"]?.text) + "&count=true")
        #expect(rows["count"] == groups.first?["count"])
        for query in ["group_by=colour", "from=soon", "x=1"] {
            #expect(try server.curl("/v1/reports/insights?\(query)").status == 400, "\(query)")
        }
    }
}
