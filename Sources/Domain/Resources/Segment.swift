public import Store

/// Leads that have something in common: a saved filter, whose members are whoever it holds for now.
public enum Segment: Resource {
    /// A reference to a segment.
    static let reference = Reference("segments", prefix: "segment")

    /// The declaration.
    public static let schema = Schema(
        "segments", prefix: "segment",
        "Leads that have something in common: a saved filter, whose members are whoever it holds for now.",
        isShared: true,
        fields: [
            Field("name", .text(max: 200), "The segment's name.").required().unique().searched(),
            Field(
                "filter", .text(max: 4000),
                "What holds for its members, as a list of leads is filtered: stage.in=mql,sql&source.channel=search."
            ).required(),
            Field("description", .text(max: 2000), "What it is for."),
            Field("owner_id", .reference(User.reference), "The user who answers for it.").owner(),
        ])

    /// The marketing manager.
    public static let writers = Grants(any: [.marketingManager])

    /// What holds for the members.
    public static func filter(of record: Record) -> Filter { Filter(kept: record["filter"].text, of: Lead.schema) }

    /// Checks the filter.
    public static func check(_ draft: inout Draft, in transaction: Transaction) throws(Refusal) {
        try Refusal.demandNone(draft.filterFaults(in: transaction))
    }
}
