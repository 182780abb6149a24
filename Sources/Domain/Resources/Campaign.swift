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
            Field("parent_id", .reference(reference), "The campaign that it is part of."),
            Field("segment_id", .reference(Segment.reference), "Whom it is for."),
            UTM.field,
            Field("utm_key", .text(max: 700), "The utm keys in one text.").readOnly().unique(),
        ])

    /// How deep campaigns are within one another.
    private static let depthMax = 5

    /// The marketing manager, and who looks after it.
    public static let writers = Grants(any: [.marketingManager], own: [.digitalMarketer])

    /// Begins as a draft.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        if draft["status"].isNull { draft["status"] = .text("draft") }
    }

    /// Refuses steps that the statuses do not have.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        try Lifecycles.campaign.demandStep(from: old["status"].text ?? "", to: draft["status"].text ?? "")
    }

    /// Keeps the key of its links, and refuses days that are out of order and campaigns within themselves.
    public static func check(_ draft: inout Draft, in transaction: Transaction) throws(Refusal) {
        setKey(&draft)
        try checkDays(draft)
        try checkParents(draft, in: transaction)
    }

    private static func setKey(_ draft: inout Draft) {
        let utm = UTM(draft["utm"])
        draft["utm_key"] = utm.isEmpty ? .null : .text(utm.key)
    }

    /// Refuses a campaign within itself, and one too deep.
    private static func checkParents(_ draft: Draft, in transaction: Transaction) throws(Refusal) {
        var depth = height(of: draft.id, in: transaction)
        var next = draft["parent_id"].reference
        while let id = next {
            depth += 1
            guard id != draft.id else {
                throw .invalid([Fault("/parent_id", "must not be the campaign itself or in it")])
            }
            guard depth < depthMax else {
                throw .invalid([Fault("/parent_id", "makes campaigns more than \(depthMax) deep")])
            }
            next = transaction.record(schema.name, id)?["parent_id"].reference
        }
    }

    /// How many campaigns are below one another within one.
    private static func height(of campaign: Identifier, in transaction: Transaction) -> Int {
        let children = transaction.records(schema.name, where: "parent_id", is: .identifier(campaign))
        return children.map { height(of: $0.id, in: transaction) + 1 }.max() ?? 0
    }

    /// A campaign and all that are part of it.
    public static func family(of campaign: Record, in records: some Records) -> [Record] {
        let children = records.records(schema.name, where: "parent_id", is: .identifier(campaign.id))
        return [campaign] + children.flatMap { family(of: $0, in: records) }
    }

    private static func checkDays(_ draft: Draft) throws(Refusal) {
        guard case .day(let start) = draft["starts_on"], case .day(let end) = draft["ends_on"], end < start else {
            return
        }
        throw .invalid([Fault("/ends_on", "must not be before starts_on, \(start)")])
    }
}
