import Domain
import JSON
import Store
import TestSupport
import Testing

@testable import Metrics

@Suite("Customers whose purchases run for terms, of several products, in groups")
struct CustomerTermsTests {
    let company: Company

    init() throws { company = try Company(at: "2026-10-01T00:00:00Z") }

    private func customer(industry: String = "steel") throws -> Record {
        try company.create("accounts", ["name": "A", "industry": .string(industry)])
    }

    private func buy(
        _ account: Record, _ kind: String, _ on: String, _ amount: Int64, term: Int64? = nil, product: Record? = nil
    ) throws {
        let fields: JSON = [
            "account_id": account.ref, "kind": .string(kind), "amount": .euros(amount),
            "occurred_at": .string(on.contains("T") ? on : "\(on)T00:00:00Z"),
        ]
        var more: [JSON.Member] = []
        if let term { more.append(.init("term_months", .integer(term))) }
        if let product { more.append(.init("product_id", product.ref)) }
        try company.create("purchases", .object((fields.members ?? []) + more))
    }

    // MARK: Revenue of terms

    static let terms:
        [(
            deeds: [(kind: String, on: String, amount: Int64, term: Int64?)], period: String, gross: Double?,
            net: Double?
        )] =
            [
                // A year paid at once brings as much in each of its months, and renewed goes on.
                (
                    [("new", "2025-03-05", 1200, 12), ("renewal", "2026-03-05", 1200, 12)],
                    "from=2026-05-01&to=2026-06-01", 1, 1
                ),
                (
                    [("new", "2025-03-05", 1200, 12), ("renewal", "2026-03-05", 1200, 12)],
                    "from=2026-04-01&to=2026-07-01", 1, 1
                ),
                (
                    [("new", "2025-03-05", 1200, 12), ("renewal", "2026-03-05", 2400, 12)],
                    "from=2026-03-01&to=2026-04-01", 1, 2
                ),
                // Renewed before its term was over it goes on from the end of that.
                (
                    [("new", "2024-01-01", 1200, 12), ("renewal", "2024-12-15", 1200, 12)],
                    "from=2024-12-01&to=2025-01-01", 1, 1
                ),
                (
                    [("new", "2024-01-01", 1200, 12), ("renewal", "2024-12-15", 1200, 12)],
                    "from=2025-01-01&to=2025-02-01", 1, 1
                ),
                (
                    [("new", "2024-01-01", 1200, 12), ("renewal", "2024-12-15", 1200, 12)],
                    "from=2025-01-01&to=2026-01-01", 1, 1
                ),
                // Not renewed, and ended before its term was over.
                ([("new", "2025-03-05", 1200, 12)], "from=2026-03-01&to=2026-04-01", 0, 0),
                (
                    [("new", "2025-03-05", 1200, 12), ("churn", "2025-08-01", 0, nil)], "from=2025-08-01&to=2025-09-01",
                    0, 0
                ),
                // The month after the last that is due there is nothing to compare with.
                ([("new", "2025-03-05", 1200, 12)], "from=2026-04-01&to=2026-05-01", nil, nil),
                // The last day of a month is one in shorter months too.
                ([("new", "2025-12-31", 300, 3)], "from=2026-02-01&to=2026-03-01", 1, 1),
                // 450 back after three of twelve months leave 50 in each of the nine; after all of them they are that day's.
                (
                    [("new", "2025-03-05", 1200, 12), ("refund", "2025-05-06", 450, nil)],
                    "from=2025-06-01&to=2025-07-01", 0.5, 0.5
                ),
                (
                    [("new", "2025-03-05", 1200, 12), ("refund", "2025-05-06", 450, nil)],
                    "from=2025-07-01&to=2025-08-01", 1, 1
                ),
                (
                    [("new", "2025-03-05", 200, 2), ("refund", "2025-04-06", 50, nil)], "from=2025-04-01&to=2025-05-01",
                    0.5, 0.5
                ),
            ]

    @Test("spread what was paid for a term over its months", arguments: terms)
    func retention(
        _ row: (
            deeds: [(kind: String, on: String, amount: Int64, term: Int64?)], period: String, gross: Double?,
            net: Double?
        )
    ) throws {
        let account = try customer()
        for deed in row.deeds { try buy(account, deed.kind, deed.on, deed.amount, term: deed.term) }
        #expect(try company.ask("gross_revenue_retention", row.period)["value"]?.double == row.gross)
        #expect(try company.ask("net_revenue_retention", row.period)["value"]?.double == row.net)
    }

