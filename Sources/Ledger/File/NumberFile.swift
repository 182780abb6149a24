internal import Glibc
internal import JSON

/// A file of one sealed line that says one number: `{"erased":4711,"crc":"…"}`.
struct NumberFile {
    /// What such a file says.
    enum Said: Equatable {
        case nothing
        case number(Int64)
        /// The file is there and does not match its seal.
        case damaged
    }

    private let name: String
    private let directory: String
    private var path: String { "\(directory)/\(name)" }

    /// The last erasure that is done in every older line.
    static func erased(in directory: String) -> NumberFile { NumberFile(name: "erased", directory: directory) }

    /// The last entry when the ledger was closed. Not there while it is open: a copy that is made meanwhile may have
    /// this file from later than its journal.
    static func closed(in directory: String) -> NumberFile { NumberFile(name: "closed", directory: directory) }

    func read() throws(LedgerFault) -> Said {
        guard SystemFile.exists(path) else { return .nothing }
        let bytes = try SystemFile(path, O_RDONLY).readAll()
        var lines = Lines(bytes)
        guard let line = lines.next(), SealedLine.isWhole(bytes, line.range) else { return .damaged }
        var parser = JSONParser(bytes, range: line.range)
        do throws(JSONFault) {
            return try parser.value()[name]?.wholeNumber.map { .number($0) } ?? .damaged
        } catch {
            return .damaged
        }
    }

    func write(_ number: Int64) throws(LedgerFault) {
        var bytes: [UInt8] = []
        SealedLine.append(to: &bytes) { $0.member(name, .integer(number)) }
        try SystemFile.replace(path, in: directory) { file throws(LedgerFault) in
            try file.write(bytes)
            return true
        }
    }

    func remove() throws(LedgerFault) {
        guard SystemFile.exists(path) else { return }
        try SystemFile.remove(path)
        try SystemFile.syncDirectory(directory)
    }
}
