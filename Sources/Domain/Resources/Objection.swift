public import Store

/// A concern that a buyer raised on a deal, and how it was answered.
public enum Objection: Resource {
    /// A reference to an objection.
    static let reference = Reference("objections", prefix: "objection")

    private static let answers = "POST /v1/objections/{id}/answer"

    /// The declaration.
    public static let schema = Schema(
        "objections", prefix: "objection", "A concern that a buyer raised on a deal, and how it was answered.",
        fields: [
            Field("deal_id", .reference(Deal.reference), "The deal.").required().onCreate(then: "nothing").subject(),
            Field("lead_id", .reference(Lead.reference), "Who raised it."),
            Field("category", .choice(Words.objectionCategories), "What it is about.").required().indexed(),
            Field("quote", .text(max: 2000), "In the buyer's words.").personal().searched(),
            Field("raised_at", .instant, "When; now where not given.").onCreate(then: "nothing").indexed(),
            Lifecycles.objection.field("How it stands."),
            Field("answer", .text(max: 2000), "How it was answered.").readOnly().personal(),
            Field("content_id", .reference(Content.reference), "The content that was used to answer it.").readOnly(),
            Field("is_satisfied", .bool, "Whether the answer did satisfy; null where nobody knows.").readOnly(),
            Field("answered_at", .instant, "When it was answered last.").readOnly(),
            Field("answered_by", .reference(User.reference), "Who answered it.").readOnly(),
            Field("earlier_answers", .objects(earlierAnswer), "The answers before the last, as they were given.")
                .with(default: .list([])).readOnly().sparse(),
        ])

    private static let earlierAnswer = [
        Field("answered_at", .instant, "When it was answered."),
        Field("content_id", .reference(Content.reference), "The content that was used."),
        Field("is_satisfied", .bool, "Whether it did satisfy."),
    ]

    /// Sales, each for their own deals.
    public static let writers = Grants(any: [.salesManager], own: [.salesRepresentative, .accountManager])

    /// Completes the time.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        try Refusal.demandNone(BusinessTime.complete("raised_at", of: &draft, now: transaction.now))
    }

    /// What a buyer objects to is for marketing to hear.
    public static func made(_ record: Record, in transaction: inout Transaction) throws(Refusal) -> Record {
        Insight.note(
            "objection", at: record["raised_at"].instant ?? transaction.now,
            [
                "reason": record["category"], "quote": record["quote"], "deal_id": record["deal_id"],
                "lead_id": record["lead_id"],
            ], in: &transaction)
        return record
    }
}
