internal import JSON
public import Store

/// A question that came in; its clock runs until it is answered.
public enum Inquiry: Resource {
    /// How long an answer may take where there is no agreement, in milliseconds of wall time: four hours.
    private static let answerMilliseconds: Int64 = 4 * 3_600_000

    /// The declaration.
    public static let schema = Schema(
        "inquiries", prefix: "inquiry", "A question that came in; its clock runs until it is answered.",
        fields: [
            Field("lead_id", .reference(Lead.reference), "Who asks; found or made by the email where not given.")
                .onCreate(then: "nothing").subject(),
            Field("name", .text(max: 200), "The name given with it.").personal(),
            Field("email", .email, "The e-mail address given with it.").personal(),
            Field("channel", .choice(Words.channels), "Where it came in.").required(),
            Field("subject", .text(max: 300), "What it is about.").personal().searched(),
            Field("text", .text(max: 10_000), "The question.").personal().searched(),
            Field("owner_id", .reference(User.reference), "Who answers; the lead's owner where not given.").owner()
                .kept(),
            Field("received_at", .instant, "When it came in; now where not given.").onCreate(then: "nothing")
                .indexed(),
            Field("due_at", .instant, "When the answer is due; by the agreement where not given, or in four hours."),
            Lifecycles.inquiry.field("How it stands."),
            Field("is_overdue", .bool, "Whether it was not answered when it was due.").with(default: .bool(false))
                .readOnly().indexed(),
            Field("answer", .text(max: 10_000), "The answer.").readOnly().personal(),
            Field("answered_at", .instant, "When it was answered.").readOnly(),
            Field("first_answered_at", .instant, "When it was answered first, where it was asked again since.")
                .readOnly().sparse(),
            Field("first_due_at", .instant, "When the first answer was due, where it was asked again since.")
                .readOnly().sparse(),
            Field("reopened_at", .instant, "When it was asked again last.").readOnly().sparse(),
            Field("answered_by", .reference(User.reference), "Who answered it.").readOnly(),
            Field("response_minutes", .number(0...1e9), "How long the answer took, in minutes of wall time.").readOnly()
                .sparse(),
            Timer.field,
        ])

    /// Sales, each their own; marketing takes them in.
    public static let writers = Grants(
        any: [.salesManager, .marketingManager, .digitalMarketer], own: [.salesRepresentative, .accountManager])

    /// Finds who asks, and starts the clock.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        try Refusal.demandNone(BusinessTime.complete("received_at", of: &draft, now: transaction.now))
        if draft["lead_id"].isNull { draft["lead_id"] = .reference(try lead(of: draft, in: &transaction).id) }
        if draft["owner_id"].isNull, let lead = draft["lead_id"].reference {
            draft["owner_id"] = transaction.record(Lead.schema.name, lead)?["owner_id"] ?? .null
        }
        try startClock(&draft, at: draft["received_at"].instant ?? transaction.now, in: transaction)
    }

    /// Until it is answered, the answer can be due at another time.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        guard draft["due_at"] != old["due_at"] else { return }
        guard old["status"].text == "open" else {
            throw .conflict(
                rule: "the due_at of an answered inquiry is settled", state: [.init("id", .string(old.idText))])
        }
        try startClock(&draft, at: draft["received_at"].instant ?? transaction.now, in: transaction)
    }

    private static func lead(of draft: Draft, in transaction: inout Transaction) throws(Refusal) -> Record {
        var members: [JSON.Member] = [.init("source", ["channel": .string(draft["channel"].text ?? "other")])]
        if let email = draft["email"].text {
            if let lead = Lead.known(byEmail: email, in: transaction) { return lead }
            members.append(.init("email", .string(email)))
        } else if draft["name"].isBlank {
            throw .invalid([Fault("/lead_id", "an inquiry needs a lead_id, an email or a name")])
        }
        if let name = draft["name"].text { members.append(.init("name", .string(name))) }
        if let received = draft["received_at"].instant {
            members.append(.init("captured_at", .string(received.description)))
        }
        return try Commands.follow(Lead.self, .object(members), in: &transaction)
    }

    /// Starts the clock of the answer when the question came in, or came again.
    static func startClock(_ draft: inout Draft, at received: Instant, in transaction: Transaction) throws(Refusal) {
        if draft["due_at"].isNull {
            let due = Agreement.inForce(at: received, in: transaction).flatMap {
                Agreement.due("answer_within_minutes", of: $0, after: received, in: transaction)
            }
            draft["due_at"] = .instant(due ?? received.advanced(byMilliseconds: answerMilliseconds))
        }
        guard let due = draft["due_at"].instant, due >= received else {
            throw .invalid([Fault("/due_at", "must not be before it came in, \(received)")])
        }
        draft["timer_at"] = due > transaction.now ? .instant(due) : .null
        draft["is_overdue"] = .bool(due <= transaction.now)
    }

    static let timer = Timer(schema.name) { inquiry, transaction throws(Refusal) in
        var draft = Draft(inquiry)
        draft["timer_at"] = .null
        draft["is_overdue"] = .bool(inquiry["status"].text == "open")
        transaction.put(draft)
    }
}
