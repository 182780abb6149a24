internal import Store

/// A time as the clocks of a place show it.
enum LocalTime {
    /// Reads `2026-03-05 14:30`, with `T` and seconds or without, a day alone, which is its beginning, or RFC 3339, which
    /// says its own offset; `nil` where it is none of them.
    static func instant(_ text: String, in zone: Zone) -> Instant? {
        if let day = Day(text) { return zone.start(of: day) }
        if let instant = Instant(text) { return instant }
        let seconds = text.utf8.count(where: { $0 == UInt8(ascii: ":") }) == 1 ? ":00" : ""
        // As if the clocks showed UTC, which tells the day and the time of it.
        guard let shown = Instant("\(text)\(seconds)Z") else { return nil }
        return zone.instant(of: shown.day, atMilliseconds: shown.millisecondsSince(Instant(shown.day)))
    }
}
