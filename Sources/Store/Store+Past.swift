internal import JSON
public import Ledger
internal import Locks

/// What the ledger keeps of the past: snapshots of the present, the feed, each record's versions, and erasures.
extension Store {
    // MARK: Snapshots

    /// Writes a snapshot of the durable state, beside live traffic, and tells the entry it stands for.
    @discardableResult
    public func snapshot() throws(LedgerFault) -> Int64 {
        // A view from before an erasure must not be written after it.
        try erasures.withLock { _ throws(LedgerFault) in
            let view = kept
            try ledger.snapshot(seq: view.seq) { give throws(LedgerFault) in try view.giveAll(give) }
            return view.seq
        }
    }

    /// The durable state as it is held until all of it is written.
    private var kept: View { view.withoutIndexes() }

    // MARK: History

    /// Gives the entries after `seq` that are durable, in order while `take` says to go on, up to one that was lost.
    ///
    /// - Throws: ``LedgerFault/forgotten(before:)`` or ``LedgerFault/lost(after:before:)`` where the first of them is not there.
    public func follow(
        after seq: Int64, _ take: (Entry) throws(LedgerFault) -> Bool
    ) throws(LedgerFault) {
        var isAny = false
        do throws(LedgerFault) {
            try ledger.follow(after: seq, through: view.seq) { entry throws(LedgerFault) in
                isAny = true
                return try take(entry)
            }
        } catch {
            // Who goes on from there is told of the gap.
            guard isAny, error.nextKept != nil else { throw error }
        }
    }

    /// A version of a record: the entry that made it, and what it was from then on.
    public struct Version: Sendable {
        /// The entry.
        public let entry: Entry
        /// The change.
        public let change: Change

        /// A version.
        public init(entry: Entry, change: Change) {
            self.entry = entry
            self.change = change
        }

        /// The record as it was from then on; `nil` where it was gone, or is not understood.
        public func record(of schema: Schema) -> Record? {
            guard case .stands(let encoded) = change.state else { return nil }
            do throws(JSONFault) {
                return try Record(decoding: encoded, schema: schema, seq: entry.seq)
            } catch {
                return nil
            }
        }
    }

    /// The last entry that changed a record, there or gone; `nil` where there never was one.
    public func lastChange(_ schema: Schema, _ id: Identifier) -> Int64? { view.lastChange(schema, id) }

    /// The versions of a record, the newest first, from the one that entry `seq` made, while `take` says to go on.
    ///
    /// - Throws: ``LedgerFault/forgotten(before:)`` or ``LedgerFault/lost(after:before:)`` where an older one is not there.
    public func versions(
        _ schema: Schema, _ id: Identifier, from seq: Int64, _ take: (Version) -> Bool
    ) throws(LedgerFault) {
        var next: Int64? = seq
        var oldest: (seq: Int64, number: Int64)?
        while let seq = next, seq > 0 {
            next = nil
            var goesOn = true
            try ledger.follow(after: seq - 1, through: seq) { entry throws(LedgerFault) in
                let changes = entry.changes.filter { $0.resource == schema.name && $0.recordID(of: schema) == id }
                for change in changes.reversed() where goesOn { goesOn = take(Version(entry: entry, change: change)) }
                // One that an entry changed twice says in its first change what was before.
                next = changes.lazy.compactMap(\.was).first
                oldest = changes.first.map { (entry.seq, $0.version(in: schema)) }
                return false
            }
            guard goesOn else { return }
        }
        // The first format does not say which entry was before: all of them are looked at.
        if seq == 0 { return try scan(schema, id, before: view.seq + 1, take) }
        if let oldest, oldest.number != 1 { try scan(schema, id, before: oldest.seq, take) }
    }

    private func scan(
        _ schema: Schema, _ id: Identifier, before seq: Int64, _ take: (Version) -> Bool
    ) throws(LedgerFault) {
        var found: [Version] = []
        // Looked for from the oldest on, and over gaps, which end what is known before them.
        var (next, gap) = (Int64(0), nil as LedgerFault?)
        while next < seq - 1 {
            do throws(LedgerFault) {
                try ledger.follow(after: next, through: seq - 1) { entry throws(LedgerFault) in
                    for change in entry.changes
                    where change.resource == schema.name && change.recordID(of: schema) == id {
                        found.append(Version(entry: entry, change: change))
                    }
                    return true
                }
                next = seq
            } catch {
                guard let first = error.nextKept, first - 1 > next else { throw error }
                found = []
                (next, gap) = (first - 1, error)
            }
        }
        for version in found.reversed() where !take(version) { return }
        if let gap { throw gap }
    }

