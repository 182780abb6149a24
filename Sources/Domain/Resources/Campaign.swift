public import JSON
public import Store

/// Marketing activity on a channel, with an objective and a budget.
public enum Campaign: Resource {
    /// A reference to a campaign.
    static let reference = Reference("campaigns", prefix: "campaign")

    /// The declaration.
    public static let schema = Schema(
        "campaigns", prefix: "campaign", "Marketing activity on a channel, with an objective and a budget.",
        isShared: true,
        fields: [
            Field("name", .text(max: 200), "The campaign's name.").required().indexed().searched(),
            Field("channel", .choice(Words.channels), "Where it runs.").required().indexed(),
            Field("objective", .choice(Words.objectives), "What it is for."),
            Field("status", .choice(Lifecycles.campaign.states), "draft, active, paused, completed, archived.")
                .with(default: .text("draft")).indexed(),
            Field("budget", .money, "What it may cost."),
            Field("starts_on", .day, "Its first day."),
            Field("ends_on", .day, "Its last day."),
            Field("owner_id", .reference(User.reference), "The user who answers for it.").owner(),
        ])

    /// The marketing manager, and who looks after it.
    public static let writers = Grants(any: [.marketingManager], own: [.digitalMarketer])

    /// Refuses days that are out of order.
    public static func making(
        _ draft: inout Draft, given: [JSON.Member], in transaction: inout Transaction
    ) throws(Refusal) {
        if draft["status"].isNull { draft["status"] = .text("draft") }
        try checkDays(draft)
    }

    /// Refuses days that are out of order, and steps that the statuses do not have.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        try checkDays(draft)
        try Lifecycles.campaign.demandStep(from: old["status"].text ?? "", to: draft["status"].text ?? "")
    }

    private static func checkDays(_ draft: Draft) throws(Refusal) {
        guard case .day(let start) = draft["starts_on"], case .day(let end) = draft["ends_on"], end < start else {
            return
        }
        throw .invalid([Fault("/ends_on", "must not be before starts_on, \(start)")])
    }
}
