internal import Domain
public import JSON
internal import Store

/// What the period will bring, how sure that is, and how well it was foretold before.
public enum ForecastReport {
    /// What it is, in one sentence.
    public static let definition =
        "Landing: won so far + open deals expected in the period × the probability of their stage; commit and best case by forecast category, without what is omitted; open deals that were expected before it, or in one that is over, are overdue. The interval is simulated: each open deal is won in time as often as those were that had come to its stage and took longer from there than it has (Aalen and Johansen 1978)."

    /// What it can be narrowed by.
    public static let dimensions = Dimension.people + [.product, .industry]

    private static let runCount = 2000
    private static let pastCount = 6

    /// The report.
    ///
    /// - Throws: ``MetricFault``.
    public static func answer(_ question: Question, in facts: Facts) throws(MetricFault) -> JSON {
        guard question.from != nil, question.to != nil else {
            throw .needsPeriod("a forecast is of a period")
        }
        let asked = Asked(question, of: facts)
        let narrowing = Narrowing(question, DimensionReader(asked))
        let items = try asked.demandingFewestRates { asked throws(MetricFault) in
            try narrowing.apply(to: asked.forecast())
        }
        var sums = [Int128](repeating: 0, count: 4)
        for fact in items where !fact.marks.contains(.hasNoValue) {
            sums[Int(fact.part)] += Int128(fact.value) * Int128(fact.percent)
        }
        var members = asked.head("forecast", definition)
        members += [
            .init("won", asked.money(sums[0])), .init("landing", asked.money(sums[0] + sums[1])),
            .init("commit", asked.money(sums[0] + sums[2])), .init("best_case", asked.money(sums[0] + sums[3])),
        ]
        let open = try asked.demandingFewestRates { asked throws(MetricFault) in
            asked.inForecast(try narrowing.apply(to: asked.openDeals()))
        }
        // Of these nobody says when, so that they are in the simulation and not in the landing.
        let undated = open.count { asked.facts.deals.expectedOn[Int($0.row)] == .max }
        members.append(.init("without_expected_close", .integer(Int64(undated))))
        members.append(.init("overdue", overdue(asked, open)))
        members.append(.init("simulation", simulation(asked, open, won: Double(sums[0]) / 100)))
        members.append(.init("history", .array(try history(question, facts))))
        return .object(members)
    }

    /// The open deals whose day has gone by and that are not expected in the period.
    private static func overdue(_ asked: Asked, _ open: [Fact]) -> JSON {
        let (question, zone) = (asked.question, asked.question.zone)
        let isOver = question.to.map { $0 <= question.asOf } ?? false
        let today = zone.day(of: question.asOf).number
        let first = isOver ? today : min(today, question.from.map { zone.day(of: $0).number } ?? .min)
        let deals = open.filter { asked.facts.deals.expectedOn[Int($0.row)] < first }
        let amounts = deals.filter { !$0.marks.contains(.hasNoValue) }
        return [
            "deals": .integer(Int64(deals.count)),
            "amount": asked.money(amounts.reduce(0) { $0 + Int128($1.value) * 100 }),
        ]
    }

    // MARK: Simulation

    private static func simulation(_ asked: Asked, _ open: [Fact], won: Double) -> JSON {
        let history = CloseHistory(asked)
        let period = (asked.question.from?.milliseconds ?? .min)..<(asked.question.to?.milliseconds ?? .max)
        let worth = open.filter { !$0.marks.contains(.hasNoValue) }
        let chances = worth.compactMap { fact -> (amount: Double, chance: Double)? in
            history.chance(of: fact, wonIn: period, now: asked.asOf).map { (Double(fact.value), $0) }
        }
        var random = SeededNumbers(seed: asked.question.options.seed)
        var totals: [Double] = []
        for _ in 0..<runCount {
            var total = won
            for deal in chances where Double(random.next() >> 11) * 0x1p-53 < deal.chance { total += deal.amount }
            totals.append(total)
        }
        totals.sort()
        func quantile(_ share: Double) -> JSON { asked.money(Statistics.quantile(totals, share) ?? 0) }
        return [
            "seed": .integer(Int64(clamping: asked.question.options.seed)), "runs": .integer(Int64(runCount)),
            "mean": asked.money(totals.reduce(0, +) / Double(runCount)), "low": quantile(0.1),
            "median": quantile(0.5), "high": quantile(0.9), "level": 0.8, "open_deals": .integer(Int64(open.count)),
            "without_amount": .integer(Int64(open.count - worth.count)),
            "without_history": .integer(Int64(worth.count - chances.count)),
        ]
    }

