internal import Store

/// What a person allows us to send.
enum Consent {
    /// The field of a lead.
    static let field = Field(
        "consent",
        .object([
            Field("email", .choice(states), "To mail."), Field("phone", .choice(states), "To calls."),
            Field("source", .text(max: 2048), "Where it was said, such as the address of a form.").personal(),
        ]), "What the person allows.")

    private static let states = ["granted", "denied", "unknown"]

    /// Whether a person allows mail.
    static func allowsMail(to lead: Record) -> Bool { lead["consent"].parts.first?.text == "granted" }

    /// A person who unsubscribes allows no more mail.
    static func withdraw(by touch: Record, in transaction: inout Transaction) {
        guard let id = touch["lead_id"].reference, let lead = transaction.record(Lead.schema.name, id) else { return }
        var draft = Draft(lead)
        var parts = lead["consent"].parts
        if parts.isEmpty { parts = [.null, .null, .null] }
        parts[0] = .text("denied")
        parts[2] = .text("unsubscribed, \(touch.idText)")
        draft["consent"] = .object(parts)
        if draft.values != lead.values { transaction.put(draft) }
    }
}
