import Domain
import JSON
import Metrics
import Store
import Testing

@Suite("Figures that look ahead")
struct ForecastTests {
    let company: Company

    init() throws { company = try Company(at: "2026-10-01T00:00:00Z") }

    /// A deal opened in 2026, at a day such as `03-01`, in the first stage where none is said.
    @discardableResult
    private func deal(_ amount: Int64, _ opened: String = "03-01", _ more: [String: JSON] = [:]) throws -> Record {
        try company.create(
            "deals",
            .fields(
                ["name": "A", "amount": .euros(amount), "opened_at": .string("2026-\(opened)T00:00:00Z")], more))
    }

    private func move(_ deal: Record, _ stage: String, _ on: String) throws {
        try company.act("move", deal, ["stage": .string(stage), "at": .string("2026-\(on)T00:00:00Z")])
    }

    private func win(_ deal: Record, _ on: String) throws {
        try company.act("win", deal, ["at": .string("2026-\(on)T00:00:00Z")])
    }

    private func lose(_ deal: Record, _ on: String) throws {
        try company.act("lose", deal, ["at": .string("2026-\(on)T00:00:00Z"), "reason": "price"])
    }

    // MARK: Stages

    @Test("have a deal be opened where it was put, with none of its life before, though its opening is corrected")
    func openedLater() throws {
        let begun = try deal(100)
        try move(begun, "qualified", "03-21")
        let later = try deal(100, "04-01", ["stage": "proposal"])
        func days() throws -> [String] { try company.groups("stage_days", "group_by=stage&as_of=2026-05-01") }
        #expect(try company.ask("stage_days", "stage=prospecting")["n"] == 1)
        #expect(try company.rows("stage_days", "as_of=2026-05-01").map { $0["days"]?.figure } == ["20", "41", "30"])
        try company.patch(later, ["opened_at": "2026-03-22T00:00:00Z"])
        #expect(try company.rows("stage_days", "as_of=2026-05-01").map { $0["days"]?.figure } == ["20", "41", "40"])
        try move(later, "negotiation", "05-02")
        #expect(throws: Refusal.self) { try company.patch(later, ["opened_at": "2026-05-03T00:00:00Z"]) }
    }

    @Test("tell nothing of the cycle of a deal that was closed when it was made, unless its opening is said")
    func cycleOfClosed() throws {
        let closed: JSON = "2026-03-11T00:00:00Z"
        try deal(100, "03-01", ["stage": "won", "closed_at": closed])
        try company.create("deals", ["name": "A", "amount": .euros(100), "stage": "won", "closed_at": closed])
        let cycle = try company.ask("sales_cycle_days")
        #expect(cycle["n"] == 1 && cycle["mean"]?.double == 10)
        #expect(try company.ask("deals_won")["value"] == 2)
        #expect(try company.ask("pipeline_velocity", "as_of=2026-03-12")["value"] != .null)
        try company.create(
            "deals", ["name": "A", "amount": .euros(100), "stage": "won", "closed_at": "2026-09-01T00:00:00Z"])
        let reason = try company.ask("pipeline_velocity", "as_of=2026-09-02")["reason"]?.text
        #expect(reason?.contains("nobody knows") == true)
    }

    @Test("are in the order of the pipelines, ends last")
    func ownStages() throws {
        for names in [["new", "demo", "quote"], ["agree", "demo"]] {
            let stages = names.map { JSON.object([.init("name", .string($0)), .init("win_percent", 10)]) }
            let pipeline = try company.create(
                "pipelines", ["name": .string(names[0]), "stages": .array(stages)])
            for name in names + ["lost", "won"] {
                let reason: JSON = name == "lost" ? "price" : nil
                try deal(100, "03-01", ["pipeline_id": pipeline.ref, "stage": .string(name), "lost_reason": reason])
            }
        }
        let groups = try company.groups("deals_opened", "group_by=stage")
        #expect(groups == ["new: 1", "demo: 2", "quote: 1", "agree: 1", "won: 2", "lost: 2"])
    }

