import Domain
import JSON
import Store
import Testing

@Suite("The score of a lead")
struct ScoringTests {
    let company: Company

    /// It is noon of the first of July 2026.
    init() throws { company = try Company() }

    @discardableResult
    private func rule(_ name: String, _ members: JSON) throws -> Record {
        try company.create("scoring_rules", .object([.init("name", .string(name))] + (members.members ?? [])))
    }

    private func lead(_ more: [JSON.Member] = []) throws -> Record {
        try company.create("leads", .object([.init("name", "Ada")] + more))
    }

    @discardableResult
    private func touch(
        _ lead: Record, _ type: String, _ time: String = "2026-07-01T12:00:00Z", _ more: [JSON.Member] = []
    ) throws -> Record {
        try company.create(
            "touches",
            .object(
                [
                    .init("lead_id", lead.ref), .init("type", .string(type)), .init("channel", "email"),
                    .init("occurred_at", .string(time)),
                ] + more))
    }

    private func score(_ lead: Record) throws -> Int64? { try company.now(lead)["score"].whole }

    /// The entries add up to the score that is told, and to the one that is kept.
    private func entries(_ lead: Record) throws -> [Double] {
        let json = Scoring.json(of: try company.now(lead), at: instant("2026-07-01T12:00:00Z"), in: company.view)
        let values = (json["entries"]?.elements ?? []).compactMap { value -> Double? in
            guard case .number(let number)? = value["value"] else { return nil }
            return number
        }
        #expect(json["score"]?.wholeNumber == Int64(values.reduce(0, +).rounded()))
        #expect(json["score"]?.wholeNumber == (try score(lead)))
        return values
    }

