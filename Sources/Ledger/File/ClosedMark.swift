internal import Glibc

/// The empty file whose name says which entry was the last when the ledger was closed: `closed-00000000000000081533`.
///
/// It is not there while the ledger is open, and has another name each time: a copy that is made meanwhile never has one
/// from later than its journal, since whoever copies a folder lists it first.
struct ClosedMark {
    let directory: String

    /// The last entry when the ledger was closed; `nil` where nothing says.
    func read() throws(LedgerFault) -> Int64? { try names().compactMap(Self.seq).max() }

    func write(_ seq: Int64) throws(LedgerFault) {
        try SystemFile("\(directory)/\(Self.name(seq))", O_WRONLY | O_CREAT).sync()
        try SystemFile.syncDirectory(directory)
    }

    func remove() throws(LedgerFault) {
        let names = try names()
        guard !names.isEmpty else { return }
        for name in names { try SystemFile.remove("\(directory)/\(name)") }
        try SystemFile.syncDirectory(directory)
    }

    private static let start = "closed-"

    /// The name that says so of an entry.
    static func name(_ seq: Int64) -> String { "\(start)\(Segment.digits(seq))" }

    /// The entry that a name says; `nil` where the name is another's.
    private static func seq(ofName name: String) -> Int64? {
        // Spelled again, since `Int64("+1")` is 1 too.
        guard name.hasPrefix(start), let seq = Int64(name.dropFirst(start.count)),
            name == self.name(seq)
        else { return nil }
        return seq
    }

    private func names() throws(LedgerFault) -> [String] {
        guard SystemFile.exists(directory) else { return [] }
        return try SystemFile.names(in: directory).filter { Self.seq(ofName: $0) != nil }
    }
}
