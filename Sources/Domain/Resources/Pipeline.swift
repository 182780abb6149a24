internal import JSON
public import Store

/// The stages that deals of one kind go through.
public enum Pipeline: Resource {
    /// A reference to a pipeline.
    static let reference = Reference("pipelines", prefix: "pipeline")

    /// The discount in percent above which an offer waits for a manager, where the pipeline does not say.
    static let discountLimitPercent: Int64 = 20

    /// The declaration.
    public static let schema = Schema(
        "pipelines", prefix: "pipeline", "The stages that deals of one kind go through.", isShared: true,
        fields: [
            Field("name", .text(max: 200), "The pipeline's name.").required().unique().searched(),
            Field(
                "stages",
                .objects([
                    Field("name", .text(max: 100), "The stage's name.").required(),
                    Field("win_percent", .integer(0...100), "The probability of winning, in percent.").required(),
                    Field(
                        "rotting_days", .integer(1...3650), "After how many days without an activity a deal is stale."),
                ]), "The open stages, in order; won and lost end each pipeline."
            ).required().kept(),
            Field("is_default", .bool, "Whether deals go through it that name none; one does.").indexed(),
            Field(
                "discount_limit_percent", .integer(0...100),
                "The discount above which an offer waits for a manager; 20 where not given."),
        ])

    /// Sales' manager.
    public static let writers = Grants(any: [.salesManager])

    /// Checks the stages.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        try Refusal.demandNone(faults(of: draft))
        if draft["is_default"] == .bool(true) { takeDefault(except: draft.id, in: &transaction) }
        let isFirst = transaction.oldest(schema.name) == nil
        draft["is_default"] = .bool(isFirst || draft["is_default"] == .bool(true))
    }

    /// Checks the stages; those that open deals are in stay.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        try Refusal.demandNone(faults(of: draft))
        let names = draft["stages"].elements.compactMap { $0.parts.first?.text }
        for stage in PipelineStages(old).open.map(\.name) where !names.contains(stage) {
            let count = deals(of: old.id, in: stage, in: transaction)
            guard count == 0 else {
                throw .conflict(
                    rule: "a stage that open deals are in stays",
                    state: [
                        .init("stage", .string(stage)), .init("deals", .integer(Int64(count))),
                    ])
            }
        }
        try Self.stages(draft, changed: old, in: &transaction)
        guard draft["is_default"] != old["is_default"] else { return }
        guard draft["is_default"] == .bool(true) else {
            throw .conflict(rule: "one pipeline is the default: make another one that", state: [])
        }
        takeDefault(except: draft.id, in: &transaction)
    }

    /// The default stays while there are others.
    public static func removing(_ record: Record, in transaction: inout Transaction) throws(Refusal) {
        guard record["is_default"] == .bool(true) else { return }
        throw .conflict(rule: "the default pipeline is not deleted: make another one that", state: [])
    }

    private static func faults(of draft: Draft) -> [Fault] {
        let names = draft["stages"].elements.compactMap { $0.parts.first?.text }
        var faults: [Fault] = []
        if names.isEmpty { faults.append(Fault("/stages", "must have a stage at least")) }
        if names.count > 50 { faults.append(Fault("/stages", "must have at most 50 stages")) }
        for (place, name) in names.enumerated() {
            if !PipelineStages.isOpen(name) || name.isEmpty {
                faults.append(Fault("/stages/\(place)/name", "must be a name other than won and lost"))
            }
            if names[..<place].contains(name) { faults.append(Fault("/stages/\(place)/name", "is there twice")) }
        }
        return faults
    }

    private static func deals(of pipeline: Identifier, in stage: String, in transaction: Transaction) -> Int {
        transaction.records(Deal.schema.name, where: "stage", is: .text(stage))
            .count { self.of($0, in: transaction)?.id == pipeline }
    }

    /// Deals are stale by the days that their stages allow now.
    private static func stages(
        _ draft: Draft, changed old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        guard draft["stages"] != old["stages"] else { return }
        let stages = PipelineStages(draft["stages"])
        for step in stages.open {
            for deal in transaction.records(Deal.schema.name, where: "stage", is: .text(step.name))
            where deal["pipeline_id"].reference == old.id {
                var changed = Draft(deal)
                DealClock.start(&changed, stages, now: transaction.now)
                if changed.values != deal.values { transaction.put(changed) }
            }
        }
    }

    private static func takeDefault(except id: Identifier, in transaction: inout Transaction) {
        for other in transaction.records(schema.name, where: "is_default", is: .number(1)) where other.id != id {
            var draft = Draft(other)
            draft["is_default"] = .bool(false)
            transaction.put(draft)
        }
    }

    // MARK: Of deals

    /// The pipeline that deals go through which name none; made where nobody made one yet.
    static func standard(in transaction: inout Transaction) -> Record {
        if let record = standard(in: transaction as Transaction) { return record }
        var draft = transaction.draft(of: schema)
        draft["name"] = .text("default")
        draft["stages"] = .list(
            PipelineStages.standard.open.map { .object([.text($0.name), .integer($0.winPercent), .null]) })
        draft["is_default"] = .bool(true)
        return transaction.put(draft)
    }

    private static func standard(in records: some Records) -> Record? {
        records.records(schema.name, where: "is_default", is: .number(1)).first
    }

    /// The pipeline of a deal; `nil` for one from before there were several, where nobody made one since.
    static func of(_ deal: Record, in records: some Records) -> Record? {
        deal["pipeline_id"].reference.flatMap { records.record(schema.name, $0) } ?? standard(in: records)
    }

    /// The stages that a deal goes through.
    ///
    /// One from before there were several goes through those that there were then.
    public static func stages(of deal: Record, in records: some Records) -> PipelineStages {
        let own = deal["pipeline_id"].reference.flatMap { records.record(schema.name, $0) }
        return own.map(PipelineStages.init) ?? .standard
    }

    /// The probability of winning in a stage that a deal was in as of an instant, in percent, by its pipeline or the one it
    /// came from.
    public static func winPercent(
        of stage: String, _ own: PipelineStages, asOf instant: Instant, in records: some Records
    ) -> Int64 {
        if own.names.contains(stage) { return own.winPercent(stage) }
        let others = records.records(schema.name, after: nil, limit: 1000).map { PipelineStages($0, asOf: instant) }
        return (others.first { $0.names.contains(stage) } ?? .standard).winPercent(stage)
    }
}