    /// The versions that stand no longer in a view of what named some persons, the oldest first, as far as they are kept;
    /// those of the persons themselves apart.
    ///
    /// - Parameter lent: for records, as resource/id, that named others for a while in place of one of the persons: whom.
    public func formerVersions(
        naming persons: [String], lent: [String: Set<String>], in view: View
    ) throws(LedgerFault) -> [(schema: Schema, version: Version)] {
        let wanted = Set(persons)
        let searched = lent.values.reduce(wanted) { $0.union($1) }
        var found: [(schema: Schema, version: Version)] = []
        var firsts: [RecordKey: Change] = [:]
        try ledger.find(searched.sorted(), through: view.seq) { entry throws(LedgerFault) in
            for change in entry.changes where schemas.declares(change.resource) {
                let number = schemas.number(change.resource)
                let schema = schemas.all[number]
                guard !schema.isPerson, let id = change.recordID(of: schema) else { continue }
                let named = schemas.persons(namedBy: change)
                guard
                    !wanted.isDisjoint(with: named)
                        || !(lent["\(schema.name)/\(schema.text(id))"]?.isDisjoint(with: named) ?? true)
                else { continue }
                let key = RecordKey(table: number, id: id)
                if firsts[key] == nil { firsts[key] = change }
                guard case .stands(let encoded) = change.state, view.record(schema.name, id)?.encoded != encoded else {
                    continue
                }
                found.append((schema, Version(entry: entry, change: change)))
            }
        }
        // What named nobody yet, such as a touch of a visitor before it was known who that is.
        for (key, change) in firsts {
            guard let was = change.was else { continue }
            let schema = schemas.all[key.table]
            do throws(LedgerFault) {
                try versions(schema, key.id, from: was) { version in
                    guard version.record(of: schema) != nil, schemas.persons(namedBy: version.change).isEmpty else {
                        return false
                    }
                    found.append((schema, version))
                    return true
                }
            } catch {
                guard error.nextKept != nil else { throw error }
                continue
            }
        }
        return found.sorted { $0.version.entry.seq < $1.version.entry.seq }
    }

    // MARK: Erasure

    /// Does what is left to do of the erasures up to an entry: older lines are blanked and old snapshots replaced.
    ///
    /// - Throws: ``LedgerFault`` where that failed; the next call, and the next start, do it again.
    public func finishErasures(through seq: Int64) throws(LedgerFault) {
        try erasures.withLock { _ throws(LedgerFault) in
            let view = kept
            try ledger.erase(through: seq, schemas.blanking, seq: view.seq) { give throws(LedgerFault) in
                try view.giveAll(give)
            }
        }
    }
}

extension View {
    /// The last entry that changed a record, there or gone; `nil` where there never was one.
    public func lastChange(_ schema: Schema, _ id: Identifier) -> Int64? {
        let table = table(schema.name)
        return table.records[id]?.seq ?? table.tombstones[id]
    }

    fileprivate func giveAll(_ give: (Standing) throws(LedgerFault) -> Void) throws(LedgerFault) {
        for table in tables { try table.giveAll(give) }
    }
}

extension Table {
    fileprivate func giveAll(_ give: (Standing) throws(LedgerFault) -> Void) throws(LedgerFault) {
        var fault: LedgerFault?
        func tryGive(_ standing: Standing) -> Bool {
            do throws(LedgerFault) { try give(standing) } catch { fault = error }
            return fault == nil
        }
        records.ascend { _, record in
            tryGive(Standing(resource: schema.name, seq: record.seq, .stands(record.encoded)))
        }
        if fault == nil {
            tombstones.ascend { id, seq in
                tryGive(Standing(resource: schema.name, seq: seq, .gone(id: schema.text(id))))
            }
        }
        if let fault { throw fault }
    }
}

extension Change {
    /// The id of its record, which is one of `schema`.
    public func recordID(of schema: Schema) -> Identifier? {
        switch state {
        case .gone(let text): Identifier(text, prefix: schema.prefix)
        case .stands(let encoded): Record.id(of: encoded, prefix: schema.prefix)
        }
    }
}

extension Change {
    /// The record's version after it; 0 where it is gone.
    fileprivate func version(in schema: Schema) -> Int64 {
        guard case .stands(let encoded) = state else { return 0 }
        do throws(JSONFault) { return try Record(decoding: encoded, schema: schema, seq: 0).version } catch { return 0 }
    }
}

