public import Store

/// An asset for pre-sale or post-sale use.
public enum Content: Resource {
    /// A reference to a content.
    static let reference = Reference("contents", prefix: "content")

    /// The declaration.
    public static let schema = Schema(
        "contents", prefix: "content", "An asset for pre-sale or post-sale use.", isShared: true,
        fields: [
            Field("title", .text(max: 300), "Its title.").required().searched(),
            Field("kind", .choice(Words.contentKinds), "What it is.").required().indexed(),
            Field("url", .url, "Where it is."),
            Field("language", .text(max: 35), "The language, such as en or de-AT (BCP 47)."),
            Field("product_id", .reference(Product.reference), "The product it is about."),
            Field("audience", .choice(["pre_sale", "post_sale"]), "For whom.").with(default: .text("pre_sale")),
            Field("phases", .texts(max: 4, of: Stage.phases), "The phases of the journey that it is for.").with(
                default: .list([])
            )
            .indexed(),
            Field("objection_categories", .texts(max: 20, of: Words.objectionCategories), "The objections it answers.")
                .with(default: .list([]))
                .indexed(),
            Field("status", .choice(Lifecycles.content.states), "draft, published, archived.")
                .with(default: .text("draft")).indexed(),
            Field("owner_id", .reference(User.reference), "The user who answers for it.").owner(),
        ])

    /// Creatives and their manager.
    public static let writers = Grants(any: [.creative, .marketingManager])

    /// Begins as a draft.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        if draft["status"].isNull { draft["status"] = .text(Lifecycles.content.states[0]) }
    }

    /// Refuses steps that the statuses do not have.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        try Lifecycles.content.demandStep(from: old["status"].text ?? "", to: draft["status"].text ?? "")
    }
}
