/// Where entries are kept: narrow, so that a file and a database can both be one.
public protocol Ledger: Sendable {
    /// Reads all that is kept: the newest good snapshot's records first, then every entry after it, in order.
    ///
    /// - Throws: ``LedgerFault`` with the place, when anything but what was never answered is damaged.
    func load<Reader: LedgerReader>(into reader: inout Reader) throws(LedgerFault) -> LoadReport

    /// Appends the entries and returns when they are durable; entries go on from the last one's `seq`.
    ///
    /// After it threw, nothing of them is kept, unless it threw ``LedgerFault/undecided(because:)``. With no entries it
    /// tidies up: what can be mended after a fault is, and it returns when entries are taken again.
    func append(_ entries: [Entry]) throws(LedgerFault)

    /// Takes no more entries, and returns when all that was appended is on disk, also where it was answered before.
    func close() throws(LedgerFault)

    /// Gives the entries after `seq` up to `last`, which are durable, in order while `take` says to go on.
    ///
    /// - Throws: ``LedgerFault/forgotten(before:)`` where the first of them is no longer kept, ``LedgerFault/lost(after:before:)``
    ///   where one is missing between others.
    func follow(
        after seq: Int64, through last: Int64, _ take: (Entry) throws(LedgerFault) -> Bool
    ) throws(LedgerFault)

    /// Gives the entries up to `last`, which are durable, of whose records one holds one of some texts; in order, as far as
    /// they are kept.
    func find(
        _ texts: [String], through last: Int64, _ take: (Entry) throws(LedgerFault) -> Void
    ) throws(LedgerFault)

    /// Writes a snapshot of the records that `write` gives, as they stood after entry `seq`.
    ///
    /// - Throws: ``LedgerFault/erased(through:)`` where an erasure that came after it is done: it would be undone.
    func snapshot(seq: Int64, _ write: SnapshotSource) throws(LedgerFault)

    /// Has every older version of what the erasures up to entry `last` erase be blank, and replaces older snapshots by one
    /// of the records that `write` gives, as they stood after entry `seq`.
    ///
    /// What an erasure erases is every record that its changes have as their subjects. A version that has one of them as
    /// its subject is blanked; so is one that has none, where the next version of its record that has any is blanked.
    func erase(
        through last: Int64, _ blanking: Blanking, seq: Int64, _ write: SnapshotSource
    ) throws(LedgerFault)
}

extension Ledger {
    /// Nothing: what was appended is durable.
    public func close() throws(LedgerFault) {}

    /// Looks at every entry there is.
    public func find(
        _ texts: [String], through last: Int64, _ take: (Entry) throws(LedgerFault) -> Void
    ) throws(LedgerFault) {
        var start: Int64 = 0
        while true {
            do throws(LedgerFault) {
                return try follow(after: start, through: last) { entry throws(LedgerFault) in
                    start = entry.seq
                    if entry.holds(anyOf: texts) { try take(entry) }
                    return true
                }
            } catch {
                guard let first = error.nextKept, first - 1 > start else { throw error }
                start = first - 1
            }
        }
    }
}

/// What a ledger asks whoever knows what records mean, to blank them.
public struct Blanking: Sendable {
    /// The ids of the records that a change holds something of: its own where it is a person's, those it is about where
    /// it is about persons, and none where neither is so.
    public let subjects: @Sendable (Change) -> [String]
    /// The change with nothing of any subject left.
    public let blank: @Sendable (Change) -> Change

    /// By two functions; a change that was blanked has the subjects that it had, and is blank.
    public init(
        subjects: @escaping @Sendable (Change) -> [String], blank: @escaping @Sendable (Change) -> Change
    ) {
        self.subjects = subjects
        self.blank = blank
    }
}

/// Gives each record of a snapshot to the function it is called with.
public typealias SnapshotSource = ((Standing) throws(LedgerFault) -> Void) throws(LedgerFault) -> Void

/// Takes what a ledger holds: parts are read on any thread, several at once, and taken in order.
public protocol LedgerReader: Sendable {
    /// What is made of a part.
    associatedtype Part: Sendable
    /// Makes of some records or entries what will be taken.
    func read(_ loaded: Loaded) throws(LedgerFault) -> Part
    /// Takes the next part.
    mutating func take(_ part: Part)
    /// Forgets all that was taken: the snapshot turned out to be damaged.
    mutating func restart()
}

/// Some of what a ledger holds.
public enum Loaded: Sendable {
    /// Records of a snapshot.
    case standings([Standing])
    /// Entries after the snapshot.
    case entries([Entry])
}

/// What loading found.
public struct LoadReport: Sendable, Equatable {
    /// The last entry's place; 0 in an empty ledger.
    public var seq: Int64 = 0
    /// The first entry that the journal has: 1, or the first of those that are kept; `nil` where it has none.
    public var firstSeq: Int64?
    /// The entry that the snapshot stands for, or `nil` when none was read.
    public var snapshotSeq: Int64?
    /// How many records the snapshot held.
    public var records = 0
    /// How many entries were read after it.
    public var entries = 0
    /// The last erasure that is not known to be done in every older line, or `nil`.
    public var unfinishedErasure: Int64?
    /// What was cut or passed over, in words for the log.
    public var remarks: [String] = []
    /// Whether a remark is of something that was there once and is not any more, or not as it was.
    public var isDamaged = false

    /// An empty report.
    public init() {}
}
