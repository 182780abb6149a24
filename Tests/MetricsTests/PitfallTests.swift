import Domain
import JSON
import Metrics
import Store
import Testing

/// Mistakes seen in the field, each one a test.
@Suite("A figure")
struct PitfallTests {
    let company: Company

    init() throws { company = try Company(at: "2026-10-01T00:00:00Z") }

    @discardableResult
    private func deal(
        _ amount: Int64?, _ currency: String = "EUR", opened: String = "2026-03-01T00:00:00Z",
        _ more: [String: JSON] = [:]
    ) throws -> Record {
        let money: JSON = amount.map { ["amount": .integer($0), "currency": .string(currency)] } ?? nil
        let input: [String: JSON] = ["name": "A", "amount": money, "opened_at": .string(opened)]
        return try company.create("deals", .object(input.merging(more) { $1 }.map { .init($0.key, $0.value) }))
    }

    @Test("tells of a reopened deal what was so before and what is so after")
    func reopened() throws {
        let deal = try deal(500)
        try company.act("win", deal, ["at": "2026-04-01T00:00:00Z"])
        try company.act("reopen", deal, ["at": "2026-05-01T00:00:00Z", "stage": "proposal"])
        let states: [(asOf: String, won: String, open: String, weighted: Int64)] = [
            ("2026-04-01", "0", "1", 50), ("2026-04-02", "1", "0", 0), ("2026-05-01", "1", "0", 0),
            ("2026-05-02", "0", "1", 250),
        ]
        for state in states {
            #expect(try company.ask("deals_won", "as_of=\(state.asOf)")["value"]?.figure == state.won)
            #expect(try company.ask("deals_open", "as_of=\(state.asOf)")["value"]?.figure == state.open)
            let weighted = try company.ask("weighted_pipeline", "as_of=\(state.asOf)")
            #expect(weighted["value"]?["amount"] == .integer(state.weighted))
        }
        try company.act("win", deal, ["at": "2026-06-01T00:00:00Z"])
        #expect(
            try company.groups("deals_won", "group_by=month&from=2026-04-01&to=2026-07-01") == [
                "2026-04: 0", "2026-05: 0", "2026-06: 1",
            ])
    }

    @Test("of wins goes by the close, not by creation or a later edit")
    func dates() throws {
        let deal = try deal(500)
        try company.act("win", deal, ["at": "2026-04-15T00:00:00Z"])
        company.setTime("2026-10-05T00:00:00Z")
        try company.patch(deal, ["product": "Pumps", "name": "B", "custom": ["a": 1]])
        #expect(try company.groups("revenue", "group_by=month") == ["2026-04: 5"])
        #expect(try company.ask("deals_won", "from=2026-05-01")["value"] == 0)
    }

    @Test("of several currencies is refused, and counts are not")
    func currencies() throws {
        for currency in ["EUR", "USD"] {
            try company.act("win", deal(500, currency))
            try deal(500, currency)
        }
        for metric in ["revenue", "average_deal_size", "pipeline_value", "weighted_pipeline"] {
            #expect(throws: MetricFault.noRate(from: "USD", to: "EUR", on: nil)) { try company.ask(metric) }
        }
        #expect(throws: MetricFault.self) { try company.ask("win_rate", "weight=amount") }
        #expect(try company.ask("win_rate")["value"]?.figure == "1")
        #expect(try company.ask("win_rate", "basis=cohort")["value"]?.figure == "0.5")
        #expect(try company.ask("deals_won")["value"] == 2)
    }

    static let ofOneProduct: [(question: String, value: JSON)] = [
        ("revenue", .euros(900)), ("average_deal_size", .euros(900)), ("pipeline_value", .euros(200)),
        ("weighted_pipeline", .euros(20)), ("win_rate?weight=amount", 1),
        ("win_rate?basis=cohort&weight=amount", .number(900.0 / 1100)),
        ("pipeline_velocity", .euros(5)),
        ("marketing_sourced_revenue", .euros(0)),
        ("forecast?from=2026-01-01&to=2027-01-01", .euros(920)),
        ("forecast_bias?from=2026-01-01&to=2026-10-01", -1), ("discount_given", 0.1),
        ("spend?channel=email", .euros(50)),
    ]

    @Test("needs no rate for what the question narrows away", arguments: ofOneProduct)
    func narrowedCurrencies(_ row: (question: String, value: JSON)) throws {
        // What is left out comes first, so that its currency is the one that would be taken.
        for (currency, product, list) in [("USD", "Pumps", 950), ("EUR", "Seals", 1000)] as [(String, String, Int64)] {
            let more: [String: JSON] = ["product": .string(product), "expected_close_on": "2026-11-01"]
            let won = try deal(900, currency, more)
            let listed: JSON = ["amount": .integer(list), "currency": .string(currency)]
            let made = try company.create("products", ["name": .string(product), "list_price": listed])
            let lines: JSON = .array([["product_id": made.ref, "quantity": 1]])
            try company.create(
                "offers",
                [
                    "deal_id": won.ref, "amount": ["amount": 900, "currency": .string(currency)], "lines": lines,
                ])
            try company.act("win", won, ["at": "2026-09-01T00:00:00Z"])
            try deal(200, currency, more)
        }
        for (currency, channel) in [("USD", "advertising"), ("EUR", "email")] {
            try company.create(
                "observations",
                [
                    "measure": "spend", "on": "2026-04-01", "channel": .string(channel),
                    "amount": ["amount": 50, "currency": .string(currency)],
                ])
        }
        for base in [nil, "EUR"] {
            if let base { try company.create("settings", ["name": "A", "base_currency": .string(base)]) }
            let parts = row.question.split(separator: "?").map(String.init)
            let asked = parts.count == 1 ? "" : parts[1]
            let isNarrowed = asked.contains("channel=")
            let narrowed = isNarrowed ? asked : asked + (asked.isEmpty ? "" : "&") + "product=Seals"
            let value = try company.ask(parts[0], narrowed)["value"]
            #expect(value?.double == row.value.double)
            #expect(value?["amount"] == row.value["amount"])
            #expect(value?["currency"] == row.value["currency"])
            let whole = isNarrowed ? "" : asked
            #expect(throws: MetricFault.self) { try company.ask(parts[0], whole) }
        }
    }

    @Test("of what customers pay needs no rate for those whom the question narrows away")
    func narrowedCustomers() throws {
        try company.create("settings", ["name": "A", "gross_margin_percent": 50, "base_currency": "EUR"])
        for (currency, channel, industry) in [("USD", "advertising", "mining"), ("EUR", "email", "farming")] {
            let account = try company.create("accounts", ["name": .string(industry), "industry": .string(industry)])
            let lead = try company.create(
                "leads",
                [
                    "email": .string("a@\(channel).example"), "account_id": account.ref,
                    "source": ["channel": .string(channel)],
                ])
            for (month, amount) in [("08", 1000), ("09", 900)] as [(String, Int64)] {
                try company.create(
                    "purchases",
                    [
                        "lead_id": lead.ref, "kind": month == "08" ? "new" : "renewal",
                        "occurred_at": .string("2026-\(month)-02T00:00:00Z"),
                        "amount": ["amount": .integer(amount), "currency": .string(currency)],
                    ])
            }
        }
        let figures: [(metric: String, question: String, narrowed: String, value: JSON)] = [
            ("customer_lifetime_value", "", "channel=email", .euros(950)),
            ("customer_lifetime_value", "", "industry=farming", .euros(950)),
            ("net_revenue_retention", "from=2026-09-01&to=2026-10-01", "industry=farming", 0.9),
        ]
        for row in figures {
            let value = try company.ask(row.metric, row.question + (row.question.isEmpty ? "" : "&") + row.narrowed)
            #expect(value["value"] == row.value)
            #expect(throws: MetricFault.self) { try company.ask(row.metric, row.question) }
        }
        // What it learns from are all customers.
        #expect(throws: MetricFault.noRate(from: "USD", to: "EUR", on: "2026-08-02")) {
            try company.ask("customer_lifetime_value", "channel=email&lifetime=predictive")
        }
    }

    @Test("says which amounts it lacks, and has no trouble with the greatest")
    func amounts() throws {
        try deal(nil)
        try deal(100)
        let value = try company.ask("pipeline_value")
        #expect(value["value"]?["amount"] == 100)
        #expect(value["without_amount"] == 1)
        for _ in 1...3 { try company.act("win", deal(Money.amountMax)) }
        #expect(try company.ask("revenue")["value"]?["amount"] == .integer(3 * Money.amountMax))
        #expect(try company.ask("average_deal_size")["value"]?["amount"] == .integer(Money.amountMax))
        #expect(try company.ask("win_rate", "weight=amount")["value"]?.figure == "1")
    }

    @Test("of money is exact to the cent, and rounds half to even")
    func rounding() throws {
        for amount in [5, 15, 25] as [Int64] { try deal(amount) }
        // 4.5 of 45.
        #expect(try company.ask("weighted_pipeline")["value"]?["amount"] == 4)
        for amount in [9_007_199_254_740_991, 2] as [Int64] { try company.act("win", deal(amount)) }
        #expect(try company.ask("revenue")["value"]?["amount"] == 9_007_199_254_740_993)
    }

    @Test(
        "of weighed money has groups that add up to the total, to the cent",
        arguments: [([5, 15, 25], [0]), ([5, 5, 5, 5], [1]), ([7, 99, 1, 33, 12_345], [3, 8]), ([5], [1, 2])])
    func weighedGroups(_ open: [Int64], _ won: [Int64]) throws {
        for (number, amount) in open.enumerated() {
            try deal(amount, "EUR", ["product": .string("open \(number)"), "expected_close_on": "2026-11-01"])
        }
        for (number, amount) in won.enumerated() {
            try company.act("win", deal(amount, "EUR", ["product": .string(number == 0 ? "open 0" : "won")]))
        }
        let forecast = "forecast?from=2026-01-01&to=2027-01-01"
        for question in ["weighted_pipeline?", forecast] {
            let parts = question.split(separator: "?", omittingEmptySubsequences: false).map(String.init)
            let answer = try company.ask(parts[0], parts[1] + (parts[1].isEmpty ? "" : "&") + "group_by=product")
            let groups = (answer["groups"]?.elements ?? []).compactMap { $0["value"]?["amount"]?.wholeNumber }
            #expect(groups.count > 1 || open.count == 1)
            #expect(groups.reduce(0, +) == answer["value"]?["amount"]?.wholeNumber)
            #expect(try company.ask(parts[0], parts[1])["value"] == answer["value"])
            guard question == forecast else { continue }
            let told = ["won", "weighted_open"].compactMap { answer["parts"]?[$0]?["amount"]?.wholeNumber }
            #expect(told.reduce(0, +) == answer["value"]?["amount"]?.wholeNumber)
        }
    }

    static let empty: [(metric: String, value: JSON, hasReason: Bool)] = [
        ("revenue", ["amount": 0, "currency": nil], false), ("deals_won", 0, false), ("deals_lost", 0, false),
        ("deals_open", 0, false), ("win_rate", nil, true), ("average_deal_size", nil, true),
        ("sales_cycle_days", nil, true), ("pipeline_value", ["amount": 0, "currency": nil], false),
        ("weighted_pipeline", ["amount": 0, "currency": nil], false), ("leads_created", 0, false), ("mqls", 0, false),
        ("conversion_rate", nil, true), ("handoff_acceptance", nil, true), ("handoff_answer_minutes", nil, true),
        ("first_contact_minutes", nil, true),
    ]

    @Test("of nothing is 0, and a quotient of nothing is null with a reason", arguments: empty)
    func nothing(_ row: (metric: String, value: JSON, hasReason: Bool)) throws {
        let answer = try company.ask(row.metric, "group_by=month")
        #expect(answer["value"] == row.value)
        #expect((answer["reason"] != nil) == row.hasReason)
        #expect(answer["groups"] == [])
    }

    @Test("of nothing is 0 or null with a reason, whichever it is", arguments: Catalogue.all.map(\.name))
    func nothingAtAll(_ metric: String) throws {
        let settings = try company.create("settings", ["name": "A", "gross_margin_percent": 50])
        #expect(settings["name"].text == "A")
        let answer = try company.ask(
            metric, Catalogue.metric(metric)?.isState == true ? "" : "from=2026-01-01&to=2026-04-01")
        let value = try #require(answer["value"])
        #expect(value == nil ? answer["reason"]?.text != nil : (value["amount"] ?? value) == 0, "\(answer)")
    }

    @Test("of two different sets has no interval, even where one is empty")
    func interval() throws {
        try company.create("leads", ["name": "Ada", "captured_at": "2026-03-01T00:00:00Z"])
        #expect(try company.ask("conversion_rate")["interval"] != nil)
        #expect(try company.ask("conversion_rate", "basis=event")["interval"] == nil)
    }

    @Test("of contacts counts humans who reach out to the lead itself, after the hand-off")
    func contacts() throws {
        let made = try company.tell([
            ["create": "users", "as": "rosa", "with": ["name": "Rosa", "role": "sales_manager"]],
            [
                "create": "leads", "as": "ada",
                "with": ["name": "Ada", "stage": "mql", "captured_at": "2026-03-01T00:00:00Z"],
            ],
            ["create": "leads", "as": "bo", "with": ["name": "Bo", "captured_at": "2026-03-01T00:00:00Z"]],
            ["do": "handoff", "on": "ada", "as": "h", "with": ["to": "$rosa", "at": "2026-03-02T00:00:00Z"]],
            ["do": "accept", "on": "h", "with": ["at": "2026-03-02T00:10:00Z"]],
            [
                "create": "deals", "as": "d",
                "with": ["name": "A", "lead_ids": ["$ada", "$bo"], "opened_at": "2026-03-02T00:10:00Z"],
            ],
        ])
        func contact(_ time: String, _ change: [String: JSON]) throws {
            let input: [String: JSON] = [
                "type": "call", "direction": "outbound", "user_id": made["rosa"]?.ref ?? nil,
                "occurred_at": .string("2026-03-\(time):00Z"),
            ]
            try company.create("activities", .object(input.merging(change) { $1 }.map { .init($0.key, $0.value) }))
        }
        let (ada, bo, deal) = (made["ada"]?.ref ?? nil, made["bo"]?.ref ?? nil, made["d"]?.ref ?? nil)
        try contact("01T23:59", ["lead_id": ada])
        try contact("02T00:20", ["lead_id": ada, "type": "email", "automatic": true])
        try contact("02T00:30", ["lead_id": bo, "deal_id": deal])
        try contact("02T00:40", ["lead_id": ada, "direction": "inbound"])
        #expect(try company.ask("first_contact_minutes")["censored"] == 1)
        try contact("02T00:50", ["deal_id": deal])
        let answer = try company.ask("first_contact_minutes")
        #expect(answer["value"]?.figure == "50")
        #expect(answer["censored"] == nil)
        #expect(try company.ask("first_contact_minutes", "as_of=2026-03-02T00:50:00Z")["censored"] == 1)
    }

    @Test("of percentiles is withheld below five, and says so")
    func few() throws {
        for day in 1...4 { try company.act("win", deal(1), ["at": .string("2026-03-0\(day + 1)T00:00:00Z")]) }
        let four = try company.ask("sales_cycle_days")
        #expect(four["median"]?.double == 2.5)
        #expect(four["mean"]?.double == 2.5)
        #expect(four["p90"] == .null)
        #expect(four["reason"] == "p75 and p90 are withheld below 5")
        try company.act("win", deal(1), ["at": "2026-03-06T00:00:00Z"])
        let five = try company.ask("sales_cycle_days")
        #expect(five["p75"]?.double == 4)
        #expect(five["p90"]?.double == 4.6)
        #expect(five["reason"] == nil)
        try company.create(
            "deals",
            [
                "name": "A", "stage": "won", "amount": ["amount": 1, "currency": "EUR"], "opened_at": nil,
                "closed_at": "2026-03-06T00:00:00Z",
            ])
        #expect(try company.ask("sales_cycle_days")["without_start"] == 1)
        #expect(try company.ask("sales_cycle_days")["n"] == 5)
    }

    @Test("of a funnel counts a lead once that came twice")
    func recycled() throws {
        try company.tell([
            [
                "create": "leads", "as": "ada",
                "with": ["name": "Ada", "stage": "mql", "captured_at": "2026-03-01T00:00:00Z"],
            ],
            ["do": "recycle", "on": "ada", "with": ["reason": "later", "at": "2026-03-02T00:00:00Z"]],
            ["do": "qualify", "on": "ada", "with": ["at": "2026-04-03T00:00:00Z"]],
            ["do": "disqualify", "on": "ada", "with": ["reason": "bankrupt", "at": "2026-04-04T00:00:00Z"]],
        ])
        for question in ["", "basis=event"] {
            let stages = try company.funnel(question)["stages"]?.elements ?? []
            #expect(stages.map { $0["count"] ?? nil } == [1, 1, 0, 0, 0, 0])
        }
        #expect(try company.ask("mqls")["value"] == 1)
        #expect(try company.ask("mqls", "from=2026-04-01")["value"] == 1)
        #expect(
            try company.funnel("as_of=2026-03-03")["left"] == ["disqualified_after": [:], "recycled_after": ["mql": 1]])
        #expect(try company.funnel()["left"] == ["disqualified_after": ["mql": 1], "recycled_after": [:]])
        let april = try company.funnel("basis=event&from=2026-04-04")["left"]
        #expect(april == ["disqualified_after": ["mql": 1], "recycled_after": [:]])
    }

    @Test("of a way from a stage begins with the first lead that entered it, before the close")
    func fromStage() throws {
        let made = try company.tell([
            [
                "create": "leads", "as": "ada",
                "with": ["name": "Ada", "stage": "mql", "captured_at": "2026-03-01T00:00:00Z"],
            ],
            ["do": "recycle", "on": "ada", "with": ["reason": "later", "at": "2026-03-02T00:00:00Z"]],
            ["do": "qualify", "on": "ada", "with": ["at": "2026-03-03T00:00:00Z"]],
            ["create": "leads", "as": "bo", "with": ["name": "Bo", "captured_at": "2026-03-05T00:00:00Z"]],
        ])
        let leads = JSON.array([made["bo"]?.ref ?? nil, made["ada"]?.ref ?? nil])
        let deal = try deal(1, opened: "2026-03-06T00:00:00Z", ["lead_ids": leads])
        try company.act("win", deal, ["at": "2026-03-11T00:00:00Z"])
        for (question, days) in [("", 5), ("from_stage=lead", 10), ("from_stage=mql", 10), ("from_stage=sal", 5)] {
            #expect(try company.ask("sales_cycle_days", question)["value"]?.figure == "\(days)", "\(question)")
        }
        // A customer's older deal: its lead was captured after the close, so nobody knows the way.
        let old: JSON = [
            "name": "Old", "stage": "won", "lead_ids": leads, "opened_at": "2026-01-01T00:00:00Z",
            "closed_at": "2026-01-05T00:00:00Z", "amount": ["amount": 1, "currency": "EUR"],
        ]
        try company.create("deals", old)
        #expect(try company.ask("sales_cycle_days", "from_stage=lead")["without_start"] == 1)
    }

    @Test("of a length of the calendar to come is null, and of an empty one is 0")
    func toCome() throws {
        try company.act("win", deal(100), ["at": "2026-03-05T00:00:00Z"])
        let answer = try company.ask("deals_won", "group_by=month&from=2026-02-01&to=2026-06-01&as_of=2026-04-15")
        let values = (answer["groups"]?.elements ?? []).map { $0["value"] ?? "missing" }
        #expect(values == [0, 1, 0, nil])
        #expect(answer["groups"]?.elements?.last?["reason"] != nil)
        let edge = "group_by=month&from=2026-04-01&to=2026-06-01"
        #expect(try company.groups("deals_won", "\(edge)&as_of=2026-05-01") == ["2026-04: 0", "2026-05: null"])
        #expect(
            try company.groups("deals_won", "\(edge)&as_of=2026-05-01T00:00:00.001Z") == ["2026-04: 0", "2026-05: 0"])
        #expect(
            try company.groups("deals_won", "group_by=month&from=2026-02-01&as_of=2026-04-15") == [
                "2026-02: 0", "2026-03: 1", "2026-04: 0",
            ])
    }
}
