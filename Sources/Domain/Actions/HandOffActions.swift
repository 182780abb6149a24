internal import JSON
internal import Store

/// How sales answers a hand-off.
enum HandOffActions {
    /// Sales, each what was handed to them.
    private static let takers = Grants(any: [.salesManager], own: [.salesRepresentative, .accountManager])

    static let all = [
        Action(
            "handoffs", "accept", "Takes the lead: it becomes sal, and its owner is who took it.", by: takers, accept),
        Action(
            "handoffs", "reject", "Sends the lead back to marketing, for a reason.",
            fields: [
                Field("reason", .text(max: 500), "Why; a no is never silent.").required(),
                Field(
                    "reason_code", .choice(RejectionReason.codes),
                    "The code of the reason; no need and no budget are none: disqualify, after contact."),
                Field("reason_class", .choice(Words.rejectionClasses), "Its class; the code's where one is given."),
            ], by: takers, reject),
    ]

    private static func accept(
        _ handOff: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        var draft = try answered(handOff, "accept", input)
        let lead = lead(of: handOff, in: transaction)
        _ = try Lead.happen(
            .accept, to: lead, at: input.time, changing: { $0["owner_id"] = handOff["to"] }, in: &transaction)
        HandOffClock.accepted(&draft, at: input.time, in: transaction)
        let accepted = transaction.put(draft)
        // Who was in contact before the answer need not be again.
        HandOffClock.noteContact(with: lead.id, in: &transaction)
        return transaction.record(HandOff.schema.name, handOff.id) ?? accepted
    }

    private static func reject(
        _ handOff: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        let (reasonClass, faults) = RejectionReason.read(input)
        try Refusal.demandNone(faults)
        var draft = try answered(handOff, "reject", input)
        _ = try Lead.happen(.reject, to: lead(of: handOff, in: transaction), at: input.time, in: &transaction)
        draft["reason"] = input["reason"]
        draft["reason_code"] = input["reason_code"]
        draft["reason_class"] = reasonClass
        Insight.note(
            "rejection", at: input.time,
            [
                "reason": input["reason_code"], "quote": input["reason"], "lead_id": handOff["lead_id"],
                "user_id": handOff["to"],
            ], in: &transaction)
        draft["timer_at"] = .null
        return transaction.put(draft)
    }

    /// A hand-off with its answer, which stops its clock.
    private static func answered(_ handOff: Record, _ event: String, _ input: Input) throws(Refusal) -> Draft {
        var draft = Draft(handOff)
        try Lifecycles.handOff.happen(event, to: &draft)
        if let submitted = handOff["submitted_at"].instant, input.time < submitted {
            throw .conflict(
                rule: "a hand-off is answered after it was given, \(submitted), not at \(input.time)",
                state: HandOff.state(handOff))
        }
        draft["answered_at"] = .instant(input.time)
        return draft
    }

    private static func lead(of handOff: Record, in transaction: Transaction) -> Record {
        guard let id = handOff["lead_id"].reference, let lead = transaction.record("leads", id) else {
            preconditionFailure("the lead of \(handOff.idText) is gone, though references do not dangle")
        }
        return lead
    }
}
