internal import Ledger

/// One command's reads and writes over the newest state: all of it becomes one entry, or nothing does.
public struct Transaction: Records {
    /// When the command is recorded; never earlier than the entry before.
    public let now: Instant
    /// Who asks.
    public let author: Author
    /// The place that its entry will have in the ledger.
    public let seq: Int64
    private(set) var tables: [Table]
    private(set) var changes: [Change] = []
    /// Whether older versions of what is changed are blanked too.
    var erases: Bool { firstErased != nil }
    /// The place of the first change that erases.
    private var firstErased: Int?
    /// What stood before each change, to take it back: a record, or the last entry of one that was gone.
    private var replaced: [(table: Int, id: Identifier, record: Record?, goneSince: Int64?)] = []
    /// Whether anything was done and taken back.
    private(set) var hasTakenBack = false
    /// The greatest id that a record has had.
    public private(set) var lastID: Identifier
    private(set) var random: GatheredRandom
    private let schemas: Schemas

    init(
        now: Instant, author: Author, seq: Int64, tables: [Table], lastID: Identifier, random: GatheredRandom,
        schemas: Schemas
    ) {
        self.now = now
        self.author = author
        self.seq = seq
        self.tables = tables
        self.lastID = lastID
        self.random = random
        self.schemas = schemas
    }

    /// The records changed, those that were changed again more than once.
    var changed: some Sequence<ChangedRecord> {
        replaced.lazy.map { ChangedRecord(resource: Int32(truncatingIfNeeded: $0.table), id: $0.id) }
    }

    /// How many changes have been made, to come back to by ``rollBack(to:)``.
    public var changeCount: Int { changes.count }

    /// Takes back all changes but the first `count`.
    ///
    /// By the records they replaced, and not by a copy of the tables: a copy would have every change make nodes anew.
    public mutating func rollBack(to count: Int) {
        while changes.count > count, let last = replaced.popLast() {
            hasTakenBack = true
            changes.removeLast()
            tables[last.table].restore(last.id, to: last.record, goneSince: last.goneSince)
        }
        if let firstErased, firstErased >= count { self.firstErased = nil }
    }

    /// Every resource declared.
    public var allSchemas: [Schema] { schemas.all }

    /// The record with that id.
    public func record(_ resource: String, _ id: Identifier) -> Record? {
        tables[schemas.number(resource)].records[id]
    }

    /// Whether there is a record with that id; it is not looked at, which may be far away.
    public func has(_ resource: String, _ id: Identifier) -> Bool {
        tables[schemas.number(resource)].records.has(id)
    }

    /// The last entry that changed a record which is gone; `nil` where it stands, and where there never was one.
    public func lastChange(ofGone id: Identifier, _ resource: String) -> Int64? {
        tables[schemas.number(resource)].tombstones[id]
    }

    /// Whether a resource has no records, which is known without looking anything up.
    public func isEmpty(_ resource: String) -> Bool { tables[schemas.number(resource)].records.count == 0 }

    /// The record with the least id, which was made first.
    public func oldest(_ resource: String) -> Record? { tables[schemas.number(resource)].records.first?.value }

    /// The records that have `value` at `path`, in order of their ids; the path must be indexed.
    public func records(_ resource: String, where path: String, is value: IndexValue) -> [Record] {
        tables[schemas.number(resource)].records(where: path, is: value)
    }

    /// The records after an id in the order of ids, from the first where none is given.
    public func records(_ resource: String, after id: Identifier?, limit: Int) -> [Record] {
        tables[schemas.number(resource)].records(after: id, limit: limit)
    }

    /// The records of which the moment at `path` is `time` or earlier, the earliest first; the path must be indexed.
    public func records(_ resource: String, due time: Instant, at path: String, limit: Int) -> [Record] {
        tables[schemas.number(resource)].records(due: time, at: path, limit: limit)
    }

    /// Every record of a resource in the order of a field, which must be indexed; for resources of few records.
    public func recordsInOrder(_ resource: String, of path: String) -> [Record] {
        let table = tables[schemas.number(resource)]
        guard let path = table.schema.path(path) else { preconditionFailure("\(resource) have no \(path)") }
        return Query(order: [SortKey(path, isDescending: false)], limit: .max - 1).page(of: table).records
    }

