internal import Glibc
internal import JSON

/// Reads a ledger's directory back: the newest good snapshot, then the journal after it.
///
/// | snapshots        | journal                            | what happens                                        |
/// |------------------|------------------------------------|-----------------------------------------------------|
/// | none             | whole, from entry 1                | A: all entries are read                             |
/// | newest good      | goes on from it                    | B: its records, then the entries after it           |
/// | newest damaged   | reaches from an older one or 1 to  | C: the older is taken, and a remark made            |
/// |                  | the entry it stands for            |                                                     |
/// | any              | torn last entry                    | D: that entry is cut, and a remark made             |
/// | any              | damage elsewhere, or a gap         | E: refused with file and line                       |
/// | newest damaged   | does not reach so far              | F: refused                                          |
struct Recovery {
    /// What a crash left at the end of the journal, to be taken away before anything is appended.
    enum Remainder {
        /// A torn entry, and the size of its file without it.
        case tornEntry(file: String, size: Int)
        /// A segment that was begun and holds no entry.
        case emptySegment(file: String)
    }

    let directory: String
    private(set) var report = LoadReport()
    private(set) var remainder: Remainder?
    /// The newest snapshot, where it was passed over.
    private var passedOver: (seq: Int64, fault: LedgerFault)?
    /// The last entry read from the journal.
    private var journalSeq: Int64?

    init(directory: String) { self.directory = directory }

    /// Reads everything, in order.
    ///
    /// - Parameter everySegment: whether segments are read too that stand whole before the snapshot.
    mutating func load(
        everySegment: Bool = false, _ reader: (Loaded) throws(LedgerFault) -> Void
    ) throws(LedgerFault) {
        try loadNewestSnapshot(reader)
        let segments = try segmentNames()
        let needed = everySegment ? nil : segments.lastIndex { $0.seq <= report.seq + 1 }
        for index in (needed ?? 0)..<segments.count {
            try loadSegment(segments[index], isLast: index + 1 == segments.count, reader)
        }
        // A snapshot stands for what was durable, so a journal that ends before it has lost its end.
        if let passedOver, passedOver.seq > report.seq { throw passedOver.fault }
    }

    /// Reads every snapshot, also those that loading would not need.
    mutating func verifyAllSnapshots() throws(LedgerFault) {
        for seq in try snapshotSeqs() {
            _ = try VerifiedSnapshot(directory: directory, seq: seq).read { _ throws(LedgerFault) in }
        }
    }

    // MARK: Snapshots

    private mutating func loadNewestSnapshot(_ reader: (Loaded) throws(LedgerFault) -> Void) throws(LedgerFault) {
        for seq in try snapshotSeqs().reversed() {
            let snapshot: VerifiedSnapshot
            do throws(LedgerFault) {
                snapshot = try VerifiedSnapshot(directory: directory, seq: seq)
            } catch {
                report.remarks.append("C: snapshot passed over: \(error)")
                passedOver = passedOver ?? (seq, error)
                continue
            }
            report.records = try snapshot.read(reader)
            report.snapshotSeq = seq
            report.seq = seq
            return
        }
    }

    private func snapshotSeqs() throws(LedgerFault) -> [Int64] {
        try SystemFile.names(in: "\(directory)/snapshots").compactMap { Segment.seq(ofName: $0) }
    }

    // MARK: The journal

    private func segmentNames() throws(LedgerFault) -> [(seq: Int64, name: String)] {
        var segments: [(seq: Int64, name: String)] = []
        for name in try SystemFile.names(in: "\(directory)/journal") {
            guard let seq = Segment.seq(ofName: name) else {
                throw .damaged(file: "journal/\(name)", line: 0, reason: "this file does not belong here")
            }
            segments.append((seq, name))
        }
        return segments
    }

    private mutating func loadSegment(
        _ segment: (seq: Int64, name: String), isLast: Bool, _ reader: (Loaded) throws(LedgerFault) -> Void
    ) throws(LedgerFault) {
        let file = "journal/\(segment.name)"
        try verifyPlace(of: segment.seq, file: file)
        let bytes = try SystemFile("\(directory)/\(file)", O_RDONLY).readAll()
        var lines = Lines(bytes)
        guard let header = lines.next(), header.isEnded else {
            // The file was made and its first line never reached the disk, so no entry in it was ever answered.
            guard isLast else { throw .damaged(file: file, line: 1, reason: "its first line is missing") }
            return cut(.emptySegment(file: segment.name), file: file, line: 1)
        }
        try Segment.verifyHeader(bytes, header.range, kind: "journal", seq: segment.seq, file: file)
        var expected = segment.seq
        while let line = lines.next() {
            guard line.isEnded, SealedLine.isWhole(bytes, line.range) else {
                guard isLast, Self.isTornTail(bytes, from: line.range.lowerBound) else {
                    throw .damaged(file: file, line: lines.number, reason: "the line does not match its checksum")
                }
                let holdsNone = expected == segment.seq
                let size = line.range.lowerBound
                return cut(
                    holdsNone ? .emptySegment(file: segment.name) : .tornEntry(file: segment.name, size: size),
                    file: file, line: lines.number)
            }
            try readEntry(bytes, line.range, expected: expected, file: file, line: lines.number, reader)
            journalSeq = expected
            expected += 1
        }
        if isLast, expected == segment.seq { remainder = .emptySegment(file: segment.name) }
    }

    /// Refuses a segment that does not go on from the one before, the first from what was read before it.
    private func verifyPlace(of seq: Int64, file: String) throws(LedgerFault) {
        let expected = journalSeq.map { $0 + 1 } ?? min(seq, report.seq + 1)
        guard seq != expected else { return }
        let reason =
            seq > expected
            ? "entries \(expected) to \(seq - 1) before it are missing"
            : "entry \(seq) stands where \(expected) should"
        throw .damaged(file: file, line: 1, reason: reason)
    }

    private mutating func readEntry(
        _ bytes: [UInt8], _ range: Range<Int>, expected: Int64, file: String, line: Int,
        _ reader: (Loaded) throws(LedgerFault) -> Void
    ) throws(LedgerFault) {
        let entry: Entry
        do throws(JSONFault) {
            entry = try EntryLine.read(bytes, range)
        } catch {
            throw .damaged(file: file, line: line, reason: error.reason)
        }
        guard entry.seq == expected else {
            throw .damaged(file: file, line: line, reason: "entry \(entry.seq) stands where \(expected) should")
        }
        guard entry.seq > report.seq else { return }
        try reader(.entry(entry))
        report.seq = entry.seq
        report.entries += 1
    }

    /// Whether nothing whole follows: a crash tears the end of the file, never its middle.
    private static func isTornTail(_ bytes: [UInt8], from start: Int) -> Bool {
        var lines = Lines(bytes, from: start)
        // A whole entry with more behind it lost its line end to damage, and was answered.
        if let first = lines.next(), SealedLine.startsWhole(bytes, first.range) { return false }
        while let line = lines.next() {
            if line.isEnded, SealedLine.isWhole(bytes, line.range) { return false }
        }
        return true
    }

    private mutating func cut(_ remainder: Remainder, file: String, line: Int) {
        self.remainder = remainder
        report.remarks.append("D: \(file), line \(line): a torn entry that was never answered is cut")
    }
}
