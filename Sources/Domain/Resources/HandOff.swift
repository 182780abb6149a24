public import JSON
public import Store

/// Marketing gives a lead to sales; the clock runs until sales answers.
public enum HandOff: Resource {
    /// How long sales has to answer where the caller does not say, in milliseconds of wall time: a day.
    public static let answerTimeMilliseconds: Int64 = 24 * 3_600_000

    private static let answers = "POST /v1/handoffs/{id}/accept or reject"

    /// The declaration.
    public static let schema = Schema(
        "handoffs", prefix: "handoff", "Marketing gives a lead to sales; the clock runs until sales answers.",
        fields: [
            Field("lead_id", .reference(Lead.reference), "The lead.").required().onCreate(then: "nothing")
                .subject(),
            Field("from", .reference(User.reference), "Who gives it; the lead's owner where not given.")
                .onCreate(then: "nothing"),
            Field("to", .reference(User.reference), "Who takes it.").required().onCreate(then: "nothing").owner(),
            Field("status", .choice(["pending", "accepted", "rejected"]), "How it stands.").readOnly().indexed(),
            Field("submitted_at", .instant, "When it was given; now where not given.").onCreate(then: "nothing"),
            Field("due_at", .instant, "When the answer is due; a day later where not given."),
            Field("answered_at", .instant, "When it was answered.").readOnly(),
            Field("reason", .text(max: 500), "Why it was rejected.").readOnly(),
            Field("reason_class", .choice(Words.rejectionClasses), "The class of the reason.").readOnly(),
            Field("note", .text(max: 2000), "What sales should know.").personal(),
        ])

    /// Who gives leads; sales answers by actions.
    public static let writers = Grants(any: [.marketingManager, .digitalMarketer, .salesManager])

    /// Starts the clock.
    public static func making(
        _ draft: inout Draft, given: [JSON.Member], in transaction: inout Transaction
    ) throws(Refusal) {
        try Refusal.demandNone(BusinessTime.complete("submitted_at", of: &draft, now: transaction.now))
        guard let submitted = draft["submitted_at"].instant, let leadID = draft["lead_id"].reference,
            let lead = transaction.record("leads", leadID)
        else { return }
        if let pending = pending(of: lead, in: transaction) {
            throw .conflict(
                rule: "a lead has one hand-off at a time, and \(pending.idText) is not answered", state: state(pending))
        }
        _ = try Lead.happen(.handOff, to: lead, at: submitted, in: &transaction)
        try demandOrder(lead, submitted)
        if draft["from"].isNull { draft["from"] = lead["owner_id"] }
        try completeDue(&draft, submitted)
        draft["status"] = .text("pending")
    }

    /// Until it is answered, the answer can be due at another time.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        guard draft["due_at"] != old["due_at"], let submitted = draft["submitted_at"].instant else { return }
        guard old["status"].text == "pending" else {
            throw .conflict(rule: "the due_at of an answered hand-off is settled", state: state(old))
        }
        try completeDue(&draft, submitted)
    }

    /// An answer stays: the lead's stage rests on it.
    public static func removing(_ record: Record, in transaction: inout Transaction) throws(Refusal) {
        guard record["status"].text != "pending" else { return }
        throw .conflict(rule: "an answered hand-off is not deleted", state: state(record))
    }

    private static func completeDue(_ draft: inout Draft, _ submitted: Instant) throws(Refusal) {
        if draft["due_at"].isNull {
            draft["due_at"] = .instant(submitted.advanced(byMilliseconds: answerTimeMilliseconds))
        }
        guard let due = draft["due_at"].instant, due < submitted else { return }
        throw .invalid([Fault("/due_at", "must not be before the hand-off, \(submitted)")])
    }

    /// The hand-off of a lead that waits for its answer.
    static func pending(of lead: Record, in transaction: Transaction) -> Record? {
        transaction.records("handoffs", where: "lead_id", is: .identifier(lead.id))
            .first { $0["status"].text == "pending" }
    }

    /// Refuses to pass over a hand-off that sales has not answered: a no is never silent.
    static func demandAnswered(_ lead: Record, in transaction: Transaction) throws(Refusal) {
        guard let pending = pending(of: lead, in: transaction) else { return }
        throw .conflict(rule: "the hand-off \(pending.idText) is answered first", state: state(pending))
    }

    /// What a conflict tells of a hand-off.
    static func state(_ handOff: Record) -> [JSON.Member] {
        [
            .init("id", .string(handOff.idText)), .init("href", .string("/v1/handoffs/\(handOff.idText)")),
            .init("status", .string(handOff["status"].text ?? "")),
        ]
    }

    private static func demandOrder(_ lead: Record, _ time: Instant) throws(Refusal) {
        guard let entered = StageEntry.all(of: lead).last?.enteredAt, time < entered else { return }
        throw .conflict(
            rule: "a lead is handed over after it became mql, \(entered), not at \(time)",
            state: [.init("stage", .string(lead["stage"].text ?? ""))])
    }
}
