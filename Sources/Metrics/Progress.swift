internal import Domain
public import JSON
public import Store

/// How far a goal is: what was reached against the target, and that against how much of the period is gone.
public enum Progress {
    /// `{"goal_id", "metric", "from", "to", "as_of", "actual", "target", "progress", "share_of_period", "pace", "is_on_pace"}`
    ///
    /// `progress` is actual ÷ target, `pace` is actual ÷ what the target demands by now: 1 is just in time. Of what adds up
    /// that is the target × the share of the period that is gone, of what is used up, such as retention, as much of what
    /// is to be left; a state or another ratio has its target at any time. Where less is better the target is a bound, and
    /// what stays below it is on pace.
    /// - Throws: ``MetricFault`` where the figure has none.
    public static func json(
        of goal: Record, at now: Instant, in facts: Facts, sees: (@Sendable (Record) -> Bool)? = nil
    )
        throws(MetricFault) -> JSON
    {
        guard let metric = goal["metric"].text.flatMap(Catalogue.metric), let period = Period(goal) else {
            preconditionFailure("\(goal.idText) was checked when it was written")
        }
        var question = Question(asOf: min(now, period.end))
        question.zone = period.zone
        if !metric.isState { (question.from, question.to) = (period.start, period.end) }
        let scope = scope(of: goal)
        let isTold = scope.map { metric.dimensions.contains($0.dimension) } ?? true
        question.filters = scope.map { [$0] } ?? []
        question.sees = sees
        // Told in the currency of the target, so that one is a share of the other.
        question.currency = goal["target_amount"].money?.currency
        let answer: JSON
        if !isTold {
            answer = [
                "reason": .string("\(metric.name) is not told by \(goal["scope"].text ?? ""), which the goal is for")
            ]
        } else if now < period.start {
            answer = .object(Groups.toCome())
        } else {
            answer = try metric.answer(question, in: facts, rows: .none).json
        }
        let value = answer["value"] ?? .null
        let actual = number(value)
        let target = goal["target_amount"].money.map { Double($0.amount) } ?? goal["target"].double
        let progress = actual.flatMap { actual in target.flatMap { $0 == 0 ? nil : actual / $0 } }
        let gone = period.share(gone: now)
        let due = target.flatMap { metric.course.due($0, gone: gone) }
        let pace = actual.flatMap { actual in due.flatMap { $0 == 0 ? nil : actual / $0 } }
        let isOnPace = actual.flatMap { actual in due.flatMap { metric.isOnPace(actual, against: $0) } }
        return [
            "goal_id": .string(goal.idText), "metric": .string(metric.name), "unit": .string(metric.unit),
            "from": .string(period.start.description), "to": .string(period.end.description),
            "as_of": .string(question.asOf.description), "actual": value,
            "target": goal["target_amount"].money.map { Value.money($0).json(of: .money) } ?? json(target),
            "progress": json(progress), "share_of_period": .number(gone), "pace": json(pace),
            "is_on_pace": isOnPace.map { .bool($0) } ?? .null, "better": .string(metric.better.rawValue),
            "reason": answer["reason"] ?? .null,
        ]
    }

    /// Whom the goal is for, where that is not the company.
    private static func scope(of goal: Record) -> (dimension: Dimension, key: String?)? {
        let scopes: [(String, Dimension, Schema)] = [
            ("team_id", .team, Team.schema), ("user_id", .owner, User.schema),
            ("campaign_id", .campaign, Campaign.schema),
        ]
        for (field, dimension, schema) in scopes {
            if let id = goal[field].reference { return (dimension, schema.text(id)) }
        }
        return nil
    }

    static func number(_ value: JSON) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .number(let number): number
        case .object: value["amount"]?.wholeNumber.map { Double($0) }
        default: nil
        }
    }

    static func json(_ number: Double?) -> JSON { number.map { .number($0) } ?? .null }

    private struct Period {
        let start: Instant
        let end: Instant
        let zone: Zone

        init?(_ goal: Record) {
            guard case .day(let from) = goal["from"], case .day(let to) = goal["to"] else { return nil }
            zone = goal["time_zone"].text.flatMap(Zone.init) ?? .utc
            start = zone.start(of: from)
            end = zone.start(of: to)
        }

        func share(gone now: Instant) -> Double {
            let whole = Double(end.millisecondsSince(start))
            return min(max(Double(now.millisecondsSince(start)) / whole, 0), 1)
        }
    }
}

