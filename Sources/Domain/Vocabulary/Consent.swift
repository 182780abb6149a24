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

    /// What a person allows of whom there were two records: who said no in either said no.
    static func merged(_ own: Value, _ other: Value) -> Value {
        guard !own.isNull, !other.isNull else { return own.isNull ? other : own }
        let (own, other) = (own.parts, other.parts)
        let isNo = (0..<2).map { other[$0].text == "denied" && own[$0].text != "denied" }
        func either(_ place: Int, _ takesOther: Bool) -> Value {
            takesOther && !other[place].isNull || own[place].isNull ? other[place] : own[place]
        }
        // Where it was said goes with the no.
        return .object([either(0, isNo[0]), either(1, isNo[1]), either(2, isNo[0] || isNo[1])])
    }

    /// What the first of two allows, of whom one was made: what it said, where nothing was said since; else a no stays, since
    /// the person may have said it again, and a yes that only the other gave goes.
    static func parted(_ now: Value, _ own: Value, _ other: Value) -> Value {
        if now == merged(own, other) { return own }
        guard !now.isNull, !other.isNull else { return now }
        let parts = zip(now.parts, zip(own.isNull ? now.parts.map { _ in .null } : own.parts, other.parts))
        return .object(
            parts.map { now, said in now == said.1 && now.text != "denied" ? said.0 : now })
    }

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
