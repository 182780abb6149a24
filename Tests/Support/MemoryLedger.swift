internal import JSON
public import Ledger
internal import Locks

/// A ledger that forgets at the end of the process.
public final class MemoryLedger: Ledger {
    private let state = Locked(State())

    /// An empty one.
    public init() {}

    private struct State {
        var entries: [Entry] = []
        var snapshot: (seq: Int64, standings: [Standing])?
        /// The last erasure that is done.
        var erased: Int64 = 0
    }

    /// Reads what was appended.
    public func load<Reader: LedgerReader>(into reader: inout Reader) throws(LedgerFault) -> LoadReport {
        let state = state.withLock { $0 }
        var report = LoadReport()
        if let snapshot = state.snapshot {
            reader.take(try reader.read(.standings(snapshot.standings)))
            report.snapshotSeq = snapshot.seq
            report.seq = snapshot.seq
            report.records = snapshot.standings.count
        }
        let entries = state.entries.filter { $0.seq > report.seq }
        reader.take(try reader.read(.entries(entries)))
        report.seq = entries.last?.seq ?? report.seq
        report.entries = entries.count
        return report
    }

    /// Keeps the entries.
    public func append(_ new: [Entry]) throws(LedgerFault) { state.withLock { $0.entries += new } }

    /// Gives the entries.
    public func follow(
        after seq: Int64, through last: Int64, _ take: (Entry) throws(LedgerFault) -> Bool
    ) throws(LedgerFault) {
        for entry in state.withLock({ $0.entries }) where entry.seq > seq && entry.seq <= last {
            guard try take(entry) else { return }
        }
    }

    /// Keeps the records.
    public func snapshot(seq: Int64, _ write: SnapshotSource) throws(LedgerFault) {
        let erased = state.withLock { $0.erased }
        guard seq >= erased else { throw .erased(through: erased) }
        var standings: [Standing] = []
        try write { standing throws(LedgerFault) in standings.append(standing) }
        state.withLock { [standings] in $0.snapshot = (seq, standings) }
    }

    /// Blanks what was appended before.
    public func erase(
        through last: Int64, _ blanking: Blanking, seq: Int64, _ write: SnapshotSource
    ) throws(LedgerFault) {
        if state.withLock({ $0.snapshot != nil }) { try snapshot(seq: seq, write) }
        let entries = state.withLock { $0.entries }
        // Each subject by its own last erasure: what came after that was not erased.
        var erased: [String: Int64] = [:]
        for entry in entries where entry.erases && entry.seq <= last {
            for id in entry.changes.flatMap(blanking.subjects) { erased[id] = entry.seq }
        }
        // From the newest back, so that it is known whose a version is that names nobody.
        var isBlankedNext: [String: Bool] = [:]
        let blanked = entries.reversed().map { entry in
            entry.with(
                entry.changes.reversed().map { change in
                    let id = change.recordID ?? ""
                    let subjects = blanking.subjects(change)
                    if !subjects.isEmpty {
                        let isOf = { (through: Int64) in subjects.contains { through <= erased[$0] ?? 0 } }
                        isBlankedNext[id] = isOf(entry.seq)
                        return isOf(entry.seq + 1) ? blanking.blank(change) : change
                    }
                    return isBlankedNext[id] == true ? blanking.blank(change) : change
                }.reversed())
        }
        state.withLock { state in
            state.entries = blanked.reversed()
            state.erased = entries.last { $0.erases && $0.seq <= last }?.seq ?? state.erased
        }
    }
}

extension Change {
    /// The id in it.
    fileprivate var recordID: String? {
        switch state {
        case .gone(let id): return id
        case .stands(let bytes):
            do throws(JSONFault) { return try JSONParser.parse(bytes)["id"]?.text } catch { return nil }
        }
    }
}

extension Entry {
    fileprivate func with(_ changes: [Change]) -> Entry {
        Entry(seq: seq, at: at, actor: actor, request: request, erases: erases, changes: changes)
    }
}

/// Keeps what it reads.
public struct KeepingReader: LedgerReader {
    /// The entries, in order.
    public private(set) var entries: [Entry] = []
    /// The records of a snapshot.
    public private(set) var records: [Standing] = []

    /// One that has read nothing.
    public init() {}

    /// Passes on what is read.
    public func read(_ loaded: Loaded) -> Loaded { loaded }

    /// Keeps a part.
    public mutating func take(_ part: Loaded) {
        switch part {
        case .entries(let new): entries += new
        case .standings(let new): records += new
        }
    }

    /// Forgets all.
    public mutating func restart() { self = KeepingReader() }
}
