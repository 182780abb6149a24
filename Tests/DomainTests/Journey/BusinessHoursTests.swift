import Domain
import JSON
import Store
import TestSupport
import Testing

@Suite("Business hours")
struct BusinessHoursTests {
    /// Hours of every weekday but Saturday and Sunday.
    static func hours(_ zone: String, _ spans: [(Int64, Int64)], holidays: [String] = []) throws -> BusinessHours {
        let day = spans.map { BusinessHours.Span(start: $0 * 3_600_000, end: $1 * 3_600_000) }
        return BusinessHours(
            zone: try #require(Zone(zone)), spans: Array(repeating: day, count: 5) + [[], []],
            holidays: Set(holidays.compactMap { Day($0) }))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let zone: String
        let spans: [(Int64, Int64)]
        let start: String
        let minutes: Int64
        let due: String
        let why: String
        var testDescription: String { "\(minutes) minutes from \(start) in \(zone): \(why)" }

        init(
            _ zone: String, _ spans: [(Int64, Int64)], _ start: String, _ minutes: Int64, _ due: String, _ why: String
        ) {
            (self.zone, self.spans, self.start, self.minutes, self.due, self.why) =
                (zone, spans, start, minutes, due, why)
        }
    }

    private static let office: [(Int64, Int64)] = [(9, 17)]
    private static let split: [(Int64, Int64)] = [(9, 12), (13, 17)]
    private static let night: [(Int64, Int64)] = [(1, 4)]
    private static let always: [(Int64, Int64)] = [(0, 24)]

    /// 2026-03-02 is a Monday; 1 May 2026, a Friday, is a holiday in all of them.
    static let cases: [Case] = [
        Case("UTC", office, "2026-03-02T09:00:00Z", 60, "2026-03-02T10:00:00Z", "within hours"),
        Case("UTC", office, "2026-03-02T09:00:00Z", 0, "2026-03-02T09:00:00Z", "no time at all"),
        Case("UTC", office, "2026-03-02T20:00:00Z", 0, "2026-03-02T20:00:00Z", "no time at all, at night"),
        Case("UTC", office, "2026-03-02T08:00:00Z", 60, "2026-03-02T10:00:00Z", "before opening"),
        Case("UTC", office, "2026-03-02T17:00:00Z", 1, "2026-03-03T09:01:00Z", "at closing"),
        Case("UTC", office, "2026-03-02T16:59:00Z", 1, "2026-03-02T17:00:00Z", "used up at closing"),
        Case("UTC", office, "2026-03-02T16:59:00Z", 2, "2026-03-03T09:01:00Z", "a minute over closing"),
        Case("UTC", office, "2026-03-02T09:00:00Z", 480, "2026-03-02T17:00:00Z", "the whole day"),
        Case("UTC", office, "2026-03-02T09:00:00Z", 481, "2026-03-03T09:01:00Z", "the whole day and a minute"),
        Case("UTC", office, "2026-03-06T16:00:00Z", 120, "2026-03-09T10:00:00Z", "over the weekend"),
        Case("UTC", office, "2026-03-07T12:00:00Z", 60, "2026-03-09T10:00:00Z", "on a Saturday"),
        Case("UTC", office, "2026-03-08T23:59:59Z", 60, "2026-03-09T10:00:00Z", "at the end of a Sunday"),
        Case("UTC", office, "2026-04-30T16:00:00Z", 120, "2026-05-04T10:00:00Z", "over a holiday and a weekend"),
        Case("UTC", office, "2026-05-01T12:00:00Z", 60, "2026-05-04T10:00:00Z", "on a holiday"),
        Case("UTC", office, "2028-02-28T16:00:00Z", 120, "2028-02-29T10:00:00Z", "into a leap day"),
        Case("UTC", office, "2028-02-29T16:00:00Z", 120, "2028-03-01T10:00:00Z", "out of a leap day"),
        Case("UTC", office, "2026-12-31T16:00:00Z", 120, "2027-01-01T10:00:00Z", "into a new year"),
        Case("UTC", split, "2026-03-02T11:30:00Z", 30, "2026-03-02T12:00:00Z", "to the break"),
        Case("UTC", split, "2026-03-02T11:30:00Z", 31, "2026-03-02T13:01:00Z", "over the break"),
        Case("UTC", split, "2026-03-02T12:30:00Z", 60, "2026-03-02T14:00:00Z", "in the break"),
        Case("UTC", split, "2026-03-02T09:00:00Z", 2100, "2026-03-06T17:00:00Z", "a whole week"),
        Case("Europe/Berlin", office, "2026-03-02T08:00:00Z", 60, "2026-03-02T09:00:00Z", "winter, an hour ahead"),
        Case("Europe/Berlin", office, "2026-07-01T07:00:00Z", 60, "2026-07-01T08:00:00Z", "summer, two hours ahead"),
        Case("Europe/Berlin", office, "2026-03-27T15:00:00Z", 120, "2026-03-30T08:00:00Z", "the clock put forward"),
        Case("Europe/Berlin", office, "2026-10-23T14:00:00Z", 120, "2026-10-26T09:00:00Z", "the clock put back"),
        Case("America/New_York", office, "2026-03-02T14:00:00Z", 60, "2026-03-02T15:00:00Z", "the west"),
        Case("America/New_York", office, "2026-03-02T23:00:00Z", 60, "2026-03-03T15:00:00Z", "an evening there"),
        Case("Asia/Kolkata", office, "2026-03-02T03:30:00Z", 60, "2026-03-02T04:30:00Z", "half an hour"),
        Case("Asia/Kathmandu", office, "2026-03-02T03:15:00Z", 60, "2026-03-02T04:15:00Z", "three quarters"),
        Case("Asia/Tokyo", office, "2026-03-01T23:00:00Z", 120, "2026-03-02T02:00:00Z", "Monday there, Sunday in UTC"),
        Case("Pacific/Apia", office, "2011-12-30T02:00:00Z", 120, "2012-01-01T20:00:00Z", "no 30th there"),
        Case("UTC", always, "2026-03-06T23:00:00Z", 120, "2026-03-09T01:00:00Z", "midnight to midnight"),
        Case("UTC", always, "2026-03-02T00:00:00Z", 1440, "2026-03-03T00:00:00Z", "a day to its very end"),
        Case("UTC", night, "2026-03-02T00:00:00Z", 180, "2026-03-02T04:00:00Z", "a night"),
    ]

