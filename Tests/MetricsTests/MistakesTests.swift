import Domain
import JSON
import Metrics
import Store
import Testing

/// The mistakes that others make with figures, each by its name.
@Suite("Mistakes seen in the field")
struct MistakesTests {
    let company: Company

    init() throws { company = try Company(at: "2026-10-01T00:00:00Z") }

    @discardableResult
    private func deal(_ amount: Int64, _ currency: String = "EUR", _ more: [JSON.Member] = []) throws -> Record {
        try company.create(
            "deals",
            .object(
                [
                    .init("name", "A"), .init("amount", ["amount": .integer(amount), "currency": .string(currency)]),
                    .init("opened_at", "2026-03-01T00:00:00Z"), .init("expected_close_on", "2026-06-15"),
                ] + more))
    }

    @Test("lost deals inside a forecast")
    func lostInForecast() throws {
        try deal(1000)
        try company.act("lose", deal(90_000), ["at": "2026-06-02T00:00:00Z", "reason": "price"])
        try company.act("win", deal(500), ["at": "2026-06-03T00:00:00Z"])
        let answer = try company.ask("forecast", "from=2026-06-01&to=2026-07-01&as_of=2026-06-10")
        #expect(answer["value"]?["amount"] == 600)
        #expect(answer["parts"]?["won"]?["amount"] == 500)
    }

    @Test("a previous period one day short", arguments: ["UTC", "Europe/Berlin", "America/New_York"])
    func previousPeriod(_ zone: String) throws {
        // March has the change of the clock, and is a day or three longer than February.
        for (from, to, before) in [
            ("2026-03-01", "2026-04-01", "2026-01-29"), ("2026-03-09", "2026-03-16", "2026-03-02"),
        ] {
            let answer = try company.ask("deals_won", "from=\(from)&to=\(to)&tz=\(zone)&compare=previous")
            let zone = try #require(Zone(zone))
            #expect(answer["previous"]?["to"] == answer["from"])
            #expect(answer["previous"]?["from"]?.text == zone.start(of: try #require(Day(before))).description)
        }
        let year = try company.ask("deals_won", "from=2024-02-29&to=2024-03-01&tz=\(zone)&compare=year")
        #expect(year["previous"]?["from"]?.text == Zone(zone)?.start(of: try #require(Day("2023-02-28"))).description)
    }

    @Test("a part of a period beside a whole one, which says nothing of it")
    func partBesideWhole() throws {
        for (question, share) in [
            ("as_of=2026-06-16", 0.5), ("as_of=2026-07-01", nil), ("as_of=2026-05-20", 0),
        ] as [(String, Double?)] {
            for comparison in ["previous", "year"] {
                let june = "from=2026-06-01&to=2026-07-01&\(question)&compare=\(comparison)"
                #expect(try company.ask("revenue", june)["previous"]?["share_of_period"]?.double == share, "\(june)")
            }
        }
    }

    @Test("a comparison without those who fell to nothing")
    func fellToNothing() throws {
        let owners = try ["Ada", "Bo", "Cy"].map { name in
            try company.create("users", ["name": .string(name), "role": "sales_representative"])
        }
        for (owner, amount, day) in [(0, 500, "05-10"), (1, 900, "05-11"), (1, 300, "06-10"), (2, 70, "06-11")] {
            let won = try deal(Int64(amount), "EUR", [.init("owner_id", owners[owner].ref)])
            try company.act("win", won, ["at": .string("2026-\(day)T00:00:00Z")])
        }
        let june = "from=2026-06-01&to=2026-07-01&group_by=owner&compare=previous"
        let answer = try company.ask("revenue", june)
        let groups = answer["groups"]?.elements ?? []
        #expect(groups.map { $0["labels"]?["owner"] } == ["Bo", "Cy", "Ada"])
        #expect(groups.map { $0["value"]?.amount } == [300, 70, 0])
        #expect(groups.map { $0["previous"]?["value"]?.amount } == [900, 0, 500])
        #expect(groups.map { $0["previous"]?["change_share"]?.double } == [-2.0 / 3, nil, -1])
        #expect(answer["value"]?.amount == 370 && answer["previous"]?["value"]?.amount == 1400)
        let cycles = try company.ask("sales_cycle_days", june)["groups"]?.elements ?? []
        #expect(cycles.map { $0["value"] == .null } == [false, false, true], "no deal has no length")
    }

    @Test("wins dated by the deal's creation or last edit")
    func dates() throws {
        let won = try deal(500)
        try company.act("win", won, ["at": "2026-04-15T00:00:00Z"])
        company.setTime("2026-10-05T00:00:00Z")
        try company.patch(won, ["next_step": "thank"])
        #expect(try company.groups("revenue", "group_by=month") == ["2026-04: 5"])
    }

