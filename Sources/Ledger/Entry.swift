internal import JSON

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
    /// What it changed, in order.
    public let changes: [Change]

    /// An entry.
    public init(seq: Int64, at: String, actor: String, request: String, changes: [Change]) {
        self.seq = seq
        self.at = at
        self.actor = actor
        self.request = request
        self.changes = changes
    }
}

/// A record as it stands after an entry, or the word that it is gone.
public struct Change: Sendable {
    /// The resource's name.
    public let resource: String
    /// The record's id.
    public let id: String
    /// The whole record as JSON, or `nil` where it was deleted.
    public let record: [UInt8]?

    /// A change.
    public init(resource: String, id: String, record: [UInt8]?) {
        self.resource = resource
        self.id = id
        self.record = record
    }
}

/// How an entry stands in a journal: one JSON object a line, its last member the checksum of what is before it.
enum EntryLine {
    /// Appends an entry's line, its line end included.
    static func append(_ entry: Entry, to bytes: inout [UInt8]) {
        var writer = JSONWriter(capacity: 256 + entry.changes.reduce(0) { $0 + 64 + ($1.record?.count ?? 0) })
        writer.object { writer in
            writer.member("seq", .integer(entry.seq))
            writer.member("at", .string(entry.at))
            writer.member("actor", .string(entry.actor))
            writer.member("request", .string(entry.request))
            writer.name("changes")
            writer.array { writer in
                for change in entry.changes { append(change, to: &writer) }
            }
        }
        SealedLine.append(writer.bytes, to: &bytes)
    }

    /// Reads the entry whose line stands at `range`, its checksum already verified.
    static func read(_ bytes: [UInt8], _ range: Range<Int>) throws(JSONFault) -> Entry {
        var parser = JSONParser(bytes, range: range)
        var seq: Int64 = 0
        var at = ""
        var actor = ""
        var request = ""
        var changes: [Change] = []
        var isFirst = true
        try parser.enterObject()
        while let name = try parser.nextMember(isFirst: isFirst) {
            isFirst = false
            switch name {
            case "seq": seq = try parser.value().wholeNumber ?? 0
            case "at": at = try parser.value().text ?? ""
            case "actor": actor = try parser.value().text ?? ""
            case "request": request = try parser.value().text ?? ""
            case "changes": changes = try readChanges(bytes, &parser)
            default: _ = try parser.skipValue()
            }
        }
        return Entry(seq: seq, at: at, actor: actor, request: request, changes: changes)
    }

    private static func append(_ change: Change, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("resource", .string(change.resource))
            writer.member("id", .string(change.id))
            writer.name("record")
            if let record = change.record { writer.encoded(record) } else { writer.value(.null) }
        }
    }

    private static func readChanges(_ bytes: [UInt8], _ parser: inout JSONParser) throws(JSONFault) -> [Change] {
        var changes: [Change] = []
        try parser.enterArray()
        while try parser.nextElement(isFirst: changes.isEmpty) {
            changes.append(try readChange(bytes, &parser))
        }
        return changes
    }

    static func readChange(_ bytes: [UInt8], _ parser: inout JSONParser) throws(JSONFault) -> Change {
        var resource = ""
        var id = ""
        var record: [UInt8]?
        var isFirst = true
        try parser.enterObject()
        while let name = try parser.nextMember(isFirst: isFirst) {
            isFirst = false
            switch name {
            case "resource": resource = try parser.value().text ?? ""
            case "id": id = try parser.value().text ?? ""
            case "record":
                // The bytes are kept as they are: a record is encoded once in its life.
                let place = try parser.skipValue()
                record = bytes[place].elementsEqual("null".utf8) ? nil : Array(bytes[place])
            default: _ = try parser.skipValue()
            }
        }
        return Change(resource: resource, id: id, record: record)
    }
}
