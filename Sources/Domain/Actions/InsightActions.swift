internal import JSON
internal import Store

/// What marketing does with an insight.
enum InsightActions {
    private static let readers = Grants(any: [.marketingManager, .digitalMarketer])
    private static let note = Field("note", .text(max: 2000), "What was decided or done.")

    static let all = [
        Action("insights", "triage", "Marketing has read it.", fields: [note], by: readers, triage),
        Action(
            "insights", "apply", "Says which campaign or content was changed by it, and which metric is to move.",
            fields: [
                Field("campaign_id", .reference(Campaign.reference), "The campaign."),
                Field("content_id", .reference(Content.reference), "The content."),
                Field(
                    "metric", .choice(Words.metrics),
                    "The metric that is to move; handoff_acceptance where not given."),
                note,
            ], by: readers, apply),
        Action(
            "insights", "dismiss", "Nothing follows from it, for a reason.",
            fields: [Field("note", .text(max: 2000), "Why; a no is never silent.").required()], by: readers, dismiss),
    ]

    private static func triage(
        _ insight: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        var draft = try happened("triage", insight, input)
        draft["triaged_at"] = .instant(input.time)
        return transaction.put(draft)
    }

    private static func apply(
        _ insight: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        guard !input["campaign_id"].isNull || !input["content_id"].isNull else {
            throw .invalid([Fault("/campaign_id", "what was changed must be said: a campaign_id or a content_id")])
        }
        var draft = try happened("apply", insight, input)
        draft["applied_to_campaign_id"] = input["campaign_id"]
        draft["applied_to_content_id"] = input["content_id"]
        draft["metric"] = input["metric"].isNull ? .text("handoff_acceptance") : input["metric"]
        draft["settled_at"] = .instant(input.time)
        return transaction.put(draft)
    }

    private static func dismiss(
        _ insight: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        var draft = try happened("dismiss", insight, input)
        draft["settled_at"] = .instant(input.time)
        return transaction.put(draft)
    }

    private static func happened(_ event: String, _ insight: Record, _ input: Input) throws(Refusal) -> Draft {
        var draft = Draft(insight)
        try Lifecycles.insight.happen(event, to: &draft)
        for name in ["heard_at", "triaged_at"] {
            guard let before = insight[name].instant, input.time < before else { continue }
            throw .conflict(
                rule: "an insight is settled after it was heard, \(before), not at \(input.time)",
                state: [.init("id", .string(insight.idText))])
        }
        if !input["note"].isNull { draft["note"] = input["note"] }
        return draft
    }
}
