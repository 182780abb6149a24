import Domain
import JSON
import Metrics
import Store
import Testing

@Suite("Figures of both departments")
struct TogetherFiguresTests {
    let company: Company
    let rosa: Record

    init() throws {
        company = try Company(at: "2026-10-01T00:00:00Z")
        rosa = try company.create("users", ["name": "Rosa", "role": "sales_manager"])
    }

    private func time(_ on: String) -> JSON { .string("2026-\(on.count == 5 ? "\(on)T00:00" : on):00Z") }

    @discardableResult
    private func lead(_ captured: String, _ more: [String: JSON] = [:]) throws -> Record {
        try company.create(
            "leads", .fields(["name": "Ada", "stage": "mql", "captured_at": time(captured)], more))
    }

    @discardableResult
    private func handOff(_ lead: Record, _ on: String, _ more: [String: JSON] = [:]) throws -> Record {
        try company.create(
            "handoffs", .fields(["lead_id": lead.ref, "to": rosa.ref, "submitted_at": time(on)], more))
    }

    private func accept(_ handOff: Record, _ on: String) throws { try company.act("accept", handOff, ["at": time(on)]) }

    private func reject(_ handOff: Record, _ on: String, _ code: String = "not_ready") throws {
        try company.act("reject", handOff, ["at": time(on), "reason": "no", "reason_code": .string(code)])
    }

    private func touch(_ lead: Record, _ on: String, _ channel: String, _ type: String = "visit") throws {
        try company.create(
            "touches",
            [
                "lead_id": lead.ref, "channel": .string(channel), "type": .string(type), "occurred_at": time(on),
            ])
    }

    @discardableResult
    private func won(_ lead: Record?, _ on: String, _ amount: Int64 = 1000) throws -> Record {
        let deal = try company.create(
            "deals",
            [
                "name": "A", "amount": .euros(amount), "opened_at": time(on),
                "lead_ids": .array(lead.map { [$0.ref] } ?? []),
            ])
        return try company.act("win", deal, ["at": time(on)])
    }

    private func opened(_ on: String, _ amount: JSON = .euros(1000)) throws -> Record {
        try company.create("deals", ["name": "A", "amount": amount, "opened_at": time(on)])
    }

    private func value(_ metric: String, _ question: String = "") throws -> Double? {
        try company.ask(metric, question)["value"]?.double
    }

    // MARK: The agreement

    /// Leads a month from marketing, an answer within an hour from sales.
    private func agree(_ leads: Int64, from: String, scoreMin: Int64? = nil) throws {
        let marketing: [String: JSON] = scoreMin.map { ["score_min": .integer($0)] } ?? [:]
        let agreement = try company.create(
            "agreements",
            [
                "name": "A", "effective_from": .string("2026-\(from)"),
                "marketing": .fields(["leads_per_month": .integer(leads)], marketing),
                "sales": ["answer_within_minutes": 60],
            ])
        for department in ["sales", "marketing"] {
            try company.act("sign", agreement, ["department": .string(department), "at": "2026-01-01T00:00:00Z"])
        }
    }

    @Test("hold each side to what it promised, for half a month to half of it")
    func compliance() throws {
        // April has 30 days: 20 a month are 10 from the 16th on.
        try agree(20, from: "04-16")
        let april = "from=2026-04-01&to=2026-05-01"
        for day in 16...20 {
            let handOff = try handOff(lead("04-01"), "04-\(day)")
            // In time, to the minute; and four too late or not at all.
            if day == 16 { try accept(handOff, "04-16T01:00") }
            if day == 17 { try accept(handOff, "04-17T01:01") }
        }
        // Before there was an agreement nothing was promised.
        try accept(handOff(lead("04-01"), "04-10"), "04-11")
        let answer = try company.ask("agreement_compliance", april)
        #expect(answer["parts"]?["leads_promised"]?.double == 10)
        #expect(answer["parts"]?["leads_delivered"] == 5)
        #expect(answer["parts"]?["answers_due"] == 5)
        #expect(answer["parts"]?["answered_in_time"] == 1)
        // (5 ÷ 10 + 1 ÷ 5) ÷ 2.
        #expect(abs((answer["value"]?.double ?? 0) - 0.35) < 1e-12)
    }

