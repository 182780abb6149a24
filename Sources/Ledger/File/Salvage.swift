internal import Glibc

/// Takes every entry and record that is whole out of a damaged directory into a new one, and says what it could not.
///
/// Numbers that are lost are filled with entries that change nothing, so that what follows keeps its own.
public struct Salvage {
    /// What could not be taken, line by line.
    public private(set) var losses: [String] = []
    /// How many entries were taken.
    public private(set) var entries = 0
    /// How many records of a snapshot were taken.
    public private(set) var records = 0
    private let source: String
    /// Where is written, until all is; `nil` where it is only looked what could not be taken.
    private let target: String?
    private let segmentBytesMax: Int
    /// When the last entry that was taken was recorded.
    private var lastTime = "1970-01-01T00:00:00Z"

    /// Salvages the directory `source`, of which nothing is changed, into `target`, which must not be there yet.
    ///
    /// What is written has a name of its own (`.unfinished`) until all is there: a server that finds half would start with it.
    ///
    /// - Parameters:
    ///   - reader: what a start would read it with; what it does not take is lost.
    ///   - segmentBytesMax: from which size on, in bytes, a new segment is begun.
    /// - Throws: ``LedgerFault`` where another process has the source, or the new files cannot be written.
    public init(
        from source: String, into target: String, with reader: some LedgerReader, segmentBytesMax: Int = 64 << 20
    ) throws(LedgerFault) {
        try self.init(source, target, reader, segmentBytesMax)
    }

    /// Looks what could not be taken of a directory, and writes nothing.
    ///
    /// - Throws: ``LedgerFault`` where another process has it.
    public init(of source: String, with reader: some LedgerReader) throws(LedgerFault) {
        try self.init(source, nil, reader, .max)
    }

    private init(
        _ source: String, _ target: String?, _ reader: some LedgerReader, _ segmentBytesMax: Int
    ) throws(LedgerFault) {
        self.source = source
        let unfinished = target.map(Self.unfinished)
        self.target = unfinished
        self.segmentBytesMax = segmentBytesMax
        // Held, so that no server writes to it meanwhile.
        let lock = try LockFile(of: source)
        defer { withExtendedLifetime(lock) {} }
        if let unfinished {
            try SystemFile.makeDirectory(unfinished)
            try SystemFile.makeDirectory("\(unfinished)/journal")
            try SystemFile.makeDirectory("\(unfinished)/snapshots")
        }
        let snapshotSeq = try salvageSnapshot(with: reader)
        try salvageJournal(snapshotSeq: snapshotSeq, with: reader)
        if let target, let unfinished {
            try SystemFile.rename(unfinished, to: target)
            try SystemFile.syncDirectory("\(target)/..")
        }
    }

    /// What a target is called until all is there.
    public static func unfinished(_ target: String) -> String {
        var name = target[...]
        while name.count > 1, name.hasSuffix("/") { name.removeLast() }
        return "\(name).unfinished"
    }

    // MARK: Snapshots

    /// The newest snapshot that is whole.
    private mutating func salvageSnapshot(with reader: some LedgerReader) throws(LedgerFault) -> Int64? {
        var seq: Int64?
        for snapshot in try Segment.snapshots(in: source).reversed() {
            var reader = reader
            do throws(LedgerFault) {
                let count = try SnapshotReader(directory: source, snapshot).load(into: &reader)
                guard seq == nil else { continue }
                (seq, records) = (snapshot.seq, count)
            } catch {
                losses.append("\(error.located(in: snapshot.file, line: 0))")
                continue
            }
            guard let target else { continue }
            try SystemFile.copy(
                "\(source)/\(snapshot.file)", to: "\(target)/snapshots/\(Segment.name(snapshot.seq))",
                in: "\(target)/snapshots")
        }
        losses += try Segment.foreignSnapshots(in: source).map {
            "\($0): nothing of it is taken, since it has no snapshot's name; where it is one, give it back the name that it had, and salvage again"
        }
        return seq
    }

    // MARK: Journal

