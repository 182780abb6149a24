public import JSON
public import Store

/// An opportunity with an amount, on its way to won or lost.
public enum Deal: Resource {
    /// A reference to a deal.
    static let reference = Reference("deals", prefix: "deal")

    private static let pipeline = Pipeline.standard
    private static let steps = "POST /v1/deals/{id}/move, win, lose or reopen"

    /// The declaration.
    public static let schema = Schema(
        "deals", prefix: "deal", "An opportunity with an amount, on its way to won or lost.",
        fields: [
            Field("name", .text(max: 200), "The deal's name.").required().searched(),
            Field("account_id", .reference(Account.reference), "The account that would buy.").subject(),
            Field("lead_ids", .references(Lead.reference, max: 50), "The people it is negotiated with.")
                .with(default: .list([])),
            Field("owner_id", .reference(User.reference), "The user who answers for it.").owner(),
            Field("product", .text(max: 200), "What would be bought.").indexed(),
            Field("pipeline", .choice([pipeline.name]), "The stages it goes through.").with(
                default: .text(pipeline.name)
            )
            .onCreate(then: "nothing"),
            Field("stage", .choice(pipeline.stages), "Where it stands; prospecting where not given.")
                .with(default: .text(pipeline.open[0].name)).onCreate(then: steps).indexed(),
            Field("amount", .money, "What it is worth."),
            Field("expected_close_on", .day, "The day by which it should be decided."),
            Field("opened_at", .instant, "When it was opened; now where not given, null where nobody knows."),
            Field("closed_at", .instant, "When it was won or lost.").onCreate(then: steps).indexed(),
            Field("lost_reason", .text(max: 500), "Why it was lost.").onCreate(then: steps),
            StageHistory.field(pipeline.stages),
        ])

    /// Sales, each their own.
    public static let writers = Grants(any: [.salesManager], own: [.salesRepresentative, .accountManager])

    // MARK: Made, changed, deleted

    /// Takes the deal to the stage it is made in, the stages before it implied.
    public static func making(
        _ draft: inout Draft, given: [JSON.Member], in transaction: inout Transaction
    ) throws(Refusal) {
        if !given.contains(where: { $0.name == "opened_at" }) {
            draft["opened_at"] = .instant(openedAt(draft, now: transaction.now))
        }
        if draft["stage"].isNull { draft["stage"] = .text(pipeline.open[0].name) }
        if draft["pipeline"].isNull { draft["pipeline"] = .text(pipeline.name) }
        let stage = draft["stage"].text ?? ""
        let isOpen = pipeline.isOpen(stage)
        if !isOpen, draft["closed_at"].isNull { draft["closed_at"] = .instant(transaction.now) }
        let faults = faults(of: draft, stage: stage, now: transaction.now)
        guard faults.isEmpty else { throw .invalid(faults) }
        let opened = draft["opened_at"].instant
        let first = pipeline.open[0].name
        try StageHistory.enter(first, at: opened, &draft)
        guard stage != first else { return }
        try enter(stage, from: first, at: isOpen ? opened : draft["closed_at"].instant, reason: nil, &draft)
    }

    /// Its leads become opportunities, and customers where it was won.
    public static func made(_ record: Record, in transaction: inout Transaction) throws(Refusal) -> Record {
        let opened = record["opened_at"].instant ?? record["closed_at"].instant ?? transaction.now
        let stage = record["stage"].text ?? ""
        for lead in leads(of: record, in: transaction) {
            try open(lead, at: opened, in: &transaction)
            guard let lead = transaction.record("leads", lead.id), let closed = record["closed_at"].instant else {
                continue
            }
            if stage == Pipeline.won {
                _ = try Lead.happen(.winDeal, to: lead, at: closed, in: &transaction)
            } else {
                try release(lead, from: record, at: closed, in: &transaction)
            }
        }
        return record
    }

