/// The records of one resource and their indexes; a copy shares all that has not changed since.
struct Table: Sendable {
    let schema: Schema
    private(set) var records = SortedMap<Identifier, Record>()
    /// The last entry that each record had, which is gone.
    private(set) var tombstones = SortedMap<Identifier, Int64>()
    /// `nil` where they are not held.
    private var indexes: Indexes?

    init(schema: Schema) {
        self.schema = schema
        indexes = Indexes(schema.indexes)
    }

    // MARK: Changing

    /// Puts a record in place of the one with its id, which it gives back.
    @discardableResult
    mutating func put(_ record: Record) -> Record? {
        let old = records.insert(record.id, record)
        note(old, record)
        return old
    }

    /// Takes a record away by an entry and gives it back.
    @discardableResult
    mutating func remove(_ id: Identifier, seq: Int64) -> Record? {
        guard let old = takeOut(id) else { return nil }
        if !schema.isInternal { tombstones.insert(id, seq) }
        return old
    }

    /// Has a record that is gone be changed last by an entry.
    mutating func bury(_ id: Identifier, seq: Int64) { tombstones.insert(id, seq) }

    /// Puts back what an entry that is not to be had changed: a record, or none, or one that was gone since an entry.
    mutating func restore(_ id: Identifier, to old: Record?, goneSince seq: Int64?) {
        if let seq { tombstones.insert(id, seq) } else { tombstones.remove(id) }
        if let old { put(old) } else { takeOut(id) }
    }

    @discardableResult
    private mutating func takeOut(_ id: Identifier) -> Record? {
        guard let old = records.remove(id) else { return nil }
        note(old, nil)
        return old
    }

    private mutating func note(_ old: Record?, _ new: Record?) {
        if !isKnownUniquelyReferenced(&indexes) { indexes = indexes.map { Indexes(after: $0) } }
        indexes?.note(old, new)
    }

    /// Has the indexes come up to the records, for which the first to ask one would otherwise wait.
    func bringUpIndexes() { indexes?.bringUp() }

    /// The same records for who looks them up by id alone, and does not keep the indexes from being changed in place.
    func withoutIndexes() -> Table {
        var table = self
        table.indexes = nil
        return table
    }

    // MARK: Loading

    /// Puts a record, or the word that it is gone, without its indexes, which ``buildIndexes()`` makes when all are in.
    mutating func load(_ id: Identifier, _ record: Record?, seq: Int64) {
        if let record {
            records.insert(id, record)
            // One that was gone and was put back.
            if tombstones.count > 0 { tombstones.remove(id) }
        } else {
            records.remove(id)
            if !schema.isInternal { tombstones.insert(id, seq) }
        }
    }

    /// Makes every index anew from the records, on all cores.
    mutating func buildIndexes() { indexes = builtIndexes() }

    private func builtIndexes() -> Indexes {
        var (ids, all): ([Identifier], [Record]) = ([], [])
        ids.reserveCapacity(records.count)
        all.reserveCapacity(records.count)
        records.ascend { id, record in
            ids.append(id)
            all.append(record)
            return true
        }
        return Indexes(schema.indexes, of: all, ids)
    }

    // MARK: Reading

    /// Whether an index over single values has every record.
    func isComplete(index: Int) -> Bool { self.index(index).count == records.count }

    /// An index by its place among the declarations; where none are held all are made anew each time, for this asker.
    func index(_ number: Int) -> Index { (indexes ?? builtIndexes()).index(number) }
}
