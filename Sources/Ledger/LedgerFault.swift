/// Why the ledger cannot go on.
public enum LedgerFault: Error, Sendable, Equatable {
    /// Another process holds the directory.
    case inUse(directory: String)
    /// A system call failed.
    case system(call: String, path: String, code: Int32, words: String)
    /// A file that is written to was taken out of the directory.
    case takenAway(path: String)
    /// A line is not what was written; line 0 is the file as a whole.
    case damaged(file: String, line: Int, reason: String)
    /// A file stands among the ledger's that is none of them.
    case foreign(file: String)
    /// What is kept is whole and ends before what was there once: a file was lost, or an older one put in its place.
    case ended(at: Int64, closedAt: Int64)
    /// An entry, or a snapshot's record that it left, is not what its reader can take.
    case unreadable(seq: Int64, reason: String)
    /// An append failed and could not be taken back: whether its entries are there is known at the next start.
    case undecided(because: String)
    /// An earlier append failed, so nothing is written.
    case closed(because: String)
    /// Entries that are no longer kept; the first that is.
    case forgotten(before: Int64)
    /// Entries that are missing though none were let go, of which a snapshot has what they led to: those after one and
    /// before another.
    case lost(after: Int64, before: Int64)
    /// What stood before this entry was erased since, and is not written again.
    case erased(through: Int64)
}

extension LedgerFault: CustomStringConvertible {
    /// The fault in one line.
    public var description: String {
        switch self {
        case .inUse(let directory): "the data directory \(directory) is in use by another process"
        case .system(let call, let path, _, let words): "\(call) \(path): \(words)"
        case .takenAway(let path): "\(path) was taken away while it was written to"
        case .damaged(let file, let line, let reason):
            "\(file)\(line > 0 ? ", line \(line)" : ""): \(reason); restore this file from a backup, \(Self.orSalvage)"
        case .foreign(let file):
            "\(file): this file or folder is none of the ledger's; give it back the name that it had, or move it elsewhere"
        case .ended(let last, let closed):
            "journal: entries \(last + 1) to \(closed) are missing, though the file closed-… says that they were there "
                + "when the ledger was closed; restore the segments that held them from a backup, take that file away where "
                + "an older backup is meant to be gone on from, \(Self.orSalvage)"
        case .unreadable(let seq, let reason): "entry \(seq): \(reason)"
        case .undecided(let because): "\(because); whether the entry is there is known at the next start"
        case .closed(let because): because
        case .erased(let last): "what stood before entry \(last) was erased since"
        case .forgotten(let first): "entries before \(first) are no longer kept"
        case .lost(let last, let first):
            "entries after \(last) and before \(first) are missing from the journal; tandem check lists what is lost"
        }
    }

    private static let orSalvage = "or salvage what is whole into a new directory with tandem check --repair"
}

extension LedgerFault {
    /// The first entry that is there after some that are not.
    public var nextKept: Int64? {
        switch self {
        case .forgotten(let first), .lost(_, let first): first
        default: nil
        }
    }

    /// What a reader could not take, as damage of the file that it was read from.
    func located(in file: String, line: Int) -> LedgerFault {
        guard case .unreadable(_, let reason) = self else { return self }
        return .damaged(file: file, line: line, reason: reason)
    }
}
