import Domain
import JSON
import Store
import TestSupport
import Testing

/// The figures a second time, from a list of what happened and nothing else.
@Suite("Figures over deals at random")
struct NaiveTests {
    private struct Story {
        let amount: Int64
        var events: [(day: Int, stage: String)]

        /// The last stage entered before a day, and when.
        func state(asOf day: Int) -> (day: Int, stage: String)? { events.last { $0.day < day } }
    }

    private static let probabilities: [String: Int64] = [
        "prospecting": 10, "qualified": 25, "proposal": 50, "negotiation": 75,
    ]

    @Test("are what a naive count finds, as of any day", arguments: 1...12 as ClosedRange<UInt64>)
    func agrees(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let company = try Company(at: "2027-01-01T00:00:00Z")
        let stories = try (0..<40).map { _ in try Self.live(company, &random) }
        for _ in 0..<25 {
            let from = Int.random(in: 0...300, using: &random)
            let to = Int.random(in: from...360, using: &random)
            let asOf = Int.random(in: 0...360, using: &random)
            let question = "from=\(Self.day(from))&to=\(Self.day(to))&as_of=\(Self.day(asOf))"
            try compareClosed(company, stories, from..<to, asOf, question)
            try compareOpen(company, stories, asOf)
        }
    }

    private func compareClosed(
        _ company: Company, _ stories: [Story], _ period: Range<Int>, _ asOf: Int, _ question: String
    ) throws {
        func closed(_ stage: String) -> [Story] {
            stories.filter { story in
                story.state(asOf: asOf).map { $0.stage == stage && period.contains($0.day) } ?? false
            }
        }
        let (won, lost) = (closed("won"), closed("lost"))
        let revenue = won.reduce(0) { $0 + $1.amount }
        #expect(try company.ask("deals_won", question)["value"] == .integer(Int64(won.count)))
        #expect(try company.ask("deals_lost", question)["value"] == .integer(Int64(lost.count)))
        #expect(try company.ask("revenue", question)["value"]?["amount"] == .integer(revenue))
        let rate = try company.ask("win_rate", question)["value"]?.double
        #expect(rate == (won.isEmpty && lost.isEmpty ? nil : Double(won.count) / Double(won.count + lost.count)))
        let size = try company.ask("average_deal_size", question)["value"]?["amount"]?.double
        #expect(size == (won.isEmpty ? nil : (Double(revenue) / Double(won.count)).rounded(.toNearestOrEven)))
        let days = won.map { Double(($0.state(asOf: asOf)?.day ?? 0) - ($0.events.first?.day ?? 0)) }
        let cycle = try company.ask("sales_cycle_days", question)["mean"]?.double
        #expect(abs((cycle ?? -1) - (days.isEmpty ? -1 : days.reduce(0, +) / Double(days.count))) < 1e-9)
    }

    private func compareOpen(_ company: Company, _ stories: [Story], _ asOf: Int) throws {
        let open = stories.compactMap { story in
            story.state(asOf: asOf).flatMap { state in
                Self.probabilities[state.stage].map { (amount: story.amount, percent: $0) }
            }
        }
        let question = "as_of=\(Self.day(asOf))"
        #expect(try company.ask("deals_open", question)["value"] == .integer(Int64(open.count)))
        let value = open.reduce(0) { $0 + $1.amount }
        #expect(try company.ask("pipeline_value", question)["value"]?["amount"] == .integer(value))
        let weighted = Double(open.reduce(0) { $0 + $1.amount * $1.percent }) / 100
        let found = try company.ask("weighted_pipeline", question)["value"]?["amount"]?.double
        #expect(found == weighted.rounded(.toNearestOrEven))
    }

    /// A deal that is moved, won, lost and reopened as chance has it.
    private static func live(_ company: Company, _ random: inout SplitMix) throws -> Story {
        let amount = Int64.random(in: 1...100_000, using: &random)
        var day = Int.random(in: 0...200, using: &random)
        var story = Story(amount: amount, events: [(day, "prospecting")])
        let deal = try company.create(
            "deals",
            [
                "name": "A", "amount": ["amount": .integer(amount), "currency": "EUR"],
                "opened_at": .string(Self.day(day)),
            ])
        for _ in 0..<Int.random(in: 0...5, using: &random) {
            // Often two things happen on one day: then the later one counts.
            day = min(day + Int.random(in: 0...40, using: &random), 360)
            let last = story.events.last?.stage ?? ""
            let open = probabilities.keys.sorted().filter { $0 != last }
            let stage = open[Int.random(in: 0..<open.count, using: &random)]
            let at = JSON.string(Self.day(day))
            let next: String
            switch (probabilities[last] == nil, Int.random(in: 0..<3, using: &random)) {
            case (true, _):
                try company.act("reopen", deal, ["stage": .string(stage), "at": at])
                next = stage
            case (false, 0):
                try company.act("win", deal, ["at": at])
                next = "won"
            case (false, 1):
                try company.act("lose", deal, ["reason": "price", "at": at])
                next = "lost"
            default:
                try company.act("move", deal, ["stage": .string(stage), "at": at])
                next = stage
            }
            story.events.append((day, next))
        }
        return story
    }

    private static func day(_ number: Int) -> String { Day(number: 20_454 + Int32(number)).description }
}
