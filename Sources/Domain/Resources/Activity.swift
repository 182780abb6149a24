public import Store

/// What one of us did for a lead or a deal.
public enum Activity: Resource {
    /// The declaration.
    public static let schema = Schema(
        "activities", prefix: "activity", "What one of us did for a lead or a deal.",
        fields: [
            Field("lead_id", .reference(Lead.reference), "The lead.").subject(),
            Field("deal_id", .reference(Deal.reference), "The deal.").subject(),
            Field("user_id", .reference(User.reference), "Who did it; nobody where a machine did.").owner(),
            Field("type", .choice(Words.activityTypes), "What was done.").required(),
            Field("subject", .text(max: 300), "What it is about.").personal().searched(),
            Field("content_id", .reference(Content.reference), "The content that was used or sent."),
            Field("due_on", .day, "The day by which a task is to be done.").indexed(),
            Field("scheduled_at", .instant, "When it is planned; it has not happened until it is completed.").indexed(),
            Field("completed_at", .instant, "When a task was done, or what was planned took place.").readOnly(),
            Field("direction", .choice(Words.directions), "From us or to us."),
            Field("automatic", .bool, "Whether a machine did it: automatic mail is no contact.").with(
                default: .bool(false)),
            Field("outcome", .text(max: 2000), "What came of it.").personal().searched(),
            Field("occurred_at", .instant, "When it happened; now where not given.").indexed(),
        ])

    /// Sales, each their own.
    public static let writers = Grants(any: [.salesManager], own: [.salesRepresentative, .accountManager])

    /// Completes the time, and wants a lead or a deal.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        try complete(&draft, now: transaction.now)
    }

    /// Wants a lead or a deal.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        try complete(&draft, now: transaction.now)
    }

    /// Whether it is a contact by a human, as `first_contact_minutes` counts it: acceptance and automatic mail are none.
    public static func isHumanContact(_ record: Record) -> Bool {
        record["direction"].text == "outbound" && record["automatic"] != .bool(true) && !record["user_id"].isNull
            && ["call", "meeting", "demo", "email"].contains(record["type"].text ?? "")
    }

    /// When humans were in contact with a lead, by its own activities and those of its deals that name no lead.
    public static func contacts(with lead: Identifier, in records: some Records) -> [Instant] {
        var activities = records.records(schema.name, where: "lead_id", is: .identifier(lead))
        for deal in records.records("deals", where: "lead_ids", is: .identifier(lead)) {
            // A deal can have several leads: an activity that names one of them is no contact with the others.
            activities += records.records(schema.name, where: "deal_id", is: .identifier(deal.id))
                .filter { $0["lead_id"].isNull }
        }
        return activities.filter(isHumanContact).compactMap { $0["occurred_at"].instant }
    }

    /// A contact stops the clock of a hand-off.
    public static func made(_ record: Record, in transaction: inout Transaction) throws(Refusal) -> Record {
        freshen(record, in: &transaction)
        for lead in leads(of: record, in: transaction) { HandOffClock.noteContact(with: lead, in: &transaction) }
        return record
    }

    /// When it was done; null of a task that was not.
    static func doneAt(_ record: Record) -> Value {
        record["type"].text == "task" ? record["completed_at"] : record["occurred_at"]
    }

    /// What was done for a deal makes it fresh.
    private static func freshen(_ record: Record, in transaction: inout Transaction) {
        guard let time = doneAt(record).instant, let deal = record["deal_id"].reference else { return }
        DealClock.noteActivity(deal, at: time, in: &transaction)
    }

    /// A contact stops the clock of a hand-off, and what is no longer one does not.
    public static func changed(
        _ record: Record, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) -> Record {
        freshen(record, in: &transaction)
        let leads = leads(of: record, in: transaction) + leads(of: old, in: transaction)
        for lead in Set(leads) { HandOffClock.noteContact(with: lead, in: &transaction) }
        return record
    }

    /// What is gone stops no clock.
    public static func removed(_ record: Record, in transaction: inout Transaction) throws(Refusal) {
        for lead in leads(of: record, in: transaction) { HandOffClock.noteContact(with: lead, in: &transaction) }
    }

    /// The leads that an activity was with.
    private static func leads(of record: Record, in transaction: Transaction) -> [Identifier] {
        if let lead = record["lead_id"].reference { return [lead] }
        let deal = record["deal_id"].reference.flatMap { transaction.record("deals", $0) }
        return deal?["lead_ids"].elements.compactMap(\.reference) ?? []
    }

    private static func complete(_ draft: inout Draft, now: Instant) throws(Refusal) {
        // What is planned has no time yet at which it happened.
        let isPlanned = draft["occurred_at"].isNull && draft["scheduled_at"].instant.map { $0 > now } ?? false
        var faults = isPlanned ? [] : BusinessTime.complete("occurred_at", of: &draft, now: now)
        let isTask = draft["type"].text == "task"
        if draft["lead_id"].isNull, draft["deal_id"].isNull, !isTask {
            faults.append(Fault("/lead_id", "an activity that is no task needs a lead_id or a deal_id"))
        }
        if !draft["due_on"].isNull, !isTask {
            faults.append(Fault("/due_on", "only a task has one; the type is \(draft["type"].text ?? "")"))
        }
        try Refusal.demandNone(faults)
    }
}
