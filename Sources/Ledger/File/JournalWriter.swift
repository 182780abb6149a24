internal import Glibc
internal import JSON
internal import Locks

/// When what was written is made durable.
public enum SyncMode: String, Sendable, CaseIterable {
    /// Before it is answered.
    case always
    /// Once a second; a power loss takes the second before it, the end of the process nothing.
    case interval
    /// When the system does.
    case never
}

/// The end of the journal, where entries are appended.
///
/// Invariants: (1) entries stand in order of `seq` without a gap, across segments; (2) behind `size` stands nothing that
/// was answered, and before the next write nothing at all; (3) under ``SyncMode/always`` all up to `size` is on disk.
struct JournalWriter {
    private let directory: String
    private let segmentBytesMax: Int
    private let mode: SyncMode
    private var segment: OpenSegment?
    /// The bytes of the segment that hold.
    private var size = 0
    /// The last entry that was written, that is on disk, and that a mark in the segment says to be.
    private(set) var writtenSeq: Int64
    private var syncedSeq: Int64
    private var markedSeq: Int64
    /// The last erasure.
    private(set) var lastErasure: Int64
    private var stop: Stop?
    /// The path of a segment that was half begun and must go before another is.
    private var halfBegun: String?

    /// A segment that is written to; shared with who syncs it beside the writing.
    final class OpenSegment: Sendable {
        let file: SystemFile
        /// What kept it from being synced once.
        let fault = Locked<LedgerFault?>(nil)

        init(_ path: String) throws(LedgerFault) {
            // Loading took away a segment without entries, so one of that name has some: it is never written over.
            file = try SystemFile(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND)
        }

        /// The system tells a fault to one sync alone, and calls the next a success.
        func sync() throws(LedgerFault) {
            try fault.withLock { fault throws(LedgerFault) in
                if let fault { throw fault }
                do throws(LedgerFault) {
                    try file.sync()
                } catch {
                    fault = error
                    throw error
                }
            }
        }
    }

    private struct Stop {
        let fault: LedgerFault
        /// Whether room may be there again, and it can go on without a restart.
        let isMendable: Bool
        /// Whether something may stand behind `size`.
        var isUncut: Bool
        /// Whether the segment is left for a new one: after a failed sync nobody knows what the system still holds.
        let leavesSegment: Bool
    }

    init(directory: String, segmentBytesMax: Int, mode: SyncMode, seq: Int64, lastErasure: Int64) {
        self.directory = directory
        self.segmentBytesMax = segmentBytesMax
        self.mode = mode
        self.lastErasure = lastErasure
        (writtenSeq, syncedSeq, markedSeq) = (seq, seq, seq)
    }

    // MARK: Appending

    mutating func append(_ entries: [Entry]) throws(LedgerFault) {
        try mend()
        guard let last = entries.last else { return mark() }
        if segment == nil || size >= segmentBytesMax { try beginSegment(firstSeq: writtenSeq + 1) }
        guard let segment else { throw .closed(because: "no segment was begun") }
        var text = JSONWriter(capacity: Self.bytesAbout(entries))
        let erasure = write(entries, to: &text)
        do throws(LedgerFault) {
            try segment.file.write(text)
            guard try segment.file.isNamed() else { throw .takenAway(path: segment.file.path) }
        } catch {
            // A file that may grow no more is left for another.
            throw stopped(by: error, isMendable: error.isOfRoom, leavesSegment: error.isOfFileSize)
        }
        if mode == .always { try sync(segment) }
        size += text.count
        writtenSeq = last.seq
        lastErasure = erasure
        if mode == .always { syncedSeq = last.seq }
    }

    private mutating func sync(_ segment: OpenSegment) throws(LedgerFault) {
        do throws(LedgerFault) {
            try segment.sync()
        } catch {
            // Where writes are answered before their sync, what the system let go of is answered and not on disk: no
            // later sync makes that good.
            throw stopped(by: error, isMendable: error.isOfRoom && mode == .always, leavesSegment: true)
        }
    }

    /// How many bytes entries come to, or a little more.
    private static func bytesAbout(_ entries: [Entry]) -> Int {
        var bytes = 0
        for entry in entries {
            bytes += 512
            for change in entry.changes {
                bytes += 96
                if case .stands(let record) = change.state { bytes += record.count }
            }
        }
        return bytes
    }

    /// Writes the lines of entries, and tells which was the last erasure then.
    private func write(_ entries: [Entry], to text: inout JSONWriter) -> Int64 {
        var erasure = lastErasure
        var synced: Int64? = syncedSeq
        for entry in entries {
            EntryLine(entry: entry, synced: synced, erasureBefore: entry.erases ? erasure : nil).write(to: &text)
            if entry.erases { erasure = entry.seq }
            // Once a batch is enough: it proves the batches before.
            synced = nil
        }
        return erasure
    }