// MARK: What was known

extension Store {
    /// The last entry that was recorded before an instant; 0 where none was.
    ///
    /// - Throws: ``LedgerFault/forgotten(before:)`` where those of that time are no longer kept, or
    ///   ``LedgerFault/lost(after:before:)``.
    public func seq(before time: Instant) throws(LedgerFault) -> Int64 {
        let newest = view.seq
        var (low, high) = (Int64(0), newest)
        var isGapMet = false
        while low < high {
            let middle = low + (high - low + 1) / 2
            do throws(LedgerFault) {
                if try instant(ofEntry: middle) < time { low = middle } else { high = middle - 1 }
            } catch {
                guard let first = error.nextKept else { throw error }
                // The first that is there behind those that are not says on which side of them to look.
                if first <= high, try instant(ofEntry: first) < time {
                    low = first
                } else {
                    (high, isGapMet) = (middle - 1, true)
                }
            }
        }
        // Where what follows is not there nobody knows whether that was the last by then.
        if isGapMet, low < newest { _ = try instant(ofEntry: low + 1) }
        return low
    }

    private func instant(ofEntry seq: Int64) throws(LedgerFault) -> Instant {
        var at: Instant?
        try ledger.follow(after: seq - 1, through: seq) { entry throws(LedgerFault) in
            at = Instant(entry.at)
            return false
        }
        guard let at else { throw .unreadable(seq: seq, reason: "it says no time") }
        return at
    }

    /// The store as it was after an entry: the newest state with all that changed since put back.
    ///
    /// - Throws: ``LedgerFault/forgotten(before:)`` or ``LedgerFault/lost(after:before:)`` where what it was is not there.
    public func view(through seq: Int64) throws(LedgerFault) -> View {
        let now = view
        guard seq < now.seq else { return now }
        var firstChanges: [RecordKey: Int64?] = [:]
        try ledger.follow(after: seq, through: now.seq) { entry throws(LedgerFault) in
            for change in entry.changes where schemas.declares(change.resource) {
                let number = schemas.number(change.resource)
                guard let id = change.recordID(of: schemas.all[number]) else { continue }
                let key = RecordKey(table: number, id: id)
                if firstChanges[key] == nil { firstChanges[key] = .some(change.was) }
            }
            return true
        }
        var tables = now.tables
        var olds: [(seq: Int64, key: RecordKey)] = []
        for (key, was) in firstChanges {
            if let was { olds.append((was, key)) } else { tables[key.table].restore(key.id, to: nil, goneSince: nil) }
        }
        olds.sort { $0.seq < $1.seq }
        var start = 0
        while start < olds.count {
            var end = start + 1
            // Entries that are near one another are read in one go.
            while end < olds.count, olds[end].seq - olds[end - 1].seq < 64 { end += 1 }
            let near = olds[start..<end]
            do throws(LedgerFault) {
                try restore(near, in: &tables)
            } catch {
                guard error.nextKept != nil else { throw error }
                // What is not there may be none of those that are wanted.
                for place in near.indices { try restore(near[place...place], in: &tables) }
            }
            start = end
        }
        return View(seq: seq, tables: tables, schemas: schemas)
    }

    private struct RecordKey: Hashable {
        let table: Int
        let id: Identifier
    }

    private func restore(
        _ olds: ArraySlice<(seq: Int64, key: RecordKey)>, in tables: inout [Table]
    ) throws(LedgerFault) {
        guard let first = olds.first, let last = olds.last else { return }
        var wanted: [Int64: Set<RecordKey>] = [:]
        for old in olds { wanted[old.seq, default: []].insert(old.key) }
        var found: [(key: RecordKey, record: Record?, seq: Int64)] = []
        try ledger.follow(after: first.seq - 1, through: last.seq) { entry throws(LedgerFault) in
            guard let keys = wanted[entry.seq] else { return true }
            for change in entry.changes where schemas.declares(change.resource) {
                let number = schemas.number(change.resource)
                guard let id = change.recordID(of: schemas.all[number]) else { continue }
                let key = RecordKey(table: number, id: id)
                if keys.contains(key) {
                    let version = Version(entry: entry, change: change)
                    found.append((key, version.record(of: schemas.all[number]), entry.seq))
                }
            }
            return true
        }
        for old in found {
            tables[old.key.table].restore(old.key.id, to: old.record, goneSince: old.record == nil ? old.seq : nil)
        }
    }
}
