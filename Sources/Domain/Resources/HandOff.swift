internal import JSON
public import Store

/// Marketing gives a lead to sales; the clock runs until sales answers, and then until somebody is in contact.
public enum HandOff: Resource {
    private static let answers = "POST /v1/handoffs/{id}/accept or reject"

    /// The declaration.
    public static let schema = Schema(
        "handoffs", prefix: "handoff", "Marketing gives a lead to sales; the clock runs until sales answers.",
        fields: [
            Field("lead_id", .reference(Lead.reference), "The lead.").required().onCreate(then: "nothing")
                .subject(),
            Field("from", .reference(User.reference), "Who gives it; the lead's owner where not given.")
                .onCreate(then: "nothing"),
            Field("to", .reference(User.reference), "Who takes it; found by the routing rules where not given.")
                .onCreate(then: "nothing").owner(),
            Lifecycles.handOff.field("How it stands."),
            Field("submitted_at", .instant, "When it was given; now where not given.").onCreate(then: "nothing"),
            Field("score", .integer(-1_000_000...1_000_000), "The lead's score when it was given.").readOnly().sparse(),
            Field("due_at", .instant, "When the answer is due; by the agreement where not given, a day without one."),
            Field("answered_at", .instant, "When it was answered.").readOnly(),
            Field("reason", .text(max: 500), "Why it was rejected.").readOnly().personal(),
            Field("reason_code", .choice(RejectionReason.codes), "The code of the reason.").readOnly().indexed(),
            Field("reason_class", .choice(Words.rejectionClasses), "The class of the reason.").readOnly(),
            Field("note", .text(max: 2000), "What sales should know.").personal(),
            Routing.field,
            Field("agreement_id", .reference(Agreement.reference), "The agreement that was in force.").readOnly(),
            Field("contact_due_at", .instant, "When the first contact is due, once accepted.").readOnly(),
            Field("first_contact_at", .instant, "When a human was first in contact.").readOnly(),
            Field("escalated_to", .reference(User.reference), "The manager who was told that it is overdue.")
                .readOnly(),
            Field("escalated_at", .instant, "When.").readOnly(),
            Field("rerouted_at", .instant, "When it was given to somebody else.").readOnly().sparse(),
            Field("previous_id", .reference(reference), "The hand-off to somebody else that this one follows.")
                .readOnly(),
            Timer.field,
        ])

    /// A reference to a hand-off.
    static let reference = Reference("handoffs", prefix: "handoff")

    /// Who gives leads; sales answers by actions.
    public static let writers = Grants(any: [.marketingManager, .digitalMarketer, .salesManager])

    /// Finds who takes it and starts the clock.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        try Refusal.demandNone(BusinessTime.complete("submitted_at", of: &draft, now: transaction.now))
        guard let submitted = draft["submitted_at"].instant, let leadID = draft["lead_id"].reference,
            let lead = transaction.record("leads", leadID)
        else { return }
        if let waiting = waiting(of: lead, in: transaction) {
            throw .conflict(
                rule: "a lead has one hand-off at a time, and \(waiting.idText) is not answered", state: state(waiting))
        }
        _ = try Lead.happen(.handOff, to: lead, at: submitted, in: &transaction)
        try demandOrder(lead, submitted)
        draft["score"] = lead["score"]
        if draft["from"].isNull { draft["from"] = lead["owner_id"] }
        if draft["to"].isNull { try route(&draft, lead, in: &transaction) }
        try demandOfSales(draft, in: transaction)
        try HandOffClock.start(&draft, at: submitted, in: transaction)
    }

    /// A lead is handed to sales; an administrator may stand in.
    private static func demandOfSales(_ draft: Draft, in transaction: Transaction) throws(Refusal) {
        guard let id = draft["to"].reference, let user = transaction.record(User.schema.name, id),
            let role = user["role"].text.flatMap(Role.init(rawValue:)), !role.isOfSales, role != .admin
        else { return }
        throw .invalid([Fault("/to", "must be a user of sales, and \(user.idText) is a \(role.rawValue)")])
    }

    private static func route(
        _ draft: inout Draft, _ lead: Record, excluding: Set<Identifier> = [], in transaction: inout Transaction
    ) throws(Refusal) {
        let choice = try Routing.choose(for: lead, excluding: excluding, in: &transaction)
        draft["to"] = .reference(choice.user.id)
        draft["routing"] = choice.value
    }

    /// Until it is answered, the answer can be due at another time.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        if draft["to"] != old["to"] { try demandOfSales(draft, in: transaction) }
        guard draft["due_at"] != old["due_at"], let submitted = draft["submitted_at"].instant else { return }
        guard old["status"].text == Lifecycles.handOff.states[0] else {
            throw .conflict(rule: "the due_at of an answered hand-off is settled", state: state(old))
        }
        try HandOffClock.start(&draft, at: submitted, in: transaction)
    }

    /// An answer stays: the lead's stage rests on it.
    public static func removing(_ record: Record, in transaction: inout Transaction) throws(Refusal) {
        guard !isWaiting(record) else { return }
        throw .conflict(rule: "an answered hand-off is not deleted", state: state(record))
    }

    // MARK: Questions

    /// Whether sales has not answered yet.
    static func isWaiting(_ record: Record) -> Bool { ["pending", "overdue"].contains(record["status"].text ?? "") }

    /// Whether sales took it, also where the lead went back since.
    public static func wasAccepted(_ record: Record) -> Bool {
        ["accepted", "returned"].contains(record["status"].text ?? "")
    }

    /// The hand-off of a lead that waits for its answer.
    static func waiting(of lead: Record, in records: some Records) -> Record? {
        all(of: lead.id, in: records).first(where: isWaiting)
    }

    /// The hand-offs of a lead, the oldest first.
    static func all(of lead: Identifier, in records: some Records) -> [Record] {
        records.records(schema.name, where: "lead_id", is: .identifier(lead))
    }

    /// Refuses to pass over a hand-off that sales has not answered: a no is never silent.
    static func demandAnswered(_ lead: Record, in transaction: Transaction) throws(Refusal) {
        guard let waiting = waiting(of: lead, in: transaction) else { return }
        throw .conflict(rule: "the hand-off \(waiting.idText) is answered first", state: state(waiting))
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

    // MARK: Somebody else

    /// Gives an overdue hand-off to somebody who has not had the lead, by the routing rules.
    static func reroute(_ handOff: Record, in transaction: inout Transaction) throws(Refusal) {
        guard let id = handOff["lead_id"].reference, let lead = transaction.record("leads", id) else { return }
        var old = Draft(handOff)
        try Lifecycles.handOff.happen("reroute", to: &old)
        old["timer_at"] = .null
        old["rerouted_at"] = .instant(transaction.now)
        transaction.put(old)
        var draft = transaction.draft(of: schema)
        for name in ["lead_id", "from", "note"] { draft[name] = handOff[name] }
        draft["previous_id"] = .reference(handOff.id)
        draft["score"] = lead["score"]
        draft["submitted_at"] = .instant(transaction.now)
        let before = all(of: id, in: transaction).compactMap { $0["to"].reference }
        try route(&draft, lead, excluding: Set(before), in: &transaction)
        try HandOffClock.start(&draft, at: transaction.now, in: transaction)
        transaction.put(draft)
    }
}
