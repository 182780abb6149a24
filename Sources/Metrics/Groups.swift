internal import Store

/// Facts by the keys of one or two dimensions, in their natural order, empty months included.
struct Groups {
    struct Group {
        let keys: [GroupKey]
        var facts: [Fact]
    }

    let all: [Group]

    init(_ facts: [Fact], by dimensions: [Dimension], _ reader: DimensionReader, _ question: Question) {
        var groups: [[GroupKey]: [Fact]] = [:]
        for fact in facts { groups[dimensions.map { reader.key(of: fact, $0) }, default: []].append(fact) }
        for keys in Self.emptyKeys(facts, dimensions, Set(groups.keys), question) where groups[keys] == nil {
            groups[keys] = []
        }
        all = groups.map { Group(keys: $0.key, facts: $0.value) }.sorted { Self.precedes($0.keys, $1.keys) }
    }

    /// The groups of time in which nothing happened, for every key of the other dimension.
    private static func emptyKeys(
        _ facts: [Fact], _ dimensions: [Dimension], _ present: Set<[GroupKey]>, _ question: Question
    ) -> [[GroupKey]] {
        guard let place = dimensions.firstIndex(where: { $0.calendarUnit != nil }),
            let unit = dimensions[place].calendarUnit, let span = span(facts, question)
        else { return [] }
        var times: [GroupKey] = []
        var day = span.first
        // Ten thousand units bound what an open question can ask for.
        while day <= span.last, times.count < 10_000 {
            times.append(GroupKey(key: unit.key(of: day), order: 0, label: nil))
            day = unit.dayAfterUnit(of: day)
        }
        guard dimensions.count == 2 else { return times.map { [$0] } }
        let others = Set(present.map { $0[1 - place] })
        return times.flatMap { time in others.map { place == 0 ? [time, $0] : [$0, time] } }
    }

    private static func span(_ facts: [Fact], _ question: Question) -> (first: Day, last: Day)? {
        let times = facts.compactMap(\.at)
        let first = question.from ?? times.min()
        let last = question.to.map { $0.advanced(byMilliseconds: -1) } ?? times.max()
        guard let first, let last, first <= last else { return nil }
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
