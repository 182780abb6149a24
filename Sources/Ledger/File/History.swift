internal import Glibc
internal import JSON

/// Reads entries out of the journal by their numbers; a segment is sorted, so a place in it is found by halving.
struct History {
    let directory: String

    /// Gives the entries after `seq` up to `last` in order while `take` says to go on.
    ///
    /// - Throws: ``LedgerFault/forgotten(before:)`` where the first is too old to be kept, ``LedgerFault/lost(after:before:)`` where
    ///   one of them is missing between others.
    func follow(
        after seq: Int64, through last: Int64, _ take: (Entry) throws(LedgerFault) -> Bool
    ) throws(LedgerFault) {
        guard seq < last else { return }
        let segments = try Segment.list("journal", in: directory)
        guard let first = segments.lastIndex(where: { $0.seq <= seq + 1 }) else {
            throw .forgotten(before: segments.first?.seq ?? last + 1)
        }
        var next = seq + 1
        for segment in segments[first...] where next <= last {
            var reader = try LineReader(directory: directory, segment)
            try reader.seek(to: next)
            while next <= last, let line = try reader.nextEntry() {
                guard line.entry.seq >= next else { continue }
                // A gap is where a snapshot stands for what the journal lost.
                guard line.entry.seq == next else { throw .lost(after: next - 1, before: line.entry.seq) }
                next = line.entry.seq + 1
                guard line.entry.seq <= last, try take(line.entry) else { return }
            }
        }
        // All up to `last` was durable once.
        guard next > last else { throw .lost(after: next - 1, before: last + 1) }
    }

    /// The entry with that number as its line says it; a damaged line on the way to it is passed over.
    ///
    /// - Throws: ``LedgerFault/damaged(file:line:reason:)`` where that may be the one asked for.
    func line(_ seq: Int64) throws(LedgerFault) -> EntryLine? {
        let segments = try Segment.list("journal", in: directory)
        guard let segment = segments.last(where: { $0.seq <= seq }) else { return nil }
        var reader = try LineReader(directory: directory, segment)
        try reader.seek(to: seq)
        var damage: LedgerFault?
        while true {
            do throws(LedgerFault) {
                guard let line = try reader.nextEntry() else { break }
                if line.entry.seq == seq { return line }
                if line.entry.seq > seq { break }
            } catch {
                guard case .damaged = error else { throw error }
                damage = damage ?? error
            }
        }
        if let damage { throw damage }
        return nil
    }
}

/// Reads the lines of a segment from any place on, some kilobytes at a time.
struct LineReader: ~Copyable {
    private let file: SystemFile
    private let segment: Segment.Named
    private let size: Int
    private var buffer: [UInt8] = []
    /// Where the buffer starts in the file, and where in the buffer the next line does.
    private var bufferPlace = 0
    private var place = 0

    private static var bytesAtOnce: Int { 64 << 10 }

    init(directory: String, _ segment: Segment.Named) throws(LedgerFault) {
        let opened = try Self.open("\(directory)/\(segment.file)", segment)
        size = try opened.size()
        file = opened
        self.segment = segment
    }

    private static func open(_ path: String, _ segment: Segment.Named) throws(LedgerFault) -> SystemFile {
        do throws(LedgerFault) {
            return try SystemFile(path, O_RDONLY)
        } catch {
            // Between the listing and now it went, since its entries need not be kept.
            if case .system(_, _, ENOENT, _) = error { throw .forgotten(before: segment.seq + 1) }
            throw error
        }
    }

    /// Goes to a line at or before the one of an entry, and near it.
    mutating func seek(to seq: Int64) throws(LedgerFault) {
        var low = 0
        var high = size
        while high - low > Self.bytesAtOnce {
            let middle = (low + high) / 2
            if let found = try firstEntry(from: middle, before: high), found.seq <= seq {
                low = found.place
            } else {
                high = middle
            }
        }
        move(to: low)
    }

    /// The next entry, marks and the header passed over; `nil` at the end, and where a line is not finished.
    mutating func nextEntry() throws(LedgerFault) -> EntryLine? {
        while let range = try nextLine() {
            guard buffer[range].starts(with: Self.entryStart) else { continue }
            guard SealedLine.isWhole(buffer, range) else {
                // What is being written now, or was never synced, is not asked for; damage is told by `tandem check`.
                throw .damaged(
                    file: segment.file, line: 0,
                    reason: "the line at byte \(bufferPlace + range.lowerBound) does not match its checksum")
            }
            do throws(JSONFault) {
                if case .entry(let line) = try JournalLine.read(buffer, range) { return line }
            } catch {
                throw .damaged(file: segment.file, line: 0, reason: error.reason)
            }
        }
        return nil
    }

    /// The next line's bytes, its end included, in the order of the file; for who copies them.
    mutating func nextLineBytes() throws(LedgerFault) -> ArraySlice<UInt8>? {
        guard let range = try nextLine() else { return nil }
        return buffer[range.lowerBound...range.upperBound]
    }

    private static let entryStart = Array("{\"seq\":".utf8)

    private mutating func nextLine() throws(LedgerFault) -> Range<Int>? {
        var searched = place
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { place = end + 1 }
                return place..<end
            }
            searched = buffer.count
            let read = try file.read(
                at: bufferPlace + buffer.count, count: min(Self.bytesAtOnce, max(0, size - bufferPlace - buffer.count)))
            if read.isEmpty { return nil }
            searched -= place
            buffer.removeSubrange(..<place)
            bufferPlace += place
            place = 0
            buffer += read
        }
    }

    private mutating func move(to place: Int) {
        buffer = []
        bufferPlace = place
        self.place = 0
    }

    /// The first line of an entry that starts behind `start`.
    private mutating func firstEntry(from start: Int, before end: Int) throws(LedgerFault) -> (seq: Int64, place: Int)?
    {
        move(to: start)
        _ = try nextLine()
        while let range = try nextLine() {
            let linePlace = bufferPlace + range.lowerBound
            guard linePlace < end else { return nil }
            guard buffer[range].starts(with: Self.entryStart) else { continue }
            let digits = buffer[range].dropFirst(Self.entryStart.count).prefix { $0 &- UInt8(ascii: "0") < 10 }
            return Int64(String(decoding: digits, as: UTF8.self)).map { ($0, linePlace) }
        }
        return nil
    }
}
