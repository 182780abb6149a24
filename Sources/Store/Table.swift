internal import Dispatch
internal import Locks

/// The records of one resource and their indexes; a copy shares all that has not changed since.
struct Table: Sendable {
    let schema: Schema
    private(set) var records = SortedMap<Identifier, Record>()
    /// The last entry that each record had, which is gone.
    private(set) var tombstones = SortedMap<Identifier, Int64>()
    private var indexes: [Index]

    init(schema: Schema) {
        self.schema = schema
        indexes = schema.indexes.map { _ in Index() }
    }

    // MARK: Changing

    /// Puts a record in place of the one with its id, which it gives back.
    ///
    /// - Parameter values: the record's values, where they are at hand.
    @discardableResult
    mutating func put(_ record: Record, values: [Value]? = nil) -> Record? {
        let old = records.insert(record.id, record)
        for number in schema.indexes.indices {
            if let old {
                if schema.indexes[number].isUnchanged(old, record) { continue }
                schema.indexes[number].forEachKey(old) { indexes[number].remove($0, record.id) }
            }
            if let values {
                schema.indexes[number].forEachKey {
                    $0.value(in: values)
                } _: {
                    indexes[number].insert($0, record.id)
                }
            } else {
                schema.indexes[number].forEachKey(record) { indexes[number].insert($0, record.id) }
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
        for (number, index) in schema.indexes.enumerated() {
            index.forEachKey(old) { indexes[number].remove($0, id) }
        }
        return old
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

    /// Makes every index anew from the records, on all cores: gathers from one half and the other, sorts each index's
    /// halves, and joins them.
    mutating func buildIndexes() {
        var (ids, all): ([Identifier], [Record]) = ([], [])
        ids.reserveCapacity(records.count)
        all.reserveCapacity(records.count)
        records.ascend { id, record in
            ids.append(id)
            all.append(record)
            return true
        }
        let half = all.count / 2
        let halves = [all[..<half], all[half...]]
        let idHalves = [ids[..<half], ids[half...]]
        let declarations = schema.indexes
        let gathered = Self.concurrently(2) { Self.gather(declarations, halves[$0]) }
        // The index of words comes last and takes longest, so it goes first.
        let sorted = Self.concurrently(declarations.count * 2) { number in
            gathered[number % 2][declarations.count - 1 - number / 2].sorted()
        }
        indexes = Self.concurrently(declarations.count) { number in
            Index((sorted[number * 2], idHalves[0]), (sorted[number * 2 + 1], idHalves[1]))
        }.reversed()
    }

    /// What the indexes have of some records: a few at a time, which stay near while one index after the other looks at
    /// them.
    private static func gather(_ indexes: [IndexDeclaration], _ records: ArraySlice<Record>) -> [IndexBuilder] {
        var builders = indexes.map { IndexBuilder(recordCount: records.count, valuesMax: $0.isOfWords ? 12 : 1) }
        for start in stride(from: records.startIndex, to: records.endIndex, by: 64) {
            let few = start..<min(start + 64, records.endIndex)
            for place in few { records[place].prefetch() }
            for (number, index) in indexes.enumerated() {
                for place in few {
                    let record = UInt32(place - records.startIndex)
                    index.forEachKey(records[place]) { builders[number].add($0, of: record) }
                }
            }
        }
        return builders
    }

    private static func concurrently<Result: Sendable>(
        _ count: Int, _ make: @Sendable (Int) -> Result
    ) -> [Result] {
        let results = Locked([Result?](repeating: nil, count: count))
        DispatchQueue.concurrentPerform(iterations: count) { number in
            let result = make(number)
            results.withLock { $0[number] = result }
        }
        return results.withLock { $0.compactMap { $0 } }
    }

    // MARK: Reading

    /// Whether an index over single values has every record.
    func isComplete(index: Int) -> Bool { indexes[index].count == records.count }

    /// An index by its place among the declarations.
    func index(_ number: Int) -> Index { indexes[number] }
}

extension IndexDeclaration {
    /// Visits what the index holds of a record.
    func forEachKey(_ record: Record, _ body: (IndexKey) -> Void) {
        switch self {
        case .words(let paths): return Words.forEachKey(paths, of: record, body)
        case .values(let path):
            // Most values are none, and most others texts: no value is made to see that.
            if record.isNull(at: path.slot) {
                if path.field.hasWholeIndex { body(.missing) }
                return
            }
            if path.isOfOneText, let key = record.textKey(at: path) { return body(key) }
        case .pairs(let path, _): if record.isNull(at: path.slot) { return }
        }
        forEachKey({ $0.value(in: record) }, body)
    }
}

extension Record {
    /// The key of a text that stands in the JSON as it is, which is most: none is made for it.
    fileprivate func textKey(at path: FieldPath) -> IndexKey? {
        withText(at: path.slot) { text in
            text.contains(UInt8(ascii: "\\"))
                ? nil
                : unsafe text.withUnsafeBufferPointer { unsafe IndexKey(ascii: $0, folding: path.field.isFolded) }
        } ?? nil
    }
}
