internal import CLinux

/// Gathers the values of many records, which come in order of their ids: each value once, with the records that have it.
///
/// A value is known again by a table of hashes, so that only different values are sorted: inserting a million records one
/// by one takes ten times as long.
struct IndexBuilder {
    /// The different values, by the numbers they are given as they come.
    private var keys: [IndexKey] = []
    /// How many records have each, and the last of them.
    private var uses: [(count: UInt32, last: UInt32)] = []
    /// Where a value's number is found, at the first free place from its hash on.
    private var places: [Place]
    private var entries: [Entry] = []
    /// The last value and its number: most records have no value, and then they have the same.
    private var last: (key: IndexKey, number: Int) = (.greatest, -1)
    /// Values that have no number yet: the processor fetches where each is looked for while the others are.
    private var waiting: [(key: IndexKey, spread: UInt64, record: UInt32)] = []
    private static let waitingMax = 32

    /// One more than a number, 0 where none is; beside it bits of the hash, so that few other values are looked at.
    private struct Place {
        var number: UInt32 = 0
        var hash: UInt32 = 0
    }

    private struct Entry {
        let key: UInt32
        let record: UInt32
    }

    /// One value with the place of its records.
    struct Group: Sendable {
        let key: IndexKey
        let range: Range<Int>
    }

    /// The values in order, each with its records in order.
    struct Sorted: Sendable {
        let groups: [Group]
        /// The places of the records of all values.
        let records: [UInt32]
    }

    /// A builder with room for some records with so many values each; room that is not used costs nothing.
    init(recordCount: Int, valuesMax: Int) {
        entries.reserveCapacity(recordCount * valuesMax)
        places = [Place](repeating: Place(), count: 1024)
    }

    // MARK: Gathering

    /// Adds a value of the record at a place; records come in order.
    mutating func add(_ key: IndexKey, of record: UInt32) {
        let spread = key.spread
        let place = place(of: spread)
        unsafe places.withUnsafeBytes {
            unsafe tandem_prefetch($0.baseAddress?.advanced(by: place * MemoryLayout<Place>.stride), 8)
        }
        waiting.append((key, spread, record))
        if waiting.count == Self.waitingMax { addWaiting() }
    }

    private mutating func addWaiting() {
        for (key, spread, record) in waiting {
            if key != last.key { last = (key, number(of: key, spread)) }
            let number = last.number
            // A list can have a value twice, and its record is there once all the same.
            guard uses[number].count == 0 || uses[number].last != record else { continue }
            uses[number] = (uses[number].count + 1, record)
            entries.append(Entry(key: UInt32(number), record: record))
        }
        waiting.removeAll(keepingCapacity: true)
    }

    /// The number of a value, which is given one where it is new.
    private mutating func number(of key: IndexKey, _ spread: UInt64) -> Int {
        let hash = UInt32(truncatingIfNeeded: spread)
        var place = place(of: spread)
        while places[place].number > 0 {
            let number = Int(places[place].number) - 1
            if places[place].hash == hash, keys[number] == key { return number }
            place = (place + 1) & (places.count - 1)
        }
        keys.append(key)
        uses.append((0, 0))
        places[place] = Place(number: UInt32(keys.count), hash: hash)
        if keys.count * 2 > places.count { makeRoom() }
        return keys.count - 1
    }

    /// The first place at which a value may be found.
    private func place(of spread: UInt64) -> Int { Int(truncatingIfNeeded: spread >> 32) & (places.count - 1) }

    private mutating func makeRoom() {
        places = [Place](repeating: Place(), count: places.count * 4)
        for (number, key) in keys.enumerated() {
            let spread = key.spread
            var place = place(of: spread)
            while places[place].number > 0 { place = (place + 1) & (places.count - 1) }
            places[place] = Place(number: UInt32(number + 1), hash: UInt32(truncatingIfNeeded: spread))
        }
    }

    // MARK: Sorting

    consuming func sorted() -> Sorted {
        addWaiting()
        var order = keys.enumerated().map { (key: $1, number: $0) }
        order.sort { $0.key < $1.key }
        var groups: [Group] = []
        groups.reserveCapacity(order.count)
        var next = [Int](repeating: 0, count: keys.count)
        var start = 0
        for (key, number) in order {
            let end = start + Int(uses[number].count)
            groups.append(Group(key: key, range: start..<end))
            next[number] = start
            start = end
        }
        // No array of none is filled: all of them are one, which other threads have too.
        if entries.count == 0 { return Sorted(groups: groups, records: []) }
        let records = unsafe [UInt32](unsafeUninitializedCapacity: entries.count) { records, count in
            for entry in entries {
                unsafe records[next[Int(entry.key)]] = entry.record
                next[Int(entry.key)] += 1
            }
            count = entries.count
        }
        return Sorted(groups: groups, records: records)
    }
}
