internal import Glibc
internal import JSON

/// What a start reads, by what it finds.
///
/// | snapshots        | journal                            | what happens                                        |
/// |------------------|------------------------------------|-----------------------------------------------------|
/// | none             | whole, from entry 1                | A: all entries are read                             |
/// | newest good      | goes on from it                    | B: its records, then the entries after it           |
/// | newest damaged   | reaches from an older one or 1 to  | C: the older is taken, and a remark made            |
/// |                  | the entry it stands for            |                                                     |
/// | any              | end that was never synced          | D: that end is cut, and a remark made               |
/// | any              | damage elsewhere, or a gap         | E: refused with file and line                       |
/// | newest damaged   | does not reach so far              | F: refused                                          |
/// | newest good      | ends before it, or lacks some of   | G: its records; what is missing of the history is a |
/// |                  | what it stands for                 | remark                                              |
/// | any              | ends before the entry at which the | E: refused                                          |
/// |                  | ledger was closed                  |                                                     |
/// | newest good      | its end is damaged, at or before   | H: that end is cut though it was answered: its      |
/// |                  | the entry it stands for            | records have what it led to, and a remark is made   |
struct Recovery {
    /// What a crash left at the end of the journal, to be taken away before anything is appended.
    enum Remainder {
        /// Lines that were never synced, and the size of their file without them.
        case unsynced(file: String, size: Int)
        /// A segment that was begun and holds no entry.
        case emptySegment(file: String)
    }

    let directory: String
    private(set) var report = LoadReport()
    private(set) var remainder: Remainder?
    /// The last erasure.
    private(set) var lastErasure: Int64 = 0
    /// The newest snapshot, where it was passed over.
    private var passedOver: (seq: Int64, fault: LedgerFault)?
    /// The last entry when the ledger was closed; 0 where nothing says.
    private var closedSeq: Int64 = 0
    /// The last entry read from the journal.
    private var journalSeq: Int64?
    /// The snapshot that was taken.
    private var taken: String?

    init(directory: String) { self.directory = directory }

    /// Reads everything, in order.
    ///
    /// - Parameter everySegment: whether what stands before the snapshot is read too, and can be.
    mutating func load<Reader: LedgerReader>(
        everySegment: Bool = false, into reader: inout Reader
    ) throws(LedgerFault) {
        try readMarks()
        for file in try Segment.foreignSnapshots(in: directory) {
            report.remarks.append("\(file): nothing of it is read, since it has no snapshot's name")
        }
        try loadNewestSnapshot(into: &reader)
        let segments = try Segment.list("journal", in: directory, isStrict: true)
        report.firstSeq = segments.first?.seq
        let needed = everySegment ? nil : segments.lastIndex { $0.seq <= report.seq + 1 }
        remarkHoles(in: segments.prefix((needed ?? 0) + 1))
        for index in (needed ?? 0)..<segments.count {
            let isLast = index + 1 == segments.count
            try loadSegment(segments[index], isLast: isLast, everyEntry: everySegment, into: &reader)
        }
        // A snapshot stands for what was durable, so a journal that ends before it has lost its end.
        if let passedOver, passedOver.seq > report.seq { throw passedOver.fault }
        guard report.seq >= closedSeq else { throw .ended(at: report.seq, closedAt: closedSeq) }
        if journalSeq ?? 0 < report.seq { remarkMissing((journalSeq ?? 0) + 1, report.seq) }
    }

    private mutating func readMarks() throws(LedgerFault) {
        closedSeq = try ClosedMark(directory: directory).read() ?? 0
        if try ErasedFile(directory: directory).read() == .damaged {
            remarkDamage("erased does not match its checksum; the erasures are done again")
        }
    }

    private mutating func remarkDamage(_ remark: String) {
        report.remarks.append(remark)
        report.isDamaged = true
    }

    /// Reads the snapshots that loading did not need, after it; those that it passed over are told.
    mutating func verifyOlderSnapshots() throws(LedgerFault) {
        let last = report.snapshotSeq ?? 0
        for snapshot in try Segment.snapshots(in: directory) where snapshot.seq <= last && snapshot.file != taken {
            // Of two of one place the first that was read was passed over, and told.
            if snapshot.seq == passedOver?.seq, snapshot.seq == last { continue }
            do throws(LedgerFault) { _ = try SnapshotReader(directory: directory, snapshot).verify() } catch {
                guard case .damaged = error else { throw error }
                remarkDamage("snapshot that no start needs: \(error)")
            }
        }
    }

    // MARK: Snapshot

    private mutating func loadNewestSnapshot<Reader: LedgerReader>(into reader: inout Reader) throws(LedgerFault) {
        for snapshot in try Segment.snapshots(in: directory).reversed() {
            do throws(LedgerFault) {
                let file = try SnapshotReader(directory: directory, snapshot)
                report.records = try file.load(into: &reader)
                report.seq = snapshot.seq
                report.snapshotSeq = snapshot.seq
                taken = snapshot.file
                lastErasure = file.header.erased
                return
            } catch {
                let fault = error.located(in: snapshot.file, line: 0)
                guard case .damaged = fault else { throw fault }
                remarkDamage("snapshot passed over: \(fault)")
                passedOver = passedOver ?? (snapshot.seq, fault)
                reader.restart()
            }
        }
    }

    // MARK: Journal

