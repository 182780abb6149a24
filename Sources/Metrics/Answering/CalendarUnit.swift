internal import Store

/// A length of the calendar that figures are cut by.
enum CalendarUnit: Sendable, CaseIterable {
    case day, week, month, quarter, year

    /// The key of the unit that holds a day: `2017-12`, `2017-W52`, `2017-Q4`.
    func key(of day: Day) -> String {
        let parts = day.parts
        switch self {
        case .day: return day.description
        case .week:
            // ISO 8601: a week belongs to the year that has its Thursday; 1970-01-01 was one.
            let thursday = Day(number: day.number - (day.number + 3).modulo(7) + 3)
            let year = thursday.parts.year
            let first = Day(year: year, month: 1, day: 1) ?? thursday
            return "\(padded(year, 4))-W\(padded(Int(thursday.number - first.number) / 7 + 1, 2))"
        case .month: return "\(padded(parts.year, 4))-\(padded(parts.month, 2))"
        case .quarter: return "\(padded(parts.year, 4))-Q\((parts.month + 2) / 3)"
        case .year: return padded(parts.year, 4)
        }
    }

    /// A number of the unit that holds a day; units that follow one another have numbers that do.
    func number(of day: Day) -> Int32 {
        switch self {
        case .day: return day.number
        // 1970-01-01 was a Thursday, so weeks begin three days before.
        case .week: return (day.number + 3 - (day.number + 3).modulo(7)) / 7
        case .month:
            let parts = day.parts
            return Int32(parts.year * 12 + parts.month - 1)
        case .quarter:
            let parts = day.parts
            return Int32(parts.year * 4 + (parts.month - 1) / 3)
        case .year: return Int32(day.parts.year)
        }
    }

    /// The first day of the unit that has a number.
    func firstDay(ofUnit number: Int32) -> Day {
        let count = Int(number)
        let day: Day?
        switch self {
        case .day: day = Day(number: number)
        case .week: day = Day(number: number * 7 - 3)
        case .month: day = Day(year: count / 12, month: count % 12 + 1, day: 1)
        case .quarter: day = Day(year: count / 4, month: count % 4 * 3 + 1, day: 1)
        case .year: day = Day(year: count, month: 1, day: 1)
        }
        return day ?? Day(number: 0)
    }

    /// The first day of the unit after the one that holds `day`.
    func dayAfterUnit(of day: Day) -> Day {
        let (year, month, _) = day.parts
        let next: Day?
        switch self {
        case .day: next = nil
        case .week: next = Day(number: day.number - (day.number + 3).modulo(7) + 7)
        case .month: next = Self.firstDay(year, month + 1)
        case .quarter: next = Self.firstDay(year, month + 3 - (month - 1) % 3)
        case .year: next = Self.firstDay(year + 1, 1)
        }
        return next ?? Day(number: day.number + 1)
    }

    /// The first day of a month, where month 13 is January of the year after.
    private static func firstDay(_ year: Int, _ month: Int) -> Day? {
        month > 12 ? Day(year: year + 1, month: month - 12, day: 1) : Day(year: year, month: month, day: 1)
    }

    private func padded(_ number: Int, _ count: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }
}

extension Day {
    /// The same day so many months later, or the last of the month where that is shorter.
    func advanced(byMonths months: Int) -> Day {
        let number = parts.year * 12 + parts.month - 1 + months
        let found = (28...31).reversed().lazy.filter { $0 <= max(28, parts.day) }
            .compactMap { Day(year: number / 12, month: number % 12 + 1, day: min($0, parts.day)) }
        return found.first ?? self
    }
}

extension Int32 {
    fileprivate func modulo(_ divisor: Int32) -> Int32 {
        let rest = self % divisor
        return rest < 0 ? rest + divisor : rest
    }
}
