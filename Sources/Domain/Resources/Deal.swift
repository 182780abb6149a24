internal import JSON
public import Store

/// An opportunity with an amount, on its way to won or lost.
public enum Deal: Resource {
    /// A reference to a deal.
    static let reference = Reference("deals", prefix: "deal")

    private static let steps = "POST /v1/deals/{id}/move, win, lose or reopen"

    /// The declaration.
    public static let schema = Schema(
        "deals", prefix: "deal", "An opportunity with an amount, on its way to won or lost.",
        fields: [
            Field("name", .text(max: 200), "The deal's name.").required().searched(),
            Field("account_id", .reference(Account.reference), "The account that would buy.").subject(),
            Field("lead_ids", .references(Lead.reference, max: 50), "The people it is negotiated with, each once.")
                .with(default: .list([])),
            Field("buyers", .objects(buyers), "Who of them has which say.").with(default: .list([])),
            Field("owner_id", .reference(User.reference), "The user who answers for it.").owner().kept(),
            Field("product", .text(max: 200), "What would be bought, in a word; the first line's product.").indexed()
                .kept(),
            DealLines.field,
            Field("pipeline_id", .reference(Pipeline.reference), "The stages it goes through; the default ones.")
                .onCreate(then: steps).kept(),
            Field("stage", .text(max: 100), "Where it stands; the first stage of its pipeline where not given.")
                .onCreate(then: steps).indexed(),
            Field("amount", .money, "What it is worth; what the lines cost where not given.").kept(),
            Field("base_amount", .money, "The amount in the company's currency, by the rate of the day it was closed.")
                .readOnly().sparse().kept(fromNull: false),
            Field("expected_close_on", .day, "The day by which it should be decided.").indexed().kept(),
            Field("forecast_category", .choice(Words.forecastCategories), "How sure its owner is of it.").kept(),
            Field("next_step", .text(max: 500), "What is to be done next."),
            Field("next_step_on", .day, "By when.").indexed(),
            Field("competitors", .texts(max: 20), "Who else would sell to them.").with(default: .list([])),
            Field(
                "opened_at", .instant,
                "When it was opened; null where nobody knows. Where not given, now of an open one, null of a closed one."
            ),
            Field("closed_at", .instant, "When it was won or lost.").onCreate(then: steps).indexed(),
            Field("lost_reason", .text(max: 500), "Why it was lost.").onCreate(then: steps),
            Field("lost_category", .choice(Words.lostCategories), "The kind of that reason.").onCreate(then: steps)
                .kept(fromNull: false),
            Field("lost_to", .text(max: 200), "The competitor it was lost to.").onCreate(then: steps)
                .kept(fromNull: false),
            Field("last_activity_at", .instant, "When somebody last did something for it.").readOnly(),
            Field("is_stale", .bool, "Whether it is longer without an activity than its stage allows.").with(
                default: .bool(false)
            ).readOnly().indexed(),
            StageHistory.field(.text(max: 100)),
            Timer.field,
        ])

    private static let buyers = [
        Field("lead_id", .reference(Lead.reference), "The person.").required(),
        Field("role", .choice(Words.buyingRoles), "The person's say.").required(),
    ]

    /// Sales, each their own.
    public static let writers = Grants(any: [.salesManager], own: [.salesRepresentative, .accountManager])

    /// Whether a deal is neither won nor lost.
    public static func isOpen(_ record: Record) -> Bool { PipelineStages.isOpen(record["stage"].text ?? "") }

    // MARK: Made

