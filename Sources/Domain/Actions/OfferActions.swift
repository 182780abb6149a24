internal import JSON
internal import Store

/// How an offer is decided.
enum OfferActions {
    private static let reason = Field("reason", .text(max: 500), "Why; a no is never silent.").required()

    static let all = [
        Action("offers", "accept", "The buyer takes it: the deal is worth what was offered.", accept),
        Action("offers", "decline", "The buyer says no.", fields: [reason], decline),
        Action("offers", "withdraw", "We take it back.", withdraw),
        Action(
            "offers", "approve", "A manager lets an offer out that is above the discount limit.",
            by: Grants(any: [.salesManager]), approve),
        Action(
            "offers", "refuse", "A manager does not let it out.", fields: [reason], by: Grants(any: [.salesManager]),
            refuse),
    ]

    private static func accept(
        _ offer: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        if let end = offer["valid_until"].instant, Offer.hasExpired(offer, at: input.time) {
            throw .conflict(
                rule: "an offer is accepted while it is valid, until \(end)", state: Offer.state(offer))
        }
        let accepted = try decide(offer, "accept", input, &transaction)
        if let deal = offer["deal_id"].reference.flatMap({ transaction.record(Deal.schema.name, $0) }) {
            var draft = Draft(deal)
            draft["amount"] = offer["amount"]
            if !offer["lines"].elements.isEmpty { draft["lines"] = offer["lines"] }
            transaction.put(draft, since: input.time)
        }
        return accepted
    }

    private static func decline(
        _ offer: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        try decide(offer, "decline", input, reason: input["reason"], &transaction)
    }

    private static func withdraw(
        _ offer: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        try decide(offer, "withdraw", input, &transaction)
    }

    private static func approve(
        _ offer: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        var draft = Draft(offer)
        try Lifecycles.offer.happen("approve", to: &draft)
        draft["approved_by"] = transaction.author.user.map { .reference($0) } ?? .null
        return transaction.put(draft)
    }

    private static func refuse(
        _ offer: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        try decide(offer, "refuse", input, reason: input["reason"], &transaction)
    }

    private static func decide(
        _ offer: Record, _ event: String, _ input: Input, reason: Value = .null, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        if let offered = offer["offered_at"].instant, input.time < offered {
            throw .conflict(
                rule: "an offer is decided after it was made, \(offered), not at \(input.time)",
                state: Offer.state(offer))
        }
        return try Offer.decide(offer, by: event, at: input.time, reason: reason, in: &transaction)
    }
}
