internal import Glibc
internal import JSON

/// The entries that are whole in a directory's segments, by their numbers, wherever they stand.
struct WholeEntries {
    /// Where an entry stands.
    struct Place {
        let seq: Int64
        /// The place of its segment in ``WholeEntries/segments``.
        let segment: Int
        let line: Int
        let range: Range<Int>
    }

    /// In the order of their numbers.
    private(set) var places: [Place] = []
    /// What is not whole, or does not stand where it should, line by line.
    private(set) var losses: [String] = []
    let segments: [Segment.Named]
    private let directory: String
    /// The highest number so far.
    private var highest: Int64 = 0
    /// The last segment that was read.
    private var kept: (segment: Int, bytes: [UInt8])?

    init(of directory: String) throws(LedgerFault) {
        self.directory = directory
        segments = try Segment.listIfThere("journal", in: directory)
        if !SystemFile.exists("\(directory)/journal") { losses.append("journal: this folder is missing") }
        for segment in segments.indices { find(in: segment) }
        tellForeign()
        order()
    }

    /// The line of an entry, read again.
    mutating func line(at place: Place) throws(LedgerFault) -> EntryLine {
        if kept?.segment != place.segment { kept = (place.segment, try read(place.segment)) }
        let line: JournalLine
        do throws(JSONFault) { line = try JournalLine.read(kept?.bytes ?? [], place.range) } catch {
            throw .damaged(file: segments[place.segment].file, line: place.line, reason: error.reason)
        }
        guard case .entry(let entry) = line else {
            throw .damaged(file: segments[place.segment].file, line: place.line, reason: "it is no entry any more")
        }
        return entry
    }

    private func read(_ segment: Int) throws(LedgerFault) -> [UInt8] {
        try SystemFile("\(directory)/\(segments[segment].file)", O_RDONLY).readAll()
    }

    private mutating func tell(_ segment: Int, _ line: Int, _ what: String) {
        losses.append("\(segments[segment].file), line \(line): \(what)")
    }

    // MARK: Finding

    private mutating func find(in segment: Int) {
        let bytes: [UInt8]
        do throws(LedgerFault) { bytes = try read(segment) } catch {
            losses.append("\(segments[segment].file): \(error)")
            return
        }
        if bytes.isEmpty {
            // A start takes away the last, of which nothing was written.
            if segment < segments.count - 1 { losses.append("\(segments[segment].file): it is empty") }
            return
        }
        let before = losses.count
        var lines = Lines(bytes)
        var last: Int64?
        while let line = lines.next() {
            for part in parts(of: line, bytes, segment, lines.number) {
                guard let read = read(part, bytes, segment, lines.number) else { continue }
                if case .header(let isRead) = read {
                    if !isRead { return }
                } else if case .line(let line) = read {
                    if lines.number == 1, part.range.lowerBound == 0 { tell(segment, 1, "a header should stand here") }
                    // Behind a line that was lost a mark may speak of that one.
                    let isAllThere = losses.count == before
                    let before = isAllThere ? last ?? segments[segment].seq - 1 : nil
                    if let synced = line.synced, let known = line.seq.map({ $0 - 1 }) ?? before, synced > known {
                        tell(segment, lines.number, SegmentReader.beyond(synced, known))
                    }
                    guard let seq = line.seq else { continue }
                    // Told where it begins, since what follows it stands as it should.
                    if seq < highest, last.map({ seq != $0 + 1 }) ?? true {
                        tell(segment, lines.number, "entry \(seq) stands behind entry \(highest)")
                    }
                    (last, highest) = (seq, max(highest, seq))
                    places.append(Place(seq: seq, segment: segment, line: lines.number, range: part.range))
                }
            }
        }
    }

    private typealias Line = (range: Range<Int>, isEnded: Bool)

    /// The lines that stand in one for a line end that is damaged; mostly the one.
    private mutating func parts(of line: Line, _ bytes: [UInt8], _ segment: Int, _ number: Int) -> [Line] {
        let parts = SealedLine.parts(bytes, line.range)
        let lines = parts.map { ($0, isEnded: $0.upperBound < line.range.upperBound || line.isEnded) }
        if parts.count > 1 || parts[0] != line.range { tell(segment, number, "its line end is damaged") }
        return lines
    }

    private enum Found {
        /// A first line, and whether this program reads what follows it.
        case header(isRead: Bool)
        case line(JournalLine)
    }

    /// What a line is; `nil` where it is not whole.
    private mutating func read(_ line: Line, _ bytes: [UInt8], _ segment: Int, _ number: Int) -> Found? {
        guard line.isEnded, SealedLine.isWhole(bytes, line.range) else {
            tell(segment, number, "the line does not match its checksum")
            return nil
        }
        if number == 1, bytes[line.range].starts(with: Array("{\"format\":".utf8)) {
            return .header(isRead: readHeader(line, bytes, segment))
        }
        do throws(JSONFault) {
            return .line(try JournalLine.read(bytes, line.range))
        } catch {
            tell(segment, number, error.reason)
            return nil
        }
    }

    /// Whether this program reads what a header announces; what stands under another name it does.
    private mutating func readHeader(_ line: Line, _ bytes: [UInt8], _ segment: Int) -> Bool {
        let named = segments[segment]
        do throws(LedgerFault) {
            _ = try Segment.header(bytes, line.range, kind: "journal", seq: named.seq, file: named.file)
            return true
        } catch .damaged(_, _, let reason) {
            let isRead = reason == Segment.isElsewhere
            tell(segment, 1, isRead ? reason : "\(reason), so nothing of the file is taken")
            return isRead
        } catch {
            tell(segment, 1, "\(error)")
            return false
        }
    }

    // MARK: Order

    /// Names what stands in the folder and is no segment: somebody may have renamed one.
    private mutating func tellForeign() {
        let names: [String]
        do throws(LedgerFault) { names = try SystemFile.names(in: "\(directory)/journal") } catch { return }
        for name in names where Segment.seq(ofName: name) == nil && name != Segment.unfinishedName {
            losses.append(
                "journal/\(name): nothing of it is taken, since it has no segment's name; where it is one, give it back "
                    + "the name that it had, and salvage again")
        }
    }

    /// Puts the entries in the order of their numbers, several with one number as they were found.
    private mutating func order() {
        places = places.indices.sorted { (places[$0].seq, $0) < (places[$1].seq, $1) }.map { places[$0] }
    }
}
