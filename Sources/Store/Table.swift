/// The records of one resource and their indexes; a copy shares all that has not changed since.
struct Table: Sendable {
    let schema: Schema
    private(set) var records = SortedMap<Identifier, Record>()
    private var indexes: [SortedMap<IndexKey, Nothing>]

    init(schema: Schema) {
        self.schema = schema
        indexes = schema.indexes.map { _ in SortedMap() }
    }

    /// Puts a record in place of the one with its id.
    mutating func put(_ record: Record) {
        let old = records.insert(record.id, record)
        for (number, index) in schema.indexes.enumerated() {
            if let old {
                guard index.path.value(in: old) != index.path.value(in: record) else { continue }
                index.path.forEachIndexValue(in: old) { indexes[number].remove(IndexKey(value: $0, id: record.id)) }
            }
            index.path.forEachIndexValue(in: record) {
                indexes[number].insert(IndexKey(value: $0, id: record.id), Nothing())
            }
        }
    }

    /// Takes a record away and gives it back.
    @discardableResult
    mutating func remove(_ id: Identifier) -> Record? {
        guard let old = records.remove(id) else { return nil }
        for (number, index) in schema.indexes.enumerated() {
            index.path.forEachIndexValue(in: old) { indexes[number].remove(IndexKey(value: $0, id: id)) }
        }
        return old
    }

    /// Whether an index over single values has every record: one without a value is in none.
    func isComplete(index: Int) -> Bool { indexes[index].count == records.count }

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

/// A place in an index: by value, then by id.
struct IndexKey: Sendable, Comparable {
    let value: IndexValue
    let id: Identifier

    static func < (left: IndexKey, right: IndexKey) -> Bool {
        if left.value == right.value { return left.id < right.id }
        return left.value < right.value
    }
}

/// The value of a key that needs none.
struct Nothing: Sendable {}
