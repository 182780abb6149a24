/// Gathers the values of many records, which come in order of their ids, and sorts them by value at once.
///
/// What is sorted is 24 bytes a value with its first 15 in them, so that hardly any text is made or compared: inserting a
/// million records takes ten times as long.
struct IndexBuilder {
    private var ids: [Identifier] = []
    private var entries: [Entry] = []
    /// The values that do not stand whole in their entries.
    private var longValues: [IndexValue] = []

    private struct Entry {
        let start: ValueStart
        /// The place of the record's id.
        let record: UInt32
        /// Below 16 the bytes of a value that stands whole in `start`, else 16 more than its place among the long ones.
        let rest: UInt32

        var isWhole: Bool { rest < 16 }
    }

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
        var count: Int { groups.reduce(0) { $0 + $1.range.count } }

        func ids(of group: Group) -> ArraySlice<Identifier> { ids[group.range] }
    }

    /// A builder with room for some records with so many values each; room that is not used costs nothing.
    init(recordCount: Int, valuesMax: Int) {
        ids.reserveCapacity(recordCount)
        entries.reserveCapacity(recordCount * valuesMax)
    }

    // MARK: Gathering

    /// Goes on to the next record, whose values are added then.
    mutating func begin(_ id: Identifier) { ids.append(id) }

    mutating func add(_ value: IndexValue) {
        let start = ValueStart(value)
        if let length = start.wholeLength(of: value) {
            append(start, rest: UInt32(length))
        } else {
            append(start, rest: 16 + UInt32(longValues.count))
            longValues.append(value)
        }
    }

    /// Adds a text of at most 15 bytes, all of them ASCII.
    mutating func add(_ start: ValueStart, length: Int) { append(start, rest: UInt32(length)) }

    private mutating func append(_ start: ValueStart, rest: UInt32) {
        entries.append(Entry(start: start, record: UInt32(ids.count - 1), rest: rest))
    }

    // MARK: Sorting

    consuming func sorted() -> Sorted {
        sortEntries()
        var groups: [Group] = []
        var sortedIDs: [Identifier] = []
        sortedIDs.reserveCapacity(entries.count)
        var first = 0
        while first < entries.count {
            let value = value(of: entries[first])
            var next = first
            let start = sortedIDs.count
            while next < entries.count, isSame(entries[first], entries[next]) {
                // A list can have a value twice, and its record is there once all the same.
                if next == first || entries[next].record != entries[next - 1].record {
                    sortedIDs.append(ids[Int(entries[next].record)])
                }
                next += 1
            }
            groups.append(Group(value: value, range: start..<sortedIDs.count))
            first = next
        }
        return Sorted(groups: Self.merged(groups, &sortedIDs), ids: sortedIDs)
    }

    /// Puts the texts that are not ASCII, which were sorted to the end, where they belong among the others.
    private static func merged(_ groups: [Group], _ ids: inout [Identifier]) -> [Group] {
        guard let first = groups.firstIndex(where: { !ValueStart($0.value).isOfASCII }) else { return groups }
        var merged: [Group] = []
        merged.reserveCapacity(groups.count)
        var others = groups[first...]
        for group in groups[..<first] {
            while let other = others.first, other.value < group.value { merged.append(others.removeFirst()) }
            if let other = others.first, other.value == group.value {
                merged.append(joined(group, others.removeFirst(), &ids))
            } else {
                merged.append(group)
            }
        }
        return merged + others
    }

    /// One group of two whose values are equal, as K and the Kelvin sign are to every text.
    private static func joined(_ left: Group, _ right: Group, _ ids: inout [Identifier]) -> Group {
        let start = ids.count
        ids += Set(ids[left.range] + ids[right.range]).sorted()
        return Group(value: left.value, range: start..<ids.count)
    }

    private mutating func sortEntries() {
        let longValues = longValues
        entries.sort { left, right in
            if left.start.high != right.start.high { return left.start.high < right.start.high }
            if left.start.low != right.start.low { return left.start.low < right.start.low }
            if left.isWhole, right.isWhole {
                return left.rest == right.rest ? left.record < right.record : left.rest < right.rest
            }
            let (one, other) = (Self.value(of: left, longValues), Self.value(of: right, longValues))
            return one == other ? left.record < right.record : one < other
        }
    }

    private func isSame(_ left: Entry, _ right: Entry) -> Bool {
        guard left.start == right.start else { return false }
        return left.isWhole || right.isWhole ? left.rest == right.rest : value(of: left) == value(of: right)
    }

    private func value(of entry: Entry) -> IndexValue { Self.value(of: entry, longValues) }

    private static func value(of entry: Entry, _ longValues: [IndexValue]) -> IndexValue {
        entry.isWhole ? entry.start.value(length: Int(entry.rest)) : longValues[Int(entry.rest) - 16]
    }
}

/// The kind of a value and its first 15 bytes as two numbers, which order as the values do, as far as they go.
struct ValueStart: Equatable {
    private(set) var high: UInt64
    private(set) var low: UInt64

    private static let number: UInt64 = 1 << 56
    private static let text: UInt64 = 4 << 56
    /// Texts that are not ASCII order by their normal forms, of which the first bytes tell nothing; all of these are long.
    private static let otherText: UInt64 = 5 << 56

    /// The start of an ASCII text, to which bytes are added.
    init() {
        high = Self.text
        low = 0
    }

    init(_ value: IndexValue) {
        (high, low) = (0, 0)
        switch value {
        case .missing: break
        case .number(let number): (high, low) = (Self.number, UInt64(bitPattern: number) ^ 1 << 63)
        case .real: high = 2 << 56
        case .identifier(let id): (high, low) = (3 << 56 | id.start.high, id.start.low)
        case .text(let text):
            high = Self.text
            var place = 0
            for byte in text.utf8 {
                if place < 15 { add(byte, at: place) }
                place += 1
                if byte >= 0x80 { (high, low) = (Self.otherText, 0) }
                if byte >= 0x80 { return }
            }
        }
    }

    /// Whether it is of anything but a text with other characters than ASCII.
    var isOfASCII: Bool { high != Self.otherText }

    /// Adds the byte that stands at `place`, from 0 to 14, in a text.
    mutating func add(_ byte: UInt8, at place: Int) {
        if place < 7 {
            high |= UInt64(byte) << UInt64(48 - 8 * place)
        } else {
            low |= UInt64(byte) << UInt64(112 - 8 * place)
        }
    }

    /// The bytes of a value that stands whole in here, 0 for what has none; `nil` for one that does not.
    func wholeLength(of value: IndexValue) -> Int? {
        switch value {
        case .missing, .number: 0
        case .real, .identifier: nil
        case .text(let text): high >> 56 == 4 && text.utf8.count < 16 ? text.utf8.count : nil
        }
    }

    /// The value, which stands whole in here.
    func value(length: Int) -> IndexValue {
        switch high >> 56 {
        case 0: return .missing
        case 1: return .number(Int64(bitPattern: low ^ 1 << 63))
        default:
            let text = unsafe String(unsafeUninitializedCapacity: 15) { bytes in
                for place in 0..<length {
                    let shift = UInt64(place < 7 ? 48 - 8 * place : 112 - 8 * place)
                    unsafe bytes[place] = UInt8(truncatingIfNeeded: (place < 7 ? high : low) >> shift)
                }
                return length
            }
            return .text(text)
        }
    }
}
