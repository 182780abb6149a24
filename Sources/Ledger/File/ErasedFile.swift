internal import Glibc
internal import JSON

/// The file `erased`: the last erasure that is done in every older line of the journal beside it.
///
/// It names that journal's folder, since a copy that is made while an erasure is done may have this file from after it
/// and segments from before.
struct ErasedFile {
    enum Said: Equatable {
        /// There is none, or it speaks of another folder.
        case nothing
        case done(through: Int64)
        /// It does not match its seal.
        case damaged
    }

    let directory: String
    private var path: String { "\(directory)/erased" }
    private var folder: String { SystemFile.identity(of: "\(directory)/journal") }

    func read() throws(LedgerFault) -> Said {
        guard SystemFile.exists(path) else { return .nothing }
        let bytes = try SystemFile(path, O_RDONLY).readAll()
        var lines = Lines(bytes)
        guard let line = lines.next(), SealedLine.isWhole(bytes, line.range) else { return .damaged }
        var parser = JSONParser(bytes, range: line.range)
        let json: JSON
        do throws(JSONFault) { json = try parser.value() } catch { return .damaged }
        guard let seq = json["erased"]?.wholeNumber else { return .damaged }
        // Where the system tells no folder from another, none is taken for the one that was meant.
        let folder = folder
        return !folder.isEmpty && json["folder"]?.text == folder ? .done(through: seq) : .nothing
    }

    /// Takes the file away where it speaks of entries that the ledger does not have: those numbers are given anew, and
    /// what gets one of them is not done.
    func forget(beyond last: Int64) throws(LedgerFault) {
        guard case .done(let seq) = try read(), seq > last else { return }
        try SystemFile.remove(path)
        try SystemFile.syncDirectory(directory)
    }

    func write(_ seq: Int64) throws(LedgerFault) {
        var bytes: [UInt8] = []
        SealedLine.append(to: &bytes) { writer in
            writer.member("erased", .integer(seq))
            writer.member("folder", .string(folder))
        }
        try SystemFile.replace(path, in: directory) { file throws(LedgerFault) in
            try file.write(bytes)
            return true
        }
    }
}
