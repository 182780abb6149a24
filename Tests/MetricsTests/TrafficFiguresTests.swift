import Domain
import JSON
import Metrics
import Store
import Testing

@Suite("Figures over visitors and the brand")
struct TrafficFiguresTests {
    let company: Company

    init() throws { company = try Company(at: "2026-10-01T00:00:00Z") }

    /// A touch at a time of March 2026, `10T12:00`.
    @discardableResult
    private func touch(
        _ who: String, _ at: String, _ type: String = "visit", _ more: [String: JSON] = [:]
    ) throws -> Record {
        let parts = at.split(separator: ":").count
        let time = "2026-03-\(at)\(parts == 2 ? ":00" : "")Z"
        return try company.create(
            "touches",
            .fields(
                [
                    "visitor_id": .string(who), "type": .string(type), "channel": "search",
                    "occurred_at": .string(time),
                ], more))
    }

    private func value(_ metric: String, _ question: String = "") throws -> Double? {
        try company.ask(metric, question)["value"]?.double
    }

    // MARK: Sessions

    struct Visits: Sendable, CustomTestStringConvertible {
        let times: [String]
        var question = ""
        let sessions: Double
        let bounces: Double
        let why: String
        var testDescription: String { why }
    }

    static let visits: [Visits] = [
        Visits(times: ["10T12:00", "10T12:30"], sessions: 1, bounces: 0, why: "a gap of exactly 30 minutes is none"),
        Visits(times: ["10T12:00", "10T12:30:00.001"], sessions: 2, bounces: 2, why: "a millisecond more ends it"),
        Visits(
            times: ["10T12:00", "10T12:30", "10T13:00", "10T13:30"], sessions: 1, bounces: 0,
            why: "it is gaps that count, not its length"),
        Visits(times: ["10T23:50", "11T00:10"], sessions: 1, bounces: 0, why: "midnight does not cut it"),
        Visits(
            times: ["10T23:50", "11T00:10"], question: "from=2026-03-11", sessions: 0, bounces: 0,
            why: "what began before the period is not of it"),
        Visits(
            times: ["10T23:50", "11T00:10", "11T00:41"], question: "from=2026-03-11", sessions: 1, bounces: 1,
            why: "what begins in the period is of it, whatever went before"),
        Visits(
            times: ["10T23:50", "11T00:30"], question: "to=2026-03-11", sessions: 1, bounces: 1,
            why: "one touch alone is a bounce"),
        Visits(
            times: ["10T12:00", "10T12:00"], sessions: 1, bounces: 0, why: "two touches at once are of one session"),
        Visits(times: [], sessions: 0, bounces: 0, why: "nobody came"),
    ]

    @Test("cut the touches of a visitor into sessions", arguments: visits)
    func sessions(_ row: Visits) throws {
        for time in row.times.reversed() { try touch("v1", time) }
        #expect(try value("sessions", row.question) == row.sessions)
        let rate = row.sessions == 0 ? nil : row.bounces / row.sessions
        #expect(try value("bounce_rate", row.question) == rate)
        #expect(try value("engagement_rate", row.question) == rate.map { 1 - $0 })
    }

    @Test("do not take for a bounce what goes on after the period")
    func sessionOverTheEnd() throws {
        try touch("v1", "10T23:50")
        try touch("v1", "11T00:10")
        #expect(try company.groups("bounce_rate", "group_by=day") == ["2026-03-10: 0"])
        let day = try value("bounce_rate", "from=2026-03-10&to=2026-03-11")
        #expect(day == 0)
    }

    @Test("keep visitors apart, and put a session where it began")
    func sessionsOfTwo() throws {
        try touch("v1", "10T12:00", "visit", ["channel": "search"])
        try touch("v2", "10T12:05", "visit", ["channel": "email"])
        try touch("v1", "10T12:10", "form", ["channel": "direct"])
        #expect(try company.groups("sessions", "group_by=channel") == ["email: 1", "search: 1"])
        #expect(try company.groups("bounce_rate", "group_by=channel") == ["email: 1", "search: 0"])
    }

    @Test("count as visits what people do on our own pages, and no mail, impression or machine")
    func ownTouches() throws {
        for (place, type) in ["visit", "click", "form", "content_view", "email_click"].enumerated() {
            try touch("v\(place)", "10T12:00", type)
        }
        for type in ["impression", "email_delivered", "email_open", "social_engagement", "call", "message_sent"] {
            try touch("w", "11T12:00", type)
        }
        try touch("bot", "10T12:00", "visit", ["user_agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"])
        #expect(try value("sessions") == 5)
        #expect(try value("unique_visitors") == 5)
        #expect(try value("bounce_rate") == 1)
    }

