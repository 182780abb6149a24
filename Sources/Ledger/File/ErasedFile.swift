internal import Glibc
internal import JSON

/// The file `erased`: the last erasure that is done in every older line of the journal beside it.
///
/// It names that journal's folder, since a copy that is made while an erasure is done may have this file from after it
/// and segments from before; and each older segment as it was left, since one may be put back from before.
struct ErasedFile {
    enum Said: Equatable {
        /// There is none, or it speaks of another folder or other files.
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
        guard !folder.isEmpty, json["folder"]?.text == folder else { return .nothing }
        let isOlderSnapshotThere = try Segment.snapshots(in: directory).contains { $0.seq < seq }
        let isAsLeft = try segments(through: seq).allSatisfy { json["segments"]?[$0.name] == $0.value }
        return isAsLeft && !isOlderSnapshotThere ? .done(through: seq) : .nothing
    }

    /// The segments that hold older entries, which nothing writes to any more.
    private func segments(through seq: Int64) throws(LedgerFault) -> [JSON.Member] {
        try Segment.list("journal", in: directory).filter { $0.seq <= seq }.map { segment in
            .init(
                Segment.name(segment.seq), .string(SystemFile.identityAsWritten(of: "\(directory)/\(segment.file)")))
        }
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
        let segments = try segments(through: seq)
        SealedLine.append(to: &bytes) { writer in
            writer.member("erased", .integer(seq))
            writer.member("folder", .string(folder))
            writer.member("segments", .object(segments))
        }
        try SystemFile.replace(path, in: directory) { file throws(LedgerFault) in
            try file.write(bytes)
            return true
        }
    }
}