    /// Says that all is on disk, so that a damaged last entry is told from one that was never synced.
    private mutating func mark() {
        guard let segment, syncedSeq == writtenSeq, markedSeq < syncedSeq else { return }
        var bytes: [UInt8] = []
        JournalLine.appendMark(synced: syncedSeq, to: &bytes)
        do throws(LedgerFault) {
            try segment.file.write(bytes)
            size += bytes.count
            markedSeq = syncedSeq
        } catch {
            // Nothing is lost without it; but what is half written must go before the next entry.
            _ = stopped(by: error, isMendable: error.isOfRoom, leavesSegment: false)
        }
    }

    // MARK: Segments

    private mutating func beginSegment(firstSeq: Int64) throws(LedgerFault) {
        // What stands before the last segment is taken for durable by every reader, the mark at its end too.
        if let segment { try sync(segment) }
        let path = "\(directory)/journal/\(Segment.name(firstSeq))"
        do throws(LedgerFault) {
            var header: [UInt8] = []
            Segment.appendHeader(kind: "journal", seq: firstSeq, to: &header)
            let begun = try OpenSegment(path)
            // Not before: what could not be opened for being there is somebody's.
            halfBegun = path
            try begun.file.write(header)
            try begun.file.sync()
            try SystemFile.syncDirectory("\(directory)/journal")
            halfBegun = nil
            segment = begun
            size = header.count
            if mode != .always { syncedSeq = writtenSeq }
        } catch {
            throw stopped(by: error, isMendable: error.isOfRoom, leavesSegment: true)
        }
    }

    /// Leaves the segment as it is; the next entry begins a new one.
    mutating func endSegment() throws(LedgerFault) {
        // What a fault left behind the end would stay there for good.
        try mend()
        if let segment { try sync(segment) }
        try leaveSegment()
        syncedSeq = writtenSeq
    }

    /// Has all that was written on disk, says so, and takes no more.
    ///
    /// - Returns: the last entry.
    mutating func close() throws(LedgerFault) -> Int64 {
        if let segment, syncedSeq < writtenSeq {
            try sync(segment)
            syncedSeq = writtenSeq
        }
        if stop == nil {
            mark()
            let fault = LedgerFault.closed(because: "the ledger is closed")
            stop = Stop(fault: fault, isMendable: false, isUncut: false, leavesSegment: false)
        }
        return writtenSeq
    }

    // MARK: Syncing beside the writing

    /// What is written and not known to be on disk.
    func unsynced() -> (segment: OpenSegment, seq: Int64)? {
        guard let segment, syncedSeq < writtenSeq, stop == nil else { return nil }
        return (segment, writtenSeq)
    }

    /// Tells what came of syncing it.
    mutating func settle(_ seq: Int64, _ fault: LedgerFault?) {
        if let fault {
            // These entries were answered before their sync, as the mode says; no more are.
            stop = Stop(fault: fault, isMendable: false, isUncut: false, leavesSegment: true)
        } else {
            syncedSeq = max(syncedSeq, seq)
        }
    }

    // MARK: Faults

    /// Takes no more entries, and takes back what was half written.
    private mutating func stopped(
        by fault: LedgerFault, isMendable: Bool, leavesSegment: Bool
    ) -> LedgerFault {
        var stop = Stop(fault: fault, isMendable: isMendable, isUncut: true, leavesSegment: leavesSegment)
        do throws(LedgerFault) {
            try cut()
            stop.isUncut = false
        } catch {
            // The disk that refused the write refuses this too.
        }
        self.stop = stop
        return stop.isUncut ? .undecided(because: fault.description) : fault
    }

    /// A segment without entries goes, since the next one would have its name.
    private mutating func leaveSegment() throws(LedgerFault) {
        let next = "\(directory)/journal/\(Segment.name(writtenSeq + 1))"
        if let segment, segment.file.path == next {
            try SystemFile.remove(next)
            try SystemFile.syncDirectory("\(directory)/journal")
        }
        segment = nil
    }

    private mutating func cut() throws(LedgerFault) {
        if let path = halfBegun {
            try SystemFile.remove(path)
            try SystemFile.syncDirectory("\(directory)/journal")
            halfBegun = nil
        }
        guard let segment else { return }
        // One that was taken away keeps nothing.
        guard try segment.file.isNamed() else { return }
        try segment.file.truncate(to: size)
        try segment.file.sync()
    }

    /// Goes on where the fault was one of room and there is room again.
    private mutating func mend() throws(LedgerFault) {
        guard var stop else { return }
        guard stop.isMendable else { throw .closed(because: stop.fault.description) }
        do throws(LedgerFault) {
            if stop.isUncut {
                try cut()
                stop.isUncut = false
                self.stop = stop
            }
            if stop.leavesSegment { try leaveSegment() }
            // Room for a segment's beginning is none for an entry.
            if segment == nil { try beginSegment(firstSeq: writtenSeq + 1) }
            try segment?.file.reserve(64 << 10)
        } catch {
            throw .closed(because: error.description)
        }
        self.stop = nil
    }
}
