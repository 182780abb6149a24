internal import Domain
internal import Store

/// The tables that facts have rows in.
enum FactKind: UInt8, Sendable, CaseIterable {
    case users, teams, accounts, campaigns, products, contents, pipelines
    case leads, deals, touches, purchases, handoffs, activities, inquiries, objections, offers, insights, observations,
        goals, agreements

    /// What rows of this kind name beside their record: a credit its deal, a use its content.
    var linked: FactKind? {
        switch self {
        case .touches: .deals
        case .deals: .contents
        default: nil
        }
    }

    var schema: Schema {
        switch self {
        case .users: User.schema
        case .teams: Team.schema
        case .accounts: Account.schema
        case .campaigns: Campaign.schema
        case .products: Product.schema
        case .contents: Content.schema
        case .pipelines: Pipeline.schema
        case .leads: Lead.schema
        case .deals: Deal.schema
        case .touches: Touch.schema
        case .purchases: Purchase.schema
        case .handoffs: HandOff.schema
        case .activities: Activity.schema
        case .inquiries: Inquiry.schema
        case .objections: Objection.schema
        case .offers: Offer.schema
        case .insights: Insight.schema
        case .observations: Observation.schema
        case .goals: Goal.schema
        case .agreements: Agreement.schema
        }
    }
}

/// Which row each record has, table by table.
struct Links: Sendable {
    private var all = FactKind.allCases.map { _ in RowIDs() }

    subscript(kind: FactKind) -> RowIDs {
        _read { yield all[Int(kind.rawValue)] }
        _modify { yield &all[Int(kind.rawValue)] }
    }

    /// The row that a record has; ``RowIDs/none`` where it has none.
    func row(of id: Identifier?, in kind: FactKind) -> Int32 { all[Int(kind.rawValue)].row(of: id) }
}
