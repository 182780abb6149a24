internal import JSON
public import Store

/// One round of a negotiation on a deal.
public enum Offer: Resource {
    private static let answers = "POST /v1/offers/{id}/accept, decline or withdraw"

    /// The declaration.
    public static let schema = Schema(
        "offers", prefix: "offer", "One round of a negotiation on a deal.",
        fields: [
            Field("deal_id", .reference(Deal.reference), "The deal.").required().onCreate(then: "nothing").subject(),
            Field("round", .integer(1...Int64.max), "Counts the deal's offers, from 1.").readOnly(),
            DealLines.field,
            Field("amount", .money, "What is asked for; what the lines cost where not given.").onCreate(then: never),
            Field("list_amount", .money, "What the lines cost at list price.").readOnly(),
            Field("discount_percent", .number(-1_000_000...100), "How far below list price it is.").readOnly(),
            Field("terms", .text(max: 5000), "What else is offered."),
            Field("offered_at", .instant, "When it was made; now where not given.").onCreate(then: "nothing"),
            Field("valid_until", .instant, "When it expires; never where not given."),
            Lifecycles.offer.field("How it stands; above the pipeline's discount limit it waits for a manager."),
            Field("decided_at", .instant, "When it was accepted, declined, withdrawn, refused or expired.").readOnly(),
            Field("reason", .text(max: 500), "Why it was declined or refused.").readOnly(),
            Field("approved_by", .reference(User.reference), "The manager who approved it.").readOnly(),
            Timer.field,
        ])

    private static let never = "nothing: make another offer"

    /// Sales, each for their own deals.
    public static let writers = Grants(any: [.salesManager], own: [.salesRepresentative, .accountManager])