    /// Takes the deal to the stage it is made in, the stages before it implied.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        let pipeline = pipeline(of: draft, in: &transaction)
        draft["pipeline_id"] = .reference(pipeline.id)
        let stages = PipelineStages(pipeline)
        if draft["stage"].isNull { draft["stage"] = .text(stages.open[0].name) }
        let stage = draft["stage"].text ?? ""
        let isOpen = PipelineStages.isOpen(stage)
        if isOpen, !given.contains("opened_at", of: schema) { draft["opened_at"] = .instant(transaction.now) }
        if !isOpen, draft["closed_at"].isNull { draft["closed_at"] = .instant(transaction.now) }
        var faults: [Fault] = []
        try completeBuyers(&draft)
        DealLines.complete(&draft, in: transaction, &faults)
        nameProduct(&draft, in: transaction)
        if !stages.names.contains(stage) { faults.append(unknownStage(stages)) }
        faults += self.faults(of: draft, stage: stage, now: transaction.now)
        guard faults.isEmpty else { throw .invalid(faults) }
        let opened = draft["opened_at"].instant
        let first = stages.open[0].name
        if isOpen {
            // It was opened where it stands, and in no stage before.
            let skipped = stages.open.map(\.name).prefix { $0 != stage }
            try StageHistory.enter(stage, at: opened, skipping: Array(skipped), &draft)
        } else {
            try StageHistory.enter(first, at: opened, &draft)
            try enter(stage, of: stages, from: first, at: draft["closed_at"].instant, &draft)
        }
        DealClock.start(&draft, stages, now: transaction.now)
        freeze(&draft, in: transaction)
    }

    /// Keeps what a closed deal's amount was in the company's currency; an open one's is not settled.
    static func freeze(_ draft: inout Draft, in transaction: Transaction) {
        let isOpen = PipelineStages.isOpen(draft["stage"].text ?? "")
        draft["base_amount"] =
            isOpen ? .null : ExchangeRate.frozen(draft["amount"], at: draft["closed_at"].instant, in: transaction)
    }

    private static func nameProduct(_ draft: inout Draft, in transaction: Transaction) {
        guard draft["product"].isNull, let first = draft["lines"].elements.first?.parts[0].reference else { return }
        draft["product"] = transaction.record(Product.schema.name, first)?["name"] ?? .null
    }

    private static func pipeline(of draft: Draft, in transaction: inout Transaction) -> Record {
        let named = draft["pipeline_id"].reference.flatMap { transaction.record(Pipeline.schema.name, $0) }
        return named ?? Pipeline.standard(in: &transaction)
    }

    static func unknownStage(_ stages: PipelineStages) -> Fault {
        Fault("/stage", "must be one of the pipeline's stages: \(stages.names.joined(separator: ", "))")
    }

    /// Its leads become opportunities, and customers where it was won.
    public static func made(_ record: Record, in transaction: inout Transaction) throws(Refusal) -> Record {
        let opened = record["opened_at"].instant ?? record["closed_at"].instant ?? transaction.now
        for lead in DealLeads.of(record, in: transaction) { try DealLeads.open(lead, at: opened, in: &transaction) }
        guard let closed = record["closed_at"].instant else { return record }
        if record["stage"].text == PipelineStages.won {
            try DealLeads.win(record, at: closed, in: &transaction)
            Purchase.make(of: record, in: &transaction)
        } else {
            for lead in DealLeads.of(record, in: transaction) {
                try DealLeads.release(lead, from: record, at: closed, in: &transaction)
            }
        }
        return record
    }

    /// Whoever has a say is one of the leads.
    private static func completeBuyers(_ draft: inout Draft) throws(Refusal) {
        var leads = once(draft["lead_ids"].elements)
        let buyers = draft["buyers"].elements.map { $0.parts[0] }
        for (place, buyer) in buyers.enumerated() where buyers[..<place].contains(buyer) {
            throw .invalid([Fault("/buyers/\(place)/lead_id", "is there twice")])
        }
        for (place, buyer) in draft["buyers"].elements.enumerated() where !leads.contains(buyer.parts[0]) {
            guard leads.count < 50 else {
                throw .invalid([Fault("/buyers/\(place)", "is one lead more than the 50 that a deal can have")])
            }
            leads.append(buyer.parts[0])
        }
        draft["lead_ids"] = .list(leads)
    }

    private static func once(_ leads: [Value]) -> [Value] {
        leads.enumerated().filter { !leads[..<$0].contains($1) }.map(\.element)
    }

    // MARK: Changed, deleted

    private static let settledFields = ["amount", "lines", "opened_at", "lead_ids", "account_id"]

    /// What figures of a closed deal rest on.
    public static func settled(_ record: Record) -> (fields: [String], reason: String)? {
        isOpen(record) ? nil : (settledFields, "of a closed deal it is settled: reopen it first")
    }

    /// A closed deal keeps what figures rest on; leads that come or go change their stage.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        try completeBuyers(&draft)
        if !isOpen(old) {
            var settled = Draft(old)
            settled["lead_ids"] = .list(once(old["lead_ids"].elements))
            for field in settledFields where draft[field] != settled[field] {
                throw .conflict(
                    rule: "the \(field) of a closed deal is settled: reopen it first",
                    state: [.init("stage", .string(old["stage"].text ?? ""))])
            }
        }
        var faults = BusinessTime.faults(of: draft["opened_at"].instant, at: "/opened_at", now: transaction.now)
        if draft["lines"] != old["lines"] {
            // Lines that change have the amount follow, unless it was changed with them or agreed on before.
            if draft["amount"] == old["amount"], old["amount"].money == DealLines.amount(of: old["lines"]) {
                draft["amount"] = .null
            }
            DealLines.complete(&draft, in: transaction, &faults)
            if draft["amount"].isNull { draft["amount"] = old["amount"] }
            nameProduct(&draft, in: transaction)
        }
        try Refusal.demandNone(faults)
        if draft["opened_at"] != old["opened_at"] {
            try moveOpening(of: &draft)
            DealClock.start(&draft, Pipeline.stages(of: old, in: transaction), now: transaction.now)
        }
        try changeLeads(of: draft, from: old, in: &transaction)
    }

    private static func changeLeads(
        of draft: Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        let (before, after) = (old["lead_ids"].elements, draft["lead_ids"].elements)
        for id in after where !before.contains(id) {
            guard let id = id.reference, let lead = transaction.record("leads", id) else { continue }
            try DealLeads.open(lead, at: transaction.now, in: &transaction)
        }
        for id in before where !after.contains(id) {
            guard let id = id.reference, let lead = transaction.record("leads", id) else { continue }
            try DealLeads.release(lead, from: old, at: transaction.now, in: &transaction)
        }
    }

    /// A won deal stays: its leads are customers by it.
    public static func removing(_ record: Record, in transaction: inout Transaction) throws(Refusal) {
        let stage = record["stage"].text ?? ""
        guard stage != PipelineStages.won else {
            throw .conflict(rule: "a won deal is not deleted: reopen it first", state: [.init("stage", .string(stage))])
        }
        for lead in DealLeads.of(record, in: transaction) {
            try DealLeads.release(lead, from: record, at: transaction.now, in: &transaction)
        }
        Purchase.remove(of: record, in: &transaction)
    }

    private static func faults(of draft: Draft, stage: String, now: Instant) -> [Fault] {
        var faults: [Fault] = []
        let opened = draft["opened_at"].instant
        let closed = draft["closed_at"].instant
        for (name, time) in [("opened_at", opened), ("closed_at", closed)] {
            faults += BusinessTime.faults(of: time, at: "/\(name)", now: now)
        }
        if PipelineStages.isOpen(stage), closed != nil {
            faults.append(Fault("/closed_at", "an open deal has none; its stage is \(stage)"))
        }
        if let opened, let closed, closed < opened {
            faults.append(Fault("/closed_at", "must not be before opened_at, \(opened)"))
        }
        if stage == PipelineStages.lost, draft["lost_reason"].isBlank {
            faults.append(Fault("/lost_reason", "a lost deal needs a reason"))
        }
        for name in ["lost_reason", "lost_category", "lost_to"] where stage != PipelineStages.lost {
            if !draft[name].isNull {
                faults.append(Fault("/\(name)", "only a lost deal has one; its stage is \(stage)"))
            }
        }
        if stage == PipelineStages.won, draft["amount"].isNull {
            faults.append(Fault("/amount", "a won deal needs an amount"))
        }
        return faults + (stage == PipelineStages.won ? saleFaults(of: draft) : [])
    }

    /// What is given back is a purchase of its own kind, and no sale for less than nothing.
    static func saleFaults(of draft: Draft) -> [Fault] {
        guard let amount = draft["amount"].money, amount.amount < 0 else { return [] }
        return [Fault("/amount", "must not be negative: what is given back is a purchase of the kind refund")]
    }

    /// The stage that a deal was opened in was entered, those before it implied, when it was opened: all move together.
    private static func moveOpening(of draft: inout Draft) throws(Refusal) {
        var entries = draft["stage_history"].elements
        // Those before it were once said to have been entered and left at once.
        var implied = entries.prefix {
            $0.parts[3] == .bool(true) || !$0.parts[1].isNull && $0.parts[1] == $0.parts[2]
        }.count
        guard implied < entries.count else { return }
        if !PipelineStages.isOpen(entries[implied].parts[0].text ?? "") { implied = 0 }
        if let opened = draft["opened_at"].instant, implied + 1 < entries.count,
            let next = entries[implied + 1].parts[1].instant, opened > next
        {
            throw .invalid([Fault("/opened_at", "must not be after \(next), when the deal entered its next stage")])
        }
        for place in 0...implied {
            var parts = entries[place].parts
            parts[1] = draft["opened_at"]
            if place < implied { parts[2] = draft["opened_at"] }
            entries[place] = .object(parts)
        }
        draft["stage_history"] = .list(entries)
    }

    // MARK: Stages

    /// Takes a deal's draft into a stage; going forward implies the stages between.
    static func enter(
        _ stage: String, of stages: PipelineStages, from current: String, at time: Instant?, reason: String? = nil,
        _ draft: inout Draft
    ) throws(Refusal) {
        let open = stages.open.map(\.name)
        let start = open.firstIndex(of: current)
        // A deal can be lost from anywhere, which implies nothing; winning implies the whole way.
        let end = stage == PipelineStages.won ? open.count : open.firstIndex(of: stage)
        var skipped: [String] = []
        if let start, let end, start + 1 < end { skipped = Array(open[(start + 1)..<end]) }
        try StageHistory.enter(stage, at: time, skipping: skipped, reason: reason, &draft)
    }
}
