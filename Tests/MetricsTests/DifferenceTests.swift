import Domain
import JSON
import Metrics
import Store
import Testing

@Suite("The difference of two instants")
struct DifferenceTests {
    private static let states = Result { () -> (before: Facts, after: Facts) in
        var life = try RandomCompany(seed: 5)
        life.live(300)
        let before = Facts(of: life.company.view)
        life.live(150)
        return (before, Facts(of: life.company.view))
    }

    static let metrics = Catalogue.all.map(\.name)

    @Test("is the sum of what each row moved, on the clock of what happened", arguments: metrics)
    func business(_ name: String) throws {
        let facts = try Self.states.get().after
        let period = "from=2024-02-01&to=2025-06-01"
        let metric = try #require(Catalogue.metric(name))
        var (first, second) = (try Question(metric.isState ? "" : period), try Question(metric.isState ? "" : period))
        first.asOf = instant("2024-09-01T00:00:00Z")
        second.asOf = instant("2025-04-01T00:00:00Z")
        try check(metric, (first, facts), (second, facts))
    }

    @Test("is the sum of what each row moved, on the clock of what was recorded", arguments: metrics)
    func ledger(_ name: String) throws {
        let (before, after) = try Self.states.get()
        let metric = try #require(Catalogue.metric(name))
        let question = try Question(metric.isState ? "" : "from=2024-02-01&to=2025-06-01")
        try check(metric, (question, before), (question, after))
    }

    private func check(_ metric: Metric, _ first: (Question, Facts), _ second: (Question, Facts)) throws {
        let difference = try Difference(of: metric, first, second)
        let head = JSON.object(difference.head)
        let parts = difference.all.map { $0["moved_by"]?.double }
        guard let moved = head["moved_by"]?.double else {
            #expect(metric.name != "forecast", "a landing is the sum of its rows")
            #expect(head["reason"]?.text != nil)
            return
        }
        #expect(abs(parts.reduce(0) { $0 + ($1 ?? 0) } - moved) < 1e-6 * max(1, abs(moved)))
        guard let before = number(head["before"]), let after = number(head["after"]) else { return }
        // What money adds up to is moved by whole minor units, to the last of them.
        if ["revenue", "pipeline_value", "weighted_pipeline", "discount_given", "forecast"].contains(metric.name),
            metric.unit == "money"
        {
            #expect(after - before == moved && parts.allSatisfy { $0.map { $0 == $0.rounded() } ?? false })
        }
        // Amounts are told in whole minor units.
        #expect(abs(after - before - moved) <= 1.0000001, "\(before) to \(after), moved by \(moved)")
        if before != after, metric.unit != "money" { #expect(abs(after - before - moved) < 1e-6) }
    }

    /// The figure that is moved: the value, or of lengths the mean so far where all have ended.
    private func number(_ side: JSON?) -> Double? {
        guard let side else { return nil }
        if side["n"] != nil { return side["mean"]?.double }
        return side["value"]?["amount"]?.double ?? side["value"]?.double
    }

    @Test("tells which rows entered, left and changed")
    func changes() throws {
        let company = try Company(at: "2026-10-01T00:00:00Z")
        let deal = try company.create(
            "deals",
            ["name": "A", "amount": ["amount": 500, "currency": "EUR"], "opened_at": "2026-03-01T00:00:00Z"])
        let before = Facts(of: company.view)
        try company.patch(deal, ["amount": ["amount": 800, "currency": "EUR"]])
        let other = try company.create(
            "deals",
            ["name": "B", "amount": ["amount": 100, "currency": "EUR"], "opened_at": "2026-03-01T00:00:00Z"])
        let metric = try #require(Catalogue.metric("pipeline_value"))
        let question = try Question("as_of=2026-10-02")
        let difference = try Difference(of: metric, (question, before), (question, Facts(of: company.view)))
        let rows = difference.all
        #expect(rows.map { $0["id"]?.text } == [deal.idText, other.idText])
        #expect(rows.map { $0["change"]?.text } == ["changed", "entered"])
        #expect(rows.map { $0["moved_by"] } == [300, 100])
        #expect(JSON.object(difference.head)["moved_by"] == 400)
        // The other was opened before both instants, though it was told of between them.
        let facts = Facts(of: company.view)
        let moved = try Difference(of: metric, (Question("as_of=2026-09-01"), facts), (question, facts))
        #expect(moved.all.map { $0["id"]?.text } == [deal.idText])
        #expect(JSON.object(moved.head)["moved_by"] == 300)
    }

    @Test("names the deal of each credit, in one order")
    func linked() throws {
        let company = try Company(at: "2026-10-01T00:00:00Z")
        let lead = try company.create("leads", ["name": "A", "captured_at": "2026-01-01T00:00:00Z"])
        try company.create(
            "touches",
            ["lead_id": lead.ref, "type": "click", "channel": "email", "occurred_at": "2026-01-02T00:00:00Z"])
        let deals = try (1...8).map { amount in
            let deal = try company.create(
                "deals",
                [
                    "name": "D", "lead_ids": [lead.ref], "opened_at": "2026-01-03T00:00:00Z",
                    "amount": ["amount": .integer(Int64(amount)), "currency": "EUR"],
                ])
            return try company.act("win", deal, ["at": "2026-02-01T00:00:00Z"])
        }
        let metric = try #require(Catalogue.metric("attributed_revenue"))
        let facts = Facts(of: company.view)
        let difference = try Difference(of: metric, (Question("as_of=2026-01-10"), facts), (Question(""), facts))
        let rows = difference.all
        #expect(rows.map { $0["deal_id"]?.text } == deals.map(\.idText))
        #expect(rows.map { $0["moved_by"] } == (1...8).map { .integer($0) })
    }

    @Test("is of nobody whose place alone is another")
    func samePeople() throws {
        let company = try Company(at: "2026-10-01T00:00:00Z")
        let gone = try company.create("leads", ["name": "A", "captured_at": "2026-01-01T00:00:00Z"])
        let lead = try company.create("leads", ["name": "B", "captured_at": "2026-01-01T00:00:00Z"])
        for visitor: JSON in ["lead", "v"] {
            try company.create(
                "touches",
                [
                    "lead_id": visitor == "lead" ? lead.ref : nil, "visitor_id": visitor == "lead" ? nil : visitor,
                    "type": "visit", "channel": "email", "occurred_at": "2026-01-02T00:00:00Z",
                ])
        }
        let before = Facts(of: company.view)
        try company.delete(gone)
        let metric = try #require(Catalogue.metric("unique_visitors"))
        let difference = try Difference(
            of: metric, (Question(""), before), (Question(""), Facts(of: company.view)))
        #expect(difference.all.isEmpty)
    }
}

extension Difference {
    /// Every row that moved.
    fileprivate var all: [JSON] { rows(after: nil, limit: .max, isSeen: { _ in true }).data }
}
