public import JSON
public import Store

/// One interaction of a person with the company: a fact, which does not change.
public enum Touch: Resource {
    private static let never = "nothing: a touch is a fact"

    /// The declaration.
    public static let schema = Schema(
        "touches", prefix: "touch", "One interaction of a person with the company.",
        fields: [
            Field(
                "lead_id", .reference(Lead.reference), "The lead; where only a visitor is known, the lead it becomes."
            )
            .onCreate(then: never).subject(),
            Field("visitor_id", .text(max: 200), "The visitor's id on your site, before a name is known.")
                .onCreate(then: never).indexed().personal(),
            Field("campaign_id", .reference(Campaign.reference), "The campaign that led to it.").onCreate(then: never),
            Field("channel", .choice(Words.channels), "Where it happened; the campaign's channel where not given.")
                .onCreate(then: never),
            Field("type", .choice(Words.touchTypes), "What happened.").required().onCreate(then: never),
            Field("occurred_at", .instant, "When it happened; now where not given.").onCreate(then: never).indexed(),
        ])

    /// Marketing.
    public static let writers = Grants(any: [.marketingManager, .digitalMarketer])

    /// Finds the visitor's lead, the campaign's channel and the time.
    public static func making(
        _ draft: inout Draft, given: [JSON.Member], in transaction: inout Transaction
    ) throws(Refusal) {
        var faults = BusinessTime.complete("occurred_at", of: &draft, now: transaction.now)
        if draft["lead_id"].isNull, draft["visitor_id"].isNull {
            faults.append(Fault("/lead_id", "a touch needs a lead_id or a visitor_id"))
        }
        if draft["channel"].isNull, let campaign = draft["campaign_id"].reference {
            draft["channel"] = transaction.record("campaigns", campaign)?["channel"] ?? .null
        }
        if draft["channel"].isNull { faults.append(Fault("/channel", "is required where there is no campaign_id")) }
        try Refusal.demandNone(faults)
        guard let visitor = draft["visitor_id"].text else { return }
        if let lead = draft["lead_id"].reference {
            try Visitors.identify(visitor, as: lead, in: &transaction)
        } else if let lead = transaction.records("leads", where: "visitor_ids", is: .text(visitor)).first {
            draft["lead_id"] = .reference(lead.id)
        }
    }
}
