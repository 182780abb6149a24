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
    let all: [Group]
    /// For each fact the place of its pair of numbers among those found, and for each of these that of its group.
    let pairs: [Int32]
    let placeOfPair: [Int32]

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
        let (found, pairs) = Self.combine(numbers)
        try self.init(found, pairs, by: dimensions, reader, question)
    }

    /// The groups of some pairs, each found once.
    init(
        _ found: Pairs, by dimensions: [Dimension], _ reader: DimensionReader, _ question: Question
    ) throws(MetricFault) {
        try self.init(found, found.first.indices.map { Int32($0) }, by: dimensions, reader, question)
    }

    /// The place of a fact's group.
    @inline(__always)
    func place(ofFact index: Int) -> Int { Int(placeOfPair[Int(pairs[index])]) }

    private init(
        _ found: Pairs, _ pairs: [Int32], by dimensions: [Dimension], _ reader: DimensionReader, _ question: Question
    ) throws(MetricFault) {
        guard found.first.count <= Self.countMax else { throw .tooManyGroups(found.first.count) }
        let time = dimensions.firstIndex(where: \.isTime)
        let units = time.flatMap { Self.units(dimensions[$0], $0 == 0 ? found.first : found.second, reader, question) }
        // Before they are given keys, which takes longer than all else.
        if let units, units.numbers.count > Self.countMax { throw .tooManyGroups(units.numbers.count) }
        let rankings = dimensions.enumerated().map { place, dimension in
            Ranking(
                (place == 0 ? found.first : found.second)
                    + (place == time ? units?.numbers.map(DimensionReader.code) ?? [] : []), dimension, reader)
        }
        let width = dimensions.count == 2 ? rankings[1].keys.count : 1
        let codes = found.first.indices.map { place in
            rankings[0][found.first[place]] * width
                + (dimensions.count == 2 ? rankings[1][found.second[place]] : 0)
        }
        var empty: [Int] = []
        var toCome: Set<Int> = []
        if let units, let time {
            let others = dimensions.count == 2 ? rankings[1 - time].keys.count : 1
            let count = units.numbers.count * others
            guard count <= Self.countMax else { throw .tooManyGroups(count) }
            for number in units.numbers {
                let place = rankings[time][DimensionReader.code(number)]
                let first = units.unit.firstDay(ofUnit: number)
                if question.zone.start(of: max(first, units.start ?? first)) >= question.asOf { toCome.insert(place) }
                empty += (0..<others).map { time == 0 ? place * width + $0 : $0 * width + place }
            }
        }
        let ranks = Ranks(codes + empty)
        let all = ranks.inOrder
        self.dimensions = dimensions
        keys = rankings.map(\.keys)
        self.pairs = pairs
        placeOfPair = codes.map { Int32(truncatingIfNeeded: ranks.place(of: $0)) }
        var hasFacts = [Bool](repeating: false, count: all.count)
        for place in placeOfPair { hasFacts[Int(place)] = true }
        self.all = all.indices.map { place in
            let (first, second) = (all[place] / width, all[place] % width)
            let isToCome = !hasFacts[place] && toCome.contains(time == 0 ? first : second)
            return Group(first: Int32(first), second: Int32(second), isToCome: isToCome)
        }
    }

    /// What is told of a length of the calendar that had not begun, in place of what is counted.
    static func toCome(_ name: String = "value") -> [JSON.Member] {
        [.init(name, .null), .init("reason", "it had not begun as of the instant asked for")]
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

    /// The distinct pairs of numbers, and for each fact the place of its pair.
    static func combine(_ numbers: [[Int32]]) -> (found: Pairs, pairs: [Int32]) {
        guard var places = PairPlaces(numbers, count: numbers[0].count) else { return combine(many: numbers) }
        var found: [Int] = []
        var table = [Int32](repeating: -1, count: places.all)
        var pairOfPlace = table.mutableSpan
        var pairs = places.ofFact.mutableSpan
        for index in pairs.indices {
            let place = Int(pairs[index])
            if pairOfPlace[place] < 0 {
                pairOfPlace[place] = Int32(truncatingIfNeeded: found.count)
                found.append(place)
            }
            pairs[index] = pairOfPlace[place]
        }
        return (places.pairs(at: found), places.ofFact)
    }

    /// The same of numbers that lie far apart.
    private static func combine(many numbers: [[Int32]]) -> (found: Pairs, pairs: [Int32]) {
        var found = Pairs()
        var known: [Int64: Int32] = [:]
        let pairs = numbers[0].indices.map { index in
            let (first, second) = (numbers[0][index], numbers.count > 1 ? numbers[1][index] : 0)
            let code = Int64(first) << 32 | Int64(UInt32(bitPattern: second))
            if let place = known[code] { return place }
            let place = Int32(truncatingIfNeeded: found.first.count)
            known[code] = place
            found.first.append(first)
            found.second.append(second)
            return place
        }
        return (found, pairs)
    }

    /// The lengths of the calendar that a period spans.
    private struct Units {
        let unit: CalendarUnit
        let numbers: ClosedRange<Int32>
        /// Where the period begins, where the question says so.
        let start: Day?
    }

    /// The lengths of the calendar in the period; one without a beginning spans what was counted.
    private static func units(
        _ dimension: Dimension, _ found: [Int32], _ reader: DimensionReader, _ question: Question
    ) -> Units? {
        guard let unit = dimension.calendarUnit else { return nil }
        let start = question.from.map { Day(number: reader.days.day(of: $0.milliseconds)) }
        // A period with a beginning ends where it says, or now.
        let end = (question.to ?? question.from.map { _ in question.asOf }).map { end in
            Day(number: reader.days.day(of: end.milliseconds - 1))
        }
        let known = found.filter { $0 != DimensionReader.none }.map(DimensionReader.unit(ofCode:))
        guard let first = start.map(unit.number) ?? known.min(), let last = end.map(unit.number) ?? known.max(),
            first <= last
        else { return nil }
        return Units(unit: unit, numbers: first...last, start: start)
    }
}

/// The keys along one dimension in their order, each once, and where the key of a number stands among them.
private struct Ranking {
    let keys: [GroupKey]
    private let numbers: Ranks
    /// The place of the key of each number in its order.
    private let places: [Int]

    init(_ some: [Int32], _ dimension: Dimension, _ reader: DimensionReader) {
        let numbers = Ranks(some.map { Int($0) })
        let keyOf = numbers.inOrder.map { reader.key(Int32(truncatingIfNeeded: $0), dimension) }
        var keys: [GroupKey] = []
        var places = [Int](repeating: 0, count: keyOf.count)
        let names = keyOf.map { $0.label ?? $0.key ?? "" }
        let order = keyOf.indices.sorted { first, second in
            if keyOf[first].order != keyOf[second].order { return keyOf[first].order < keyOf[second].order }
            if names[first] != names[second] { return names[first] < names[second] }
            return (keyOf[first].key ?? "") < (keyOf[second].key ?? "")
        }
        for index in order {
            // Two numbers may mean one key, as of records that are gone: their facts are of one group.
            if keys.last != keyOf[index] { keys.append(keyOf[index]) }
            places[index] = keys.count - 1
        }
        (self.keys, self.numbers, self.places) = (keys, numbers, places)
    }

    /// The place of a number's key, which must be one of those ranked.
    subscript(number: Int32) -> Int { places[numbers.place(of: Int(number))] }
}
