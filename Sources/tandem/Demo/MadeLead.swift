import Domain
import JSON
import Store

/// The story of one made-up lead, from its first click as far as it comes.
struct MadeLead {
    private let company: MadeCompany
    private let number: Int
    private let end: Instant
    private var now: Instant
    private let seller: Record

    /// Tells it, from an instant in the two years that end with `end`.
    static func tell(
        _ number: Int, of company: MadeCompany, from start: Instant, to end: Instant, _ chance: inout Chance,
        in transaction: inout Transaction
    ) throws(Refusal) {
        let length = Double(end.millisecondsSince(start))
        let begin = start.advanced(byMilliseconds: Int64(chance.share() * length))
        var lead = MadeLead(company, number, end, begin, chance.one(of: company.sellers))
        try lead.tell(&chance, in: &transaction)
    }

    private init(_ company: MadeCompany, _ number: Int, _ end: Instant, _ now: Instant, _ seller: Record) {
        (self.company, self.number, self.end, self.now, self.seller) = (company, number, end, now, seller)
    }

    private static let first = ["Ada", "Bo", "Cleo", "Dag", "Eva", "Finn", "Gia", "Hal", "Ida", "Jon", "Kim", "Lea"]
    private static let last = [
        "Abel", "Brandt", "Conti", "Dietz", "Eriksen", "Falk", "Gomez", "Holm", "Ito", "Janssen",
    ]

    private var at: JSON { .string(now.description) }

    /// Lets time pass; tells whether the two years are not over yet.
    private mutating func pass(_ chance: inout Chance, hours: Double) -> Bool {
        now = now.advanced(byMilliseconds: max(60_000, chance.wait(hours: hours)))
        return now < end
    }

    private mutating func tell(_ chance: inout Chance, in transaction: inout Transaction) throws(Refusal) {
        let weights = zip(company.campaigns, [5.0, 3, 2, 1, 2]).map { ($0, $1) }
        let campaign = chance.one(of: weights)
        let visitor = "made-\(number)"
        for _ in 0..<chance.number(1...3) {
            try touch(["visitor_id": .string(visitor), "campaign_id": campaign.reference], "click", in: &transaction)
            // Whoever clicks becomes a lead before the two years are over.
            if !pass(&chance, hours: 30) { now = end.advanced(byMilliseconds: -60_000) }
        }
        let account = chance.one(of: company.accounts)
        let lead = try Stage.make(
            Lead.self,
            [
                "name": .string("\(chance.one(of: Self.first)) \(chance.one(of: Self.last))"),
                "email": .string("lead-\(number)@made.example"), "account_id": account.reference,
                "company": account["name"].json(of: .text(max: 200)), "visitor_ids": [.string(visitor)],
                "consent": ["email": .string(chance.happens(0.7) ? "granted" : "unknown")], "captured_at": at,
            ], in: &transaction)
        for _ in 0..<chance.number(0...4) where pass(&chance, hours: 50) {
            try touch(
                [
                    "lead_id": lead.reference, "channel": "content",
                    "content_id": chance.one(of: company.contents).reference,
                ], "content_view", in: &transaction)
        }
        guard pass(&chance, hours: 60) else { return }
        guard chance.happens(0.55) else {
            if chance.happens(0.2) {
                try Stage.act("disqualify", lead, ["reason": "a student", "at": at], in: &transaction)
            }
            return
        }
        try Stage.act("qualify", lead, ["at": at], in: &transaction)
        try handOver(lead, account, &chance, in: &transaction)
    }

    private mutating func touch(_ who: JSON, _ type: String, in transaction: inout Transaction) throws(Refusal) {
        let members = (who.members ?? []) + [.init("type", .string(type)), .init("occurred_at", at)]
        try Stage.make(Touch.self, .object(members), in: &transaction)
    }

    private mutating func handOver(
        _ lead: Record, _ account: Record, _ chance: inout Chance, in transaction: inout Transaction
    ) throws(Refusal) {
        guard pass(&chance, hours: 8) else { return }
        let handOff = try Stage.act(
            "handoff", lead, ["to": seller.reference, "from": company.marketers[0].reference, "at": at],
            in: &transaction)
        guard pass(&chance, hours: 6) else { return }
        guard chance.happens(0.75) else {
            let code = chance.one(of: ["missing_information", "outside_target", "not_ready", "duplicate"])
            try Stage.act(
                "reject", handOff,
                ["reason": .string(code.replacing("_", with: " ")), "reason_code": .string(code), "at": at],
                in: &transaction)
            if chance.happens(0.5), pass(&chance, hours: 48) {
                try Stage.act("recycle", lead, ["reason": "back to nurturing", "at": at], in: &transaction)
            }
            return
        }
        try Stage.act("accept", handOff, ["at": at], in: &transaction)
        guard pass(&chance, hours: 10) else { return }
        try contact(["lead_id": lead.reference], chance.one(of: ["call", "email"]), in: &transaction)
        guard pass(&chance, hours: 40), chance.happens(0.7) else { return }
        try Stage.act("qualify", lead, ["at": at], in: &transaction)
        guard pass(&chance, hours: 40), chance.happens(0.85) else { return }
        try sell(to: lead, account, &chance, in: &transaction)
    }

