internal import JSON

/// Spells a snapshot: a header, a line for each record, and a last line with their count and checksum.
struct SnapshotWriter {
    private(set) var buffer: [UInt8]
    private var checksum = Checksum()
    private var count: Int64 = 0

    init(seq: Int64) {
        buffer = Segment.header(kind: "snapshot", seq: seq)
    }

    /// Adds a record's line.
    mutating func append(_ change: Change) {
        guard let record = change.record else { return }
        var writer = JSONWriter(capacity: record.count + 96)
        writer.object { writer in
            writer.member("resource", .string(change.resource))
            writer.member("id", .string(change.id))
            writer.name("record")
            writer.encoded(record)
        }
        writer.newline()
        checksum.add(writer.bytes, 0..<writer.bytes.count)
        buffer.append(contentsOf: writer.bytes)
        count += 1
    }

    /// Adds the last line; the checksum in it is that of all record lines, its own seal apart.
    mutating func finish() {
        let object: JSON = ["records": .integer(count), "records_crc": .integer(Int64(checksum.value))]
        SealedLine.append(JSONWriter.encode(object), to: &buffer)
    }

    /// What was spelled since the last call.
    mutating func takeBuffer() -> [UInt8] {
        let taken = buffer
        buffer = []
        return taken
    }
}
