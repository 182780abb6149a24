import Domain
import JSON
import Metrics
import Store
import Testing

/// What was told later, twice or of others, and moves no figure that was settled.
@Suite("A figure that was settled")
struct SettledTests {
    let company: Company

    init() throws { company = try Company(at: "2026-10-01T00:00:00Z") }

    private func euros(_ amount: Int64, _ currency: JSON = "EUR") -> JSON {
        ["amount": .integer(amount), "currency": currency]
    }

    private func lead(_ channel: JSON = "search", _ captured: JSON = "2026-01-01T00:00:00Z") throws -> Record {
        try company.create(
            "leads", ["name": "A", "stage": "mql", "captured_at": captured, "source": ["channel": channel]])
    }

    private func touch(_ lead: Record, _ channel: JSON, _ at: JSON = "2026-01-10T00:00:00Z") throws {
        try company.create(
            "touches", ["lead_id": lead.ref, "type": "click", "channel": channel, "occurred_at": at])
    }

    private func won(
        _ leads: [Record], _ amount: JSON, at: JSON = "2026-02-01T00:00:00Z"
    ) throws -> Record {
        let deal = try company.create(
            "deals",
            [
                "name": "D", "lead_ids": .array(leads.map(\.ref)), "amount": amount,
                "opened_at": "2026-01-15T00:00:00Z",
            ])
        return try company.act("win", deal, ["at": at])
    }

    @Test(
        "is compared with the same days a year before, of a leap day's too",
        arguments: [
            ("from=2024-02-28&to=2024-02-29", "2023-02-28", "2023-03-01"),
            ("from=2024-02-01&to=2024-02-29", "2023-02-01", "2023-03-01"),
            ("from=2024-02-29&to=2024-03-01", "2023-02-28", "2023-03-01"),
            ("from=2025-02-01&to=2025-03-01", "2024-02-01", "2024-03-01"),
            ("from=2025-02-28&to=2025-03-01", "2024-02-28", "2024-02-29"),
            ("from=2025-02-22&to=2025-03-01", "2024-02-22", "2024-02-29"),
            ("from=2025-01-15&to=2025-03-15", "2024-01-15", "2024-03-15"),
        ])
    func yearBefore(question: String, from: String, to: String) throws {
        let previous = try company.ask("leads_created", question + "&compare=year")["previous"]
        #expect(previous?["from"]?.text == "\(from)T00:00:00Z")
        #expect(previous?["to"]?.text == "\(to)T00:00:00Z")
    }

    @Test("is compared with the same time of the same day where the clock was changed that day")
    func yearBeforeByTheClock() throws {
        // At noon in Berlin, ten hours after a midnight of 31 March 2024 and eleven after one of 2023.
        let question = "tz=Europe/Berlin&from=2024-03-01&to=2024-03-31T10:00:00Z&compare=year"
        let previous = try company.ask("leads_created", question)["previous"]
        #expect(previous?["to"]?.text == "2023-03-31T10:00:00Z")
    }

    @Test("tells business time in the hours that were agreed then")
    func agreedHours() throws {
        let hours: JSON = .array(
            ["monday", "tuesday", "wednesday", "thursday", "friday"].map {
                ["weekday": .string($0), "from": "09:00", "to": "17:00"]
            })
        let calendar = try company.create("calendars", ["name": "C", "time_zone": "UTC", "hours": hours])
        func agree(_ from: JSON, _ members: [JSON.Member]) throws {
            let agreement = try company.create(
                "agreements",
                .object(
                    [
                        .init("name", "A"), .init("effective_from", from),
                        .init("sales", ["answer_within_minutes": 120]),
                    ] + members))
            for side in ["sales", "marketing"] {
                try company.act("sign", agreement, ["department": .string(side), "at": "2026-01-01T00:00:00Z"])
            }
        }
        try agree("2026-01-01", [.init("calendar_id", calendar.ref)])
        let user = try company.create("users", ["name": "U", "role": "sales_manager"])
        // From Friday at half past four to Monday at ten.
        try company.act("handoff", lead(), ["to": user.ref, "at": "2026-03-06T16:30:00Z"])
        let handOff = try #require(company.view.records("handoffs", after: nil, limit: 1).first)
        try company.act("accept", handOff, ["at": "2026-03-09T10:00:00Z"])
        func minutes(_ more: String = "") throws -> Double? {
            try company.ask("handoff_answer_minutes", "from=2026-03-01&to=2026-04-01\(more)") {
                $0.inBusinessHours = true
            }["median"]?.double
        }
        #expect(try minutes() == 90)
        try agree("2026-09-01", [])
        #expect(try minutes() == 90)
        // Nor by one that is told to have been in force then.
        try agree("2026-02-01", [])
        #expect(try minutes() == 90)
        // What was given under none has no other hours than those of the clock.
        let early = try lead("search", "2025-01-01T00:00:00Z")
        try company.act("handoff", early, ["to": user.ref, "at": "2025-12-05T16:30:00Z"])
        let given = try #require(company.view.records("handoffs", where: "lead_id", is: .identifier(early.id)).first)
        try company.act("accept", given, ["at": "2025-12-08T10:00:00Z"])
        let told = try company.ask("handoff_answer_minutes", "from=2025-12-01&to=2026-01-01") {
            $0.inBusinessHours = true
        }
        #expect(told["median"]?.double == 3930)
        // Nor by what a calendar says later, as of a day before.
        company.setTime("2027-03-01T00:00:00Z")
        try company.patch(calendar, ["holidays": [["on": "2026-03-09"]], "time_zone": "Asia/Tokyo"])
        #expect(try minutes("&as_of=2027-02-28") == 90)
        company.setTime("2027-03-02T00:00:00Z")
        #expect(try minutes("&as_of=2027-03-02") == 0)
    }

