import Domain
import Foundation
import JSON
import Metrics
import Store
import TestSupport
import Testing

/// Random companies over time, asked at random: columns that followed, columns made anew, and plain loops agree.
@Suite("A company that lives as chance has it")
struct LivingTests {
    @Test("has columns in step that say what columns made anew say", arguments: 1...6 as ClosedRange<UInt64>)
    func inStep(seed: UInt64) throws {
        var life = try RandomCompany(seed: seed)
        let live = LiveFacts(life.company.store)
        var random = SplitMix(seed: seed &+ 99)
        for _ in 0..<6 {
            life.live(60)
            let (followed, anew) = (live.now, Facts(of: life.company.view))
            for metric in Catalogue.all {
                let dimension = metric.dimensions[Int.random(in: 0..<metric.dimensions.count, using: &random)]
                let period = metric.isState ? "" : "&from=2024-02-01&to=2025-03-30&tz=America/New_York&compare=previous"
                let question = try Question("group_by=\(dimension.rawValue)\(period)")
                #expect(told(metric, question, followed) == told(metric, question, anew), "\(metric.name) \(dimension)")
            }
            #expect(
                try Funnel.answer(Question("group_by=month"), in: followed).bytes
                    == Funnel.answer(Question("group_by=month"), in: anew).bytes)
        }
    }

    @Test("is asked about a day later as it was asked then", arguments: 1...5 as ClosedRange<UInt64>)
    func asOfThen(seed: UInt64) throws {
        var life = try RandomCompany(seed: seed)
        life.live(240)
        var before: [String: Result<JSON, MetricFault>] = [:]
        let facts = Facts(of: life.company.view)
        let instant = life.goOn(160)
        let later = Facts(of: life.company.view)
        for metric in Catalogue.all {
            for dimension in metric.dimensions {
                for basis in metric.bases.isEmpty ? [nil] : metric.bases.map(Optional.some) {
                    var question = try Question("from=2024-03-01&to=2026-01-01&group_by=\(dimension.rawValue)")
                    if metric.isState { (question.from, question.to) = (nil, nil) }
                    question.asOf = instant
                    question.basis = basis
                    let (then, now) = (figures(metric, question, facts), figures(metric, question, later))
                    #expect(then == now, "\(metric.name) by \(dimension) \(question.basis?.rawValue ?? "")")
                    before[metric.name] = then
                }
            }
        }
        #expect(before.count == Catalogue.all.count)
    }

    /// Fields of which no time is kept: they are as they stand, whatever the instant.
    private static let timeless: Set<Substring> = [
        "version", "updated_at", "timer_at", "consent", "score", "grade", "is_stale", "last_activity_at", "next_step",
    ]

    @Test("is narrowed by a field a day later as it was narrowed then", arguments: 1...3 as ClosedRange<UInt64>)
    func narrowedThen(seed: UInt64) throws {
        var life = try RandomCompany(seed: seed)
        life.live(240)
        let view = life.company.view
        let facts = Facts(of: view)
        let instant = life.goOn(160)
        let later = Facts(of: life.company.view)
        var askedCount = 0
        for metric in Catalogue.all {
            for schema in metric.resources {
                for name in schema.filterablePaths where !Self.timeless.contains(name.prefix { $0 != "." }) {
                    let path = try #require(schema.path(name))
                    let values = [view, life.company.view].flatMap { view in
                        view.records(schema.name, after: nil, limit: 1000).flatMap {
                            path.value(in: $0).keyValues(folding: path.field.isFolded)
                        }
                    }
                    let known = [values.first, values.last].compactMap(\.self)
                    for test in [.isMissing(true), .isAny(of: known)] as [Condition.Test] {
                        var question = try Question("")
                        question.asOf = instant
                        question.conditions = [schema.name: [Condition(path, test)]]
                        question.withoutField = Set(metric.resources.map(\.name)).subtracting([schema.name])
                        let (then, now) = (figures(metric, question, facts), figures(metric, question, later))
                        #expect(then == now, "\(metric.name) by \(schema.name).\(name) \(test)")
                        askedCount += 1
                    }
                }
            }
        }
        #expect(askedCount > 1000)
    }

    @Test("is told straight from columns what it is told fact by fact", arguments: 1...4 as ClosedRange<UInt64>)
    func columns(seed: UInt64) throws {
        var life = try RandomCompany(seed: seed)
        life.live(300)
        let facts = Facts(of: life.company.view)
        let names = ["revenue", "deals_won", "deals_lost", "win_rate", "average_deal_size", "leads_created"]
        for metric in try names.map({ try #require(Catalogue.metric($0)) }) {
            let pairs = metric.dimensions.flatMap { first in metric.dimensions.map { [first, $0] } }
            for dimensions in [[]] + metric.dimensions.map({ [$0] }) + pairs
            where Set(dimensions).count == dimensions.count {
                for rest in ["", "from=2024-03-01&to=2024-12-01&tz=Europe/Berlin", "as_of=2024-07-01&currency=USD"] {
                    var question = try Question(rest)
                    question.groupBy = dimensions
                    var byFacts = question
                    // What is seen is looked at fact by fact.
                    byFacts.sees = { _ in true }
                    #expect(
                        told(metric, question, facts) == told(metric, byFacts, facts),
                        "\(metric.name) \(dimensions) \(rest)")
                }
            }
        }
    }

    /// The figures of an answer, without its place in the ledger.
    private func figures(_ metric: Metric, _ question: Question, _ facts: Facts) -> Result<JSON, MetricFault> {
        told(metric, question, facts).map { answer in
            .object((answer.members ?? []).filter { $0.name != "seq" })
        }
    }

    private func told(_ metric: Metric, _ question: Question, _ facts: Facts) -> Result<JSON, MetricFault> {
        do throws(MetricFault) { return .success(try metric.answer(question, in: facts, rows: .none).json) } catch {
            return .failure(error)
        }
    }

    static let zones = ["UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Auckland", "Asia/Kathmandu"]

    @Test("has the figures that plain loops find, as of any day", arguments: 1...8 as ClosedRange<UInt64>)
    func naive(seed: UInt64) throws {
        var life = try RandomCompany(seed: seed)
        life.live(420)
        // A life in which rules refused everything would agree with anything.
        for kind in ["leads", "touches", "deals", "handoffs", "purchases", "observations", "activities", "merges"] {
            #expect(life.company.view.count(kind) > 0, "\(kind)")
        }
        let facts = Facts(of: life.company.view)
        var random = SplitMix(seed: seed &+ 7)
        for _ in 0..<8 {
            let zone = Self.zones[Int.random(in: 0..<Self.zones.count, using: &random)]
            let days = (0..<3).map { _ in Int.random(in: -20...RandomCompany.days + 40, using: &random) }.sorted()
            func day(_ number: Int) -> String { Day(number: RandomCompany.start + Int32(number)).description }
            let text = "from=\(day(days[0]))&to=\(day(days[1]))&as_of=\(day(days[2]))&tz=\(zone)"
            try compare(Comparison(facts, try Question(text), life.company.view, zone, text))
        }
    }

    // MARK: What is compared

    private struct Comparison {
        let facts: Facts
        let question: Question
        let naive: Naive
        let text: String

        init(_ facts: Facts, _ question: Question, _ view: View, _ zone: String, _ text: String) throws {
            self.facts = facts
            self.question = question
            self.text = text
            naive = Naive(
                view: view, from: try #require(question.from).milliseconds, to: try #require(question.to).milliseconds,
                asOf: question.asOf.milliseconds, zone: try #require(TimeZone(identifier: zone)))
        }

        func ask(_ metric: String, _ change: (inout Question) -> Void = { _ in }) throws -> JSON {
            var question = question
            change(&question)
            return try #require(Catalogue.metric(metric)).answer(question, in: facts, rows: .none).json
        }

        func amount(_ metric: String) throws -> JSON? { try ask(metric)["value"]?["amount"] }
    }

    private func compare(_ comparison: Comparison) throws {
        try compareDeals(comparison)
        try compareLeads(comparison)
        try compareMarketing(comparison)
        for model in AttributionModel.allCases where model != .markov { try compareCredits(comparison, model) }
    }

    private func compareDeals(_ comparison: Comparison) throws {
        let (naive, text) = (comparison.naive, comparison.text)
        let closed = naive.closed()
        let won = closed.filter(\.isWon)
        #expect(try comparison.ask("deals_won")["value"] == .integer(Int64(won.count)), "\(text)")
        #expect(try comparison.ask("deals_lost")["value"] == .integer(Int64(closed.count - won.count)), "\(text)")
        let rate = closed.isEmpty ? nil : Double(won.count) / Double(closed.count)
        #expect(try comparison.ask("win_rate")["value"]?.double == rate, "\(text)")
        let revenue = naive.revenue()
        #expect(try comparison.amount("revenue") == .integer(revenue.values.reduce(0, +)), "\(text)")
        for group in try comparison.ask("revenue", { $0.groupBy = [.month] })["groups"]?.elements ?? [] {
            let month = group["key"]?["month"]?.text ?? ""
            let amount = group["value"]?["amount"]?.wholeNumber
            #expect((amount ?? 0) == revenue[month, default: 0], "\(month) of \(text)")
        }
        for group in try comparison.ask("deals_won", { $0.groupBy = [.owner] })["groups"]?.elements ?? [] {
            let count = won.filter { naive.owner($0.deal) == group["labels"]?["owner"]?.text ?? "none" }.count
            #expect(group["value"] == .integer(Int64(count)), "\(text)")
        }
        let open = naive.openPipeline()
        #expect(try comparison.ask("deals_open")["value"] == .integer(Int64(open.count)), "\(text)")
        #expect(try comparison.amount("pipeline_value") == .integer(open.value), "\(text)")
    }

    private func compareLeads(_ comparison: Comparison) throws {
        let came = comparison.naive.captured()
        #expect(try comparison.ask("leads_created")["value"] == .integer(Int64(came.count)))
        for dimensions in [[Dimension.channel, .stage], [.month, .stage]] {
            let answer = try comparison.ask("leads_created") { $0.groupBy = dimensions }
            for group in answer["groups"]?.elements ?? [] where group["reason"] == nil {
                let key = group["key"]
                let count = came.filter { one in
                    let channel = one.lead["source"].parts.first?.text
                    return one.now == key?["stage"]?.text ?? "none"
                        && (key?["channel"] == nil || channel == key?["channel"]?.text)
                        && (key?["month"] == nil || comparison.naive.month(one.at) == key?["month"]?.text)
                }.count
                #expect(group["value"] == .integer(Int64(count)), "\(comparison.text)")
            }
        }
        let customers = came.filter { $0.reached["customer"].map { at in at >= 0 } ?? false }.count
        let rate = came.isEmpty ? nil : Double(customers) / Double(came.count)
        #expect(try comparison.ask("conversion_rate")["value"]?.double == rate)
        let funnel = try Funnel.answer(comparison.question, in: comparison.facts).json
        for stage in funnel["stages"]?.elements ?? [] {
            let count = came.filter { $0.reached[stage["stage"]?.text ?? ""] != nil }.count
            #expect(stage["count"] == .integer(Int64(count)), "\(comparison.text)")
        }
        let handOffs = comparison.naive.handOffs()
        let acceptance = try comparison.ask("handoff_acceptance")
        #expect(acceptance["numerator"]?.double == Double(handOffs.accepted))
        #expect(acceptance["denominator"]?.double == Double(handOffs.accepted + handOffs.rejected))
        #expect((acceptance["pending"] ?? 0) == .integer(Int64(handOffs.pending)))
    }

    private func compareMarketing(_ comparison: Comparison) throws {
        let spend = comparison.naive.spend()
        #expect(try comparison.amount("spend") == .integer(spend), "\(comparison.text)")
        #expect(try comparison.ask("unique_visitors")["value"] == .integer(Int64(comparison.naive.visitors())))
        let leads = comparison.naive.captured().count
        let cost = try comparison.ask("cost_per_lead")
        if leads == 0 {
            #expect(cost["value"] == .null)
        } else {
            let exact = Double(spend) / Double(leads)
            #expect(abs((cost["value"]?["amount"]?.double ?? .infinity) - exact) <= 0.5, "\(comparison.text)")
        }
    }

    private func compareCredits(_ comparison: Comparison, _ model: AttributionModel) throws {
        let naive = comparison.naive.credits(model)
        for dimension in [Dimension.channel, .campaign] {
            // The chain of what Shapley's coalitions are of is the first dimension of journeys.
            guard model != .shapley || dimension == .channel else { continue }
            var question = comparison.question
            question.groupBy = [dimension]
            question.options.model = model
            let report = try AttributionReport.answer(question, in: comparison.facts)
            #expect(report["difference"]?["amount"] == 0, "\(model) \(comparison.text)")
            for group in report["groups"]?.elements ?? [] {
                let key =
                    group["labels"]?[dimension.rawValue]?.text ?? group["key"]?[dimension.rawValue]?.text ?? "none"
                let own = naive.credits.filter { (dimension == .channel ? $0.channel : $0.campaign) == key }
                let share = own.reduce(0) { $0 + $1.share }
                #expect(abs((group["conversions"]?.double ?? -1) - share) < 1e-9, "\(model) \(key) \(comparison.text)")
                let euros = own.reduce(0) { $0 + $1.euros }
                let told = group["value"]?["amount"]?.double ?? -1
                #expect(abs(told - euros) <= Double(own.count), "\(model) \(key) \(comparison.text)")
            }
        }
    }
}
