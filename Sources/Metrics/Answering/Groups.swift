internal import Domain
internal import Store

/// The groups that facts fall into along one or two dimensions, in their natural order, empty months included.
struct Groups {
    struct Group {
        let keys: [GroupKey]
        /// Whether it is a length of the calendar that had not begun as of the question.
        var isToCome = false
    }

    /// The groups, and for each fact the place of its group among them.
    let all: [Group]
    let places: [Int32]

    private static let countMax = 100_000

    init(
        _ items: [Fact], by dimensions: [Dimension], _ reader: DimensionReader, _ question: Question,
        only kind: FactKind? = nil
    ) throws(MetricFault) {
        try self.init(
            items, dimensions.map { reader.numbers(of: items, $0, only: kind) }, by: dimensions, reader, question)
    }

    /// The groups of facts whose numbers along the dimensions are at hand.
    init(
        _ items: [Fact], _ numbers: [[Int32]], by dimensions: [Dimension], _ reader: DimensionReader,
        _ question: Question
    ) throws(MetricFault) {
        let (found, combined) = Self.combine(numbers)
        let span = dimensions.contains(where: \.isTime) ? Self.span(items, reader, question) : nil
        let ordered = try Self.ordered(found, dimensions, span, reader, question)
        all = ordered.all
        places = combined.map { ordered.places[Int($0)] }
    }

    /// The groups of some numbers, and the place of each among them.
    init(found: [[Int32]], by dimensions: [Dimension], _ reader: DimensionReader) throws(MetricFault) {
        (all, places) = try Self.ordered(found, dimensions, nil, reader, nil)
    }

    private static func ordered(
        _ found: [[Int32]], _ dimensions: [Dimension], _ span: (first: Day, last: Day)?, _ reader: DimensionReader,
        _ question: Question?
    ) throws(MetricFault) -> (all: [Group], places: [Int32]) {
        guard found.count <= countMax else { throw .tooManyGroups(found.count) }
        // A key is made once for all groups that have it.
        var keys = dimensions.map { _ in [Int32: GroupKey]() }
        var groups = found.map { numbers in
            Group(
                keys: numbers.indices.map { place in
                    if let key = keys[place][numbers[place]] { return key }
                    let key = reader.key(numbers[place], dimensions[place])
                    keys[place][numbers[place]] = key
                    return key
                })
        }
        if let question, span != nil {
            let present = Set(groups.map(\.keys))
            for group in try emptyGroups(dimensions, present, span, reader, question)
            where !present.contains(group.keys) {
                groups.append(group)
            }
        }
        // Two numbers may mean one key, as of records that are gone: their facts are of one group.
        let order = groups.indices.sorted { precedes(groups[$0].keys, groups[$1].keys) }
        var places = [Int32](repeating: 0, count: groups.count)
        var all: [Group] = []
        all.reserveCapacity(groups.count)
        for index in order {
            if all.last?.keys != groups[index].keys { all.append(groups[index]) }
            places[index] = Int32(all.count - 1)
        }
        return (all, places)
    }

    /// The distinct pairs of numbers, and for each fact the place of its pair.
    private static func combine(_ numbers: [[Int32]]) -> (found: [[Int32]], places: [Int32]) {
        let first = numbers[0]
        let second = numbers.count > 1 ? numbers[1] : []
        let (low, width) = range(first)
        let (otherLow, otherWidth) = second.isEmpty ? (0, 1) : range(second)
        var found: [[Int32]] = []
        var places = [Int32](repeating: 0, count: first.count)
        // Most are few enough for a table of all there could be.
        var table = width * otherWidth <= 4_000_000 ? [Int32](repeating: -1, count: width * otherWidth) : []
        var map: [Int: Int32] = [:]
        for index in first.indices {
            let place =
                (Int(first[index]) - low) * otherWidth + (second.isEmpty ? 0 : Int(second[index]) - otherLow)
            var group = table.isEmpty ? map[place] ?? -1 : table[place]
            if group < 0 {
                group = Int32(found.count)
                found.append(second.isEmpty ? [first[index]] : [first[index], second[index]])
                if table.isEmpty { map[place] = group } else { table[place] = group }
            }
            places[index] = group
        }
        return (found, places)
    }

    private static func range(_ numbers: [Int32]) -> (low: Int, width: Int) {
        guard let low = numbers.min(), let high = numbers.max() else { return (0, 1) }
        return (Int(low), Int(high) - Int(low) + 1)
    }

    /// The groups of time in which nothing happened, for every key of the other dimension.
    private static func emptyGroups(
        _ dimensions: [Dimension], _ present: Set<[GroupKey]>, _ span: (first: Day, last: Day)?,
        _ reader: DimensionReader, _ question: Question
    ) throws(MetricFault) -> [Group] {
        guard let place = dimensions.firstIndex(where: \.isTime), let unit = dimensions[place].calendarUnit, let span
        else { return [] }
        let others = dimensions.count == 2 ? Set(present.map { $0[1 - place] }).map { [$0] } : [[]]
        var groups: [Group] = []
        let numbers = unit.number(of: span.first)...unit.number(of: span.last)
        guard numbers.count * others.count <= Self.countMax else { throw .tooManyGroups(numbers.count * others.count) }
        for number in numbers {
            let time = reader.key(DimensionReader.code(number), dimensions[place])
            let start = max(unit.firstDay(ofUnit: number), span.first)
            let isToCome = question.zone.start(of: start) >= question.asOf
            groups += others.map { Group(keys: place == 0 ? [time] + $0 : $0 + [time], isToCome: isToCome) }
        }
        return groups
    }

    /// The days of the period; one without a beginning spans what was counted.
    private static func span(
        _ items: [Fact], _ reader: DimensionReader, _ question: Question
    ) -> (first: Day, last: Day)? {
        var (low, high) = (Facts.never, Int64.min)
        // A period with a beginning ends where it says, or now.
        if question.from == nil {
            for fact in items where fact.at != Facts.never {
                low = min(low, fact.at)
                high = max(high, fact.at)
            }
        }
        let end = question.to ?? question.from.map { _ in question.asOf }
        let first = question.from?.milliseconds ?? low
        let last = end.map { $0.milliseconds - 1 } ?? high
        guard first <= last, first != Facts.never else { return nil }
        return (Day(number: reader.days.day(of: first)), Day(number: reader.days.day(of: last)))
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