    /// Counts the round, and takes the place of the offer before.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        var faults = BusinessTime.complete("offered_at", of: &draft, now: transaction.now)
        DealLines.complete(&draft, in: transaction, &faults)
        if draft["amount"].isNull, faults.isEmpty { faults.append(Fault("/amount", "is required without lines")) }
        faults += validityFaults(of: draft) + Deal.saleFaults(of: draft)
        try Refusal.demandNone(faults)
        guard let deal = draft["deal_id"].reference.flatMap({ transaction.record(Deal.schema.name, $0) }) else {
            return
        }
        guard Deal.isOpen(deal) else {
            throw .conflict(
                rule: "an offer is made on an open deal",
                state: [.init("id", .string(deal.idText)), .init("stage", .string(deal["stage"].text ?? ""))])
        }
        _ = try close(of: deal, by: "withdraw", at: draft["offered_at"].instant ?? transaction.now, in: &transaction)
        draft["round"] = .integer(Int64(all(of: deal, in: transaction).count + 1))
        let limit = Pipeline.of(deal, in: transaction)?["discount_limit_percent"].whole ?? Pipeline.discountLimitPercent
        let discount = compareWithList(&draft, deal, in: transaction)
        // What has a list price and cannot be compared with it is for a manager to look at.
        let isBelow = discount.map { $0 > Double(limit) } ?? !draft["list_amount"].isNull
        if isBelow { draft["status"] = .text("awaiting_approval") }
        setTimer(&draft, now: transaction.now)
    }

    /// Lines and amount of an offer are what was offered.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        guard isUndecided(old), draft["lines"] == old["lines"] else {
            throw .conflict(
                rule: isUndecided(old) ? "the lines of an offer stay: make another one" : "a decided offer is settled",
                state: state(old))
        }
        try Refusal.demandNone(validityFaults(of: draft) + Deal.saleFaults(of: draft))
        setTimer(&draft, now: transaction.now)
    }

    /// What was offered stays.
    public static func removing(_ record: Record, in transaction: inout Transaction) throws(Refusal) {
        guard isUndecided(record) else { throw .conflict(rule: "a decided offer stays", state: state(record)) }
    }

    private static func validityFaults(of draft: Draft) -> [Fault] {
        guard let end = draft["valid_until"].instant, let start = draft["offered_at"].instant, end <= start else {
            return []
        }
        return [Fault("/valid_until", "must be after offered_at, \(start)")]
    }

    /// Compares with the list price of its own lines, or else of the deal's, and tells the discount in percent.
    private static func compareWithList(
        _ draft: inout Draft, _ deal: Record, in transaction: Transaction
    ) -> Double? {
        let lines = draft["lines"].elements.isEmpty ? deal["lines"] : draft["lines"]
        guard let list = DealLines.listAmount(of: lines, in: transaction), let amount = draft["amount"].money else {
            return nil
        }
        draft["list_amount"] = .money(list)
        guard list.amount > 0 else { return 0 }
        var (full, asked) = (list, amount)
        if list.currency != amount.currency {
            let at = draft["offered_at"].instant
            guard let first = ExchangeRate.frozen(.money(list), at: at, in: transaction).money,
                let second = ExchangeRate.frozen(.money(amount), at: at, in: transaction).money
            else { return nil }
            (full, asked) = (first, second)
            guard full.amount > 0 else { return nil }
        }
        let discount = (Double(full.amount) - Double(asked.amount)) / Double(full.amount) * 100
        draft["discount_percent"] = .number((discount * 100).rounded() / 100)
        return discount
    }

    /// How long an offer has to be decided that had expired before it was recorded, as where history is loaded.
    private static let loadingMilliseconds: Int64 = 3_600_000

    private static func setTimer(_ draft: inout Draft, now: Instant) {
        guard let end = draft["valid_until"].instant else {
            draft["timer_at"] = .null
            return
        }
        draft["timer_at"] = .instant(end > now ? end : now.advanced(byMilliseconds: loadingMilliseconds))
    }

    // MARK: Deciding

    static func isUndecided(_ record: Record) -> Bool { ["open", "awaiting_approval"].contains(record["status"].text) }

    /// Whether it was valid no more at an instant.
    static func hasExpired(_ record: Record, at time: Instant) -> Bool {
        record["valid_until"].instant.map { $0 < time } ?? false
    }

    static func all(of deal: Record, in records: some Records) -> [Record] {
        records.records(schema.name, where: "deal_id", is: .identifier(deal.id))
    }

    static func state(_ record: Record) -> [JSON.Member] {
        [.init("id", .string(record.idText)), .init("status", .string(record["status"].text ?? ""))]
    }

    /// Has an event decide an offer.
    @discardableResult
    static func decide(
        _ offer: Record, by event: String, at time: Instant, reason: Value = .null, in transaction: inout Transaction
    ) throws(Refusal) -> Record {
        var draft = Draft(offer)
        try Lifecycles.offer.happen(event, to: &draft)
        draft["decided_at"] = .instant(time)
        draft["reason"] = reason
        draft["timer_at"] = .null
        return transaction.put(draft)
    }

    /// Decides the offer of a deal that ends or has another one, where it has one that is still valid; what waits for
    /// approval is withdrawn.
    static func close(
        of deal: Record, by event: String, at time: Instant, in transaction: inout Transaction
    ) throws(Refusal) -> Record? {
        var decided: Record?
        for offer in all(of: deal, in: transaction) where isUndecided(offer) {
            if let end = offer["valid_until"].instant, hasExpired(offer, at: time) {
                try decide(offer, by: "expire", at: end, in: &transaction)
                continue
            }
            let isOpen = offer["status"].text == "open"
            let record = try decide(offer, by: isOpen ? event : "withdraw", at: time, in: &transaction)
            if isOpen { decided = record }
        }
        return decided
    }

    /// Refuses who may not approve of offers to end with a win what waits for that.
    static func demandApproval(of deal: Record, at time: Instant, in transaction: Transaction) throws(Refusal) {
        let waiting = all(of: deal, in: transaction).first { offer in
            offer["status"].text == "awaiting_approval" && !hasExpired(offer, at: time)
        }
        guard let offer = waiting,
            let approve = Action.all.first(where: { $0.resource == schema.name && $0.name == "approve" })
        else { return }
        try transaction.demand(
            approve.grants, to: approve.name, schema, offer, owners: Ownership.owners(of: offer, in: transaction))
    }

    static let timer = Timer(schema.name) { offer, transaction throws(Refusal) in
        try decide(offer, by: "expire", at: offer["valid_until"].instant ?? transaction.now, in: &transaction)
    }
}