    @Test("say when a clock runs out", arguments: cases)
    func advance(_ example: Case) throws {
        let hours = try Self.hours(example.zone, example.spans, holidays: ["2026-05-01"])
        let start = instant(example.start)
        let due = try #require(hours.advance(from: start, byMilliseconds: example.minutes * 60_000))
        #expect(due == instant(example.due))
        #expect(hours.milliseconds(from: start, to: due) == example.minutes * 60_000)
    }

    /// Sunday is when clocks change, so these work on all days.
    static let nights: [(zone: String, day: String, hours: Int64, why: String)] = [
        ("Europe/Berlin", "2026-03-29", 2, "02:00 to 03:00 is not there"),
        ("Europe/Berlin", "2026-10-25", 4, "02:00 to 03:00 is there twice"),
        ("Europe/Berlin", "2026-03-30", 3, "any other"),
        ("America/New_York", "2026-03-08", 2, "02:00 to 03:00 is not there"),
        ("America/New_York", "2026-11-01", 4, "01:00 to 02:00 is there twice"),
        ("Australia/Lord_Howe", "2026-04-05", 3, "half an hour put back"),
        ("Pacific/Apia", "2011-12-30", 0, "the day is not there"),
        ("Pacific/Apia", "2011-12-31", 3, "the day after it is"),
    ]

    @Test("from one to four in the night have as many as the clock goes through", arguments: nights)
    func clockChanges(_ row: (zone: String, day: String, hours: Int64, why: String)) throws {
        let span = [BusinessHours.Span(start: 3_600_000, end: 4 * 3_600_000)]
        let zone = try #require(Zone(row.zone))
        let hours = BusinessHours(zone: zone, spans: Array(repeating: span, count: 7), holidays: [])
        let day = try #require(Day(row.day))
        let end = zone.start(of: Day(number: day.number + 1))
        let expected = row.zone == "Australia/Lord_Howe" ? row.hours * 3_600_000 + 1_800_000 : row.hours * 3_600_000
        #expect(hours.milliseconds(from: zone.start(of: day), to: end) == expected, "\(row.why)")
    }

