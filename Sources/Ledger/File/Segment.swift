internal import Glibc
internal import JSON

/// Names and first lines of the files of a ledger's directory; `docs/LEDGER.md` describes them.
enum Segment {
    /// The version of the format that is written; older ones are read for ever.
    static let formatVersion: Int64 = 2
    /// The name of a file that is not finished.
    static let unfinishedName = "writing"

    /// The numbers that entries have: those that every reader of JSON keeps exactly.
    static let seqs: ClosedRange<Int64> = 1...(1 << 53)

    /// The name of the file that starts with, or stands for, entry `seq`.
    static func name(_ seq: Int64) -> String { "\(digits(seq)).jsonl" }

    /// A place as names have it, so that they order as places do.
    static func digits(_ seq: Int64) -> String {
        let digits = String(seq)
        return String(repeating: "0", count: max(0, 20 - digits.utf8.count)) + digits
    }

    /// The entry that a file's name tells, or `nil` where the name is another's.
    static func seq(ofName name: String) -> Int64? {
        // Spelled again, since `Int64("+1")` is 1 too, and two names for one place are one too many.
        guard name.hasSuffix(".jsonl"), let seq = Int64(name.dropLast(6)), self.name(seq) == name,
            seq <= seqs.upperBound
        else { return nil }
        return seq
    }

    /// The segments in a folder, in order.
    ///
    /// - Throws: ``LedgerFault/foreign(file:)`` at a file that is none, where `isStrict`.
    static func list(_ folder: String, in directory: String, isStrict: Bool = false) throws(LedgerFault) -> [Named] {
        var segments: [Named] = []
        for name in try SystemFile.names(in: "\(directory)/\(folder)") {
            if let seq = seq(ofName: name) {
                segments.append(Named(seq: seq, file: "\(folder)/\(name)"))
            } else if isStrict, name != unfinishedName {
                throw .foreign(file: "\(folder)/\(name)")
            }
        }
        return segments
    }

    /// The name of a second file that holds what the snapshot of entry `seq` does.
    static func copyName(_ seq: Int64) -> String { "\(digits(seq))\(copyEnd)" }

    private static let copyEnd = ".copy.jsonl"

    /// The snapshots, in order, a copy before what it is one of; a backup without one has no folder for them.
    static func snapshots(in directory: String) throws(LedgerFault) -> [Named] {
        try snapshotFiles(in: directory).compactMap { name in
            seq(ofSnapshot: name).map { Named(seq: $0, file: "snapshots/\(name)") }
        }
    }

    /// The files that lie among the snapshots and are none.
    static func foreignSnapshots(in directory: String) throws(LedgerFault) -> [String] {
        try snapshotFiles(in: directory).filter { seq(ofSnapshot: $0) == nil && $0 != unfinishedName }
            .map { "snapshots/\($0)" }
    }

    private static func snapshotFiles(in directory: String) throws(LedgerFault) -> [String] {
        // A folder that cannot be looked at is not one that is not there: what is erased may stand in it.
        do throws(LedgerFault) { return try SystemFile.names(in: "\(directory)/snapshots") } catch {
            guard case .system(_, _, ENOENT, _) = error else { throw error }
            return []
        }
    }

    private static func seq(ofSnapshot name: String) -> Int64? {
        name.hasSuffix(copyEnd) ? seq(ofName: "\(name.dropLast(copyEnd.count)).jsonl") : seq(ofName: name)
    }

    /// The segments of a folder that need not be there.
    static func listIfThere(_ folder: String, in directory: String) throws(LedgerFault) -> [Named] {
        SystemFile.exists("\(directory)/\(folder)") ? try list(folder, in: directory) : []
    }

    /// A file by the entry in its name, and its path within the directory.
    struct Named: Sendable {
        let seq: Int64
        let file: String
    }

    /// Appends a file's first line.
    static func appendHeader(kind: String, seq: Int64, erased: Int64? = nil, to bytes: inout [UInt8]) {
        SealedLine.append(to: &bytes) { writer in
            writer.member("format", .string("tandem-\(kind)"))
            writer.member("version", .integer(formatVersion))
            writer.member("seq", .integer(seq))
            if let erased { writer.member("erased", .integer(erased)) }
        }
    }

    /// What is said of a file whose first line tells another place than its name.
    static let isElsewhere = "it stands for another place than its name says"

    /// What a first line says.
    struct Header: Sendable {
        let version: Int64
        /// In a snapshot the last erasure at or before it.
        let erased: Int64
    }

    /// Reads a first line, and refuses one that is of another format, version or place.
    static func header(
        _ bytes: [UInt8], _ line: Range<Int>, kind: String, seq: Int64, file: String
    ) throws(LedgerFault) -> Header {
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
        guard let version = header["version"]?.wholeNumber, (1...formatVersion).contains(version) else {
            throw .damaged(file: file, line: 1, reason: "its format is newer than this program reads")
        }
        guard header["seq"] == .integer(seq) else {
            throw .damaged(file: file, line: 1, reason: isElsewhere)
        }
        return Header(version: version, erased: header["erased"]?.wholeNumber ?? 0)
    }
}