    /// A closed deal keeps what figures rest on; leads that come or go change their stage.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        if !pipeline.isOpen(old["stage"].text ?? "") {
            for field in ["amount", "opened_at", "lead_ids", "account_id"] where draft[field] != old[field] {
                throw .conflict(
                    rule: "the \(field) of a closed deal is settled: reopen it first",
                    state: [.init("stage", .string(old["stage"].text ?? ""))])
            }
        }
        try Refusal.demandNone(
            BusinessTime.faults(of: draft["opened_at"].instant, at: "/opened_at", now: transaction.now))
        try moveOpening(of: &draft, from: old)
        let before = old["lead_ids"].elements
        let after = draft["lead_ids"].elements
        for id in after where !before.contains(id) {
            guard let id = id.reference, let lead = transaction.record("leads", id) else { continue }
            try open(lead, at: transaction.now, in: &transaction)
        }
        for id in before where !after.contains(id) {
            guard let id = id.reference, let lead = transaction.record("leads", id) else { continue }
            try release(lead, from: old, at: transaction.now, in: &transaction)
        }
    }

    /// A won deal stays: its leads are customers by it.
    public static func removing(_ record: Record, in transaction: inout Transaction) throws(Refusal) {
        let stage = record["stage"].text ?? ""
        guard stage != Pipeline.won else {
            throw .conflict(rule: "a won deal is not deleted: reopen it first", state: [.init("stage", .string(stage))])
        }
        for lead in leads(of: record, in: transaction) {
            try release(lead, from: record, at: transaction.now, in: &transaction)
        }
    }

    private static func openedAt(_ draft: Draft, now: Instant) -> Instant {
        guard let closed = draft["closed_at"].instant else { return now }
        return min(closed, now)
    }

    private static func faults(of draft: Draft, stage: String, now: Instant) -> [Fault] {
        var faults: [Fault] = []
        let opened = draft["opened_at"].instant
        let closed = draft["closed_at"].instant
        for (name, time) in [("opened_at", opened), ("closed_at", closed)] {
            faults += BusinessTime.faults(of: time, at: "/\(name)", now: now)
        }
        if pipeline.isOpen(stage), closed != nil {
            faults.append(Fault("/closed_at", "an open deal has none; its stage is \(stage)"))
        }
        if let opened, let closed, closed < opened {
            faults.append(Fault("/closed_at", "must not be before opened_at, \(opened)"))
        }
        if stage == Pipeline.lost, draft["lost_reason"].isBlank {
            faults.append(Fault("/lost_reason", "a lost deal needs a reason"))
        }
        if stage != Pipeline.lost, !draft["lost_reason"].isNull {
            faults.append(Fault("/lost_reason", "only a lost deal has one; its stage is \(stage)"))
        }
        if stage == Pipeline.won, draft["amount"].isNull {
            faults.append(Fault("/amount", "a won deal needs an amount"))
        }
        return faults
    }

    /// The first stage was entered when the deal was opened, so both move together.
    private static func moveOpening(of draft: inout Draft, from old: Record) throws(Refusal) {
        guard draft["opened_at"] != old["opened_at"] else { return }
        var entries = draft["stage_history"].elements
        guard var first = entries.first?.parts else { return }
        if let opened = draft["opened_at"].instant, entries.count > 1, let next = entries[1].parts[1].instant,
            opened > next
        {
            throw .invalid([Fault("/opened_at", "must not be after \(next), when the deal entered its second stage")])
        }
        first[1] = draft["opened_at"]
        entries[0] = .object(first)
        draft["stage_history"] = .list(entries)
    }

    // MARK: Stages

    /// Takes a deal's draft into a stage; going forward implies the stages between.
    static func enter(
        _ stage: String, from current: String, at time: Instant?, reason: String?, _ draft: inout Draft
    ) throws(Refusal) {
        let open = pipeline.open.map(\.name)
        let start = open.firstIndex(of: current)
        // A deal can be lost from anywhere, which implies nothing; winning implies the whole way.
        let end = stage == Pipeline.won ? open.count : open.firstIndex(of: stage)
        var skipped: [String] = []
        if let start, let end, start + 1 < end { skipped = Array(open[(start + 1)..<end]) }
        try StageHistory.enter(stage, at: time, skipping: skipped, reason: reason, &draft)
    }

    /// The leads of a deal.
    static func leads(of record: Record, in transaction: Transaction) -> [Record] {
        var seen: Set<Identifier> = []
        let ids = record["lead_ids"].elements.compactMap(\.reference).filter { seen.insert($0).inserted }
        return ids.compactMap { transaction.record("leads", $0) }
    }

    /// A lead that a deal is opened with is an opportunity.
    static func open(_ lead: Record, at time: Instant, in transaction: inout Transaction) throws(Refusal) {
        try HandOff.demandAnswered(lead, in: transaction)
        _ = try Lead.happen(.openDeal, to: lead, at: time, in: &transaction)
    }

    /// A lead whose last open deal ended goes back to sql.
    static func release(
        _ lead: Record, from deal: Record, at time: Instant, in transaction: inout Transaction
    ) throws(Refusal) {
        let others = transaction.records("deals", where: "lead_ids", is: .identifier(lead.id))
        let hasOther = others.contains { $0.id != deal.id && pipeline.isOpen($0["stage"].text ?? "") }
        guard !hasOther else { return }
        _ = try Lead.happen(
            .loseLastDeal, to: lead, at: time, reason: "its last open deal ended", in: &transaction)
    }
}
