public import Store

/// When a company works: spans of each weekday in a time zone, less its holidays.
public struct BusinessHours: Sendable {
    /// A part of a day, in milliseconds since its midnight as a clock on the wall tells them.
    public struct Span: Sendable, Equatable {
        /// When it begins.
        public let start: Int64
        /// When it ends; that moment is outside.
        public let end: Int64

        /// A part of a day.
        public init(start: Int64, end: Int64) {
            self.start = start
            self.end = end
        }
    }

    private let zone: Zone
    /// The spans of Monday to Sunday, in order.
    private let spans: [[Span]]
    private let holidays: Set<Day>

    /// How many days are looked through: who asks waits for it, and so may who else writes.
    private static let daysMax = 3660

    /// Business hours.
    ///
    /// - Parameter spans: of Monday to Sunday, seven of them, each day's in order.
    public init(zone: Zone, spans: [[Span]], holidays: Set<Day>) {
        precondition(spans.count == 7, "a week has seven days")
        self.zone = zone
        self.spans = spans
        self.holidays = holidays
    }

    /// The instant at which so much business time has passed since `start`; `nil` where that is not within ten years.
    ///
    /// Outside the hours the clock stands still. Time that is used up at a closing is used up then, and not at the next
    /// opening.
    public func advance(from start: Instant, byMilliseconds length: Int64) -> Instant? {
        guard length > 0 else { return start }
        var left = length
        let first = zone.day(of: start)
        for number in 0..<Int32(Self.daysMax) {
            let day = Day(number: first.number + number)
            for (opening, closing) in openings(on: day) where closing > start {
                let from = max(opening, start)
                let available = closing.millisecondsSince(from)
                if left <= available { return from.advanced(byMilliseconds: left) }
                left -= max(0, available)
            }
        }
        return nil
    }

    /// How much business time lies between two instants, in milliseconds: of ten years at most, so that a time that was
    /// typed wrong holds nobody up; 0 where `end` is not after `start`.
    public func milliseconds(from start: Instant, to end: Instant) -> Int64 {
        guard start < end else { return 0 }
        var sum: Int64 = 0
        var day = zone.day(of: start)
        let last = min(zone.day(of: end), Day(number: day.number + Int32(Self.daysMax)))
        while day <= last {
            for (opening, closing) in openings(on: day) {
                sum += max(0, min(closing, end).millisecondsSince(max(opening, start)))
            }
            day = Day(number: day.number + 1)
        }
        return sum
    }

    /// Whether an instant is within the hours.
    public func isOpen(at instant: Instant) -> Bool {
        openings(on: zone.day(of: instant)).contains { $0 <= instant && instant < $1 }
    }

    private func openings(on day: Day) -> [(opening: Instant, closing: Instant)] {
        if holidays.contains(day) { return [] }
        return spans[day.weekday].map {
            (zone.instant(of: day, atMilliseconds: $0.start), zone.instant(of: day, atMilliseconds: $0.end))
        }
    }
}

extension Day {
    /// The day of the week, Monday 0 to Sunday 6; 1970-01-01 was a Thursday.
    var weekday: Int {
        let rest = Int(number + 3) % 7
        return rest < 0 ? rest + 7 : rest
    }
}
