internal import JSON

/// Spells a snapshot: a header, a line for each record, and sealed lines that vouch for those since the one before.
struct SnapshotWriter: ~Copyable {
    private var writer = JSONWriter(capacity: blockBytesMax + 4096)
    private var blockStart: Int
    private var blockLines: Int64 = 0
    private var allLines: Int64 = 0

    /// How many bytes of lines one seal vouches for.
    private static var blockBytesMax: Int { 1 << 20 }

    init(seq: Int64, erased: Int64) {
        var header: [UInt8] = []
        Segment.appendHeader(kind: "snapshot", seq: seq, erased: erased, to: &header)
        writer.plain(header)
        blockStart = header.count
    }

    /// Adds a record's line; gives what has been spelled when that is a block.
    mutating func append(_ standing: Standing) -> [UInt8]? {
        ChangeText.append(standing, to: &writer)
        blockLines += 1
        return writer.count - blockStart >= Self.blockBytesMax ? endBlock(isLast: false) : nil
    }

    /// Adds the last line and gives what is left.
    mutating func finish() -> [UInt8] { endBlock(isLast: true) }

    private mutating func endBlock(isLast: Bool) -> [UInt8] {
        allLines += blockLines
        let checksum = unsafe writer.withBytes(from: blockStart) { unsafe Checksum.of(UnsafeRawBufferPointer($0)) }
        let (blockLines, allLines) = (blockLines, allLines)
        SealedLine.write(to: &writer) { writer in
            writer.member("lines", .integer(blockLines))
            writer.member("lines_crc", .integer(Int64(checksum)))
            if isLast { writer.member("end", .integer(allLines)) }
        }
        let bytes = writer.bytes
        writer.removeAll()
        self.blockLines = 0
        blockStart = 0
        return bytes
    }
}
