internal import JSON

/// A line of JSON that ends in `,"crc":"…"}`: the CRC-32C, in eight hexadecimal digits, of all bytes before that comma.
enum SealedLine {
    private static let sealBytes = 18
    private static let sealStart = Array(",\"crc\":\"".utf8)

    /// Appends an object with its seal and a line end.
    static func append(to bytes: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        let start = bytes.count
        var writer = JSONWriter(appendingTo: &bytes)
        writer.object(members)
        bytes = writer.takeBytes()
        bytes.removeLast()
        let checksum = Checksum.of(bytes, start..<bytes.count)
        bytes.append(contentsOf: sealStart)
        for shift in stride(from: UInt32(28), through: 0, by: -4) {
            bytes.append(digit(checksum >> shift & 15))
        }
        bytes.append(contentsOf: [UInt8(ascii: "\""), UInt8(ascii: "}"), UInt8(ascii: "\n")])
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

    /// Where a whole line ends that stands at the start of `range` with more behind it: what a damaged line end leaves.
    static func wholeStart(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
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
