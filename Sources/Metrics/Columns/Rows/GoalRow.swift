internal import Domain
internal import Store

/// One goal.
struct GoalRow: FactRow {
    var metric = WordList.none
    var department = WordList.none
    var scope = WordList.none
    var team = RowIDs.none
    var user = RowIDs.none
    var campaign = RowIDs.none
    /// The first day of its period, and the first after it.
    var from = Int32.max
    var to = Int32.max
    var target = Sum(nil)

    init() {}

    private static let slots = Slots(Goal.schema)
    private static let metricSlot = slots("metric")
    private static let departmentSlot = slots("department")
    private static let scopeSlot = slots("scope")
    private static let teamSlot = slots("team_id")
    private static let userSlot = slots("user_id")
    private static let campaignSlot = slots("campaign_id")
    private static let fromSlot = slots("from")
    private static let toSlot = slots("to")
    private static let targetSlot = slots("target_amount")

    init(_ record: Record, _ links: Links, _ words: inout WordList) {
        metric = words.number(of: record, at: Self.metricSlot)
        department = words.number(of: record, at: Self.departmentSlot)
        scope = words.number(of: record, at: Self.scopeSlot)
        team = links.row(of: record.reference(at: Self.teamSlot), in: .teams)
        user = links.row(of: record.reference(at: Self.userSlot), in: .users)
        campaign = links.row(of: record.reference(at: Self.campaignSlot), in: .campaigns)
        from = record.day(at: Self.fromSlot)
        to = record.day(at: Self.toSlot)
        target = record.sum(at: Self.targetSlot)
    }
    /// Whether another goal of the same and the same department is of a part of this one's period.
    func holds(_ other: GoalRow) -> Bool {
        isOfTheSame(as: other) && department == other.department && from <= other.from && to >= other.to
            && (from, to) != (other.from, other.to)
    }

    /// Whether another department's goal of the same is of some of the same days.
    func overlaps(_ other: GoalRow) -> Bool {
        isOfTheSame(as: other) && department != other.department && from < other.to && other.from < to
    }

    private func isOfTheSame(as other: GoalRow) -> Bool {
        (user, team, campaign) == (other.user, other.team, other.campaign)
    }
}
