import Domain
import Foundation
import JSON
import Store
import TestSupport
import Testing

@testable import Metrics

@Suite("The predicted score")
struct PredictedScoreTests {
    /// A company of closed leads, where forms before the hand-off decide the outcome, and a few that are open.
    ///
    /// - Parameter closed: how many have bought, and how many have not.
    private static func company(
        bought: Int, lost: Int, open: Int = 10, channels: [String] = ["search", "event", "email"]
    ) throws -> Company {
        let company = try Company(at: "2026-10-01T00:00:00Z")
        let rosa = try company.create("users", ["name": "Rosa", "role": "sales_manager"])
        var random = SplitMix(seed: 3)
        for place in 0..<(bought + lost + open) {
            let isOpen = place >= bought + lost
            // One in eight goes against the rule.
            let isLikely = isOpen ? place.isMultiple(of: 2) : (place < bought) != (place.isMultiple(of: 8))
            let lead = try company.create(
                "leads",
                [
                    "name": "Ada", "stage": "mql", "captured_at": "2026-02-01T00:00:00Z",
                    "source": ["channel": .string(channels[place % channels.count])],
                ])
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                try touch(company, lead, "visit", day: Int.random(in: 2...20, using: &random))
            }
            if isLikely {
                for day in 0..<Int.random(in: 1...3, using: &random) { try touch(company, lead, "form", day: 21 + day) }
            }
            let handOff = try company.create(
                "handoffs", ["lead_id": lead.ref, "to": rosa.ref, "submitted_at": "2026-03-01T00:00:00Z"])
            guard !isOpen else { continue }
            try company.act("accept", handOff, ["at": "2026-03-01T01:00:00Z"])
            let deal = try company.create(
                "deals",
                [
                    "name": "A", "lead_ids": .array([lead.ref]), "amount": .euros(1000),
                    "opened_at": "2026-03-02T00:00:00Z",
                ])
            if place < bought {
                try company.act("win", deal, ["at": "2026-04-01T00:00:00Z"])
            } else {
                try company.act("lose", deal, ["at": "2026-04-01T00:00:00Z", "reason": "price"])
            }
        }
        return company
    }

    private static func touch(_ company: Company, _ lead: Record, _ type: String, day: Int, month: String = "02") throws
    {
        try company.create(
            "touches",
            [
                "lead_id": lead.ref, "type": .string(type), "channel": "search",
                "occurred_at": .string("2026-\(month)-\(day < 10 ? "0" : "")\(day)T00:00:00Z"),
            ])
    }

    /// The same for all tests that only read it.
    private static let made = Result { try company(bought: 140, lost: 160) }

    private func report(_ company: Company, seed: UInt64 = 1) throws -> JSON {
        let question = try company.question("as_of=2026-09-01") { $0.seed = seed }
        let report = try PredictedScoreReport(question, in: Facts(of: company.view))
        return .object(report.answer(limit: 1000, offset: 0, tellsScores: true) { _ in true }.members)
    }

    @Test("looks at the channels that come first by name where as many leads are of each, whichever was met first")
    func tiesOfChannels() throws {
        let channels = ["social_media", "search", "referral", "partner", "event", "email", "content", "affiliate"]
        let answer = try report(try Self.company(bought: 56, lost: 56, open: 1, channels: channels))
        let looked = (answer["weights"]?.elements ?? []).compactMap { $0["feature"]?.text }
            .filter { $0.hasPrefix("channel=") }
        #expect(looked == ["affiliate", "content", "email", "event", "partner", "referral"].map { "channel=\($0)" })
    }

    @Test("is refused below 50 of either outcome, with how many there are", arguments: [(49, 60), (60, 49), (0, 0)])
    func refused(bought: Int, lost: Int) throws {
        let company = try Self.company(bought: bought, lost: lost, open: 1)
        let fault = #expect(throws: MetricFault.self) { try report(company) }
        let reason = fault?.reason ?? ""
        #expect(reason.contains("50 leads that bought and 50 that did not"))
        #expect(reason.contains("there are \(bought) and \(lost)"))
    }

    @Test("is told from 50 of each outcome on")
    func enough() throws {
        let answer = try report(Self.company(bought: 50, lost: 50, open: 1))
        #expect(answer["sample"] == ["bought": 50, "lost": 50])
        #expect(answer["count"] == 1)
    }

    @Test("tells buyers from others where forms before the hand-off tell them")
    func discriminates() throws {
        let answer = try report(Self.made.get())
        #expect(answer["sample"] == ["bought": 140, "lost": 160])
        // At capture, of which half of what is judged is, nothing tells them apart.
        #expect((answer["auc"]?.double ?? 0) > 0.7)
        #expect((answer["brier_score"]?.double ?? 1) < 0.25)
        let weights = answer["weights"]?.elements ?? []
        let forms = try #require(weights.first { $0["feature"] == "forms" }?["weight"]?.double)
        #expect(forms > 0)
        // It is what weighs most, since nothing else was made to.
        #expect(weights.allSatisfy { abs($0["weight"]?.double ?? .infinity) <= forms })
        let open = answer["data"]?.elements ?? []
        #expect(open.count == 10)
        let probabilities = open.compactMap { $0["probability"]?.double }
        #expect(probabilities == probabilities.sorted(by: >))
        #expect(probabilities.prefix(5).allSatisfy { $0 > 0.5 })
        #expect(probabilities.suffix(5).allSatisfy { $0 < 0.5 })
    }

    @Test("is what the intercept and the contributions add up to")
    func contributions() throws {
        let company = try Self.made.get()
        let answer = try report(company)
        let facts = Facts(of: company.view)
        let asked = Asked(try Question("as_of=2026-09-01"), of: facts)
        let features = LeadFeatures(asked, asked.closedLeads().map(\.row))
        let weights = answer["weights"]?.elements ?? []
        let intercept = try #require(answer["intercept"]?.double)
        #expect(weights.map { $0["feature"]?.text } == features.names)
        let rows = Dictionary(
            uniqueKeysWithValues: asked.openLeads().map { (facts.record(.leads, $0)?.idText ?? "", $0) })
        for lead in answer["data"]?.elements ?? [] {
            let row = try #require(rows[lead["lead_id"]?.text ?? ""])
            let parts = try zip(weights, features.values(of: row)).map { weight, value in
                let number = { (name: String) in try #require(weight[name]?.double) }
                return try number("weight") * (value - number("mean")) / number("deviation")
            }
            let probability = try #require(lead["probability"]?.double)
            #expect(abs(parts.reduce(intercept, +) - log(probability / (1 - probability))) < 1e-9)
            // Those that are shown are the largest of them.
            let shown = (lead["contributions"]?.elements ?? []).compactMap { $0["contribution"]?.double }
            let largest = parts.sorted { abs($0) > abs($1) }.prefix(3)
            #expect(shown.count == 3)
            #expect(zip(shown, largest).allSatisfy { abs(abs($0) - abs($1)) < 1e-9 })
            let others = try #require(lead["other_contributions"]?.double)
            #expect(abs(shown.reduce(intercept + others, +) - log(probability / (1 - probability))) < 1e-9)
        }
    }

    @Test("learns nothing from what came after the hand-off", .timeLimit(.minutes(10)))
    func noLeakage() throws {
        let company = try Self.company(bought: 60, lost: 60)
        let before = try report(company)
        for lead in company.view.records("leads", after: nil, limit: 1000) where lead["stage"].text == "customer" {
            try Self.touch(company, lead, "form", day: 1, month: "03")
            try Self.touch(company, lead, "form", day: 5, month: "03")
            try Self.touch(company, lead, "content_view", day: 20, month: "05")
        }
        for lead in company.view.records("leads", after: nil, limit: 1000) where lead["stage"].text == "mql" {
            try Self.touch(company, lead, "form", day: 6, month: "03")
        }
        let after = try report(company)
        // The place in the ledger is another, and nothing else.
        #expect(before["seq"] != after["seq"])
        #expect(Self.withoutPlace(after) == Self.withoutPlace(before))
    }

    @Test("does not take who is captured for who is never handed over", .timeLimit(.minutes(10)))
    func landmarks() throws {
        let company = try Company(at: "2026-10-01T00:00:00Z")
        let rosa = try company.create("users", ["name": "Rosa", "role": "sales_manager"])
        func lead(_ captured: String) throws -> Record {
            try company.create("leads", ["name": "Ada", "stage": "mql", "captured_at": .string(captured)])
        }
        // Nothing tells them apart: of 180 a hundred are handed over later, of whom 60 buy; the others are out.
        for place in 0..<180 {
            let lead = try lead("2026-02-01T00:00:00Z")
            guard place < 100 else {
                try company.act("disqualify", lead, ["reason": "no_fit", "at": "2026-03-10T00:00:00Z"])
                continue
            }
            let day = "2026-03-0\(1 + place % 9)"
            let handOff = try company.create(
                "handoffs", ["lead_id": lead.ref, "to": rosa.ref, "submitted_at": .string("\(day)T00:00:00Z")])
            try company.act("accept", handOff, ["at": .string("\(day)T01:00:00Z")])
            let deal = try company.create(
                "deals",
                [
                    "name": "A", "lead_ids": .array([lead.ref]), "amount": .euros(1000),
                    "opened_at": .string("\(day)T02:00:00Z"),
                ])
            let outcome: (String, [String: JSON]) = place < 60 ? ("win", [:]) : ("lose", ["reason": "price"])
            try company.act(outcome.0, deal, .fields(["at": "2026-04-01T00:00:00Z"], outcome.1))
        }
        let fresh = try lead("2026-08-30T00:00:00Z")
        let handed = try lead("2026-08-20T00:00:00Z")
        try company.create(
            "handoffs", ["lead_id": handed.ref, "to": rosa.ref, "submitted_at": "2026-08-25T00:00:00Z"])
        let answer = try report(company)
        func probability(_ lead: Record) -> Double? {
            answer["data"]?.elements?.first { $0["lead_id"]?.text == lead.idText }?["probability"]?.double
        }
        // A third of all that are captured buys, and three in five of those that are handed over.
        #expect(abs((probability(fresh) ?? 0) - 1.0 / 3) < 0.02)
        #expect(abs((probability(handed) ?? 0) - 0.6) < 0.06)
        #expect((answer["auc"]?.double ?? 1) < 0.7)
        #expect(answer["sample"] == ["bought": 60, "lost": 120])
    }

    @Test("counts for who buys late those who came too late to be seen to", .timeLimit(.minutes(10)))
    func slowBuyers() throws {
        let company = try Company(at: "2026-10-01T00:00:00Z")
        let now = instant("2026-10-01T00:00:00Z")
        func days(_ count: Int) -> JSON {
            .string(now.advanced(byMilliseconds: Int64(count) * Instant.dayMilliseconds).description)
        }
        // Two each day for 200 days, of which one in two is out after five days and the other buys after 120.
        for age in 1...200 {
            for place in 0..<2 {
                let lead = try company.create("leads", ["name": "Ada", "captured_at": days(-age)])
                if place == 0, age > 5 {
                    try company.act("disqualify", lead, ["at": days(5 - age), "reason": "a student"])
                }
                guard place == 1, age > 120 else { continue }
                try company.create(
                    "purchases",
                    ["lead_id": lead.ref, "kind": "new", "amount": .euros(100), "occurred_at": days(120 - age)])
            }
        }
        let report = try PredictedScoreReport(try Question("as_of=2026-10-01"), in: Facts(of: company.view))
        let (members, _) = report.answer(limit: 5, offset: 0, tellsScores: false) { _ in true }
        let answer = JSON.object(members)
        #expect(answer["sample"] == ["bought": 80, "lost": 195])
        let told = answer["data"]?.elements?.compactMap { $0["probability"]?.double } ?? []
        // Of the closed 29 in a hundred bought, of all one in two.
        #expect(told.count == 5 && told.allSatisfy { abs($0 - 0.5) < 0.02 }, "\(told)")
        let bins = answer["calibration"]?.elements ?? []
        #expect(bins.allSatisfy { abs(($0["share_observed"]?.double ?? 0) - 0.5) < 0.05 }, "\(bins)")
        #expect(abs((answer["brier_score"]?.double ?? 0) - 0.25) < 0.01)
    }

    @Test("learns from what came before it")
    func learns() throws {
        let company = try Self.company(bought: 60, lost: 60)
        let before = try report(company)
        let lead = try #require(company.view.records("leads", after: nil, limit: 1).first)
        try Self.touch(company, lead, "form", day: 28)
        #expect(Self.withoutPlace(try report(company)) != Self.withoutPlace(before))
    }

    private static func withoutPlace(_ answer: JSON) -> JSON {
        .object((answer.members ?? []).filter { $0.name != "seq" })
    }

    @Test("is the same of the same seed, and of another in all but how it is judged")
    func seeds() throws {
        let company = try Self.made.get()
        let first = try report(company)
        #expect(try report(company) == first)
        let other = try report(company, seed: 2)
        #expect(other["weights"] == first["weights"])
        #expect(other["data"] == first["data"])
        #expect(other["brier_score"] != first["brier_score"])
        #expect(abs((other["auc"]?.double ?? 0) - (first["auc"]?.double ?? 0)) < 0.05)
    }

    @Test("is calibrated on each closed lead once for each moment that it is told at")
    func calibration() throws {
        let answer = try report(Self.made.get())
        let bins = answer["calibration"]?.elements ?? []
        #expect(bins.reduce(0) { $0 + ($1["count"]?.wholeNumber ?? 0) } == 600)
        let bought = bins.reduce(0) { $0 + ($1["share_observed"]?.double ?? 0) * ($1["count"]?.double ?? 0) }
        #expect(abs(bought - 280) < 1e-9)
        let predicted = bins.reduce(0) { $0 + ($1["mean_predicted"]?.double ?? 0) * ($1["count"]?.double ?? 0) }
        #expect(abs(predicted - 280) < 20)
    }

    @Test("pages through the open leads, hides what the asker does not see, and says how many")
    func pages() throws {
        let company = try Self.made.get()
        let report = try PredictedScoreReport(try Question("as_of=2026-09-01"), in: Facts(of: company.view))
        let first = report.answer(limit: 4, offset: 0, tellsScores: true) { _ in true }
        #expect(first.next == 4)
        let last = report.answer(limit: 4, offset: 8, tellsScores: true) { _ in true }
        #expect(last.next == nil)
        #expect(JSON.object(last.members)["data"]?.elements?.count == 2)
        let hidden = JSON.object(report.answer(limit: 4, offset: 0, tellsScores: true) { _ in false }.members)
        #expect(hidden["data"] == [])
        #expect(hidden["hidden"] == 10)
        #expect(hidden["count"] == 0)
    }
}

@Suite("Weights of what was seen to end")
struct CensoringWeightsTests {
    static let weights: [(watched: [Int64], length: Int64, weight: Double)] = [
        ([10, 20, 30, 40], 0, 1), ([10, 20, 30, 40], 10, 1), ([40, 10, 30, 20], 11, 4.0 / 3),
        ([10, 20, 30, 40], 40, 4),
        ([10], 11, 10), (Array(1...100), 100, 10), ([], 1, 10),
    ]

    @Test("are how many were not watched so long", arguments: weights)
    func weight(_ row: (watched: [Int64], length: Int64, weight: Double)) {
        #expect(CensoringWeights(watched: row.watched).weight(endedAfter: row.length) == row.weight)
    }
}
