internal import Domain
internal import Store

/// Tells the days and units of the calendar that instants fall in, in one zone; what was found once is kept.
final class DayReader {
    private let zone: Zone
    /// The offset all through a day of UTC, or ``changes``.
    private var offsets: [Int64]
    private var units: [Int32] = []
    private var unit: CalendarUnit?

    /// Days of UTC from 1990 to 2060 are kept; others are told one by one.
    private static let first: Int64 = 7305
    private static let count = 25_567
    private static let unknown = Int64.min
    private static let changes = Int64.max

    init(_ zone: Zone) {
        self.zone = zone
        offsets = zone.name == "UTC" ? [] : Array(repeating: Self.unknown, count: Self.count)
    }

    /// The day that an instant falls on.
    @inline(__always)
    func day(of time: Int64) -> Int32 {
        if offsets.isEmpty { return Self.floorDay(time) }
        let utc = Int64(Self.floorDay(time)) - Self.first
        guard utc >= 0, utc < Self.count else { return zone.day(of: Instant(milliseconds: time)).number }
        var offset = offsets[Int(utc)]
        if offset == Self.unknown { offset = learn(Int(utc)) }
        if offset == Self.changes { return zone.day(of: Instant(milliseconds: time)).number }
        return Self.floorDay(time + offset)
    }

    /// The number of the unit that an instant falls in.
    @inline(__always)
    func number(of time: Int64, _ unit: CalendarUnit) -> Int32 {
        let day = day(of: time)
        take(unit)
        let place = Int(day) - Int(Self.first)
        guard place >= 0, place < Self.count else { return unit.number(of: Day(number: day)) }
        if units[place] == .min { units[place] = unit.number(of: Day(number: day)) }
        return units[place]
    }

    /// The numbers of the units that facts fall in; `none` of those without a time.
    func numbers(of items: [Fact], _ unit: CalendarUnit, none: Int32) -> [Int32] {
        var numbers = [Int32](repeating: none, count: items.count)
        let facts = items.span
        learnDays(of: facts, unit)
        let (units, offsets) = (units, offsets)
        let (unitOfDay, offsetOfDay) = (units.span, offsets.span)
        let isUTC = offsets.isEmpty
        var target = numbers.mutableSpan
        for place in facts.indices {
            let time = facts[place].at
            var day = Int(Self.floorDay(time)) - Int(Self.first)
            if !isUTC, day >= 0, day < Self.count {
                let offset = offsetOfDay[day]
                day = offset == Self.changes ? -1 : Int(Self.floorDay(time + offset)) - Int(Self.first)
            }
            if day >= 0, day < Self.count, unitOfDay[day] != .min {
                target[place] = DimensionReader.code(unitOfDay[day])
            } else if time != Facts.never {
                target[place] = DimensionReader.code(number(of: time, unit))
            }
        }
        return numbers
    }

    private func take(_ unit: CalendarUnit) {
        guard self.unit != unit else { return }
        self.unit = unit
        units = Array(repeating: .min, count: Self.count)
    }

    /// Has the days of facts told at once, and those beside them, which they may be of in the zone.
    private func learnDays(of facts: Span<Fact>, _ unit: CalendarUnit) {
        take(unit)
        var (low, high) = (Facts.never, Int64.min)
        for place in facts.indices where facts[place].at != Facts.never {
            low = min(low, facts[place].at)
            high = max(high, facts[place].at)
        }
        guard low <= high else { return }
        let start = max(0, Int(Self.floorDay(low)) - Int(Self.first) - 1)
        let end = min(Self.count, Int(Self.floorDay(high)) - Int(Self.first) + 2)
        guard start < end else { return }
        for place in start..<end {
            if units[place] == .min { units[place] = unit.number(of: Day(number: Int32(place) + Int32(Self.first))) }
            if !offsets.isEmpty, offsets[place] == Self.unknown { _ = learn(place) }
        }
    }

    private func learn(_ place: Int) -> Int64 {
        let start = (Int64(place) + Self.first) * Instant.dayMilliseconds
        let before = zone.offset(at: Instant(milliseconds: start))
        let after = zone.offset(at: Instant(milliseconds: start + Instant.dayMilliseconds - 1))
        offsets[place] = before == after ? before : Self.changes
        return offsets[place]
    }

    private static func floorDay(_ time: Int64) -> Int32 {
        let day = time / Instant.dayMilliseconds
        return Int32(truncatingIfNeeded: time % Instant.dayMilliseconds < 0 ? day - 1 : day)
    }
}
