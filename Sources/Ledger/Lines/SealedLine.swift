internal import JSON

/// A line of JSON that ends in `,"crc":"…"}`: the CRC-32C, in eight hexadecimal digits, of all bytes before that comma.
enum SealedLine {
    private static let sealBytes = 18
    private static let sealStart = Array(",\"crc\":\"".utf8)
    private static let sealEnd = Array("\"}\n".utf8)

    /// Writes an object with its seal and a line end.
    static func write(to writer: inout JSONWriter, _ members: (inout JSONWriter) -> Void) {
        let start = writer.count
        writer.object(members)
        writer.removeLast()
        let checksum = unsafe writer.withBytes(from: start) { unsafe Checksum.of(UnsafeRawBufferPointer($0)) }
        writer.plain(sealStart)
        writer.plain((0..<8).map { digit(checksum >> UInt32(28 - $0 * 4) & 15) })
        writer.plain(sealEnd)
    }

    /// Appends an object with its seal and a line end.
    static func append(to bytes: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        write(to: &writer, members)
        bytes += writer.bytes
    }

    /// Whether the line at `range`, without its line end, bears the seal of its own bytes.
    static func isWhole(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        let bodyEnd = range.upperBound - sealBytes
        guard bodyEnd > range.lowerBound, bytes[bodyEnd..<bodyEnd + 8].elementsEqual(sealStart),
            bytes[range.upperBound - 2] == UInt8(ascii: "\""), bytes[range.upperBound - 1] == UInt8(ascii: "}")
        else { return false }
        let checksum = Checksum.of(bytes, range.lowerBound..<bodyEnd)
        return (0..<8).allSatisfy { place in
            bytes[bodyEnd + 8 + place] == digit(checksum >> UInt32(28 - place * 4) & 15)
        }
    }

    /// The lines that stand in one for line ends that are damaged: all but the last are whole; mostly the one.
    static func parts(_ bytes: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
        if isWhole(bytes, range) { return [range] }
        var parts: [Range<Int>] = []
        var start = range.lowerBound
        while let end = wholeStart(bytes, start..<range.upperBound) {
            parts.append(start..<end)
            // One byte stands where the line end should.
            start = end + 1
        }
        return start < range.upperBound || parts.isEmpty ? parts + [start..<range.upperBound] : parts
    }

    /// Where a whole line ends that stands at the start of `range` with more behind it: what a damaged line end leaves.
    private static func wholeStart(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
        var place = range.lowerBound + sealBytes
        while place < range.upperBound {
            if bytes[place - 1] == UInt8(ascii: "}"), isWhole(bytes, range.lowerBound..<place) { return place }
            place += 1
        }
        return nil
    }

    private static func digit(_ value: UInt32) -> UInt8 {
        UInt8(truncatingIfNeeded: value) + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
    }
}
