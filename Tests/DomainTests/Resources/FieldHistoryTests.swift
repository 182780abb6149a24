import Domain
import JSON
import Store
import TestSupport
import Testing

@Suite("The history of a record's fields")
struct FieldHistoryTests {
    /// What is done to a deal that was opened on the first of March at 100, and what its amounts were until when.
    static let lives: [(name: String, deeds: [Deed], history: [String])] = [
        ("nothing changes", [], []),
        ("what is not kept changes", [.patch("2026-04-01", ["next_step": "call"])], []),
        ("an amount changes", [.patch("2026-04-01", amount(200))], ["100 until 2026-04-01"]),
        (
            "two change, then nothing",
            [.patch("2026-04-01", amount(200)), .patch("2026-05-01", amount(300)), .patch("2026-06-01", amount(300))],
            ["100 until 2026-04-01", "200 until 2026-05-01"]
        ),
        (
            "two at once",
            [.patch("2026-04-01", amount(200)), .patch("2026-04-01", amount(300))], ["100 until 2026-04-01"]
        ),
        (
            "it goes and comes back",
            [.patch("2026-04-01", ["amount": nil]), .patch("2026-05-01", amount(100))],
            ["100 until 2026-04-01", "none until 2026-05-01"]
        ),
        ("it is won for what it is worth", [.act("2026-04-01", "win", at: "2026-04-01")], []),
        (
            "it is won for less", [.act("2026-06-01", "win", at: "2026-05-01", amount(90))],
            ["100 until 2026-05-01"]
        ),
        (
            "it is won for less before its amount changed",
            [.patch("2026-06-01", amount(200)), .act("2026-06-02", "win", at: "2026-05-01", amount(90))],
            ["100 until 2026-05-01"]
        ),
        (
            "it is won before its amount changed",
            [.patch("2026-06-01", amount(200)), .act("2026-06-02", "win", at: "2026-05-01")],
            ["100 until 2026-05-01"]
        ),
        (
            "it is won, reopened and won for more",
            [
                .act("2026-04-01", "win", at: "2026-04-01"), .act("2026-05-01", "reopen", at: "2026-05-01"),
                .act("2026-06-01", "win", at: "2026-06-01", amount(500)),
            ], ["100 until 2026-06-01"]
        ),
    ]

    private static func amount(_ amount: Int64) -> JSON {
        ["amount": ["amount": .integer(amount), "currency": "EUR"]]
    }

    @Test("says what each was until it changed", arguments: lives)
    func history(_ life: (name: String, deeds: [Deed], history: [String])) throws {
        let company = try Company()
        company.setTime("2026-03-01T00:00:00Z")
        let deal = try company.create("deals", ["name": "D", "amount": ["amount": 100, "currency": "EUR"]])
        for deed in life.deeds {
            company.setTime("\(deed.day)T00:00:00Z")
            switch deed.what {
            case .patch(let input): try company.patch(deal, input)
            case .act(let action, let time, let input):
                try company.act(
                    action, deal, .object([.init("at", .string("\(time)T00:00:00Z"))] + (input.members ?? [])))
            }
        }
        let record = try #require(company.view.record("deals", deal.id))
        #expect(told(record) == life.history, "\(life.name)")
    }

    private func told(_ deal: Record) -> [String] {
        let amount = deal.schema.fields.first { $0.name == "field_history" }?.type.parts.firstIndex {
            $0.name == "amount"
        }
        return deal["field_history"].elements.map { entry in
            let was = amount.flatMap { entry.parts[$0].money }.map { "\($0.amount)" } ?? "none"
            return "\(was) until \(entry.parts[0].instant?.day.description ?? "")"
        }
    }

    struct Deed {
        enum What {
            case patch(JSON)
            case act(String, at: String, JSON)
        }

        let day: String
        let what: What

        static func patch(_ day: String, _ input: JSON) -> Deed { Deed(day: day, what: .patch(input)) }
        static func act(_ day: String, _ action: String, at time: String, _ input: JSON = [:]) -> Deed {
            Deed(day: day, what: .act(action, at: time, input))
        }
    }

    @Test("dates back what an act tells alone")
    func pipelineBefore() throws {
        let company = try Company()
        company.setTime("2026-03-01T00:00:00Z")
        let deal = try company.create("deals", ["name": "D", "amount": ["amount": 100, "currency": "EUR"]])
        let stages: JSON = [["name": "new", "win_percent": 10], ["name": "last", "win_percent": 20]]
        let pipeline = try company.create("pipelines", ["name": "P", "stages": stages])
        for (day, value) in [("2026-05-01", 200), ("2026-06-01", 300)] as [(String, Int64)] {
            company.setTime("\(day)T00:00:00Z")
            try company.patch(deal, Self.amount(value))
        }
        company.setTime("2026-07-01T00:00:00Z")
        let moved = try company.act(
            "move", deal, ["stage": "new", "pipeline_id": pipeline.ref, "at": "2026-04-01T00:00:00Z"])
        #expect(told(moved) == ["100 until 2026-04-01", "100 until 2026-05-01", "200 until 2026-06-01"])
        let part = try #require(
            Deal.schema.fields.first { $0.name == "field_history" }?.type.parts.firstIndex {
                $0.name == "pipeline_id"
            })
        let pipelines = moved["field_history"].elements.map { $0.parts[part].reference }
        #expect(pipelines == [deal["pipeline_id"].reference, pipeline.id, pipeline.id])
    }

    @Test("has whose a lead was, and no deal's time moves that")
    func owners() throws {
        let company = try Company()
        company.setTime("2026-03-01T00:00:00Z")
        let users = try ["A", "B"].map { try company.create("users", ["name": .string($0), "role": "sales_manager"]) }
        let lead = try company.create("leads", ["name": "L", "owner_id": users[0].ref])
        company.setTime("2026-05-01T00:00:00Z")
        try company.patch(lead, ["owner_id": users[1].ref])
        try company.create(
            "deals", ["name": "D", "lead_ids": [lead.ref], "opened_at": "2026-04-01T00:00:00Z"])
        let record = try #require(company.view.record("leads", lead.id))
        let entry = try #require(record["field_history"].elements.first?.parts)
        #expect(record["field_history"].elements.count == 1)
        #expect(entry == [.instant(instant("2026-05-01T00:00:00Z")), .reference(users[0].id), .null])
        // What it came with it never was without, its score among that.
        try company.create(
            "scoring_rules", ["name": "P", "kind": "fit", "points": 30, "filter": "stage=lead", "is_active": true])
        let scored = try company.create("leads", ["name": "S", "owner_id": users[0].ref])
        #expect(scored["score_band"].text == "25-49" && scored["field_history"].elements.isEmpty)
        // Whom a history names is referred to.
        #expect(throws: Refusal.self) { try company.delete(users[0]) }
    }
}