    @Test("tells leads promised as of a day from when the agreement was in force by its calendar then")
    func promisedFrom() throws {
        let hours: JSON = [["weekday": "monday", "from": "09:00", "to": "17:00"]]
        let calendar = try company.create(
            "calendars", ["name": "C", "time_zone": "America/New_York", "hours": hours])
        let agreement = try company.create(
            "agreements",
            [
                "name": "A", "effective_from": "2026-03-01", "calendar_id": calendar.ref,
                "marketing": ["leads_per_month": 31], "sales": ["answer_within_minutes": 60],
            ])
        for side in ["sales", "marketing"] {
            try company.act("sign", agreement, ["department": .string(side), "at": "2026-01-01T00:00:00Z"])
        }
        func promised(_ day: String) throws -> Double? {
            let answer = try company.ask("agreement_compliance", "from=2026-03-01&to=2026-03-02&as_of=\(day)")
            return answer["parts"]?["leads_promised"]?.double
        }
        company.setTime("2027-03-01T00:00:00Z")
        let before = try promised("2027-02-28")
        #expect(before.map { $0 < 1 } == true)
        try company.patch(calendar, ["time_zone": "UTC"])
        company.setTime("2027-03-02T00:00:00Z")
        #expect(try promised("2027-02-28") == before)
        #expect(try promised("2027-03-02") == 1)
    }

    @Test("counts a lead once that a deal names twice")
    func namedTwice() throws {
        let (first, second) = (try lead(), try lead("email"))
        try touch(first, "search")
        try touch(second, "email")
        let deal = try won([first, first, second], euros(900))
        #expect(deal["lead_ids"].elements.count == 2)
        var question = try Question("group_by=channel")
        question.options.model = .linear
        let report = try AttributionReport.answer(question, in: Facts(of: company.view))
        #expect(report["groups"]?.elements?.map { $0["value"]?["amount"] } == [450, 450])
    }

    @Test("of discounts goes by the rate of the close, as revenue does")
    func discount() throws {
        try company.create("settings", ["name": "A", "base_currency": "EUR"])
        func rate(_ rate: Double, _ on: JSON) throws {
            try company.create("exchange_rates", ["from": "USD", "to": "EUR", "on": on, "rate": .number(rate)])
        }
        try rate(0.5, "2026-01-01")
        for (list, amount, currency) in [(2000, 1700, "USD"), (1000, 1000, "EUR")] as [(Int64, Int64, JSON)] {
            let product = try company.create("products", ["name": "P", "list_price": euros(list, currency)])
            let line: JSON = [["product_id": product.ref, "quantity": 1]]
            let deal = try company.create(
                "deals",
                ["name": "D", "lines": line, "amount": euros(amount, currency), "opened_at": "2026-01-15T00:00:00Z"])
            try company.create(
                "offers",
                [
                    "deal_id": deal.ref, "lines": line, "amount": euros(amount, currency),
                    "offered_at": "2026-01-16T00:00:00Z",
                ])
            try company.act("win", deal, ["at": "2026-02-01T00:00:00Z"])
        }
        try company.create("exchange_rates", ["from": "EUR", "to": "GBP", "on": "2026-01-01", "rate": 0.8])
        let questions = ["", "currency=GBP"]
        let before = try questions.map { try company.ask("discount_given", $0) }
        #expect(before.map { $0["value"]?.double } == [0.075, 0.075])
        try rate(2, "2026-01-20")
        let after = try questions.map { try company.ask("discount_given", $0) }
        #expect(after.map { $0["parts"] } == before.map { $0["parts"] })
    }

