import Domain
import Foundation
import JSON
import Store
import TestSupport
import Testing

@testable import Metrics

@Suite("Figures over customers")
struct CustomerFiguresTests {
    let company: Company

    init() throws { company = try Company(at: "2026-10-01T00:00:00Z") }

    private func state(margin: Double) throws {
        try company.create("settings", ["name": "A", "gross_margin_percent": .number(margin)])
    }

    /// A customer and what it bought, each as kind, time and minor units.
    @discardableResult
    private func customer(_ deeds: [(kind: String, on: String, amount: Int64)], term: Int64? = nil) throws -> Record {
        let account = try company.create("accounts", ["name": "A"])
        for deed in deeds { try buy(account, deed.kind, deed.on, deed.amount, term) }
        return account
    }

    private func buy(
        _ account: Record, _ kind: String, _ on: String, _ amount: Int64, _ term: Int64? = nil
    ) throws {
        let terms: [String: JSON] = term.map { ["term_months": .integer($0)] } ?? [:]
        try company.create(
            "purchases",
            .fields(
                [
                    "account_id": account.ref, "kind": .string(kind), "occurred_at": .string("\(on)T00:00:00Z"),
                    "amount": .euros(amount),
                ], terms))
    }

    // MARK: New

    @Test("count a customer in the month of its first purchase, and once")
    func newCustomers() throws {
        try customer([("new", "2026-02-10", 100), ("renewal", "2026-03-10", 100)])
        try customer([("new", "2026-03-01", 100)])
        try customer([("new", "2026-04-01", 100)])
        // A person without an account is a customer too; a refund and an end make none.
        let lead = try company.create("leads", ["name": "Ada", "captured_at": "2026-01-01T00:00:00Z"])
        try company.create(
            "purchases",
            ["lead_id": lead.ref, "kind": "new", "occurred_at": "2026-03-31T23:59:59.999Z", "amount": .euros(1)])
        try customer([("refund", "2026-03-02", 1), ("churn", "2026-03-03", 1)])
        #expect(
            try company.groups("new_customers", "group_by=month&from=2026-02-01&to=2026-05-01") == [
                "2026-02: 1", "2026-03: 2", "2026-04: 1",
            ])
        #expect(try company.ask("new_customers", "from=2026-03-01&to=2026-04-01")["value"] == 2)
        #expect(try company.ask("new_customers", "as_of=2026-03-01")["value"] == 1)
    }

    @Test("count a deal's buyer as new, and the same account's second deal not")
    func newByDeal() throws {
        let account = try company.create("accounts", ["name": "A"])
        for month in ["03", "05"] {
            let deal = try company.create(
                "deals",
                [
                    "name": "A", "amount": .euros(100), "account_id": account.ref,
                    "opened_at": .string("2026-\(month)-01T00:00:00Z"),
                ])
            try company.act("win", deal, ["at": .string("2026-\(month)-02T00:00:00Z")])
        }
        #expect(
            try company.groups("new_customers", "group_by=month&from=2026-03-01&to=2026-06-01") == [
                "2026-03: 1", "2026-04: 0", "2026-05: 0",
            ])
    }

    @Test("put an account along its dimensions, and whoever buys for it with it")
    func dimensions() throws {
        let owner = try company.create("users", ["name": "O", "role": "account_manager"])
        let account = try company.create(
            "accounts", ["name": "A", "industry": "steel", "owner_id": owner.ref])
        let lead = try company.create(
            "leads",
            [
                "name": "L", "account_id": account.ref, "captured_at": "2026-01-01T00:00:00Z",
                "source": ["channel": "search"],
            ])
        try buy(account, "new", "2026-03-01", 100)
        try company.create(
            "purchases",
            ["lead_id": lead.ref, "kind": "new", "occurred_at": "2026-03-02T00:00:00Z", "amount": .euros(50)])
        let period = "from=2026-03-01&to=2026-04-01"
        #expect(try company.ask("new_customers", period)["value"] == 1)
        #expect(try company.ask("new_customers", "\(period)&industry=steel")["value"] == 1)
        for (dimension, key) in [("industry", "steel"), ("owner", "O"), ("channel", "search")] {
            #expect(try company.groups("new_customers", "\(period)&group_by=\(dimension)") == ["\(key): 1"])
        }
        #expect(try company.ask("revenue", "\(period)&industry=steel")["value"]?["amount"] == 150)
        try company.create("deals", ["name": "Of somebody else", "opened_at": "2026-03-01T00:00:00Z"])
        #expect(try company.rows("new_customers", period).map { $0["deal_id"] } == [nil], "it names no deal")
    }

    @Test("are who looks after a person's where there is no account, in every figure")
    func person() throws {
        let team = try company.create("teams", ["name": "North", "department": "sales"])
        let owner = try company.create(
            "users", ["name": "O", "role": "sales_representative", "team_id": team.ref])
        let lead = try company.create("leads", ["name": "L", "owner_id": owner.ref])
        try company.create(
            "purchases",
            ["lead_id": lead.ref, "kind": "new", "occurred_at": "2026-03-02T00:00:00Z", "amount": .euros(50)])
        let period = "from=2026-03-01&to=2026-04-01"
        for (dimension, name) in [("owner", "O"), ("team", "North")] {
            #expect(try company.groups("new_customers", "\(period)&group_by=\(dimension)") == ["\(name): 1"])
            let revenue = try company.ask("revenue", "\(period)&group_by=\(dimension)")["groups"]?.elements ?? []
            #expect(revenue.map { $0["labels"]?[dimension]?.text } == [name])
        }
    }

    // MARK: Cost

    private func acquisition() throws {
        try company.spend("2026-03-05", 60_000)
        try company.spend("2026-03-31", 30_000)
        try company.spend("2026-03-10", 110_000, measure: "sales_cost")
        try company.spend("2026-04-01", 5000)
        for on in ["2026-03-02", "2026-03-20"] { try customer([("new", on, 120_000)]) }
        for on in ["2026-04-02", "2026-04-10", "2026-04-30"] { try customer([("new", on, 120_000)]) }
    }

    static let costs: [(question: String, lag: Int64, cost: Int64, customers: Double)] = [
        // 600 + 300 of media and 1100 of sales, by two customers.
        ("from=2026-03-01&to=2026-04-01", 0, 100_000, 2), ("from=2026-03-01&to=2026-04-01&basis=event", 0, 100_000, 2),
        ("from=2026-03-01&to=2026-04-01&basis=media", 0, 45_000, 2),
        // Those of the 31st of March to the 30th of April: three. The 30th of April is 30 days after the 31st of March.
        ("from=2026-03-01&to=2026-04-01", 30, 66_667, 3),
        // Those of the 30th of March to the 29th of April: two.
        ("from=2026-03-01&to=2026-04-01", 29, 100_000, 2),
    ]

    @Test("tell what winning a customer cost, by both bases and with a lag", arguments: costs)
    func acquisitionCost(_ row: (question: String, lag: Int64, cost: Int64, customers: Double)) throws {
        try acquisition()
        let answer = try company.ask("customer_acquisition_cost", row.question) { $0.lagDays = row.lag }
        #expect(answer["value"]?.amount == row.cost)
        #expect(answer["denominator"]?.double == row.customers)
    }

    @Test("have no cost of a customer where nobody came, and show the spend all the same")
    func nobodyCame() throws {
        try company.spend("2026-03-05", 60_000)
        let answer = try company.ask("customer_acquisition_cost", "from=2026-03-01&to=2026-04-01")
        #expect(answer["value"] == .null)
        #expect(answer["reason"]?.text?.isEmpty == false)
        #expect(answer["numerator"]?.amount == 60_000)
    }

    @Test("refuse a payback without a stated margin")
    func paybackWithoutMargin() throws {
        try acquisition()
        #expect(throws: MetricFault.self) { try company.ask("cac_payback_months", "from=2026-03-01&to=2026-04-01") }
    }

    static let paybacks: [(term: Int64?, question: String, months: Double)] = [
        // 1200 a year is 100 a month, of two customers 200, of which half is left: 100. 2000 ÷ 100.
        (nil, "from=2026-03-01&to=2026-04-01", 20), (12, "from=2026-03-01&to=2026-04-01", 20),
        (6, "from=2026-03-01&to=2026-04-01", 10), (24, "from=2026-03-01&to=2026-04-01", 40),
        // 900 ÷ 100.
        (nil, "from=2026-03-01&to=2026-04-01&basis=media", 9),
    ]

    @Test("tell after how many months a customer has paid for itself", arguments: paybacks)
    func payback(_ row: (term: Int64?, question: String, months: Double)) throws {
        try state(margin: 50)
        try company.spend("2026-03-05", 90_000)
        try company.spend("2026-03-10", 110_000, measure: "sales_cost")
        for on in ["2026-03-02", "2026-03-20"] { try customer([("new", on, 120_000)], term: row.term) }
        #expect(try company.ask("cac_payback_months", row.question)["value"]?.double == row.months)
    }

    @Test("keep the cents that a first purchase brings a month")
    func paybackOfCents() throws {
        try state(margin: 100)
        try company.spend("2026-03-05", 9200)
        // 0.23 a year is 1.9167 cents a month; four customers bring 7.6667, so that 92 take 1200 months.
        for _ in 1...4 { try customer([("new", "2026-03-02", 23)]) }
        let answer = try company.ask("cac_payback_months", "from=2026-03-01&to=2026-04-01")
        #expect(abs((answer["value"]?.double ?? 0) - 1200) < 1)
    }

    // MARK: Worth

    @Test("tell what customers have paid so far, refunds taken off, × margin")
    func historic() throws {
        try state(margin: 40)
        try customer([("new", "2026-02-10", 10_000), ("renewal", "2026-04-10", 5000), ("refund", "2026-04-11", 3000)])
        try customer([("new", "2026-02-20", 8000), ("churn", "2026-03-20", 8000)])
        try customer([("new", "2026-03-20", 99_000)])
        // (12000 + 8000) × 40 % by two; a churn's amount is nothing paid.
        let february = "from=2026-02-01&to=2026-03-01"
        let answer = try company.ask("customer_lifetime_value", february)
        #expect(answer["value"]?.amount == 4000)
        #expect(answer["denominator"] == 2)
        #expect(answer["basis"] == "cohort")
        // Before the renewal: (10000 + 8000) × 40 % by two.
        #expect(try company.ask("customer_lifetime_value", "\(february)&as_of=2026-04-01")["value"]?.amount == 3600)
        #expect(throws: MetricFault.self) {
            try Company(at: "2026-10-01T00:00:00Z").ask("customer_lifetime_value", february)
        }
    }

    /// As of a day so many mean months of 30.436875 days after the first of January.
    private static func monthsLater(_ months: Double) -> String {
        instant("2026-01-01T00:00:00Z").advanced(byMilliseconds: Int64(months * 30.436875 * 86_400_000)).description
    }

    @Test("tell a recurring customer's worth by revenue a month ÷ churn")
    func recurring() throws {
        try state(margin: 50)
        let end = Self.monthsLater(4)
        try customer([("new", "2026-01-01", 40_000)])
        try customer([("new", "2026-01-01", 40_000)])
        let leaver = try customer([("new", "2026-01-01", 8000)])
        try company.create(
            "purchases",
            [
                "account_id": leaver.ref, "kind": "churn", "occurred_at": .string(Self.monthsLater(2)),
                "amount": .euros(8000),
            ])
        // One end in 4 + 4 + 2 months is a churn of 0.1, a lifetime of 10 months; the two pay 100 a month: 100 × 10 × ½
        // = 500. The leaver paid 40 a month while it was one: 40 × 10 × ½ = 200. (500 + 500 + 200) ÷ 3 = 400.
        let answer = try company.ask("customer_lifetime_value", "lifetime=recurring&as_of=\(end)")
        #expect(answer["value"]?.amount == 40_000)
        let model = answer["model"]
        #expect(model?["name"] == "recurring" && model?["margin"] == 0.5 && model?["is_capped"] == false)
        #expect(abs((model?["churn_per_month"]?.double ?? 0) - 0.1) < 1e-9)
        #expect(abs((model?["lifetime_months"]?.double ?? 0) - 10) < 1e-6)
        let stayers = try company.rows("customer_lifetime_value", "lifetime=recurring&as_of=\(end)")
        #expect(stayers.count == 3)
    }

    @Test("spread what was paid in advance over its term")
    func recurringInAdvance() throws {
        try state(margin: 50)
        // 100 a month each: one of three months, one of fourteen in its second year, one that left amid its only one.
        let terms: [(first: Double, again: Double?, end: Double?)] = [(5, nil, nil), (-6, 6, nil), (-5, nil, 1)]
        for term in terms {
            let account = try company.create("accounts", ["name": "A"])
            for months in [term.first, term.again].compactMap(\.self) {
                try company.create(
                    "purchases",
                    [
                        "account_id": account.ref, "kind": months == term.first ? "new" : "renewal",
                        "amount": .euros(120_000), "term_months": 12, "occurred_at": .string(Self.monthsLater(months)),
                    ])
            }
            guard let end = term.end else { continue }
            try company.create(
                "purchases",
                [
                    "account_id": account.ref, "kind": "churn", "amount": .euros(0),
                    "occurred_at": .string(Self.monthsLater(end)),
                ])
        }
        // One end in 3 + 14 + 6 months: 100 × 23 × ½.
        let asOf = "lifetime=recurring&as_of=\(Self.monthsLater(8))"
        #expect(try company.ask("customer_lifetime_value", asOf)["value"]?.amount == 115_000)
    }

    @Test("count the end of who came back, and not the months between")
    func recurringAgain() throws {
        try state(margin: 50)
        let account = try customer([("new", "2026-01-01", 40_000)])
        for (kind, months, amount) in [("churn", 3, 0), ("new", 6, 30_000)] as [(String, Double, Int64)] {
            try company.create(
                "purchases",
                [
                    "account_id": account.ref, "kind": .string(kind), "amount": .euros(amount),
                    "occurred_at": .string(Self.monthsLater(months)),
                ])
        }
        // One end in 3 + 4 months; it paid 700 in seven, a hundred a month: 100 × 7 × ½.
        let answer = try company.ask("customer_lifetime_value", "lifetime=recurring&as_of=\(Self.monthsLater(10))")
        #expect(abs((answer["model"]?["churn_per_month"]?.double ?? 0) - 1.0 / 7) < 1e-9)
        #expect(answer["value"]?.amount == 35_000)
    }

    @Test("cap the lifetime of customers of whom nobody left at 60 months, and keep months to one at least")
    func recurringCapped() throws {
        try state(margin: 50)
        try customer([("new", "2026-01-01", 30_000)])
        // 100 a month × 60 × ½.
        let three = try company.ask("customer_lifetime_value", "lifetime=recurring&as_of=\(Self.monthsLater(3))")
        #expect(three["value"]?.amount == 300_000)
        #expect(
            three["model"] == [
                "name": "recurring", "margin": 0.5, "churn_per_month": 0, "lifetime_months": 60, "is_capped": true,
            ])
        // In its first half month it is no customer of 600 a month.
        let half = try company.ask("customer_lifetime_value", "lifetime=recurring&as_of=\(Self.monthsLater(0.5))")
        #expect(half["value"]?.amount == 900_000)
    }

    @Test("refuse to predict from a small sample, and say how small it is")
    func predictiveRefused() throws {
        try state(margin: 50)
        for _ in 1...3 { try customer([("new", "2026-01-01", 100), ("renewal", "2026-02-01", 100)]) }
        try customer([("new", "2026-01-01", 100)])
        let fault = #expect(throws: MetricFault.self) {
            try company.ask("customer_lifetime_value", "lifetime=predictive")
        }
        let reason = fault?.reason ?? ""
        #expect(reason.contains("50 customers"))
        #expect(reason.contains("there are 4 and 3"))
    }

    @Test("predict though something was free, of which nothing can be learnt about spend", .timeLimit(.minutes(10)))
    func predictiveWithGift() throws {
        try state(margin: 50)
        _ = try generated(200)
        let question = "lifetime=predictive&as_of=\(Day(number: Day.january + 270))"
        let before = try company.ask("customer_lifetime_value", question)
        try customer([("new", "2026-01-01", 100), ("renewal", "2026-02-01", 0)])
        let after = try company.ask("customer_lifetime_value", question)
        #expect(after["value"] != .null && after["denominator"] != before["denominator"])
    }

    @Test("predict nothing more of who has ended", .timeLimit(.minutes(10)))
    func predictiveOfEnded() throws {
        try state(margin: 50)
        _ = try generated(200)
        let leaver = try customer([("new", "2026-01-01", 10_000), ("renewal", "2026-03-01", 10_000)])
        let question = "lifetime=predictive&as_of=\(Day(number: Day.january + 270))"
        func worth() throws -> JSON? {
            try company.rows("customer_lifetime_value", question).first { $0["id"]?.text == leaver.idText }?["amount"]
        }
        let bought = try #require(try worth()?.amount)
        try company.create(
            "purchases",
            [
                "account_id": leaver.ref, "kind": "refund", "amount": .euros(5000),
                "occurred_at": "2026-03-02T00:00:00Z",
            ])
        let kept = try #require(try worth()?.amount)
        #expect(kept > 0 && kept < bought, "what was given back is worth nothing")
        try company.create(
            "purchases",
            [
                "account_id": leaver.ref, "kind": "churn", "amount": .euros(0), "occurred_at": "2026-09-01T00:00:00Z",
            ])
        #expect(try worth()?.amount == 0)
    }

    /// What the models look at of one customer.
    private typealias History = (frequency: Double, recency: Double, age: Double, mean: Double)

    /// A company of customers that buy at rates of their own and leave; and the same in the models' terms.
    private func generated(_ count: Int) throws -> [History] {
        var random = SplitMix(seed: 11)
        let last = 270.0
        var histories: [History] = []
        for _ in 0..<count {
            let first = Int.random(in: 0..<120, using: &random)
            let (rate, leaving) = (
                Double.random(in: 0.005...0.06, using: &random), Double.random(in: 0.05...0.5, using: &random)
            )
            let level = Double.random(in: 2000...20_000, using: &random)
            var days: [(day: Int, amount: Int64)] = [(first, Int64(level))]
            var time = Double(first)
            while true {
                time += -log(Double.random(in: 0.0001...1, using: &random)) / rate
                guard time < last else { break }
                let amount = Int64(level * Double.random(in: 0.7...1.3, using: &random))
                if let day = days.last?.day, Int(time) > day { days.append((Int(time), amount)) }
                if Double.random(in: 0..<1, using: &random) < leaving { break }
            }
            try customer(
                days.map { ("new", Day(number: Day.january + Int32($0.day)).description, $0.amount) })
            let repeats = days.dropFirst()
            histories.append(
                (
                    Double(repeats.count), Double((repeats.last?.day ?? first) - first), last - Double(first),
                    repeats.isEmpty ? 0 : repeats.reduce(0) { $0 + Double($1.amount) } / Double(repeats.count)
                ))
        }
        return histories
    }

    @Test("predict what BG/NBD and Gamma-Gamma say of each customer, × margin", .timeLimit(.minutes(10)))
    func predictive() throws {
        try state(margin: 50)
        let histories = try generated(200)
        let repeated = histories.filter { $0.frequency > 0 }
        let purchases = try #require(BetaGeometric.fit(histories.map { ($0.frequency, $0.recency, $0.age) }))
        let values = try #require(GammaGamma.fit(repeated.map { ($0.frequency, $0.mean) }))
        let ahead = 36 * 30.436875
        var sum: Int64 = 0
        for history in histories {
            let count = purchases.expectedPurchases(
                in: ahead, frequency: history.frequency, recency: history.recency, age: history.age)
            let mean = values.expectedValue(frequency: history.frequency, meanValue: history.mean)
            sum += Int64(((count ?? 0) * (mean ?? 0) / 2).rounded(.toNearestOrEven))
        }
        let asOf = Day(number: Day.january + 270).description
        let answer = try company.ask("customer_lifetime_value", "lifetime=predictive&as_of=\(asOf)")
        #expect(answer["denominator"] == 200)
        let told = try #require(answer["numerator"]?.amount)
        // The search for the parameters ends a hair's breadth apart where the sample comes in another order.
        #expect(abs(Double(told - sum)) < 1e-4 * Double(sum))
        #expect(sum > 0)
    }

    @Test("set worth beside cost, of the same cohort")
    func lifetimeByCost() throws {
        try state(margin: 50)
        try acquisition()
        // Two of March, each 1200 × ½, by the 2000 of March; sales cost is in it, whatever the basis is called.
        let answer = try company.ask("ltv_to_cac", "from=2026-03-01&to=2026-04-01")
        #expect(answer["value"]?.double == 0.6)
        #expect(answer["parts"]?["lifetime_value"]?.amount == 120_000)
        #expect(answer["parts"]?["cost"]?.amount == 200_000)
        // The three of April, a month after the spend, and the same 2000.
        let late = try company.ask("ltv_to_cac", "from=2026-03-01&to=2026-04-01") { $0.lagDays = 30 }
        #expect(late["value"]?.double == 0.9)
        #expect(try company.ask("ltv_to_cac", "from=2026-05-01&to=2026-06-01")["value"] == .null)
    }

    // MARK: Who stays

    private func aYear() throws {
        // Stays; leaves on the last day; leaves at the first instant after; left before; comes since, comes and leaves.
        try customer([("new", "2026-01-10", 100), ("renewal", "2026-04-10", 100)])
        try customer([("new", "2026-01-10", 100), ("churn", "2026-06-30", 100)])
        try customer([("new", "2026-01-10", 100), ("churn", "2026-07-01", 100)])
        try customer([("new", "2026-01-10", 100), ("churn", "2026-03-31", 100)])
        try customer([("new", "2026-04-01", 100)])
        try customer([("new", "2026-05-01", 100), ("churn", "2026-06-01", 100)])
        // A refund is no end, and who came back by the end has not left.
        try customer([("new", "2026-01-10", 100), ("refund", "2026-05-10", 100)])
        try customer([("new", "2026-01-10", 100), ("churn", "2026-05-10", 100), ("new", "2026-06-10", 100)])
    }

    @Test("keep who came since out of retention and churn")
    func retention() throws {
        try aYear()
        // Five at the start of April, of whom one had ended at the end of June.
        let quarter = "from=2026-04-01&to=2026-07-01"
        let stayed = try company.ask("retention", quarter)
        #expect(stayed["numerator"]?.double == 4)
        #expect(stayed["denominator"]?.double == 5)
        #expect(stayed["value"]?.double == 0.8)
        let left = try company.ask("churn_rate", quarter)
        #expect(left["numerator"]?.double == 1)
        #expect(left["value"]?.double == 0.2)
        #expect(try company.ask("retention", "from=2025-01-01&to=2025-04-01")["value"] == .null)
        #expect(throws: MetricFault.self) { try company.ask("churn_rate") }
    }

    @Test("say nothing of a period that has not begun")
    func retentionToCome() throws {
        try aYear()
        let answer = try company.ask("retention", "from=2027-01-01&to=2027-04-01")
        #expect(answer["value"] == .null)
    }

    @Test("of a period that is not over are unfinished: who stayed may yet go, and pay")
    func unfinished() throws {
        try customer([("new", "2025-12-01", 100), ("renewal", "2026-08-01", 100)])
        try customer([("new", "2025-12-01", 100), ("churn", "2026-09-30", 0)])
        for (question, count) in [
            ("from=2026-09-01&to=2026-11-01&as_of=2026-10-01", 1), ("from=2026-09-01&to=2026-10-01", nil),
            ("from=2026-09-01", nil),
        ] as [(String, Int64?)] {
            for metric in ["retention", "churn_rate"] {
                let answer = try company.ask(metric, question)
                #expect(answer["unfinished"]?.wholeNumber == count, "\(metric) \(question): \(answer)")
            }
        }
        for metric in ["gross_revenue_retention", "net_revenue_retention"] {
            let answer = try company.ask(metric, "from=2026-09-01&to=2026-11-01&as_of=2026-10-01")
            #expect(answer["unfinished"] == 1, "\(answer)")
            #expect(try company.ask(metric, "from=2026-08-01&to=2026-09-01")["unfinished"] == nil, "\(metric)")
        }
    }

    @Test("cost what was spent, whatever customers paid in a currency without a rate")
    func acquisitionWithoutRate() throws {
        let account = try company.create("accounts", ["name": "A"])
        try company.create(
            "purchases",
            [
                "account_id": account.ref, "kind": "new", "occurred_at": "2026-03-02T00:00:00Z",
                "amount": ["amount": 900, "currency": "KRW"],
            ])
        try company.spend("2026-03-03", 5000)
        #expect(try company.ask("customer_acquisition_cost", "from=2026-03-01&to=2026-04-01")["value"]?.amount == 5000)
    }

    static let retentions: [(before: Int64, now: [(kind: String, amount: Int64)], gross: Double?, net: Double?)] = [
        (1000, [("renewal", 1000)], 1, 1), (1000, [("renewal", 600)], 0.6, 0.6), (1000, [], 0, 0),
        // What it buys more moves net alone.
        (1000, [("renewal", 1000), ("expansion", 500)], 1, 1.5),
        (1000, [("renewal", 1000), ("refund", 250)], 0.75, 0.75),
        // Who is paid back more than they paid keeps nothing, and does not take from what others keep.
        (1000, [("renewal", 200), ("refund", 900)], 0, -0.7),
        // A new customer is outside of both.
        (0, [("new", 700)], nil, nil),
    ]

    @Test("tell revenue retention gross and net, of one customer", arguments: retentions)
    func revenueRetention(
        _ row: (before: Int64, now: [(kind: String, amount: Int64)], gross: Double?, net: Double?)
    ) throws {
        let before: [(String, String, Int64)] = row.before > 0 ? [("new", "2026-02-15", row.before)] : []
        try customer(before + row.now.map { ($0.kind, "2026-05-15", $0.amount) })
        let quarter = "from=2026-04-01&to=2026-06-30"
        #expect(try company.ask("gross_revenue_retention", quarter)["value"]?.double == row.gross)
        #expect(try company.ask("net_revenue_retention", quarter)["value"]?.double == row.net)
    }

    static let months: [(period: String, before: Int64)] = [
        ("from=2026-04-01&to=2026-07-01", 300), ("from=2026-02-01&to=2026-03-01", 100),
        ("from=2026-04-01&to=2026-05-01", 100), ("from=2026-01-01&to=2026-09-01", 800),
        // Not of whole months: as many days before.
        ("from=2026-04-02&to=2026-05-02", 100), ("from=2026-02-01&to=2026-02-28", 0),
    ]

    @Test("compare whole months with as many before, in which what is paid monthly is paid as often", arguments: months)
    func monthly(_ row: (period: String, before: Int64)) throws {
        let days = (0..<20).map { "\(2025 + $0 / 12)-\($0 % 12 < 9 ? "0" : "")\($0 % 12 + 1)-01" }
        try customer(days.map { ($0 == days[0] ? "new" : "renewal", $0, 100) })
        let answer = try company.ask("net_revenue_retention", row.period)
        #expect(answer["denominator"]?.amount == (row.before == 0 ? 0 : row.before))
        #expect(answer["value"]?.double == (row.before == 0 ? nil : 1))
    }

    @Test("let no customer's expansion hide another's loss in the gross")
    func revenueRetentionOfTwo() throws {
        try customer([("new", "2026-02-15", 1000), ("renewal", "2026-05-15", 1000), ("expansion", "2026-05-16", 800)])
        try customer([("new", "2026-02-15", 1000), ("renewal", "2026-05-15", 400)])
        try customer([("new", "2026-05-15", 5000)])
        let quarter = "from=2026-04-01&to=2026-06-30"
        // (1000 + 400) ÷ 2000 and (1800 + 400) ÷ 2000.
        #expect(try company.ask("gross_revenue_retention", quarter)["value"]?.double == 0.7)
        #expect(try company.ask("net_revenue_retention", quarter)["value"]?.double == 1.1)
        #expect(throws: MetricFault.self) { try company.ask("net_revenue_retention") }
    }

    @Test("tell who bought again, refunds and ends left aside")
    func repeats() throws {
        try customer([("new", "2026-02-10", 100), ("expansion", "2026-08-10", 100)])
        try customer([("new", "2026-02-10", 100), ("refund", "2026-02-11", 100), ("churn", "2026-02-12", 100)])
        try customer([("new", "2026-03-10", 100), ("renewal", "2026-03-11", 100)])
        #expect(
            try company.groups("repeat_purchase_rate", "group_by=month&from=2026-02-01&to=2026-04-01") == [
                "2026-02: 0.5", "2026-03: 1",
            ])
        #expect(try company.ask("repeat_purchase_rate", "to=2026-03-01&as_of=2026-08-01")["value"]?.double == 0)
    }

    // MARK: Cohorts

    @Test("show cohorts month by month, with what is to come null and what goes on marked")
    func cohorts() throws {
        try customer([("new", "2026-01-10", 100), ("renewal", "2026-02-10", 50), ("churn", "2026-03-05", 0)])
        try customer([("new", "2026-01-20", 100), ("refund", "2026-02-12", 30)])
        try customer([("new", "2026-03-01", 70)])
        let report = try CohortReport.answer(try Question("as_of=2026-03-15"), in: Facts(of: company.view))
        let groups = report["groups"]?.elements ?? []
        #expect(groups.map { $0["key"]?["month"] } == ["2026-01", "2026-02", "2026-03"])
        #expect(groups.map { $0["customers"] } == [2, 0, 1])
        let january = groups.first?["months"]?.elements ?? []
        #expect(january.map { $0["active_customers"] } == [2, 2, 1, .null])
        #expect(january.map { $0["retention"]?.double } == [1, 1, 0.5, nil])
        #expect(january.map { $0["revenue"]?.amount } == [200, 20, 0, nil])
        #expect(january.prefix(3).map { $0["is_whole"] } == [true, true, false])
        let march = groups.last?["months"]?.elements ?? []
        #expect(march.map { $0["active_customers"] } == [1, .null])
        #expect(march.first?["is_whole"] == false)
    }

    @Test("begin a month of cohorts when it begins, and end it when it ends")
    func cohortEdges() throws {
        try customer([("new", "2026-01-31", 100)])
        func months(_ asOf: String) throws -> [JSON?] {
            let report = try CohortReport.answer(try Question("as_of=\(asOf)"), in: Facts(of: company.view))
            return report["groups"]?.elements?.first?["months"]?.elements?.map { $0["is_whole"] } ?? []
        }
        #expect(try months("2026-02-01") == [true, nil])
        #expect(try months("2026-02-01T00:00:00.001Z") == [true, false, nil])
    }
}

extension Day {
    /// The first of January 2026.
    fileprivate static let january: Int32 = 20_454
}
