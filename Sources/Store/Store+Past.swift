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
            let view = view
            try ledger.snapshot(seq: view.seq) { give throws(LedgerFault) in try view.giveAll(give) }
            return view.seq
        }
    }

    // MARK: History

    /// Gives the entries after `seq` that are durable, in order while `take` says to go on.
    ///
    /// - Throws: ``LedgerFault/forgotten(before:)`` where the first of them is no longer kept.
    public func follow(
        after seq: Int64, _ take: (Entry) throws(LedgerFault) -> Bool
    ) throws(LedgerFault) {
        try ledger.follow(after: seq, through: view.seq, take)
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
    public func lastChange(_ schema: Schema, _ id: Identifier) -> Int64? {
        let table = view.tables[schemas.number(schema.name)]
        return table.records[id]?.seq ?? table.tombstones[id]
    }

    /// The versions of a record, the newest first, from the one that entry `seq` made, while `take` says to go on.
    ///
    /// - Throws: ``LedgerFault/forgotten(before:)`` where an older one is no longer kept.
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
        try ledger.follow(after: 0, through: seq - 1) { entry throws(LedgerFault) in
            for change in entry.changes where change.resource == schema.name && change.recordID(of: schema) == id {
                found.append(Version(entry: entry, change: change))
            }
            return true
        }
        for version in found.reversed() where !take(version) { return }
    }

    // MARK: Erasure

    /// Does what is left to do of the erasures up to an entry: older lines are blanked and old snapshots replaced.
    ///
    /// - Throws: ``LedgerFault`` where that failed; the next call, and the next start, do it again.
    public func finishErasures(through seq: Int64) throws(LedgerFault) {
        try erasures.withLock { _ throws(LedgerFault) in
            let view = view
            try ledger.erase(through: seq, schemas.blanking, seq: view.seq) { give throws(LedgerFault) in
                try view.giveAll(give)
            }
        }
    }
}

extension View {
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
