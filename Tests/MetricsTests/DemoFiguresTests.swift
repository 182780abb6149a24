import Domain
import JSON
import Store
import Testing

/// Seven leads, five hand-offs and four deals, counted by hand from the demonstration's story.
@Suite("The demonstration's company")
struct DemoFiguresTests {
    let company: Company

    init() throws { company = try Company.demo() }

    struct Case: Sendable, CustomTestStringConvertible {
        let metric: String
        var question = ""
        var value = ""
        var groups: [String] = []
        var testDescription: String { "\(metric)?\(question)" }
    }

    static let figures: [Case] = [
        Case(metric: "revenue", value: "19600"), Case(metric: "deals_won", value: "2"),
        Case(metric: "deals_lost", value: "1"), Case(metric: "deals_open", value: "1"),
        Case(metric: "win_rate", value: "0.666667"),
        Case(metric: "win_rate", question: "weight=amount", value: "0.680556"),
        Case(metric: "average_deal_size", value: "9800"), Case(metric: "sales_cycle_days", value: "27.145833"),
        Case(metric: "sales_cycle_days", question: "from_stage=lead", value: "90.604167"),
        Case(metric: "sales_cycle_days", question: "from_stage=mql&from=2026-06-01", value: "120"),
        Case(metric: "pipeline_value", value: "24000"), Case(metric: "weighted_pipeline", value: "18000"),
        Case(metric: "pipeline_value", question: "as_of=2026-06-05", value: "36300"),
        Case(metric: "weighted_pipeline", question: "as_of=2026-06-05", value: "7310"),
        Case(metric: "deals_open", question: "as_of=2026-06-05", value: "3"),
        Case(metric: "leads_created", value: "7"), Case(metric: "mqls", value: "5"),
        Case(metric: "leads_created", question: "from=2026-04-01&to=2026-06-01", value: "3"),
        Case(metric: "conversion_rate", value: "0.142857"),
        Case(metric: "conversion_rate", question: "within=56d", value: "0.142857"),
        Case(metric: "conversion_rate", question: "within=55d", value: "0"),
        Case(metric: "conversion_rate", question: "from_stage=mql&to_stage=sal", value: "0.6"),
        Case(metric: "conversion_rate", question: "from_stage=mql&to_stage=sal&as_of=2026-04-23", value: "0.333333"),
        Case(metric: "conversion_rate", question: "basis=event&from=2026-04-01&to=2026-05-01", value: "1"),
        Case(metric: "conversion_rate", question: "from=2026-04-01&to=2026-05-01", value: "0"),
        Case(metric: "handoff_acceptance", value: "0.75"),
        Case(metric: "handoff_acceptance", question: "from=2026-02-24&to=2026-02-25", value: "0"),
        Case(metric: "handoff_acceptance", question: "basis=event&from=2026-02-24&to=2026-02-25", value: "null"),
        Case(metric: "handoff_acceptance", question: "basis=event&from=2026-02-25&to=2026-04-24", value: "0.5"),
        Case(metric: "handoff_answer_minutes", value: "1380"), Case(metric: "first_contact_minutes", value: "3120"),
    ]

    @Test("has the figures counted by hand", arguments: figures)
    func figure(_ row: Case) throws {
        #expect(try company.ask(row.metric, row.question)["value"]?.figure == row.value)
    }

