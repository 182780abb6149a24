import Domain
import JSON
import Store
import Testing

/// Everything here happens at midnight of the first of March, April or May 2026, so that each bound is a row.
@Suite("A period and an instant")
struct BoundaryTests {
    static let deals: [(closed: String, amount: Int64)] = [
        ("2026-02-28T23:59:59.999Z", 1), ("2026-03-01T00:00:00Z", 20), ("2026-03-31T23:59:59.999Z", 300),
        ("2026-04-01T00:00:00Z", 4000),
    ]

    static let closed: [(question: String, amount: Int64)] = [
        ("from=2026-03-01&to=2026-04-01", 320), ("from=2026-03-01", 4320), ("to=2026-03-01", 1), ("to=2026-04-01", 321),
        ("as_of=2026-04-01", 321), ("as_of=2026-03-01", 1),
        ("from=2026-03-01&to=2026-04-01&as_of=2026-03-31T23:59:59.999Z", 20),
        ("from=2026-03-01&to=2026-03-01", 0), ("from=2026-04-01&to=2027-01-01", 4000),
        ("as_of=2026-04-01T00:00:00.001Z", 4321),
    ]

    @Test("begin inside and end outside, for closed deals", arguments: closed)
    func closedDeals(_ row: (question: String, amount: Int64)) throws {
        let company = try Company()
        for (stage, reason) in [("won", nil), ("lost", "price")] as [(String, String?)] {
            for deal in Self.deals {
                try company.create(
                    "deals",
                    [
                        "name": "A", "stage": .string(stage), "lost_reason": reason.map { .string($0) } ?? nil,
                        "closed_at": .string(deal.closed), "opened_at": "2026-01-01T00:00:00Z",
                        "amount": ["amount": .integer(deal.amount), "currency": "EUR"],
                    ])
            }
        }
        let count = Int64("\(row.amount)".filter { $0 != "0" }.count)
        #expect(try company.ask("revenue", row.question)["value"]?["amount"] == .integer(row.amount))
        #expect(try company.ask("deals_won", row.question)["value"] == .integer(count))
        #expect(try company.ask("deals_lost", row.question)["value"] == .integer(count))
        let rate = try company.ask("win_rate", row.question)
        #expect(rate["value"]?.double == (count == 0 ? nil : 0.5))
        #expect(rate["reason"] == (count == 0 ? "nothing to divide by: the denominator is 0" : nil))
        let size = try company.ask("average_deal_size", row.question)
        #expect(size["denominator"] == .integer(count))
        #expect(size["value"] == .null || count > 0)
        #expect(try company.ask("sales_cycle_days", row.question)["n"] == .integer(count))
    }

    static let open: [(asOf: String, count: Int64)] = [
        ("2026-03-01T00:00:00Z", 0), ("2026-03-01T00:00:00.001Z", 1), ("2026-04-01T00:00:00Z", 1),
        ("2026-04-01T00:00:00.001Z", 0),
    ]

    @Test("has what was opened before it and not closed before it", arguments: open)
    func openDeals(_ row: (asOf: String, count: Int64)) throws {
        let company = try Company()
        try company.create(
            "deals",
            [
                "name": "A", "stage": "lost", "lost_reason": "price", "opened_at": "2026-03-01T00:00:00Z",
                "closed_at": "2026-04-01T00:00:00Z", "amount": ["amount": 100, "currency": "EUR"],
            ])
        #expect(try company.ask("deals_open", "as_of=\(row.asOf)")["value"] == .integer(row.count))
        #expect(try company.ask("pipeline_value", "as_of=\(row.asOf)")["value"]?["amount"] == .integer(row.count * 100))
        #expect(
            try company.ask("weighted_pipeline", "as_of=\(row.asOf)")["value"]?["amount"] == .integer(row.count * 10))
    }

    static let leads: [(question: String, leads: Int64, mqls: Int64)] = [
        ("from=2026-03-01&to=2026-04-01", 1, 0), ("from=2026-03-01T00:00:00.001Z", 0, 1), ("to=2026-03-01", 0, 0),
        ("as_of=2026-03-01", 0, 0), ("as_of=2026-03-01T00:00:00.001Z", 1, 0), ("as_of=2026-04-01", 1, 0),
        ("from=2026-04-01&to=2026-04-01T00:00:00.001Z", 0, 1), ("as_of=2026-04-01T00:00:00.001Z", 1, 1),
    ]

    @Test("begin inside and end outside, for leads and hand-offs", arguments: leads)
    func leadsAndHandOffs(_ row: (question: String, leads: Int64, mqls: Int64)) throws {
        let company = try Company()
        try company.tell([
            ["create": "users", "as": "rosa", "with": ["name": "Rosa", "role": "sales_manager"]],
            ["create": "leads", "as": "ada", "with": ["name": "Ada", "captured_at": "2026-03-01T00:00:00Z"]],
            ["do": "qualify", "on": "ada", "with": ["at": "2026-04-01T00:00:00Z"]],
            ["do": "handoff", "on": "ada", "as": "h", "with": ["to": "$rosa", "at": "2026-04-01T00:00:00Z"]],
            ["do": "accept", "on": "h", "with": ["at": "2026-05-01T00:00:00Z"]],
        ])
        #expect(try company.ask("leads_created", row.question)["value"] == .integer(row.leads))
        #expect(try company.ask("mqls", row.question)["value"] == .integer(row.mqls))
        #expect(try company.funnel(row.question)["leads"] == .integer(row.leads))
        #expect(try company.ask("handoff_answer_minutes", row.question)["n"] == .integer(row.mqls))
        #expect(try company.ask("first_contact_minutes", row.question)["n"] == .integer(row.mqls))
        let cohort = try company.ask("conversion_rate", "from_stage=lead&to_stage=mql&" + row.question)
        #expect(cohort["denominator"]?.double == Double(row.leads))
    }

    static let answers: [(question: String, answered: Double)] = [
        ("", 1), ("as_of=2026-05-01", 0), ("as_of=2026-05-01T00:00:00.001Z", 1), ("basis=event&from=2026-05-01", 1),
        ("basis=event&to=2026-05-01", 0), ("to=2026-05-01", 1), ("to=2026-04-01", 0),
    ]

    @Test("has the answers given before it", arguments: answers)
    func answered(_ row: (question: String, answered: Double)) throws {
        let company = try Company()
        try company.tell([
            ["create": "users", "as": "rosa", "with": ["name": "Rosa", "role": "sales_manager"]],
            ["create": "leads", "as": "ada", "with": ["name": "Ada", "captured_at": "2026-03-01T00:00:00Z"]],
            ["do": "qualify", "on": "ada", "with": ["at": "2026-04-01T00:00:00Z"]],
            ["do": "handoff", "on": "ada", "as": "h", "with": ["to": "$rosa", "at": "2026-04-01T00:00:00Z"]],
            ["do": "accept", "on": "h", "with": ["at": "2026-05-01T00:00:00Z"]],
        ])
        #expect(try company.ask("handoff_acceptance", row.question)["denominator"]?.double == row.answered)
        // Accepted, and yet nobody called: acceptance is no contact.
        #expect(try company.ask("first_contact_minutes")["censored"] == 1)
    }
}