    @Test("add what other systems observed to sessions and bounces, and not to engagement")
    func observedSessions() throws {
        try touch("v1", "10T12:00")
        try touch("v1", "10T12:01")
        try company.observe("sessions", "2026-03-10", 9)
        try company.observe("bounces", "2026-03-10", 4)
        try company.observe("sessions", "2026-04-01", 100)
        let march = "from=2026-03-01&to=2026-04-01"
        #expect(try value("sessions", march) == 10)
        #expect(try value("bounce_rate", march) == 0.4)
        #expect(try value("engagement_rate", march) == 1)
        #expect(try company.ask("bounce_rate", march)["numerator"]?.double == 4)
        // Wilson's interval of 4 in 10.
        let interval = try company.ask("bounce_rate", march)["interval"]
        #expect(abs((interval?["low"]?.double ?? 0) - 0.1681803) < 1e-6)
        #expect(abs((interval?["high"]?.double ?? 0) - 0.6873262) < 1e-6)
        #expect(try company.ask("social_engagement_rate", march)["interval"] == nil, "it is no share")
    }

    @Test("divide by nothing of which nobody counted what is above: it is not 0")
    func unobserved() throws {
        for visitor in 1...2 { try touch("v\(visitor)", "10T12:00") }
        try touch("v1", "10T12:01")
        try company.observe("sessions", "2026-03-10", 1000, ["channel": "advertising"])
        let march = "from=2026-03-01&to=2026-04-01"
        #expect(try value("bounce_rate", march) == 0.5)
        #expect(try value("sessions", march) == 1002)
        #expect(try company.groups("bounce_rate", "\(march)&group_by=channel") == ["search: 0.5"])
        try company.observe("bounces", "2026-04-10", 4, ["channel": "advertising"])
        #expect(try value("bounce_rate", march) == 1.0 / 1002)
        #expect(try value("bounce_rate", "\(march)&as_of=2026-04-01") == 0.5, "until then nobody had")

        try company.observe("impressions", "2026-03-10", 1000, ["channel": "search"])
        try company.observe("impressions", "2026-03-10", 9000, ["channel": "partner"])
        #expect(try value("click_through_rate", march) == nil)
        try company.observe("clicks", "2026-03-11", 50, ["channel": "search"])
        #expect(try value("click_through_rate", march) == 0.05)
        // Nor is anything above of what nobody counted what is below.
        try company.observe("clicks", "2026-03-11", 5000, ["channel": "event"])
        try company.observe("bounces", "2026-03-11", 5000, ["channel": "event"])
        #expect(try value("click_through_rate", march) == 0.05)
        #expect(try value("bounce_rate", march) == 1.0 / 1002)
        // Our own clicks on what others show are known too.
        try touch("v3", "12T12:00", "click", ["channel": "partner"])
        #expect(try value("click_through_rate", march) == 51.0 / 10_000)
    }

