import Domain
import JSON
import Store
import TestSupport

/// A company that lives as chance has it: what may be done is done, what a rule refuses is not.
struct RandomCompany {
    let company: Company
    private var random: SplitMix
    private var day = 0

    /// The first of January 2024, so that a leap day and four changes of the clock are within its life.
    static let start: Int32 = 19_723
    static let days = 500

    init(seed: UInt64) throws {
        company = try Company(at: "2024-01-01T00:00:00Z")
        random = SplitMix(seed: seed)
        try company.create("settings", ["name": "A", "base_currency": "EUR", "gross_margin_percent": 60])
        for (currency, rate) in [("USD", 0.91), ("GBP", 1.17)] {
            for (on, factor) in [("2023-01-01", 1.0), ("2024-07-01", 1.1)] {
                try company.create(
                    "exchange_rates",
                    ["from": .string(currency), "to": "EUR", "on": .string(on), "rate": .number(rate * factor)])
            }
        }
        for name in ["North", "South"] {
            let team = try company.create(
                "teams", ["name": .string(name), "department": "sales", "region": .string(name)])
            for place in 1...2 {
                let user = try company.create(
                    "users",
                    [
                        "name": .string("\(name) \(place)"), "role": "sales_manager", "team_id": .string(team.idText),
                    ])
                if place == 1 { try company.patch(team, ["manager_id": .string(user.idText)]) }
            }
        }
        for channel in ["search", "email", "event"] {
            try company.create(
                "campaigns", ["name": .string(channel), "channel": .string(channel), "objective": "lead_generation"])
        }
        for type in Words.touchTypes {
            try company.create(
                "scoring_rules",
                [
                    "name": .string(type), "kind": "engagement", "touch_type": .string(type), "points": 30,
                    "is_active": true,
                ])
        }
        for industry in ["Food", "Steel"] {
            try company.create(
                "accounts",
                [
                    "name": .string(industry), "industry": .string(industry),
                    "owner_id": .string(company.view.records("users", after: nil, limit: 1)[0].idText),
                ])
        }
    }

    /// Goes on for some deeds, most of them a little later than the one before.
    mutating func live(_ deeds: Int) {
        for _ in 0..<deeds {
            if day < Self.days { day += Int.random(in: 0...2, using: &random) }
            company.setTime(text(of: 40_000))
            // What a rule refuses was no deed.
            try? act()
        }
    }

    /// Goes on for some deeds, each of which happens when it is told; nothing of before is corrected.
    ///
    /// - Returns: the instant after which they happen.
    mutating func goOn(_ deeds: Int) -> Instant {
        day += 1
        let start = Instant(milliseconds: Int64(Self.start + Int32(day)) * 86_400_000)
        for _ in 0..<deeds {
            day += Int.random(in: 0...1, using: &random)
            company.setTime(text(of: 40_000))
            try? happen()
        }
        return start
    }

    private mutating func happen() throws {
        switch Int.random(in: 0..<15, using: &random) {
        case 0: try makeLead(at: now)
        case 1: try makeTouch(at: now)
        case 2: try makeDeal()
        case 3: try company.act(pick(["qualify", "recycle"]).text ?? "", any("leads"), ["at": now, "reason": "later"])
        case 4: try company.act("disqualify", any("leads"), ["at": now, "reason": "none"])
        case 5, 12: try handOff()
        case 6, 7: try closeDeal()
        case 8: try contact()
        case 9: try buy()
        case 13: try inquire()
        default: try change()
        }
    }

    private mutating func act() throws {
        switch Int.random(in: 0..<27, using: &random) {
        case 0...4: try makeLead(at: lately())
        case 5...9: try makeTouch(at: lately())
        case 10, 11: try makeDeal()
        case 12: try company.act("qualify", any("leads"), ["at": now])
        case 13: try company.act("disqualify", any("leads"), ["at": now, "reason": "none"])
        case 14, 23: try handOff()
        case 15: try closeDeal()
        case 16: try observe()
        case 17: try contact()
        case 18: try company.patch(any("leads"), ["source": ["channel": pick(Words.channels), "medium": "paid"]])
        case 19: try company.delete(any(pick(["leads", "touches", "activities", "observations"]).text ?? "leads"))
        case 20, 26: try mergeOrErase()
        case 21, 22: try change()
        case 25: try inquire()
        default: try buy()
        }
    }

    // MARK: Deeds

    private var now: JSON { .string(text(of: 37_000)) }

    /// So many milliseconds into the day.
    private func text(of milliseconds: Int64) -> String {
        Instant(milliseconds: Int64(Self.start + Int32(day)) * 86_400_000 + milliseconds).description
    }

    /// Some time of the last weeks, to the millisecond.
    private mutating func lately() -> JSON {
        let back = Int64.random(in: 0..<40 * 86_400_000, using: &random)
        return .string(Instant(milliseconds: Int64(Self.start + Int32(day)) * 86_400_000 - back).description)
    }

    private mutating func pick(_ words: [String]) -> JSON {
        .string(words[Int.random(in: 0..<words.count, using: &random)])
    }

    private mutating func any(_ resource: String) throws -> Record {
        let all = company.view.records(resource, after: nil, limit: 10_000)
        struct None: Error {}
        guard !all.isEmpty else { throw None() }
        return all[Int.random(in: 0..<all.count, using: &random)]
    }

    private mutating func money() -> JSON {
        [
            "amount": .integer(Int64.random(in: 0...500_000, using: &random)),
            "currency": pick(["EUR", "EUR", "USD", "GBP"]),
        ]
    }