    /// Takes the entries. Which erasures are done in all of them nothing says: the next start does them again.
    private mutating func salvageJournal(
        snapshotSeq: Int64?, with reader: some LedgerReader
    ) throws(LedgerFault) {
        var whole = try WholeEntries(of: source)
        losses += whole.losses
        // Without a snapshot the journal has to begin with the first entry, and so it has where there is none of it.
        // No entry has the number 0, whatever a file is called.
        let first = max(1, [whole.segments.first?.seq, whole.places.first?.seq].compactMap(\.self).min() ?? 1)
        var next = snapshotSeq.map { min(first, $0 + 1) } ?? 1
        var output: Output?
        for place in whole.places {
            let here = "\(whole.segments[place.segment].file), line \(place.line)"
            guard place.seq >= next else {
                losses.append("\(here): entry \(place.seq) is there twice")
                continue
            }
            guard place.seq - next <= Self.gapMax else {
                losses.append(
                    "\(here): entry \(place.seq) is not taken, since "
                        + "\(place.seq - next) before it are missing: it seems to be of another ledger")
                continue
            }
            let line: EntryLine
            do throws(LedgerFault) {
                line = try whole.line(at: place)
                _ = try reader.read(.entries([line.entry]))
            } catch {
                losses.append("\(here): \(Self.reason(error))")
                continue
            }
            try take(line, &next, &output)
        }
        try output?.finish()
        if let snapshotSeq, next <= snapshotSeq {
            losses.append("\(Self.entries(next, snapshotSeq)) lost; the snapshot has what that led to")
        }
        let last = max(next - 1, snapshotSeq ?? 0)
        if let closed = try ClosedMark(directory: source).read(), closed > last {
            losses.append("\(Self.entries(last + 1, closed)) lost: the ledger went so far when it was closed")
        }
    }

    /// How many entries can be missing in a row: each is written anew as one that changes nothing.
    private static let gapMax: Int64 = 10_000_000

    /// A new segment that is written to.
    private final class Output {
        private let file: SystemFile
        private let directory: String
        private var bytes: [UInt8] = []
        private var writtenSize = 0
        var size: Int { writtenSize + bytes.count }

        init(directory: String, firstSeq: Int64) throws(LedgerFault) {
            self.directory = directory
            file = try SystemFile("\(directory)/\(Segment.name(firstSeq))", O_WRONLY | O_CREAT | O_EXCL | O_APPEND)
            Segment.appendHeader(kind: "journal", seq: firstSeq, to: &bytes)
        }

        func append(_ entry: Entry, erasureBefore: Int64?) throws(LedgerFault) {
            EntryLine(entry: entry, synced: nil, erasureBefore: erasureBefore).append(to: &bytes)
            if bytes.count > 1 << 20 { try write() }
        }

        private func write() throws(LedgerFault) {
            try file.write(bytes)
            writtenSize += bytes.count
            bytes = []
        }

        func finish() throws(LedgerFault) {
            try write()
            try file.sync()
            try SystemFile.syncDirectory(directory)
        }
    }

    /// Why an entry is not taken, without what a start would advise.
    private static func reason(_ fault: LedgerFault) -> String {
        switch fault {
        case .damaged(_, _, let reason): reason
        default: "\(fault)"
        }
    }

    private mutating func take(
        _ line: EntryLine, _ next: inout Int64, _ output: inout Output?
    ) throws(LedgerFault) {
        let seq = line.entry.seq
        try fill(from: next, to: seq, &output)
        next = seq + 1
        entries += 1
        lastTime = line.entry.at
        guard let current = try self.output(output, firstSeq: seq) else { return }
        try current.append(line.entry, erasureBefore: line.erasureBefore)
        output = current
        if current.size > segmentBytesMax {
            try current.finish()
            output = nil
        }
    }

    private func output(_ output: Output?, firstSeq: Int64) throws(LedgerFault) -> Output? {
        guard output == nil, let target else { return output }
        return try Output(directory: "\(target)/journal", firstSeq: firstSeq)
    }

    private mutating func fill(from next: Int64, to seq: Int64, _ output: inout Output?) throws(LedgerFault) {
        guard next < seq else { return }
        losses.append("\(Self.entries(next, seq - 1)) lost")
        guard let current = try self.output(output, firstSeq: next) else { return }
        for lost in next..<seq {
            let filler = Entry(seq: lost, at: lastTime, actor: "repair", request: "", changes: [])
            try current.append(filler, erasureBefore: nil)
        }
        output = current
    }

    private static func entries(_ first: Int64, _ last: Int64) -> String {
        first == last ? "entry \(first) is" : "entries \(first) to \(last) are"
    }
}
