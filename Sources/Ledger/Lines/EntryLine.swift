internal import JSON

/// What one line of a journal, after its header, says.
enum JournalLine {
    /// An entry.
    case entry(EntryLine)
    /// The entries up to this one are on disk.
    case mark(synced: Int64)

    /// The last entry that was known to be on disk when the line was written, where it says so.
    var synced: Int64? {
        switch self {
        case .entry(let line): line.synced
        case .mark(let synced): synced
        }
    }

    /// The number of the entry that it is, where it is one.
    var seq: Int64? {
        switch self {
        case .entry(let line): line.entry.seq
        case .mark: nil
        }
    }

    /// Reads the line at `range`, its seal already verified.
    static func read(_ bytes: [UInt8], _ range: Range<Int>) throws(JSONFault) -> JournalLine {
        var parser = JSONParser(bytes, range: range)
        var line = EntryLine.Parts()
        var isFirst = true
        try parser.enterObject()
        while let name = try parser.nextMember(isFirst: isFirst) {
            isFirst = false
            switch name {
            case "seq": line.seq = try parser.value().wholeNumber
            case "synced": line.synced = try parser.value().wholeNumber
            case "at": line.at = try parser.value().text ?? ""
            case "actor": line.actor = try parser.value().text ?? ""
            case "request": line.request = try parser.value().text ?? ""
            case "erases": line.erases = try parser.value().wholeNumber
            case "changes":
                line.changes = try ChangeText.readAll(bytes, &parser)
                line.hasChanges = true
            case "format": throw JSONFault(reason: "the first line of a file stands within one")
            default: _ = try parser.skipValue()
            }
        }
        if let synced = line.synced, synced < 0 { throw JSONFault(reason: "\(synced) is no entry's number") }
        guard let seq = line.seq else {
            guard let synced = line.synced else { throw JSONFault(reason: "the line is neither entry nor mark") }
            return .mark(synced: synced)
        }
        guard Segment.seqs.contains(seq) else { throw JSONFault(reason: "\(seq) is no entry's number") }
        guard line.hasChanges else { throw JSONFault(reason: "the entry \(seq) does not say what it changed") }
        let entry = Entry(
            seq: seq, at: line.at, actor: line.actor, request: line.request, erases: line.erases != nil,
            changes: line.changes)
        return .entry(EntryLine(entry: entry, synced: line.synced, erasureBefore: line.erases))
    }

    /// Appends a mark's line.
    static func appendMark(synced: Int64, to bytes: inout [UInt8]) {
        SealedLine.append(to: &bytes) { $0.member("synced", .integer(synced)) }
    }
}

/// How an entry stands in a journal.
struct EntryLine {
    let entry: Entry
    /// The last entry that was known to be on disk when this line was written.
    let synced: Int64?
    /// In an erasure the one before it, 0 in the first.
    let erasureBefore: Int64?

    fileprivate struct Parts {
        var seq: Int64?
        var synced: Int64?
        var at = ""
        var actor = ""
        var request = ""
        var erases: Int64?
        var changes: [Change] = []
        var hasChanges = false
    }

    /// Appends the line, its line end included.
    func append(to bytes: inout [UInt8]) {
        var writer = JSONWriter(capacity: 1024)
        write(to: &writer)
        bytes += writer.bytes
    }

    /// Writes the line, its line end included.
    func write(to writer: inout JSONWriter) {
        SealedLine.write(to: &writer) { writer in
            writer.member("seq", .integer(entry.seq))
            if let synced { writer.member("synced", .integer(synced)) }
            writer.member("at", .string(entry.at))
            writer.member("actor", .string(entry.actor))
            writer.member("request", .string(entry.request))
            if let erasureBefore { writer.member("erases", .integer(erasureBefore)) }
            writer.name("changes")
            writer.array { writer in
                for change in entry.changes { ChangeText.append(change, to: &writer) }
            }
        }
    }
}

