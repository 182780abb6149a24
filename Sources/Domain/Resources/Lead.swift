internal import JSON
public import Store

/// A person who may buy: one record for the whole journey.
public enum Lead: Resource {
    /// A reference to a lead.
    static let reference = Reference("leads", prefix: "lead")

    /// The declaration.
    public static let schema = Schema(
        "leads", prefix: "lead", "A person who may buy: one record for the whole journey.",
        isPerson: true,
        fields: [
            Field("name", .text(max: 200), "The person's name.").personal().searched(),
            Field("email", .email, "The person's e-mail address, unique whatever the case of its letters.")
                .unique().personal().searched(),
            Field("phone", .text(max: 50), "The person's phone number.").personal(),
            Field("company", .text(max: 200), "The company as the person wrote it.").personal().searched(),
            Field("account_id", .reference(Account.reference), "The account the person belongs to.").subject(),
            Field("region", .text(max: 200), "Where the person is, as sales divides the world.").indexed().sparse(),
            Field("title", .text(max: 200), "What the person does there.").personal(),
            Field("source", .object(source), "Where the lead came from, as it was at capture."),
            Field("stage", .choice(Stage.allCases.map(\.rawValue)), "Where the lead stands; lead or mql when made.")
                .onCreate(then: "POST /v1/leads/{id}/qualify, disqualify, recycle or handoff")
                .indexed(orderedBy: "captured_at"),
            Field("phase", .choice(Stage.phases), "The journey's phase as marketing sees it.").readOnly(),
            Field("owner_id", .reference(User.reference), "The user who looks after the lead.").owner().kept(),
            Routing.field.sparse(),
            Consent.field.sparse(),
            Field("score", .integer(-1_000_000...1_000_000), "What its entries add up to, rounded.").readOnly()
                .indexed().sparse(),
            Field("score_band", .text(max: 20), "The 25 scores that it is among, such as 50-74.").readOnly().sparse()
                .kept(fromNull: false),
            Field("grade", .choice(["A", "B", "C", "D"]), "How well the person and the account fit.").readOnly()
                .indexed().sparse(),
            Field(
                "score_overrides",
                .objects([
                    Field("points", .integer(-1000...1000), "The points.").required(),
                    Field("reason", .text(max: 500), "Why.").personal(), Field("at", .instant, "When."),
                    Field("user_id", .reference(User.reference), "Who."),
                ]), "Points that people gave or took."
            ).with(default: .list([])).readOnly().sparse(),
            Field("tags", .texts(max: 50), "Words of your own.").with(default: .list([])).personal(),
            Field("visitor_ids", .texts(max: visitorsMax), "The visitors that turned out to be this person.")
                .with(default: .list([])).indexed().personal(),
            Duplicates.field,
            Field("merged_ids", .texts(max: 1000), "The leads that were merged into it.").with(default: .list([]))
                .readOnly().indexed().sparse().ofPersons(),
            Field("captured_at", .instant, "When the person became known; now where not given.")
                .onCreate(then: "nothing: figures rest on it").indexed(),
            Field("erased_at", .instant, "When the personal data was erased.").readOnly(),
            StageHistory.field(.choice(Stage.allCases.map(\.rawValue)), isOfPerson: true),
            Timer.field,
        ])

    /// Both departments; marketing as long as sales has not taken it.
    public static let writers = Grants(
        any: [.salesManager, .marketingManager], own: [.salesRepresentative, .accountManager], limited: [beforeSales])

    /// What a digital marketer may do with a lead, until sales takes it.
    static let beforeSales = Grants.Limited(role: .digitalMarketer) { [.lead, .mql].contains(stage(of: $0)) }

    /// How many visitors one person can have been.
    static let visitorsMax = 50

    /// What a source is, as its field says.
    static var sourceType: FieldType { .object(source) }

