/// Gathers the values of many records, which come in order of their ids: each value once, with the ids that have it.
///
/// A value is known again by a table of hashes, so that only different values are sorted: inserting a million records one
/// by one takes ten times as long.
struct IndexBuilder {
    private var ids: [Identifier] = []
    /// The different values, by the numbers they are given as they come.
    private var keys: [IndexKey] = []
    /// How many records have each, and the last of them.
    private var uses: [(count: UInt32, last: UInt32)] = []
    /// Where a value's number is found, at the first free place from its hash on.
    private var places: [Place]
    private var entries: [Entry] = []

    /// One more than a number, 0 where none is; beside it bits of the hash, so that few other values are looked at.
    private struct Place {
        var number: UInt32 = 0
        var hash: UInt32 = 0
    }

    private struct Entry {
        let key: UInt32
        /// The place of the record's id.
        let record: UInt32
    }

    /// One value with the place of its ids.
    struct Group: Sendable {
        let key: IndexKey
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

    /// A builder with room for some records with so many values each; room that is not used costs nothing.
    init(recordCount: Int, valuesMax: Int) {
        ids.reserveCapacity(recordCount)
        entries.reserveCapacity(recordCount * valuesMax)
        places = [Place](repeating: Place(), count: 1024)
    }

    // MARK: Gathering

    /// Goes on to the next record, whose values are added then.
    mutating func begin(_ id: Identifier) { ids.append(id) }

    mutating func add(_ key: IndexKey) {
        let record = UInt32(ids.count - 1)
        let number = number(of: key)
        // A list can have a value twice, and its record is there once all the same.
        guard uses[number].count == 0 || uses[number].last != record else { return }
        uses[number] = (uses[number].count + 1, record)
        entries.append(Entry(key: UInt32(number), record: record))
    }

    /// The number of a value, which is given one where it is new.
    private mutating func number(of key: IndexKey) -> Int {
        let spread = key.spread
        let hash = UInt32(truncatingIfNeeded: spread)
        let mask = places.count - 1
        var place = Int(truncatingIfNeeded: spread >> 32) & mask
        while places[place].number > 0 {
            let number = Int(places[place].number) - 1
            if places[place].hash == hash, keys[number] == key { return number }
            place = (place + 1) & mask
        }
        keys.append(key)
        uses.append((0, 0))
        places[place] = Place(number: UInt32(keys.count), hash: hash)
        if keys.count * 2 > places.count { makeRoom() }
        return keys.count - 1
    }

    private mutating func makeRoom() {
        let mask = places.count * 4 - 1
        places = [Place](repeating: Place(), count: mask + 1)
        for (number, key) in keys.enumerated() {
            let spread = key.spread
            var place = Int(truncatingIfNeeded: spread >> 32) & mask
            while places[place].number > 0 { place = (place + 1) & mask }
            places[place] = Place(number: UInt32(number + 1), hash: UInt32(truncatingIfNeeded: spread))
        }
    }

    // MARK: Sorting

    consuming func sorted() -> Sorted {
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
        var sorted = [Identifier](repeating: .least, count: entries.count)
        for entry in entries {
            sorted[next[Int(entry.key)]] = ids[Int(entry.record)]
            next[Int(entry.key)] += 1
        }
        return Sorted(groups: groups, ids: sorted)
    }
}
