internal import JSON
internal import Store

/// What the facts of a figure add up to, whole and group by group.
struct Sums {
    private var whole = Tally()
    private var groups: [Tally]
    /// The keys of the lengths, in order.
    private var lengths: (all: [UInt64], groups: [[UInt64]]) = ([], [])
    private var distinct: (all: Set<Int64>, groups: [Set<Int64>]) = ([], [])

    init(_ items: [Fact], _ groups: Groups?, of metric: Metric) {
        let count = groups?.all.count ?? 0
        self.groups = Array(repeating: Tally(), count: count)
        switch metric.shape {
        case .count:
            whole.rows = Int64(items.count)
            for place in groups?.places ?? [] { self.groups[Int(place)].rows += 1 }
            return
        case .lengths: lengths = Length.sorted(Self.lengths(items, groups), groupCount: count)
        case .distinct:
            distinct.all = Set(items.map(\.value))
            distinct.groups = Array(repeating: [], count: count)
            for (fact, place) in zip(items, groups?.places ?? []) { distinct.groups[Int(place)].insert(fact.value) }
        default: break
        }
        for fact in items { whole.add(fact) }
        for (fact, place) in zip(items, groups?.places ?? []) { self.groups[Int(place)].add(fact) }
    }

    private static func lengths(_ items: [Fact], _ groups: Groups?) -> [Length] {
        items.indices.compactMap { index in
            let fact = items[index]
            if fact.marks.contains(.hasNoValue) { return nil }
            return Length(
                fact.value, isCensored: fact.marks.contains(.isCensored), group: groups?.places[index] ?? 0)
        }
    }

    /// The figure of all facts.
    func whole(of metric: Metric, _ asked: Asked) -> [JSON.Member] {
        figure(whole, lengths.all, distinct.all.count, metric, asked)
    }

    /// The figure of a group.
    func group(_ place: Int, of metric: Metric, _ asked: Asked) -> [JSON.Member] {
        figure(
            groups[place], lengths.groups.isEmpty ? [] : lengths.groups[place],
            distinct.groups.isEmpty ? 0 : distinct.groups[place].count, metric, asked)
    }

    private func figure(
        _ tally: Tally, _ lengths: [UInt64], _ distinct: Int, _ metric: Metric, _ asked: Asked
    ) -> [JSON.Member] {
        Figure(
            tally, lengths: lengths, distinct: Int64(distinct), of: metric, asked.question,
            currency: asked.exchange.currency?.description
        ).json
    }
}
