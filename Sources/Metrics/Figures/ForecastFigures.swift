internal import Domain
internal import Store

/// Figures that look ahead from the pipeline.
enum ForecastFigures {
    static let all = [
        Metric(
            "pipeline_velocity", unit: "money/day", .composed(velocity), of: [.deals], bases: [],
            dimensions: Dimension.people + [.product, .industry, .channel, .source, .campaign],
            "Open deals as of the instant × win rate × average size of won deals ÷ mean sales cycle in days, the last three over the 90 days before. It promises too much where lost deals stay open for longer than won ones."
        ) { asked throws(MetricFault) in
            let trailing = asked.asOf - 90 * Instant.dayMilliseconds..<asked.asOf
            let won = try asked.wonDeals(in: trailing)
            return asked.open() + won.map { $0.asPart(1) }
                + asked.closed(in: trailing).map { $0.asPart(2) }
                + won.compactMap { asked.cycle(of: $0) }.map { $0.asPart(3) }
        },
        Metric(
            "pipeline_coverage", unit: "ratio", .composed(coverage), of: [.deals, .purchases],
            dimensions: Dimension.people + [.campaign], sides: [[.deals], [.goals], [.deals, .purchases]],
            isWholeAskedAlone: true,
            "The amounts of open deals expected to close in the period, of which some is to come, ÷ (the revenue goal of the scope, as of quota_attainment, − revenue in the period so far); null where the goal is met."
        ) { asked throws(MetricFault) in
            try asked.expectedDeals() + asked.revenueGoals().map { $0.asPart(1) }
                + asked.revenue().map { $0.asPart(2) }
        },
        Metric(
            "quota_attainment", unit: "ratio", course: .grows,
            .composed(.ratio(.init(name: "revenue", measure: .money), .init(name: "goal", measure: .money))),
            of: [.deals, .purchases], dimensions: Dimension.people + [.campaign],
            sides: [[.deals, .purchases], [.goals]], isWholeAskedAlone: true,
            "Revenue in the period ÷ the revenue goals of the scope that lie in it, by their days: of users where it is cut by owner, of teams where by team, manager or region, of campaigns where by campaign, else the company's. A deal is its owner's, so it counts once for a team."
        ) { asked throws(MetricFault) in
            try asked.revenue() + asked.revenueGoals().map { $0.asPart(1) }
        },
        Metric(
            "forecast", unit: "money", .composed(landing), of: [.deals],
            dimensions: Dimension.people + [
                .product, .industry, .month, .quarter,
            ], looksAhead: true,
            "Landing: won in the period so far + the amounts of open deals expected to close in it × the probability of their stage; one whose day has gone by is expected now, and none in a period that is over. Commit and best case add the open deals of those forecast categories whole; what is lost is 0, and what is omitted is not in it."
        ) { asked throws(MetricFault) in try asked.forecast() },
        Metric(
            "forecast_accuracy", unit: "ratio", .composed(accuracy), of: [.deals],
            dimensions: Dimension.people + [.product], parameters: ["forecast_day"],
            "1 − abs(forecast − actual) ÷ actual: what was won in the period against the landing forecast as of its forecast_day, the first where not given."
        ) { asked throws(MetricFault) in try asked.forecastThen() },
        Metric(
            "forecast_bias", unit: "ratio", better: .neither, .composed(bias), of: [.deals],
            dimensions: Dimension.people + [.product], parameters: ["forecast_day"],
            "(forecast − actual) ÷ actual: above 0 it promised too much."
        ) { asked throws(MetricFault) in try asked.forecastThen() },
    ]

    private static let velocity = Composition(parts: [
        .init(name: "open_deals", measure: .count), .init(name: "won_amount", measure: .money),
        .init(name: "closed_deals", measure: .count), .init(name: "cycle_days", measure: .days),
    ]) { parts in
        guard parts[2].count > 0 else { return .none("no deal was closed in the 90 days before") }
        guard parts[3].count > 0 || parts[1].count == 0 else {
            return .none("nobody knows when the deals won in the 90 days before were opened")
        }
        let days = parts[3].sum / Double(Instant.dayMilliseconds)
        guard days > 0 else { return .none("the deals won in the 90 days before took no time") }
        let winRate = Double(parts[1].count) / Double(parts[2].count)
        let size = parts[1].sum / Double(parts[1].count)
        return .amount(Double(parts[0].count) * winRate * size / (days / Double(parts[3].count)))
    }

    private static let coverage = Composition(parts: [
        .init(name: "expected_pipeline", measure: .money), .init(name: "goal", measure: .money),
        .init(name: "revenue", measure: .money),
    ]) { parts in
        guard parts[1].count > 0 else { return .none("there is no revenue goal of this scope in the period") }
        let left = parts[1].sum - parts[2].sum
        return left > 0 ? .number(parts[0].sum / left) : .none("the goal is met")
    }

    private static let landing = Composition(
        parts: [
            .init(name: "won", measure: .money), .init(name: "weighted_open", measure: .money),
            .init(name: "commit_open", measure: .money), .init(name: "best_case_open", measure: .money),
        ], weighedPart: 1
    ) { .money($0[0].hundredths + $0[1].hundredths, by: 1) }

    private static let actual = [
        Composition.Part(name: "forecast", measure: .money), .init(name: "actual", measure: .money),
    ]
    private static let accuracy = Composition(parts: actual, isQuotient: false, factor: nil) { parts in
        parts[1].sum == 0
            ? .none("nothing was won in the period") : .number(1 - abs(parts[0].sum - parts[1].sum) / parts[1].sum)
    }
    private static let bias = Composition(parts: actual, isQuotient: false) { parts in
        parts[1].sum == 0
            ? .none("nothing was won in the period") : .number((parts[0].sum - parts[1].sum) / parts[1].sum)
    }
}

