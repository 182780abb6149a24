internal import CLinux

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4), by the processor where it can, else eight bytes a step.
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

    /// The checksum of some memory.
    static func of(_ memory: UnsafeRawBufferPointer) -> UInt32 {
        var checksum = Checksum()
        unsafe checksum.add(memory)
        return checksum.value
    }

    /// Adds a part of `bytes`.
    mutating func add(_ bytes: [UInt8], _ range: Range<Int>) {
        unsafe bytes.withUnsafeBytes { buffer in unsafe add(UnsafeRawBufferPointer(rebasing: buffer[range])) }
    }

    private mutating func add(_ memory: UnsafeRawBufferPointer) {
        guard Self.isOfProcessor else { return unsafe addByTable(memory) }
        guard let base = memory.baseAddress else { return }
        unsafe state = tandem_crc32c(state, base, Int64(memory.count))
    }

    private static let isOfProcessor = tandem_has_crc32c() != 0

    /// As ``add(_:_:)``, on any processor.
    mutating func addByTable(_ bytes: [UInt8], _ range: Range<Int>) {
        unsafe bytes.withUnsafeBytes { buffer in unsafe addByTable(UnsafeRawBufferPointer(rebasing: buffer[range])) }
    }

    private mutating func addByTable(_ buffer: UnsafeRawBufferPointer) {
        let tables = Self.tables
        unsafe tables.withUnsafeBufferPointer { table in
            var crc = state
            var index = 0
            while index + 8 <= buffer.count {
                let word = unsafe UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                let mixed = word ^ UInt64(crc)
                crc = 0
                for lane in 0..<8 {
                    unsafe crc ^= table[(7 - lane) << 8 | Int(mixed >> UInt64(lane * 8) & 0xFF)]
                }
                index += 8
            }
            while index < buffer.count {
                unsafe crc = crc >> 8 ^ table[Int((crc ^ UInt32(buffer[index])) & 0xFF)]
                index += 1
            }
            state = crc
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
