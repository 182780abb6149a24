/// CRC-32C (Castagnoli, RFC 3720 appendix B.4), eight bytes a step.
struct Checksum {
    private var state: UInt32 = 0xFFFF_FFFF

    /// The checksum of all bytes added.
    var value: UInt32 { ~state }

    /// The checksum of a part of `bytes`.
    static func of(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 {
        var checksum = Checksum()
        checksum.add(bytes, range)
        return checksum.value
    }

    /// Adds a part of `bytes`.
    mutating func add(_ bytes: [UInt8], _ range: Range<Int>) {
        let tables = Self.tables
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe tables.withUnsafeBufferPointer { table in
                var crc = state
                var index = range.lowerBound
                while index + 8 <= range.upperBound {
                    let word = unsafe UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                    let mixed = word ^ UInt64(crc)
                    crc = 0
                    for lane in 0..<8 {
                        unsafe crc ^= table[(7 - lane) << 8 | Int(mixed >> UInt64(lane * 8) & 0xFF)]
                    }
                    index += 8
                }
                while index < range.upperBound {
                    unsafe crc = crc >> 8 ^ table[Int((crc ^ UInt32(buffer[index])) & 0xFF)]
                    index += 1
                }
                state = crc
            }
        }
    }

    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
            tables[byte] = crc
        }
        for lane in 1..<8 {
            for byte in 0..<256 {
                let previous = tables[(lane - 1) << 8 | byte]
                tables[lane << 8 | byte] = previous >> 8 ^ tables[Int(previous & 0xFF)]
            }
        }
        return tables
    }()
}

/// A line of JSON that ends in `,"crc":"…"}`: the CRC-32C, in eight hexadecimal digits, of all bytes before that comma.
enum SealedLine {
    private static let sealBytes = 18

    /// Appends an object with its seal and a line end.
    static func append(_ object: [UInt8], to bytes: inout [UInt8]) {
        let body = 0..<object.count - 1
        bytes.append(contentsOf: object[body])
        bytes.append(contentsOf: seal(of: object, body))
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Whether a whole line stands at the start of `range` with more behind it: what a damaged line end leaves.
    static func startsWhole(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        var place = range.lowerBound + sealBytes
        while place < range.upperBound {
            if bytes[place - 1] == UInt8(ascii: "}"), isWhole(bytes, range.lowerBound..<place) { return true }
            place += 1
        }
        return false
    }

    private static func seal(of bytes: [UInt8], _ body: Range<Int>) -> [UInt8] {
        let digits = String(Checksum.of(bytes, body), radix: 16)
        return Array(",\"crc\":\"\(String(repeating: "0", count: 8 - digits.count))\(digits)\"}".utf8)
    }

    /// Whether the line at `range`, without its line end, bears the seal of its own bytes.
    static func isWhole(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        let bodyEnd = range.upperBound - sealBytes
        guard bodyEnd > range.lowerBound, bytes[bodyEnd..<bodyEnd + 8].elementsEqual(",\"crc\":\"".utf8) else {
            return false
        }
        return bytes[bodyEnd..<range.upperBound].elementsEqual(seal(of: bytes, range.lowerBound..<bodyEnd))
    }
}
