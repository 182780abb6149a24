internal import Glibc

/// Whether a byte may stand in a method or a field's name (RFC 9110 §5.6.2).
@inline(__always)
func isTokenByte(_ byte: UInt8) -> Bool {
    // One bit a byte of "!#$%&'*+-.^_`|~", digits and letters; a global would be asked for by `swift_once` each time.
    if byte < 64 { return (0x03FF_6CFA_0000_0000 as UInt64) >> UInt64(byte) & 1 == 1 }
    if byte < 128 { return (0x57FF_FFFF_C7FF_FFFE as UInt64) >> UInt64(byte - 64) & 1 == 1 }
    return false
}

/// How many bytes at the start of `range` may stand in a token.
@inline(__always)
func tokenCount(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
    // A span of its own, so that its bounds are those of the loop.
    let part = bytes.extracting(range)
    var count = 0
    while count < part.count, isTokenByte(part[count]) { count += 1 }
    return count
}

/// The value of a hexadecimal digit, or `nil`.
@inline(__always)
func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

/// Whether the bytes at `range` spell `text`.
@inline(__always)
func equals(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    for place in 0..<range.count where unsafe bytes[range.lowerBound + place] != text.utf8Start[place] { return false }
    return true
}

/// Whether the bytes at `range` spell `lowercased`, letters of either case.
@inline(__always)
func equalsIgnoringCase(_ bytes: Span<UInt8>, _ range: Range<Int>, _ lowercased: StaticString) -> Bool {
    unsafe equalsIgnoringCase(
        bytes, range, UnsafeRawBufferPointer(start: lowercased.utf8Start, count: lowercased.utf8CodeUnitCount))
}

/// Whether the bytes at `range` spell `lowercased`, letters of either case, compared eight at a time.
@inline(__always)
func equalsIgnoringCase(_ bytes: Span<UInt8>, _ range: Range<Int>, _ lowercased: UnsafeRawBufferPointer) -> Bool {
    guard range.count == lowercased.count else { return false }
    let found = bytes.extracting(range)
    var place = 0
    while found.count >= 8, place < found.count {
        // The last eight may overlap those before.
        place = min(place, found.count - 8)
        let word = unsafe lowercased.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        guard lowercase(eightBytes(found, at: place)) == word else { return false }
        place += 8
    }
    while place < found.count {
        guard unsafe lowercase(found[place]) == lowercased[place] else { return false }
        place += 1
    }
    return true
}

/// A byte, a small letter where it is a capital one.
@inline(__always)
func lowercase(_ byte: UInt8) -> UInt8 { byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte }

/// Eight bytes, small letters where they are capital ones.
@inline(__always)
func lowercase(_ word: UInt64) -> UInt64 {
    // In the uppermost bit of each byte: whether its other seven are "A" or more, and whether they are more than "Z".
    let low = word & 0x7F7F_7F7F_7F7F_7F7F
    let isCapital = (low &+ 0x3F3F_3F3F_3F3F_3F3F) & ~(low &+ 0x2525_2525_2525_2525) & ~word & 0x8080_8080_8080_8080
    return word | isCapital >> 2
}

/// The eight bytes from a place on, the first of them lowest.
@inline(__always)
func eightBytes(_ bytes: Span<UInt8>, at place: Int) -> UInt64 {
    precondition(place >= 0 && place + 8 <= bytes.count, "there are not so many bytes")
    return unsafe bytes.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt64.self)
}

/// The uppermost bit of each byte that is zero; above the first of them also of some that are not.
@inline(__always)
func zeros(_ word: UInt64) -> UInt64 { (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 }

/// The first place in `range` where a byte is `wanted`, or `nil`.
@inline(__always)
func firstPlace(of wanted: UInt8, in bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    unsafe bytes.extracting(range).withUnsafeBytes { part in
        guard let start = part.baseAddress, let found = unsafe memchr(start, Int32(wanted), part.count) else {
            return nil
        }
        return unsafe range.lowerBound + (UnsafeRawPointer(found) - start)
    }
}

/// The part of `range` that neither starts nor ends with a space or a tab.
@inline(__always)
func trimmed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
    while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
    return start..<end
}

/// Calls `body` with each member of a list, whole and without the blanks around it (RFC 9110 §5.6.1).
func forEachToken(_ bytes: Span<UInt8>, _ list: Range<Int>, _ body: (Range<Int>) -> Void) {
    var start = list.lowerBound
    for end in list.lowerBound...list.upperBound where end == list.upperBound || bytes[end] == UInt8(ascii: ",") {
        body(trimmed(bytes, start..<end))
        start = end + 1
    }
}

/// The bytes with `%XX` read; what is no such triple was refused with the request line.
func percentDecoded(_ part: consuming ArraySlice<UInt8>, plusIsSpace: Bool) -> ArraySlice<UInt8> {
    guard holds(UInt8(ascii: "%"), part) || plusIsSpace && holds(UInt8(ascii: "+"), part) else { return part }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(part.count)
    var index = part.startIndex
    while index < part.endIndex {
        let byte = part[index]
        if byte == UInt8(ascii: "%"), index + 2 < part.endIndex, let high = hexValue(part[index + 1]),
            let low = hexValue(part[index + 2])
        {
            decoded.append(high << 4 | low)
            index += 3
        } else {
            decoded.append(byte == UInt8(ascii: "+") && plusIsSpace ? UInt8(ascii: " ") : byte)
            index += 1
        }
    }
    return decoded[...]
}

private func holds(_ byte: UInt8, _ part: borrowing ArraySlice<UInt8>) -> Bool {
    firstPlace(of: byte, in: part.span, 0..<part.count) != nil
}

/// The number that digits spell, and nothing else: `Int("+5")` is 5 to Swift and an error to RFC 9110 §8.6; the greatest
/// there is where it is more.
func decimalNumber(_ bytes: Span<UInt8>, _ digits: Range<Int>) -> Int? {
    guard !digits.isEmpty else { return nil }
    var number = 0
    for place in digits {
        let digit = bytes[place] &- UInt8(ascii: "0")
        guard digit < 10 else { return nil }
        let (tens, isOver) = number.multipliedReportingOverflow(by: 10)
        let (sum, isMore) = tens.addingReportingOverflow(Int(digit))
        number = isOver || isMore ? .max : sum
    }
    return number
}
