internal import JSON
internal import Store

/// What marketing and sales do with a lead.
enum LeadActions {
    private static let reason = Field("reason", .text(max: 500), "Why; a no is never silent.").required()

    static let all = [
        Action(
            "leads", "qualify", "Finds a lead ready: marketing makes it mql, sales makes what it accepted sql.",
            fields: [Field("stage", .choice(["mql", "sql"]), "What it becomes; the next one where not given.")], qualify
        ),
        Action("leads", "disqualify", "Takes a lead out, for a reason.", fields: [reason], disqualify),
        Action("leads", "recycle", "Takes a lead back to the start, for a reason.", fields: [reason], recycle),
        Action(
            "leads", "handoff", "Hands a lead to sales and starts the clock of its answer.",
            fields: [
                Field("to", .reference(User.reference), "Who takes it.").required(),
                Field("from", .reference(User.reference), "Who gives it; the lead's owner where not given."),
                Field("due_at", .instant, "When the answer is due; a day later where not given."),
                Field("note", .text(max: 2000), "What sales should know."),
            ], answer: "handoffs", by: Grants(any: [.marketingManager, .digitalMarketer]), handOff),
    ]

    private static func qualify(
        _ lead: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        let isForSales = (input["stage"].text ?? (Lead.stage(of: lead) == .lead ? "mql" : "sql")) == "sql"
        return try Lead.happen(
            isForSales ? .qualifyForSales : .qualifyForMarketing, to: lead, at: input.time, in: &transaction)
    }

    private static func disqualify(
        _ lead: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        try HandOff.demandAnswered(lead, in: transaction)
        return try Lead.happen(
            .disqualify, to: lead, at: input.time, reason: input["reason"].text, in: &transaction)
    }

    private static func recycle(
        _ lead: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        try HandOff.demandAnswered(lead, in: transaction)
        return try Lead.happen(.recycle, to: lead, at: input.time, reason: input["reason"].text, in: &transaction)
    }

    private static func handOff(
        _ lead: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        var draft = transaction.draft(of: HandOff.schema)
        draft["lead_id"] = .reference(lead.id)
        for name in ["to", "from", "due_at", "note"] { draft[name] = input[name] }
        draft["submitted_at"] = .instant(input.time)
        try HandOff.making(&draft, given: [], in: &transaction)
        return transaction.put(draft)
    }
}
