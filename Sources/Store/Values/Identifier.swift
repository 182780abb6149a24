/// A record's id without its prefix: 48 bits of milliseconds, then 80 that no other has; ids order by time.
public struct Identifier: Sendable, Hashable, Comparable, BitwiseCopyable {
    private let high: UInt64
    private let low: UInt64

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Its bits, the greater half first.
    var halves: (high: UInt64, low: UInt64) { (high, low) }

    /// The least id.
    public static let least = Identifier(high: 0, low: 0)

    /// The greatest id.
    public static let greatest = Identifier(high: .max, low: .max)

    /// An id for `now` that is greater than `last`.
    static func next(after last: Identifier, now: Instant) -> Identifier {
        let time = UInt64(max(0, now.milliseconds)) << 16
        if time > last.high & ~0xFFFF {
            return Identifier(high: time | UInt64.random(in: 0...0x7FFF), low: UInt64.random(in: 0...UInt64.max))
        }
        // Within a millisecond, and where the clock went back, ids count on by a step that cannot be guessed.
        let (low, overflow) = last.low.addingReportingOverflow(UInt64.random(in: 1...0xFFFF_FFFF))
        return Identifier(high: last.high + (overflow ? 1 : 0), low: low)
    }

    /// Reads `prefix_` and 26 characters of Crockford's base 32; `nil` where it is none.
    public init?(_ text: String, prefix: String) { self.init(Array(text.utf8)[...], prefix: prefix) }

    /// Reads the bytes of a text, as ``init(_:prefix:)`` does.
    public init?(_ text: ArraySlice<UInt8>, prefix: String) {
        let digits = text.startIndex + prefix.utf8.count + 1
        guard text.endIndex == digits + 26, text[digits - 1] == UInt8(ascii: "_"),
            text[..<(digits - 1)].elementsEqual(prefix.utf8)
        else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for place in digits..<text.endIndex {
            guard let digit = Self.value(text[place]), high >> 59 == 0 else { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(digit)
        }
        self.init(high: high, low: low)
    }

    /// The id as it is written, `lead_01jd…`.
    public func text(prefix: String) -> String {
        let bytes = [UInt8](capacity: Self.bytes(prefix: prefix)) { append(prefix: prefix, to: &$0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// How many bytes it takes, written.
    static func bytes(prefix: String) -> Int { prefix.utf8.count + 27 }

    /// Appends ``text(prefix:)`` without making a string.
    func append(prefix: String, to output: inout OutputSpan<UInt8>) {
        for byte in prefix.utf8 { output.append(byte) }
        output.append(UInt8(ascii: "_"))
        for place in 0..<26 {
            let shift = UInt64(125 - place * 5)
            let digit =
                shift >= 64 ? high >> (shift - 64) : shift > 59 ? high << (64 - shift) | low >> shift : low >> shift
            output.append(Self.digit(UInt8(truncatingIfNeeded: digit & 31)))
        }
    }

    /// Whether the first comes before the second.
    public static func < (left: Identifier, right: Identifier) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }

    /// Crockford's digits: no i, l, o and u.
    private static func digit(_ value: UInt8) -> UInt8 {
        // The letters before a value's own that are no digits.
        let skipped: UInt8 = (value > 17 ? 1 : 0) + (value > 19 ? 1 : 0) + (value > 21 ? 1 : 0) + (value > 26 ? 1 : 0)
        return value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10 + skipped
    }

    private static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "h"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "j"), UInt8(ascii: "k"): byte - UInt8(ascii: "j") + 18
        case UInt8(ascii: "m"), UInt8(ascii: "n"): byte - UInt8(ascii: "m") + 20
        case UInt8(ascii: "p")...UInt8(ascii: "t"): byte - UInt8(ascii: "p") + 22
        case UInt8(ascii: "v")...UInt8(ascii: "z"): byte - UInt8(ascii: "v") + 27
        default: nil
        }
    }
}
