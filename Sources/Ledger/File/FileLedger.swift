internal import Dispatch
internal import Glibc
internal import Locks

/// A ledger in a directory: a journal of JSON lines in segments, and snapshots beside it; `docs/LEDGER.md` has the format.
public final class FileLedger: Ledger {
    private let directory: String
    private let segmentBytesMax: Int
    private let mode: SyncMode
    private let lock: LockFile
    /// `nil` until it is loaded.
    private let journal = Locked<JournalWriter?>(nil)
    /// Held by whoever writes or takes away whole files: snapshots, erasures, retention.
    private let files = Locked<Void>(())
    /// The entry that the newest whole snapshot stands for.
    private let newestSnapshot = Locked<Int64?>(nil)
    private let syncing = DispatchQueue(label: "sync")

    /// Opens the ledger in `directory`, made where there is none, and keeps other processes out.
    ///
    /// - Parameters:
    ///   - sync: when entries are made durable.
    ///   - segmentBytesMax: from which size on, in bytes, a new segment is begun.
    /// - Throws: ``LedgerFault/inUse(directory:)`` when another process has it.
    public init(
        directory: String, sync: SyncMode = .always, segmentBytesMax: Int = 64 << 20
    ) throws(LedgerFault) {
        self.directory = directory
        self.segmentBytesMax = segmentBytesMax
        mode = sync
        try SystemFile.makeDirectory(directory)
        lock = try LockFile(making: directory)
        try Self.refuseWithoutJournal(directory)
        try SystemFile.makeDirectory("\(directory)/journal")
        try SystemFile.makeDirectory("\(directory)/snapshots")
    }

    /// A start would go on from the snapshot as if nothing had been answered since.
    private static func refuseWithoutJournal(_ directory: String) throws(LedgerFault) {
        guard !SystemFile.exists("\(directory)/journal") else { return }
        if try Segment.snapshots(in: directory).isEmpty, try ClosedMark(directory: directory).read() == nil {
            return
        }
        throw .damaged(file: "journal", line: 0, reason: "this folder is missing, and what stands beside it is not")
    }

    // MARK: Load

    /// Reads the newest good snapshot and the entries after it; cuts an end that was never synced.
    public func load<Reader: LedgerReader>(into reader: inout Reader) throws(LedgerFault) -> LoadReport {
        for folder in ["", "/journal", "/snapshots"] {
            try SystemFile.remove("\(directory)\(folder)/\(Segment.unfinishedName)")
        }
        var recovery = Recovery(directory: directory)
        try recovery.load(into: &reader)
        if let remainder = recovery.remainder { try takeAway(remainder) }
        try syncEnd()
        try ClosedMark(directory: directory).remove()
        try ErasedFile(directory: directory).forget(beyond: recovery.report.seq)
        let report = try Self.report(of: recovery)
        let writer = JournalWriter(
            directory: directory, segmentBytesMax: segmentBytesMax, mode: mode, seq: report.seq,
            lastErasure: recovery.lastErasure)
        journal.withLock { $0 = writer }
        newestSnapshot.withLock { $0 = recovery.report.snapshotSeq }
        if mode == .interval { syncInASecond() }
        return report
    }

    private func takeAway(_ remainder: Recovery.Remainder) throws(LedgerFault) {
        switch remainder {
        case .unsynced(let file, let size):
            let segment = try SystemFile("\(directory)/\(file)", O_WRONLY)
            try segment.truncate(to: size)
            try segment.sync()
        case .emptySegment(let file):
            try SystemFile.remove("\(directory)/\(file)")
            try SystemFile.syncDirectory("\(directory)/journal")
        }
    }

    /// What a killed process had written and not synced was read from the system's memory, and is answered from now on.
    private func syncEnd() throws(LedgerFault) {
        guard let last = try Segment.list("journal", in: directory).last else { return }
        try SystemFile("\(directory)/\(last.file)", O_WRONLY).sync()
        try SystemFile.syncDirectory("\(directory)/journal")
    }

    /// Reads all that is kept in a directory that no process has, and changes and makes nothing there.
    ///
    /// - Parameter reader: what a start would read it with.
    /// - Throws: ``LedgerFault`` where a process has it, and at the first damage that a start does not go on from; what
    ///   it would go on from is a remark.
    public static func verify(
        _ directory: String, with reader: some LedgerReader
    ) throws(LedgerFault) -> LoadReport {
        let lock = try LockFile(of: directory)
        defer { withExtendedLifetime(lock) {} }
        try refuseWithoutJournal(directory)
        var recovery = Recovery(directory: directory)
        var reader = reader
        try recovery.load(everySegment: true, into: &reader)
        try recovery.verifyOlderSnapshots()
        return try report(of: recovery)
    }

    /// What was read, with the erasure that is not known to be done.
    private static func report(of recovery: Recovery) throws(LedgerFault) -> LoadReport {
        var report = recovery.report
        if try recovery.lastErasure > Erasure(directory: recovery.directory).done() {
            report.unfinishedErasure = recovery.lastErasure
        }
        return report
    }