extension Metric.Course {
    /// What a target demands by when a share of its period is gone; `nil` where that is nothing yet.
    fileprivate func due(_ target: Double, gone: Double) -> Double? {
        switch self {
        case .grows: gone == 0 ? nil : target * gone
        case .shrinks: 1 - (1 - target) * gone
        case .stands: target
        }
    }
}

extension Metric {
    /// Whether a figure is where its target has it by now; `nil` where neither more nor less is better.
    fileprivate func isOnPace(_ actual: Double, against due: Double) -> Bool? {
        switch better {
        case .more: actual >= due
        case .less: actual <= due
        case .neither: nil
        }
    }
}

/// What moved after an insight was applied: its metric before and after, over as many days.
public enum Effect {
    /// `{"insight_id", "metric", "unit", "scope", "applied_at", "days", "is_whole", "before", "after", "change"}`
    ///
    /// Association, not cause: what else changed in those days is in it too. The days after end with now, and those before
    /// are as many.
    /// - Throws: ``MetricFault`` where a figure has none.
    public static func json(
        of insight: Record, days: Int64, at now: Instant, in facts: Facts, sees: (@Sendable (Record) -> Bool)? = nil
    ) throws(MetricFault) -> JSON? {
        guard let applied = insight["settled_at"].instant, insight["status"].text == "applied",
            let metric = insight["metric"].text.flatMap(Catalogue.metric)
        else { return nil }
        let length = days * Instant.dayMilliseconds
        let end = min(applied.advanced(byMilliseconds: length), now)
        func figure(_ from: Instant, _ to: Instant) throws(MetricFault) -> JSON {
            // Each as of its own end: what was begun in one had no longer to end than in the other.
            var question = Question(asOf: to)
            if !metric.isState { (question.from, question.to) = (from, to) }
            question.sees = sees
            return try Self.figure(metric, insight, question, from, to, facts)
        }
        let before = try figure(applied.advanced(byMilliseconds: -end.millisecondsSince(applied)), applied)
        let after = try figure(applied, end)
        let change = Progress.number(after["value"] ?? .null).flatMap { later in
            Progress.number(before["value"] ?? .null).map { later - $0 }
        }
        return [
            "insight_id": .string(insight.idText), "metric": .string(metric.name), "unit": .string(metric.unit),
            "scope": .object(scope(of: insight, metric).map { .init($0.dimension.rawValue, .string($0.key)) }),
            "applied_at": .string(applied.description), "days": .integer(days),
            "is_whole": .bool(applied.advanced(byMilliseconds: length) <= now), "before": before, "after": after,
            "change": Progress.json(change), "change_interval": interval(before, after),
        ]
    }

    /// The bounds of the change of a share at 95 % (Newcombe 1998); `null` of anything else, of which none are told.
    private static func interval(_ before: JSON, _ after: JSON) -> JSON {
        guard let old = Share(before), let new = Share(after) else { return .null }
        let bounds = Statistics.difference(new.value, new.interval, old.value, old.interval)
        return ["low": .number(bounds.low), "high": .number(bounds.high), "level": 0.95]
    }

    private struct Share {
        let value: Double
        let interval: (low: Double, high: Double)

        init?(_ figure: JSON) {
            guard let value = figure["value"].flatMap(Progress.number),
                let low = figure["interval"]?["low"].flatMap(Progress.number),
                let high = figure["interval"]?["high"].flatMap(Progress.number)
            else { return nil }
            (self.value, interval) = (value, (low, high))
        }
    }

    /// What the insight was applied to, as far as the metric can be cut by it; else it is the company's figure.
    private static func scope(of insight: Record, _ metric: Metric) -> [(dimension: Dimension, key: String)] {
        let applied: [(Dimension, String, Schema)] = [
            (.campaign, "applied_to_campaign_id", Campaign.schema), (.content, "applied_to_content_id", Content.schema),
        ]
        return applied.compactMap { dimension, field, schema in
            guard let id = insight[field].reference, metric.dimensions.contains(dimension) else { return nil }
            return (dimension, schema.text(id))
        }
    }

    private static func figure(
        _ metric: Metric, _ insight: Record, _ question: Question, _ from: Instant, _ to: Instant, _ facts: Facts
    ) throws(MetricFault) -> JSON {
        var question = question
        question.filters = scope(of: insight, metric).map { ($0.dimension, $0.key) }
        let answer = try metric.answer(question, in: facts, rows: .none).json
        let names = ["value", "numerator", "denominator", "interval", "n", "unfinished", "reason"]
        let members = (answer.members ?? []).filter { names.contains($0.name) }
        return .object([.init("from", .string(from.description)), .init("to", .string(to.description))] + members)
    }
}