    @Test("is nothing where there are no rules")
    func none() throws { #expect(try lead()["score"].isNull) }

    @Test("counts facts about the person, and changes with them")
    func fit() throws {
        try rule("CEO", ["kind": "fit", "filter": "title=CEO", "points": 30])
        try rule("All", ["kind": "fit", "points": 5])
        let lead = try lead([.init("title", "CEO")])
        #expect(try entries(lead) == [30, 5])
        #expect(lead["grade"].text == "B")
        try company.patch(lead, ["title": "Student"])
        #expect(try score(lead) == 5)
        #expect(try company.now(lead)["grade"].text == "D")
    }

    @Test(
        "counts touches once, each, or up to a cap",
        arguments: [
            ("once", [], [10]), ("each", [], [10, 10, 10]), ("capped", [.init("cap", 25)], [10, 10, 10, -5]),
            ("capped", [.init("cap", 30)], [10, 10, 10]),
        ] as [(String, [JSON.Member], [Double])])
    func repeated(_ kind: String, _ more: [JSON.Member], _ values: [Double]) throws {
        try rule(
            "Visit",
            .object(
                [
                    .init("kind", "engagement"), .init("touch_type", "visit"), .init("points", 10),
                    .init("repeat", .string(kind)),
                ] + more))
        let lead = try lead()
        for _ in 0..<3 { try touch(lead, "visit") }
        try touch(lead, "click")
        try touch(lead, "visit", "2026-07-01T12:00:00Z", [.init("user_agent", "Googlebot")])
        #expect(try entries(lead) == values)
    }

    @Test(
        "halves what touches count by their age",
        arguments: [
            ("2026-07-01T12:00:00Z", 100.0), ("2026-06-24T12:00:00Z", 50), ("2026-06-17T12:00:00Z", 25),
            ("2026-06-28T00:00:00Z", 70.71), ("2025-07-01T12:00:00Z", 0),
        ])
    func decay(_ time: String, _ value: Double) throws {
        try rule(
            "Visit", ["kind": "engagement", "touch_type": "visit", "points": 100, "half_life_days": 7])
        let lead = try lead([.init("captured_at", "2025-01-01T00:00:00Z")])
        try touch(lead, "visit", time)
        #expect(try entries(lead) == [value])
    }

    @Test("of a group is at most its cap")
    func groups() throws {
        for name in ["visit", "click"] {
            try rule(
                name,
                [
                    "kind": "engagement", "touch_type": .string(name), "points": 20, "repeat": "each", "group": "web",
                    "group_cap": 30,
                ])
        }
        let lead = try lead()
        try touch(lead, "visit")
        try touch(lead, "click")
        #expect(try entries(lead) == [20, 20, -10])
    }

    @Test("takes what people give or take, for a reason")
    func adjusted() throws {
        let lead = try lead()
        try company.act("adjust-score", lead, ["points": 12, "reason": "met at the fair"])
        #expect(try entries(lead) == [12])
        #expect(try refusal { try company.act("adjust-score", lead, ["points": 1]) }.pointers == ["/reason"])
    }

    @Test("makes a lead mql by itself at the threshold, once, and hands it off where the company says so")
    func threshold() throws {
        let rosa = try company.seller()
        try company.create("settings", ["name": "C", "mql_score": 15, "hands_off": true])
        try company.create("routing_rules", ["name": "R", "method": "round_robin", "user_ids": [rosa.ref]])
        try rule("Visit", ["kind": "engagement", "touch_type": "visit", "points": 10, "repeat": "each"])
        let lead = try lead()
        try touch(lead, "visit")
        #expect(try company.now(lead)["stage"].text == "lead")
        try touch(lead, "visit")
        let now = try company.now(lead)
        #expect(now["stage"].text == "mql")
        #expect(StageEntry.all(of: now).last?.reason == "the score 20 reached 15")
        let handOffs = company.view.records("handoffs", where: "lead_id", is: .identifier(lead.id))
        #expect(handOffs.map { $0["to"].reference } == [rosa.id])
        try company.act("reject", handOffs[0], ["reason": "x"])
        try touch(lead, "visit")
        try company.act("recycle", lead, ["reason": "later"])
        try touch(lead, "visit")
        #expect(try company.now(lead)["stage"].text == "lead", "who was recycled is not qualified for what it was")
        #expect(company.view.records("handoffs", where: "lead_id", is: .identifier(lead.id)).count == 1)
    }

    @Test("is counted anew for every lead when a rule comes, changes or is switched off, some leads at a time")
    func anew() throws {
        let leads = try (0..<450).map { _ in try lead() }
        let rule = try rule("All", ["kind": "fit", "points": 5])
        #expect(try score(leads[0]) == nil)
        var second = 0
        func runOut() throws {
            repeat { second += 1 } while try company.fire(at: "2026-07-01T12:01:\(10 + second)Z") > 0
        }
        try runOut()
        #expect(second == 4, "200 leads a time, and then nothing")
        #expect(try leads.allSatisfy { try score($0) == 5 })
        #expect(try refusal { try company.delete(rule) }.words.hasPrefix("a rule is switched off"))
        try company.patch(rule, ["is_active": false])
        try runOut()
        #expect(try leads.allSatisfy { try score($0) == 0 })
        try company.delete(rule)
    }

    @Test("falls by itself with time, a day at a time")
    func falling() throws {
        try rule("Visit", ["kind": "engagement", "touch_type": "visit", "points": 100, "half_life_days": 1])
        try company.fire(at: "2026-07-01T12:00:00Z")
        let lead = try lead()
        try touch(lead, "visit")
        #expect(try score(lead) == 100)
        #expect(try company.fire(at: "2026-07-02T11:59:59Z") == 0)
        #expect(try company.fire(at: "2026-07-02T12:00:00Z") == 1)
        #expect(try score(lead) == 50)
        #expect(try company.fire(at: "2026-07-20T12:00:00Z") == 1)
        #expect(try score(lead) == 0)
        #expect(try company.now(lead)["timer_at"].isNull, "what is gone falls no further")
    }

    @Test(
        "rules are refused where they are wrong",
        arguments: [
            (["kind": "engagement", "points": 1], ["/touch_type"]),
            (["kind": "fit", "points": 1, "half_life_days": 3], ["/half_life_days"]),
            (["kind": "fit", "points": 1, "filter": "x=1"], ["/filter"]),
            (["kind": "fit", "points": 1, "filter": "score.gte=5"], ["/filter"]),
            (["kind": "engagement", "touch_type": "visit", "points": 1, "repeat": "capped"], ["/cap"]),
            (["kind": "fit", "points": 1, "group_cap": 3], ["/group"]), (["kind": "fit", "points": 1001], ["/points"]),
        ] as [(JSON, [String])])
    func refused(_ input: JSON, _ pointers: [String]) throws {
        #expect(try refusal { try rule("R", input) }.pointers == pointers)
    }

    @Test("is counted anew when the company decides otherwise, and when a touch goes")
    func decided() throws {
        try rule("Visit", ["kind": "engagement", "touch_type": "visit", "points": 20])
        try company.fire(at: "2026-07-01T12:00:00Z")
        let lead = try lead()
        let touch = try touch(lead, "visit")
        let settings = try company.create("settings", ["name": "C", "mql_score": 50])
        try company.fire(at: "2026-07-01T12:00:01Z")
        #expect(try company.now(lead)["stage"].text == "lead")
        try company.patch(settings, ["mql_score": 20])
        try company.fire(at: "2026-07-01T12:00:02Z")
        #expect(try company.now(lead)["stage"].text == "mql")
        try company.delete(touch)
        #expect(try score(lead) == 0)
    }

    @Test("of many small remains falls as they do")
    func remains() throws {
        try rule(
            "Visit",
            ["kind": "engagement", "touch_type": "visit", "points": 1, "half_life_days": 1, "repeat": "each"])
        let lead = try lead()
        for _ in 0..<10 { try touch(lead, "visit", "2026-06-29T12:00:00Z") }
        #expect(try score(lead) == 3)
        #expect(!(try company.now(lead)["timer_at"].isNull))
    }

    @Test("settings are one record, with grades in order")
    func settings() throws {
        let settings = try company.create("settings", ["name": "C"])
        #expect(try refusal { try company.create("settings", ["name": "D"]) }.state("id") == settings.ref)
        #expect(try refusal { try company.patch(settings, ["grade_b_points": 60]) }.pointers == ["/grade_a_points"])
        #expect(try refusal { try company.patch(settings, ["base_currency": "eu"]) }.pointers == ["/base_currency"])
    }

    @Test("stays with a hand-off as it was then")
    func handedOver() throws {
        try rule("Clicks", ["kind": "engagement", "touch_type": "email_click", "points": 30, "repeat": "each"])
        let user = try company.create("users", ["name": "A", "role": "sales_representative"])
        let lead = try lead([.init("stage", "mql")])
        try touch(lead, "email_click")
        let handOff = try company.act("handoff", try company.now(lead), ["to": user.ref])
        try touch(lead, "email_click")
        #expect(try score(lead) == 60)
        #expect(try company.now(handOff)["score"].whole == 30)
    }
}
