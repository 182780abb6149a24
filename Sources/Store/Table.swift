internal import Dispatch
internal import Synchronization

/// The records of one resource and their indexes; a copy shares all that has not changed since.
struct Table: Sendable {
    let schema: Schema
    private(set) var records = SortedMap<Identifier, Record>()
    /// The last entry that each record had, which is gone.
    private(set) var tombstones = SortedMap<Identifier, Int64>()
    private var indexes: [SortedMap<IndexKey, Nothing>]

    init(schema: Schema) {
        self.schema = schema
        indexes = schema.indexes.map { _ in SortedMap() }
    }

    // MARK: Changing

    /// Puts a record in place of the one with its id, which it gives back.
    ///
    /// - Parameter values: the record's values, where they are at hand.
    @discardableResult
    mutating func put(_ record: Record, values: [Value]? = nil) -> Record? {
        let old = records.insert(record.id, record)
        for (number, index) in schema.indexes.enumerated() {
            if let old {
                if index.isUnchanged(old, record) { continue }
                index.forEachKey(old) { indexes[number].remove(IndexKey(value: $0, id: record.id)) }
            }
            let insert = { (indexes: inout [SortedMap<IndexKey, Nothing>], value: IndexValue) in
                _ = indexes[number].insert(IndexKey(value: value, id: record.id), Nothing())
            }
            if let values {
                index.forEachKey {
                    $0.value(in: values)
                } _: {
                    insert(&indexes, $0)
                }
            } else {
                index.forEachKey(record) { insert(&indexes, $0) }
            }
        }
        return old
    }

    /// Takes a record away by an entry and gives it back.
    @discardableResult
    mutating func remove(_ id: Identifier, seq: Int64) -> Record? {
        guard let old = takeOut(id) else { return nil }
        if !schema.isInternal { tombstones.insert(id, seq) }
        return old
    }

    /// Puts back what an entry that is not to be had changed: a record, or none.
    mutating func restore(_ id: Identifier, to old: Record?) {
        tombstones.remove(id)
        if let old { put(old) } else { takeOut(id) }
    }

    @discardableResult
    private mutating func takeOut(_ id: Identifier) -> Record? {
        guard let old = records.remove(id) else { return nil }
        for (number, index) in schema.indexes.enumerated() {
            index.forEachKey(old) { indexes[number].remove(IndexKey(value: $0, id: id)) }
        }
        return old
    }

    // MARK: Loading

    /// Puts a record, or the word that it is gone, without its indexes, which ``buildIndexes()`` makes when all are in.
    mutating func load(_ id: Identifier, _ record: Record?, seq: Int64) {
        if let record {
            records.insert(id, record)
        } else {
            records.remove(id)
            if !schema.isInternal { tombstones.insert(id, seq) }
        }
    }

    /// Makes every index anew from the records, on all cores.
    mutating func buildIndexes() {
        let built = Mutex(indexes)
        let declarations = schema.indexes
        let records = records
        DispatchQueue.concurrentPerform(iterations: declarations.count) { number in
            let map = Self.build(declarations[number], over: records)
            built.withLock { $0[number] = map }
        }
        indexes = built.withLock { $0 }
    }

    private static func build(
        _ index: IndexDeclaration, over records: SortedMap<Identifier, Record>
    ) -> SortedMap<IndexKey, Nothing> {
        // By value first: few values with many records need a small sort, and records come in order of ids.
        var groups: [IndexValue: [Identifier]] = [:]
        records.ascend { id, record in
            index.forEachKey(record) { groups[$0, default: []].append(id) }
            return true
        }
        var keys: [IndexKey] = []
        keys.reserveCapacity(groups.reduce(0) { $0 + $1.value.count })
        for value in groups.keys.sorted() {
            for id in groups[value] ?? [] { keys.append(IndexKey(value: value, id: id)) }
        }
        return SortedMap(ascending: keys, Array(repeating: Nothing(), count: keys.count))
    }

    // MARK: Reading

    /// Whether an index over single values has every record.
    func isComplete(index: Int) -> Bool { indexes[index].count == records.count }

    /// About how many records an index has with values from one to another.
    func estimate(index: Int, from lower: IndexValue?, to upper: IndexValue?) -> Double {
        indexes[index].estimate(
            from: IndexKey(value: lower ?? .missing, id: .least),
            to: upper.map { IndexKey(value: $0, id: .greatest) } ?? IndexKey(value: .greatest, id: .greatest))
    }

    /// Visits the ids of records with `value` in an index, in their order, while `body` says to go on.
    func scan(index: Int, value: IndexValue, descending: Bool, from start: Identifier?, _ body: (Identifier) -> Bool) {
        if descending {
            let upper = start.map { IndexKey(value: value, id: $0) } ?? IndexKey(value: value, id: .greatest)
            indexes[index].descend(below: upper) { key, _ in key.value == value && body(key.id) }
        } else {
            indexes[index].ascend(from: IndexKey(value: value, id: start ?? .least)) { key, _ in
                key.value == value && body(key.id)
            }
        }
    }

    /// Visits an index in order of its values, within bounds, while `body` says to go on.
    func scan(
        index: Int, from lower: IndexValue?, descending: Bool, below upper: IndexKey? = nil,
        _ body: (IndexKey) -> Bool
    ) {
        if descending {
            indexes[index].descend(below: upper) { key, _ in
                if let lower, key.value < lower { return false }
                return body(key)
            }
        } else {
            indexes[index].ascend(from: lower.map { IndexKey(value: $0, id: .least) }) { key, _ in body(key) }
        }
    }
}

extension IndexDeclaration {
    /// Visits what the index holds of a record.
    func forEachKey(_ record: Record, _ body: (IndexValue) -> Void) {
        forEachKey({ $0.value(in: record) }, body)
    }
}

/// A place in an index: by value, then by id.
struct IndexKey: Sendable, Comparable {
    let value: IndexValue
    let id: Identifier

    static func < (left: IndexKey, right: IndexKey) -> Bool {
        if left.value == right.value { return left.id < right.id }
        return left.value < right.value
    }
}

extension IndexValue {
    /// After every value: no text has a scalar that is greater.
    static let greatest = IndexValue.text(String(repeating: "\u{10FFFF}", count: 60))
}

/// The value of a key that needs none.
struct Nothing: Sendable {}
