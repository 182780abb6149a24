import Domain
import JSON
import Store
import Testing

@Suite("An exchange rate")
struct ExchangeRateTests {
    let company: Company

    init() throws { company = try Company() }

    @discardableResult
    private func rate(_ from: String, _ to: String, _ on: String, _ rate: Double) throws -> Record {
        try company.create(
            "exchange_rates",
            ["from": .string(from), "to": .string(to), "on": .string(on), "rate": .number(rate)])
    }

    private func convert(_ amount: Int64, _ from: String, _ to: String, _ on: String) throws -> Int64 {
        let money = Money(amount: amount, currency: try #require(Currency(from)))
        return try ExchangeRate.convert(
            money, to: try #require(Currency(to)), on: try #require(Day(on)), in: company.view
        ).amount
    }

    static let cases: [(amount: Int64, from: String, to: String, on: String, expected: Int64, why: String)] = [
        (100, "EUR", "EUR", "2026-01-01", 100, "the same currency"),
        (10_000, "USD", "EUR", "2026-01-01", 9000, "its day"),
        (10_000, "USD", "EUR", "2026-01-31", 9000, "the day before the next"),
        (10_000, "USD", "EUR", "2026-02-01", 9500, "the newest"),
        (9000, "EUR", "USD", "2026-01-15", 10_000, "the other way"),
        (10_000, "EUR", "JPY", "2026-01-01", 16_000, "to a currency without a minor unit"),
        (16_000, "JPY", "EUR", "2026-01-01", 10_000, "from one, the other way"),
        (10_000, "EUR", "KWD", "2026-01-01", 33_000, "to one of thousandths"),
        (5, "USD", "EUR", "2026-01-01", 4, "half to even"),
        (15, "USD", "EUR", "2026-01-01", 14, "half to even, from odd"),
        (-10_000, "USD", "EUR", "2026-01-01", -9000, "negative"),
    ]

    @Test("converts money by the newest of the day or before, in either direction", arguments: cases)
    func converts(_ row: (amount: Int64, from: String, to: String, on: String, expected: Int64, why: String)) throws {
        try rate("USD", "EUR", "2026-01-01", 0.9)
        try rate("USD", "EUR", "2026-02-01", 0.95)
        try rate("EUR", "JPY", "2026-01-01", 160)
        try rate("EUR", "KWD", "2026-01-01", 0.33)
        #expect(try convert(row.amount, row.from, row.to, row.on) == row.expected, "\(row.why)")
    }

    static let exact: [(amount: Int64, rate: Double, there: Int64, back: Int64)] = [
        (115, 1.1, 126, 105), (300, 1.005, 302, 299), (125, 1.1, 138, 114), (-115, 1.1, -126, -105),
        (1, 1e-9, 0, 1_000_000_000),
        (.max, 1, .max, .max), (9_007_199_254_740_993, 1, 9_007_199_254_740_993, 9_007_199_254_740_993),
    ]

    @Test("counts as the decimal that it is written as, to the last minor unit", arguments: exact)
    func exactly(_ row: (amount: Int64, rate: Double, there: Int64, back: Int64)) throws {
        try rate("USD", "EUR", "2026-01-01", row.rate)
        #expect(try convert(row.amount, "USD", "EUR", "2026-01-01") == row.there)
        #expect(try convert(row.amount, "EUR", "USD", "2026-01-01") == row.back)
    }

    @Test("that leads beyond what can be counted is refused, with its day")
    func tooMuch() throws {
        try rate("USD", "EUR", "2026-01-01", 1.5)
        let no = try refusal { _ = try convert(.max, "USD", "EUR", "2026-01-02") }
        #expect(no.state("on") == "2026-01-02")
    }

    @Test("that is missing is named, with its day")
    func missing() throws {
        try rate("USD", "EUR", "2026-02-01", 0.9)
        let no = try refusal { _ = try convert(1, "USD", "EUR", "2026-01-31") }
        #expect(no.state("from") == "USD")
        #expect(no.state("on") == "2026-01-31")
    }

    @Test("is corrected by posting it again, and moves no closed amount")
    func frozen() throws {
        try company.create("settings", ["name": "C", "base_currency": "EUR"])
        let first = try rate("USD", "EUR", "2026-01-01", 0.5)
        let deal = try company.create("deals", ["name": "D", "amount": ["amount": 100, "currency": "USD"]])
        #expect(deal["base_amount"].isNull)
        let won = try company.act("win", deal)
        #expect(won["base_amount"].money?.amount == 50)
        #expect(try rate("USD", "EUR", "2026-01-01", 0.8).id == first.id)
        #expect(try company.now(deal)["base_amount"].money?.amount == 50)
        let purchase = try #require(company.view.records("purchases", where: "deal_id", is: .identifier(deal.id)).first)
        #expect(purchase["base_amount"].money?.amount == 50)
        try company.act("reopen", deal)
        #expect(try company.now(deal)["base_amount"].isNull)
        #expect(try company.act("win", deal)["base_amount"].money?.amount == 80)
    }

    @Test(
        "is refused where it is wrong",
        arguments: [
            (["from": "EUR", "to": "EUR", "on": "2026-01-01", "rate": 1], ["/to"]),
            (["from": "eur", "to": "USD", "on": "2026-01-01", "rate": 1], ["/from"]),
            (["from": "EUR", "to": "USD", "on": "2026-01-01", "rate": 0], ["/rate"]),
            (["from": "EUR", "to": "USD", "rate": 1], ["/on"]),
        ] as [(JSON, [String])])
    func refused(_ input: JSON, _ pointers: [String]) throws {
        #expect(try refusal { try company.create("exchange_rates", input) }.pointers == pointers)
    }
}