    // MARK: Append and follow

    /// Writes the entries behind the last, in one write and one sync.
    public func append(_ entries: [Entry]) throws(LedgerFault) {
        try journal.withLock { writer throws(LedgerFault) in
            guard writer != nil else { throw .closed(because: "the ledger is not loaded") }
            try writer?.append(entries)
        }
    }

    /// Syncs what the mode left to a later sync or to the system, and notes how far the journal goes.
    public func close() throws(LedgerFault) {
        try journal.withLock { writer throws(LedgerFault) in
            guard let last = try writer?.close() else { return }
            // Nothing is lost without it: only an end that is missing later is not noticed then.
            do throws(LedgerFault) { try ClosedMark(directory: directory).write(last) } catch {}
        }
    }

    /// Reads entries out of the segments.
    public func follow(
        after seq: Int64, through last: Int64, _ take: (Entry) throws(LedgerFault) -> Bool
    ) throws(LedgerFault) {
        try History(directory: directory).follow(after: seq, through: last, take)
    }

    /// Looks through the segments' bytes, on all cores: a line that holds none of the texts is not read.
    public func find(
        _ texts: [String], through last: Int64, _ take: (Entry) throws(LedgerFault) -> Void
    ) throws(LedgerFault) {
        // No segment goes meanwhile, nor is one written anew.
        try files.withLock { _ throws(LedgerFault) in
            let scan = Scan(directory: directory, texts: texts)
            let segments = try Segment.list("journal", in: directory)
            for segment in segments.dropLast() where segment.seq <= last {
                let damage = try scan.forEachEntry(of: segment) { entry throws(LedgerFault) in
                    if entry.seq <= last, entry.holds(anyOf: texts) { try take(entry) }
                }
                if let damage = damage.ofFound { throw damage }
            }
            // The last one is being written to: its end is no line yet.
            guard let newest = segments.last else { return }
            try follow(after: newest.seq - 1, through: last) { entry throws(LedgerFault) in
                if entry.holds(anyOf: texts) { try take(entry) }
                return true
            }
        }
    }

    private func syncInASecond() {
        syncing.asyncAfter(deadline: .now() + 1) { [weak self] in
            self?.syncWritten()
            self?.syncInASecond()
        }
    }

    /// Syncs beside the writing, which goes on meanwhile.
    private func syncWritten() {
        guard let (segment, seq) = journal.withLock({ $0?.unsynced() ?? nil }) else { return }
        var fault: LedgerFault?
        do throws(LedgerFault) { try segment.sync() } catch { fault = error }
        journal.withLock { $0?.settle(seq, fault) }
    }

    // MARK: Snapshot, erasure, retention

    /// Writes a snapshot under a temporary name and gives it its own when it is on disk.
    ///
    /// - Throws: ``LedgerFault/erased(through:)`` where it would bring back what was erased meanwhile.
    public func snapshot(seq: Int64, _ write: SnapshotSource) throws(LedgerFault) {
        try files.withLock { _ throws(LedgerFault) in
            let done = try Erasure(directory: directory).done()
            guard seq >= done else { throw .erased(through: done) }
            try writeSnapshot(seq: seq, write)
            try removeSnapshots { $0.dropLast(2) }
        }
    }

    private func writeSnapshot(seq: Int64, _ write: SnapshotSource) throws(LedgerFault) {
        let folder = "\(directory)/snapshots"
        // One that is there and whole would be written again, and the disk would free the other's room at once.
        if newestSnapshot.withLock({ $0 }) == seq, SystemFile.exists("\(folder)/\(Segment.name(seq))") { return }
        let newestErasure = journal.withLock { $0?.lastErasure ?? 0 }
        // Entries go on beside this, so there may be erasures that the snapshot does not stand for.
        let lastErasure = try Erasure(directory: directory).last(upTo: seq, from: newestErasure)
        try SystemFile.replace("\(folder)/\(Segment.name(seq))", in: folder) { file throws(LedgerFault) in
            var writer = SnapshotWriter(seq: seq, erased: lastErasure)
            try write { standing throws(LedgerFault) in
                guard let block = writer.append(standing) else { return }
                try file.write(block)
                // Little by little: a sync of the journal would wait for all that has gathered.
                try file.sync()
            }
            try file.write(writer.finish())
            return true
        }
        newestSnapshot.withLock { $0 = seq }
    }

    /// Has what the journal no longer tells stand in two files, as it does where two snapshots are kept.
    private func copySnapshotWhereAlone(seq: Int64) throws(LedgerFault) {
        guard try Segment.list("journal", in: directory).first?.seq ?? 1 > 1 else { return }
        let folder = "\(directory)/snapshots"
        try SystemFile.copy(
            "\(folder)/\(Segment.name(seq))", to: "\(folder)/\(Segment.copyName(seq))", in: folder)
    }

    private func removeSnapshots(_ choose: ([Segment.Named]) -> some Sequence<Segment.Named>) throws(LedgerFault) {
        for snapshot in choose(try Segment.snapshots(in: directory)) {
            try SystemFile.removeSlowly("\(directory)/\(snapshot.file)", in: "\(directory)/snapshots")
        }
        try SystemFile.syncDirectory("\(directory)/snapshots")
    }

