internal import JSON
internal import Store

/// What the facts of a figure add up to, whole and group by group.
struct Sums {
    private var whole = Tally()
    private var groups: [Tally]
    private var lengths = Length.sorted([], groupCount: 0)
    private var distinct: (all: Set<Int64>, groups: [Set<Int64>]) = ([], [])

    init(_ items: [Fact], _ groups: Groups?, of metric: Metric, _ asked: Asked) {
        let count = groups?.all.count ?? 0
        // Without groups all facts are of one.
        self.groups = Array(repeating: Tally(), count: max(1, count))
        let places = groups?.places
        switch metric.shape {
        case .count:
            if let places {
                for place in places { self.groups[Int(place)].rows += 1 }
            } else {
                self.groups[0].rows = Int64(items.count)
            }
        case .share:
            let isWeighed = asked.question.options.isWeighedByAmount
            Self.add(items, places, to: &self.groups) { $0.add(share: $1, isWeighed: isWeighed) }
        case .sum, .average, .total: Self.add(items, places, to: &self.groups) { $0.add(amount: $1) }
        default: Self.add(items, places, to: &self.groups) { $0.add($1) }
        }
        if case .lengths = metric.shape { lengths = Length.sorted(Self.lengths(items, places), groupCount: count) }
        if case .distinct = metric.shape {
            distinct.all = Set(items.map(\.value))
            distinct.groups = Array(repeating: [], count: count)
            for (fact, place) in zip(items, places ?? []) { distinct.groups[Int(place)].insert(fact.value) }
        }
        for group in self.groups { whole.add(group) }
    }

    @inline(__always)
    private static func add(
        _ items: [Fact], _ places: [Int32]?, to groups: inout [Tally], _ add: (inout Tally, Fact) -> Void
    ) {
        let items = items.span
        guard let places else {
            for index in items.indices { add(&groups[0], items[index]) }
            return
        }
        let place = places.span
        var tallies = groups.mutableSpan
        for index in items.indices { add(&tallies[Int(place[index])], items[index]) }
    }

    /// Groups that were counted already.
    init(counts: [Int64]) {
        groups = counts.map { count in
            var tally = Tally()
            tally.rows = count
            return tally
        }
        for group in groups { whole.add(group) }
    }

    private static func lengths(_ items: [Fact], _ places: [Int32]?) -> [Length] {
        var lengths: [Length] = []
        lengths.reserveCapacity(items.count)
        for index in items.indices where !items[index].marks.contains(.hasNoValue) {
            let fact = items[index]
            lengths.append(
                Length(fact.value, isCensored: fact.marks.contains(.isCensored), group: places?[index] ?? 0))
        }
        return lengths
    }

    /// The figure of all facts.
    func whole(of metric: Metric, _ asked: Asked) -> [JSON.Member] {
        Figure(
            whole, lengths: lengths.all[...], distinct: distinct.all.count, of: metric, asked.question,
            currency: asked.exchange.currencyText
        ).json
    }

    /// The figure of a group.
    func group(_ place: Int, of metric: Metric, _ asked: Asked) -> [JSON.Member] {
        Figure(
            groups[place], lengths: lengths.group(place),
            distinct: distinct.groups.isEmpty ? 0 : distinct.groups[place].count,
            of: metric, asked.question, currency: asked.exchange.currencyText
        ).json
    }
}
