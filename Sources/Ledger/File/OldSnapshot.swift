internal import Glibc
internal import JSON

/// A snapshot of format 1: one seal at its end vouches for all of its lines, so it is read whole.
struct OldSnapshot {
    private let file: String
    private let bytes: [UInt8]
    private let records: Range<Int>

    init(path: String, file: String) throws(LedgerFault) {
        self.file = file
        bytes = try SystemFile(path, O_RDONLY).readAll()
        var lines = Lines(bytes)
        guard let header = lines.next(), let last = Self.lastLine(of: bytes),
            last.lowerBound > header.range.upperBound, SealedLine.isWhole(bytes, last)
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

    /// How many records it holds.
    var count: Int { bytes[records].count { $0 == UInt8(ascii: "\n") } }

    func load<Reader: LedgerReader>(into reader: inout Reader) throws(LedgerFault) -> Int {
        var lines = Lines(bytes, from: records.lowerBound)
        var standings: [Standing] = []
        while let line = lines.next(), line.range.lowerBound < records.upperBound {
            do throws(JSONFault) { standings.append(try ChangeText.readStanding(bytes, line.range)) } catch {
                throw .damaged(file: file, line: lines.number + 1, reason: error.reason)
            }
        }
        reader.take(try reader.read(.standings(standings)))
        return standings.count
    }

    private static func lastLine(of bytes: [UInt8]) -> Range<Int>? {
        guard bytes.last == UInt8(ascii: "\n") else { return nil }
        let end = bytes.count - 1
        let start = bytes[..<end].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return start..<end
    }
}
