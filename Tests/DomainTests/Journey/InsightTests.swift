import Domain
import JSON
import Store
import Testing

@Suite("An insight")
struct InsightTests {
    let company: Company

    init() throws { company = try Company() }

    private func insights() -> [Record] {
        var found: [Record] = []
        company.view.forEach("insights") { found.append($0) }
        return found
    }

    @Test("comes by itself of an objection, a rejection and a lost deal, with what it concerns")
    func byItself() throws {
        let campaign = try company.create("campaigns", ["name": "Spring", "channel": "search"])
        let account = try company.create("accounts", ["name": "Acme"])
        let lead = try company.create(
            "leads",
            [
                "name": "Ada", "stage": "mql", "account_id": account.ref,
                "source": ["channel": "search", "campaign_id": campaign.ref],
            ])
        let handOff = try company.act("handoff", lead, ["to": try company.seller().ref])
        try company.act("reject", handOff, ["reason": "no number", "reason_code": "missing_information"])
        let deal = try company.create("deals", ["name": "D", "lead_ids": [lead.ref]])
        try company.create("objections", ["deal_id": deal.ref, "category": "price", "quote": "too dear"])
        try company.act("lose", deal, ["reason": "went elsewhere", "category": "competitor"])
        let all = insights()
        #expect(all.map { $0["kind"].text } == ["rejection", "objection", "lost_deal"])
        #expect(all.map { $0["reason"].text } == ["missing_information", "price", "competitor"])
        #expect(all.map { $0["quote"].text } == ["no number", "too dear", "went elsewhere"])
        #expect(all.allSatisfy { $0["campaign_id"].reference == campaign.id })
        #expect(all.allSatisfy { $0["account_id"].reference == account.id })
        #expect(all.allSatisfy { $0["status"].text == "new" })
    }

    @Test("is triaged, then applied to what was changed, or dismissed for a reason")
    func settled() throws {
        let campaign = try company.create("campaigns", ["name": "Spring", "channel": "search"])
        let insight = try company.create("insights", ["kind": "feedback", "quote": "more prices"])
        let apply: JSON = ["campaign_id": campaign.ref, "metric": "win_rate"]
        #expect(try refusal { try company.act("apply", insight, apply) }.state("status") == "new")
        try company.act("triage", insight)
        #expect(try refusal { try company.act("apply", insight) }.pointers == ["/campaign_id"])
        #expect(
            try refusal { try company.act("apply", insight, ["campaign_id": campaign.ref, "metric": "luck"]) }.pointers
                == ["/metric"])
        let applied = try company.act("apply", insight, apply)
        #expect(applied["applied_to_campaign_id"].reference == campaign.id)
        #expect(try refusal { try company.act("dismiss", insight, ["note": "x"]) }.state("status") == "applied")
        #expect(throws: Refusal.self) { try company.delete(insight) }
        let other = try company.create("insights", ["kind": "praise"])
        #expect(try refusal { try company.act("dismiss", other) }.pointers == ["/note"])
        try company.act("dismiss", other, ["note": "known"])
    }

    @Test("is counted by what it concerns, once, and in each segment of its lead")
    func rollup() throws {
        let campaign = try company.create("campaigns", ["name": "Spring", "channel": "search"])
        for name in ["vip", "x"] {
            try company.create("segments", ["name": .string(name), "filter": .string("tags=\(name)")])
        }
        let lead = try company.create("leads", ["name": "Ada", "tags": ["vip", "x"]])
        for (kind, reason) in [("feedback", "price"), ("feedback", "price"), ("request", "speed")] {
            try company.create(
                "insights",
                [
                    "kind": .string(kind), "reason": .string(reason), "lead_id": lead.ref,
                    "campaign_id": campaign.ref, "sentiment": "negative",
                ])
        }
        try company.create("insights", ["kind": "praise", "heard_at": "2026-01-01T00:00:00Z"])
        func groups(_ dimension: String, from: Instant? = nil) -> [String] {
            let json = InsightRollup.json(by: dimension, from: from, to: nil, in: company.view) { _ in "" }
            return (json["groups"]?.elements ?? []).map {
                "\($0["label"]?.text ?? $0["key"]?.text ?? "-") \($0["count"]?.wholeNumber ?? 0)"
            }
        }
        #expect(groups("kind") == ["feedback 2", "praise 1", "request 1"])
        #expect(groups("reason") == ["price 2", "- 1", "speed 1"])
        #expect(groups("campaign") == ["Spring 3", "- 1"])
        #expect(groups("segment").sorted() == ["- 1", "vip 3", "x 3"])
        #expect(groups("kind", from: instant("2026-02-01T00:00:00Z")) == ["feedback 2", "request 1"])
        let period = (instant("2025-12-01T00:00:00Z"), instant("2026-02-01T00:00:00Z"))
        let told = InsightRollup.json(by: "campaign", from: period.0, to: period.1, in: company.view) { conditions in
            conditions.map { "\($0.field)=\($0.value)" }.joined(separator: "&")
        }
        let rows = told["groups"]?.elements?.first?["rows"]?.text
        #expect(rows == "campaign_id=null&heard_at.gte=2025-12-01T00:00:00Z&heard_at.lt=2026-02-01T00:00:00Z")
    }
}

@Suite("A goal")
struct GoalTests {
    @Test(
        "is refused where it is wrong",
        arguments: [
            (["scope": "team"], ["/team_id"]), (["from": "2026-04-01"], ["/to"]), (["metric": "luck"], ["/metric"]),
            (["target": nil], ["/target"]), (["target_amount": ["amount": 1, "currency": "EUR"]], ["/target"]),
            (["metric": "revenue"], ["/target"]),
            (["target": nil, "target_amount": ["amount": 1, "currency": "EUR"]], ["/target_amount"]),
            (["time_zone": "Mars"], ["/time_zone"]), (["department": "legal"], ["/department"]),
        ] as [(JSON, [String])])
    func refused(_ change: JSON, _ pointers: [String]) throws {
        let company = try Company()
        var members: [JSON.Member] = [
            .init("name", "G"), .init("department", "sales"), .init("metric", "deals_won"), .init("from", "2026-01-01"),
            .init("to", "2026-04-01"), .init("target", 5),
        ]
        for member in change.members ?? [] {
            members.removeAll { $0.name == member.name }
            if member.value != .null { members.append(member) }
        }
        #expect(try refusal { try company.create("goals", .object(members)) }.pointers == pointers)
    }

    @Test("is set by the manager of its department")
    func departments() throws {
        let company = try Company()
        let goal: JSON = [
            "name": "G", "department": "marketing", "metric": "mqls", "from": "2026-01-01", "to": "2026-04-01",
            "target": 5,
        ]
        #expect(throws: Refusal.self) { try company.acting(.salesManager) { _ = try company.create("goals", goal) } }
        try company.acting(.marketingManager) { _ = try company.create("goals", goal) }
    }
}
