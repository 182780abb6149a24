internal import JSON
internal import Store

/// What the facts of a figure add up to, whole and group by group.
struct Sums {
    private var whole = Tally()
    private var wholeParts: [Tally.Part]
    private var groups: [Tally]
    /// What the parts of the figure add up to, those of the first group first.
    private var parts: [Tally.Part]
    private var lengths = Length.sorted([], groupCount: 0)
    private var distinct: (all: Set<Int64>, groups: [Set<Int64>]) = ([], [])

    /// What facts add up to by group; without groups all are of one.
    struct Added {
        var tallies: [Tally]
        /// Those of the first group first, as many of each.
        var parts: [Tally.Part]

        init(of groups: Groups?, _ metric: Metric) {
            tallies = Array(repeating: Tally(), count: max(1, groups?.all.count ?? 0))
            parts = Array(repeating: Tally.Part(), count: tallies.count * metric.shape.partCount)
        }
    }

    init(_ items: [Fact], _ groups: Groups?, of metric: Metric, _ asked: Asked) {
        var added = Added(of: groups, metric)
        Self.add(items, groups, of: metric, asked, to: &added.tallies, &added.parts)
        self.init(added)
        if let part = metric.shape.weighedPart { settle(part) }
        let groupCount = groups?.all.count ?? 0
        if case .lengths = metric.shape { lengths = Length.sorted(Self.lengths(items, groups), groupCount: groupCount) }
        if case .distinct = metric.shape {
            distinct.all = Set(items.map(\.value))
            distinct.groups = Array(repeating: [], count: groupCount)
            if groups != nil { Self.forEach(items, in: groups) { distinct.groups[$1].insert($0.value) } }
        }
    }

    /// What was added up already.
    init(_ added: Added) {
        (groups, parts) = (added.tallies, added.parts)
        wholeParts = Array(repeating: Tally.Part(), count: parts.count / groups.count)
        for group in groups { whole.add(group) }
        for place in parts.indices { wholeParts[place % wholeParts.count].add(parts[place]) }
    }

    /// Rounds a part to whole minor units so that the groups add up to what all come to with the parts before it, rounded:
    /// the groups with the largest remainders are rounded up, of equal ones the first.
    private mutating func settle(_ part: Int) {
        let partCount = wholeParts.count
        let before = wholeParts[..<part].reduce(0) { $0 + $1.hundredths }
        let whole = Int128(Statistics.roundedQuotient(before + wholeParts[part].hundredths, 100)) * 100 - before
        let places = Array(stride(from: part, to: parts.count, by: partCount))
        let rests = places.map { (parts[$0].hundredths % 100 + 100) % 100 }
        wholeParts[part].hundredths = whole
        guard rests.contains(where: { $0 != 0 }) else { return }
        for (place, rest) in zip(places, rests) { parts[place].hundredths -= rest }
        let left = Int(clamping: (whole - places.reduce(0) { $0 + parts[$1].hundredths }) / 100)
        let order = rests.indices.sorted { rests[$0] == rests[$1] ? $0 < $1 : rests[$0] > rests[$1] }
        for turn in order.prefix(max(0, left)) { parts[places[turn]].hundredths += 100 }
    }

    private static func add(
        _ items: [Fact], _ groups: Groups?, of metric: Metric, _ asked: Asked, to tallies: inout [Tally],
        _ parts: inout [Tally.Part]
    ) {
        let partCount = metric.shape.partCount
        var tallies = tallies.mutableSpan
        var parts = parts.mutableSpan
        switch metric.shape {
        case .count: forEach(items, in: groups) { tallies[$1].rows &+= 1 }
        case .share:
            let isWeighed = asked.question.options.isWeighedByAmount
            forEach(items, in: groups) { tallies[$1].add(share: $0, isWeighed: isWeighed) }
        case .sum, .total: forEach(items, in: groups) { parts[$1].add($0) }
        case .average, .composed:
            forEach(items, in: groups) { fact, place in
                parts[place &* partCount &+ Int(fact.part)].add(fact)
                tallies[place].unfinished &+= fact.marks.contains(.isUnfinished) ? 1 : 0
            }
        case .distinct, .lengths:
            forEach(items, in: groups) { fact, place in
                tallies[place].add(length: fact)
                parts[place].add(fact)
            }
        }
    }

    /// Visits each fact with the place of its group.
    @inline(__always)
    private static func forEach(_ items: [Fact], in groups: Groups?, _ visit: (Fact, Int) -> Void) {
        let items = items.span
        guard let groups else {
            for index in items.indices { visit(items[index], 0) }
            return
        }
        let (pairs, places) = (groups.pairs.span, groups.placeOfPair.span)
        for index in items.indices { visit(items[index], Int(places[Int(pairs[index])])) }
    }

    private static func lengths(_ items: [Fact], _ groups: Groups?) -> [Length] {
        var lengths: [Length] = []
        lengths.reserveCapacity(items.count)
        forEach(items, in: groups) { fact, place in
            guard !fact.marks.contains(.hasNoValue) else { return }
            let isCensored = fact.marks.contains(.isCensored)
            lengths.append(Length(fact.value, isCensored: isCensored, group: Int32(truncatingIfNeeded: place)))
        }
        return lengths
    }

    /// The figure of all facts.
    func whole(of metric: Metric, _ asked: Asked) -> [JSON.Member] {
        Figure(
            whole, wholeParts[...], lengths: lengths.all[...], distinct: distinct.all.count, of: metric, asked.question,
            currency: asked.exchange.currencyText
        ).json
    }

    /// The money of a group in hundredths of a minor unit, where its figure is that alone.
    func money(ofGroup place: Int, _ metric: Metric) -> Int128? {
        guard case .sum = metric.shape, parts[place].withoutValue == 0 else { return nil }
        return parts[place].hundredths
    }

    /// The figure of a group.
    func group(_ place: Int, of metric: Metric, _ asked: Asked) -> [JSON.Member] {
        let count = wholeParts.count
        return Figure(
            groups[place], parts[(place * count)..<(place + 1) * count], lengths: lengths.group(place),
            distinct: distinct.groups.isEmpty ? 0 : distinct.groups[place].count,
            of: metric, asked.question, currency: asked.exchange.currencyText
        ).json
    }
}
