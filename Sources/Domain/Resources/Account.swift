public import Store

/// The company that leads belong to.
public enum Account: Resource {
    /// A reference to an account.
    static let reference = Reference("accounts", prefix: "account")

    /// The declaration.
    public static let schema = Schema(
        "accounts", prefix: "account", "The company that leads belong to.",
        fields: [
            Field("name", .text(max: 200), "The company's name.").required().indexed().searched(),
            Field("domain", .text(max: 253), "Its domain name, such as example.com.").indexed().searched(),
            Field("industry", .text(max: 200), "What it does.").kept(fromNull: false),
            Field("region", .text(max: 200), "Where it is."),
            Field("owner_id", .reference(User.reference), "The user who looks after it.").owner().kept(fromNull: false),
            Duplicates.field,
        ])

    /// Managers of both departments, and who owns it.
    public static let writers = Grants(
        any: [.salesManager, .marketingManager], own: [.salesRepresentative, .accountManager])

    /// Keeps what it is compared by.
    public static func check(_ draft: inout Draft, in transaction: Transaction) throws(Refusal) {
        draft["match_keys"] = Duplicates.keys(ofAccount: draft)
    }
}
