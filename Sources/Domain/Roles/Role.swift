/// What somebody does in the company, and so may do here.
public enum Role: String, Sendable, CaseIterable {
    case salesRepresentative = "sales_representative"
    case accountManager = "account_manager"
    case salesManager = "sales_manager"
    case marketingManager = "marketing_manager"
    case digitalMarketer = "digital_marketer"
    case creative
    /// Another program: it may do what its key's scopes say, and nothing else.
    case service
    /// Everything.
    case admin

    /// Whether leads are handed to it.
    var isOfSales: Bool { [.salesRepresentative, .accountManager, .salesManager].contains(self) }

    /// What one sees where the user's record does not say.
    var visibility: Visibility {
        switch self {
        case .salesRepresentative, .accountManager: .team
        default: .all
        }
    }
}

/// Whose records somebody sees.
public enum Visibility: String, Sendable, CaseIterable {
    /// One's own, and those that nobody owns.
    case own
    /// Those of one's team and of the teams one leads as well.
    case team
    /// Everybody's.
    case all
}