    @Test("is told by what it was frozen at, also when the company takes another currency")
    func otherBase() throws {
        let settings = try company.create("settings", ["name": "A", "base_currency": "EUR"])
        for (from, to, rate) in [("JPY", "EUR", 0.006), ("EUR", "GBP", 0.8), ("EUR", "USD", 1.25)]
            as [(JSON, JSON, JSON)]
        {
            try company.create("exchange_rates", ["from": from, "to": to, "on": "2026-01-01", "rate": rate])
        }
        _ = try won([], euros(5000, "JPY"), at: "2026-02-01T00:00:00Z")
        let questions = ["currency=EUR", "currency=GBP", "currency=USD"]
        func revenue() throws -> [Int64?] { try questions.map { try company.ask("revenue", $0)["value"]?.amount } }
        #expect(try revenue() == [3000, 2400, 3750])
        try company.patch(settings, ["base_currency": "USD"])
        #expect(try revenue() == [3000, 2400, 3750])
        #expect(try company.ask("revenue")["value"]?.amount == 3750)
    }

    @Test("goes by the newest rate of the day or before, in whichever direction it was told")
    func newestRate() throws {
        try company.create("settings", ["name": "A", "base_currency": "EUR"])
        try company.create("exchange_rates", ["from": "USD", "to": "EUR", "on": "2026-01-01", "rate": 0.5])
        try company.create("exchange_rates", ["from": "EUR", "to": "USD", "on": "2026-02-01", "rate": 1.25])
        for (at, amount) in [("2026-01-31T00:00:00Z", 500), ("2026-02-01T00:00:00Z", 800)] as [(JSON, Int64)] {
            let deal = try won([], euros(1000, "USD"), at: at)
            #expect(deal["base_amount"].money?.amount == amount)
        }
        // Asked for in another currency than the one it was frozen in, by the book of rates.
        #expect(try company.ask("revenue", "currency=USD")["value"]?["amount"] == 2000)
        let dollars = try company.ask("revenue", "currency=USD&from=2026-02-01")["value"]?["amount"]
        #expect(dollars == 1000)
    }

    @Test("of tasks has those that were done, and of a deal what was done with whomever")
    func activities() throws {
        func sourced() throws -> JSON? {
            try company.ask("marketing_sourced_revenue", "definition=before_sales")["value"]?["amount"]
        }
        let (one, other) = (try lead(), try lead())
        try touch(one, "search", "2026-01-20T00:00:00Z")
        let user = try company.create("users", ["name": "U", "role": "sales_manager"])
        let content = try company.create("contents", ["title": "C", "kind": "article", "status": "published"])
        let deal = try won([one], euros(1000))
        func act(_ type: JSON, _ lead: JSON = nil) throws -> Record {
            try company.create(
                "activities",
                [
                    "type": type, "deal_id": deal.ref, "lead_id": lead, "user_id": user.ref, "content_id": content.ref,
                    "occurred_at": "2026-01-16T00:00:00Z",
                ])
        }
        func usedCount() throws -> JSON? {
            try company.ask("content_influence", "content=\(content.idText)")["denominator"]
        }
        #expect(try sourced() == 1000)
        let task = try act("task")
        #expect(try sourced() == 1000)
        #expect(try usedCount() == 0)
        try company.act("complete", task, ["at": "2026-01-17T00:00:00Z"])
        #expect(try sourced() == 0)
        #expect(try usedCount() == 1)
        try company.delete(task)
        #expect(try sourced() == 1000)
        // With somebody whom the deal does not name.
        _ = try act("call", other.ref)
        #expect(try sourced() == 0)
        #expect(try usedCount() == 1)
        #expect(try company.ask("first_contact_minutes")["n"] == 0)
    }