extension Asked {
    /// How long a won deal took, from opened to closed; `nil` where nobody knows.
    func cycle(of fact: Fact) -> Fact? {
        let opened = facts.deals.openedAt[Int(fact.row)]
        guard opened != Facts.never else { return nil }
        var fact = fact
        fact.value = fact.at - opened
        fact.marks = []
        return fact
    }

    /// The open deals that are expected to close in the period, which may lie ahead, each at that day, or now where that has
    /// gone by.
    func expectedDeals() throws(MetricFault) -> [Fact] {
        // In a period that is over nothing closes any more.
        guard question.to.map({ $0 > question.asOf }) ?? true else { return [] }
        let zone = question.zone
        let today = zone.day(of: question.asOf).number
        let first = question.from.map { zone.day(of: $0).number } ?? .min
        let last = question.to.map { zone.day(of: $0.advanced(byMilliseconds: -1)).number } ?? .max
        return try openDeals().compactMap { fact in
            let day = facts.deals.expectedOn[Int(fact.row)]
            guard day != .max, day >= first, day <= last else { return nil }
            var fact = fact
            fact.at = zone.start(of: Day(number: max(day, today))).milliseconds
            return fact
        }
    }

    /// Part 0 what was won in the period so far, part 1 what is expected of the rest, parts 2 and 3 those of it that are
    /// said to be sure or likely.
    func forecast() throws(MetricFault) -> [Fact] {
        let stages = PipelineReader(self)
        let commit = facts.words.known("commit")
        let bestCase = facts.words.known("best_case")
        var found = try wonDeals()
        for fact in inForecast(try expectedDeals()) {
            var weighted = fact.asPart(1)
            weighted.percent = stages.winPercent(of: fact)
            found.append(weighted)
            let category = facts.deals.forecastCategory[Int(fact.row)]
            if category == WordList.none { continue }
            if category == commit { found.append(fact.asPart(2)) }
            if category == commit || category == bestCase { found.append(fact.asPart(3)) }
        }
        return found
    }

    /// Those deals that their owners do not omit from the forecast.
    func inForecast(_ deals: [Fact]) -> [Fact] {
        guard let omitted = facts.words.known("omitted") else { return deals }
        return deals.filter { facts.deals.forecastCategory[Int($0.row)] != omitted }
    }

    /// Part 0 what was forecast on a day of the period, part 1 what came.
    fileprivate func forecastThen() throws(MetricFault) -> [Fact] {
        guard let from = question.from else {
            throw .needsPeriod("a forecast is of a period")
        }
        let day = question.options.forecastDay
        var then = question
        let first = question.zone.day(of: from)
        then.asOf = question.zone.instant(from, movedTo: Day(number: first.number + Int32(clamping: day)))
        then.to = question.to ?? question.asOf
        // A period that has not begun has no forecast of a day of it, and no actual.
        if day == 0, then.asOf > question.asOf { return [] }
        guard day == 0 || then.asOf < then.to ?? question.asOf else {
            throw .notEnough("there is no day \(day) (forecast_day) in the period, whose days are counted from 0")
        }
        guard then.asOf <= question.asOf else {
            throw .notEnough("day \(day) of the period (forecast_day) has not come yet")
        }
        let promised = try of(then).forecast().filter { $0.part < 2 }.map { fact in
            var fact = fact.asPart(0)
            if isUnfinished { fact.marks.insert(.isUnfinished) }
            return fact
        }
        return promised + (try wonDeals().map { $0.asPart(1) })
    }

    /// The revenue goals of the question's scope that lie in its period.
    func revenueGoals() throws(MetricFault) -> [Fact] {
        let dimensions = question.groupBy + question.filters.map(\.dimension)
        // A team has one manager and one region, and a goal of the company is nobody's.
        let ofTeams: [Dimension] = [.team, .manager, .region]
        let scope =
            dimensions.contains(.owner)
            ? "user"
            : dimensions.contains(.campaign)
                ? "campaign" : dimensions.contains(where: ofTeams.contains) ? "team" : "company"
        guard let wanted = facts.words.known(scope), let revenue = facts.words.known("revenue") else { return [] }
        let sales = facts.words.known("sales")
        let zone = question.zone
        func start(of day: Int32) -> Int64 { zone.start(of: Day(number: day)).milliseconds }
        let (from, to) = (question.from?.milliseconds ?? .min, question.to?.milliseconds ?? .max)
        let goals = facts.goals.facts.indices.filter { row in
            let goal = facts.goals.facts[row]
            // The same days are another time in another zone, and the same quarter.
            return goal.metric == revenue && goal.scope == wanted && start(of: goal.from) >= from
                && start(of: goal.to) <= to
        }
        // A department's year holds its quarters.
        let whole = goals.filter { row in
            !goals.contains { facts.goals.facts[$0].holds(facts.goals.facts[row]) }
        }
        // Both departments have one revenue: where each set a goal for it, sales' is the quota.
        let quotas = whole.filter { row in
            let goal = facts.goals.facts[row]
            return goal.department == sales || !whole.contains { facts.goals.facts[$0].overlaps(goal) }
        }
        var found = try counted(quotas.map { Fact(.goals, Int32($0), at: start(of: facts.goals.facts[$0].from)) })
        for place in found.indices {
            let goal = facts.goals.facts[Int(found[place].row)]
            // By its first day, wherever that begins for who asks.
            try setAmount(of: &found[place], goal.target, at: Int64(goal.from) * Instant.dayMilliseconds)
        }
        return found
    }
}