    private func contact(_ about: JSON, _ type: String, in transaction: inout Transaction) throws(Refusal) {
        let members =
            (about.members ?? []) + [
                .init("type", .string(type)), .init("direction", "outbound"), .init("user_id", seller.reference),
                .init("occurred_at", at),
            ]
        try Stage.make(Activity.self, .object(members), in: &transaction)
    }

    /// How long sellers think that a deal takes.
    private static let cycle = 35 * Instant.dayMilliseconds

    private mutating func sell(
        to lead: Record, _ account: Record, _ chance: inout Chance, in transaction: inout Transaction
    ) throws(Refusal) {
        let lines: [JSON] = [
            [
                "product_id": chance.one(of: company.products).reference,
                "quantity": .integer(Int64(chance.number(1...20))),
            ]
        ]
        let deal = try Stage.make(
            Deal.self,
            [
                "name": .string("Made deal \(number)"), "account_id": account.reference, "owner_id": seller.reference,
                "buyers": [["lead_id": lead.reference, "role": "decision_maker"]], "lines": .array(lines),
                "opened_at": at, "expected_close_on": .string(now.advanced(byMilliseconds: Self.cycle).day.description),
            ], in: &transaction)
        for stage in ["qualified", "proposal", "negotiation"] where chance.happens(0.8) && pass(&chance, hours: 160) {
            try Stage.act("move", deal, ["stage": .string(stage), "at": at], in: &transaction)
        }
        if chance.happens(0.4), pass(&chance, hours: 20) { try object(to: deal, &chance, in: &transaction) }
        guard pass(&chance, hours: 120) else { return }
        let amount = Double(deal["amount"].money?.amount ?? 0) * (0.85 + 0.15 * chance.share())
        try Stage.make(
            Offer.self,
            [
                "deal_id": deal.reference, "offered_at": at,
                "amount": ["amount": .integer(Int64(amount)), "currency": "EUR"],
            ], in: &transaction)
        guard pass(&chance, hours: 150) else { return }
        if chance.happens(0.45) {
            try Stage.act("win", deal, ["at": at], in: &transaction)
            try goOn(with: account, &chance, in: &transaction)
        } else if chance.happens(0.9) {
            let category = chance.one(of: ["price", "no_decision", "competitor", "timing"])
            try Stage.act(
                "lose", deal,
                ["reason": .string(category.replacing("_", with: " ")), "category": .string(category), "at": at],
                in: &transaction)
        }
    }

    private mutating func object(
        to deal: Record, _ chance: inout Chance, in transaction: inout Transaction
    ) throws(Refusal) {
        let category = chance.one(of: ["price", "trust", "timing", "legal"])
        let objection = try Stage.make(
            Objection.self, ["deal_id": deal.reference, "category": .string(category), "raised_at": at],
            in: &transaction)
        guard chance.happens(0.8), pass(&chance, hours: 12) else { return }
        try Stage.act(
            "answer", objection,
            [
                "answer": "Showed what others did.", "content_id": chance.one(of: company.contents).reference,
                "is_satisfied": .bool(chance.happens(0.7)), "at": at,
            ], in: &transaction)
    }

    /// What an account does after its first purchase, a year at a time.
    private mutating func goOn(
        with account: Record, _ chance: inout Chance, in transaction: inout Transaction
    ) throws(Refusal) {
        while pass(&chance, hours: 3000) {
            let kind = chance.one(of: [("renewal", 6.0), ("expansion", 2), ("refund", 0.5), ("churn", 1.5)])
            try Stage.make(
                Purchase.self,
                [
                    "account_id": account.reference, "kind": .string(kind), "occurred_at": at,
                    "amount": ["amount": .integer(Int64(chance.number(200...4000)) * 100), "currency": "EUR"],
                ], in: &transaction)
            if kind == "churn" { return }
        }
    }
}
