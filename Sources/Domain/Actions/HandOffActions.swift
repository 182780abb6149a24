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
                Field("reason_class", .choice(Words.rejectionClasses), "The class of the reason."),
            ], by: takers, reject),
    ]

    private static func accept(
        _ handOff: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        let lead = try demandPending(handOff, input, in: transaction)
        _ = try Lead.happen(
            .accept, to: lead, at: input.time, changing: { $0["owner_id"] = handOff["to"] }, in: &transaction)
        return answer(handOff, "accepted", input, in: &transaction)
    }

    private static func reject(
        _ handOff: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        let lead = try demandPending(handOff, input, in: transaction)
        _ = try Lead.happen(.reject, to: lead, at: input.time, in: &transaction)
        return answer(handOff, "rejected", input, in: &transaction) {
            $0["reason"] = input["reason"]
            $0["reason_class"] = input["reason_class"]
        }
    }

    /// The lead of a hand-off that waits for its answer.
    private static func demandPending(
        _ handOff: Record, _ input: Input, in transaction: Transaction
    ) throws(Refusal) -> Record {
        let status = handOff["status"].text ?? ""
        guard status == "pending" else {
            throw .conflict(rule: "a hand-off is answered once", state: HandOff.state(handOff))
        }
        if let submitted = handOff["submitted_at"].instant, input.time < submitted {
            throw .conflict(
                rule: "a hand-off is answered after it was given, \(submitted), not at \(input.time)",
                state: HandOff.state(handOff))
        }
        guard let id = handOff["lead_id"].reference, let lead = transaction.record("leads", id) else {
            preconditionFailure("the lead of \(handOff.idText) is gone, though references do not dangle")
        }
        return lead
    }

    private static func answer(
        _ handOff: Record, _ status: String, _ input: Input, in transaction: inout Transaction,
        _ change: (inout Draft) -> Void = { _ in }
    ) -> Record {
        var draft = Draft(handOff)
        draft["status"] = .text(status)
        draft["answered_at"] = .instant(input.time)
        change(&draft)
        return transaction.put(draft)
    }
}
