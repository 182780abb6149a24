/// A moment, in whole milliseconds since 1970-01-01T00:00:00Z.
public struct Instant: Sendable, Hashable, Comparable {
    /// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
    public let milliseconds: Int64

    /// A moment from its milliseconds.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Midnight UTC of a day.
    public init(_ day: Day) { milliseconds = Int64(day.number) * Self.dayMilliseconds }

    /// Reads RFC 3339 (`2026-01-31T09:00:00Z`, `2026-01-31T10:00:00.250+01:00`) or a date, which is its midnight UTC.
    ///
    /// `nil` where it is neither; what is finer than a millisecond is dropped.
    public init?(_ text: String) { self.init(Array(text.utf8)[...]) }

    /// Reads the bytes of a text, as ``init(_:)`` does.
    init?(_ text: ArraySlice<UInt8>) {
        var digits = Digits(text)
        guard let day = digits.day() else { return nil }
        if digits.isAtEnd {
            self.init(day)
            return
        }
        guard digits.skip("T") || digits.skip("t") || digits.skip(" "), let hour = digits.number(2), digits.skip(":"),
            let minute = digits.number(2), digits.skip(":"), let second = digits.number(2),
            hour < 24, minute < 60, second < 61, let fraction = digits.fraction(), let offset = digits.offset(),
            digits.isAtEnd
        else { return nil }
        // Second 60 is a leap second, which this count does not have: it is read as the second after 59.
        let seconds = (hour * 60 + minute - offset) * 60 + second
        self.init(
            milliseconds: Int64(day.number) * Self.dayMilliseconds + Int64(seconds) * 1000 + Int64(fraction))
        // An offset can lead out of the years that four digits write, and what is written must read back.
        guard Self.written.contains(milliseconds) else { return nil }
    }

    /// The day in UTC that it falls on.
    public var day: Day {
        Day(number: Int32(clamping: Int64((Double(milliseconds) / Double(Self.dayMilliseconds)).rounded(.down))))
    }

    /// So many milliseconds later, within the years 0000 to 9999, which RFC 3339 can write.
    public func advanced(byMilliseconds count: Int64) -> Instant {
        let (sum, overflow) = milliseconds.addingReportingOverflow(count)
        let bounds = Self.written
        guard !overflow else { return Instant(milliseconds: count < 0 ? bounds.lowerBound : bounds.upperBound) }
        return Instant(milliseconds: min(max(sum, bounds.lowerBound), bounds.upperBound))
    }

    /// Milliseconds from `other` to this.
    public func millisecondsSince(_ other: Instant) -> Int64 { milliseconds - other.milliseconds }

    /// The milliseconds of a day.
    public static let dayMilliseconds: Int64 = 86_400_000

    /// From 0000-01-01 to the last millisecond of 9999-12-31.
    private static var written: ClosedRange<Int64> { -62_167_219_200_000...253_402_300_799_999 }

    /// Whether the first is before the second.
    public static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }
}

extension Instant: CustomStringConvertible {
    /// RFC 3339 in UTC; the fraction is there when it is not 0.
    public var description: String {
        String(decoding: [UInt8](capacity: Self.bytesMax) { append(to: &$0) }, as: UTF8.self)
    }

    /// Appends ``description``, which has at most 26 bytes, without making a string: a record has four.
    func append(to output: inout OutputSpan<UInt8>) {
        let day = day
        let rest = Int(milliseconds - Int64(day.number) * Self.dayMilliseconds)
        day.append(to: &output)
        output.append(UInt8(ascii: "T"))
        output.append(twoDigits: rest / 3_600_000)
        output.append(UInt8(ascii: ":"))
        output.append(twoDigits: rest / 60_000 % 60)
        output.append(UInt8(ascii: ":"))
        output.append(twoDigits: rest / 1000 % 60)
        if rest % 1000 > 0 {
            output.append(UInt8(ascii: "."))
            output.append(digit: rest % 1000 / 100)
            output.append(twoDigits: rest % 100)
        }
        output.append(UInt8(ascii: "Z"))
    }

    /// How many bytes the longest has.
    static let bytesMax = 26
}

/// A calendar day of the Gregorian calendar.
public struct Day: Sendable, Hashable, Comparable {
    /// Days since 1970-01-01.
    public let number: Int32

    /// A day from its number.
    public init(number: Int32) { self.number = number }

    /// A day from year, month and day of month, which must exist.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), (0...9999).contains(year), day >= 1, day <= Self.length(year, month) else {
            return nil
        }
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years start in March, so leap days come last.
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        number = Int32(era * 146_097 + dayOfEra - 719_468)
    }

    /// Reads `YYYY-MM-DD`; `nil` where it is none.
    public init?(_ text: String) {
        var digits = Digits(Array(text.utf8)[...])
        guard let day = digits.day(), digits.isAtEnd else { return nil }
        self = day
    }

    /// Year, month and day of month.
    public var parts: (year: Int, month: Int, day: Int) {
        let shifted = Int(number) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// Whether the first is before the second.
    public static func < (left: Day, right: Day) -> Bool { left.number < right.number }

    private static func length(_ year: Int, _ month: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Day: CustomStringConvertible {
    /// `YYYY-MM-DD`.
    public var description: String { String(decoding: [UInt8](capacity: 12) { append(to: &$0) }, as: UTF8.self) }

    func append(to output: inout OutputSpan<UInt8>) {
        let parts = parts
        if parts.year < 0 { output.append(UInt8(ascii: "-")) }
        let year = abs(parts.year)
        // Years of more digits cannot be given; a bare number of a day may still lead to one.
        if year > 9999 { output.append(digit: year / 10_000 % 10) }
        output.append(twoDigits: year / 100 % 100)
        output.append(twoDigits: year % 100)
        output.append(UInt8(ascii: "-"))
        output.append(twoDigits: parts.month)
        output.append(UInt8(ascii: "-"))
        output.append(twoDigits: parts.day)
    }
}

extension OutputSpan<UInt8> {
    fileprivate mutating func append(twoDigits number: Int) {
        append(digit: number / 10)
        append(digit: number % 10)
    }

    fileprivate mutating func append(digit: Int) { append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)) }
}

/// Reads digits of fixed count one after the other.
private struct Digits {
    private let bytes: ArraySlice<UInt8>
    private var place: Int

    init(_ text: ArraySlice<UInt8>) {
        bytes = text
        place = text.startIndex
    }

    var isAtEnd: Bool { place == bytes.endIndex }

    /// Passes over a character.
    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    mutating func number(_ count: Int) -> Int? {
        var number = 0
        for _ in 0..<count {
            guard let byte = peek(), byte &- UInt8(ascii: "0") < 10 else { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
            place += 1
        }
        return number
    }

    mutating func day() -> Day? {
        guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2) else { return nil }
        return Day(year: year, month: month, day: day)
    }

    /// Milliseconds behind the point, 0 where there is none.
    mutating func fraction() -> Int? {
        guard skip(".") else { return 0 }
        guard let first = number(1) else { return nil }
        var milliseconds = first * 100
        var weight = 10
        while let digit = number(1) {
            milliseconds += digit * weight
            weight /= 10
        }
        return milliseconds
    }

    /// Minutes east of UTC; the zone must be there.
    mutating func offset() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let isWest = peek() == UInt8(ascii: "-")
        guard skip("+") || skip("-"), let hours = number(2), skip(":"), let minutes = number(2), hours < 24,
            minutes < 60
        else {
            return nil
        }
        return (hours * 60 + minutes) * (isWest ? -1 : 1)
    }

    private func peek() -> UInt8? { place < bytes.endIndex ? bytes[place] : nil }
}
