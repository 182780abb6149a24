/// The records that have each value of a field, or each word: for every value the ids, in order.
///
/// Two maps, one in the other, since most values are had by many records: each is then written once, and a new record is
/// put behind the others of its value.
struct Index: Sendable {
    private var postings = SortedMap<IndexKey, Postings>()
    /// How many ids there are, of all values.
    private(set) var count = 0

    /// The ids of one value; most values of a unique field have one.
    private enum Postings: Sendable {
        case one(Identifier)
        case many(SortedMap<Identifier, Nothing>)

        var count: Int {
            switch self {
            case .one: 1
            case .many(let ids): ids.count
            }
        }

        /// Adds an id, and tells whether it was new.
        mutating func insert(_ id: Identifier) -> Bool {
            switch self {
            case .one(let only):
                if only == id { return false }
                self = .many(SortedMap(ascending: only < id ? [only, id] : [id, only], [Nothing(), Nothing()]))
                return true
            case .many(var ids):
                // Given up for the moment, so that the map is changed in place.
                self = .one(id)
                defer { self = .many(ids) }
                return ids.insert(id, Nothing()) == nil
            }
        }

        /// Takes an id away, and tells whether it was there.
        mutating func remove(_ id: Identifier) -> Bool {
            guard case .many(var ids) = self else { return false }
            self = .one(id)
            let isRemoved = ids.remove(id) != nil
            if ids.count == 1, let only = ids.first?.key { self = .one(only) } else { self = .many(ids) }
            return isRemoved
        }

        func isOnly(_ id: Identifier) -> Bool {
            guard case .one(let only) = self else { return false }
            return only == id
        }

        func ascend(from start: Identifier?, _ body: (Identifier) -> Bool) -> Bool {
            switch self {
            case .one(let only): return start.map { only < $0 } ?? false ? true : body(only)
            case .many(let ids):
                var goesOn = true
                ids.ascend(from: start) { id, _ in
                    goesOn = body(id)
                    return goesOn
                }
                return goesOn
            }
        }

        func descend(below end: Identifier?, _ body: (Identifier) -> Bool) -> Bool {
            switch self {
            case .one(let only): return end.map { only >= $0 } ?? false ? true : body(only)
            case .many(let ids):
                var goesOn = true
                ids.descend(below: end) { id, _ in
                    goesOn = body(id)
                    return goesOn
                }
                return goesOn
            }
        }
    }

    /// An empty one.
    init() {}

    /// An index of what was gathered of a first part of the records and of a second, whose ids are all greater.
    init(
        _ first: (values: IndexBuilder.Sorted, ids: ArraySlice<Identifier>),
        _ second: (values: IndexBuilder.Sorted, ids: ArraySlice<Identifier>)
    ) {
        var keys: [IndexKey] = []
        var postings: [Postings] = []
        keys.reserveCapacity(max(first.values.groups.count, second.values.groups.count))
        postings.reserveCapacity(keys.capacity)
        var (left, right) = (first.values.groups[...], second.values.groups[...])
        while let group = left.first ?? right.first {
            let key = min(group.key, right.first?.key ?? group.key)
            var ids: [Identifier] = []
            if left.first?.key == key { Self.add(left.removeFirst(), of: first, to: &ids) }
            if right.first?.key == key { Self.add(right.removeFirst(), of: second, to: &ids) }
            keys.append(key)
            postings.append(
                ids.count == 1
                    ? .one(ids[0]) : .many(SortedMap(ascending: ids, Array(repeating: Nothing(), count: ids.count))))
        }
        self.postings = SortedMap(ascending: keys, postings)
        count = first.values.records.count + second.values.records.count
    }

    private static func add(
        _ group: IndexBuilder.Group, of part: (values: IndexBuilder.Sorted, ids: ArraySlice<Identifier>),
        to ids: inout [Identifier]
    ) {
        for record in part.values.records[group.range] { ids.append(part.ids[part.ids.startIndex + Int(record)]) }
    }

    // MARK: Changing

    mutating func insert(_ key: IndexKey, _ id: Identifier) {
        var isNew = true
        postings.insert(key, .one(id)) { isNew = $0.insert(id) }
        if isNew { count += 1 }
    }

    mutating func remove(_ key: IndexKey, _ id: Identifier) {
        if postings[key]?.isOnly(id) ?? false {
            postings.remove(key)
            count -= 1
            return
        }
        postings.modify(key) { if $0.remove(id) { count -= 1 } }
    }

    // MARK: Reading

    /// How many ids have a value.
    func count(of key: IndexKey) -> Int { postings[key]?.count ?? 0 }

    /// About how many ids have values from one to another.
    func estimate(from lower: IndexKey, to upper: IndexKey) -> Double {
        guard postings.count > 0 else { return 0 }
        let values = postings.estimate(from: lower, to: upper)
        return (values + 1) * Double(count) / Double(postings.count)
    }

    /// About how many ids have words that begin with one.
    func estimate(wordsFrom start: IndexKey) -> Double {
        var seen = 0
        var found = 0
        postings.ascend(from: start.startBounds.lower) { word, ids in
            guard word.begins(with: start) else { return false }
            seen += 1
            found += ids.count
            return seen < 20
        }
        guard seen == 20 else { return Double(found) }
        return max(Double(found), estimate(from: start.startBounds.lower, to: start.afterWords))
    }

    /// Visits the ids of a value in their order, while `body` says to go on.
    func scan(_ key: IndexKey, descending: Bool, from start: Identifier?, _ body: (Identifier) -> Bool) {
        guard let ids = postings[key] else { return }
        _ = descending ? ids.descend(below: start, body) : ids.ascend(from: start, body)
    }

    /// Visits values upwards from one, or from an id of it, each with its ids upwards, while `body` says to go on.
    func ascend(from lower: IndexKey?, id: Identifier? = nil, _ body: (IndexKey, Identifier) -> Bool) {
        postings.ascend(from: lower) { key, ids in
            ids.ascend(from: key == lower ? id : nil) { body(key, $0) }
        }
    }

    /// Visits values downwards from below a place, each with its ids downwards, while `body` says to go on.
    func descend(below upper: (key: IndexKey, id: Identifier)?, _ body: (IndexKey, Identifier) -> Bool) {
        if let upper {
            var goesOn = true
            scan(upper.key, descending: true, from: upper.id) { id in
                goesOn = body(upper.key, id)
                return goesOn
            }
            guard goesOn else { return }
        }
        postings.descend(below: upper?.key) { key, ids in ids.descend(below: nil) { body(key, $0) } }
    }
}

/// The value of a key that needs none.
struct Nothing: Sendable {}
