public import Store

/// A programme that keeps leads warm that are not ready: it waits, sends, branches and ends by itself.
public enum Nurture: Resource {
    /// A reference to a nurture.
    static let reference = Reference("nurtures", prefix: "nurture")

    /// The declaration.
    public static let schema = Schema(
        "nurtures", prefix: "nurture",
        "A programme that keeps leads warm that are not ready: it waits, sends, branches and ends by itself.",
        isShared: true,
        fields: [
            Field("name", .text(max: 200), "The programme's name.").required().searched(),
            Field("status", .choice(Lifecycles.nurture.states), "draft, active, paused, archived.")
                .with(default: .text("draft")).indexed(),
            Field("segment_id", .reference(Segment.reference), "Whose members enter it by themselves."),
            Field("campaign_id", .reference(Campaign.reference), "The campaign that its touches count for."),
            Field(
                "steps",
                .objects([
                    Field("kind", .choice(["wait", "send", "branch", "exit"]), "What is done.").required(),
                    Field("hours", .number(0...100_000), "How long it waits; a minute at least."),
                    Field("content_id", .reference(Content.reference), "What it sends."),
                    Field("channel", .choice(Words.channels), "On which channel; email where not given."),
                    Field("subject", .text(max: 300), "The mail's subject."),
                    Field(
                        "filter", .text(max: 2000),
                        "What a branch asks of the lead, as a list of leads is filtered: score.gte=50."),
                    Field(
                        "then", .integer(1...1000), "The step it goes to where that holds; the next where not given."),
                    Field("otherwise", .integer(1...1000), "The step it goes to where not; the next where not given."),
                ]), "The steps, counted from 1."
            ).required(),
            Field("enrolled_through", .text(max: 50), "How far members are looked for.").readOnly(),
            Timer.field,
        ])

    /// Marketing.
    public static let writers = Grants(any: [.marketingManager, .digitalMarketer])

    /// Looks for members where it begins active.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        if draft["status"].isNull { draft["status"] = .text(Lifecycles.nurture.states[0]) }
        lookForMembers(&draft, now: transaction.now)
    }

    /// Refuses changes of status that there are not.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        try Lifecycles.nurture.demandStep(from: old["status"].text ?? "", to: draft["status"].text ?? "")
        if draft["status"] != old["status"] || draft["segment_id"] != old["segment_id"] {
            lookForMembers(&draft, now: transaction.now)
        }
    }

    private static func lookForMembers(_ draft: inout Draft, now: Instant) {
        let isActive = draft["status"].text == "active" && !draft["segment_id"].isNull
        draft["enrolled_through"] = .null
        draft["timer_at"] = isActive ? .instant(now) : .null
    }

    /// Checks the steps.
    public static func check(_ draft: inout Draft, in transaction: Transaction) throws(Refusal) {
        var faults: [Fault] = []
        let steps = draft["steps"].elements.map(NurtureStep.init)
        if steps.isEmpty { faults.append(Fault("/steps", "must have a step at least")) }
        let known = transaction.record(schema.name, draft.id)?["steps"].elements.map { NurtureStep($0).filter } ?? []
        for (place, step) in steps.enumerated() {
            faults += step.faults(at: "/steps/\(place)", of: steps.count)
            guard let text = step.filter, !known.contains(text) else { continue }
            faults += Filter(kept: text, of: Lead.schema).faults(at: "/steps/\(place)/filter", writtenIn: transaction)
        }
        try Refusal.demandNone(faults)
    }

    /// How many leads are looked at in one entry.
    private static let leadsOfTurn = 500

    /// Enrols who is a member already when the programme starts; who becomes one later enters then.
    static let timer = Timer(schema.name) { nurture, transaction throws(Refusal) in
        let leads = transaction.records(
            Lead.schema.name,
            after: nurture["enrolled_through"].text.flatMap { Identifier($0, prefix: Lead.schema.prefix) },
            limit: leadsOfTurn)
        for lead in leads { try Nurturing.enrolBySegment(lead, in: [nurture], &transaction) }
        guard let newest = transaction.record(schema.name, nurture.id) else { return }
        var draft = Draft(newest)
        let isDone = leads.count < leadsOfTurn
        draft["enrolled_through"] = isDone ? .null : leads.last.map { .text($0.idText) } ?? .null
        draft["timer_at"] = isDone ? .null : .instant(transaction.now.advanced(byMilliseconds: 1))
        transaction.put(draft)
    }
}

/// One step of a nurture, read.
struct NurtureStep {
    let kind: String
    let hours: Double?
    let content: Value
    let channel: String
    let subject: Value
    let filter: String?
    let then: Int?
    let otherwise: Int?

    init(_ value: Value) {
        let parts = value.parts
        kind = parts[0].text ?? ""
        if case .number(let hours) = parts[1] { self.hours = hours } else { hours = nil }
        content = parts[2]
        channel = parts[3].text ?? "email"
        subject = parts[4]
        filter = parts[5].text
        then = parts[6].whole.map { Int($0) }
        otherwise = parts[7].whole.map { Int($0) }
    }

    func faults(at pointer: String, of count: Int) -> [Fault] {
        var faults: [Fault] = []
        switch kind {
        case "wait" where hours == nil: faults.append(Fault("\(pointer)/hours", "is required of a wait"))
        case "send" where content.isNull: faults.append(Fault("\(pointer)/content_id", "is required of a send"))
        case "branch":
            if let filter {
                _ = Filter(filter, of: Lead.schema, at: "\(pointer)/filter", &faults)
            } else {
                faults.append(Fault("\(pointer)/filter", "is required of a branch"))
            }
        default: break
        }
        for (name, place) in [("then", then), ("otherwise", otherwise)] where place.map({ $0 > count }) ?? false {
            faults.append(Fault("\(pointer)/\(name)", "must be one of the \(count) steps"))
        }
        return faults
    }
}