    @Test("that open for a minute a week let a long clock run out beyond ten years, which is never")
    func sparse() throws {
        let minute = [BusinessHours.Span(start: 9 * 3_600_000, end: 9 * 3_600_000 + 60_000)]
        let hours = BusinessHours(
            zone: try #require(Zone("Europe/Berlin")), spans: [minute] + Array(repeating: [], count: 6), holidays: [])
        for start in ["2026-03-02T09:00:00Z", "9999-12-30T00:00:00Z", "0000-01-01T00:00:00Z"] {
            #expect(hours.advance(from: instant(start), byMilliseconds: 1_000_000 * 60_000) == nil)
        }
        #expect(hours.advance(from: instant("2026-03-01T00:00:00Z"), byMilliseconds: 500 * 60_000) != nil)
    }

    @Test("count the first ten years of what lies further apart, which is a time that was typed wrong")
    func typedWrong() throws {
        let hour = [BusinessHours.Span(start: 9 * 3_600_000, end: 10 * 3_600_000)]
        let hours = BusinessHours(
            zone: try #require(Zone("Europe/Berlin")), spans: Array(repeating: hour, count: 7), holidays: [])
        for (start, end) in [
            ("0001-01-01T00:00:00Z", "2026-03-02T09:00:00Z"), ("2026-03-01T00:00:00Z", "9999-12-31T23:59:59Z"),
        ] {
            let counted = hours.milliseconds(from: instant(start), to: instant(end)) / 3_600_000
            #expect((3660...3661).contains(counted), "\(counted)")
        }
        #expect(
            hours.milliseconds(from: instant("2016-03-01T00:00:00Z"), to: instant("2026-03-01T00:00:00Z"))
                == 3652 * 3_600_000)
    }

    @Test("that never open let no clock run out")
    func never() throws {
        let hours = BusinessHours(zone: .utc, spans: Array(repeating: [], count: 7), holidays: [])
        #expect(hours.advance(from: instant("2026-03-02T09:00:00Z"), byMilliseconds: 1) == nil)
    }

    @Test(
        "agree with counting minute by minute",
        arguments: [
            "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo",
        ])
    func naive(zone name: String) throws {
        var random = SplitMix(seed: 7)
        let zone = try #require(Zone(name))
        for round in 0..<40 {
            let spans = (0..<7).map { _ -> [BusinessHours.Span] in
                guard random.next() % 4 > 0 else { return [] }
                let edges = (0..<4).map { _ in Int64(random.next() % 97) * 900_000 }.sorted()
                return [(edges[0], edges[1]), (edges[2], edges[3])].filter { $0.0 < $0.1 }
                    .map { BusinessHours.Span(start: $0.0, end: $0.1) }
            }
            // Around the changes of the clock in either half of the year.
            let first = instant(round % 2 == 0 ? "2026-03-25T00:00:00Z" : "2018-10-30T00:00:00Z")
            let start = first.advanced(byMilliseconds: Int64(random.next() % 5760) * 60_000)
            let end = start.advanced(byMilliseconds: Int64(random.next() % 8640) * 60_000)
            let holiday = Day(number: zone.day(of: start).number + 2)
            let hours = BusinessHours(zone: zone, spans: spans, holidays: [holiday])
            var minutes: Int64 = 0
            var now = start
            while now < end {
                if hours.isOpen(at: now) { minutes += 1 }
                now = now.advanced(byMilliseconds: 60_000)
            }
            let counted = hours.milliseconds(from: start, to: end)
            #expect(counted == minutes * 60_000)
            if counted > 0 {
                let due = try #require(hours.advance(from: start, byMilliseconds: counted))
                #expect(due <= end)
                #expect(hours.milliseconds(from: start, to: due) == counted)
            }
        }
    }
}
