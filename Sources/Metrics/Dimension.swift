/// What a figure can be cut by.
public enum Dimension: String, Sendable, CaseIterable {
    /// Lengths of the calendar, in the zone asked for.
    case day, week, month, quarter, year
    /// Where it came from: channel, channel and medium, campaign.
    case channel, source, campaign
    /// Who answers for it, that user's team, its manager, its region.
    case owner, team, manager, region
    /// What is sold, and what the account does.
    case product, industry
    /// Where it stands, and that as marketing sees it.
    case stage, phase
    /// Why it was rejected, and of what kind it is.
    case reason, category
    /// The content that was seen, sent or used.
    case content
    /// How high the lead scores now, in steps of 25.
    case scoreBand = "score_band"

    /// The length of the calendar, for a dimension of time.
    var calendarUnit: CalendarUnit? {
        switch self {
        case .day: .day
        case .week: .week
        case .month: .month
        case .quarter: .quarter
        case .year: .year
        default: nil
        }
    }

    /// Whether it is a length of the calendar.
    public var isTime: Bool { calendarUnit != nil }

    /// Whether it tells a journey's touches apart.
    var isOfJourneys: Bool { Self.ofJourneys.contains(self) }

    /// The dimensions that tell a journey's touches apart.
    static let ofJourneys: [Dimension] = [.channel, .source, .campaign, .content]

    static let times: [Dimension] = [.day, .week, .month, .quarter, .year]
    static let people: [Dimension] = [.owner, .team, .manager, .region]
    /// The dimensions of facts about leads.
    static let ofLeads = times + [.channel, .source, .campaign] + people + [.industry, .stage, .phase, .scoreBand]
    /// The dimensions of facts about deals.
    static let ofDeals = ofLeads.filter { $0 != .phase } + [.product]
    /// The dimensions of facts about touches.
    static let ofTouches = times + ofJourneys
    /// The dimensions of what other systems count.
    static let ofObservations = times + [.channel, .campaign]
}

/// One key of a group: what it is and what people call it.
struct GroupKey: Hashable, Sendable {
    /// An id, a word, or `nil` for facts that have none.
    let key: String?
    /// The place in the dimension's natural order.
    let order: Int
    /// A name, where the key is an id.
    let label: String?

    static let none = GroupKey(key: nil, order: .max, label: nil)

    static func == (left: GroupKey, right: GroupKey) -> Bool { left.key == right.key }
    func hash(into hasher: inout Hasher) { hasher.combine(key) }
}
