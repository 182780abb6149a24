internal import Glibc
internal import JSON

/// A snapshot's file, read whole and verified before the first record is given: a reader cannot take records back.
struct VerifiedSnapshot {
    private let file: String
    private let bytes: [UInt8]
    private let records: Range<Int>

    /// Reads the snapshot that stands for entry `seq`.
    ///
    /// - Throws: ``LedgerFault`` when it is not what was written.
    init(directory: String, seq: Int64) throws(LedgerFault) {
        file = "snapshots/\(Segment.name(seq))"
        bytes = try SystemFile("\(directory)/\(file)", O_RDONLY).readAll()
        var lines = Lines(bytes)
        guard let header = lines.next() else { throw .damaged(file: file, line: 1, reason: "the file is empty") }
        try Segment.verifyHeader(bytes, header.range, kind: "snapshot", seq: seq, file: file)
        guard let last = Self.lastLine(of: bytes), last.lowerBound > header.range.upperBound,
            SealedLine.isWhole(bytes, last)
        else { throw .damaged(file: file, line: 2, reason: "its last line is missing or damaged") }
        records = header.range.upperBound + 1..<last.lowerBound
        var parser = JSONParser(bytes, range: last)
        let footer: JSON
        do throws(JSONFault) { footer = try parser.value() } catch {
            throw .damaged(file: file, line: 2, reason: error.reason)
        }
        guard footer["records_crc"] == .integer(Int64(Checksum.of(bytes, records))) else {
            throw .damaged(file: file, line: 2, reason: "its records do not match their checksum")
        }
    }

    /// Gives every record, and tells how many there were.
    func read(_ reader: (Loaded) throws(LedgerFault) -> Void) throws(LedgerFault) -> Int {
        var lines = Lines(bytes, from: records.lowerBound)
        var count = 0
        while let line = lines.next(), line.range.lowerBound < records.upperBound {
            var parser = JSONParser(bytes, range: line.range)
            let change: Change
            do throws(JSONFault) { change = try EntryLine.readChange(bytes, &parser) } catch {
                throw .damaged(file: file, line: lines.number + 1, reason: error.reason)
            }
            try reader(.record(change))
            count += 1
        }
        return count
    }

    private static func lastLine(of bytes: [UInt8]) -> Range<Int>? {
        guard bytes.last == UInt8(ascii: "\n") else { return nil }
        let end = bytes.count - 1
        let start = bytes[..<end].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return start..<end
    }
}