    private mutating func makeLead(at time: JSON) throws {
        try company.create(
            "leads",
            [
                "name": "A", "stage": pick(["lead", "mql"]), "captured_at": time,
                "account_id": .string(any("accounts").idText),
                "owner_id": .string(any("users").idText),
                "source": [
                    "channel": pick(Words.channels), "medium": pick(["organic", "paid"]),
                    "campaign_id": .string(any("campaigns").idText),
                ],
            ])
    }

    private mutating func makeTouch(at time: JSON) throws {
        var input: [JSON.Member] = [
            .init("type", pick(Words.touchTypes)), .init("occurred_at", time),
            .init("channel", pick(["search", "email", "direct", "outbound"])),
        ]
        if Bool.random(using: &random) { input.append(.init("campaign_id", .string(try any("campaigns").idText))) }
        if Int.random(in: 0..<4, using: &random) == 0 {
            input.append(.init("visitor_id", pick(["v1", "v2", "v3", "v4", "v5"])))
        } else {
            input.append(.init("lead_id", .string(try any("leads").idText)))
        }
        if Int.random(in: 0..<9, using: &random) == 0 { input.append(.init("user_agent", "Googlebot/2.1")) }
        try company.create("touches", .object(input))
    }

    private mutating func makeDeal() throws {
        try company.create(
            "deals",
            [
                "name": "D", "lead_ids": [.string(any("leads").idText), .string(any("leads").idText)],
                "account_id": .string(any("accounts").idText), "owner_id": .string(any("users").idText),
                "amount": money(), "opened_at": now, "product": pick(["Pump", "Valve"]),
            ])
    }

    private mutating func closeDeal() throws {
        let deal = try any("deals")
        switch Int.random(in: 0..<5, using: &random) {
        case 0: try company.act("lose", deal, ["at": now, "reason": "price"])
        case 1: try company.act("move", deal, ["at": now, "stage": pick(["qualified", "proposal", "negotiation"])])
        case 2: try company.act("reopen", deal, ["at": now, "stage": "proposal"])
        default: try company.act("win", deal, ["at": now])
        }
    }

    /// What is negotiated changes, and so does who does it.
    private mutating func change() throws {
        let owner = JSON.string(try any("users").idText)
        switch Int.random(in: 0..<10, using: &random) {
        case 6: try company.patch(any("users"), ["team_id": .string(any("teams").idText)])
        case 7: try company.patch(any("teams"), ["manager_id": owner, "region": pick(["North", "South", "West"])])
        case 8: try company.patch(any("accounts"), ["owner_id": owner, "industry": pick(["Food", "Steel", "Wood"])])
        case 9: try company.patch(any("inquiries"), ["owner_id": owner])
        case 0: try company.patch(any("leads"), ["owner_id": owner])
        case 1: try company.patch(any("deals"), ["owner_id": owner])
        case 2: try company.patch(any("deals"), ["product": pick(["Pump", "Valve"])])
        case 3:
            try company.patch(
                any("deals"),
                ["forecast_category": pick(["commit", "best_case", "pipeline"]), "expected_close_on": "2025-05-01"])
        default: try company.patch(any("deals"), ["amount": money()])
        }
    }

    private mutating func handOff() throws {
        let waiting = company.view.records("handoffs", where: "lead_id", is: .identifier(try any("leads").id)).first
        guard let waiting else {
            let taker = JSON.string(try any("users").idText)
            try company.act("handoff", any("leads"), ["to": taker, "at": now])
            return
        }
        if Bool.random(using: &random) {
            try company.act("accept", waiting, ["at": now])
        } else {
            try company.act("reject", waiting, ["at": now, "reason": "far away", "reason_code": "wrong_region"])
        }
    }

    private mutating func observe() throws {
        let on = JSON.string(Day(number: Self.start + Int32(day)).description)
        if Bool.random(using: &random) {
            try company.create(
                "observations",
                ["measure": "spend", "campaign_id": .string(any("campaigns").idText), "on": on, "amount": money()])
        } else {
            try company.create(
                "observations",
                [
                    "measure": pick(["impressions", "clicks", "sessions"]), "channel": pick(["search", "email"]),
                    "on": on, "value": .integer(Int64.random(in: 1...500, using: &random)),
                ])
        }
    }

    private mutating func contact() throws {
        try company.create(
            "activities",
            [
                "type": pick(["call", "note"]), "direction": "outbound", "lead_id": .string(any("leads").idText),
                "user_id": .string(any("users").idText), "occurred_at": now,
            ])
    }

    private mutating func inquire() throws {
        try company.create(
            "inquiries",
            [
                "channel": "email", "lead_id": .string(any("leads").idText), "owner_id": .string(any("users").idText),
                "text": "How much?", "received_at": now, "due_at": "2030-01-01T00:00:00Z",
            ])
    }

    private mutating func buy() throws {
        try company.create(
            "purchases",
            [
                "account_id": .string(any("accounts").idText), "amount": money(), "occurred_at": now,
                "kind": pick(["new", "renewal", "expansion", "refund", "churn"]),
            ])
    }

    private mutating func mergeOrErase() throws {
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            let lead = try any("leads")
            _ = try company.perform { transaction throws(Refusal) in
                try Erasure.erase(lead.idText, erased: nil, in: &transaction)
            }
        case 1: try company.act("unmerge", any("merges"), [:])
        default: try company.act("merge", any("leads"), ["from": .string(any("leads").idText)])
        }
    }
}