    @Test("compare who came amid the months before from the same month on", arguments: [nil, 12] as [Int64?])
    func came(term: Int64?) throws {
        // One before, one from September 2024 on and one from January 2025 on: each 1.00 a month, or 12.00 a year.
        for first in [8, 20, 24] {
            let account = try customer()
            for month in first..<36 where term == nil || (month - first).isMultiple(of: 12) {
                let on = "20\(23 + month / 12)-\(month % 12 < 9 ? "0" : "")\(month % 12 + 1)-10"
                try buy(account, month == first ? "new" : "renewal", on, term == nil ? 100 : 1200, term: term)
            }
        }
        for (period, before) in [
            ("from=2025-07-01&to=2026-01-01", 1800), ("from=2025-04-01&to=2025-07-01", 900),
            ("from=2025-01-01&to=2025-07-01", 600 + 400), ("from=2025-03-01&to=2025-05-01", 600),
            ("from=2025-01-01&to=2025-03-01", 400), ("from=2024-10-01&to=2025-01-01", 300 + 100),
        ] as [(String, Int64)] {
            for metric in ["net_revenue_retention", "gross_revenue_retention"] {
                let answer = try company.ask(metric, period)
                #expect(answer["value"]?.double == 1, "\(metric) \(period): \(answer)")
                #expect(answer["denominator"]?.amount == before, "\(metric) \(period)")
            }
        }
    }

