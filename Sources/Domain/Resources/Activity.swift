public import JSON
public import Store

/// What one of us did for a lead or a deal.
public enum Activity: Resource {
    /// The declaration.
    public static let schema = Schema(
        "activities", prefix: "activity", "What one of us did for a lead or a deal.",
        fields: [
            Field("lead_id", .reference(Lead.reference), "The lead.").subject(),
            Field("deal_id", .reference(Deal.reference), "The deal.").subject(),
            Field("user_id", .reference(User.reference), "Who did it; nobody where a machine did.").owner(),
            Field("type", .choice(Words.activityTypes), "What was done.").required(),
            Field("direction", .choice(Words.directions), "From us or to us."),
            Field("automatic", .bool, "Whether a machine did it: automatic mail is no contact.").with(
                default: .bool(false)),
            Field("outcome", .text(max: 2000), "What came of it.").personal().searched(),
            Field("occurred_at", .instant, "When it happened; now where not given.").indexed(),
        ])

    /// Sales, each their own.
    public static let writers = Grants(any: [.salesManager], own: [.salesRepresentative, .accountManager])

    /// Completes the time, and wants a lead or a deal.
    public static func making(
        _ draft: inout Draft, given: [JSON.Member], in transaction: inout Transaction
    ) throws(Refusal) {
        try complete(&draft, now: transaction.now)
    }

    /// Wants a lead or a deal.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        try complete(&draft, now: transaction.now)
    }

    /// Whether it is a contact by a human, as `first_contact_minutes` counts it: acceptance and automatic mail are none.
    public static func isHumanContact(_ record: Record) -> Bool {
        record["direction"].text == "outbound" && record["automatic"] != .bool(true) && !record["user_id"].isNull
            && ["call", "meeting", "demo", "email"].contains(record["type"].text ?? "")
    }

    private static func complete(_ draft: inout Draft, now: Instant) throws(Refusal) {
        var faults = BusinessTime.complete("occurred_at", of: &draft, now: now)
        if draft["lead_id"].isNull, draft["deal_id"].isNull {
            faults.append(Fault("/lead_id", "an activity needs a lead_id or a deal_id"))
        }
        try Refusal.demandNone(faults)
    }
}