    @Test("closed deals in the weighted pipeline")
    func closedInPipeline() throws {
        try company.act("win", deal(500), ["at": "2026-04-01T00:00:00Z"])
        try company.act("lose", deal(500), ["at": "2026-04-01T00:00:00Z", "reason": "price"])
        try deal(100)
        #expect(try company.ask("weighted_pipeline")["value"]?["amount"] == 10)
        #expect(try company.ask("weighted_pipeline", "as_of=2026-03-15")["value"]?["amount"] == 110)
    }

    @Test("sums over several currencies")
    func currencies() throws {
        try company.act("win", deal(500), ["at": "2026-04-01T00:00:00Z"])
        try company.act("win", deal(1000, "USD"), ["at": "2026-04-01T00:00:00Z"])
        #expect(throws: MetricFault.noRate(from: "USD", to: "EUR", on: nil)) { try company.ask("revenue") }
        try company.create("settings", ["name": "A", "base_currency": "EUR"])
        #expect(throws: MetricFault.noRate(from: "USD", to: "EUR", on: "2026-04-01")) { try company.ask("revenue") }
        for (on, rate) in [("2026-04-01", 0.9), ("2026-04-02", 0.5)] {
            try company.create(
                "exchange_rates", ["from": "USD", "to": "EUR", "on": .string(on), "rate": .number(rate)])
        }
        #expect(try company.ask("revenue")["value"] == ["amount": 1400, "currency": "EUR"])
        #expect(try company.ask("revenue", "currency=USD")["value"] == ["amount": 1556, "currency": "USD"])
        // What is closed from now on keeps the rate of its day, whatever the rates become.
        try company.act("win", deal(1000, "USD"), ["at": "2026-04-01T00:00:00Z"])
        try company.create("exchange_rates", ["from": "USD", "to": "EUR", "on": "2026-04-01", "rate": 0.1])
        #expect(try company.ask("revenue")["value"]?["amount"] == 1500)
    }

    @Test("a funnel that counts a lead twice or forgets the lost")
    func funnel() throws {
        try company.tell([
            [
                "create": "leads", "as": "ada",
                "with": ["name": "Ada", "stage": "mql", "captured_at": "2026-03-01T00:00:00Z"],
            ],
            ["do": "recycle", "on": "ada", "with": ["reason": "later", "at": "2026-03-02T00:00:00Z"]],
            ["do": "qualify", "on": "ada", "with": ["at": "2026-04-03T00:00:00Z"]],
            ["create": "leads", "as": "bo", "with": ["name": "Bo", "captured_at": "2026-03-01T00:00:00Z"]],
            ["do": "disqualify", "on": "bo", "with": ["reason": "bankrupt", "at": "2026-03-04T00:00:00Z"]],
        ])
        let funnel = try company.funnel("from=2026-03-01&to=2026-04-01")
        #expect(funnel["leads"] == 2)
        #expect(funnel["stages"]?.elements?.prefix(2).map { $0["count"] } == [2, 1])
        #expect(funnel["left"]?["disqualified_after"] == ["lead": 1])
        // Ada may come further yet, and who is out not.
        #expect(funnel["stages"]?.elements?.map { $0["unfinished"] } == [nil, nil, 1, nil, nil, nil])
        let then = try company.funnel("from=2026-03-01&to=2026-04-01&as_of=2026-03-01T12:00:00Z")
        #expect(then["stages"]?.elements?.map { $0["unfinished"] } == [nil, 1, 1, nil, nil, nil])
    }

    /// A lead with touches, and a deal of it that was won.
    private func journey(_ touches: [(at: String, channel: String)]) throws {
        let lead = try company.create("leads", ["name": "Ada", "captured_at": "2026-03-01T00:00:00Z"])
        for touch in touches {
            try company.create(
                "touches",
                [
                    "lead_id": lead.ref, "type": "visit", "channel": .string(touch.channel),
                    "occurred_at": .string("2026-\(touch.at)T00:00:00Z"),
                ])
        }
        try company.act("win", deal(1000, "EUR", [.init("lead_ids", [lead.ref])]), ["at": "2026-04-01T00:00:00Z"])
    }

    @Test("credit for touches after the sale", arguments: AttributionModel.allCases)
    func afterTheSale(_ model: AttributionModel) throws {
        try journey([("03-10", "search"), ("04-01", "event"), ("04-02", "email")])
        let answer = try company.ask("attributed_revenue", "group_by=channel&model=\(model.rawValue)")
        #expect(answer["groups"]?.elements?.map { $0["key"]?["channel"] } == ["search"])
        #expect(answer["value"]?["amount"] == 1000)
        #expect(answer["model"]?["name"]?.text == model.rawValue && answer["model"]?["lookback_days"] != nil)
    }