    // MARK: Before

    /// The periods before of the same length, each as it was foretold on its first day.
    private static func history(_ question: Question, _ facts: Facts) throws(MetricFault) -> [JSON] {
        var lines: [JSON] = []
        var period = question
        for _ in 0..<pastCount {
            guard let before = period.period(.previous), let from = before.from, let to = before.to else { break }
            period = before
            // What ends after the instant asked for has no outcome yet.
            guard to <= question.asOf else { continue }
            let asked = Asked(before, of: facts)
            var members: [JSON.Member] = [
                .init("from", .string(from.description)), .init("to", .string(to.description)),
            ]
            for name in ["forecast_accuracy", "forecast_bias"] {
                guard let metric = Catalogue.metric(name) else { continue }
                let items = try metric.narrowed(asked, DimensionReader(asked))
                let figure = Sums(items, nil, of: metric, asked).whole(of: metric, asked)
                members.append(.init(name, figure.first?.value ?? .null))
                if name == "forecast_accuracy", let parts = figure.last?.value.members { members += parts }
            }
            lines.append(.object(members))
        }
        return lines
    }
}

/// How the deals that were in a stage before ended, and when.
private struct CloseHistory {
    private struct Place: Hashable {
        let pipeline: Int32
        let stage: Int32
    }

    private var courses: [Place: CumulativeIncidence] = [:]
    private let facts: Facts

    init(_ asked: Asked) {
        facts = asked.facts
        var seen: [Place: [CumulativeIncidence.Deal]] = [:]
        for row in facts.deals.openedAt.indices {
            guard let state = facts.deals.state(of: row, asOf: asked.asOf),
                asked.sees(Fact(.deals, Int32(row), at: state.at))
            else { continue }
            let pipelines = DealTable.Pipelines(facts.deals, row)
            let end: CumulativeIncidence.End? = asked.isEnd(state.stage) ? state.stage == facts.won ? .won : .lost : nil
            // Of those that are open it is known that they took as long at least.
            let until = end == nil ? asked.asOf : state.at
            // Each counts once, from when it came to the stage last, as an open one stands in it.
            var entered: [Place: Int64] = [:]
            for step in facts.deals.steps[row] where step.at <= until && !asked.isEnd(step.stage) && !step.isImplied {
                entered[Place(pipeline: pipelines.from(step.at), stage: step.stage)] = step.at
            }
            for (place, time) in entered {
                seen[place, default: []].append(CumulativeIncidence.Deal(length: until - time, end: end))
            }
        }
        courses = seen.mapValues(CumulativeIncidence.init)
    }

    /// The chance that an open deal is won in a period; `nil` where none that was in its stage before has ended later.
    func chance(of fact: Fact, wonIn period: Range<Int64>, now: Int64) -> Double? {
        let place = Place(pipeline: facts.deals.pipeline[Int(fact.row)], stage: fact.stage)
        let entered = facts.deals.state(of: Int(fact.row), asOf: now)?.at ?? now
        guard let course = courses[place], course.hasEnds(after: now - entered) else { return nil }
        let (start, end) = (period.lowerBound.subtracting(entered), period.upperBound.subtracting(entered))
        return course.chance(ofWinIn: start..<max(start, end), after: now - entered)
    }
}

extension Int64 {
    /// The difference, at the ends of time where it lies beyond them.
    fileprivate func subtracting(_ other: Int64) -> Int64 {
        let (difference, isBeyond) = subtractingReportingOverflow(other)
        return isBeyond ? (self < 0 ? .min : .max) : difference
    }
}
