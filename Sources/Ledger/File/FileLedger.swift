internal import Glibc
internal import Synchronization

/// A ledger in a directory: a journal of JSON lines in segments, and snapshots beside it.
///
/// Invariants: (1) entries stand in order of `seq` without a gap, across segments; (2) an entry that `append`
/// returned for is on disk; (3) after a failed write or sync nothing more is written until the next start.
public final class FileLedger: Ledger {
    private let directory: String
    private let segmentBytesMax: Int
    private let state: Mutex<State>

    private struct State: ~Copyable {
        let lock: SystemFile
        var segment: SystemFile?
        var segmentBytes = 0
        var fault: LedgerFault?
    }

    /// Opens the ledger in `directory`, made where there is none, and keeps other processes out.
    ///
    /// - Parameter segmentBytesMax: from which size on, in bytes, a new segment is begun.
    /// - Throws: ``LedgerFault/inUse(directory:)`` when another process has it.
    public init(directory: String, segmentBytesMax: Int = 64 << 20) throws(LedgerFault) {
        self.directory = directory
        self.segmentBytesMax = segmentBytesMax
        try SystemFile.makeDirectory(directory)
        let lock = try SystemFile("\(directory)/LOCK", O_RDWR | O_CREAT)
        try lock.lock(directory: directory)
        try SystemFile.makeDirectory("\(directory)/journal")
        try SystemFile.makeDirectory("\(directory)/snapshots")
        state = Mutex(State(lock: lock))
    }

    // MARK: Load

    /// Reads the newest good snapshot and the entries after it; cuts a torn last entry.
    public func load(_ reader: (Loaded) throws(LedgerFault) -> Void) throws(LedgerFault) -> LoadReport {
        var recovery = Recovery(directory: directory)
        try recovery.load(reader)
        if let remainder = recovery.remainder { try takeAway(remainder) }
        return recovery.report
    }

    private func takeAway(_ remainder: Recovery.Remainder) throws(LedgerFault) {
        let journal = "\(directory)/journal"
        switch remainder {
        case .tornEntry(let file, let size):
            let segment = try SystemFile("\(journal)/\(file)", O_WRONLY)
            try segment.truncate(to: size)
            try segment.sync()
        case .emptySegment(let file):
            try SystemFile.remove("\(journal)/\(file)")
            try SystemFile.syncDirectory(journal)
        }
    }

    /// Reads all that is kept and changes nothing.
    ///
    /// - Throws: ``LedgerFault`` at the first damage other than a torn last entry, which is a remark.
    public func verify() throws(LedgerFault) -> LoadReport {
        var recovery = Recovery(directory: directory)
        try recovery.load(everySegment: true) { _ throws(LedgerFault) in }
        try recovery.verifyAllSnapshots()
        return recovery.report
    }

    // MARK: Append

    /// Writes the entries behind the last, in one write and one sync.
    public func append(_ entries: [Entry]) throws(LedgerFault) {
        guard let first = entries.first else { return }
        var bytes: [UInt8] = []
        for entry in entries { EntryLine.append(entry, to: &bytes) }
        try state.withLock { state throws(LedgerFault) in
            if let fault = state.fault { throw .closed(because: fault.description) }
            do throws(LedgerFault) {
                try write(bytes, firstSeq: first.seq, &state)
            } catch {
                // After a failed sync the kernel may drop the dirty pages and call the next one a success, so
                // nothing is tried again; what was half written is cut where that is still possible.
                state.fault = error
                cutHalfWritten(state)
                throw error
            }
        }
    }

    private func cutHalfWritten(_ state: borrowing State) {
        do throws(LedgerFault) {
            try state.segment?.truncate(to: state.segmentBytes)
        } catch {
            // The disk that refused the write may refuse this too; the next start cuts what is torn.
        }
    }

    private func write(_ bytes: [UInt8], firstSeq: Int64, _ state: inout State) throws(LedgerFault) {
        if state.segment == nil || state.segmentBytes >= segmentBytesMax {
            try beginSegment(firstSeq: firstSeq, &state)
        }
        try state.segment?.write(bytes)
        try state.segment?.sync()
        state.segmentBytes += bytes.count
    }

    private func beginSegment(firstSeq: Int64, _ state: inout State) throws(LedgerFault) {
        let path = "\(directory)/journal/\(Segment.name(firstSeq))"
        // Loading took away a segment without entries, so one of that name has some: it is never written over.
        let segment = try SystemFile(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND)
        let header = Segment.header(kind: "journal", seq: firstSeq)
        try segment.write(header)
        try segment.sync()
        try SystemFile.syncDirectory("\(directory)/journal")
        state.segment = consume segment
        state.segmentBytes = header.count
    }

    // MARK: Snapshot

    /// Writes a snapshot under a temporary name and gives it its own when it is on disk.
    public func snapshot(
        seq: Int64, _ write: ((Change) throws(LedgerFault) -> Void) throws(LedgerFault) -> Void
    ) throws(LedgerFault) {
        let folder = "\(directory)/snapshots"
        let temporary = "\(folder)/writing"
        let file = try SystemFile(temporary, O_WRONLY | O_CREAT | O_TRUNC)
        var writer = SnapshotWriter(seq: seq)
        try write { change throws(LedgerFault) in
            writer.append(change)
            if writer.buffer.count >= 1 << 20 { try file.write(writer.takeBuffer()) }
        }
        writer.finish()
        try file.write(writer.takeBuffer())
        try file.sync()
        try SystemFile.rename(temporary, to: "\(folder)/\(Segment.name(seq))")
        try SystemFile.syncDirectory(folder)
        try removeOldSnapshots(in: folder)
    }

    /// Two are kept: the newest, and one to fall back on.
    private func removeOldSnapshots(in folder: String) throws(LedgerFault) {
        let names = try SystemFile.names(in: folder).filter { Segment.seq(ofName: $0) != nil }
        for name in names.dropLast(2) { try SystemFile.remove("\(folder)/\(name)") }
    }
}
