/// What may happen to a lead in which stage: the agreement between marketing and sales as one table.
public enum Lifecycle {
    /// What happens to a lead.
    public enum Event: String, Sendable, CaseIterable {
        /// Marketing finds it ready.
        case qualifyForMarketing
        /// Sales finds a real chance.
        case qualifyForSales
        /// Marketing hands it to sales.
        case handOff
        /// Sales takes it.
        case accept
        /// Sales sends it back.
        case reject
        /// Either side finds that it will not buy.
        case disqualify
        /// It goes back to the start.
        case recycle
        /// A deal with it is opened.
        case openDeal
        /// A deal with it is won.
        case winDeal
        /// The last open deal with it is lost.
        case loseLastDeal
    }

    /// What an event does in a stage.
    public enum Move: Sendable, Equatable {
        /// The lead enters a stage.
        case to(Stage)
        /// The lead stays where it is.
        case stay
        /// A rule says no.
        case refused(String)
    }

    /// The cell of the table.
    public static func move(_ event: Event, in stage: Stage) -> Move {
        switch event {
        case .qualifyForMarketing:
            switch stage {
            case .lead: .to(.mql)
            case .disqualified: .refused("a disqualified lead is recycled before it is qualified")
            default: .refused("a lead becomes mql from lead alone")
            }
        case .qualifyForSales:
            switch stage {
            case .sal: .to(.sql)
            case .lead, .mql:
                .refused("a lead becomes sql after sales accepted it: hand it off, and have that accepted")
            case .disqualified: .refused("a disqualified lead is recycled before it is qualified")
            default: .refused("a lead becomes sql from sal alone")
            }
        case .handOff:
            stage == .mql ? .stay : .refused("a hand-off needs a lead that is mql")
        case .accept:
            stage == .mql ? .to(.sal) : .refused("a lead is accepted while it is mql")
        case .reject:
            stage == .mql ? .stay : .refused("a lead is rejected while it is mql")
        case .disqualify:
            switch stage {
            case .lead, .mql, .sal, .sql: .to(.disqualified)
            case .opportunity: .refused("a lead with an open deal is not disqualified: lose the deal first")
            case .customer: .refused("a customer is not disqualified")
            case .disqualified: .refused("the lead is disqualified already")
            }
        case .recycle:
            switch stage {
            case .mql, .sal, .sql, .disqualified: .to(.lead)
            case .lead: .refused("the lead is at the start already")
            case .opportunity: .refused("a lead with an open deal is not recycled: lose the deal first")
            case .customer: .refused("a customer is not recycled")
            }
        case .openDeal:
            switch stage {
            case .lead, .mql, .sal, .sql: .to(.opportunity)
            case .opportunity, .customer: .stay
            case .disqualified: .refused("a disqualified lead is recycled before a deal is opened with it")
            }
        case .winDeal:
            switch stage {
            case .customer: .stay
            case .disqualified: .refused("a disqualified lead is recycled before a deal with it is won")
            default: .to(.customer)
            }
        case .loseLastDeal:
            stage == .opportunity ? .to(.sql) : .stay
        }
    }

    /// The stages between two of the way forward, which entering the later one implies.
    public static func skipped(from: Stage, to: Stage) -> [Stage] {
        guard let start = Stage.forward.firstIndex(of: from), let end = Stage.forward.firstIndex(of: to),
            start + 1 < end
        else { return [] }
        return Array(Stage.forward[(start + 1)..<end])
    }
}
