internal import JSON
public import Store

/// What gives a lead points: facts about the person, or what the person did.
public enum ScoringRule: Resource {
    /// A reference to a scoring rule.
    static let reference = Reference("scoring_rules", prefix: "scoring_rule")

    /// The declaration.
    public static let schema = Schema(
        "scoring_rules", prefix: "scoring_rule",
        "What gives a lead points: facts about the person, or what the person did.", isShared: true,
        fields: [
            Field("name", .text(max: 200), "The rule's name.").required().searched(),
            Field("kind", .choice(["fit", "engagement"]), "Whether it looks at the person or at touches.").required()
                .onCreate(then: "nothing"),
            Field(
                "filter", .text(max: 2000),
                "The leads it is for, as a list of leads is filtered: title=CEO; all where not given."),
            Field("touch_type", .choice(Words.touchTypes), "The touches that count; engagement needs it."),
            Field("channel", .choice(Words.channels), "Of this channel alone."),
            Field("campaign_id", .reference(Campaign.reference), "Of this campaign alone."),
            Field("content_id", .reference(Content.reference), "Of this content alone."),
            Field("points", .integer(-1000...1000), "What it gives.").required(),
            Field(
                "half_life_days", .number(0.01...36_500),
                "After how many days a touch counts half as much: points × 2^(−age ÷ half-life); never where not given."
            ),
            Field("repeat", .choice(["once", "each", "capped"]), "Which of several touches count.").with(
                default: .text("once")),
            Field("cap", .integer(0...1_000_000), "The most that the rule gives; capped needs it."),
            Field("group", .text(max: 100), "Rules of a group share its cap."),
            Field("group_cap", .integer(0...1_000_000), "The most that its group gives; the least of its rules holds."),
            Field("is_active", .bool, "Whether it counts.").with(default: .bool(true)).indexed(),
            Field("scored_through", .text(max: 50), "How far leads are scored anew.").readOnly(),
            Timer.field,
        ])

    /// The marketing manager.
    public static let writers = Grants(any: [.marketingManager])

    /// Every lead is scored anew, some at a time.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        draft["timer_at"] = .instant(transaction.now)
    }

    /// Every lead is scored anew, some at a time.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        draft["scored_through"] = .null
        draft["timer_at"] = .instant(transaction.now)
    }

    /// What still counts is switched off first, so that leads lose its points.
    public static func removing(_ record: Record, in transaction: inout Transaction) throws(Refusal) {
        guard record["is_active"] == .bool(true) || !record["timer_at"].isNull else { return }
        throw .conflict(
            rule: "a rule is switched off before it is deleted, and then leads are scored anew",
            state: [.init("is_active", record["is_active"].json(of: .bool))])
    }

    /// Checks what is needed of its kind.
    public static func check(_ draft: inout Draft, in transaction: Transaction) throws(Refusal) {
        var faults = draft.filterFaults(in: transaction)
        let filter = Filter(kept: draft["filter"].text, of: Lead.schema)
        if filter.conditions.contains(where: { ["score", "grade"].contains($0.path.field.name) }) {
            faults.append(Fault("/filter", "must not ask for what it makes: score, grade"))
        }
        let isFit = draft["kind"].text == "fit"
        if !isFit, draft["touch_type"].isNull { faults.append(Fault("/touch_type", "is required of engagement")) }
        for name in ["touch_type", "channel", "campaign_id", "content_id", "half_life_days"] where isFit {
            if !draft[name].isNull { faults.append(Fault("/\(name)", "is of engagement, and this rule is of fit")) }
        }
        if draft["repeat"].text == "capped", draft["cap"].isNull {
            faults.append(Fault("/cap", "is required where repeat is capped"))
        }
        if !draft["group_cap"].isNull, draft["group"].isNull {
            faults.append(Fault("/group", "is required of a group_cap"))
        }
        try Refusal.demandNone(faults)
    }

    /// Has every lead be scored anew, where there is a rule to do it.
    static func scoreAll(in transaction: inout Transaction) {
        guard let rule = transaction.records(schema.name, after: nil, limit: 1).first else { return }
        var draft = Draft(rule)
        draft["scored_through"] = .null
        draft["timer_at"] = .instant(transaction.now)
        transaction.put(draft)
    }

    /// How many leads are scored anew in one entry.
    private static let leadsOfTurn = 200

    static let timer = Timer(schema.name) { rule, transaction throws(Refusal) in
        let leads = transaction.records(
            Lead.schema.name, after: rule["scored_through"].text.flatMap { Identifier($0, prefix: Lead.schema.prefix) },
            limit: leadsOfTurn)
        for lead in leads { _ = try Scoring.settle(lead.id, in: &transaction) }
        guard let newest = transaction.record(schema.name, rule.id) else { return }
        var draft = Draft(newest)
        draft["scored_through"] = leads.last.map { .text($0.idText) } ?? .null
        let isDone = leads.count < leadsOfTurn
        draft["timer_at"] = isDone ? .null : .instant(transaction.now.advanced(byMilliseconds: 1))
        transaction.put(draft)
    }
}
