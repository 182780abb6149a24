/// Gathers the values of many records, which come in order of their ids, and sorts them by value at once.
///
/// Each value gets a number when it is first seen, so that what is sorted is small: a million inserts take ten times as
/// long.
struct IndexBuilder {
    private var numbers: [IndexValue: UInt32] = [:]
    private var values: [IndexValue] = []
    /// How many ids each value has.
    private var counts: [Int] = []
    private var entries: [(number: UInt32, id: Identifier)] = []

    /// One value with the place of its ids.
    struct Group: Sendable {
        let value: IndexValue
        let range: Range<Int>
    }

    /// The values in order, each with its ids in order.
    struct Sorted: Sendable {
        let groups: [Group]
        private let ids: [Identifier]

        init(groups: [Group], ids: [Identifier]) {
            self.groups = groups
            self.ids = ids
        }

        /// How many ids there are, of all values.
        var count: Int { ids.count }

        func ids(of group: Group) -> ArraySlice<Identifier> { ids[group.range] }
    }

    mutating func add(_ value: IndexValue, _ id: Identifier) {
        let next = UInt32(values.count)
        let number = numbers[value, default: next]
        if number == next {
            numbers[value] = next
            values.append(value)
            counts.append(0)
        }
        counts[Int(number)] += 1
        entries.append((number, id))
    }

    consuming func sorted() -> Sorted {
        var starts: [Int] = []
        starts.reserveCapacity(counts.count)
        var next = 0
        for count in counts {
            starts.append(next)
            next += count
        }
        var ids = [Identifier](repeating: .least, count: entries.count)
        var places = starts
        for entry in entries {
            ids[places[Int(entry.number)]] = entry.id
            places[Int(entry.number)] += 1
        }
        let groups = sortedNumbers().map { number in
            Group(value: values[number], range: starts[number]..<starts[number] + counts[number])
        }
        return Sorted(groups: groups, ids: ids)
    }

    /// The numbers in order of their values.
    private func sortedNumbers() -> [Int] {
        var plain: [(start: PlainStart, number: Int)] = []
        var others: [Int] = []
        for (number, value) in values.enumerated() {
            if let start = value.plainStart { plain.append((start, number)) } else { others.append(number) }
        }
        plain.sort { left, right in
            if left.start.high != right.start.high { return left.start.high < right.start.high }
            if left.start.low != right.start.low { return left.start.low < right.start.low }
            return values[left.number] < values[right.number]
        }
        others.sort { values[$0] < values[$1] }
        return merge(plain.lazy.map(\.number), others)
    }

    private func merge(_ left: some RandomAccessCollection<Int>, _ right: [Int]) -> [Int] {
        if right.isEmpty { return Array(left) }
        var merged: [Int] = []
        merged.reserveCapacity(left.count + right.count)
        var next = 0
        for number in left {
            while next < right.count, values[right[next]] < values[number] {
                merged.append(right[next])
                next += 1
            }
            merged.append(number)
        }
        return merged + right[next...]
    }
}

/// The kind of a value and its first 15 bytes as two numbers, which order as the values do, as far as they go.
private struct PlainStart {
    var high: UInt64
    var low: UInt64
}

extension IndexValue {
    /// `nil` for a text that is not ASCII: texts order by their normal forms, of which the first bytes tell nothing.
    fileprivate var plainStart: PlainStart? {
        switch self {
        case .missing: PlainStart(high: 0, low: 0)
        case .number(let number): PlainStart(high: 1 << 56, low: UInt64(bitPattern: number) ^ 1 << 63)
        case .real: PlainStart(high: 2 << 56, low: 0)
        case .identifier: PlainStart(high: 3 << 56, low: 0)
        case .text(let text): Self.plainStart(of: text)
        }
    }

    private static func plainStart(of text: String) -> PlainStart? {
        var start = PlainStart(high: 4 << 56, low: 0)
        var place: UInt64 = 1
        for byte in text.utf8 {
            if byte >= 0x80 { return nil }
            if place < 8 {
                start.high |= UInt64(byte) << (56 - 8 * place)
            } else if place < 16 {
                start.low |= UInt64(byte) << (120 - 8 * place)
            }
            place += 1
        }
        return start
    }
}