    @Test("of stages goes by the pipeline as it was")
    func editedPipeline() throws {
        let stages: [JSON] = ["prospecting", "qualified", "proposal"].map { ["name": .string($0), "win_percent": 10] }
        let pipeline = try company.create("pipelines", ["name": "P", "stages": .array(stages)])
        let deal = try company.create(
            "deals",
            [
                "name": "D", "pipeline_id": pipeline.ref, "amount": euros(1), "opened_at": "2026-01-05T00:00:00Z",
            ])
        try company.act("move", deal, ["stage": "qualified", "at": "2026-01-10T00:00:00Z"])
        try company.act("move", deal, ["stage": "prospecting", "at": "2026-01-20T00:00:00Z"])
        let told = ["prospecting: 1", "qualified: 0"]
        #expect(try company.groups("stage_conversion", "group_by=stage&to=2026-10-02") == told)
        company.setTime("2026-10-05T00:00:00Z")
        try company.patch(pipeline, ["stages": .array([stages[0], stages[2]])])
        #expect(try company.groups("stage_conversion", "group_by=stage&to=2026-10-02") == told)
    }

    @Test("of stages are each pipeline's own, though two have a stage of one name")
    func movedPipeline() throws {
        func pipeline(_ names: [String]) throws -> Record {
            let stages = names.map { JSON.object([.init("name", .string($0)), .init("win_percent", 10)]) }
            return try company.create("pipelines", ["name": .string(names[0]), "stages": .array(stages)])
        }
        let (old, new) = (try pipeline(["new", "demo", "quote"]), try pipeline(["demo", "new", "last"]))
        func deal(in pipeline: Record, stage: String) throws -> Record {
            try company.create(
                "deals",
                [
                    "name": "D", "pipeline_id": pipeline.ref, "stage": .string(stage), "amount": euros(1),
                    "opened_at": "2026-01-05T00:00:00Z",
                ])
        }
        for _ in 1...5 {
            let quick = try deal(in: new, stage: "new")
            try company.act("move", quick, ["stage": "last", "at": "2026-01-10T00:00:00Z"])
        }
        let deal = try deal(in: old, stage: "new")
        func move(to stage: JSON, in pipeline: Record, at time: JSON) throws {
            try company.act("move", deal, ["stage": stage, "pipeline_id": pipeline.ref, "at": time])
        }
        try move(to: "demo", in: old, at: "2026-02-01T00:00:00Z")
        let question = "group_by=stage&from=2026-01-05&to=2026-01-06"
        #expect(try company.groups("stage_conversion", question).contains("new: 1"))
        try move(to: "demo", in: new, at: "2026-03-01T00:00:00Z")
        #expect(try company.groups("stage_conversion", question).contains("new: 1"))
        try move(to: "new", in: new, at: "2026-04-01T00:00:00Z")
        let days = try company.ask("stage_days", "stage=new&as_of=2026-04-02")
        #expect(days["n"] == 7 && days["censored"] == 1)
        #expect(try company.ask("deals_aging", "stage=new&as_of=2026-04-02")["numerator"] == 0)
    }

    @Test("as of a day are those of before, where two companies were merged and parted")
    func parted() throws {
        let kept = try company.create("accounts", ["name": "A"])
        let other = try company.create("accounts", ["name": "B", "industry": "Food"])
        for (account, amount) in [(kept, 1000), (other, 7000)] as [(Record, Int64)] {
            try company.create(
                "purchases",
                [
                    "account_id": account.ref, "kind": "new", "amount": euros(amount),
                    "occurred_at": "2026-03-01T00:00:00Z",
                ])
        }
        let question = "group_by=industry&as_of=2026-09-01"
        let before = try company.groups("revenue", question)
        try company.act("merge", kept, ["from": other.ref])
        let merged = try company.groups("revenue", question)
        #expect(merged == ["Food: 80"])
        let merge = try #require(company.view.records("merges", after: nil, limit: 1).first)
        // What else is changed of it meanwhile stays.
        let owner = try company.create("users", ["name": "Rosa", "role": "sales_manager"])
        try company.patch(kept, ["owner_id": owner.ref])
        company.setTime("2026-10-06T00:00:00Z")
        try company.act("unmerge", merge)
        #expect(try company.groups("revenue", "group_by=owner") == ["Rosa: 10", "none: 70"])
        #expect(try company.groups("revenue", question) == before)
        #expect(try company.groups("revenue", "group_by=industry") == before)
    }

