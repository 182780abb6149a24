internal import Foundation
public import Store

/// A time zone: where days begin.
public struct Zone: Sendable {
    private let zone: TimeZone?

    /// The IANA name.
    public let name: String

    /// Coordinated universal time.
    public static let utc = Zone()

    private init() {
        zone = nil
        name = "UTC"
    }

    /// A zone by its IANA name; `nil` where there is none of that name.
    public init?(_ name: String) {
        if name == "UTC" {
            self = .utc
            return
        }
        // The known identifiers lack the IANA's older names and Etc; what has no slash may be an offset in disguise.
        guard let zone = TimeZone(identifier: name), zone.identifier == name,
            name.contains("/") || TimeZone.knownTimeZoneIdentifiers.contains(name)
        else { return nil }
        self.zone = zone
        self.name = name
    }

    /// The day that an instant falls on here.
    public func day(of instant: Instant) -> Day { instant.advanced(byMilliseconds: offset(at: instant)).day }

    /// The first instant of a day here.
    public func start(of day: Day) -> Instant {
        let midnight = Instant(day)
        let first = midnight.advanced(byMilliseconds: -offset(at: midnight))
        // The offset at the answer decides; it differs from the first guess where the clock is changed that night.
        let second = midnight.advanced(byMilliseconds: -offset(at: first))
        // Where the clock skips midnight itself, the day begins with the change.
        return self.day(of: second) < day ? first : second
    }

    /// The instant at which a clock here shows a time of a day, in milliseconds since its midnight.
    ///
    /// A time that the clock skips is that of the change; of one that it shows twice it is the first.
    public func instant(of day: Day, atMilliseconds time: Int64) -> Instant {
        let wanted = Instant(day).advanced(byMilliseconds: time)
        // The offsets of the day before and of the day after: between them lies any change that matters.
        let before = offset(at: wanted.advanced(byMilliseconds: -Instant.dayMilliseconds))
        let after = offset(at: wanted.advanced(byMilliseconds: Instant.dayMilliseconds))
        let first = wanted.advanced(byMilliseconds: -before)
        if offset(at: first) == before { return first }
        let second = wanted.advanced(byMilliseconds: -after)
        return offset(at: second) == after ? second : change(between: second, and: first)
    }

    /// The same time of another day, which is its beginning where this is one.
    public func instant(_ instant: Instant, movedTo other: Day) -> Instant {
        let day = day(of: instant)
        if start(of: day) == instant { return start(of: other) }
        let local = instant.advanced(byMilliseconds: offset(at: instant))
        return self.instant(of: other, atMilliseconds: local.millisecondsSince(Instant(day)))
    }

    /// The instant between two at which the clock is changed.
    private func change(between start: Instant, and end: Instant) -> Instant {
        var (low, high) = (start.milliseconds, end.milliseconds)
        let old = offset(at: start)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if offset(at: Instant(milliseconds: middle)) == old { low = middle } else { high = middle }
        }
        return Instant(milliseconds: high)
    }

    /// How far its clocks are ahead of UTC at an instant, in milliseconds.
    public func offset(at instant: Instant) -> Int64 {
        guard let zone else { return 0 }
        return Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant.milliseconds) / 1000))) * 1000
    }
}
