internal import Domain
internal import Store

/// Tells the days and units of the calendar that instants fall in, in one zone; what was found once is kept.
final class DayReader {
    private let zone: Zone
    /// The offset all through a day of UTC, or ``changes``.
    private var offsets: [Int64]
    /// The unit asked for last, and the numbers of those of it that the days kept fall in.
    private var unit: CalendarUnit?
    private var units: [Int32] = []

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
        if offsets[Int(utc)] == Self.unknown { offsets[Int(utc)] = offset(ofDay: Int(utc)) }
        let offset = offsets[Int(utc)]
        if offset == Self.changes { return zone.day(of: Instant(milliseconds: time)).number }
        return Self.floorDay(time + offset)
    }

    /// The number of the unit that an instant falls in.
    @inline(__always)
    func number(of time: Int64, _ unit: CalendarUnit) -> Int32 {
        let day = day(of: time)
        take(unit)
        let place = Int(day) - Int(Self.first)
        return units.indices.contains(place) ? units[place] : unit.number(of: Day(number: day))
    }

    /// The numbers of the units that items fall in by their times, with room for more; `none` of those without one.
    @inline(__always)
    func numbers<Item>(
        of items: [Item], at time: (Item) -> Int64, _ unit: CalendarUnit, none: Int32, room: Int = 0
    ) -> [Int32] {
        take(unit)
        let unitOfDay = units
        var numbers = [Int32](repeating: none, count: items.count, room: room)
        if offsets.isEmpty {
            fill(&numbers, items, time, unit, unitOfDay, Self.placeOfDay)
        } else {
            fill(&numbers, items, time, unit, unitOfDay, placeOfLocalDay)
        }
        return numbers
    }

    @inline(__always)
    private func fill<Item>(
        _ numbers: inout [Int32], _ items: [Item], _ time: (Item) -> Int64, _ unit: CalendarUnit, _ unitOfDay: [Int32],
        _ placeOfDay: (Int64) -> Int
    ) {
        let (items, unitOfDay) = (items.span, unitOfDay.span)
        var numbers = numbers.mutableSpan
        for place in items.indices {
            let time = time(items[place])
            let day = placeOfDay(time)
            if day < unitOfDay.count {
                numbers[place] = unitOfDay[day]
            } else if time != Facts.never {
                numbers[place] = DimensionReader.code(unit.number(of: zone.day(of: Instant(milliseconds: time))))
            }
        }
    }

    /// The place of the day that an instant falls on in the zone, where its offset tells that.
    private func placeOfLocalDay(_ time: Int64) -> Int {
        let day = Self.placeOfDay(time)
        guard day < Self.count else { return Self.count }
        if offsets[day] == Self.unknown { offsets[day] = offset(ofDay: day) }
        return offsets[day] == Self.changes ? Self.count : Self.placeOfDay(time + offsets[day])
    }

    /// The place of an instant's day of UTC among those kept, and for one before the first of them one behind the last.
    @inline(__always)
    private static func placeOfDay(_ time: Int64) -> Int {
        let sinceFirst = UInt64(bitPattern: time &- first &* Instant.dayMilliseconds)
        return Int(truncatingIfNeeded: sinceFirst / UInt64(Instant.dayMilliseconds))
    }

    /// Of each unit the numbers of those that the days kept fall in, which no zone changes.
    private static let unitsOfDays = Dictionary(
        uniqueKeysWithValues: CalendarUnit.allCases.map { unit in
            (unit, (0..<count).map { unit.number(of: Day(number: Int32(first) + Int32($0))) })
        })

    private func take(_ unit: CalendarUnit) {
        guard self.unit != unit else { return }
        self.unit = unit
        units = Self.unitsOfDays[unit] ?? []
    }

    /// The offset all through a day of UTC, or ``changes``.
    private func offset(ofDay day: Int) -> Int64 {
        let start = (Int64(day) + Self.first) * Instant.dayMilliseconds
        let before = zone.offset(at: Instant(milliseconds: start))
        let after = zone.offset(at: Instant(milliseconds: start + Instant.dayMilliseconds - 1))
        return before == after ? before : Self.changes
    }

    private static func floorDay(_ time: Int64) -> Int32 {
        let day = time / Instant.dayMilliseconds
        return Int32(truncatingIfNeeded: time % Instant.dayMilliseconds < 0 ? day - 1 : day)
    }
}

extension [Int32] {
    /// So many times the same, with room for more.
    init(repeating number: Int32, count: Int, room: Int) {
        self = []
        reserveCapacity(count + room)
        append(contentsOf: repeatElement(number, count: count))
    }
}
