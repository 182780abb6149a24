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
    /// An append failed and could not be taken back: whether its entries are there is known at the next start.
    case undecided(because: String)
    /// An earlier append failed, so nothing is written.
    case closed(because: String)
    /// Entries that are no longer kept; the first that is.
    case forgotten(before: Int64)
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
            "\(file)\(line > 0 ? ", line \(line)" : ""): \(reason); restore this file from a backup, or salvage what is whole into a new "
                + "directory with tandem check --repair"
        case .undecided(let because): "\(because); whether the entry is there is known at the next start"
        case .closed(let because): because
        case .erased(let last): "what stood before entry \(last) was erased since"
        case .forgotten(let first): "entries before \(first) are no longer kept"
        }
    }
}
