import Domain
import JSON
import Store
import Testing

@testable import Metrics

@Suite("A time zone")
struct ZoneTests {
    static let days: [(zone: String, day: String, start: String, why: String)] = [
        ("UTC", "2026-03-29", "2026-03-29T00:00:00Z", "no offset"),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", "the day of 23 hours"),
        ("Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z", "summer"),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", "the day of 25 hours"),
        ("Europe/Berlin", "2026-10-26", "2026-10-25T23:00:00Z", "winter"),
        ("Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15:00Z", "a quarter of an hour"),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "midnight skipped in the west"),
        ("America/Sao_Paulo", "2019-02-17", "2019-02-17T03:00:00Z", "midnight twice the evening before"),
        ("Atlantic/Azores", "2026-03-29", "2026-03-29T01:00:00Z", "midnight skipped, an hour behind"),
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z", "midnight skipped in the east"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", "the day after the one left out"),
    ]

    @Test("is nothing to what was spent on a day: that is converted at the day's rate")
    func spend() throws {
        let company = try Company(at: "2026-10-01T00:00:00Z")
        try company.create("settings", ["name": "A", "base_currency": "EUR"])
        for (on, rate) in [("2026-03-30", 1.0), ("2026-03-31", 2.0)] {
            try company.create(
                "exchange_rates", ["from": "USD", "to": "EUR", "on": .string(on), "rate": .number(rate)])
        }
        try company.create(
            "observations",
            [
                "measure": "spend", "channel": "search", "on": "2026-03-31",
                "amount": ["amount": 100, "currency": "USD"],
            ])
        for zone in ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland"] {
            let spend = try company.ask("spend", "from=2026-03-01&to=2026-05-01&tz=\(zone)")
            #expect(spend["value"]?["amount"] == 200, "\(zone)")
        }
    }

    @Test("begins its days at its own midnight, or at the first instant after it", arguments: days)
    func start(_ row: (zone: String, day: String, start: String, why: String)) throws {
        let zone = try #require(Zone(row.zone))
        let day = try #require(Day(row.day))
        let start = zone.start(of: day)
        #expect(start == instant(row.start), "\(row.why)")
        #expect(zone.day(of: start) == day)
        #expect(zone.day(of: start.advanced(byMilliseconds: -1)) < day)
    }

    @Test(
        "is one that there is",
        arguments: ["", "Mars/Olympus", "europe/berlin", "CEST+1", "UTC ", "../UTC", "GMT+1", "Etc/", "/"])
    func unknown(_ name: String) { #expect(Zone(name) == nil) }

    @Test(
        "has any name that the IANA gave it",
        arguments: ["UTC", "Etc/UTC", "GMT", "Asia/Calcutta", "Europe/Kyiv", "US/Eastern"])
    func known(_ name: String) { #expect(Zone(name)?.name == name) }

    static let weeks: [(day: String, week: String)] = [
        ("2026-12-31", "2026-W53"), ("2027-01-03", "2026-W53"), ("2027-01-04", "2027-W01"), ("2025-12-28", "2025-W52"),
        ("2025-12-29", "2026-W01"), ("2021-01-03", "2020-W53"), ("2021-01-04", "2021-W01"), ("2024-12-30", "2025-W01"),
        ("2016-01-01", "2015-W53"), ("1969-12-31", "1970-W01"), ("1969-12-28", "1969-W52"),
    ]

    @Test("has the weeks of ISO 8601, also where years meet", arguments: weeks)
    func week(_ row: (day: String, week: String)) throws {
        #expect(CalendarUnit.week.key(of: try #require(Day(row.day))) == row.week)
    }

    @Test("goes from unit to unit without a gap", arguments: [CalendarUnit.day, .week, .month, .quarter, .year])
    func nextUnit(_ unit: CalendarUnit) throws {
        for number in stride(from: Int32(-800), to: 22_000, by: 7) {
            let day = Day(number: number)
            let next = unit.dayAfterUnit(of: day)
            #expect(next > day)
            #expect(unit.key(of: Day(number: next.number - 1)) == unit.key(of: day))
            #expect(unit.key(of: next) != unit.key(of: day))
        }
    }

    static let closes = [
        "2026-03-28T22:59:59.999Z", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59.999Z", "2026-03-29T22:00:00Z",
        "2026-03-31T21:59:59.999Z", "2026-03-31T22:00:00Z", "2026-10-31T22:59:59.999Z", "2026-10-31T23:00:00Z",
    ]

    @Test("cuts periods and months where its clocks are changed")
    func daylightSaving() throws {
        let company = try Company(at: "2026-12-01T00:00:00Z")
        for close in Self.closes {
            try company.create(
                "deals",
                [
                    "name": "A", "stage": "won", "closed_at": .string(close),
                    "amount": ["amount": 100, "currency": "EUR"],
                ])
        }
        let berlin = "tz=Europe/Berlin&as_of=2026-12-01"
        #expect(try company.ask("deals_won", "\(berlin)&from=2026-03-29&to=2026-03-30")["value"] == 2)
        #expect(try company.ask("deals_won", "as_of=2026-12-01&from=2026-03-29&to=2026-03-30")["value"] == 2)
        #expect(try company.ask("deals_won", "\(berlin)&from=2026-03-01&to=2026-04-01")["value"] == 5)
        let months = try company.groups("deals_won", "\(berlin)&group_by=month&from=2026-03-01&to=2026-12-01")
        let expected = [
            "2026-03: 5", "2026-04: 1", "2026-05: 0", "2026-06: 0", "2026-07: 0", "2026-08: 0", "2026-09: 0",
        ]
        #expect(months == expected + ["2026-10: 1", "2026-11: 1"])
        let days = try company.groups("deals_won", "\(berlin)&group_by=day&from=2026-03-28&to=2026-03-31")
        #expect(days == ["2026-03-28: 1", "2026-03-29: 2", "2026-03-30: 1"])
        #expect(
            try company.groups("revenue", "\(berlin)&group_by=quarter") == [
                "2026-Q1: 5", "2026-Q2: 1", "2026-Q3: 0", "2026-Q4: 2",
            ])
    }

    @Test("with two dimensions has every length for every key, empty ones included")
    func pairs() throws {
        let company = try Company.demo()
        let groups = try company.groups("leads_created", "group_by=month,channel&from=2026-05-01&to=2026-08-01")
        let keys = [
            "event: 1", "referral: 0", "search: 1", "event: 0", "referral: 1", "search: 0", "event: 0", "referral: 0",
            "search: 0",
        ]
        #expect(groups == zip(["05", "05", "05", "06", "06", "06", "07", "07", "07"], keys).map { "2026-\($0) \($1)" })
    }
}