    private static let source = [
        Field("channel", .choice(Words.channels), "The channel."),
        Field("medium", .text(max: 100), "Organic, paid, or what it was."),
        Field("campaign_id", .reference(Campaign.reference), "The campaign."),
        Field("landing_page", .url, "The first page seen.").personal(),
        Field("referrer", .url, "The page that linked to it.").personal(),
        Field("detail", .text(max: 500), "Anything more.").personal(),
    ]

    /// Who has an e-mail address, or had it before a merge.
    static func known(byEmail email: String, in transaction: Transaction) -> Record? {
        let field = schema.fields[schema.slot(of: "email")]
        return FeedKey(field, .text(email)).flatMap { Upsert.known(schema, by: $0, in: transaction) }
    }

    /// Completes time, stage and source, and makes the visitors known.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        let wanted = draft["stage"].text.flatMap(Stage.init(rawValue:)) ?? .lead
        var faults = BusinessTime.complete("captured_at", of: &draft, now: transaction.now) + nameFaults(of: draft)
        if wanted != .lead, wanted != .mql {
            faults.append(Fault("/stage", "a lead is made as lead or mql; what follows, follows from actions"))
        }
        try Refusal.demandNone(faults)
        for visitor in draft["visitor_ids"].elements.compactMap(\.text) {
            try Visitors.demandFree(visitor, for: draft.id, in: transaction)
        }
        completeSource(of: &draft, in: transaction)
        draft["match_keys"] = Duplicates.keys(ofLead: draft)
        let captured = draft["captured_at"].instant
        try enter(.lead, at: captured, &draft)
        if wanted == .mql { try enter(.mql, at: captured, &draft) }
    }

    /// What its visitors did is the lead's from now on.
    public static func made(_ record: Record, in transaction: inout Transaction) throws(Refusal) -> Record {
        let visitors = record["visitor_ids"].elements.compactMap(\.text)
        let no = Visitors.adoptTouches(of: visitors, by: record.id, in: &transaction)
        // What is said with it is said later.
        if let no, record["consent"].isNull { Consent.withdraw(by: no, in: &transaction) }
        let settled = try Scoring.settle(record.id, in: &transaction)
        return settled ?? transaction.record(schema.name, record.id) ?? record
    }

    /// What new visitors did is the lead's, and what changed may score otherwise.
    public static func changed(
        _ record: Record, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) -> Record {
        let no = Visitors.adoptTouches(of: added(to: old, by: record["visitor_ids"]), by: record.id, in: &transaction)
        // What is said of it by the same change is said later.
        if let no, record["consent"] == old["consent"] { Consent.withdraw(by: no, in: &transaction) }
        let settled = try Scoring.settle(record.id, in: &transaction)
        return settled ?? transaction.record(schema.name, record.id) ?? record
    }

    private static func added(to old: Record, by visitors: Value) -> [String] {
        let known = old["visitor_ids"].elements
        return visitors.elements.filter { !known.contains($0) }.compactMap(\.text)
    }

    /// Refuses visitors that are others.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        if draft["erased_at"].isNull { try Refusal.demandNone(nameFaults(of: draft)) }
        try demandBlank(draft)
        draft["match_keys"] = Duplicates.keys(ofLead: draft)
        for visitor in added(to: old, by: draft["visitor_ids"]) {
            try Visitors.demandFree(visitor, for: draft.id, in: transaction)
        }
    }

    /// A person that was erased does not come back by a change; what actions said of it since is erased the next time.
    static func demandBlank(_ draft: Draft) throws(Refusal) {
        guard let erased = draft["erased_at"].instant, let field = draft.personalFields.first(where: \.isWritable)
        else { return }
        throw .conflict(
            rule: "an erased lead has no \(field.name): make a new lead",
            state: [.init("erased_at", .string(erased.description))])
    }

    private static func nameFaults(of draft: Draft) -> [Fault] {
        guard draft["name"].isBlank, draft["email"].isBlank else { return [] }
        return [Fault("/name", "a lead needs a name or an email")]
    }

    // MARK: Stages

    /// The stage of a lead.
    public static func stage(of record: Record) -> Stage {
        guard let stage = record["stage"].text.flatMap(Stage.init(rawValue:)) else {
            preconditionFailure("\(record.idText) is in no stage")
        }
        return stage
    }

    /// Has an event happen to a lead by the table of ``Lifecycle``; the lead is put back changed or as it was.
    static func happen(
        _ event: Lifecycle.Event, to record: Record, at time: Instant, reason: String? = nil,
        changing change: (inout Draft) -> Void = { _ in }, in transaction: inout Transaction
    ) throws(Refusal) -> Record {
        let stage = stage(of: record)
        var draft = Draft(record)
        switch Lifecycle.move(event, in: stage) {
        case .refused(let rule):
            throw .conflict(rule: rule, state: [.init("stage", .string(stage.rawValue))])
        case .stay: break
        case .to(let next):
            let skipped = Lifecycle.skipped(from: stage, to: next)
            try enter(next, at: time, skipping: skipped, reason: reason, &draft)
        }
        change(&draft)
        guard draft.values != record.values else { return record }
        // Who looks after it is told of by the event alone, where that changes it.
        let isHandedOn = draft["owner_id"] != record["owner_id"]
        let changed = transaction.put(draft, since: isHandedOn ? time : nil)
        try Nurturing.leave(changed, in: &transaction)
        return transaction.record(schema.name, record.id) ?? changed
    }

    /// Takes a lead back to a stage that what happened since no longer rests on.
    static func goBack(
        _ record: Record, to stage: Stage, at time: Instant, reason: String,
        changing change: (inout Draft) -> Void = { _ in }, in transaction: inout Transaction
    ) throws(Refusal) {
        var draft = Draft(record)
        try enter(stage, at: time, reason: reason, &draft)
        change(&draft)
        transaction.put(draft, since: time)
    }

    /// Takes a lead on to a later stage, over those between.
    static func advance(
        _ record: Record, to stage: Stage, at time: Instant, in transaction: inout Transaction,
        changing change: (inout Draft) -> Void
    ) throws(Refusal) {
        var draft = Draft(record)
        let skipped = Lifecycle.skipped(from: Self.stage(of: record), to: stage)
        try enter(stage, at: time, skipping: skipped, &draft)
        change(&draft)
        let isHandedOn = draft["owner_id"] != record["owner_id"]
        try Nurturing.leave(transaction.put(draft, since: isHandedOn ? time : nil), in: &transaction)
    }

    private static func enter(
        _ stage: Stage, at time: Instant?, skipping skipped: [Stage] = [], reason: String? = nil, _ draft: inout Draft
    ) throws(Refusal) {
        try StageHistory.enter(
            stage.rawValue, at: time, skipping: skipped.map(\.rawValue), reason: reason, &draft)
        draft["phase"] = stage.phase.map { .text($0) } ?? .null
    }

    /// A lead of which nobody says where it came from has the channel, medium and campaign of its visitors' first touch, or
    /// else of the page that it landed on.
    private static func completeSource(of draft: inout Draft, in transaction: Transaction) {
        var parts = draft["source"].parts
        guard parts.isEmpty || parts[0].isNull && parts[2].isNull else { return }
        let visitors = draft["visitor_ids"].elements.compactMap(\.text)
        var (channel, medium, campaign): (Value, Value, Value) = (.null, .null, .null)
        if let touch = Visitors.firstTouch(of: visitors, in: transaction) {
            (channel, medium, campaign) = (touch["channel"], UTM(touch["utm"]).medium, touch["campaign_id"])
        } else if !parts.isEmpty, let page = parts[3].text {
            let utm = UTM(url: page)
            let found = utm.campaign(in: transaction)
            channel = found?["channel"] ?? utm.channel.map { .text($0) } ?? .null
            medium = utm.medium
            campaign = found.map { .reference($0.id) } ?? .null
        }
        guard !channel.isNull else { return }
        if parts.isEmpty { parts = source.map { _ in .null } }
        if parts[1].isNull { parts[1] = medium }
        (parts[0], parts[2]) = (channel, campaign)
        draft["source"] = .object(parts)
    }
}