    static let cuts: [Case] = [
        Case(
            metric: "revenue", question: "group_by=month&from=2026-03-01&to=2026-07-01",
            groups: ["2026-03: 0", "2026-04: 16500", "2026-05: 0", "2026-06: 3100"]),
        Case(
            metric: "revenue", question: "group_by=day&from=2026-06-10&to=2026-06-12",
            groups: ["2026-06-10: 0", "2026-06-11: 3100"]),
        Case(
            metric: "revenue", question: "group_by=week&from=2026-03-30&to=2026-04-13",
            groups: ["2026-W14: 16500", "2026-W15: 0"]),
        Case(
            metric: "revenue", question: "group_by=quarter&from=2026-01-01&to=2026-07-01",
            groups: ["2026-Q1: 0", "2026-Q2: 19600"]),
        Case(metric: "revenue", question: "group_by=year", groups: ["2026: 19600"]),
        Case(
            metric: "revenue", question: "group_by=product", groups: ["Service contract: 16500", "Spare parts: 3100"]),
        Case(metric: "deals_lost", question: "group_by=industry", groups: ["logistics: 1"]),
        Case(metric: "win_rate", question: "group_by=channel", groups: ["event: 0", "search: 1"]),
        Case(metric: "win_rate", question: "group_by=owner", groups: ["Rosa Keller: 0.666667"]),
        Case(
            metric: "pipeline_value", question: "group_by=stage&as_of=2026-06-05",
            groups: ["prospecting: 27100", "proposal: 9200"]),
        Case(metric: "pipeline_value", question: "group_by=team", groups: ["South: 24000"]),
        Case(metric: "deals_open", question: "group_by=manager", groups: ["Sven Okafor: 1"]),
        Case(metric: "deals_won", question: "group_by=region", groups: ["North: 2"]),
        Case(
            metric: "leads_created", question: "group_by=channel",
            groups: ["email: 1", "event: 2", "referral: 1", "search: 3"]),
        Case(
            metric: "leads_created", question: "group_by=source",
            groups: ["email: 1", "event: 1", "event/booth: 1", "referral: 1", "search: 3"]),
        Case(
            metric: "leads_created", question: "group_by=campaign",
            groups: ["Hannover fair: 2", "Monthly letter: 1", "Spring search: 3", "none: 1"]),
        Case(
            metric: "leads_created", question: "group_by=stage",
            groups: ["lead: 2", "mql: 1", "sql: 1", "opportunity: 1", "customer: 1", "disqualified: 1"]),
        Case(
            metric: "leads_created", question: "group_by=stage&as_of=2026-02-24", groups: ["lead: 1", "opportunity: 1"]),
        Case(metric: "handoff_acceptance", question: "group_by=owner", groups: ["Rosa Keller: 1", "Timo Brandt: 0.5"]),
        Case(
            metric: "handoff_acceptance", question: "group_by=stage",
            groups: ["lead: 0", "mql: null", "sql: 1", "opportunity: 1", "customer: 1"]),
        Case(
            metric: "mqls", question: "group_by=month,channel&from=2026-04-01&to=2026-06-01",
            groups: ["2026-04 event: 1", "2026-05 event: 1"]),
    ]

    @Test(
        "tells what time has yet to decide apart from the rate",
        arguments: [
            ("handoff_acceptance", "pending", 1), ("handoff_acceptance?basis=event", "pending", nil),
            ("conversion_rate", "unfinished", 5), ("conversion_rate?within=30d&as_of=2026-11-01", "unfinished", 1),
            ("conversion_rate?within=20d&as_of=2026-11-01", "unfinished", nil),
            ("conversion_rate?within=300d&as_of=2026-11-01", "unfinished", 5),
        ])
    func undecided(question: String, member: String, count: Int64?) throws {
        let parts = question.split(separator: "?").map(String.init)
        let figure = try company.ask(parts[0], parts.count > 1 ? parts[1] : "")
        #expect(figure[member]?.wholeNumber == count)
    }

    @Test("has the groups counted by hand", arguments: cuts)
    func groups(_ row: Case) throws {
        #expect(try company.groups(row.metric, row.question) == row.groups)
    }

    @Test("shows what a figure rests on")
    func ground() throws {
        let rate = try company.ask("win_rate", "from=2026-01-01&to=2026-07-01")
        #expect(rate["numerator"]?.double == 2)
        #expect(rate["denominator"]?.double == 3)
        #expect(rate["basis"] == "event")
        #expect(rate["from"] == "2026-01-01T00:00:00Z")
        #expect(rate["to"] == "2026-07-01T00:00:00Z")
        #expect(abs((rate["interval"]?["low"]?.double ?? 0) - 0.207659) < 1e-6)
        #expect(abs((rate["interval"]?["high"]?.double ?? 0) - 0.938508) < 1e-6)
        #expect(try company.ask("conversion_rate")["basis"] == "cohort")
        #expect(try company.ask("pipeline_value")["basis"] == .null)
        #expect(try company.ask("pipeline_value")["to"] == .null)
    }

