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

@Suite("Recommended contents")
struct RecommendationTests {
    let company: Company
    let press: Record
    let mill: Record

    init() throws {
        company = try Company()
        press = try company.create("products", ["name": "Press", "list_price": ["amount": 1, "currency": "EUR"]])
        mill = try company.create("products", ["name": "Mill", "list_price": ["amount": 1, "currency": "EUR"]])
    }

    @discardableResult
    private func content(_ title: String, _ members: JSON, status: JSON = "published") throws -> Record {
        try company.create(
            "contents",
            .object(
                [.init("title", .string(title)), .init("kind", "article"), .init("status", status)]
                    + (members.members ?? [])))
    }

    private let euro: JSON = ["amount": 1, "currency": "EUR"]

    private func deal() throws -> Record {
        try company.create("deals", ["name": "D", "lines": [["product_id": press.ref]]])
    }

    private func titles(_ deal: Record) throws -> [String] {
        let json = Recommendation.json(forDeal: try company.now(deal), in: company.view)
        return (json["data"]?.elements ?? []).compactMap { $0["title"]?.text }
    }

    @Test("fit the phase, the product and the open objections, an answer first; what fits nothing is left out")
    func fitting() throws {
        try content("phase", ["phases": ["purchase"]])
        try content("product", ["product_id": press.ref, "phases": ["purchase"]])
        try content("answer", ["objection_categories": ["price"]])
        try content("other product", ["product_id": mill.ref, "phases": ["purchase"]])
        try content("other phase", ["phases": ["awareness"]])
        try content("draft", ["phases": ["purchase"]], status: "draft")
        try content("after sale", ["phases": ["post_purchase"], "audience": "post_sale"])
        try content("nothing", [:])
        let deal = try deal()
        #expect(try titles(deal) == ["product", "phase"])
        let objection = try company.create("objections", ["deal_id": deal.ref, "category": "price"])
        #expect(try titles(deal) == ["answer", "product", "phase"])
        try company.act("answer", objection, ["answer": "x", "is_satisfied": true])
        #expect(try titles(deal) == ["product", "phase"])
        try company.act("win", deal)
        #expect(try titles(deal) == ["after sale"])
    }

    @Test("that fit alike are ranked by how deals went that used them, many before few, with the counts")
    func ranked() throws {
        let contents = try ["lucky", "proven", "poor", "new"].map { try content($0, ["phases": ["purchase"]]) }
        func use(_ content: Record, won: Int, lost: Int) throws {
            for number in 0..<(won + lost) {
                let deal = try self.deal()
                try company.create(
                    "activities",
                    [
                        "deal_id": deal.ref, "type": "note", "content_id": content.ref,
                        "occurred_at": "2026-06-01T00:00:00Z",
                    ])
                try company.act(number < won ? "win" : "lose", deal, number < won ? [:] : ["reason": "x"])
            }
        }
        try use(contents[0], won: 1, lost: 0)
        try use(contents[1], won: 8, lost: 2)
        try use(contents[2], won: 1, lost: 5)
        // What a machine looked at nobody used.
        let lead = try company.create("leads", ["name": "Ada", "captured_at": "2026-06-01T00:00:00Z"])
        let scanned = try company.create(
            "deals", ["name": "S", "lead_ids": [lead.ref], "amount": euro, "opened_at": "2026-06-01T00:00:00Z"])
        try company.create(
            "touches",
            [
                "lead_id": lead.ref, "type": "content_view", "channel": "email", "content_id": contents[3].ref,
                "user_agent": "Googlebot", "occurred_at": "2026-06-15T00:00:00Z",
            ])
        try company.act("win", scanned)
        // What comes after the close, and what was not done, is no use.
        try company.create("activities", ["deal_id": scanned.ref, "type": "note", "content_id": contents[3].ref])
        try company.create(
            "activities",
            [
                "deal_id": scanned.ref, "type": "task", "content_id": contents[3].ref,
                "occurred_at": "2026-06-02T00:00:00Z",
            ])
        let deal = try deal()
        try company.create("activities", ["deal_id": deal.ref, "type": "note", "content_id": contents[3].ref])
        #expect(try titles(deal) == ["proven", "lucky", "poor", "new"])
        let json = Recommendation.json(forDeal: deal, in: company.view)["data"]?.elements ?? []
        #expect(json.map { $0["won"] } == [8, 1, 1, 0])
        #expect(json[0]["win_rate"] == .number(0.8))
        #expect(json.map { $0["seen"] } == [false, false, false, true])
        #expect(json[3]["win_rate"] == .null)
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