    @Test("credits that sum to more than the revenue", arguments: AttributionModel.allCases)
    func balance(_ model: AttributionModel) throws {
        try journey([("03-10", "search"), ("03-12", "event"), ("03-14", "email"), ("03-16", "search")])
        try journey([("02-10", "email"), ("03-12", "event"), ("03-13", "direct")])
        try company.act("win", deal(333), ["at": "2026-04-01T00:00:00Z"])
        var question = try Question("group_by=channel")
        question.options.model = model
        let report = try AttributionReport.answer(question, in: Facts(of: company.view))
        #expect(report["credited"]?["amount"] == 2000)
        #expect(report["unattributed"]?["amount"] == 333)
        #expect(report["difference"]?["amount"] == 0)
        let sum = (report["groups"]?.elements ?? []).reduce(0) { $0 + ($1["value"]?["amount"]?.wholeNumber ?? 0) }
        #expect(sum == 2000)
    }

    @Test("whatever it is cut by", arguments: AttributionModel.allCases)
    func cuts(_ model: AttributionModel) throws {
        try journey([("03-10", "search"), ("03-12", "event"), ("03-14", "email")])
        let facts = Facts(of: company.view)
        for first in AttributionReport.dimensions {
            for second in AttributionReport.dimensions where first != second && !(first.isTime && second.isTime) {
                var question = try Question("group_by=\(first.rawValue),\(second.rawValue)")
                question.options.model = model
                let groups = try AttributionReport.answer(question, in: facts)["groups"]?.elements ?? []
                let sum = groups.reduce(0) { $0 + ($1["value"]?["amount"]?.wholeNumber ?? 0) }
                #expect(sum == 1000, "\(first) \(second)")
            }
        }
    }

    @Test("and the proof says so of every model and grouping")
    func proof() throws {
        try journey([("03-10", "search"), ("03-12", "event"), ("03-14", "email")])
        try company.act("win", deal(333), ["at": "2026-04-01T00:00:00Z"])
        try company.create("accounts", ["name": "A"])
        let account = try #require(company.view.records("accounts", after: nil, limit: 1).first)
        for (kind, amount) in [("new", 70), ("refund", 20)] {
            try company.create(
                "purchases",
                [
                    "account_id": account.ref, "kind": .string(kind), "occurred_at": "2026-04-02T00:00:00Z",
                    "amount": ["amount": .integer(Int64(amount)), "currency": "EUR"],
                ])
        }
        let proof = try AttributionReport.proof(try Question(""), in: Facts(of: company.view))
        #expect(proof["is_balanced"] == true)
        let lines = proof["data"]?.elements ?? []
        #expect(lines.count == AttributionModel.allCases.count * AttributionReport.dimensions.count)
        for line in lines {
            #expect(line["revenue"]?["amount"] == 1383)
            #expect(line["credited"]?["amount"] == 1000)
            #expect(line["groups_sum"]?["amount"] == 1000)
            #expect(line["unattributed"]?["amount"] == 383)
        }
    }

    @Test("daily uniques added up")
    func uniques() throws {
        for day in 1...5 {
            try company.create(
                "touches",
                [
                    "visitor_id": "v1", "type": "visit", "channel": "direct",
                    "occurred_at": .string("2026-03-0\(day)T00:00:00Z"),
                ])
        }
        let answer = try company.ask("unique_visitors", "group_by=day")
        #expect(answer["value"] == 1)
        #expect(answer["total"] == 1)
        #expect(answer["groups"]?.elements?.count == 5)
    }

    @Test("an average that hides the unanswered")
    func unanswered() throws {
        let made = try company.tell([
            ["create": "users", "as": "rosa", "with": ["name": "Rosa", "role": "sales_manager"]],
            [
                "create": "leads", "as": "ada",
                "with": ["name": "Ada", "stage": "mql", "captured_at": "2026-03-01T00:00:00Z"],
            ],
            [
                "create": "leads", "as": "bo",
                "with": ["name": "Bo", "stage": "mql", "captured_at": "2026-03-01T00:00:00Z"],
            ],
            ["do": "handoff", "on": "ada", "as": "h", "with": ["to": "$rosa", "at": "2026-03-02T00:00:00Z"]],
            ["do": "handoff", "on": "bo", "with": ["to": "$rosa", "at": "2026-03-02T00:00:00Z"]],
            ["do": "accept", "on": "h", "with": ["at": "2026-03-02T00:10:00Z"]],
        ])
        #expect(made.count == 4)
        let answer = try company.ask("handoff_answer_minutes")
        #expect(answer["mean"] == .null)
        #expect(answer["censored"] == 1)
        #expect(answer["n"] == 2)
    }

    @Test("accepting as if it were contacting")
    func accepting() throws {
        try unanswered()
        let answer = try company.ask("first_contact_minutes")
        #expect(answer["value"] == .null)
        #expect(answer["censored"] == 2)
    }
}