    @Test("as of a day between a merge and its end is of what the company was that day")
    func changedWhileMerged() throws {
        let accounts = try (1...2).map { _ in try company.create("accounts", ["name": "A", "industry": "Steel"]) }
        try company.create(
            "purchases",
            [
                "account_id": accounts[0].ref, "kind": "new", "amount": euros(1000),
                "occurred_at": "2026-03-01T00:00:00Z",
            ])
        let merge = try company.act("merge", accounts[0], ["from": accounts[1].ref])
        for (day, industry) in [("02", "Food"), ("04", "Steel")] as [(String, JSON)] {
            company.setTime("2026-10-\(day)T00:00:00Z")
            try company.patch(accounts[0], ["industry": industry])
        }
        company.setTime("2026-10-06T00:00:00Z")
        try company.act("unmerge", merge)
        for (day, industry) in [("01", "Steel"), ("03", "Food"), ("05", "Steel")] {
            let told = try company.groups("revenue", "group_by=industry&as_of=2026-10-\(day)T12:00:00Z")
            #expect(told == ["\(industry): 10"])
        }
    }

    @Test("by the markov model has the journeys that who asks may see")
    func markovOfWhatIsSeen() throws {
        func attributed() throws -> [JSON?] {
            var question = try Question("group_by=channel")
            question.options.model = .markov
            question.sees = { $0["name"].text != "hidden" }
            let groups = try AttributionReport.answer(question, in: Facts(of: company.view))["groups"]?.elements ?? []
            return groups.map { $0["value"]?["amount"] }
        }
        let buyer = try lead()
        try touch(buyer, "search", "2026-01-05T00:00:00Z")
        try touch(buyer, "email", "2026-01-06T00:00:00Z")
        _ = try won([buyer], euros(2000))
        try touch(lead(), "search")
        let before = try attributed()
        let hidden = try company.create("leads", ["name": "hidden", "captured_at": "2026-01-01T00:00:00Z"])
        for _ in 1...3 { try touch(hidden, "search") }
        #expect(try attributed() == before)
    }

    @Test("of a deal whose opening nobody knows begins with what is known")
    func unknownOpening() throws {
        let deal = try company.create("deals", ["name": "D", "amount": euros(100), "opened_at": nil])
        try company.act("win", deal, ["at": "2026-03-01T00:00:00Z"])
        let known = try company.create(
            "deals", ["name": "D", "amount": euros(100), "opened_at": "2026-02-01T00:00:00Z"])
        try company.act("win", known, ["at": "2026-02-11T00:00:00Z"])
        let days = try company.ask("stage_days")
        #expect(days["n"] == 1 && days["mean"]?.double == 10)
        #expect(try company.ask("stage_conversion")["value"]?.double == 1)
        #expect(try company.ask("deals_won")["value"] == 2)
        // One that is open since nobody knows when counts from when it was told of.
        try company.create("deals", ["name": "D", "amount": euros(100), "opened_at": nil])
        company.setTime("2026-10-05T00:00:00Z")
        #expect(try company.ask("stage_days", "as_of=2026-10-04")["n"] == 2)
    }

    @Test("of a quota is by one goal, though both departments set one")
    func goals() throws {
        _ = try won([], euros(1000))
        func goal(
            _ department: JSON, _ target: Int64, from: JSON = "2026-01-01", to: JSON = "2027-01-01"
        ) throws {
            try company.create(
                "goals",
                [
                    "name": "G", "department": department, "metric": "revenue", "from": from,
                    "to": to, "target_amount": euros(target),
                ])
        }
        func attained() throws -> Double? {
            try company.ask("quota_attainment", "from=2026-01-01&to=2027-01-01")["value"]?.double
        }
        try goal("marketing", 4000)
        #expect(try attained() == 0.25)
        try goal("sales", 2000)
        #expect(try attained() == 0.5)
        // Of sales' parts the sum, whatever the other has for the whole.
        try goal("marketing", 9000, to: "2028-01-01")
        try goal("sales", 3000, from: "2027-01-01", to: "2028-01-01")
        #expect(try company.ask("quota_attainment", "from=2026-01-01&to=2028-01-01")["value"]?.double == 0.2)
    }

    @Test("of followers is one audience, however it is grouped")
    func followers() throws {
        for (on, count) in [("2026-01-31", 1000), ("2026-02-28", 2000)] as [(JSON, JSON)] {
            for (measure, value) in [("follows", count), ("likes", 100)] as [(JSON, JSON)] {
                try company.create(
                    "observations",
                    ["measure": measure, "channel": "social_media", "on": on, "value": value])
            }
        }
        let question = "from=2026-01-01&to=2026-03-01"
        let whole = try company.ask("social_engagement_rate", question) { $0.perFollowers = true }
        let grouped = try company.ask("social_engagement_rate", question + "&group_by=month") {
            $0.perFollowers = true
        }
        #expect(whole["value"]?.double == 0.1)
        #expect(grouped["value"] == whole["value"])
    }

