internal import JSON
internal import Store

/// How a deal goes on and ends.
enum DealActions {
    private static let pipeline = Pipeline.standard

    static let all = [
        Action(
            "deals", "move", "Takes an open deal to another open stage.",
            fields: [Field("stage", .choice(pipeline.open.map(\.name)), "The stage.").required()], move),
        Action(
            "deals", "win", "Wins a deal; its leads become customers.",
            fields: [Field("amount", .money, "What it was won for; the deal's amount where not given.")], win),
        Action(
            "deals", "lose", "Loses a deal, for a reason.",
            fields: [Field("reason", .text(max: 500), "Why; it becomes the deal's lost_reason.").required()], lose),
        Action(
            "deals", "reopen", "Takes a closed deal back to an open stage.",
            fields: [
                Field("stage", .choice(pipeline.open.map(\.name)), "The stage; the last open one where not given."),
                Field("reason", .text(max: 500), "Why."),
            ], by: Grants(any: [.salesManager]), reopen),
    ]

    private static func move(
        _ deal: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        let current = try demandOpen(deal, "moved")
        let stage = input["stage"].text ?? ""
        guard stage != current else {
            throw .conflict(rule: "the deal is in that stage already", state: state(deal))
        }
        var draft = Draft(deal)
        try Deal.enter(stage, from: current, at: input.time, reason: nil, &draft)
        return transaction.put(draft)
    }

    private static func win(
        _ deal: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        let current = try demandOpen(deal, "won")
        var draft = Draft(deal)
        if !input["amount"].isNull { draft["amount"] = input["amount"] }
        guard !draft["amount"].isNull else {
            throw .invalid([Fault("/amount", "a won deal needs an amount, here or on the deal")])
        }
        try demandAfterOpening(deal, input.time)
        try Deal.enter(Pipeline.won, from: current, at: input.time, reason: nil, &draft)
        draft["closed_at"] = .instant(input.time)
        let won = transaction.put(draft)
        for lead in Deal.leads(of: won, in: transaction) {
            _ = try Lead.happen(.winDeal, to: lead, at: input.time, in: &transaction)
        }
        return won
    }

    private static func lose(
        _ deal: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        let current = try demandOpen(deal, "lost")
        try demandAfterOpening(deal, input.time)
        var draft = Draft(deal)
        try Deal.enter(Pipeline.lost, from: current, at: input.time, reason: input["reason"].text, &draft)
        draft["closed_at"] = .instant(input.time)
        draft["lost_reason"] = input["reason"]
        let lost = transaction.put(draft)
        for lead in Deal.leads(of: lost, in: transaction) {
            try Deal.release(lead, from: lost, at: input.time, in: &transaction)
        }
        return lost
    }

    private static func reopen(
        _ deal: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        let current = deal["stage"].text ?? ""
        guard !pipeline.isOpen(current) else {
            throw .conflict(rule: "only a won or lost deal is reopened", state: state(deal))
        }
        let last = StageEntry.all(of: deal).last { pipeline.isOpen($0.stage) && !$0.isImplied }
        let stage = input["stage"].text ?? last?.stage ?? pipeline.open[0].name
        var draft = Draft(deal)
        try StageHistory.enter(stage, at: input.time, reason: input["reason"].text ?? "reopened", &draft)
        draft["closed_at"] = .null
        draft["lost_reason"] = .null
        let reopened = transaction.put(draft)
        for lead in Deal.leads(of: reopened, in: transaction) {
            try takeBack(lead, to: reopened, at: input.time, in: &transaction)
        }
        return reopened
    }

    /// A customer by nothing but the reopened deal is an opportunity again.
    private static func takeBack(
        _ lead: Record, to deal: Record, at time: Instant, in transaction: inout Transaction
    ) throws(Refusal) {
        let others = transaction.records("deals", where: "lead_ids", is: .identifier(lead.id))
        let hasBought = others.contains { $0.id != deal.id && $0["stage"].text == Pipeline.won }
        guard Lead.stage(of: lead) == .customer, !hasBought else {
            return try Deal.open(lead, at: time, in: &transaction)
        }
        try Lead.goBack(lead, to: .opportunity, at: time, reason: "its deal was reopened", in: &transaction)
    }

    private static func demandOpen(_ deal: Record, _ participle: String) throws(Refusal) -> String {
        let stage = deal["stage"].text ?? ""
        guard pipeline.isOpen(stage) else {
            throw .conflict(rule: "a closed deal is not \(participle): reopen it first", state: state(deal))
        }
        return stage
    }

    private static func demandAfterOpening(_ deal: Record, _ time: Instant) throws(Refusal) {
        guard let opened = deal["opened_at"].instant, time < opened else { return }
        throw .conflict(rule: "a deal is closed after it was opened, \(opened), not at \(time)", state: state(deal))
    }

    private static func state(_ deal: Record) -> [JSON.Member] {
        [.init("stage", .string(deal["stage"].text ?? "")), .init("id", .string(deal.idText))]
    }
}
