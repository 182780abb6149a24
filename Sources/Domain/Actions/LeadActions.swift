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
        Action(
            "leads", "recycle", "Takes a lead back to the start, for a reason, and into a nurture where one is named.",
            fields: [reason, Field("nurture_id", .reference(Nurture.reference), "The programme that it enters.")],
            recycle),
        Action(
            "leads", "adjust-score", "Gives or takes points by hand, for a reason.",
            fields: [Field("points", .integer(-1000...1000), "The points.").required(), reason], adjustScore),
        Action(
            "leads", "handoff", "Hands a lead to sales and starts the clock of its answer.",
            fields: [
                Field(
                    "to", .text(max: 50), "Who takes it, a user's id; auto, or nothing, leaves it to the routing rules."
                ),
                Field("from", .reference(User.reference), "Who gives it; the lead's owner where not given."),
                Field("due_at", .instant, "When the answer is due; by the agreement where not given."),
                Field("note", .text(max: 2000), "What sales should know."),
            ], answer: "handoffs", by: Grants(any: [.marketingManager, .digitalMarketer]), handOff),
        Action(
            "leads", "assign", "Gives a lead its owner: somebody, or whom the routing rules find.",
            fields: [
                Field(
                    "to", .text(max: 50), "Who looks after it, a user's id; auto leaves it to the routing rules."
                ).required()
            ], by: Grants(any: [.salesManager, .marketingManager]), assign),
    ]

    /// What sales has accepted it alone finds ready for itself.
    private static let forSales = Grants(any: [.salesManager], own: [.salesRepresentative, .accountManager])

    private static func qualify(
        _ lead: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        let isForSales = (input["stage"].text ?? (Lead.stage(of: lead) == .lead ? "mql" : "sql")) == "sql"
        if isForSales {
            try transaction.demand(
                forSales, to: "qualify", Lead.schema, lead, owners: Ownership.owners(of: lead, in: transaction))
        }
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
        let recycled = try Lead.happen(
            .recycle, to: lead, at: input.time, reason: input["reason"].text, in: &transaction)
        if let nurture = input["nurture_id"].reference.flatMap({ transaction.record(Nurture.schema.name, $0) }) {
            try Nurturing.enrol(lead.id, in: nurture, &transaction)
        }
        return recycled
    }

    private static func adjustScore(
        _ lead: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        var draft = Draft(lead)
        let user: Value = transaction.author.user.map { .reference($0) } ?? .null
        let entry = Value.object([input["points"], input["reason"], .instant(input.time), user])
        draft["score_overrides"] = .list(lead["score_overrides"].elements + [entry])
        let changed = transaction.put(draft)
        return try Scoring.settle(lead.id, in: &transaction) ?? changed
    }

    private static func handOff(
        _ lead: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        var draft = transaction.draft(of: HandOff.schema)
        draft["lead_id"] = .reference(lead.id)
        draft["to"] = try user(input, in: transaction).map { .reference($0.id) } ?? .null
        for name in ["from", "due_at", "note"] { draft[name] = input[name] }
        draft["submitted_at"] = .instant(input.time)
        try HandOff.making(&draft, given: GivenFields(), in: &transaction)
        return transaction.put(draft)
    }

    private static func assign(
        _ lead: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        let routing: (owner: Record, value: Value)
        if let user = try user(input, in: transaction) {
            routing = (user, .null)
        } else {
            let choice = try Routing.choose(for: lead, in: &transaction)
            routing = (choice.user, choice.value)
        }
        var draft = Draft(lead)
        draft["owner_id"] = .reference(routing.owner.id)
        draft["routing"] = routing.value
        return draft.values == lead.values ? lead : transaction.put(draft, since: input.time)
    }

    /// Whom `to` names; `nil` where that is left to the routing rules.
    private static func user(_ input: Input, in transaction: Transaction) throws(Refusal) -> Record? {
        guard let text = input["to"].text, text != "auto" else { return nil }
        let schema = User.schema
        guard let user = Identifier(text, prefix: schema.prefix).flatMap({ transaction.record(schema.name, $0) }) else {
            throw .invalid([Fault("/to", "must be auto or the id of one of the users, and there is no \(text)")])
        }
        return user
    }
}