    @Test("lose no cent of a term, in any zone")
    func cents() throws {
        let account = try customer()
        try buy(account, "new", "2025-01-31T23:30:00Z", 1000, term: 7)
        for zone in ["UTC", "Europe/Berlin", "America/New_York"] {
            let parts = try (2...8).map { month in
                let period = "tz=\(zone)&from=2025-0\(month)-01&to=2025-0\(month + 1)-01"
                return try company.ask("net_revenue_retention", period)["denominator"]?.amount ?? 0
            }
            #expect(parts.reduce(0, +) == (zone == "Europe/Berlin" ? 857 : 1000), "\(zone): \(parts)")
            #expect(
                parts.allSatisfy { (142...143).contains($0) || zone == "Europe/Berlin" && $0 == 0 }, "\(zone): \(parts)"
            )
        }
    }

    // MARK: Ends of one product

    @Test("end a customer with the last of what it has")
    func ends() throws {
        let products = try ["P", "Q", "R"].map { try company.create("products", ["name": .string($0)]) }
        let account = try customer()
        try buy(account, "new", "2026-01-10", 1200, term: 12, product: products[0])
        try buy(account, "new", "2026-02-10", 240, term: 12, product: products[1])
        try buy(account, "churn", "2026-04-01", 240, product: products[1])
        let months = ["04", "05", "06"].map {
            "from=2026-\($0)-01&to=2026-\($0 == "06" ? "07" : $0 == "05" ? "06" : "05")-01"
        }
        #expect(try company.ask("churn_rate", months[0])["value"] == 0)
        #expect(try company.ask("net_revenue_retention", months[0])["value"]?.double == 100.0 / 120)
        // Ended twice it has ended once.
        try buy(account, "churn", "2026-04-02", 0, product: products[1])
        #expect(try company.ask("churn_rate", months[0])["value"] == 0)
        try buy(account, "churn", "2026-05-02", 0, product: products[0])
        #expect(try company.ask("churn_rate", months[1])["value"] == 1)
        // What names nothing that was bought is the end of all.
        try buy(account, "new", "2026-06-02", 100, product: products[0])
        #expect(try company.ask("churn_rate", "from=2026-06-03&to=2026-07-01")["value"] == 0)
        try buy(account, "churn", "2026-06-10", 0, product: products[2])
        #expect(try company.ask("churn_rate", "from=2026-06-03&to=2026-07-01")["value"] == 1)
    }

    // MARK: Worth

    private static let month = Int64(30.436875 * 86_400_000)

    private func monthsLater(_ months: Int64) -> String {
        instant("2020-01-01T00:00:00Z").advanced(byMilliseconds: months * Self.month).description
    }

    @Test("tell a group's worth by its own churn, and the company's by that of all")
    func churnOfGroups() throws {
        try company.create("settings", ["name": "A", "gross_margin_percent": 100])
        // Small: 20 customers end after ten months each, big: 2 of 10 end after fifty. All pay 100.00 a month.
        for number in 0..<30 {
            let isSmall = number < 20
            let account = try customer(industry: isSmall ? "small" : "big")
            let months: Int64 = isSmall ? 10 : 50
            try buy(account, "new", monthsLater(0), 10_000 * months)
            if isSmall || number < 22 { try buy(account, "churn", monthsLater(months), 0) }
        }
        let asOf = "lifetime=recurring&as_of=\(monthsLater(50))"
        // The two big ones end at the instant asked for, which is not before it.
        let (ends, all) = (20.0, 20.0 * 10 + 10 * 50)
        let prior = all / ends
        let small = (200 + prior) / 21
        #expect(
            try company.groups("customer_lifetime_value", "\(asOf)&group_by=industry") == [
                "big: 6000", "small: \(Int(100 * small))",
            ])
        for (industry, months) in [("small", small), ("big", 60)] {
            let answer = try company.ask("customer_lifetime_value", "\(asOf)&industry=\(industry)")
            let told = try #require(answer["model"]?["lifetime_months"]?.double)
            #expect(abs(told - months) < 1e-9)
            #expect(abs(Double(answer["value"]?.amount ?? 0) - 10_000 * months) <= 1)
        }
        // The whole is the same, however it is cut, and by its months every customer is of the company.
        let whole = try company.ask("customer_lifetime_value", asOf)
        #expect(abs(Double(whole["value"]?.amount ?? 0) - 10_000 * prior) <= 1)
        let cut = try company.ask("customer_lifetime_value", "\(asOf)&group_by=industry")
        #expect(cut["value"] == whole["value"] && cut["total"] == whole["value"])
        #expect(try company.groups("customer_lifetime_value", "\(asOf)&group_by=year") == ["2020: 3500"])
    }

    @Test("spread what was paid for no longer than it ran where the rest was given back", arguments: [true, false])
    func givenBack(isRefunded: Bool) throws {
        try company.create("settings", ["name": "A", "gross_margin_percent": 100])
        let account = try customer()
        try buy(account, "new", monthsLater(0), 1_200_000, term: 12)
        if isRefunded { try buy(account, "refund", monthsLater(1), 1_100_000) }
        try buy(account, "churn", monthsLater(1), 0)
        // One end in a month is a lifetime of one: 1000.00 of the one month, or what a twelfth of all is.
        let answer = try company.ask("customer_lifetime_value", "lifetime=recurring&as_of=\(monthsLater(5))")
        #expect(answer["value"]?.amount == 100_000)
        #expect(answer["model"]?["lifetime_months"]?.double == 1)
    }

    @Test("mark what customers have paid so far as unfinished, and not what they have ended with")
    func unfinished() throws {
        try company.create("settings", ["name": "A", "gross_margin_percent": 50])
        let (stayer, leaver) = (try customer(), try customer())
        for account in [stayer, leaver] { try buy(account, "new", "2026-02-10", 1000) }
        try company.spend("2026-02-10", 100)
        try buy(leaver, "churn", "2026-03-10", 0)
        let quarter = "from=2026-01-01&to=2026-04-01"
        for metric in ["customer_lifetime_value", "ltv_to_cac"] {
            #expect(try company.ask(metric, quarter)["unfinished"] == 1, "\(metric)")
            #expect(try company.ask(metric, "\(quarter)&lifetime=recurring")["unfinished"] == nil, "\(metric)")
        }
    }

    static let orders: [(more: [(kind: String, on: String, amount: Int64, term: Int64?)], months: Double?)] = [
        // 120.00 a year is 10.00 a month; with the other line 100.00.
        ([], 120), ([("new", "2026-03-02T10:00:00Z", 108_000, 12)], 12),
        ([("new", "2026-03-02T16:00:00Z", 108_000, 12)], 12),
        ([("new", "2026-03-02T10:00:00Z", 12_000, 1)], 600.0 / 65),
        // What is bought another day is not what a new customer brings.
        ([("new", "2026-03-03", 108_000, 12)], 120),
        // Half of it given back, all of it, and of something that was bought since.
        ([("refund", "2026-03-12", 6000, nil)], 240), ([("refund", "2026-03-12", 12_000, nil)], nil),
        ([("new", "2026-03-03", 108_000, 12), ("refund", "2026-03-12", 6000, nil)], 120),
    ]

    @Test("pay back by all that was bought at first, less what was given back of it", arguments: orders)
    func payback(_ row: (more: [(kind: String, on: String, amount: Int64, term: Int64?)], months: Double?)) throws {
        try company.create("settings", ["name": "A", "gross_margin_percent": 50])
        try company.spend("2026-03-05", 60_000)
        let account = try customer()
        try buy(account, "new", "2026-03-02T10:00:00Z", 12_000, term: 12)
        for deed in row.more { try buy(account, deed.kind, deed.on, deed.amount, term: deed.term) }
        let answer = try company.ask("cac_payback_months", "from=2026-03-01&to=2026-04-01")
        #expect(
            answer["value"]?.double.map { ($0 * 1e6).rounded() } == row.months.map { ($0 * 1e6).rounded() }, "\(answer)"
        )
    }

    @Test("take the lines of one order for one purchase")
    func repeats() throws {
        let account = try customer()
        for _ in 1...2 { try buy(account, "new", "2026-02-10T10:00:00Z", 100) }
        #expect(try company.ask("repeat_purchase_rate", "from=2026-02-01&to=2026-03-01")["value"] == 0)
        try buy(account, "new", "2026-02-10T11:00:00Z", 100)
        #expect(try company.ask("repeat_purchase_rate", "from=2026-02-01&to=2026-03-01")["value"] == 1)
    }
}
