internal import Store

/// What a deal does to the leads it is negotiated with.
enum DealLeads {
    /// The leads of a deal.
    static func of(_ deal: Record, in transaction: Transaction) -> [Record] {
        var seen: Set<Identifier> = []
        let ids = deal["lead_ids"].elements.compactMap(\.reference).filter { seen.insert($0).inserted }
        return ids.compactMap { transaction.record("leads", $0) }
    }

    /// Why a lead is sql again, and opportunity again.
    static let released = "its last open deal ended"
    static let takenBack = "its deal was reopened"

    /// Has an event of a deal happen to a lead: behind all that is known of it, or among that.
    private static func happen(
        _ event: Lifecycle.Event, to lead: Record, at time: Instant, reason: String? = nil,
        in transaction: inout Transaction
    ) throws(Refusal) {
        guard LeadCourse.isBehind(lead, time) else { return try LeadCourse.retrace(lead, in: &transaction) }
        _ = try Lead.happen(event, to: lead, at: time, reason: reason, in: &transaction)
    }

    /// A lead that a deal is opened with is an opportunity.
    static func open(_ lead: Record, at time: Instant, in transaction: inout Transaction) throws(Refusal) {
        try HandOff.demandAnswered(lead, in: transaction)
        try happen(.openDeal, to: lead, at: time, in: &transaction)
    }

    /// The leads of a deal that was won are customers.
    static func win(_ deal: Record, at time: Instant, in transaction: inout Transaction) throws(Refusal) {
        for lead in of(deal, in: transaction) {
            try happen(.winDeal, to: lead, at: time, in: &transaction)
        }
    }

    /// A lead whose last open deal ended goes back to sql.
    static func release(
        _ lead: Record, from deal: Record, at time: Instant, in transaction: inout Transaction
    ) throws(Refusal) {
        let others = transaction.records("deals", where: "lead_ids", is: .identifier(lead.id))
        let hasOther = others.contains { $0.id != deal.id && Deal.isOpen($0) }
        guard !hasOther else { return }
        try happen(.loseLastDeal, to: lead, at: time, reason: released, in: &transaction)
    }

    /// A customer by nothing but the reopened deal is an opportunity again.
    static func takeBack(
        _ lead: Record, to deal: Record, at time: Instant, in transaction: inout Transaction
    ) throws(Refusal) {
        let others = transaction.records("deals", where: "lead_ids", is: .identifier(lead.id))
        let hasBought = others.contains { $0.id != deal.id && $0["stage"].text == PipelineStages.won }
        guard Lead.stage(of: lead) == .customer, !hasBought else { return try open(lead, at: time, in: &transaction) }
        try Lead.goBack(lead, to: .opportunity, at: time, reason: takenBack, in: &transaction)
    }
}