    @Test("tell stage by stage who went on, the lost and those that stay among those that did not")
    func stageConversion() throws {
        let deals = try (1...4).map { _ in try deal(100) }
        for place in 0...2 { try move(deals[place], "qualified", "03-05") }
        try move(deals[0], "proposal", "03-10")
        try lose(deals[1], "03-11")
        let march = "group_by=stage&from=2026-03-01&to=2026-04-01"
        // Of four three went on, of three one; the one in proposal has not yet.
        #expect(
            try company.groups("stage_conversion", march) == [
                "prospecting: 0.75", "qualified: 0.333333", "proposal: 0",
            ])
        #expect(
            try company.groups("stage_conversion", "\(march)&as_of=2026-03-10") == [
                "prospecting: 0.75", "qualified: 0",
            ])
        try win(deals[0], "05-01")
        #expect(try company.groups("stage_conversion", march).last == "proposal: 1")
        #expect(try company.ask("stage_conversion", "from=2026-03-01&to=2026-04-01")["unfinished"] == 2)
    }

    @Test("take a step back for no going on")
    func stepBack() throws {
        let deal = try deal(100)
        try move(deal, "proposal", "03-05")
        try move(deal, "qualified", "03-08")
        #expect(try company.groups("stage_conversion", "group_by=stage").contains("proposal: 0"))
        // It may go on yet, as from prospecting it has; and no more once it is lost.
        #expect(try company.ask("stage_conversion")["unfinished"] == 2)
        try lose(deal, "03-09")
        #expect(try company.ask("stage_conversion")["unfinished"] == nil)
    }

    /// In prospecting for 4 days, in proposal for 3, back for 2, in proposal again for 10.
    private func returning() throws -> Record {
        let deal = try deal(100)
        try move(deal, "qualified", "03-05")
        try move(deal, "proposal", "03-06")
        try move(deal, "qualified", "03-09")
        try move(deal, "proposal", "03-11")
        try move(deal, "negotiation", "03-21")
        try win(deal, "03-22")
        return deal
    }

    @Test("add up the days in a stage that is entered again, or tell the latest alone")
    func stageDays() throws {
        _ = try returning()
        func days(_ isLatest: Bool) throws -> [String] {
            let answer = try company.ask("stage_days", "group_by=stage") { $0.isLatestEntry = isLatest }
            return (answer["groups"]?.elements ?? []).map {
                "\($0["key"]?["stage"]?.text ?? ""): \($0["value"]?.figure ?? "")"
            }
        }
        #expect(try days(false) == ["prospecting: 4", "qualified: 3", "proposal: 13", "negotiation: 1"])
        #expect(try days(true) == ["prospecting: 4", "qualified: 2", "proposal: 10", "negotiation: 1"])
    }

    @Test("keep who is still in a stage as censored")
    func stageDaysCensored() throws {
        try deal(100)
        let answer = try company.ask("stage_days", "as_of=2026-03-08")
        #expect(answer["value"] == .null)
        #expect(answer["censored"] == 1)
        #expect(answer["n"] == 1)
    }

    @Test("have no days in a stage that was skipped")
    func stageSkipped() throws {
        let deal = try deal(100)
        try move(deal, "negotiation", "03-05")
        let groups = try company.groups("stage_days", "group_by=stage&as_of=2026-03-08")
        #expect(groups == ["prospecting: 4", "negotiation: null"])
    }

    @Test("call a deal old that is longer in its stage than nine in ten before it were")
    func aging() throws {
        // Stays of 1 to 11 days in prospecting; those that are still there may be among the longest.
        for days in 1...11 {
            let deal = try deal(100)
            try move(deal, "qualified", days < 9 ? "03-0\(days + 1)" : "03-\(days + 1)")
            try lose(deal, "04-01")
        }
        try deal(100, "06-01")
        try deal(100, "06-05")
        let first = try company.ask("deals_aging", "as_of=2026-06-11")
        #expect(first["numerator"]?.double == 0)
        #expect(first["denominator"]?.double == 2)
        #expect(try company.ask("deals_aging", "as_of=2026-06-12T00:00:00.001Z")["value"]?.double == 0.5)
        #expect(try company.ask("deals_aging", "as_of=2026-06-17T00:00:00Z")["value"]?.double == 1)
    }

    @Test("call no pipeline old by those that left it soon, since its others had no time to")
    func agingOfYoung() throws {
        // Ten come each day, of which one leaves after each day of ten; half of all days are yet to come.
        for day in 1...5 {
            for stay in 1...10 {
                let deal = try deal(100, "06-0\(day)")
                let left = day + stay
                if left <= 5 { try move(deal, "qualified", "06-0\(left)") }
            }
        }
        let answer = try company.ask("deals_aging", "stage=prospecting&as_of=2026-06-06")
        #expect(answer["denominator"]?.double == 40)
        #expect(answer["numerator"]?.double == 6, "those of the first day, which four days would not have told")
        // None that stays for ever makes all others young.
        for _ in 1...30 { try deal(100, "03-01") }
        let neglected = try company.ask("deals_aging", "stage=prospecting&as_of=2026-06-06")
        #expect((neglected["numerator"]?.double ?? 0) >= 30, "\(neglected)")
    }

    @Test("call no deal old by those that were never in its stage")
    func agingOfSkipped() throws {
        for day in 10...19 { try win(deal(100), "03-\(day)") }
        let open = try deal(100, "05-01")
        try move(open, "negotiation", "05-02")
        let answer = try company.ask("deals_aging", "as_of=2026-05-03")
        #expect(answer["value"] == .null && answer["reason"] != nil)
        #expect(answer["denominator"]?.double == 0)
        #expect(answer["pending"]?.double == 1)
    }

    // MARK: The pipeline

    @Test("multiply open deals, win rate and size, and divide by the cycle")
    func velocity() throws {
        // As of the first of July the trailing 90 days begin on the second of April.
        try win(deal(10_000, "04-01"), "04-11")
        try win(deal(30_000, "04-01"), "05-01")
        try lose(deal(99_000, "04-01"), "05-02")
        try lose(deal(99_000, "04-01"), "05-03")
        // Before and after those days.
        try win(deal(77_000, "03-01"), "04-01")
        try lose(deal(77_000, "03-01"), "07-01")
        for _ in 1...3 { try deal(50_000, "05-01") }
        // 4 open × ½ × 20 000 ÷ 20 days: the one lost on the first of July was open before.
        let answer = try company.ask("pipeline_velocity", "as_of=2026-07-01")
        #expect(answer["value"]?.amount == 2000)
        #expect(answer["parts"]?["open_deals"] == 4)
        #expect(answer["parts"]?["closed_deals"] == 4)
        #expect(answer["parts"]?["cycle_days"] == 40)
        #expect(try company.ask("pipeline_velocity", "as_of=2026-03-15")["value"] == .null)
    }

    private func goal(_ amount: Int64, _ from: String, _ to: String, _ more: [String: JSON] = [:]) throws {
        try company.create(
            "goals",
            .fields(
                [
                    "name": "A", "department": "sales", "metric": "revenue", "from": .string(from), "to": .string(to),
                    "target_amount": .euros(amount),
                ], more))
    }

    @Test("cover what is left of the goal with what is expected in the period")
    func coverage() throws {
        let quarter = "from=2026-07-01&to=2026-10-01&as_of=2026-08-01"
        #expect(try company.ask("pipeline_coverage", quarter)["reason"]?.text?.contains("no revenue goal") == true)
        try goal(100_000, "2026-07-01", "2026-10-01")
        try win(deal(40_000, "06-01"), "07-15")
        try deal(90_000, "06-01", ["expected_close_on": "2026-09-30"])
        try deal(50_000, "06-01", ["expected_close_on": "2026-10-01"])
        try deal(50_000, "06-01")
        // 90 000 ÷ (100 000 − 40 000).
        let answer = try company.ask("pipeline_coverage", quarter)
        #expect(answer["value"]?.double == 1.5)
        #expect(answer["parts"]?["goal"]?.amount == 100_000)
        try win(deal(60_000, "06-01"), "07-20")
        let met = try company.ask("pipeline_coverage", quarter)
        #expect(met["value"] == .null)
        #expect(met["reason"] == "the goal is met")
    }

    @Test("attain quotas by owner and by team, each against its own goal")
    func quota() throws {
        let head = try company.create("users", ["name": "Ines", "role": "sales_manager"])
        let team = try company.create(
            "teams", ["name": "North", "department": "sales", "manager_id": head.ref, "region": "EU"])
        let users = try ["Rosa", "Timo"].map { name in
            try company.create(
                "users", ["name": .string(name), "role": "sales_representative", "team_id": team.ref])
        }
        try goal(100_000, "2026-07-01", "2026-10-01", ["scope": "user", "user_id": users[0].ref])
        try goal(200_000, "2026-07-01", "2026-10-01", ["scope": "user", "user_id": users[1].ref])
        try goal(240_000, "2026-07-01", "2026-10-01", ["scope": "team", "team_id": team.ref])
        try goal(400_000, "2026-07-01", "2026-10-01")
        try win(deal(50_000, "06-01", ["owner_id": users[0].ref]), "07-02")
        try win(deal(70_000, "06-01", ["owner_id": users[1].ref]), "09-30")
        try win(deal(99_000, "06-01", ["owner_id": users[1].ref]), "10-01")
        let quarter = "from=2026-07-01&to=2026-10-01"
        #expect(
            try company.groups("quota_attainment", "group_by=owner&\(quarter)") == ["Rosa: 0.5", "Timo: 0.35"])
        #expect(try company.groups("quota_attainment", "group_by=team&\(quarter)") == ["North: 0.5"])
        #expect(try company.groups("quota_attainment", "group_by=manager&\(quarter)") == ["Ines: 0.5"])
        #expect(try company.groups("quota_attainment", "group_by=region&\(quarter)") == ["EU: 0.5"])
        #expect(try company.ask("quota_attainment", quarter)["value"]?.double == 0.3)
        // The company's goal is the company's, by whatever it is told.
        for dimension in ["owner", "team"] {
            let told = try company.ask("quota_attainment", "group_by=\(dimension)&\(quarter)")
            #expect(told["value"]?.double == 0.3 && told["total"]?.double == 0.3, "\(dimension)")
        }
        // The same quarter, whoever asks from wherever; the last deal is won before October begins in New York.
        #expect(try company.ask("quota_attainment", "\(quarter)&tz=America/New_York")["value"]?.double == 0.5475)
        #expect(try company.ask("quota_attainment", "\(quarter)&owner=\(users[1].idText)")["value"]?.double == 0.35)
        #expect(try company.ask("quota_attainment", "from=2026-04-01&to=2026-07-01")["value"] == .null)
    }

    @Test("hold a year against the year's goal, not against its quarters' once more")
    func nestedGoals() throws {
        try goal(400_000, "2026-01-01", "2027-01-01")
        try goal(100_000, "2026-07-01", "2026-10-01")
        try win(deal(100_000, "06-01"), "07-02")
        let year = try company.ask("quota_attainment", "from=2026-01-01&to=2027-01-01")
        #expect(year["value"]?.double == 0.25)
        #expect(try company.ask("quota_attainment", "from=2026-07-01&to=2026-10-01")["value"]?.double == 1)
    }

    @Test(
        "hold a goal in another currency by the rate of its first day, wherever that begins",
        arguments: ["UTC", "Europe/Berlin"])
    func foreignGoal(_ zone: String) throws {
        try company.create("settings", ["name": "A", "base_currency": "EUR"])
        for (on, rate) in [("2026-01-01", 0.5), ("2026-07-01", 1)] as [(JSON, JSON)] {
            try company.create("exchange_rates", ["from": "USD", "to": "EUR", "on": on, "rate": rate])
        }
        try goal(1, "2026-07-01", "2026-10-01", ["target_amount": ["amount": 100_000, "currency": "USD"]])
        try win(deal(50_000, "06-01"), "07-02")
        let quarter = "from=2026-07-01&to=2026-10-01&tz=\(zone)"
        #expect(try company.ask("quota_attainment", quarter)["value"]?.double == 0.5)
    }

    @Test("are held against one goal of the same: a second is refused, by a change too")
    func secondGoal() throws {
        try goal(400_000, "2026-01-01", "2027-01-01")
        #expect(throws: Refusal.self) { try goal(500_000, "2026-01-01", "2027-01-01") }
        try goal(500_000, "2026-01-01", "2027-01-01", ["department": "marketing"])
        try goal(500_000, "2026-01-01", "2026-12-01")
        let longer = try #require(company.view.records("goals", after: nil, limit: 9).last)
        #expect(throws: Refusal.self) { try company.patch(longer, ["to": "2027-01-01"]) }
        try company.patch(longer, ["target_amount": .euros(1)])
        for zone: JSON in ["UTC", "Etc/UTC"] {
            #expect(throws: Refusal.self) { try goal(1, "2026-01-01", "2026-12-01", ["time_zone": zone]) }
        }
        try goal(1, "2026-01-01", "2026-12-01", ["time_zone": "Europe/Berlin"])
    }

    // MARK: The forecast

    @Test("are of past days by the probabilities that were said then")
    func earlierPercents() throws {
        func stages(_ percent: Int64) -> JSON { [["name": "open", "win_percent": .integer(percent)]] }
        let pipeline = try company.create("pipelines", ["name": "P", "stages": stages(50)])
        try deal(1000, "03-01", ["pipeline_id": pipeline.ref, "expected_close_on": "2026-10-20"])
        company.setTime("2026-10-05T00:00:00Z")
        try company.patch(pipeline, ["stages": stages(10)])
        company.setTime("2026-11-05T00:00:00Z")
        for (asOf, percent) in [("2026-10-02", 50), ("2026-10-05", 50), ("2026-10-06", 10)] as [(String, Int64)] {
            for figure in ["weighted_pipeline", "forecast"] {
                let period = figure == "forecast" ? "&from=2026-10-01&to=2026-11-01" : ""
                let told = try company.ask(figure, "as_of=\(asOf)\(period)")["value"]?["amount"]
                #expect(told == .integer(10 * percent), "\(figure) as of \(asOf)")
            }
        }
        let more: [String: JSON] = ["pipeline_id": pipeline.ref, "expected_close_on": "2026-10-20"]
        try win(deal(500, "03-01", more), "10-20")
        let accuracy = try company.ask("forecast_accuracy", "from=2026-10-02&to=2026-11-01")
        #expect(accuracy["parts"]?["forecast"]?.amount == 750, "half of both, which were open")
    }

    static let asOfs: [(asOf: String, landing: Int64, won: Int64, weighted: Int64, commit: Int64, best: Int64)] = [
        // Before the win: 10 % of 1000 + 10 % of 4000 + 50 % of 2000.
        ("2026-06-01", 1500, 0, 1500, 4000, 6000), ("2026-06-11", 2400, 1000, 1400, 4000, 6000),
        // What was lost adds nothing from the moment on at which it was.
        ("2026-06-21", 2000, 1000, 1000, 0, 2000),
    ]

    @Test("land on what is won and what is likely, and show commit and best case apart", arguments: asOfs)
    func forecast(
        _ row: (asOf: String, landing: Int64, won: Int64, weighted: Int64, commit: Int64, best: Int64)
    ) throws {
        try win(deal(1000, "05-01", ["expected_close_on": "2026-06-15"]), "06-10")
        try lose(
            deal(4000, "05-01", ["expected_close_on": "2026-06-30", "forecast_category": "commit"]), "06-20")
        try deal(
            2000, "05-01",
            ["expected_close_on": "2026-06-01", "forecast_category": "best_case", "stage": "proposal"])
        try deal(8000, "05-01", ["expected_close_on": "2026-07-01", "forecast_category": "commit"])
        try deal(8000, "05-01", ["expected_close_on": "2026-06-15", "forecast_category": "omitted"])
        try deal(8000, "05-01")
        let answer = try company.ask("forecast", "from=2026-06-01&to=2026-07-01&as_of=\(row.asOf)")
        #expect(answer["value"]?.amount == row.landing)
        let parts = ["won", "weighted_open", "commit_open", "best_case_open"].map { answer["parts"]?[$0]?.amount }
        #expect(parts == [row.won, row.weighted, row.commit, row.best])
    }

    @Test("has a value for months to come, also where nothing is expected in them")
    func forecastByMonth() throws {
        try deal(2000, "05-01", ["expected_close_on": "2026-08-10", "stage": "proposal"])
        let answer = try company.ask(
            "forecast", "from=2026-06-01&to=2026-09-01&group_by=month&as_of=2026-06-11")
        let groups = answer["groups"]?.elements ?? []
        let values: [Int64?] = groups.map { $0["value"]?.amount }
        #expect(values == [0, 0, 1000])
        #expect(groups.allSatisfy { $0["reason"] == nil })
    }

    @Test("expect nothing more of a period that is over, and now what was expected before")
    func forecastOfPast() throws {
        @discardableResult
        func proposal(_ amount: Int64, _ expected: String) throws -> Record {
            try deal(amount, "05-01", ["expected_close_on": .string(expected), "stage": "proposal"])
        }
        try win(proposal(1000, "2026-06-15"), "06-10")
        try proposal(4000, "2026-06-20")
        try proposal(600, "2026-08-20")
        for (asOf, june, months) in [
            ("2026-06-18", 3000, ["2026-06: 30", "2026-07: 0", "2026-08: 3"]),
            ("2026-06-30", 3000, ["2026-06: 30", "2026-07: 0", "2026-08: 3"]),
            ("2026-07-01", 1000, ["2026-06: 10", "2026-07: 20", "2026-08: 3"]),
            ("2026-08-21", 1000, ["2026-06: 10", "2026-07: 0", "2026-08: 23"]),
            ("2026-09-01", 1000, ["2026-06: 10", "2026-07: 0", "2026-08: 0"]),
        ] as [(String, Int64, [String])] {
            let answer = try company.ask("forecast", "from=2026-06-01&to=2026-07-01&as_of=\(asOf)")
            #expect(answer["value"]?.amount == june, "\(asOf)")
            let summer = "from=2026-06-01&to=2026-09-01&as_of=\(asOf)"
            #expect(try company.groups("forecast", "\(summer)&group_by=month") == months, "\(asOf)")
            let whole = try company.ask("forecast", summer)["value"]?.amount ?? 0
            #expect(whole == (asOf == "2026-09-01" ? 1000 : 3300), "\(asOf)")
        }
    }

    @Test("tell what is overdue apart, which is in no period to come")
    func overdue() throws {
        try deal(4000, "05-01", ["expected_close_on": "2026-06-20"])
        try deal(500, "05-01", ["expected_close_on": "2026-08-10"])
        try deal(70, "05-01")
        for (asOf, period, deals, amount) in [
            ("2026-06-18", "from=2026-06-01&to=2026-07-01", 0, 0),
            ("2026-06-25", "from=2026-06-01&to=2026-07-01", 0, 0),
            ("2026-06-25", "from=2026-07-01&to=2026-08-01", 1, 4000),
            ("2026-07-02", "from=2026-06-01&to=2026-07-01", 1, 4000),
            ("2026-08-12", "from=2026-08-01&to=2026-09-01", 1, 4000),
            ("2026-09-02", "from=2026-08-01&to=2026-09-01", 2, 4500),
            ("2026-06-10", "from=2026-08-01&to=2026-09-01", 0, 0),
        ] as [(String, String, Int64, Int64)] {
            let report = try ForecastReport.answer(try Question("\(period)&as_of=\(asOf)"), in: Facts(of: company.view))
            #expect(report["overdue"]?["deals"] == .integer(deals), "\(asOf) \(period)")
            #expect(report["overdue"]?["amount"]?.amount == amount, "\(asOf) \(period)")
        }
    }

    /// Forecast on the first of June 500 + 300, on the eleventh 1000 + 300; won 1000.
    private func foretold() throws {
        let first = try deal(1000, "05-01", ["expected_close_on": "2026-06-15", "stage": "proposal"])
        try win(first, "06-10")
        let second = try deal(3000, "05-01", ["expected_close_on": "2026-06-20"])
        try lose(second, "06-25")
    }

    static let accuracies: [(day: Int64, accuracy: Double, bias: Double)] = [(0, 0.8, -0.2), (10, 0.7, 0.3)]

    @Test("compare what was forecast on a day with what came", arguments: accuracies)
    func accuracy(_ row: (day: Int64, accuracy: Double, bias: Double)) throws {
        try foretold()
        for (metric, value) in [("forecast_accuracy", row.accuracy), ("forecast_bias", row.bias)] {
            let answer = try company.ask(metric, "from=2026-06-01&to=2026-07-01") { $0.forecastDay = row.day }
            #expect(abs((answer["value"]?.double ?? .infinity) - value) < 1e-12)
        }
    }

    @Test("are of a day of their period that has come, and not final before the period is over")
    func forecastDays() throws {
        try foretold()
        let june = "from=2026-06-01&to=2026-07-01"
        for (question, day, isRefused) in [
            (june, 29, false), (june, 30, true), ("\(june)&as_of=2026-06-12", 11, false),
            ("\(june)&as_of=2026-06-12", 12, true),
        ]
            as [(String, Int64, Bool)]
        {
            let answer = Result { try company.ask("forecast_accuracy", question) { $0.forecastDay = day } }
            #expect(((try? answer.get()) == nil) == isRefused, "\(question) \(day)")
        }
        #expect(try company.ask("forecast_bias", "\(june)&as_of=2026-06-12")["unfinished"]?.wholeNumber ?? 0 > 0)
        #expect(try company.ask("forecast_bias", june)["unfinished"] == nil)
    }

    @Test("have no accuracy where nothing was won, and none without a period")
    func accuracyOfNothing() throws {
        try foretold()
        #expect(try company.ask("forecast_accuracy", "from=2026-08-01&to=2026-09-01")["reason"]?.text != nil)
        #expect(throws: MetricFault.self) { try company.ask("forecast_bias") }
    }

    /// Closed deals that took from 10 to 29 days from prospecting, half of them won, and some that are open.
    private func past() throws {
        for days in 10...29 {
            let deal = try deal(1000, "03-01")
            if days.isMultiple(of: 2) { try win(deal, "03-\(days + 1)") } else { try lose(deal, "03-\(days + 1)") }
        }
        for amount in 1...10 { try deal(Int64(amount) * 1000, "06-25") }
    }

    private func simulation(_ question: String, seed: UInt64 = 1) throws -> JSON {
        let asked = try company.question(question) { $0.seed = seed }
        return try #require(try ForecastReport.answer(asked, in: Facts(of: company.view))["simulation"])
    }

    @Test("simulate the same interval of the same seed, and one close to it of another")
    func seeds() throws {
        try past()
        let july = "from=2026-07-01&to=2026-08-01&as_of=2026-07-01"
        let first = try simulation(july)
        #expect(try simulation(july) == first)
        let other = try simulation(july, seed: 2)
        #expect(other != first)
        for seed in 1...5 as ClosedRange<UInt64> {
            let told = try simulation(july, seed: seed)
            let (low, median) = (try #require(told["low"]?.amount), try #require(told["median"]?.amount))
            let (high, mean) = (try #require(told["high"]?.amount), try #require(told["mean"]?.amount))
            #expect(low <= median)
            #expect(median <= high)
            // Each is won with (10 + 1) ÷ (20 + 2), and all that are come in time: the half of 55 000, with a deviation
            // of the sum of 9811; the mean of 2000 runs is within 4 × 219.
            #expect(abs(mean - 27_500) < 900)
            #expect(abs(median - (first["median"]?.amount ?? 0)) <= 2000)
            #expect(abs(low - (first["low"]?.amount ?? 0)) <= 2000)
            #expect(abs(high - (first["high"]?.amount ?? 0)) <= 2000)
        }
        #expect(first["open_deals"] == 10)
        #expect(first["without_history"] == 0)
    }

    @Test("rest on those that took longer than the deal has, where the lost are lost soon, also on those still open")
    func ages() throws {
        for _ in 1...10 {
            try lose(deal(1000, "03-01"), "03-06")
            try win(deal(1000, "03-01"), "03-21")
        }
        try deal(10_000, "06-21")
        let july = "from=2026-07-01&to=2026-08-01&as_of=2026-07-01"
        // All ten that took longer than ten days were won: (10 + 1) ÷ (10 + 2), with a deviation of the mean of 62.
        let young = try simulation(july)
        #expect(abs((young["mean"]?.amount ?? 0) - 9167) < 250)
        // Ten more that have been open since took longer too, and were not won: (10 + 1) ÷ (20 + 2).
        for _ in 1...10 { try company.create("deals", ["name": "A", "opened_at": "2026-03-01T00:00:00Z"]) }
        #expect(abs((try simulation(july)["mean"]?.amount ?? 0) - 5000) < 450)
    }

    @Test("count who went back and forth once, from when it came to the stage last")
    func returns() throws {
        for place in 0..<10 {
            let deal = try deal(1000, "03-01")
            if place >= 5 {
                for day in 2...8 { try move(deal, day.isMultiple(of: 2) ? "qualified" : "prospecting", "03-0\(day)") }
                try move(deal, "prospecting", "03-09")
            }
            if place < 5 { try win(deal, "03-11") } else { try lose(deal, "03-19") }
        }
        try deal(10_000, "06-30")
        // Five of ten, all within ten days: (5 + 1) ÷ (10 + 2), with a deviation of the mean of 112.
        let told = try simulation("from=2026-07-01&to=2026-08-01&as_of=2026-07-01")
        #expect(abs((told["mean"]?.amount ?? 0) - 5000) < 450)
        #expect(told["without_history"] == 0)
        // Of one that has taken longer than all nobody tells.
        let late = try simulation("from=2026-07-11&to=2026-08-01&as_of=2026-07-11")
        #expect(late["without_history"] == 1)
    }

    @Test("add nothing of a deal that cannot close in time")
    func cannotClose() throws {
        try past()
        // Entered on the 25th of June, none of them is won before the fifth of July, the tenth day after.
        let early = try simulation("from=2026-06-01&to=2026-07-05&as_of=2026-07-01")
        #expect(early["high"]?.amount == 0)
        #expect(early["mean"]?.amount == 0)
        // The tenth day is not before its own beginning, and a millisecond later one in ten may be.
        let late = try simulation("from=2026-06-01&to=2026-07-06&as_of=2026-07-01")
        #expect((late["mean"]?.amount ?? 0) > 0)
        // What is won before the period begins is not won in it.
        let next = try simulation("from=2026-07-13&to=2026-10-01&as_of=2026-07-01")
        // Six of ten took until the thirteenth of July or longer.
        #expect(abs((next["mean"]?.amount ?? 0) - 16_500) < 900)
        let far = try simulation("from=2026-10-01&to=2027-01-01&as_of=2026-07-01")
        #expect(far["high"]?.amount == 0 && far["open_deals"] == 10)
        // After the period everything has been decided.
        let over = try simulation("from=2026-03-01&to=2026-04-01&as_of=2026-08-01")
        #expect(over["low"]?.amount == 10_000)
        #expect(over["high"]?.amount == 10_000)
    }

    @Test("learn nothing of a stage from deals that were never in it")
    func skippedHistory() throws {
        for day in 10...19 { try win(deal(1000, "03-01"), "03-\(day)") }
        let open = try deal(5000, "06-01")
        try move(open, "negotiation", "06-25")
        let told = try simulation("from=2026-07-01&to=2026-08-01&as_of=2026-07-01")
        #expect(told["without_history"] == 1)
    }

    @Test("tell a deal without an amount apart from one of a stage without a history")
    func withoutAmount() throws {
        try past()
        try company.create("deals", ["name": "A", "opened_at": "2026-06-25T00:00:00Z"])
        let told = try simulation("from=2026-07-01&to=2026-08-01&as_of=2026-07-01")
        #expect(told["open_deals"] == 11)
        #expect(told["without_history"] == 0)
        let question = try Question("from=2026-07-01&to=2026-08-01&as_of=2026-07-01")
        let report = try ForecastReport.answer(question, in: Facts(of: company.view))
        #expect(report["without_expected_close"] == 11, "nobody says of any when it is to close")
    }

    @Test("show how well the periods before were foretold")
    func history() throws {
        try foretold()
        let report = try ForecastReport.answer(
            try Question("from=2026-07-01&to=2026-07-31&as_of=2026-07-02"), in: Facts(of: company.view))
        let june = try #require(report["history"]?.elements?.first)
        #expect(june["from"] == "2026-06-01T00:00:00Z")
        #expect(june["to"] == "2026-07-01T00:00:00Z")
        #expect(june["forecast"]?.amount == 800)
        #expect(june["actual"]?.amount == 1000)
        #expect(abs((june["forecast_accuracy"]?.double ?? 0) - 0.8) < 1e-12)
        #expect(report["landing"]?.amount == 0)
        #expect(throws: MetricFault.self) {
            try ForecastReport.answer(try Question("from=2026-07-01"), in: Facts(of: company.view))
        }
    }

    // MARK: Negotiation

    @Test("tell what was given off the list price, over what was won with an offer")
    func discount() throws {
        let product = try company.create("products", ["name": "Pump", "list_price": .euros(10_000)])
        let line: JSON = .array([["product_id": product.ref, "quantity": 1]])
        func sold(_ amounts: [Int64], isWon: Bool = true, at agreed: Int64? = nil) throws {
            let deal = try deal(10_000, "03-01", ["lines": line])
            for (place, amount) in amounts.enumerated() {
                try company.create(
                    "offers",
                    [
                        "deal_id": deal.ref, "lines": line, "amount": .euros(amount),
                        "offered_at": .string("2026-03-0\(place + 2)T00:00:00Z"),
                    ])
            }
            guard isWon else { return try lose(deal, "03-20") }
            let more: [String: JSON] = agreed.map { ["amount": .euros($0)] } ?? [:]
            try company.act("win", deal, .fields(["at": "2026-03-20T00:00:00Z"], more))
        }
        try sold([9500, 9000])
        // What the offer said last is not what was agreed.
        try sold([8500], at: 8000)
        try sold([8100], isWon: false)
        try sold([])
        // (1000 + 2000) ÷ 20 000, and three offers by two deals.
        #expect(try company.ask("discount_given")["value"]?.double == 0.15)
        #expect(try company.ask("discount_given")["parts"]?["list"]?.amount == 20_000)
        #expect(try company.ask("negotiation_rounds")["value"]?.double == 1.5)
        #expect(try company.ask("negotiation_rounds", "to=2026-03-20")["value"] == .null)
    }

    @Test("tell objections by category, who was answered, and how deals with and without them end")
    func objections() throws {
        let deals = try (1...4).map { _ in try deal(1000) }
        func object(_ place: Int, _ category: String, _ on: String, answered: String? = nil) throws {
            let made = try company.create(
                "objections",
                [
                    "deal_id": deals[place].ref, "category": .string(category),
                    "raised_at": .string("2026-\(on)T00:00:00Z"),
                ])
            guard let answered else { return }
            try company.act("answer", made, ["answer": "so", "at": .string("2026-\(answered)T00:00:00Z")])
        }
        try object(0, "price", "03-02", answered: "03-03")
        try object(0, "price", "03-04")
        try object(1, "price", "03-02", answered: "05-01")
        try object(2, "trust", "03-02")
        try win(deals[0], "03-10")
        try lose(deals[1], "03-10")
        try win(deals[2], "03-10")
        try win(deals[3], "03-10")
        // Raised when all was over, so it has no part in how that deal ended.
        try object(3, "price", "03-11")
        let report = try ObjectionReport.answer(
            try Question("from=2026-03-01&to=2026-04-01&as_of=2026-04-01"), in: Facts(of: company.view))
        #expect(report["count"] == 5)
        let lines = report["groups"]?.elements ?? []
        #expect(lines.map { $0["key"]?["category"] } == ["price", "trust"])
        #expect(lines.map { $0["count"] } == [4, 1])
        #expect(lines.map { $0["answered"]?["value"]?.double } == [0.25, 0])
        #expect(lines.map { $0["answered"]?["unfinished"] } == [3, 1])
        // Price: one of two with it, two of two without; trust: one of one, two of three.
        #expect(lines.map { $0["win_rate_with"]?["value"]?.double } == [0.5, 1])
        #expect(lines.map { $0["win_rate_without"]?["value"]?.double } == [1, 2.0 / 3])
        let later = try company.ask("objections_answered", "from=2026-03-01&to=2026-04-01")
        #expect(later["value"]?.double == 0.4)
        #expect(later["unfinished"] == 3)
    }

    // MARK: Contents

    private func content(_ title: String) throws -> Record {
        try company.create("contents", ["title": .string(title), "kind": "case_study"])
    }

    private func use(_ content: Record, on deal: Record, _ on: String) throws {
        try company.create(
            "activities",
            [
                "deal_id": deal.ref, "type": "email", "content_id": content.ref,
                "occurred_at": .string("2026-\(on)T00:00:00Z"),
            ])
    }

    private func influence(_ question: String = "") throws -> [JSON] {
        try ContentInfluenceReport.answer(try Question(question), in: Facts(of: company.view))["groups"]?.elements ?? []
    }

    @Test("set deals that used a content beside those that came as far without it")
    func contentInfluence() throws {
        let content = try content("Case")
        let unused = try self.content("After")
        // All go the whole way to negotiation: of four with it three are won, of four without one.
        for place in 0..<8 {
            let deal = try deal(1000)
            try move(deal, "negotiation", "03-05")
            if place < 4 { try use(content, on: deal, "03-06") }
            if place < 3 || place == 4 { try win(deal, "03-10") } else { try lose(deal, "03-10") }
            try use(unused, on: deal, "03-11")
        }
        let lines = try influence()
        #expect(lines.map { $0["labels"]?["content"] } == ["Case"])
        #expect(lines.first?["used"]?["value"]?.double == 0.75)
        #expect(lines.first?["not_used"]?["value"]?.double == 0.25)
        let difference = try #require(lines.first?["difference"])
        #expect(difference["value"]?.double == 0.5)
        #expect((difference["low"]?.double ?? 1) < 0.5)
        #expect((difference["high"]?.double ?? 0) > 0.5)
        #expect(try company.groups("content_influence", "group_by=content") == ["Case: 0.75"])
    }

    @Test("know of contents what a touch within the look-back saw, and what sales used however long ago")
    func contentsSeen() throws {
        let lead = try company.create("leads", ["name": "A", "captured_at": "2025-01-01T00:00:00Z"])
        let seen = [("Old", "2025-12-01"), ("Edge", "2025-12-11"), ("New", "2026-03-01"), ("After", "2026-03-11")]
        for (title, day) in seen {
            try company.create(
                "touches",
                [
                    "lead_id": lead.ref, "type": "content_view", "channel": "content",
                    "content_id": try content(title).ref, "occurred_at": .string("\(day)T00:00:00Z"),
                ])
        }
        let deal = try deal(1000, "03-01", ["lead_ids": [lead.ref]])
        try company.create(
            "activities",
            [
                "deal_id": deal.ref, "type": "email", "content_id": try content("Case").ref,
                "occurred_at": "2025-11-01T00:00:00Z",
            ])
        let other = try self.deal(500, "03-01", ["lead_ids": [lead.ref]])
        try company.create(
            "activities",
            [
                "deal_id": other.ref, "lead_id": lead.ref, "type": "email", "content_id": try content("Other").ref,
                "occurred_at": "2026-03-02T00:00:00Z",
            ])
        try win(deal, "03-11")
        let expected: [(question: String, titles: Set<String>)] = [
            ("", ["Case: 1", "Edge: 1", "New: 1"]), ("lookback_days=89", ["Case: 1", "New: 1"]),
            ("lookback_days=100", ["Case: 1", "Edge: 1", "New: 1", "Old: 1"]),
        ]
        for row in expected {
            let asked = row.question + (row.question.isEmpty ? "" : "&") + "group_by=content"
            #expect(Set(try company.groups("content_influence", asked)) == row.titles)
            #expect(
                Set(try influence(row.question).compactMap { $0["labels"]?["content"]?.text.map { $0 + ": 1" } })
                    == row.titles)
        }
        // Of what is recommended none is recommended again, whenever it was seen.
        let facts = Facts(of: company.view)
        #expect(facts.contents(usedOn: deal).count == 5)
        #expect(facts.outcomesByContent().count == 3)
    }

    @Test("of objections are by name where as many are of each, whichever was met first")
    func orderOfObjections() throws {
        let deal = try deal(1000)
        for category in ["trust", "price", "timing", "legal"] {
            try company.create("objections", ["deal_id": deal.ref, "category": .string(category)])
        }
        let told = try ObjectionReport.answer(try Question(""), in: Facts(of: company.view))["groups"]?.elements ?? []
        #expect(told.map { $0["key"]?["category"]?.text } == ["legal", "price", "timing", "trust"])
    }

    @Test("are set beside those that came as far in the same pipeline by then, whatever became of them since")
    func contentByPipeline() throws {
        func pipeline(_ names: String...) throws -> Record {
            let stages = names.map { JSON.object([.init("name", .string($0)), .init("win_percent", 50)]) }
            return try company.create("pipelines", ["name": .string(names[0]), "stages": .array(stages)])
        }
        let (short, long) = (try pipeline("call", "signature"), try pipeline("visit", "tender", "nego"))
        let content = try content("Case")
        // As far along, and of another pipeline: all are won.
        for _ in 0..<4 {
            let deal = try deal(1000, "03-01", ["pipeline_id": short.ref])
            try move(deal, "signature", "03-05")
            try win(deal, "03-10")
        }
        var lost: [Record] = []
        for place in 0..<4 {
            let deal = try deal(1000, "03-01", ["pipeline_id": long.ref])
            try move(deal, "tender", "03-05")
            if place < 2 { try use(content, on: deal, "03-06") }
            if place == 0 { try win(deal, "03-10") } else { try lose(deal, "03-10") }
            if place > 1 { lost.append(deal) }
        }
        func told() throws -> [Double?] {
            let line = try influence("as_of=2026-04-01").first
            let difference = line?["difference"]
            return ["value", "numerator", "denominator"].map { difference?[$0]?.double }
                + [line?["not_used"]?["value"]?.double, line?["not_used"]?["denominator"]?.double]
        }
        #expect(try told() == [0.5, 1, 2, 0, 2])
        try company.act("reopen", lost[0], ["stage": "nego", "at": "2026-05-01T00:00:00Z"])
        #expect(try told() == [0.5, 1, 2, 0, 2])
    }

    @Test("know every content that an objection was answered with, in whatever order that is told")
    func answersWithContents() throws {
        let deal = try deal(1000)
        let objection = try company.create(
            "objections", ["deal_id": deal.ref, "category": "price", "raised_at": "2026-03-01T00:00:00Z"])
        for (name, day) in [("A", "04"), ("B", "06"), ("C", "05"), ("D", "20")] {
            let content = try content(name)
            try company.act(
                "answer", objection,
                ["answer": "x", "content_id": content.ref, "at": .string("2026-03-\(day)T00:00:00Z")])
        }
        try win(deal, "03-10")
        let expected: Set = ["A: 1", "B: 1", "C: 1"]
        #expect(Set(try company.groups("content_influence", "group_by=content")) == expected)
        #expect(try company.groups("objections_answered", "group_by=content&as_of=2026-03-07") == ["B: 1"])
    }

    @Test("count a deal once, however many contents it used, unless they are told one by one")
    func contentsOfOneDeal() throws {
        let contents = try ["A", "B"].map { try content($0) }
        let deals = try (0..<2).map { _ in try deal(1000) }
        for content in contents { try use(content, on: deals[0], "03-06") }
        try use(contents[0], on: deals[1], "03-06")
        try win(deals[0], "03-10")
        try lose(deals[1], "03-10")
        let whole = try company.ask("content_influence")
        #expect(whole["numerator"] == 1 && whole["denominator"] == 2)
        #expect(try company.rows("content_influence").count == 2)
        #expect(Set(try company.groups("content_influence", "group_by=content")) == ["A: 0.5", "B: 1"])
        let byContent = try company.ask("content_influence", "group_by=content")
        #expect(byContent["numerator"] == 1 && byContent["denominator"] == 2, "as its rows are")
    }

    @Test("compare deals by the stage that they came to themselves, not by those that a win implies")
    func contentInfluenceOfTheWon() throws {
        let content = try content("Case")
        // None went beyond prospecting: of two with it one is won, of two without it one.
        for place in 0..<4 {
            let deal = try deal(1000)
            if place < 2 { try use(content, on: deal, "03-06") }
            if place.isMultiple(of: 2) { try win(deal, "03-10") } else { try lose(deal, "03-10") }
        }
        let line = try #require(try influence().first)
        #expect(line["used"]?["value"]?.double == 0.5)
        #expect(line["not_used"]?["value"]?.double == 0.5)
        // The one that came to the stages of a win differs from the one that came to none in nothing but its end.
        let other = try self.content("Sheet")
        for _ in 1...2 {
            let deal = try deal(1000)
            try use(other, on: deal, "03-06")
            try lose(deal, "03-10")
        }
        let sheet = try #require(try influence().first { $0["labels"]?["content"] == "Sheet" })
        #expect(sheet["not_used"]?["value"]?.double == 0.5)
    }

    @Test("are no surer than the few deals are that most of the comparison rests on")
    func boundsOfFew() throws {
        let content = try content("Case")
        // Of ten that used it nine came far, where one other did; of those that came nowhere one did of twenty.
        for place in 0..<10 {
            let deal = try deal(1000)
            if place < 9 { try move(deal, "negotiation", "03-05") }
            try use(content, on: deal, "03-06")
            if place < 5 { try win(deal, "03-10") } else { try lose(deal, "03-10") }
        }
        let alone = try deal(1000)
        try move(alone, "negotiation", "03-05")
        try win(alone, "03-10")
        for _ in 0..<20 { try lose(deal(1000), "03-10") }
        let line = try #require(try influence().first)
        #expect(line["used"]?["value"]?.double == 0.5)
        #expect(line["not_used"]?["value"]?.double == 0.9)
        #expect(line["not_used"]?["denominator"] == 21)
        // 10² ÷ (9² ÷ 1 + 1² ÷ 20).
        let size = try #require(line["not_used"]?["effective_sample_size"]?.double)
        #expect(abs(size - 100 / 81.05) < 1e-12)
        // Wilson's bounds of 0.9 of 1.2338 are 0.198 and 0.997, Newcombe's of the difference 0.5 − 0.9.
        let bounds = ["low", "high"].compactMap { line["not_used"]?["interval"]?[$0]?.double }
        #expect(zip(bounds, [0.1975, 0.9970]).allSatisfy { abs($0 - $1) < 1e-3 }, "\(bounds)")
        let difference = ["low", "high"].compactMap { line["difference"]?[$0]?.double }
        #expect(zip(difference, [-0.6807, 0.3502]).allSatisfy { abs($0 - $1) < 1e-3 }, "\(difference)")
    }

    @Test("compare a deal that went back and forth with those that came as far")
    func contentInfluenceAfterReturn() throws {
        let content = try content("Case")
        let used = try deal(1000)
        try move(used, "qualified", "03-02")
        try company.act("move", used, ["stage": "prospecting", "at": "2026-03-03T00:00:00Z"])
        try move(used, "qualified", "03-04")
        try use(content, on: used, "03-05")
        try lose(used, "03-10")
        let other = try deal(1000)
        try move(other, "qualified", "03-02")
        try lose(other, "03-10")
        let line = try #require(try influence().first)
        #expect(line["not_used"]?["denominator"] == 1)
    }

    @Test("compare alike: what nobody came as far without is on neither side")
    func contentInfluenceOfTheFar() throws {
        let content = try content("Case")
        // Beside the used one that was lost early there is one not used; beside those that came far there is none.
        for place in 0..<4 {
            let deal = try deal(1000)
            if place > 1 { for stage in ["qualified", "proposal", "negotiation"] { try move(deal, stage, "03-02") } }
            if place != 1 { try use(content, on: deal, "03-06") }
            if place > 1 { try win(deal, "03-10") } else { try lose(deal, "03-10") }
        }
        let line = try #require(try influence().first)
        #expect(line["used"]?["value"]?.double == 2.0 / 3)
        #expect(line["not_used"]?["value"]?.double == 0)
        #expect(line["difference"]?["value"]?.double == 0)
    }
}