    /// A record that has a value of the draft's which is to be unique, and its field.
    public func rival(of draft: Draft) -> (field: Field, record: Record)? {
        let table = tables[schemas.number(draft.schema.name)]
        for (path, index) in draft.schema.uniquePaths {
            guard let value = draft.values[path.slot].indexValue(folding: path.field.isFolded) else { continue }
            if let other = table.records(in: index, path, is: value).first(where: { $0.id != draft.id }) {
                return (path.field, other)
            }
        }
        return nil
    }

    /// A new record's draft, with an id greater than every other.
    public mutating func draft(of schema: Schema) -> Draft {
        lastID = Identifier.next(after: lastID, now: now, using: &random)
        return Draft(id: lastID, schema: schema)
    }

    /// Puts what a draft has become in the place of its record, as its next version.
    ///
    /// - Parameters:
    ///   - time: since when it has been so, by business time; now where not given.
    ///   - settles: whether all of it has been so since then, and not what changes alone.
    ///   - undone: a change that turned out not to be so, which it takes back.
    @discardableResult
    public mutating func put(
        _ draft: consuming Draft, since time: Instant? = nil, settles: Bool = false, undoing undone: Undone? = nil
    ) -> Record {
        let (id, schema) = (draft.id, draft.schema)
        let number = schemas.number(schema.name)
        let old = tables[number].records[id]
        draft.values[schema.createdAtSlot] = old?.value(at: schema.createdAtSlot) ?? .instant(now)
        draft.values[schema.updatedAtSlot] = .instant(now)
        draft.values[schema.versionSlot] = .integer((old?.version ?? 0) + 1)
        if let old, let history = schema.fieldHistory {
            if let undone {
                history.undo(&draft.values, from: old, at: now, undone)
            } else {
                let isNew = old.value(at: schema.createdAtSlot) == .instant(now)
                history.keep(&draft.values, from: old, at: time ?? now, isNew: isNew, settles: settles)
            }
        }
        let record = Record(id: id, schema: schema, seq: seq, values: draft.values)
        tables[number].put(record)
        note(number, id, old, .stands(record.encoded))
        return record
    }

    /// Puts a record back that was taken away, as its next version.
    @discardableResult
    public mutating func restore(_ draft: Draft) -> Record {
        let schema = draft.schema
        let number = schemas.number(schema.name)
        let goneSince = tables[number].tombstones[draft.id]
        var values = draft.values
        values[schema.updatedAtSlot] = .instant(now)
        values[schema.versionSlot] = .integer((values[schema.versionSlot].whole ?? 0) + 1)
        let record = Record(id: draft.id, schema: schema, seq: seq, values: values)
        tables[number].restore(draft.id, to: record, goneSince: nil)
        replaced.append((number, draft.id, nil, goneSince))
        let was = goneSince.flatMap { $0 == seq || $0 == 0 ? nil : $0 }
        changes.append(Change(resource: schema.name, was: was, .stands(record.encoded)))
        return record
    }

    /// Takes a record away.
    public mutating func remove(_ record: Record) {
        let number = schemas.number(record.schema.name)
        // What stands there now, which the command may have changed since it looked.
        guard let newest = tables[number].remove(record.id, seq: seq) else { return }
        note(number, record.id, newest, .gone(id: record.idText))
    }

    /// Blanks the personal data of records, in all that was ever written of them; one with an `erased_at` says when.
    public mutating func erase(_ records: [Record]) {
        for record in records {
            var draft = Draft(record)
            draft.erasePersonalData()
            if let slot = record.schema.slot("erased_at") { draft.values[slot] = .instant(now) }
            firstErased = firstErased ?? changes.count
            put(draft)
        }
    }

    /// Blanks all that was ever written of a record which is gone.
    public mutating func erase(gone id: Identifier, _ schema: Schema) {
        let number = schemas.number(schema.name)
        guard let was = tables[number].tombstones[id] else { return }
        firstErased = firstErased ?? changes.count
        replaced.append((number, id, nil, was))
        tables[number].bury(id, seq: seq)
        // What this command took away says before what it was, and an old ledger does not.
        let isKnown = was != seq && was != 0
        changes.append(Change(resource: schema.name, was: isKnown ? was : nil, .gone(id: schema.text(id))))
    }

    private mutating func note(_ number: Int, _ id: Identifier, _ old: Record?, _ state: RecordState) {
        replaced.append((number, id, old, nil))
        // A record changed twice by one command was last changed by an entry before it all the same.
        let was = old.flatMap { $0.seq == seq || $0.seq == 0 ? nil : $0.seq }
        changes.append(Change(resource: schemas.all[number].name, was: was, state))
    }
}
