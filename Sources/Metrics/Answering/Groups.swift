internal import Domain
internal import JSON
internal import Store

/// The groups that facts fall into along one or two dimensions, in their natural order, empty months included.
struct Groups {
    struct Group {
        /// The places of its keys among those of their dimensions; the second is 0 where there is one dimension.
        let first: Int32
        let second: Int32
        /// Whether it is a length of the calendar that had not begun as of the question.
        var isToCome = false
    }

    /// Pairs of numbers along one or two dimensions; along one, the second ones are 0.
    struct Pairs {
        var first: [Int32] = []
        var second: [Int32] = []
    }

    let dimensions: [Dimension]
    /// The keys along each dimension, in order.
    let keys: [[GroupKey]]
    /// The groups, and for each fact the place of its group among them.
    let all: [Group]
    let places: [Int32]

    private static let countMax = 100_000

    init(
        _ items: [Fact], by dimensions: [Dimension], _ reader: DimensionReader, _ question: Question
    ) throws(MetricFault) {
        try self.init(items, dimensions.map { reader.numbers(of: items, $0) }, by: dimensions, reader, question)
    }

    /// The groups of facts whose numbers along the dimensions are at hand.
    init(
        _ items: [Fact], _ numbers: [[Int32]], by dimensions: [Dimension], _ reader: DimensionReader,
        _ question: Question
    ) throws(MetricFault) {
        let (found, combined) = Self.combine(numbers)
        let span = dimensions.contains(where: \.isTime) ? Self.span(items, reader, question) : nil
        let groups = try Groups(found, by: dimensions, span, reader, question)
        self.init(
            dimensions: dimensions, keys: groups.keys, all: groups.all, places: combined.map { groups.places[Int($0)] })
    }

    /// The groups of some numbers, and the place of each among them.
    init(_ found: Pairs, by dimensions: [Dimension], _ reader: DimensionReader) throws(MetricFault) {
        try self.init(found, by: dimensions, nil, reader, nil)
    }

    private init(dimensions: [Dimension], keys: [[GroupKey]], all: [Group], places: [Int32]) {
        self.dimensions = dimensions
        self.keys = keys
        self.all = all
        self.places = places
    }

    private init(
        _ found: Pairs, by dimensions: [Dimension], _ span: (first: Day, last: Day)?, _ reader: DimensionReader,
        _ question: Question?
    ) throws(MetricFault) {
        guard found.first.count <= Self.countMax else { throw .tooManyGroups(found.first.count) }
        let time = dimensions.firstIndex(where: \.isTime)
        let units = span.flatMap { span in
            time.flatMap { dimensions[$0].calendarUnit }.map { unit in
                (unit, unit.number(of: span.first)...unit.number(of: span.last))
            }
        }
        let rankings = dimensions.enumerated().map { place, dimension in
            Ranking(
                (place == 0 ? found.first : found.second)
                    + (place == time ? units.map { $0.1.map(DimensionReader.code) } ?? [] : []), dimension, reader)
        }
        let width = dimensions.count == 2 ? rankings[1].keys.count : 1
        let codes = found.first.indices.map { place in
            rankings[0][found.first[place]] * width
                + (dimensions.count == 2 ? rankings[1][found.second[place]] : 0)
        }
        var empty: [Int] = []
        var toCome: Set<Int> = []
        if let units, let time, let span, let question {
            let others = dimensions.count == 2 ? rankings[1 - time].keys.count : 1
            guard units.1.count * others <= Self.countMax else { throw .tooManyGroups(units.1.count * others) }
            for number in units.1 {
                let place = rankings[time][DimensionReader.code(number)]
                let start = max(units.0.firstDay(ofUnit: number), span.first)
                if question.zone.start(of: start) >= question.asOf { toCome.insert(place) }
                empty += (0..<others).map { time == 0 ? place * width + $0 : $0 * width + place }
            }
        }
        let all = Self.sorted(codes + empty)
        self.dimensions = dimensions
        keys = rankings.map(\.keys)
        places = codes.map { Int32(Self.place(of: $0, in: all)) }
        var hasFacts = [Bool](repeating: false, count: all.count)
        for place in places { hasFacts[Int(place)] = true }
        self.all = all.indices.map { place in
            let (first, second) = (all[place] / width, all[place] % width)
            let isToCome = !hasFacts[place] && toCome.contains(time == 0 ? first : second)
            return Group(first: Int32(first), second: Int32(second), isToCome: isToCome)
        }
    }

