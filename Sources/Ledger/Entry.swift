/// One line of the ledger: everything that one command changed, applied as a whole or not at all.
public struct Entry: Sendable {
    /// Its place; the first is 1, and each is one more than the one before.
    public let seq: Int64
    /// When it was recorded, RFC 3339 in UTC.
    public let at: String
    /// Who did it.
    public let actor: String
    /// The request that asked for it, by the id its answer carried.
    public let request: String
    /// Whether it blanks the personal data of the records it changes, in older lines as well.
    public let erases: Bool
    /// What it changed, in order.
    public let changes: [Change]

    /// An entry.
    public init(seq: Int64, at: String, actor: String, request: String, erases: Bool = false, changes: [Change]) {
        self.seq = seq
        self.at = at
        self.actor = actor
        self.request = request
        self.erases = erases
        self.changes = changes
    }
}

/// A record as it stands after an entry, or the word that it is gone.
public struct Change: Sendable {
    /// The resource's name.
    public let resource: String
    /// The last entry before this one that changed the record; `nil` in its first.
    public let was: Int64?
    /// What became of it.
    public let state: RecordState

    /// A change.
    public init(resource: String, was: Int64?, _ state: RecordState) {
        self.resource = resource
        self.was = was
        self.state = state
    }
}

/// What became of a record.
public enum RecordState: Sendable, Equatable {
    /// It stands: the whole record as JSON, its id among it.
    case stands([UInt8])
    /// It is gone, and had this id.
    case gone(id: String)

    var isGone: Bool { if case .gone = self { true } else { false } }
}

/// A record of a snapshot, and the last entry that changed it.
public struct Standing: Sendable {
    /// The resource's name.
    public let resource: String
    /// The last entry that changed it; 0 where an old snapshot does not say.
    public let seq: Int64
    /// What it is after that.
    public let state: RecordState

    /// A record of a snapshot.
    public init(resource: String, seq: Int64, _ state: RecordState) {
        self.resource = resource
        self.seq = seq
        self.state = state
    }
}
