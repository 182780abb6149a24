internal import Glibc
internal import JSON

/// Reads a snapshot, block by block on all cores; what a block's seal does not vouch for is not given.
struct SnapshotReader {
    /// What the header says.
    let header: Segment.Header
    private let path: String
    private let file: String

    /// Reads the header of the snapshot that stands for entry `seq`.
    ///
    /// - Throws: ``LedgerFault`` when it is not what was written.
    init(directory: String, _ snapshot: Segment.Named) throws(LedgerFault) {
        file = snapshot.file
        path = "\(directory)/\(snapshot.file)"
        // No header is longer than this.
        let start = try SystemFile(path, O_RDONLY).read(at: 0, count: 512)
        var lines = Lines(start)
        guard let line = lines.next() else { throw .damaged(file: file, line: 1, reason: "the file is empty") }
        header = try Segment.header(start, line.range, kind: "snapshot", seq: snapshot.seq, file: file)
    }

    /// Gives every record to `reader`, and tells how many there were.
    func load<Reader: LedgerReader>(into reader: inout Reader) throws(LedgerFault) -> Int {
        guard header.version > 1 else {
            return try OldSnapshot(path: path, file: file).load(into: &reader)
        }
        return try readBlocks(reader.read) { reader.take($0) }
    }

    /// Verifies every line.
    func verify() throws(LedgerFault) -> Int {
        guard header.version > 1 else { return try OldSnapshot(path: path, file: file).count }
        return try readBlocks({ _ throws(LedgerFault) in }, { _ in })
    }

    private typealias Block<Part> = Result<(part: Part, lines: Int, records: Int, end: Int64?), LedgerFault>

    private func readBlocks<Part: Sendable>(
        _ read: @Sendable (Loaded) throws(LedgerFault) -> Part, _ take: (Part) -> Void
    ) throws(LedgerFault) -> Int {
        let windows = try Windows(path, cut: Self.cut)
        var records = 0
        var lines = 0
        var end: Int64?
        try windows.forEach { window -> Block<Part> in
            do throws(LedgerFault) { return .success(try self.read(window, read)) } catch { return .failure(error) }
        } _: { _, block throws(LedgerFault) in
            switch block {
            case .failure(.damaged(_, let line, let reason)):
                throw .damaged(file: file, line: lines + line, reason: reason)
            case .failure(let fault): throw fault
            case .success(let block):
                take(block.part)
                records += block.records
                lines += block.lines
                end = block.end
                return true
            }
        }
        guard end == Int64(records) else {
            throw .damaged(file: file, line: lines, reason: "its end is missing, or some of its records")
        }
        return records
    }

    private static let sealStart = Array("{\"lines\":".utf8)

    /// Behind the last seal of a block.
    @Sendable private static func cut(_ bytes: [UInt8]) -> Int? {
        var lines = Lines(bytes)
        var end: Int?
        while let line = lines.next(), line.isEnded {
            if bytes[line.range].starts(with: sealStart) { end = line.range.upperBound + 1 }
        }
        return end
    }

    /// Reads the blocks of a window.
    private func read<Part>(
        _ window: Windows.Window, _ make: (Loaded) throws(LedgerFault) -> Part
    ) throws(LedgerFault) -> (part: Part, lines: Int, records: Int, end: Int64?) {
        let bytes = window.bytes
        var lines = Lines(bytes)
        if window.place == 0 { _ = lines.next() }
        var standings: [Standing] = []
        var blockStart: Int?
        var blockLines = 0
        var end: Int64?
        while let line = lines.next() {
            guard line.isEnded, end == nil else { throw damaged(lines.number, "it goes on behind its end, or is cut") }
            if bytes[line.range].starts(with: Self.sealStart) {
                let lineRange = (blockStart ?? line.range.lowerBound)..<line.range.lowerBound
                end = try verifySeal(bytes, line.range, lineRange, count: blockLines, line: lines.number)
                (blockStart, blockLines) = (nil, 0)
                continue
            }
            blockStart = blockStart ?? line.range.lowerBound
            blockLines += 1
            do throws(JSONFault) {
                standings.append(try ChangeText.readStanding(bytes, line.range))
            } catch {
                throw damaged(lines.number, error.reason)
            }
        }
        guard blockStart == nil else { throw damaged(lines.number, "no seal vouches for its last lines") }
        return (try make(.standings(standings)), lines.number, standings.count, end)
    }

    private func verifySeal(
        _ bytes: [UInt8], _ seal: Range<Int>, _ lines: Range<Int>, count: Int, line: Int
    ) throws(LedgerFault) -> Int64? {
        guard SealedLine.isWhole(bytes, seal) else { throw damaged(line, "the line does not match its checksum") }
        var parser = JSONParser(bytes, range: seal)
        let json: JSON
        do throws(JSONFault) { json = try parser.value() } catch { throw damaged(line, error.reason) }
        guard json["lines"]?.wholeNumber == Int64(count),
            json["lines_crc"]?.wholeNumber == Int64(Checksum.of(bytes, lines))
        else { throw damaged(line, "the \(count) lines before it do not match their checksum") }
        return json["end"]?.wholeNumber
    }

    private func damaged(_ line: Int, _ reason: String) -> LedgerFault {
        .damaged(file: file, line: line, reason: reason)
    }
}