/// How a change stands in an entry, and a record in a snapshot.
enum ChangeText {
    static func append(_ change: Change, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("resource", .string(change.resource))
            if let was = change.was { writer.member("was", .integer(was)) }
            append(change.state, to: &writer)
        }
    }

    /// Appends a snapshot's line, its line end included.
    static func append(_ standing: Standing, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("resource", .string(standing.resource))
            writer.member("seq", .integer(standing.seq))
            append(standing.state, to: &writer)
        }
        writer.newline()
    }

    static func readAll(_ bytes: [UInt8], _ parser: inout JSONParser) throws(JSONFault) -> [Change] {
        var changes: [Change] = []
        try parser.enterArray()
        while try parser.nextElement(isFirst: changes.isEmpty) {
            let (resource, number, state) = try read(bytes, &parser)
            changes.append(Change(resource: resource, was: number, state))
        }
        return changes
    }

    /// Reads the line of a snapshot at `range`.
    static func readStanding(_ bytes: [UInt8], _ range: Range<Int>) throws(JSONFault) -> Standing {
        if let standing = readWritten(bytes, range) { return standing }
        var parser = JSONParser(bytes, range: range)
        let (resource, number, state) = try read(bytes, &parser)
        return Standing(resource: resource, seq: number ?? 0, state)
    }

    private static let resourceStart = Array("{\"resource\":\"".utf8)
    private static let seqStart = Array("\",\"seq\":".utf8)
    private static let recordStart = Array(",\"record\":{".utf8)

    /// Reads a line just as it is written here, without looking for the record's end: it is the
    /// line's, as whoever reads the record will see. `nil` for a line that is written otherwise.
    private static func readWritten(_ bytes: [UInt8], _ range: Range<Int>) -> Standing? {
        guard bytes[range].starts(with: resourceStart), range.count > 40,
            bytes[range.upperBound - 2] == UInt8(ascii: "}")
        else { return nil }
        let nameStart = range.lowerBound + resourceStart.count
        guard let nameEnd = bytes[nameStart..<range.upperBound].firstIndex(of: UInt8(ascii: "\"")),
            bytes[nameEnd..<range.upperBound].starts(with: seqStart)
        else { return nil }
        var place = nameEnd + seqStart.count
        var seq: Int64 = 0
        while place < range.upperBound, bytes[place] &- UInt8(ascii: "0") < 10, seq < 1 << 58 {
            seq = seq * 10 + Int64(bytes[place] - UInt8(ascii: "0"))
            place += 1
        }
        guard bytes[place..<range.upperBound].starts(with: recordStart) else { return nil }
        let record = Array(bytes[(place + recordStart.count - 1)..<(range.upperBound - 1)])
        return Standing(
            resource: String(decoding: bytes[nameStart..<nameEnd], as: UTF8.self), seq: seq, .stands(record))
    }

    private static func append(_ state: RecordState, to writer: inout JSONWriter) {
        switch state {
        case .stands(let record):
            writer.name("record")
            writer.encoded(record)
        case .gone(let id):
            writer.member("id", .string(id))
            writer.member("record", .null)
        }
    }

    private static func read(
        _ bytes: [UInt8], _ parser: inout JSONParser
    ) throws(JSONFault) -> (resource: String, number: Int64?, state: RecordState) {
        var resource = ""
        var id = ""
        var number: Int64?
        var record: [UInt8]?
        var isFirst = true
        try parser.enterObject()
        while let name = try parser.nextMember(isFirst: isFirst) {
            isFirst = false
            switch name {
            case "resource": resource = try parser.value().text ?? ""
            case "id": id = try parser.value().text ?? ""
            case "was", "seq": number = try parser.value().wholeNumber
            case "record":
                // The bytes are kept as they are: a record is encoded once in its life.
                let place = try parser.skipValue()
                record = bytes[place.lowerBound] == UInt8(ascii: "n") ? nil : Array(bytes[place])
            default: _ = try parser.skipValue()
            }
        }
        return (resource, number, record.map { .stands($0) } ?? .gone(id: id))
    }
}