    private mutating func loadSegment<Reader: LedgerReader>(
        _ segment: Segment.Named, isLast: Bool, everyEntry: Bool, into reader: inout Reader
    ) throws(LedgerFault) {
        try verifyPlace(of: segment)
        let after = report.seq
        let make = reader.read
        let (next, damage) = try SegmentReader(directory: directory, segment).read(
            { lines throws(LedgerFault) in
                let (old, new) = (lines.prefix { $0.entry.seq <= after }, lines.drop { $0.entry.seq <= after })
                if everyEntry, !old.isEmpty { _ = try make(.entries(old.map(\.entry))) }
                return Part(
                    made: new.isEmpty ? nil : try make(.entries(new.map(\.entry))), count: new.count,
                    erasure: lines.last { $0.entry.erases }?.entry.seq)
            },
            { part in
                if let made = part.made { reader.take(made) }
                report.entries += part.count
                lastErasure = max(lastErasure, part.erasure ?? 0)
            })
        // A last one that holds no entry goes on from the one before all the same.
        if next > segment.seq || isLast { journalSeq = next - 1 }
        report.seq = max(report.seq, next - 1)
        if let damage {
            try cut(damage, segment, isLast: isLast)
        } else if isLast, next == segment.seq {
            remainder = .emptySegment(file: segment.file)
        }
    }

    private struct Part<Made: Sendable>: Sendable {
        let made: Made?
        let count: Int
        let erasure: Int64?
    }

    /// Refuses a segment that does not go on from the one before, the first from what was read before it.
    private mutating func verifyPlace(of segment: Segment.Named) throws(LedgerFault) {
        let expected = journalSeq.map { $0 + 1 } ?? min(segment.seq, report.seq + 1)
        guard segment.seq != expected else { return }
        guard segment.seq > expected else {
            throw .damaged(
                file: segment.file, line: 1, reason: "entry \(segment.seq) stands where \(expected) should")
        }
        // What is missing of a snapshot's past is missing from the history alone.
        guard let snapshotSeq = report.snapshotSeq, segment.seq <= snapshotSeq + 1 else {
            throw .damaged(
                file: segment.file, line: 1,
                reason: "entries \(expected) to \(segment.seq - 1) before it are missing")
        }
        remarkMissing(expected, segment.seq - 1)
    }

    /// Tells what is missing between segments that are not read: the next one's name says where each has to end.
    private mutating func remarkHoles(in segments: ArraySlice<Segment.Named>) {
        for (segment, next) in zip(segments, segments.dropFirst()) {
            do throws(LedgerFault) {
                let last = try lastEntry(of: segment, upTo: next.seq - 1)
                if last < next.seq - 1 { remarkMissing(last + 1, next.seq - 1) }
            } catch {
                // What no start needs keeps none from starting.
                remarkDamage("\(segment.file), which the snapshot stands for: \(error)")
            }
        }
    }

    private func lastEntry(of segment: Segment.Named, upTo seq: Int64) throws(LedgerFault) -> Int64 {
        var reader = try LineReader(directory: directory, segment)
        try reader.seek(to: seq)
        var last = segment.seq - 1
        while last < seq, let line = try reader.nextEntry() { last = line.entry.seq }
        return last
    }

    private mutating func remarkMissing(_ first: Int64, _ last: Int64) {
        remarkDamage(
            "\(first == last ? "entry \(first) is" : "entries \(first) to \(last) are") missing from the journal; the snapshot has what they led to"
        )
    }

    // MARK: The end

    /// Takes an end that was never synced for cut, and refuses every other damage.
    private mutating func cut(
        _ damage: SegmentReader.Damage, _ segment: Segment.Named, isLast: Bool
    ) throws(LedgerFault) {
        guard isLast, damage.seq > closedSeq || damage.seq <= report.snapshotSeq ?? 0, try !wasSynced(damage, segment)
        else {
            throw .damaged(file: segment.file, line: damage.line, reason: damage.reason)
        }
        let holdsNone = damage.isHeader || damage.seq == segment.seq
        remainder =
            holdsNone ? .emptySegment(file: segment.file) : .unsynced(file: segment.file, size: damage.place)
        let place = "\(segment.file), line \(damage.line)"
        if damage.seq <= report.snapshotSeq ?? 0 {
            remarkDamage(
                "\(place): from here on it is damaged and is cut; it was answered, and the snapshot has what it led to"
            )
        } else {
            report.remarks.append("\(place): from here on nothing says that it was ever synced; it is cut")
        }
    }

    /// Whether a whole line behind the damage says that what stood there was on disk.
    private func wasSynced(_ damage: SegmentReader.Damage, _ segment: Segment.Named) throws(LedgerFault) -> Bool {
        let file = try SystemFile("\(directory)/\(segment.file)", O_RDONLY)
        let bytes = try file.read(at: damage.place, count: try file.size() - damage.place)
        // Format 1 has no such words: there a whole line behind a damaged one was answered, and so was the damaged.
        let isOld = try version(of: segment, file) == 1
        var lines = Lines(bytes)
        while let line = lines.next() {
            // Entries that lost their line ends to damage stand in one line with the next.
            let parts = SealedLine.parts(bytes, line.range)
            for (place, part) in parts.enumerated() where place > 0 || lines.number > 1 {
                let isBehind = isOld && (parts.count > 1 || line.isEnded && SealedLine.isWhole(bytes, part))
                if isBehind || tells(bytes, part, synced: damage.seq) { return true }
            }
        }
        return false
    }

    private func version(of segment: Segment.Named, _ file: borrowing SystemFile) throws(LedgerFault) -> Int64 {
        let start = try file.read(at: 0, count: 512)
        var lines = Lines(start)
        guard let header = lines.next(), header.isEnded else { return Segment.formatVersion }
        return try Segment.header(start, header.range, kind: "journal", seq: segment.seq, file: segment.file).version
    }

    private func tells(_ bytes: [UInt8], _ range: Range<Int>, synced seq: Int64) -> Bool {
        guard SealedLine.isWhole(bytes, range) else { return false }
        do throws(JSONFault) {
            return try JournalLine.read(bytes, range).synced.map { $0 >= seq } ?? false
        } catch {
            return false
        }
    }
}
