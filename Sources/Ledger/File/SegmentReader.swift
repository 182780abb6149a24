internal import Glibc
internal import JSON

/// Reads a segment from its first line to its last, on all cores.
struct SegmentReader {
    private let path: String
    private let segment: Segment.Named

    init(directory: String, _ segment: Segment.Named) {
        path = "\(directory)/\(segment.file)"
        self.segment = segment
    }

    /// Where the lines stop being whole.
    struct Damage {
        let line: Int
        let place: Int
        /// The entry that should be there.
        let seq: Int64
        /// Whether the segment's header itself is not whole.
        let isHeader: Bool
        let reason: String
    }

    /// Gives the entries up to the first line that is not whole.
    ///
    /// - Throws: ``LedgerFault/damaged(file:line:reason:)`` for what a torn write does not leave: a whole line that is
    ///   of another format, no JSON, or not the next entry.
    func read<Part: Sendable>(
        _ make: @Sendable ([EntryLine]) throws(LedgerFault) -> Part, _ take: (Part) -> Void
    ) throws(LedgerFault) -> (next: Int64, damage: Damage?) {
        let windows = try Windows(path, cut: Windows.atLineEnd)
        var next = segment.seq
        var lines = 0
        var damage: Damage?
        // A file that was made and never written to has no window.
        if try SystemFile(path, O_RDONLY).size() == 0 {
            return (next, Damage(line: 1, place: 0, seq: next, isHeader: true, reason: "the file is empty"))
        }
        try windows.forEach { window -> WindowRead<Part> in
            Self.read(window, segment, make)
        } _: { window, read throws(LedgerFault) in
            if let fault = read.fault { throw located(fault, after: lines) }
            if let mark = read.markBefore, mark.synced >= next {
                throw beyond(mark.synced, next - 1, lines + mark.line)
            }
            if let first = read.first, first != next {
                throw .damaged(
                    file: segment.file, line: lines + read.firstLine,
                    reason: "entry \(first) stands where \(next) should")
            }
            if let last = read.last { next = last + 1 }
            if let part = read.part { take(part) }
            if let torn = read.torn {
                damage = Damage(
                    line: lines + torn.line, place: window.place + torn.place, seq: next, isHeader: torn.isHeader,
                    reason: torn.reason)
                return false
            }
            lines += read.lines
            return true
        }
        return (next, damage)
    }

    private func beyond(_ synced: Int64, _ last: Int64, _ line: Int) -> LedgerFault {
        .damaged(file: segment.file, line: line, reason: Self.beyond(synced, last))
    }

    /// What is said of a line that vouches for entries which are not before it.
    static func beyond(_ synced: Int64, _ last: Int64) -> String {
        "entry \(synced) is said to be on disk, and the last one before this line is \(last)"
    }

    private func located(_ fault: LedgerFault, after lines: Int) -> LedgerFault {
        guard case .damaged(segment.file, let line, let reason) = fault else { return fault }
        return .damaged(file: segment.file, line: lines + line, reason: reason)
    }

    private struct WindowRead<Part: Sendable>: Sendable {
        var part: Part?
        var lines = 0
        /// The last mark that stands before every entry.
        var markBefore: (synced: Int64, line: Int)?
        var first: Int64?
        var firstLine = 0
        var last: Int64?
        var torn: (line: Int, place: Int, isHeader: Bool, reason: String)?
        var fault: LedgerFault?
    }

    private static func read<Part: Sendable>(
        _ window: Windows.Window, _ segment: Segment.Named,
        _ make: ([EntryLine]) throws(LedgerFault) -> Part
    ) -> WindowRead<Part> {
        var read = WindowRead<Part>()
        do throws(LedgerFault) {
            read.part = try make(try readLines(window, segment, &read))
        } catch .unreadable(let seq, let reason) {
            let fault = LedgerFault.unreadable(seq: seq, reason: reason)
            read.fault = fault.located(in: segment.file, line: line(of: seq, window))
        } catch {
            read.fault = error
        }
        return read
    }

    /// The number of the line in a window that has an entry.
    private static func line(of seq: Int64, _ window: Windows.Window) -> Int {
        var lines = Lines(window.bytes)
        while let line = lines.next() {
            let start = "{\"seq\":\(seq),"
            if window.bytes[line.range].starts(with: start.utf8) { return lines.number }
        }
        return 0
    }

    private static func readLines<Part>(
        _ window: Windows.Window, _ segment: Segment.Named, _ read: inout WindowRead<Part>
    ) throws(LedgerFault) -> [EntryLine] {
        let bytes = window.bytes
        var lines = Lines(bytes)
        var found: [EntryLine] = []
        while let line = lines.next() {
            let isHeader = window.place == 0 && lines.number == 1
            guard line.isEnded, SealedLine.isWhole(bytes, line.range) else {
                if isHeader, line.isEnded {
                    throw .damaged(
                        file: segment.file, line: 1, reason: "the first line does not match its checksum")
                }
                read.torn = (lines.number, line.range.lowerBound, isHeader, "the line does not match its checksum")
                break
            }
            if isHeader {
                _ = try Segment.header(bytes, line.range, kind: "journal", seq: segment.seq, file: segment.file)
                continue
            }
            let parsed: JournalLine
            do throws(JSONFault) { parsed = try JournalLine.read(bytes, line.range) } catch {
                throw .damaged(file: segment.file, line: lines.number, reason: error.reason)
            }
            guard case .entry(let entry) = parsed else {
                guard let synced = parsed.synced else { continue }
                if let last = read.last, synced > last {
                    throw .damaged(file: segment.file, line: lines.number, reason: Self.beyond(synced, last))
                }
                if read.last == nil { read.markBefore = (synced, lines.number) }
                continue
            }
            let seq = entry.entry.seq
            if let synced = entry.synced, synced >= seq {
                throw .damaged(file: segment.file, line: lines.number, reason: Self.beyond(synced, seq - 1))
            }
            guard read.last.map({ seq == $0 + 1 }) ?? true else {
                throw .damaged(
                    file: segment.file, line: lines.number,
                    reason: "entry \(seq) stands where \((read.last ?? 0) + 1) should")
            }
            if read.first == nil { (read.first, read.firstLine) = (seq, lines.number) }
            read.last = seq
            found.append(entry)
        }
        read.lines = lines.number
        return found
    }
}
