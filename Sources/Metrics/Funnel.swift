internal import Domain
public import JSON
public import Store

/// The way of leads from capture to customer: one cohort of distinct leads, the lost included.
public enum Funnel {
    /// What it is, in one sentence.
    public static let definition =
        "Of the leads captured in the period, how many reached each stage since, how long that took, and where the others left; by basis=event, the entries of each stage in the period."

    /// The dimensions it can be cut by.
    public static let dimensions = Dimension.ofLeads

    /// The report, whole and by group.
    public static func answer(_ question: Question, in view: View) -> JSON {
        let reader = DimensionReader(view: view, zone: question.zone)
        let basis = question.basis ?? .cohort
        var walks = basis == .cohort ? cohort(question, in: view) : events(question, in: view)
        walks = walks.filter { walk in
            (question.sees?(walk.fact.record) ?? true)
                && question.filters.allSatisfy { reader.key(of: walk.fact, $0.dimension).key == $0.key }
        }
        var members: [JSON.Member] = [
            .init("report", "funnel"), .init("definition", .string(definition)),
            .init("from", question.from.map { .string($0.description) } ?? .null),
            .init("to", .string((question.to ?? question.asOf).description)), .init("tz", .string(question.zone.name)),
            .init("basis", .string(basis.rawValue)), .init("as_of", .string(question.asOf.description)),
            .init("seq", .integer(view.seq)),
        ]
        members += figures(of: walks, basis)
        if !question.groupBy.isEmpty {
            members.append(.init("groups", .array(groups(of: walks, question, reader, basis))))
        }
        return .object(members)
    }

    /// A lead's way, or one step of it: when it first reached each stage, and where it left.
    ///
    /// A class, since walks are sorted into stages again and again: copying a fact's parts took half of the report.
    private final class Walk {
        let fact: Fact
        var reachedAt: [Stage: Instant] = [:]
        var left: Leaving?

        init(fact: Fact) { self.fact = fact }
    }

    /// How a lead left the way forward, and the furthest stage that it had reached.
    private struct Leaving {
        let isDisqualified: Bool
        let furthest: Stage

        /// Leaving by an entry; `nil` for one that goes forward, and for who is back at a start never left.
        init?(by entry: StageEntry, after before: some Sequence<StageEntry>) {
            let reached = Set(before.map(\.stage))
            furthest = Stage.forward.last { reached.contains($0.rawValue) } ?? .lead
            isDisqualified = entry.stage == Stage.disqualified.rawValue
            guard isDisqualified || entry.stage == Stage.lead.rawValue && furthest != .lead else { return nil }
        }
    }

    private static func cohort(_ question: Question, in view: View) -> [Walk] {
        LeadFigures.entered(.lead, view, question).map { item in
            walk(item.fact, item.entries.filter { LeadFigures.isBefore($0, question.asOf) })
        }
    }

    private static func walk(_ fact: Fact, _ entries: [StageEntry]) -> Walk {
        let walk = Walk(fact: fact)
        for entry in entries {
            guard let stage = Stage(rawValue: entry.stage), let at = entry.enteredAt, walk.reachedAt[stage] == nil
            else {
                continue
            }
            walk.reachedAt[stage] = at
        }
        walk.left = entries.last.flatMap { Leaving(by: $0, after: entries) }
        return walk
    }

    /// What happened in the period, step by step: each is at its own time, and a lead has one of a kind.
    private static func events(_ question: Question, in view: View) -> [Walk] {
        var walks: [Walk] = []
        view.forEach("leads") { lead in
            let entries = StageEntry.all(of: lead)
            let now = LeadFigures.stage(in: entries, asOf: question.asOf)
            var seen: Set<String> = []
            for (index, entry) in entries.enumerated() {
                guard let at = entry.enteredAt, question.contains(at), let stage = Stage(rawValue: entry.stage) else {
                    continue
                }
                let isBack = stage == .disqualified || stage == .lead && index > 0
                guard seen.insert(isBack ? "back to \(entry.stage)" : entry.stage).inserted else { continue }
                let walk = Walk(fact: Fact(record: lead, at: at, stage: now))
                if isBack {
                    walk.left = Leaving(by: entry, after: entries[..<index])
                } else {
                    walk.reachedAt = [stage: at]
                }
                walks.append(walk)
            }
        }
        return walks
    }

    private static func groups(
        of walks: [Walk], _ question: Question, _ reader: DimensionReader, _ basis: Question.Basis
    ) -> [JSON] {
        Groups(walks, by: question.groupBy, reader, question, fact: \.fact).all.map { group in
            let named = zip(question.groupBy, group.keys)
            var members: [JSON.Member] = [
                .init("key", .object(named.map { .init($0.rawValue, $1.key.map { .string($0) } ?? .null) }))
            ]
            let labels = named.compactMap { dimension, key in
                key.label.map { JSON.Member(dimension.rawValue, .string($0)) }
            }
            if !labels.isEmpty { members.append(.init("labels", .object(labels))) }
            return .object(members + figures(of: group.items, basis))
        }
    }

    private static func figures(of walks: [Walk], _ basis: Question.Basis) -> [JSON.Member] {
        var stages: [JSON] = []
        var previous: Stage?
        for stage in Stage.forward {
            stages.append(figures(of: stage, after: previous, walks, basis))
            previous = stage
        }
        return [
            .init("leads", .integer(Int64(Set(walks.map(\.fact.record.id)).count))), .init("stages", .array(stages)),
            .init("left", left(walks)),
        ]
    }

    private static func figures(
        of stage: Stage, after previous: Stage?, _ walks: [Walk], _ basis: Question.Basis
    ) -> JSON {
        let reached = walks.filter { $0.reachedAt[stage] != nil }
        var members: [JSON.Member] = [
            .init("stage", .string(stage.rawValue)), .init("count", .integer(Int64(reached.count))),
        ]
        guard basis == .cohort, let previous else { return .object(members) }
        let before = walks.filter { $0.reachedAt[previous] != nil }
        members.append(.init("of_previous", share(reached.count, of: before.count)))
        members.append(.init("of_all", share(reached.count, of: walks.count)))
        let days = reached.compactMap { walk -> Double? in
            guard let start = walk.reachedAt[previous], let end = walk.reachedAt[stage] else { return nil }
            return Double(end.millisecondsSince(start)) / Double(Instant.dayMilliseconds)
        }.sorted()
        members.append(.init("median_days", Statistics.quantile(days, 0.5).map { .number($0) } ?? .null))
        let p90 = days.count < 5 ? nil : Statistics.quantile(days, 0.9)
        members.append(.init("p90_days", p90.map { .number($0) } ?? .null))
        return .object(members)
    }

    private static func share(_ count: Int, of all: Int) -> JSON {
        all == 0 ? .null : .number(Double(count) / Double(all))
    }

    /// Those who are out, by the furthest stage they had reached, and those who were sent back to the start.
    private static func left(_ walks: [Walk]) -> JSON {
        var disqualified: [Stage: Int64] = [:]
        var recycled: [Stage: Int64] = [:]
        for left in walks.compactMap(\.left) {
            if left.isDisqualified {
                disqualified[left.furthest, default: 0] += 1
            } else {
                recycled[left.furthest, default: 0] += 1
            }
        }
        func json(_ counts: [Stage: Int64]) -> JSON {
            .object(Stage.forward.compactMap { stage in counts[stage].map { .init(stage.rawValue, .integer($0)) } })
        }
        return ["disqualified_after": json(disqualified), "recycled_after": json(recycled)]
    }
}
