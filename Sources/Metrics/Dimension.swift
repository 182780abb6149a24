internal import Domain
internal import Store

/// What a figure can be cut by.
public enum Dimension: String, Sendable, CaseIterable {
    /// Lengths of the calendar, in the zone asked for.
    case day, week, month, quarter, year
    /// Where a lead came from: its channel, its channel and medium, its campaign.
    case channel, source, campaign
    /// Who answers for it, that user's team, its manager, its region.
    case owner, team, manager, region
    /// What is sold, and what the account does.
    case product, industry
    /// Where it stands.
    case stage

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

    /// The dimensions of facts about leads and hand-offs.
    static let ofLeads = allCases.filter { $0 != .product && $0 != .industry }
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

/// Finds the keys of facts; what is looked up often is kept for one question.
final class DimensionReader {
    private let view: View
    private let zone: Zone
    private var owners: [Identifier: Owner] = [:]
    private var campaigns: [Identifier: GroupKey] = [:]

    private struct Owner {
        var owner = GroupKey.none
        var team = GroupKey.none
        var manager = GroupKey.none
        var region = GroupKey.none
    }

    init(view: View, zone: Zone) {
        self.view = view
        self.zone = zone
    }

    /// The key of a fact along a dimension.
    func key(of fact: Fact, _ dimension: Dimension) -> GroupKey {
        if let unit = dimension.calendarUnit {
            return fact.at.map { named(unit.key(of: zone.day(of: $0))) } ?? .none
        }
        switch dimension {
        case .channel: return lead(of: fact).map { named($0["source"].parts.first?.text) } ?? .none
        case .source: return lead(of: fact).map { named(source(of: $0)) } ?? .none
        case .campaign: return lead(of: fact).map { campaign(of: $0) } ?? .none
        case .owner: return owner(of: fact).owner
        case .team: return owner(of: fact).team
        case .manager: return owner(of: fact).manager
        case .region: return owner(of: fact).region
        case .product: return product(of: fact)
        case .industry: return industry(of: fact)
        case .stage: return stage(of: fact)
        case .day, .week, .month, .quarter, .year: return .none
        }
    }

    private func named(_ text: String?) -> GroupKey {
        text.map { GroupKey(key: $0, order: 0, label: nil) } ?? .none
    }

    /// The lead that a fact is about: itself, the one handed over, or a deal's first.
    private func lead(of fact: Fact) -> Record? {
        switch fact.record.schema.name {
        case "leads": fact.record
        case "handoffs": fact.record["lead_id"].reference.flatMap { view.record("leads", $0) }
        case "purchases": fact.record["lead_id"].reference.flatMap { view.record("leads", $0) }
        case "deals": fact.record["lead_ids"].elements.first?.reference.flatMap { view.record("leads", $0) }
        default: nil
        }
    }

    private func source(of lead: Record) -> String? {
        let parts = lead["source"].parts
        guard let channel = parts.first?.text else { return nil }
        return parts[1].text.map { "\(channel)/\($0)" } ?? channel
    }

    private func campaign(of lead: Record) -> GroupKey {
        let parts = lead["source"].parts
        guard parts.count > 2, let id = parts[2].reference else { return .none }
        if let known = campaigns[id] { return known }
        let record = view.record("campaigns", id)
        let key = record.map { GroupKey(key: $0.idText, order: 0, label: $0["name"].text) } ?? .none
        campaigns[id] = key
        return key
    }

    private func owner(of fact: Fact) -> Owner {
        guard let id = ownerID(of: fact.record) else { return Owner() }
        if let known = owners[id] { return known }
        var owner = Owner()
        if let user = view.record("users", id) {
            owner.owner = key(of: user)
            if let team = user["team_id"].reference.flatMap({ view.record("teams", $0) }) {
                owner.team = key(of: team)
                owner.region = named(team["region"].text)
                owner.manager = team["manager_id"].reference.flatMap { view.record("users", $0) }.map(key) ?? .none
            }
        }
        owners[id] = owner
        return owner
    }

    private func ownerID(of record: Record) -> Identifier? {
        switch record.schema.name {
        case "handoffs": record["to"].reference
        // Who looks after the account has its purchases.
        case "purchases": record["account_id"].reference.flatMap { view.record("accounts", $0)?["owner_id"].reference }
        default: record["owner_id"].reference
        }
    }

    private func product(of fact: Fact) -> GroupKey {
        if let slot = fact.record.schema.slot("product") { return named(fact.record.value(at: slot).text) }
        guard fact.record.schema.slot("product_id") != nil, let id = fact.record["product_id"].reference else {
            return .none
        }
        return named(view.record("products", id)?["name"].text)
    }

    private func key(of record: Record) -> GroupKey {
        GroupKey(key: record.idText, order: 0, label: record["name"].text)
    }

    private func industry(of fact: Fact) -> GroupKey {
        guard fact.record.schema.slot("account_id") != nil, let id = fact.record["account_id"].reference,
            let account = view.record("accounts", id)
        else { return .none }
        return named(account["industry"].text)
    }

    private func stage(of fact: Fact) -> GroupKey {
        guard let stage = fact.stage else { return .none }
        let order = Stage.allCases.map(\.rawValue) + PipelineStages.standard.names
        return GroupKey(key: stage, order: order.firstIndex(of: stage) ?? 0, label: nil)
    }
}
