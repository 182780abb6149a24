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
    static func next(
        after last: Identifier, now: Instant, using random: inout some RandomNumberGenerator
    ) -> Identifier {
        let time = UInt64(max(0, now.milliseconds)) << 16
        if time > last.high & ~0xFFFF {
            return Identifier(high: time | UInt64.random(in: 0...0x7FFF, using: &random), low: random.next())
        }
        // Within a millisecond, and where the clock went back, ids count on by a step that cannot be guessed.
        let (low, overflow) = last.low.addingReportingOverflow(UInt64.random(in: 1...0xFFFF_FFFF, using: &random))
        return Identifier(high: last.high + (overflow ? 1 : 0), low: low)
    }

    /// Reads `prefix_` and 26 characters of Crockford's base 32; `nil` where it is none.
    public init?(_ text: String, prefix: String) { self.init(text.utf8Span.span, prefix: prefix) }

    /// Reads the bytes of a text, as ``init(_:prefix:)`` does.
    public init?(_ text: ArraySlice<UInt8>, prefix: String) { self.init(text.span, prefix: prefix) }

    private init?(_ bytes: Span<UInt8>, prefix: String) {
        let digits = bytes.extracting(last: 26)
        var place = 0
        for byte in prefix.utf8 {
            guard place < bytes.count, bytes[place] == byte else { return nil }
            place += 1
        }
        guard place + 27 == bytes.count, bytes[place] == UInt8(ascii: "_") else { return nil }
        guard let first = Self.number(digits.extracting(first: 2)),
            let middle = Self.number(digits.extracting(2..<14)), let last = Self.number(digits.extracting(last: 12)),
            first < 1 << 8
        else { return nil }
        // 8 bits, 60 and 60.
        self.init(high: first << 56 | middle >> 4, low: middle << 60 | last)
    }

    /// The number that at most twelve digits spell; `nil` where one is none.
    private static func number(_ digits: Span<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        var all: UInt8 = 0
        for place in digits.indices {
            let value = values[Int(digits[place])]
            all |= value
            number = number << 5 | UInt64(value)
        }
        return all < 32 ? number : nil
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
        // 8 bits, 60 and 60.
        Self.append(high >> 56, digits: 2, to: &output)
        Self.append(high << 4 | low >> 60, digits: 12, to: &output)
        Self.append(low, digits: 12, to: &output)
    }

    /// Appends the last digits of a number.
    private static func append(_ number: UInt64, digits count: Int, to output: inout OutputSpan<UInt8>) {
        for place in (0..<count).reversed() { output.append(digits[Int(number >> UInt64(place * 5) & 31)]) }
    }

    /// Whether the first comes before the second.
    public static func < (left: Identifier, right: Identifier) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }

    /// Crockford's, as ASCII: no i, l, o and u.
    private static let digits: [32 of UInt8] = [
        48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102,
        103, 104, 106, 107, 109, 110, 112, 113, 114, 115, 116, 118, 119, 120, 121, 122,
    ]

    /// The value of each byte as a digit, 255 where it is none; for all 256, so that none is looked at first.
    private static let values: [256 of UInt8] = [
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 10, 11, 12, 13, 14, 15, 16, 17, 255, 18, 19, 255, 20, 21, 255,
        22, 23, 24, 25, 26, 255, 27, 28, 29, 30, 31, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    ]
}
