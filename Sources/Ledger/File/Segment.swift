internal import Glibc
internal import JSON

/// Names and first lines of the files of a ledger's directory.
///
/// ```
/// LOCK                                  held by the process that writes
/// journal/00000000000000000001.jsonl    entries from 1 on, one a line
/// snapshots/00000000000000004711.jsonl  every record as it stood after entry 4711
/// ```
enum Segment {
    /// The version of the format that is written; older ones are read for ever.
    static let formatVersion: Int64 = 1

    /// The name of the file that starts with, or stands for, entry `seq`.
    static func name(_ seq: Int64) -> String {
        let digits = String(seq)
        return String(repeating: "0", count: max(0, 20 - digits.utf8.count)) + digits + ".jsonl"
    }

    /// The entry that a file's name tells, or `nil` where the name is another's.
    static func seq(ofName name: String) -> Int64? {
        // Spelled again, since `Int64("+1")` is 1 too, and two names for one place are one too many.
        guard name.hasSuffix(".jsonl"), let seq = Int64(name.dropLast(6)), self.name(seq) == name else { return nil }
        return seq
    }

    /// A file's first line.
    static func header(kind: String, seq: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        let object: JSON = [
            "format": .string("tandem-\(kind)"), "version": .integer(formatVersion), "seq": .integer(seq),
        ]
        SealedLine.append(JSONWriter.encode(object), to: &bytes)
        return bytes
    }

    /// Refuses a first line that is of another format, version or place.
    static func verifyHeader(
        _ bytes: [UInt8], _ line: Range<Int>, kind: String, seq: Int64, file: String
    ) throws(LedgerFault) {
        guard SealedLine.isWhole(bytes, line) else {
            throw .damaged(file: file, line: 1, reason: "the first line does not match its checksum")
        }
        var parser = JSONParser(bytes, range: line)
        let header: JSON
        do throws(JSONFault) {
            header = try parser.value()
        } catch {
            throw .damaged(file: file, line: 1, reason: "the first line is not JSON: \(error.reason)")
        }
        guard header["format"] == .string("tandem-\(kind)") else {
            throw .damaged(file: file, line: 1, reason: "this is no tandem-\(kind) file")
        }
        guard header["version"] == .integer(formatVersion) else {
            throw .damaged(file: file, line: 1, reason: "its format is newer than this program reads")
        }
        guard header["seq"] == .integer(seq) else {
            throw .damaged(file: file, line: 1, reason: "it stands for another place than its name says")
        }
    }
}

/// Walks the lines of a file that was read whole.
struct Lines {
    private let bytes: [UInt8]
    private var place: Int
    /// The number of the line given last, from 1.
    private(set) var number = 0

    init(_ bytes: [UInt8], from place: Int = 0) {
        self.bytes = bytes
        self.place = place
    }

    /// The next line without its end, and whether its end is there; `nil` after the last.
    mutating func next() -> (range: Range<Int>, isEnded: Bool)? {
        guard place < bytes.count else { return nil }
        let start = place
        number += 1
        let end = lineEnd(from: place)
        place = min(end + 1, bytes.count)
        return (start..<end, end < bytes.count)
    }

    private func lineEnd(from start: Int) -> Int {
        unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress,
                let found = unsafe memchr(base + start, Int32(UInt8(ascii: "\n")), buffer.count - start)
            else { return buffer.count }
            return unsafe UnsafeRawPointer(found) - base
        }
    }
}
