internal import Domain
internal import Store

/// What was counted, by the keys of one or two dimensions, in their natural order, empty months included.
struct Groups<Item> {
    struct Group {
        let keys: [GroupKey]
        var items: [Item]
        /// Whether it is a length of the calendar that had not begun as of the question.
        var isToCome = false
    }

    let all: [Group]

    init(
        _ items: [Item], by dimensions: [Dimension], _ reader: DimensionReader, _ question: Question,
        fact: (Item) -> Fact
    ) {
        var groups: [[GroupKey]: Group] = [:]
        for item in items {
            let keys = dimensions.map { reader.key(of: fact(item), $0) }
            groups[keys, default: Group(keys: keys, items: [])].items.append(item)
        }
        let span = Self.span(items.compactMap { fact($0).at }, question)
        for group in Self.emptyGroups(dimensions, Set(groups.keys), span, question) where groups[group.keys] == nil {
            groups[group.keys] = group
        }
        all = groups.values.sorted { Self.precedes($0.keys, $1.keys) }
    }

    /// The groups of time in which nothing happened, for every key of the other dimension.
    private static func emptyGroups(
        _ dimensions: [Dimension], _ present: Set<[GroupKey]>, _ span: (first: Day, last: Day)?, _ question: Question
    ) -> [Group] {
        guard let place = dimensions.firstIndex(where: { $0.calendarUnit != nil }),
            let unit = dimensions[place].calendarUnit, let span
        else { return [] }
        let others = dimensions.count == 2 ? Set(present.map { $0[1 - place] }).map { [$0] } : [[]]
        var groups: [Group] = []
        var day = span.first
        var count = 0
        // Ten thousand units bound what an open question can ask for.
        while day <= span.last, count < 10_000 {
            let time = GroupKey(key: unit.key(of: day), order: 0, label: nil)
            let isToCome = question.zone.start(of: day) >= question.asOf
            groups += others.map { Group(keys: place == 0 ? [time] + $0 : $0 + [time], items: [], isToCome: isToCome) }
            day = unit.dayAfterUnit(of: day)
            count += 1
        }
        return groups
    }

    /// The days of the period; one without a beginning spans what was counted.
    private static func span(_ times: [Instant], _ question: Question) -> (first: Day, last: Day)? {
        let end = question.to ?? question.from.map { _ in question.asOf }
        guard let first = question.from ?? times.min(),
            let last = end.map({ $0.advanced(byMilliseconds: -1) }) ?? times.max(), first <= last
        else { return nil }
        return (question.zone.day(of: first), question.zone.day(of: last))
    }

    private static func precedes(_ left: [GroupKey], _ right: [GroupKey]) -> Bool {
        for (first, second) in zip(left, right) where first != second {
            if first.order != second.order { return first.order < second.order }
            let (firstName, secondName) = (first.label ?? first.key ?? "", second.label ?? second.key ?? "")
            return firstName == secondName ? (first.key ?? "") < (second.key ?? "") : firstName < secondName
        }
        return false
    }
}