    /// The keys of a group.
    func keys(of group: Group) -> [GroupKey] {
        keys.count == 2 ? [keys[0][Int(group.first)], keys[1][Int(group.second)]] : [keys[0][Int(group.first)]]
    }

    /// The keys of a group as members, and their names where they are ids.
    func members(of group: Group) -> [JSON.Member] {
        let named = zip(dimensions, keys(of: group))
        var members: [JSON.Member] = [
            .init("key", .object(named.map { .init($0.rawValue, $1.key.map { .string($0) } ?? .null) }))
        ]
        let labels = named.compactMap { dimension, key in
            key.label.map { JSON.Member(dimension.rawValue, .string($0)) }
        }
        if !labels.isEmpty { members.append(.init("labels", .object(labels))) }
        return members
    }

    /// In order, each once.
    private static func sorted(_ codes: [Int]) -> [Int] {
        var all: [Int] = []
        for code in codes.sorted() where all.last != code { all.append(code) }
        return all
    }

    private static func place(of code: Int, in all: [Int]) -> Int {
        var (low, high) = (0, all.count)
        while low < high {
            let middle = (low + high) / 2
            if all[middle] < code { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The distinct pairs of numbers, and for each fact the place of its pair.
    private static func combine(_ numbers: [[Int32]]) -> (found: Pairs, places: [Int32]) {
        let first = numbers[0]
        let second = numbers.count > 1 ? numbers[1] : []
        let (low, width) = range(first)
        let (otherLow, otherWidth) = second.isEmpty ? (0, 1) : range(second)
        var found = Pairs()
        var places = [Int32](repeating: 0, count: first.count)
        // Most are few enough for a table of all there could be.
        var table = width * otherWidth <= 4_000_000 ? [Int32](repeating: -1, count: width * otherWidth) : []
        var map: [Int: Int32] = [:]
        for index in first.indices {
            let place =
                (Int(first[index]) - low) * otherWidth + (second.isEmpty ? 0 : Int(second[index]) - otherLow)
            var group = table.isEmpty ? map[place] ?? -1 : table[place]
            if group < 0 {
                group = Int32(found.first.count)
                found.first.append(first[index])
                found.second.append(second.isEmpty ? 0 : second[index])
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

    /// The days of the period; one without a beginning spans what was counted.
    private static func span(
        _ items: [Fact], _ reader: DimensionReader, _ question: Question
    ) -> (first: Day, last: Day)? {
        var (low, high) = (Facts.never, Int64.min)
        // A period with a beginning ends where it says, or now.
        if question.from == nil {
            let facts = items.span
            for place in facts.indices {
                let time = facts[place].at
                low = min(low, time)
                high = max(high, time == Facts.never ? high : time)
            }
        }
        let end = question.to ?? question.from.map { _ in question.asOf }
        let first = question.from?.milliseconds ?? low
        let last = end.map { $0.milliseconds - 1 } ?? high
        guard first <= last, first != Facts.never else { return nil }
        return (Day(number: reader.days.day(of: first)), Day(number: reader.days.day(of: last)))
    }
}

/// The keys along one dimension in their order, each once, and where the key of a number stands among them.
private struct Ranking {
    let keys: [GroupKey]
    private let places: [Int32: Int]

    init(_ numbers: [Int32], _ dimension: Dimension, _ reader: DimensionReader) {
        let named = Set(numbers).map { (number: $0, key: reader.key($0, dimension)) }
            .sorted { Self.precedes($0.key, $1.key) }
        var keys: [GroupKey] = []
        var places: [Int32: Int] = [:]
        for (number, key) in named {
            // Two numbers may mean one key, as of records that are gone: their facts are of one group.
            if keys.last != key { keys.append(key) }
            places[number] = keys.count - 1
        }
        self.keys = keys
        self.places = places
    }

    /// The place of a number's key, which must be one of those ranked.
    subscript(number: Int32) -> Int { places[number] ?? 0 }

    private static func precedes(_ first: GroupKey, _ second: GroupKey) -> Bool {
        if first.order != second.order { return first.order < second.order }
        let (firstName, secondName) = (first.label ?? first.key ?? "", second.label ?? second.key ?? "")
        return firstName == secondName ? (first.key ?? "") < (second.key ?? "") : firstName < secondName
    }
}
