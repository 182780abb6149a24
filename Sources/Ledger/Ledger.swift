/// Where entries are kept: narrow, so that a file and a database can both be one.
public protocol Ledger: Sendable {
    /// Reads all that is kept: the newest good snapshot's records first, then every entry after it, in order.
    ///
    /// - Throws: ``LedgerFault`` with the place, when anything but a torn last entry is damaged.
    func load(_ reader: (Loaded) throws(LedgerFault) -> Void) throws(LedgerFault) -> LoadReport

    /// Appends the entries and returns when they are durable; entries go on from the last one's `seq`.
    ///
    /// After it threw once it throws for ever: what is on disk is not known until it is loaded again.
    func append(_ entries: [Entry]) throws(LedgerFault)

    /// Writes a snapshot of the records that `write` gives, as they stood after entry `seq`.
    func snapshot(seq: Int64, _ write: ((Change) throws(LedgerFault) -> Void) throws(LedgerFault) -> Void)
        throws(LedgerFault)
}

/// One thing that a ledger holds.
public enum Loaded: Sendable {
    /// A record of a snapshot.
    case record(Change)
    /// An entry after the snapshot.
    case entry(Entry)
}

/// What loading found.
public struct LoadReport: Sendable, Equatable {
    /// The last entry's place; 0 in an empty ledger.
    public var seq: Int64 = 0
    /// The entry that the snapshot stands for, or `nil` when none was read.
    public var snapshotSeq: Int64?
    /// How many records the snapshot held.
    public var records = 0
    /// How many entries were read after it.
    public var entries = 0
    /// What was cut or passed over, in words for the log.
    public var remarks: [String] = []

    /// An empty report.
    public init() {}
}

/// Why the ledger cannot go on.
public enum LedgerFault: Error, Sendable, Equatable {
    /// Another process holds the directory.
    case inUse(directory: String)
    /// A system call failed.
    case system(call: String, path: String, words: String)
    /// A line is not what was written.
    case damaged(file: String, line: Int, reason: String)
    /// An earlier append failed, so what is on disk is not known.
    case closed(because: String)
}

extension LedgerFault: CustomStringConvertible {
    /// The fault in one line.
    public var description: String {
        switch self {
        case .inUse(let directory): "the data directory \(directory) is in use by another process"
        case .system(let call, let path, let words): "\(call) \(path): \(words)"
        case .damaged(let file, let line, let reason):
            "\(file), line \(line): \(reason); restore this file from a backup, or start from an older copy"
        case .closed(let because): "the ledger is closed: \(because)"
        }
    }
}
