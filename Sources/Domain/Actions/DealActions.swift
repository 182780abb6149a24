internal import JSON
internal import Store

/// How a deal goes on and ends.
enum DealActions {
    private static let stage = Field("stage", .text(max: 100), "The stage, one of the pipeline's open ones.")

    static let all = [
        Action(
            "deals", "move", "Takes an open deal to another open stage.",
            fields: [
                stage.required(),
                Field("pipeline_id", .reference(Pipeline.reference), "The pipeline; its own where not given."),
            ], move),
        Action(
            "deals", "win", "Wins a deal: its leads become customers, its open offer is accepted, a purchase is made.",
            fields: [Field("amount", .money, "What it was won for; the deal's amount where not given.")], win),
        Action(
            "deals", "lose", "Loses a deal, for a reason.",
            fields: [
                Field("reason", .text(max: 500), "Why; it becomes the deal's lost_reason.").required(),
                Field("category", .choice(Words.lostCategories), "The kind of the reason."),
                Field("competitor", .text(max: 200), "To whom."),
            ], lose),
        Action(
            "deals", "reopen", "Takes a closed deal back to an open stage.",
            fields: [
                Field("stage", .text(max: 100), "The stage; the last open one where not given."),
                Field("reason", .text(max: 500), "Why."),
            ], by: Grants(any: [.salesManager]), reopen),
    ]

    private static func move(
        _ deal: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        let current = try demand("move", of: deal, "a closed deal is not moved: reopen it first")
        let stage = input["stage"].text ?? ""
        var draft = Draft(deal)
        if !input["pipeline_id"].isNull { draft["pipeline_id"] = input["pipeline_id"] }
        let isOther = draft["pipeline_id"] != deal["pipeline_id"]
        let pipeline = draft["pipeline_id"].reference.flatMap { transaction.record(Pipeline.schema.name, $0) }
        let stages = pipeline.map(PipelineStages.init) ?? Pipeline.stages(of: deal, in: transaction)
        try demandOpen(stage, of: stages)
        guard stage != current || isOther else {
            throw .conflict(rule: "the deal is in that stage already", state: state(deal))
        }
        // The stages of another pipeline were not skipped on the way.
        try Deal.enter(stage, of: stages, from: isOther ? "" : current, at: input.time, &draft)
        DealClock.start(&draft, stages, now: transaction.now)
        return transaction.put(draft, since: isOther ? input.time : nil)
    }

    private static func win(
        _ deal: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        let current = try demand("win", of: deal, "a closed deal is not won: reopen it first")
        var draft = Draft(deal)
        try Offer.demandApproval(of: deal, at: input.time, in: transaction)
        let offer = try Offer.close(of: deal, by: "accept", at: input.time, in: &transaction)
        if let offer { draft["amount"] = offer["amount"] }
        if !input["amount"].isNull { draft["amount"] = input["amount"] }
        guard !draft["amount"].isNull else {
            throw .invalid([Fault("/amount", "a won deal needs an amount, here or on the deal")])
        }
        try Refusal.demandNone(Deal.saleFaults(of: draft))
        try demandAfterOpening(deal, input.time)
        let stages = Pipeline.stages(of: deal, in: transaction)
        try Deal.enter(PipelineStages.won, of: stages, from: current, at: input.time, &draft)
        draft["closed_at"] = .instant(input.time)
        DealClock.start(&draft, stages, now: transaction.now)
        Deal.freeze(&draft, in: transaction)
        let won = transaction.put(draft, since: input.time, settles: true)
        try DealLeads.win(won, at: input.time, in: &transaction)
        Purchase.make(of: won, in: &transaction)
        return won
    }

    private static func lose(
        _ deal: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        let current = try demand("lose", of: deal, "a closed deal is not lost: reopen it first")
        try demandAfterOpening(deal, input.time)
        _ = try Offer.close(of: deal, by: "decline", at: input.time, in: &transaction)
        let stages = Pipeline.stages(of: deal, in: transaction)
        var draft = Draft(deal)
        try Deal.enter(
            PipelineStages.lost, of: stages, from: current, at: input.time, reason: input["reason"].text, &draft)
        draft["closed_at"] = .instant(input.time)
        draft["lost_reason"] = input["reason"]
        draft["lost_category"] = input["category"]
        draft["lost_to"] = input["competitor"]
        DealClock.start(&draft, stages, now: transaction.now)
        Deal.freeze(&draft, in: transaction)
        let lost = transaction.put(draft, since: input.time, settles: true)
        for lead in DealLeads.of(lost, in: transaction) {
            try DealLeads.release(lead, from: lost, at: input.time, in: &transaction)
        }
        Insight.note(
            "lost_deal", at: input.time,
            [
                "reason": input["category"], "quote": input["reason"], "deal_id": .reference(lost.id),
                "user_id": lost["owner_id"],
            ], in: &transaction)
        return lost
    }

    private static func reopen(
        _ deal: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        _ = try demand("reopen", of: deal, "only a won or lost deal is reopened")
        let stages = Pipeline.stages(of: deal, in: transaction)
        let last = StageEntry.all(of: deal).last { entry in
            !entry.isImplied && stages.open.contains { $0.name == entry.stage }
        }
        let stage = input["stage"].text ?? last?.stage ?? stages.open[0].name
        try demandOpen(stage, of: stages)
        var draft = Draft(deal)
        try StageHistory.enter(stage, at: input.time, reason: input["reason"].text ?? "reopened", &draft)
        for name in ["closed_at", "lost_reason", "lost_category", "lost_to"] { draft[name] = .null }
        DealClock.start(&draft, stages, now: transaction.now)
        Deal.freeze(&draft, in: transaction)
        let reopened = transaction.put(draft, since: input.time, settles: true)
        Purchase.takeBack(of: reopened, at: input.time, in: &transaction)
        for lead in DealLeads.of(reopened, in: transaction) {
            try DealLeads.takeBack(lead, to: reopened, at: input.time, in: &transaction)
        }
        return reopened
    }

    // MARK: Rules

    /// Refuses what does not happen to a deal as it stands, and tells its stage.
    private static func demand(_ event: String, of deal: Record, _ rule: String) throws(Refusal) -> String {
        let stage = deal["stage"].text ?? ""
        guard Lifecycles.deal.next(event, in: PipelineStages.isOpen(stage) ? "open" : stage) != nil else {
            throw .conflict(rule: rule, state: state(deal))
        }
        return stage
    }

    private static func demandOpen(_ stage: String, of stages: PipelineStages) throws(Refusal) {
        guard stages.open.contains(where: { $0.name == stage }) else {
            let names = stages.open.map(\.name).joined(separator: ", ")
            throw .invalid([Fault("/stage", "must be one of the pipeline's open stages: \(names)")])
        }
    }

    private static func demandAfterOpening(_ deal: Record, _ time: Instant) throws(Refusal) {
        guard let opened = deal["opened_at"].instant, time < opened else { return }
        throw .conflict(rule: "a deal is closed after it was opened, \(opened), not at \(time)", state: state(deal))
    }

    private static func state(_ deal: Record) -> [JSON.Member] {
        [.init("stage", .string(deal["stage"].text ?? "")), .init("id", .string(deal.idText))]
    }
}