    @Test("promise on any day for as much of the month as is gone")
    func complianceOnAnyDay() throws {
        try agree(30, from: "04-01")
        func promised(_ question: String) throws -> Double? {
            try company.ask("agreement_compliance", question)["parts"]?["leads_promised"]?.double
        }
        let quarter = "from=2026-04-01&to=2026-07-01"
        #expect(try promised("\(quarter)&as_of=2026-04-11") == 10)
        // The whole of April and a day of the 31 of May.
        #expect(try promised("\(quarter)&as_of=2026-05-02") == 30.968)
        #expect(try promised(quarter) == 90)
        #expect(try promised("from=2026-01-01&to=2026-04-01") == 0)
        try agree(60, from: "06-16")
        #expect(try promised(quarter) == 105)
    }

    @Test("count no over-delivery against the other side's failure")
    func overDelivery() throws {
        try agree(2, from: "04-01")
        for _ in 1...6 { try handOff(lead("04-01"), "04-10") }
        // min(1, 6 ÷ 2) and 0 ÷ 6.
        #expect(try value("agreement_compliance", "from=2026-04-01&to=2026-05-01") == 0.5)
    }

    @Test(
        "let no month's surplus pay for what another lacks", arguments: [(0, 2.0 / 6), (2, 4.0 / 6)] as [(Int, Double)])
    func surplusOfMonths(_ row: (inJune: Int, compliance: Double)) throws {
        try agree(2, from: "04-01")
        for _ in 1...6 { try handOff(lead("04-01"), "04-10") }
        for _ in 0..<row.inJune { try handOff(lead("04-01"), "06-10") }
        let answer = try company.ask("agreement_compliance", "from=2026-04-01&to=2026-07-01")
        #expect(answer["parts"]?["leads_delivered"] == .integer(Int64(6 + row.inJune)))
        #expect(answer["parts"]?["leads_within_promise"] == .integer(Int64(2 + row.inJune)))
        // Of sales nothing was answered.
        #expect(abs((answer["value"]?.double ?? 0) - row.compliance / 2) < 1e-12)
        #expect(
            try company.groups("agreement_compliance", "group_by=month&from=2026-04-01&to=2026-07-01") == [
                "2026-04: 0.5", "2026-05: 0", "2026-06: \(row.inJune == 0 ? "0" : "0.5")",
            ])
    }

    @Test("say how many leads wait for an answer that is not due")
    func notYetDue() throws {
        try agree(5, from: "04-01")
        for hour in 0..<4 {
            let handOff = try handOff(lead("04-01"), "04-10T0\(hour):00")
            if hour.isMultiple(of: 2) { try accept(handOff, "04-10T0\(hour):10") }
        }
        // Each is due after an hour: that of three o'clock waits at half past, and that of two was answered at once.
        for (asOf, due, inTime, unfinished) in [
            ("03:30:00", 3, 2, 1), ("02:05:00", 2, 1, 1), ("02:10:01", 3, 2, nil), ("05:00:00", 4, 2, nil),
        ] as [(String, Double, Double, Int64?)] {
            let question = "from=2026-04-01&to=2026-05-01&as_of=2026-04-10T\(asOf)Z"
            for (metric, names) in [
                ("agreement_compliance", ["answers_due", "answered_in_time"]), ("alignment_score", ["due", "on_time"]),
            ] {
                let answer = try company.ask(metric, question)
                #expect(names.map { answer["parts"]?[$0]?.double } == [due, inTime], "\(metric) \(asOf)")
                #expect(answer["unfinished"]?.wholeNumber == unfinished, "\(metric) \(asOf)")
            }
        }
    }

    @Test("bind nobody by an agreement that one side has signed")
    func unsigned() throws {
        let agreement = try company.create(
            "agreements",
            [
                "name": "A", "effective_from": "2026-04-01", "marketing": ["leads_per_month": 20],
                "sales": ["answer_within_minutes": 60],
            ])
        try company.act("sign", agreement, ["department": "sales"])
        try handOff(lead("04-01"), "04-10")
        let answer = try company.ask("agreement_compliance", "from=2026-04-01&to=2026-05-01")
        #expect(answer["value"] == .null)
        #expect(answer["reason"]?.text?.isEmpty == false)
    }

    /// A lead that was never scored counts as 0, and so where no more is asked.
    @Test("deliver only leads of the score agreed", arguments: [(50, 1), (0, 3), (49, 2)] as [(Int64, Int64)])
    func score(_ row: (least: Int64, delivered: Int64)) throws {
        try agree(2, from: "04-01", scoreMin: row.least)
        for points in [49, 50, nil] as [Int64?] {
            let lead = try lead("04-01")
            if let points { try company.act("adjust-score", lead, ["points": .integer(points), "reason": "known"]) }
            try handOff(lead, "04-10")
        }
        let answer = try company.ask("agreement_compliance", "from=2026-04-01&to=2026-05-01")
        #expect(answer["parts"]?["leads_delivered"] == .integer(row.delivered))
    }

    @Test("deliver a lead once that was handed over twice")
    func deliveredTwice() throws {
        try agree(2, from: "04-01")
        let lead = try lead("04-01")
        try reject(handOff(lead, "04-10"), "04-10T00:30")
        try handOff(lead, "04-13")
        let answer = try company.ask("agreement_compliance", "from=2026-04-01&to=2026-05-01")
        #expect(answer["parts"]?["leads_delivered"] == 1)
    }

    // MARK: Answers

    @Test("tell answers by stage and by phase, which follows from it")
    func answersByPhase() throws {
        try accept(handOff(lead("04-01"), "04-10"), "04-11")
        try reject(handOff(lead("04-01"), "04-10"), "04-11")
        #expect(try company.groups("handoff_acceptance", "group_by=stage") == ["mql: 0", "sal: 1"])
        #expect(Set(try company.groups("handoff_acceptance", "group_by=phase")) == ["consideration: 0.5"])
        #expect(try company.ask("handoff_acceptance", "phase=consideration")["denominator"] == 2)
        #expect(try company.ask("handoff_acceptance", "stage=sal")["denominator"] == 1)
    }

    @Test("tell who answered in time, with what is not yet due outside and what is overdue inside")
    func onTime() throws {
        let due: [String: JSON] = ["due_at": time("04-11")]
        try accept(handOff(lead("04-01"), "04-10", due), "04-11")
        try accept(handOff(lead("04-01"), "04-10", due), "04-11T00:01")
        try reject(handOff(lead("04-01"), "04-10", due), "04-10T12:00")
        try handOff(lead("04-01"), "04-10", due)
        let states: [(asOf: String, value: Double?, of: Double, pending: Int64?)] = [
            // Only the rejection is known by noon and a millisecond.
            ("2026-04-10T12:00:00.001Z", 1, 1, 3), ("2026-04-11T00:00:00Z", 1, 1, 3),
            // The first was answered as it was due, the others are overdue.
            ("2026-04-11T00:00:00.001Z", 0.5, 4, nil), ("2026-10-01T00:00:00Z", 0.5, 4, nil),
            ("2026-04-10T01:00:00Z", nil, 0, 4),
        ]
        for state in states {
            let answer = try company.ask("handoff_on_time", "as_of=\(state.asOf)")
            #expect(answer["value"]?.double == state.value, "\(state)")
            #expect(answer["denominator"]?.double == state.of, "\(state)")
            #expect(answer["pending"]?.wholeNumber == state.pending, "\(state)")
        }
    }

    @Test("tell as events when answers came in time, and when they were due that did not")
    func onTimeAsEvents() throws {
        let due: [String: JSON] = ["due_at": time("04-11")]
        try accept(handOff(lead("04-01"), "04-10", due), "04-10T12:00")
        try accept(handOff(lead("04-01"), "04-10", due), "04-13")
        try handOff(lead("04-01"), "04-10", due)
        let days = try company.ask("handoff_on_time", "basis=event&group_by=day&from=2026-04-10&to=2026-04-14")
        let told = (days["groups"]?.elements ?? []).map { [$0["value"]?.double, $0["denominator"]?.double] }
        #expect(told == [[1, 1], [0, 2], [nil, 0], [nil, 0]])
    }

    @Test("tell rejections by reason and by the reason's class, when they were made")
    func rejections() throws {
        for (code, on) in [
            ("not_ready", "04-30"), ("wrong_region", "05-01"), ("duplicate", "05-02"), ("wrong_person", "05-03"),
            ("not_ready", "05-04"),
        ] {
            try reject(
                handOff(lead("04-01", ["source": ["channel": code == "duplicate" ? "event" : "search"]]), "04-10"),
                on, code)
        }
        try accept(handOff(lead("04-01"), "04-10"), "05-02")
        try handOff(lead("04-01"), "04-10")
        let may = "from=2026-05-01&to=2026-06-01"
        #expect(try value("handoff_rejections", may) == 4)
        #expect(
            try company.groups("handoff_rejections", "group_by=reason&\(may)") == [
                "duplicate: 1", "not_ready: 1", "wrong_person: 1", "wrong_region: 1",
            ])
        #expect(
            try company.groups("handoff_rejections", "group_by=category&\(may)") == [
                "clerical: 1", "definitional: 2", "procedural: 1",
            ])
        #expect(try company.groups("handoff_rejections", "group_by=channel&\(may)") == ["event: 1", "search: 3"])
    }

    // MARK: Insights

    /// An insight that marketing has read.
    private func insight(_ on: String) throws -> Record {
        let made = try company.create("insights", ["kind": "feedback", "heard_at": time(on)])
        return try company.act("triage", made, ["at": time(on)])
    }

    private func insights() throws {
        let campaign = try company.create("campaigns", ["name": "A", "channel": "search"])
        try company.act("apply", insight("04-01"), ["campaign_id": campaign.ref, "at": time("04-03")])
        try company.act("apply", insight("04-01"), ["campaign_id": campaign.ref, "at": time("04-11")])
        try company.act("dismiss", insight("04-01"), ["note": "no", "at": time("04-05")])
        _ = try insight("04-30")
        _ = try insight("05-01")
    }

    @Test("tell which insights were applied, of those heard in the period")
    func applied() throws {
        try insights()
        let april = "from=2026-04-01&to=2026-05-01"
        let answer = try company.ask("insights_applied", april)
        #expect(answer["value"]?.double == 0.5)
        #expect(answer["denominator"]?.double == 4)
        #expect(answer["unfinished"] == 1)
        #expect(try value("insights_applied", "\(april)&as_of=2026-04-10") == 1.0 / 3)
    }

    @Test("tell how long insights waited, those that wait not left out")
    func turnaround() throws {
        try insights()
        let answer = try company.ask("insight_turnaround", "from=2026-04-01&to=2026-05-01")
        // 2, 4 and 10 days, and one that waits since the 30th: of four the second has ended by day 4.
        #expect(answer["n"] == 4)
        #expect(answer["censored"] == 1)
        #expect(answer["value"]?.double == 4)
        #expect(answer["mean"] == .null)
        let early = try company.ask("insight_turnaround", "to=2026-04-02&as_of=2026-04-30")
        #expect(early["mean"]?.double == 16.0 / 3)
    }

    // MARK: Alignment

    @Test("score alignment as the mean of its five parts, each at most 1")
    func alignment() throws {
        try agree(10, from: "04-01")
        // Delivered 4 of 10; answered in time 3 of 4; accepted 2 of 3; in time 3 of 4; applied 2 of 4.
        try accept(handOff(lead("04-01"), "04-10"), "04-10T00:10")
        try accept(handOff(lead("04-01"), "04-10"), "04-10T00:20")
        try handOff(lead("04-01"), "04-10")
        let campaign = try company.create("campaigns", ["name": "A", "channel": "search"])
        for place in 0...2 {
            let insight = try insight("04-12")
            if place < 2 { try company.act("apply", insight, ["campaign_id": campaign.ref, "at": time("04-13")]) }
        }
        // A rejection is an insight too: the fourth.
        try reject(handOff(lead("04-01"), "04-10"), "04-10T00:30")
        let answer = try company.ask("alignment_score", "from=2026-04-01&to=2026-05-01")
        let parts = answer["parts"]
        let counts: [(String, Double)] = [
            ("leads_delivered", 4), ("leads_promised", 10), ("answered_in_time", 3), ("answers_due", 4),
            ("accepted", 2), ("answered", 3), ("on_time", 3), ("due", 4), ("applied", 2), ("insights", 4),
        ]
        for (name, count) in counts { #expect(parts?[name]?.double == count, "\(name)") }
        let expected = (0.4 + 0.75 + 2.0 / 3 + 0.75 + 0.5) / 5
        #expect(abs((answer["value"]?.double ?? 0) - expected) < 1e-12)
        #expect(Self.weights(answer) == [0.2, 0.2, 0.2, 0.2, 0.2])
    }

    private static func weights(_ answer: JSON) -> [Double] {
        (answer["weights"]?.members ?? []).compactMap(\.value.double)
    }

    @Test("leave out of alignment what nothing can be said of")
    func alignmentInPart() throws {
        try accept(handOff(lead("04-01"), "04-10"), "04-10T00:10")
        try reject(handOff(lead("04-01"), "04-10"), "04-20")
        // Without an agreement: accepted 1 of 2, within a day 1 of 2, and of the rejection's insight nothing became.
        let answer = try company.ask("alignment_score", "from=2026-04-01&to=2026-05-01")
        #expect(abs((answer["value"]?.double ?? 0) - (0.5 + 0.5 + 0) / 3) < 1e-12)
        let third = 1.0 / 3
        #expect(Self.weights(answer) == [0, 0, third, third, third], "what is left out weighs nothing")
        #expect(try value("alignment_score", "from=2026-07-01&to=2026-08-01") == nil)
    }

    // MARK: Journeys

    @Test("measure a journey from its first touch that qualifies to the win")
    func journeys() throws {
        let ada = try lead("03-01")
        try touch(ada, "03-11", "search")
        try touch(ada, "03-12", "email", "email_open")
        try touch(ada, "03-13", "email", "email_click")
        try touch(ada, "03-31", "event")
        // At the moment of the win it is too late.
        try touch(ada, "04-10", "event")
        try won(ada, "04-10")
        let bo = try lead("04-01")
        try touch(bo, "04-06", "direct")
        try won(bo, "04-10")
        try won(nil, "04-10")
        let length = try company.ask("journey_length")
        #expect(length["n"] == 2)
        #expect(length["mean"]?.double == 17)
        #expect(try company.ask("journey_touches")["mean"]?.double == 2)
        let without = try company.ask("journey_touches") { $0.includesDirect = false }
        #expect(without["n"] == 1)
        #expect(without["value"]?.double == 3)
        #expect(try company.ask("journey_touches") { $0.includesImpressions = true }["mean"]?.double == 2.5)
        // In the ten days before, Ada has one.
        let short = try company.ask("journey_length") { $0.lookbackDays = 10 }
        #expect(short["mean"]?.double == 7)
    }

    private func paths(
        _ question: String, limit: Int = 10, offset: Int = 0,
        choosing choose: (inout Question.Options) -> Void = { _ in }
    ) throws -> (JSON, Int?) {
        let told = try JourneyPathsReport.answer(
            try company.question(question, choosing: choose), in: Facts(of: company.view), limit: limit, offset: offset)
        return (.object(told.members), told.next)
    }

    @Test("say of how many paths who came that way may buy yet: also who lost one deal and has another")
    func unfinishedPaths() throws {
        for kind in ["plain", "lost", "lost and open", "out", "back"] {
            let lead = try lead("03-01")
            try touch(lead, "03-10", "search")
            func deal() throws -> Record {
                try company.create(
                    "deals", ["name": "D", "lead_ids": [lead.ref], "opened_at": "2026-03-12T00:00:00Z"])
            }
            if kind.hasPrefix("lost") {
                try company.act("lose", deal(), ["at": "2026-03-15T00:00:00Z", "reason": "price"])
            }
            if kind == "lost and open" { _ = try deal() }
            if ["out", "back"].contains(kind) {
                try company.act("disqualify", lead, ["at": "2026-03-15T00:00:00Z", "reason": "a student"])
            }
            if kind == "back" {
                try company.act("recycle", lead, ["at": "2026-03-16T00:00:00Z", "reason": "graduated"])
            }
        }
        let (report, _) = try paths("from=2026-03-01&to=2026-04-01")
        let path = try #require(report["data"]?.elements?.first)
        #expect(path["journeys"] == 5 && path["conversion"]?["unfinished"] == 3, "\(path)")
    }

    @Test("tell paths with repeats once, their conversion and their value")
    func journeyPaths() throws {
        func journey(_ channels: [String], won amount: Int64? = nil) throws {
            let lead = try lead("03-01")
            for (place, channel) in channels.enumerated() { try touch(lead, "03-1\(place)", channel) }
            if let amount { try won(lead, "03-20", amount) }
        }
        try journey(["search", "search", "email"], won: 1000)
        try journey(["search", "email", "email"], won: 500)
        try journey(["search", "email"])
        try journey(["search", "email", "search"])
        try journey(["event"], won: 70)
        try journey([], won: 9999)
        // Its last touch is before the period.
        let old = try lead("01-01")
        try touch(old, "02-01", "event")
        let march = "from=2026-03-01&to=2026-04-01"
        let (report, next) = try paths(march)
        #expect(next == nil)
        #expect(report["count"] == 3)
        let data = report["data"]?.elements ?? []
        #expect(data.map { $0["path"] } == [["search", "email"], ["event"], ["search", "email", "search"]])
        #expect(data.map { $0["journeys"] } == [3, 1, 1])
        #expect(data.map { $0["won"] } == [2, 1, 0])
        #expect(data.map { $0["conversion"]?["value"]?.double } == [2.0 / 3, 1, 0])
        #expect(data.map { $0["conversion"]?["unfinished"] } == [1, nil, 1])
        #expect(data.map { $0["value"]?.amount } == [1500, 70, 0])
        #expect(data.map { $0["average_value"]?.amount } == [750, 70, nil])
        #expect(data.map { $0["average_days"]?.double } == [10, 10, nil])
        let (page, after) = try paths(march, limit: 1, offset: 1)
        #expect(page["data"]?.elements?.map { $0["path"] } == [["event"]])
        #expect(after == 2)
    }

    @Test("that are alike are in the order of what they say, and not of how it came to be numbered")
    func pathsAlike() throws {
        for channel in ["social_media", "email", "search"] { try touch(try lead("03-01"), "03-10", channel) }
        let (report, _) = try paths("from=2026-03-01&to=2026-04-01")
        #expect(report["data"]?.elements?.map { $0["path"] } == [["email"], ["search"], ["social_media"]])
    }

    @Test("look back as far from the last touch of who did not buy as from a deal, and who bought without one did")
    func unsoldPaths() throws {
        for outcome in ["none", "deal", "purchase"] {
            let lead = try lead("01-01")
            try touch(lead, "01-05", "search")
            try touch(lead, "03-10", "event")
            if outcome == "deal" { try won(lead, "03-20", 100) }
            if outcome == "purchase" {
                try company.create(
                    "purchases",
                    ["lead_id": lead.ref, "kind": "new", "amount": .euros(1), "occurred_at": time("03-20")])
            }
        }
        let told =
            try paths("from=2026-03-01&to=2026-04-01", choosing: { $0.lookbackDays = 30 }).0["data"]?.elements ?? []
        #expect(told.map { $0["path"] } == [["event"]])
        #expect(told.map { $0["journeys"] } == [2])
        #expect(told.map { $0["won"] } == [1])
    }

    @Test("are told though a deal names a lead that was lost")
    func lostLead() throws {
        let lead = try lead("03-01")
        try touch(lead, "03-10", "search")
        try won(lead, "03-20", 100)
        // As after a repair; nobody deletes a lead that a deal names.
        try company.perform { $0.remove(lead) }
        #expect(try paths("").0["count"] == 0)
        #expect(try company.ask("attributed_revenue") { $0.model = .markov }["value"] != nil)
        #expect(throws: MetricFault.self) {
            _ = try PredictedScoreReport(try Question(""), in: Facts(of: company.view))
        }
    }

    // MARK: Marketing's revenue

    @Test("tell revenue that marketing sourced by three definitions")
    func sourced() throws {
        // Its first touch is marketing's, its source is not, and sales called before any touch.
        let ada = try lead("03-01", ["source": ["channel": "outbound"]])
        try company.create(
            "activities",
            [
                "lead_id": ada.ref, "user_id": rosa.ref, "type": "call", "direction": "outbound",
                "occurred_at": time("03-05"),
            ])
        try touch(ada, "03-06", "search")
        try won(ada, "04-01", 1)
        // It came by itself and then by mail, before sales; its source is marketing's.
        let bo = try lead("03-01", ["source": ["channel": "search"]])
        try touch(bo, "03-02", "direct")
        try touch(bo, "03-03", "email", "email_click")
        try won(bo, "04-01", 10)
        // Years before the win an event, and nothing since.
        let cy = try lead("03-01")
        try company.create(
            "touches",
            ["lead_id": cy.ref, "channel": "event", "type": "event", "occurred_at": "2022-01-01T00:00:00Z"])
        try won(cy, "04-01", 100)
        // A mail that was opened and one that was sent are no touches that count; a touch after the win neither.
        let di = try lead("03-01", ["source": ["channel": "direct"]])
        try touch(di, "03-02", "email", "email_open")
        try touch(di, "03-02", "email", "email_sent")
        try touch(di, "04-02", "search")
        try won(di, "04-01", 1000)
        try won(nil, "04-01", 10_000)
        for (definition, amount) in [("first_touch", 101), ("lead_source", 10), ("before_sales", 110)]
            as [(String, Int64)]
        {
            let answer = try company.ask("marketing_sourced_revenue", "definition=\(definition)")
            #expect(answer["value"]?.amount == amount, "\(definition)")
        }
        #expect(try company.ask("marketing_sourced_revenue")["value"]?.amount == 101)
    }

    static let influences: [(at: String, channel: String, type: String, isInfluenced: Bool)] = [
        // 90 days before the first of July is the second of April.
        ("2026-04-02T00:00:00.000Z", "search", "visit", true), ("2026-04-01T23:59:59.999Z", "search", "visit", false),
        ("2026-06-30T23:59:59.999Z", "search", "visit", true), ("2026-07-01T00:00:00.000Z", "search", "visit", false),
        ("2026-05-01T00:00:00.000Z", "direct", "visit", false),
        ("2026-05-01T00:00:00.000Z", "outbound", "visit", false),
        ("2026-05-01T00:00:00.000Z", "email", "email_open", false),
        ("2026-05-01T00:00:00.000Z", "advertising", "impression", false),
        ("2026-05-01T00:00:00.000Z", "email", "email_click", true),
    ]

    @Test("tell revenue that marketing influenced within the look-back", arguments: influences)
    func influenced(_ row: (at: String, channel: String, type: String, isInfluenced: Bool)) throws {
        // The touch is of the second of the deal's leads: any of them counts.
        let leads = try [lead("01-01"), lead("01-01")]
        try company.create(
            "touches",
            [
                "lead_id": leads[1].ref, "channel": .string(row.channel), "type": .string(row.type),
                "occurred_at": .string(row.at),
            ])
        let deal = try company.create(
            "deals",
            [
                "name": "A", "amount": .euros(700), "opened_at": time("01-01"),
                "lead_ids": .array(leads.map(\.ref)),
            ])
        try company.act("win", deal, ["at": time("07-01")])
        let answer = try company.ask("marketing_influenced_revenue")
        #expect(answer["value"]?.amount == (row.isInfluenced ? 700 : 0))
    }

    @Test("look back as far as is asked")
    func lookback() throws {
        let ada = try lead("01-01")
        try touch(ada, "05-31", "search")
        try won(ada, "07-01", 700)
        for (days, amount) in [(30, 0), (31, 700)] as [(Int64, Int64)] {
            let answer = try company.ask("marketing_influenced_revenue") { $0.lookbackDays = days }
            #expect(answer["value"]?.amount == amount)
        }
    }

    // MARK: Goals

    private func goal(_ more: [String: JSON]) throws {
        try company.create(
            "goals",
            .fields(
                [
                    "name": "A", "department": "sales", "metric": "revenue", "from": "2026-04-01", "to": "2026-05-01",
                ], more))
    }

    private func goals(_ asOf: String) throws -> JSON {
        GoalReport.answer(asOf: instant(asOf), in: Facts(of: company.view))
    }

    @Test("set goals of both departments side by side, against the time that is gone")
    func goals() throws {
        try goal(["target_amount": .euros(4000)])
        try goal(["department": "marketing", "metric": "mqls", "target": 10])
        try goal(["metric": "win_rate", "target": 0.8])
        try goal(["from": "2026-05-01", "to": "2026-06-01", "target_amount": .euros(4000)])
        for _ in 1...3 { try lead("04-02") }
        try won(nil, "04-10", 3000)
        try won(nil, "04-20", 9000)
        // The 16th of April is half of it.
        let report = try goals("2026-04-16T00:00:00Z")
        let sales = report["sales"]?.elements ?? []
        #expect(sales.map { $0["metric"] } == ["revenue", "win_rate"])
        #expect(sales.first?["actual"]?.amount == 3000)
        #expect(sales.map { $0["progress"]?.double } == [0.75, 1.25])
        #expect(sales.map { $0["share_of_period"]?.double } == [0.5, 0.5])
        // A rate does not grow with time, so its pace is its progress.
        #expect(sales.map { $0["pace"]?.double } == [1.5, 1.25])
        #expect(sales.map { $0["is_on_pace"] } == [true, true])
        let marketing = try #require(report["marketing"]?.elements?.first)
        #expect(marketing["progress"]?.double == 0.3)
        #expect(marketing["pace"]?.double == 0.6)
        #expect(marketing["is_on_pace"] == false)
        let over = try goals("2026-09-01T00:00:00Z")
        #expect(over["sales"]?.elements?.count == 3)
        #expect(over["sales"]?.elements?.first?["progress"]?.double == 3)
        #expect(over["sales"]?.elements?.first?["share_of_period"]?.double == 1)
    }

    /// Two deals are lost in the first half of April, and one that was open for nine days is won.
    @Test(
        "are on pace where less is better while they stay below it",
        arguments: [
            ("deals_lost", 6, true), ("deals_lost", 4, true), ("deals_lost", 3, false), ("deals_lost", 0, false),
            ("sales_cycle_days", 10, true), ("sales_cycle_days", 8, false), ("deals_won", 0, true),
            ("deals_won", 2, true), ("deals_won", 3, false), ("forecast_bias", 1, nil),
        ] as [(String, Int, Bool?)])
    func lessIsBetter(metric: String, target: Int, isOnPace: Bool?) throws {
        try goal(["metric": .string(metric), "target": .number(Double(target))])
        for _ in 1...2 { try company.act("lose", opened("04-02"), ["at": "2026-04-10T00:00:00Z", "reason": "price"]) }
        try company.act("win", opened("04-01"), ["at": "2026-04-10T00:00:00Z"])
        let told = try #require(try goals("2026-04-16T00:00:00Z")["sales"]?.elements?.first)
        #expect(told["is_on_pace"] == isOnPace.map { .bool($0) } ?? .null, "\(told)")
    }

    /// A quarter of the revenue's goal is won, one of ten customers has ended, and half of what nine paid is paid again.
    @Test(
        "are on pace where a ratio fills up as its period goes on, by as much as is gone of it",
        arguments: [
            ("quota_attainment", 1, 0.5, false), ("quota_attainment", 0.5, 1, true), ("churn_rate", 0.2, 1, true),
            ("churn_rate", 0.1, 2, false), ("retention", 0.8, 1, true), ("retention", 0.9, 0.9 / 0.95, false),
            ("net_revenue_retention", 1, 1, true), ("gross_revenue_retention", 0.8, 1.25, true),
        ] as [(String, Double, Double, Bool)])
    func fillingUp(metric: String, target: Double, pace: Double, isOnPace: Bool) throws {
        try goal(["target_amount": .euros(14_000)])
        try goal(["metric": .string(metric), "target": .number(target)])
        try won(nil, "04-10", 3000)
        for place in 0..<10 {
            let account = try company.create("accounts", ["name": "A"])
            let deeds = [
                ("new", "03-10", 100), place < 5 ? ("renewal", "04-10", 100) : nil,
                place == 9 ? ("churn", "04-10", 0) : nil,
            ]
            for case let (kind, on, amount)? in deeds {
                try company.create(
                    "purchases",
                    [
                        "account_id": account.ref, "kind": .string(kind), "amount": .euros(Int64(amount)),
                        "occurred_at": time(on),
                    ])
            }
        }
        let sales = try goals("2026-04-16T00:00:00Z")["sales"]?.elements ?? []
        let told = try #require(sales.first { $0["metric"]?.text == metric })
        #expect(told["is_on_pace"] == .bool(isOnPace), "\(told)")
        #expect(abs((told["pace"]?.double ?? 0) - pace) < 1e-9, "\(told)")
    }

    @Test("set a goal in another currency by way of the company's")
    func goalInOtherCurrency() throws {
        try company.create("settings", ["name": "A", "base_currency": "EUR"])
        for (currency, rate) in [("USD", 0.5), ("JPY", 0.01)] {
            try company.create(
                "exchange_rates",
                ["from": .string(currency), "to": "EUR", "on": "2026-04-01", "rate": .number(rate)])
        }
        try goal(["target_amount": ["amount": 400_00, "currency": "USD"]])
        // 10,000 yen are 100 euros, and those are 200 dollars.
        let deal = try opened("04-01", ["amount": 10_000, "currency": "JPY"])
        try company.act("win", deal, ["at": "2026-04-10T00:00:00Z"])
        let told = try #require(try goals("2026-05-02T00:00:00Z")["sales"]?.elements?.first)
        #expect(told["actual"] == ["amount": 200_00, "currency": "USD"])
        #expect(told["progress"]?.double == 0.5)
    }

    @Test("say of a goal for whom its metric is not told that it is not", arguments: ["retention", "deals_won"])
    func goalOfOthers(metric: String) throws {
        let campaign = try company.create("campaigns", ["name": "A", "channel": "search"])
        try goal([
            "metric": .string(metric), "scope": "campaign", "campaign_id": campaign.ref, "target": 1,
        ])
        try won(nil, "04-10", 100)
        let told = try #require(try goals("2026-04-16T00:00:00Z")["sales"]?.elements?.first)
        let isTold = metric == "deals_won"
        #expect(told["actual"] == (isTold ? 0 : .null), "not the company's one")
        #expect(told["reason"] == (isTold ? .null : "retention is not told by campaign, which the goal is for"))
    }

    @Test("begin a goal when its first day begins where it is")
    func goalsInZone() throws {
        try goal(["time_zone": "Asia/Tokyo", "target_amount": .euros(4000)])
        // The first of April has begun in Tokyo nine hours before.
        let early = try goals("2026-03-31T20:00:00Z")
        #expect(early["sales"]?.elements?.count == 1)
        #expect(try goals("2026-03-31T14:00:00Z")["sales"] == [])
    }
}