    @Test("count a visitor that becomes a lead once, with all its visits")
    func becomesLead() throws {
        try touch("v1", "10T12:00")
        try touch("v2", "10T12:00")
        let lead = try company.create(
            "leads", ["name": "Ada", "visitor_ids": ["v1"], "captured_at": "2026-03-11T00:00:00Z"])
        try company.create(
            "touches",
            ["lead_id": lead.ref, "type": "form", "channel": "direct", "occurred_at": "2026-03-12T00:00:00Z"])
        // Another device of hers: two visitors until it is known.
        try touch("v3", "13T12:00")
        #expect(try value("unique_visitors") == 3)
        try touch("v3", "13T12:01", "form", ["lead_id": lead.ref])
        #expect(try value("unique_visitors") == 2)
        #expect(
            try company.groups("unique_visitors", "group_by=day&from=2026-03-10&to=2026-03-14") == [
                "2026-03-10: 2", "2026-03-11: 0", "2026-03-12: 1", "2026-03-13: 1",
            ])
    }

    // MARK: Mail

    static let mail: [(metric: String, value: Double)] = [
        ("email_delivered", 4), ("email_click_rate", 0.25), ("email_click_to_open_rate", 0.5),
        ("email_open_rate", 0.5), ("email_unsubscribe_rate", 0.25), ("email_bounce_rate", 0.2),
    ]

    @Test("divide what happened to mail by what it is a share of", arguments: mail)
    func mailRates(_ row: (metric: String, value: Double)) throws {
        let leads = try (1...5).map { place in
            try company.create("leads", ["name": "Ada", "email": .string("a\(place)@example.com")])
        }
        func happens(_ type: String, _ places: ClosedRange<Int>, hour: Int) throws {
            for place in places {
                try company.create(
                    "touches",
                    [
                        "lead_id": leads[place].ref, "type": .string(type), "channel": "email",
                        "message_id": .string("m\(place)"),
                        "occurred_at": .string("2026-03-0\(place + 1)T\(hour):00:00Z"),
                    ])
            }
        }
        // Five sent, one back, four delivered, two opened, one clicked, one unsubscribed.
        try happens("email_sent", 0...4, hour: 10)
        try happens("email_bounce", 4...4, hour: 11)
        try happens("email_delivered", 0...3, hour: 12)
        try happens("email_open", 0...1, hour: 14)
        try happens("email_click", 0...0, hour: 15)
        try happens("email_unsubscribe", 1...1, hour: 16)
        let answer = try company.ask(row.metric)
        #expect(answer["value"]?.double == row.value)
        // Who opens or clicks twice counts twice, so that these are no shares of mails.
        let isShare = ["email_unsubscribe_rate", "email_bounce_rate"].contains(row.metric)
        #expect((answer["interval"] != nil) == isShare)
    }

    @Test("say that opens are unreliable")
    func openRate() throws {
        #expect(try company.ask("email_open_rate")["definition"]?.text?.contains("unreliable") == true)
        #expect(try company.ask("email_click_rate")["reason"]?.text?.isEmpty == false)
    }

    @Test("leave a scanner's clicks out of the click rate")
    func scanner() throws {
        let lead = try company.create("leads", ["name": "Ada", "email": "ada@example.com"])
        for (type, more) in [
            ("email_delivered", [:]), ("email_click", ["user_agent": "Googlebot/2.1"]),
        ] as [(String, [String: JSON])] {
            try company.create(
                "touches",
                .fields(
                    [
                        "lead_id": lead.ref, "type": .string(type), "channel": "email", "message_id": "m",
                        "occurred_at": "2026-03-02T00:00:00Z",
                    ], more))
        }
        #expect(try value("email_click_rate") == 0)
    }

    // MARK: Social media and shares

    private func social() throws {
        for (measure, value) in [("likes", 10.0), ("comments", 4), ("shares", 3), ("clicks", 2), ("impressions", 400)] {
            try company.observe(measure, "2026-03-10", value, ["channel": "social_media"])
            try company.observe(measure, "2026-03-10", 1000, ["channel": "advertising"])
        }
        try touch("v1", "10T12:00", "social_engagement", ["channel": "social_media"])
        try company.observe("follows", "2026-02-10", 100, ["channel": "social_media"])
        try company.observe("follows", "2026-03-20", 200, ["channel": "social_media"])
        try company.observe("follows", "2026-04-02", 900, ["channel": "social_media"])
    }

    @Test("divide social engagement by impressions, or by who follows at the end of the period")
    func socialEngagement() throws {
        try social()
        let march = "from=2026-03-01&to=2026-04-01"
        #expect(try value("social_engagement", march) == 20)
        #expect(try value("social_engagement_rate", march) == 0.05)
        let followers = try company.ask("social_engagement_rate", march) { $0.perFollowers = true }
        #expect(followers["value"]?.double == 0.1)
        #expect(followers["denominator"]?.double == 200)
    }

    @Test(
        "are by who followed at the end of the shortest length asked for, since a long time too",
        arguments: [
            "month=2026-03&quarter=2026-Q1", "quarter=2026-Q1&month=2026-03", "group_by=quarter&day=2026-03-10",
        ])
    func followersOfShortest(_ question: String) throws {
        try company.observe("follows", "1990-01-10", 3, ["channel": "social_media"])
        try company.observe("follows", "2026-02-10", 100, ["channel": "social_media"])
        try company.observe("likes", "2026-03-10", 20, ["channel": "social_media"])
        let answer = try company.ask("social_engagement_rate", question) { $0.perFollowers = true }
        #expect(answer["value"]?.double == 0.2)
    }

    @Test("tell engagement per follower in the months of the period, and in no other")
    func followersByMonth() throws {
        try company.observe("follows", "2026-02-10", 100, ["channel": "social_media"])
        try company.observe("likes", "2026-03-10", 20, ["channel": "social_media"])
        let answer = try company.ask("social_engagement_rate", "group_by=month&from=2026-03-01&to=2026-04-01") {
            $0.perFollowers = true
        }
        #expect(answer["value"]?.double == 0.2)
        let groups = answer["groups"]?.elements ?? []
        #expect(groups.map { $0["key"]?["month"] } == ["2026-03"])
        #expect(groups.map { $0["value"]?.double } == [0.2])
    }

    @Test("divide our mentions and searches by all there are")
    func shares() throws {
        for (measure, value) in [
            ("mentions", 30.0), ("all_mentions", 120), ("branded_searches", 50), ("all_brand_searches", 80),
        ] {
            try company.observe(measure, "2026-03-10", value)
            try company.observe(measure, "2026-03-11", value)
            try company.observe(measure, "2026-04-01", 1)
        }
        #expect(try value("share_of_voice", "from=2026-03-01&to=2026-04-01") == 0.25)
        #expect(try value("share_of_search", "from=2026-03-01&to=2026-04-01") == 0.625)
        #expect(try value("share_of_voice", "from=2026-05-01&to=2026-06-01") == nil)
    }

    @Test("correct what was observed when it is told again, and add what is of another channel")
    func corrected() throws {
        try company.observe("mentions", "2026-03-10", 30)
        try company.observe("mentions", "2026-03-10", 40)
        try company.observe("mentions", "2026-03-10", 5, ["channel": "social_media"])
        try company.observe("all_mentions", "2026-03-10", 90)
        #expect(try value("share_of_voice") == 0.5)
    }

    // MARK: Brand

    private func brand() throws {
        // The first quarter of which there is all is the second: what was observed in March began in its middle.
        try company.observe("branded_searches", "2026-03-15", 999)
        try company.observe("branded_searches", "2026-04-10", 100)
        try company.observe("branded_searches", "2026-07-10", 200)
        try company.observe("mentions", "2026-04-10", 10)
        try company.observe("mentions", "2026-05-10", 10)
        try company.observe("mentions", "2026-07-10", 10)
        try company.observe("sessions", "2026-04-10", 40, ["channel": "direct"])
        try company.observe("sessions", "2026-07-10", 40, ["channel": "direct"])
        try company.observe("sessions", "2026-07-10", 4000, ["channel": "search"])
    }

    @Test("have an awareness of 100 in the base quarter, and the geometric mean of the parts after")
    func awareness() throws {
        try brand()
        // 200 ÷ 100, 40 ÷ 40 and 10 ÷ 20: the third root of 2 × 1 × ½ is 1.
        #expect(
            try company.groups("brand_awareness", "group_by=quarter&from=2026-04-01&to=2026-10-01") == [
                "2026-Q2: 100", "2026-Q3: 100",
            ])
        try company.observe("mentions", "2026-08-10", 70)
        // The third root of 2 × 1 × 4 is 2.
        let answer = try company.ask("brand_awareness", "to=2026-10-01")
        #expect(abs((answer["value"]?.double ?? 0) - 200) < 1e-9)
        #expect(answer["parts"]?["branded_searches"]?.double == 200)
        #expect(answer["parts"]?["branded_searches_then"]?.double == 100)
        #expect(answer["parts"]?["mentions"]?.double == 80)
        #expect(answer["parts"]?["direct_sessions"]?.double == 40)
    }

    @Test("have one awareness over all, the last full quarter's, whatever it is cut by")
    func awarenessOfSeveralQuarters() throws {
        try company.observe("mentions", "2026-01-01", 100)
        for (day, count) in [("2026-05-01", 150.0), ("2026-08-01", 300)] { try company.observe("mentions", day, count) }
        let period = "from=2026-04-01&to=2026-10-01"
        #expect(try value("brand_awareness", period) == 300)
        let cut = try company.ask("brand_awareness", "\(period)&group_by=quarter")
        #expect(cut["value"]?.double == 300)
        #expect(cut["total"]?.double == 300)
        #expect(
            try company.groups("brand_awareness", "\(period)&group_by=quarter") == ["2026-Q2: 150", "2026-Q3: 300"])
    }

    @Test("have no awareness of a quarter that the period cuts, or that is not over")
    func awarenessOfCutQuarters() throws {
        try brand()
        let quarters = "group_by=quarter&from=2026-04-01"
        for cut in ["\(quarters)&to=2026-09-30", "\(quarters)&to=2026-10-01&as_of=2026-09-30T23:59:59Z"] {
            #expect(try company.groups("brand_awareness", cut) == ["2026-Q2: 100", "2026-Q3: null"], "\(cut)")
        }
        #expect(try value("brand_awareness", "quarter=2026-Q3&from=2026-07-02&to=2026-10-01") == nil)
        #expect(try value("brand_awareness", "quarter=2026-Q3&from=2026-07-01&to=2026-10-01") != nil)
    }

    @Test("leave out of awareness a part that is missing in one of both quarters")
    func missingPart() throws {
        try brand()
        // Surveyed since the third quarter alone, so it is not in.
        try company.observe("aided_awareness", "2026-08-10", 60)
        let answer = try company.ask("brand_awareness", "to=2026-10-01")
        #expect(abs((answer["value"]?.double ?? 0) - 100) < 1e-9)
        #expect(try value("brand_awareness", "to=2026-04-01") == nil)
    }

    @Test("show every part of awareness that was observed in one of both quarters, also where it is left out")
    func oneSidedParts() throws {
        try company.observe("mentions", "2026-01-01", 10)
        try company.observe("branded_searches", "2026-02-01", 70)
        try company.observe("aided_awareness", "2026-04-10", 60)
        try company.observe("mentions", "2026-05-01", 20)
        try company.observe("aided_awareness", "2026-08-10", 50)
        let expected: [(quarter: String, value: JSON, parts: [JSON])] = [
            ("from=2026-04-01&to=2026-07-01", 200, [nil, 70, 20, 10, 60, nil]),
            ("from=2026-07-01&to=2026-10-01", nil, [nil, 70, nil, 10, 50, nil]),
        ]
        for row in expected {
            let answer = try company.ask("brand_awareness", row.quarter)
            #expect(answer["value"]?.double == row.value.double)
            let names = ["branded_searches", "mentions", "aided_awareness"].flatMap { [$0, "\($0)_then"] }
            #expect(names.map { answer["parts"]?[$0]?.double } == row.parts.map(\.double))
        }
    }

    @Test("compare the mean of the surveys of a quarter, and show it")
    func surveys() throws {
        try company.observe("aided_awareness", "2026-04-01", 30)
        try company.observe("aided_awareness", "2026-05-01", 50)
        for (month, value) in [("07", 60.0), ("08", 60), ("09", 60)] {
            try company.observe("aided_awareness", "2026-\(month)-01", value)
        }
        // 60 ÷ 40.
        let answer = try company.ask("brand_awareness", "to=2026-10-01")
        #expect(abs((answer["value"]?.double ?? 0) - 150) < 1e-9)
        #expect(answer["parts"]?["aided_awareness_then"]?.double == 40)
        #expect(answer["parts"]?["aided_awareness"]?.double == 60)
    }

    @Test("have no awareness of a period in which no full quarter lies")
    func noFullQuarter() throws {
        try brand()
        #expect(try value("brand_awareness", "from=2026-08-01&to=2026-09-01") == nil)
        #expect(try value("brand_awareness", "from=2026-05-01&to=2026-09-30") == nil)
        #expect(try value("brand_awareness", "from=2026-05-01&to=2026-10-01") == 100)
    }

    @Test("have an awareness of 100 in the base quarter, whatever its surveys come to in the mean")
    func surveysOfThirds() throws {
        for (month, value) in [("04", 10.0), ("05", 10), ("06", 11)] {
            try company.observe("aided_awareness", "2026-\(month)-01", value)
        }
        let answer = try company.ask("brand_awareness", "to=2026-07-01")
        #expect(answer["value"]?.double == 100)
        #expect(answer["parts"]?["aided_awareness_then"]?.double == answer["parts"]?["aided_awareness"]?.double)
    }

    @Test("fall to 0 with a part that was observed as 0, which is not missing")
    func observedNothing() throws {
        for (measure, before, after) in [("mentions", 10.0, 0.0), ("branded_searches", 100, 100)] {
            try company.observe(measure, "2026-04-01", before)
            try company.observe(measure, "2026-07-10", after)
        }
        let answer = try company.ask("brand_awareness", "to=2026-10-01")
        #expect(answer["value"]?.double == 0)
        #expect(answer["parts"]?["mentions"]?.double == 0)
    }

    @Test("show the last quarter that is full where the period ends within one")
    func unfinishedQuarter() throws {
        try brand()
        #expect(try value("brand_awareness", "as_of=2026-08-15") == 100)
        let answer = try company.ask("brand_awareness", "as_of=2026-08-15")
        #expect(answer["parts"]?["mentions"]?.double == 20)
    }
}