    @Test("of worth by cost is none where nobody was won")
    func nobodyWon() throws {
        try company.create("settings", ["name": "A", "base_currency": "EUR", "gross_margin_percent": 50])
        try company.create(
            "observations", ["measure": "spend", "channel": "email", "on": "2026-02-01", "amount": euros(100)])
        let answer = try company.ask("ltv_to_cac", "from=2026-02-01&to=2026-03-01")
        #expect(answer["value"] == .null && answer["reason"]?.text == "nobody was won in the period")
    }

    @Test("of first contacts owes none to who was rejected")
    func contactInTime() throws {
        let user = try company.create("users", ["name": "U", "role": "sales_manager"])
        let (accepted, rejected) = (try lead(), try lead())
        for (lead, answer, input) in [
            (accepted, "accept", [:]), (rejected, "reject", ["reason": "far", "reason_code": "wrong_region"]),
        ] as [(Record, String, JSON)] {
            try company.act("handoff", lead, ["to": user.ref, "at": "2026-03-06T16:00:00Z"])
            let handOff = try #require(
                company.view.records("handoffs", where: "lead_id", is: .identifier(lead.id)).first)
            try company.act(
                answer, handOff, .object([.init("at", "2026-03-06T17:00:00Z")] + (input.members ?? [])))
        }
        let told = try company.ask("first_contact_minutes")
        // A minute after the answer of the accepted one was due, neither was contacted.
        #expect(told["n"] == 2 && told["share_in_time"]?.double == 0)
        try company.create(
            "activities",
            [
                "type": "call", "direction": "outbound", "lead_id": accepted.ref, "user_id": user.ref,
                "occurred_at": "2026-03-06T18:00:00Z",
            ])
        let contacted = try company.ask("first_contact_minutes")
        #expect(contacted["share_in_time"]?.double == 1)
        // The rejected one was watched until its rejection, so that the half of those watched longer is known.
        #expect(contacted["censored"] == 1 && contacted["median"] != .null, "\(contacted)")
        // A call after it is none of that hand-off.
        try company.create(
            "activities",
            [
                "type": "call", "direction": "outbound", "lead_id": rejected.ref, "user_id": user.ref,
                "occurred_at": "2026-03-20T18:00:00Z",
            ])
        #expect(try company.ask("first_contact_minutes")["censored"] == 1)
    }

    static let leavings: [(act: String, at: String, late: Bool)] = [
        // The contact was due an hour after it was accepted.
        ("recycle", "17:30", false), ("disqualify", "17:30", false), ("recycle", "18:30", true),
        ("disqualify", "18:30", true),
    ]

    @Test("of first contacts owes none to who is marketing's again or out", arguments: leavings)
    func contactOfGone(_ row: (act: String, at: String, late: Bool)) throws {
        let agreement = try company.create(
            "agreements",
            [
                "name": "A", "effective_from": "2026-01-01",
                "sales": ["answer_within_minutes": 600, "contact_within_minutes": 60],
            ])
        for side in ["sales", "marketing"] {
            try company.act("sign", agreement, ["department": .string(side), "at": "2026-01-01T00:00:00Z"])
        }
        let user = try company.create("users", ["name": "U", "role": "sales_manager"])
        let lead = try lead()
        try company.act("handoff", lead, ["to": user.ref, "at": "2026-03-06T16:00:00Z"])
        let handOff = try #require(company.view.records("handoffs", where: "lead_id", is: .identifier(lead.id)).first)
        try company.act("accept", handOff, ["at": "2026-03-06T17:00:00Z"])
        try company.act(row.act, lead, ["reason": "a student", "at": .string("2026-03-06T\(row.at):00Z")])
        let told = try company.ask("first_contact_minutes")
        #expect(told["censored"] == 1 && told["share_in_time"]?.double == (row.late ? 0 : nil), "\(told)")
        let rows = try company.rows("first_contact_minutes")
        #expect(rows.map { $0["minutes"]?.double } == [row.at == "17:30" ? 90 : 150])
        // A call after it is none of that hand-off.
        try company.create(
            "activities",
            [
                "type": "call", "direction": "outbound", "lead_id": lead.ref, "user_id": user.ref,
                "occurred_at": "2026-03-20T18:00:00Z",
            ])
        #expect(try company.ask("first_contact_minutes")["censored"] == 1)
    }

    @Test("of mails has those that were sent")
    func mails() throws {
        let content = try company.create("contents", ["title": "C", "kind": "email", "status": "published"])
        let nurture = try company.create(
            "nurtures",
            ["name": "N", "status": "active", "steps": [["kind": "send", "content_id": content.ref, "subject": "S"]]])
        let leads = try (1...3).map { _ in
            try company.create(
                "leads",
                ["name": "A", "captured_at": "2026-01-01T00:00:00Z", "consent": ["email": "granted"]])
        }
        for lead in leads { try company.act("enroll", nurture, ["lead_id": lead.ref]) }
        try company.fire(at: "2026-10-02T00:00:00Z")
        let touches = company.view.records("touches", after: nil, limit: 10)
        #expect(touches.count == 3)
        for (touch, failure) in zip(touches, [nil, "no such user"]) {
            try company.perform { transaction throws(Refusal) in
                _ = try Delivery.settle(touch.id, failure: failure, in: &transaction)
            }
        }
        company.setTime("2026-10-05T00:00:00Z")
        for lead in leads { _ = try won([lead], euros(1), at: "2026-10-04T00:00:00Z") }
        #expect(try company.ask("email_bounce_rate")["denominator"] == 1)
        // A mail that was sent is no content that was used; one that was followed is.
        #expect(try company.ask("content_influence", "content=\(content.idText)")["denominator"] == 0)
        for type in ["email_bounce", "email_click"] {
            try company.create(
                "touches",
                [
                    "lead_id": leads[0].ref, "type": .string(type), "channel": "email", "content_id": content.ref,
                    "occurred_at": "2026-10-03T00:00:00Z",
                ])
            let used = try company.ask("content_influence", "content=\(content.idText)")["denominator"]
            #expect(used == (type == "email_click" ? 1 : 0))
        }
    }

    @Test("of new customers who come later is unfinished until they have come")
    func lag() throws {
        try company.create("settings", ["name": "A", "base_currency": "EUR", "gross_margin_percent": 50])
        try company.create(
            "observations", ["measure": "spend", "channel": "email", "on": "2026-08-20", "amount": euros(100)])
        _ = try won([lead()], euros(1), at: "2026-09-01T00:00:00Z")
        func unfinished(_ lag: Int64) throws -> JSON? {
            try company.ask("customer_acquisition_cost", "from=2026-08-01&to=2026-09-01&as_of=2026-10-01") {
                $0.lagDays = lag
            }["unfinished"]
        }
        #expect(try unfinished(10) == nil)
        #expect(try unfinished(45) != nil)
    }

    @Test("before and after an insight is of the content that it was applied to")
    func effectOfContent() throws {
        let lead = try lead("search", "2026-01-01T00:00:00Z")
        let contents = try ["A", "B"].map { try company.create("contents", ["title": .string($0), "kind": "email"]) }
        // Of the one each mail is clicked after, of the other each before.
        for (place, content) in contents.enumerated() {
            for (month, isClicked) in [("05", place == 1), ("06", place == 0)] {
                for type in ["email_delivered", "email_click"] where type == "email_delivered" || isClicked {
                    try company.create(
                        "touches",
                        [
                            "lead_id": lead.ref, "type": .string(type), "channel": "email",
                            "content_id": content.ref, "occurred_at": .string("2026-\(month)-10T00:00:00Z"),
                        ])
                }
            }
        }
        let insight = try company.create(
            "insights", ["kind": "request", "quote": "x", "heard_at": "2026-01-02T00:00:00Z"])
        try company.act("triage", insight, ["at": "2026-06-01T00:00:00Z"])
        try company.act(
            "apply", insight,
            ["at": "2026-06-01T00:00:00Z", "metric": "email_click_rate", "content_id": contents[0].ref])
        let effect = try #require(
            try Effect.json(
                of: company.now(insight), days: 30, at: instant("2026-08-01T00:00:00Z"), in: Facts(of: company.view)))
        #expect(effect["scope"] == ["content": .string(contents[0].idText)])
        #expect(effect["before"]?["value"]?.double == 0 && effect["after"]?["value"]?.double == 1, "\(effect)")
        #expect(effect["change_interval"] == .null, "clicks are no share of mails")
    }

    @Test("before and after an insight had as long to ripen")
    func effect() throws {
        // Of each day's lead the deal is won twenty days later.
        for day in 0..<90 {
            let lead = try lead("search", .string(Day(number: 20_600 + Int32(day)).description + "T00:00:00Z"))
            let deal = try company.create(
                "deals",
                [
                    "name": "D", "lead_ids": [lead.ref], "amount": euros(1),
                    "opened_at": .string(Day(number: 20_600 + Int32(day)).description + "T00:00:00Z"),
                ])
            let end = Day(number: 20_620 + Int32(day))
            if end < Day(number: 20_690) {
                try company.act("win", deal, ["at": .string(end.description + "T00:00:00Z")])
            }
        }
        let insight = try company.create(
            "insights", ["kind": "request", "quote": "More of it", "heard_at": "2026-01-02T00:00:00Z"])
        let content = try company.create("contents", ["title": "C", "kind": "article", "status": "published"])
        let applied = Day(number: 20_660).description + "T00:00:00Z"
        try company.act("triage", insight, ["at": .string(applied)])
        try company.act(
            "apply", insight,
            ["at": .string(applied), "note": "done", "metric": "conversion_rate", "content_id": content.ref])
        let effect = try #require(
            try Effect.json(
                of: company.now(insight), days: 30, at: instant(Day(number: 20_690).description + "T00:00:00Z"),
                in: Facts(of: company.view)))
        #expect(effect["before"]?["numerator"] == effect["after"]?["numerator"])
        #expect(abs(effect["change"]?.double ?? 1) < 1e-9, "\(effect)")
        let bounds = ["low", "high"].compactMap { effect["change_interval"]?[$0]?.double }
        #expect(bounds.count == 2 && bounds[0] < -0.1 && bounds[1] > 0.1, "\(effect)")
        #expect((effect["after"]?["unfinished"]?.wholeNumber ?? 0) > 0)
    }

    @Test("of hand-offs has those that went to somebody else as that one's to answer")
    func rerouted() throws {
        let users = try ["A", "B"].map {
            try company.create("users", ["name": .string($0), "role": "sales_representative"])
        }
        let agreement = try company.create(
            "agreements",
            [
                "name": "A", "effective_from": "2026-01-01",
                "sales": ["answer_within_minutes": 60, "reroute_after_minutes": 60],
                "marketing": ["leads_per_month": 20],
            ])
        for side in ["sales", "marketing"] { try company.act("sign", agreement, ["department": .string(side)]) }
        try company.create(
            "routing_rules", ["name": "R", "method": "round_robin", "user_ids": .array(users.map(\.ref))])
        company.setTime("2026-10-02T00:00:00Z")
        try company.act("handoff", lead(), ["to": users[0].ref])
        try company.fire(at: "2026-10-02T01:00:00Z")
        try company.fire(at: "2026-10-02T02:00:00Z")
        let handOffs = company.view.records("handoffs", after: nil, limit: 10)
        #expect(handOffs.map { $0["status"].text } == ["rerouted", "pending"])
        company.setTime("2026-10-12T00:00:00Z")
        #expect(try company.ask("handoff_acceptance")["pending"] == 1)
        let lengths = try company.rows("handoff_answer_minutes").map { $0["minutes"]?.double }
        #expect(lengths.first == 120, "what went to somebody else was watched until then")
        for (from, delivered) in [("2026-10-01T00:00:00Z", 1), ("2026-10-02T01:30:00Z", 0)] as [(String, Int64)] {
            let parts = try company.ask("agreement_compliance", "from=\(from)&to=2026-11-01")["parts"]
            #expect(parts?["leads_delivered"] == .integer(delivered), "marketing hands nobody over again")
        }
    }

    @Test("of an industry is that of the lead's account where the deal has none of its own")
    func industryOfLead() throws {
        let account = try company.create("accounts", ["name": "F", "industry": "food"])
        let lead = try company.create(
            "leads", ["name": "A", "account_id": account.ref, "captured_at": "2026-01-01T00:00:00Z"])
        _ = try won([lead], euros(1000))
        #expect(try company.groups("revenue", "group_by=industry") == ["food: 10"])
    }

    @Test("of days in a stage by its latest entry is of the period of that entry")
    func latestEntry() throws {
        let deal = try company.create(
            "deals", ["name": "D", "amount": euros(1), "opened_at": "2026-01-05T00:00:00Z"])
        for (stage, at) in [("qualified", "01-10"), ("prospecting", "03-01"), ("proposal", "03-04")] {
            try company.act("move", deal, ["stage": .string(stage), "at": .string("2026-\(at)T00:00:00Z")])
        }
        func days(_ period: String) throws -> JSON? {
            try company.ask("stage_days", "\(period)&stage=prospecting") { $0.isLatestEntry = true }["mean"]
        }
        #expect(try days("from=2026-03-01&to=2026-04-01")?.double == 3)
        #expect(try days("from=2026-01-01&to=2026-02-01") ?? .null == .null)
    }
}
