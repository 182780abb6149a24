/// The `Host` field's grammar (RFC 9110 §7.2): a name, an IPv4 address or `[IPv6]`, and perhaps a port.
enum HostField {
    static func isValid(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Bool {
        guard !value.isEmpty else { return false }
        let first = value.lowerBound
        let end = bytes[first] == UInt8(ascii: "[") ? literalEnd(bytes, value) : nameEnd(bytes, value)
        guard let end, end > first else { return false }
        if end == value.upperBound { return true }
        guard bytes[end] == UInt8(ascii: ":") else { return false }
        let port = end + 1..<value.upperBound
        return port.isEmpty || port.count <= 5 && (decimalNumber(bytes, port).map { $0 <= 65_535 } ?? false)
    }

    private static func nameEnd(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Int {
        let part = bytes.extracting(value)
        var count = 0
        while count < part.count, isNameByte(part[count]) { count += 1 }
        return value.lowerBound + count
    }

    /// Behind the bracket that closes an address of at least two bytes.
    private static func literalEnd(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Int? {
        for place in value.dropFirst() {
            let byte = bytes[place]
            if byte == UInt8(ascii: "]") { return place > value.lowerBound + 2 ? place + 1 : nil }
            guard hexValue(byte) != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") else { return nil }
        }
        return nil
    }

    @inline(__always)
    private static func isNameByte(_ byte: UInt8) -> Bool {
        // One bit a byte of "-._~", digits and letters.
        if byte < 64 { return (0x03FF_6000_0000_0000 as UInt64) >> UInt64(byte) & 1 == 1 }
        if byte < 128 { return (0x47FF_FFFE_87FF_FFFE as UInt64) >> UInt64(byte - 64) & 1 == 1 }
        return false
    }
}
