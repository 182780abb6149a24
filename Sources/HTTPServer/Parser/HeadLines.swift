internal import HTTPTypes

/// Finds where the lines of a head end (RFC 9112 §2.2): in CRLF, and in nothing else.
enum HeadLines {
    enum End: Equatable {
        /// The place of the CR.
        case at(Int)
        case notYet
        case tooLong
    }

    /// Where the line that starts at `start` ends, at `last` or before.
    ///
    /// What stands behind `last` is not looked at: a fault there would be told or not, as the bytes happen to arrive.
    @inline(__always)
    static func end(_ bytes: Span<UInt8>, from start: Int, last: Int) throws(ParseFault) -> End {
        guard start <= last else { return start < bytes.count ? .tooLong : .notYet }
        let searchEnd = min(bytes.count, last)
        guard let index = firstEnd(bytes, start..<searchEnd) else {
            guard searchEnd < bytes.count else { return .notYet }
            guard bytes[searchEnd] == 0x0D else { return .tooLong }
            return try crEnd(bytes, at: searchEnd)
        }
        switch bytes[index] {
        case 0x0D: return try crEnd(bytes, at: index)
        case 0x0A: throw ParseFault(.badRequest, "a line that ends in LF alone")
        default: throw ParseFault(.badRequest, "a NUL in the head")
        }
    }

    @inline(__always)
    private static func crEnd(_ bytes: Span<UInt8>, at index: Int) throws(ParseFault) -> End {
        guard index + 1 < bytes.count else { return .notYet }
        guard bytes[index + 1] == 0x0A else { throw ParseFault(.badRequest, "a CR without its LF") }
        return .at(index)
    }

    /// The first CR, LF or NUL, looked for eight bytes at a time.
    @inline(__always)
    private static func firstEnd(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var index = range.lowerBound
        while index + 8 <= range.upperBound {
            let word = eightBytes(bytes, at: index)
            // A byte below 0x10 has none of its upper four bits, and of those a head has few.
            let marks = ((word & 0xF0F0_F0F0_F0F0_F0F0) &- 0x1010_1010_1010_1010) & ~word & 0x8080_8080_8080_8080
            if marks != 0 {
                // A borrow can mark a byte above the first that is meant, never one below it.
                let place = index + marks.trailingZeroBitCount / 8
                if isEnd(bytes[place]) { return place }
                index = place + 1
            } else {
                index += 8
            }
        }
        while index < range.upperBound {
            if isEnd(bytes[index]) { return index }
            index += 1
        }
        return nil
    }

    @inline(__always)
    private static func isEnd(_ byte: UInt8) -> Bool { byte == 0x0D || byte == 0x0A || byte == 0 }

    /// Whether a control character other than a tab stands in `range`; CR, LF and NUL are known not to.
    @inline(__always)
    static func holdsControl(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        while index + 8 <= range.upperBound, !mayHoldControl(eightBytes(bytes, at: index)) { index += 8 }
        // The last eight once more, some of which were looked at, are cheaper than what is left one by one.
        let isNearEnd = index + 8 > range.upperBound && range.count >= 8
        if isNearEnd, !mayHoldControl(eightBytes(bytes, at: range.upperBound - 8)) { return false }
        while index < range.upperBound {
            let byte = bytes[index]
            if byte < 0x20 && byte != 0x09 || byte == 0x7F { return true }
            index += 1
        }
        return false
    }

    /// Whether one of eight bytes is below a space, or is DEL.
    @inline(__always)
    private static func mayHoldControl(_ word: UInt64) -> Bool {
        let low = (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080
        return low | zeros(word ^ 0x7F7F_7F7F_7F7F_7F7F) != 0
    }
}
