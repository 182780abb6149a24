/// Where a lead stands between marketing and sales.
public enum Stage: String, Sendable, CaseIterable {
    /// Known by name, not yet more.
    case lead
    /// Marketing qualified.
    case mql
    /// Sales accepted.
    case sal
    /// Sales qualified.
    case sql
    /// Has an open deal.
    case opportunity
    /// Has bought.
    case customer
    /// Out, for a stated reason.
    case disqualified

    /// The stages of the way forward, in order.
    public static let forward: [Stage] = [.lead, .mql, .sal, .sql, .opportunity, .customer]

    /// The journey's phase as marketing sees it; none outside the journey.
    public var phase: String? {
        switch self {
        case .lead: "awareness"
        case .mql, .sal: "consideration"
        case .sql, .opportunity: "purchase"
        case .customer: "post_purchase"
        case .disqualified: nil
        }
    }

    /// Every phase, in order.
    public static let phases = ["awareness", "consideration", "purchase", "post_purchase"]
}
