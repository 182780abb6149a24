internal import JSON
public import Store

/// What sales heard from a customer, for marketing to act on: by hand, or from objections, rejections and lost deals.
public enum Insight: Resource {
    /// A reference to an insight.
    static let reference = Reference("insights", prefix: "insight")

    /// The declaration.
    public static let schema = Schema(
        "insights", prefix: "insight", "What sales heard from a customer, for marketing to act on.",
        fields: [
            Field("kind", .choice(kinds), "What it is.").required().indexed(),
            Field("reason", .text(max: 200), "The category or code of what it came from.").indexed(),
            Field("quote", .text(max: 2000), "In the customer's words.").personal().searched(),
            Field("sentiment", .choice(["positive", "neutral", "negative"]), "How it was meant."),
            Field("tags", .texts(max: 50), "Words of your own.").with(default: .list([])).indexed(),
            Field("lead_id", .reference(Lead.reference), "Who said it.").subject(),
            Field("deal_id", .reference(Deal.reference), "On which deal.").subject(),
            Field("account_id", .reference(Account.reference), "Of which account."),
            Field("campaign_id", .reference(Campaign.reference), "The campaign that it concerns; the lead's source's."),
            Field("content_id", .reference(Content.reference), "The content that it concerns."),
            Field("product_id", .reference(Product.reference), "The product that it concerns."),
            Field("heard_at", .instant, "When; now where not given.").onCreate(then: "nothing").indexed(),
            Field("user_id", .reference(User.reference), "Who heard it."),
            Lifecycles.insight.field("How it stands."),
            Field("applied_to_campaign_id", .reference(Campaign.reference), "The campaign that was changed by it.")
                .readOnly(),
            Field("applied_to_content_id", .reference(Content.reference), "The content that was changed by it.")
                .readOnly(),
            Field("metric", .choice(Words.metrics), "The metric that is to move.").readOnly(),
            Field("note", .text(max: 2000), "What was decided or done.").readOnly().personal(),
            Field("triaged_at", .instant, "When it was triaged.").readOnly(),
            Field("settled_at", .instant, "When it was applied or dismissed.").readOnly(),
        ])

    private static let kinds = [
        "objection", "rejection", "lost_deal", "feedback", "praise", "request", "competitor", "other",
    ]

    /// Who hears it, each their own; marketing and managers any.
    public static let writers = Grants(
        any: [.salesManager, .marketingManager, .digitalMarketer, .salesRepresentative, .accountManager])

    /// Completes what it concerns.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        try Refusal.demandNone(BusinessTime.complete("heard_at", of: &draft, now: transaction.now))
        if draft["user_id"].isNull, let user = transaction.author.user { draft["user_id"] = .reference(user) }
        complete(&draft, in: transaction)
    }

    private static func complete(_ draft: inout Draft, in transaction: Transaction) {
        let deal = draft["deal_id"].reference.flatMap { transaction.record(Deal.schema.name, $0) }
        if draft["lead_id"].isNull { draft["lead_id"] = deal?["lead_ids"].elements.first ?? .null }
        let lead = draft["lead_id"].reference.flatMap { transaction.record(Lead.schema.name, $0) }
        if draft["account_id"].isNull {
            let accounts = [deal, lead].compactMap { $0?["account_id"] }
            draft["account_id"] = accounts.first { !$0.isNull } ?? .null
        }
        if draft["campaign_id"].isNull { draft["campaign_id"] = lead?["source"].parts.dropFirst(2).first ?? .null }
        if draft["product_id"].isNull { draft["product_id"] = deal?["lines"].elements.first?.parts[0] ?? .null }
    }

    /// What was applied or dismissed is history.
    public static func removing(_ record: Record, in transaction: inout Transaction) throws(Refusal) {
        guard record["settled_at"].isNull else {
            throw .conflict(
                rule: "a settled insight stays", state: [.init("status", .string(record["status"].text ?? ""))])
        }
    }

    // MARK: By themselves

    /// Writes down what a record of sales says of itself.
    ///
    /// - Parameter members: its fields by name, those without a value left out.
    static func note(_ kind: String, at time: Instant, _ fields: [String: Value], in transaction: inout Transaction) {
        var draft = transaction.draft(of: schema)
        draft["kind"] = .text(kind)
        draft["heard_at"] = .instant(time)
        draft["sentiment"] = .text("negative")
        for (name, value) in fields { draft[name] = value }
        complete(&draft, in: transaction)
        transaction.put(draft)
    }
}