    @Test("does not hide who was not answered and not contacted")
    func censored() throws {
        let answers = try company.ask("handoff_answer_minutes")
        #expect(answers["n"] == 5)
        #expect(answers["censored"] == 1)
        #expect(answers["mean"] == .null)
        #expect(answers["p75"]?.figure == "1740")
        #expect(answers["p90"] == .null)
        #expect(answers["share_in_time"]?.double == 0.6)
        let contacts = try company.ask("first_contact_minutes")
        #expect(contacts["n"] == 5)
        #expect(contacts["censored"] == 2)
        #expect(contacts["p75"] == .null)
        // Of the four that were not rejected.
        #expect(contacts["share_in_time"]?.double == 0.25)
        let lengths = try company.rows("first_contact_minutes").map { $0["minutes"]?.figure ?? "" }
        #expect(lengths == ["90", "1740", "1530", "3120", "35500"])
    }

    @Test("has a funnel that keeps the lost and counts each lead once")
    func funnel() throws {
        let funnel = try company.funnel()
        let stages = funnel["stages"]?.elements ?? []
        #expect(funnel["leads"] == 7)
        #expect(
            stages.map { "\($0["stage"]?.text ?? "") \($0["count"]?.figure ?? "")" } == [
                "lead 7", "mql 5", "sal 3", "sql 3", "opportunity 3", "customer 1",
            ])
        #expect(
            stages.dropFirst().map { $0["of_previous"]?.figure ?? "" } == ["0.714286", "0.6", "1", "1", "0.333333"])
        #expect(
            stages.dropFirst().map { $0["of_all"]?.figure ?? "" } == [
                "0.714286", "0.428571", "0.428571", "0.428571", "0.142857",
            ])
        func interval(_ stage: Int, _ name: String) -> [String] {
            ["low", "high", "level"].map { stages[stage][name]?[$0]?.figure ?? "" }
        }
        #expect(interval(1, "of_previous_interval") == ["0.358934", "0.917781", "0.95"])
        #expect(interval(2, "of_previous_interval") == ["0.230724", "0.882379", "0.95"])
        #expect(interval(2, "of_all_interval") == ["0.15822", "0.749542", "0.95"])
        #expect(stages.map { $0["n"]?.figure ?? "" } == ["", "5", "3", "3", "3", "1"])
        #expect(stages[2]["reason"] == "p90_days is withheld below 5")
        #expect(stages[1]["median_days"]?.figure == "2.041667")
        #expect(stages[1]["p90_days"]?.figure == "5.119444")
        #expect(stages[2]["p90_days"] == .null)
        #expect(funnel["left"] == ["disqualified_after": ["lead": 1], "recycled_after": ["mql": 1]])
    }

    @Test("has a funnel that says why it has no rates where nobody came")
    func emptyFunnel() throws {
        let stages = try #require(try company.funnel("to=2020-01-01")["stages"]?.elements)
        #expect(stages.count == 6)
        for stage in stages.dropFirst() {
            #expect(stage["of_previous"] == .null)
            #expect(stage["of_previous_interval"] == nil)
            #expect(stage["n"] == 0)
            #expect(stage["reason"] == "nothing to divide by: none reached the stage before")
        }
    }

    @Test("has a funnel of events, each in the month in which it happened")
    func funnelOfEvents() throws {
        let funnel = try company.funnel("basis=event&group_by=month&from=2026-02-01&to=2026-07-01")
        let months = (funnel["groups"]?.elements ?? []).map { month in
            (month["stages"]?.elements ?? []).map { $0["count"]?.figure ?? "" }.joined(separator: " ")
        }
        #expect(months == ["2 2 1 1 1 0", "0 0 0 0 0 0", "1 1 1 1 1 1", "2 1 1 1 1 0", "1 0 0 0 0 0"])
        #expect(funnel["leads"] == 6)
        let left = (funnel["groups"]?.elements ?? []).map { $0["left"] }
        #expect(left[0] == ["disqualified_after": [:], "recycled_after": ["mql": 1]])
        #expect(left[4] == ["disqualified_after": ["lead": 1], "recycled_after": [:]])
        #expect((funnel["stages"]?.elements ?? []).map { $0["count"]?.figure ?? "" } == ["6", "4", "3", "3", "3", "1"])
    }
}