    /// Writes older segments anew, and a snapshot in place of older ones.
    public func erase(
        through last: Int64, _ blanking: Blanking, seq: Int64, _ write: SnapshotSource
    ) throws(LedgerFault) {
        try files.withLock { _ throws(LedgerFault) in
            let erasure = Erasure(directory: directory)
            let done = try erasure.done()
            // What `last` names may be any entry, and what an entry that erases nothing changed is not blanked.
            let last = try erasure.last(upTo: last, from: journal.withLock { $0?.lastErasure ?? 0 })
            guard last > done else { return }
            // What is still written to is not written anew.
            try journal.withLock { writer throws(LedgerFault) in try writer?.endSegment() }
            let damage = try erasure.rewrite(through: last, after: done, blanking, standing: write)
            if try Segment.snapshots(in: directory).contains(where: { $0.seq < last }) {
                try writeSnapshot(seq: seq, write)
                try copySnapshotWhereAlone(seq: seq)
                try removeSnapshots { $0.filter { $0.seq < last } }
            }
            // Not before all else is blank.
            if let damage { throw damage }
            try erasure.setDone(last)
        }
    }

    /// Ends the segment that is written to; the next entry begins another.
    public func endSegment() throws(LedgerFault) {
        try files.withLock { _ throws(LedgerFault) in
            try journal.withLock { writer throws(LedgerFault) in try writer?.endSegment() }
        }
    }

    /// Takes away the segments that neither the snapshots nor the kept history need.
    ///
    /// - Parameter oldest: the time, RFC 3339 in UTC, from which on entries are kept.
    /// - Returns: how many went.
    @discardableResult
    public func removeSegments(recordedBefore oldest: String) throws(LedgerFault) -> Int {
        try files.withLock { _ throws(LedgerFault) in
            try Retention(directory: directory).removeSegments(recordedBefore: oldest)
        }
    }

    // MARK: Backup

    /// A file of a backup, open at what it holds now.
    public struct BackupFile: Sendable {
        /// The path within the directory.
        public let name: String
        /// How many bytes of it belong to the backup.
        public let size: Int
        private let file: OpenFile?

        fileprivate init(empty name: String) {
            self.name = name
            size = 0
            file = nil
        }

        fileprivate init(_ path: String, name: String) throws(LedgerFault) {
            self.name = name
            let opened = try OpenFile(path)
            size = try opened.file.size()
            file = opened
        }

        /// Some of the bytes from `place` on.
        public func read(at place: Int, countMax: Int) throws(LedgerFault) -> [UInt8] {
            try file?.file.read(at: place, count: min(countMax, size - place)) ?? []
        }
    }

    /// Opens every file that together are the ledger as it stands now, beside live traffic.
    public func openForBackup() throws(LedgerFault) -> [BackupFile] {
        try files.withLock { _ throws(LedgerFault) in
            // First, so that an archive which was cut short lacks what this says was there.
            let last = journal.withLock { $0?.writtenSeq ?? 0 }
            var opened = last > 0 ? [BackupFile(empty: ClosedMark.name(last))] : []
            // Opened first: a journal that is read later reaches at least as far.
            let snapshots = try open(Segment.snapshots(in: directory))
            opened += try open(Segment.list("journal", in: directory))
            if SystemFile.exists("\(directory)/erased") {
                opened.append(try BackupFile("\(directory)/erased", name: "erased"))
            }
            // Last in the archive: one that lacks a part of the journal has none that could stand for it.
            return opened + snapshots
        }
    }

    private func open(_ all: [Segment.Named]) throws(LedgerFault) -> [BackupFile] {
        var files: [BackupFile] = []
        for named in all {
            files.append(try BackupFile("\(directory)/\(named.file)", name: named.file))
        }
        return files
    }

    private final class OpenFile: Sendable {
        let file: SystemFile

        init(_ path: String) throws(LedgerFault) { file = try SystemFile(path, O_RDONLY) }
    }
}

/// The lock that keeps other processes out of a directory while it lives.
final class LockFile: Sendable {
    private let file: SystemFile

    /// Takes the lock, made where there is none.
    init(making directory: String) throws(LedgerFault) {
        file = try SystemFile("\(directory)/LOCK", O_RDWR | O_CREAT)
        try take(directory)
    }

    /// Takes the lock where there is one; a directory without one was never open.
    init?(of directory: String) throws(LedgerFault) {
        guard SystemFile.exists("\(directory)/LOCK") else { return nil }
        file = try SystemFile("\(directory)/LOCK", O_RDONLY)
        try take(directory)
    }

    private func take(_ directory: String) throws(LedgerFault) {
        // A killed process lets go of it only when the system has taken all that it had apart.
        var patience = 100
        while try !file.lock() {
            guard patience > 0 else { throw .inUse(directory: directory) }
            patience -= 1
            usleep(20_000)
        }
    }
}
