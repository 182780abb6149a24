internal import Store

/// Shares out between two records, parted again, what came while they were one: a deal or a hand-off is whose it was or is
/// said to be, what came of it goes with it, and a lead stands where its own have it.
enum Parting {
    // MARK: What came of what goes

    /// Has what was made since a merge, and refers to what was the other's alone, such as the purchase of its deal, refer to
    /// the other.
    static func giveAlong(
        with merge: Record, from stayed: Identifier, to went: Identifier, of resource: String,
        in transaction: inout Transaction
    ) {
        let moved = Merge.movedAlone(by: merge)
        var known = Set(moved)
        var waiting = moved.compactMap { Merge.record($0, in: transaction) }
        let followers = followers(in: transaction)
        while let (schema, id) = waiting.popLast() {
            for (other, path) in followers[schema.name] ?? [] {
                let found = transaction.records(other.name, where: path, is: .identifier(id))
                // Ids are in order of time.
                for record in found
                where record.id > merge.id && known.insert("\(other.name)/\(record.idText)").inserted {
                    // What names others of its kind too is no more theirs than it was.
                    guard (other.path(path)?.value(in: record).elements.count ?? 0) < 2 else { continue }
                    if Merging.repoint(other, record.id, stayed, went, of: resource, in: &transaction) {
                        waiting.append((other, record.id))
                    }
                }
            }
        }
    }

    /// The fields that refer to each resource.
    private static func followers(in transaction: Transaction) -> [String: [(Schema, String)]] {
        let schemas = transaction.allSchemas.filter { !$0.isInternal }
        var followers: [String: [(Schema, String)]] = [:]
        for other in schemas where other.name != Merge.schema.name {
            for schema in schemas {
                followers[schema.name, default: []] += other.references(to: schema.name).map { (other, $0) }
            }
        }
        return followers
    }

    // MARK: Where the leads stand

    /// Has a lead that stayed stand as it did where what took it on was the other's, and both as their own have them.
    ///
    /// - Parameter since: when they became one; what was before is told by what they were.
    static func settle(
        _ stayed: Identifier, as before: Draft, _ went: Identifier, since merged: Instant,
        in transaction: inout Transaction
    ) throws(Refusal) {
        try goBack(stayed, to: before, from: went, since: merged, in: &transaction)
        for id in [stayed, went] {
            for (stage, time) in demands(of: id, since: merged, in: transaction) {
                try advance(id, to: stage, at: time, in: &transaction)
            }
            try release(id, in: &transaction)
        }
    }

    private static func goBack(
        _ stayed: Identifier, to before: Draft, from went: Identifier, since merged: Instant,
        in transaction: inout Transaction
    ) throws(Refusal) {
        guard let lead = transaction.record(Lead.schema.name, stayed),
            !rests(lead, before, since: merged, in: transaction)
        else { return }
        var draft = Draft(lead)
        for name in ["stage", "phase", "stage_history"] { draft[name] = before[name] }
        let takers = accepted(of: went, since: merged, in: transaction).map { $0["to"] }
        if takers.contains(lead["owner_id"]) { draft["owner_id"] = before["owner_id"] }
        if draft.values != lead.values { transaction.put(draft) }
    }

    /// Whether a lead's stage is the one it had, or rests on its own deals and hand-offs, where it is one that does.
    private static func rests(
        _ lead: Record, _ before: Draft, since merged: Instant, in transaction: Transaction
    ) -> Bool {
        if lead["stage_history"] == before["stage_history"] { return true }
        let deals = deals(of: lead.id, in: transaction)
        return switch Lead.stage(of: lead) {
        case .lead, .mql, .disqualified: true
        case .sal, .sql:
            ["sal", "sql"].contains(before["stage"].text) || !deals.isEmpty
                || !accepted(of: lead.id, since: merged, in: transaction).isEmpty
        case .opportunity: deals.contains(where: Deal.isOpen)
        case .customer: deals.contains { $0["stage"].text == PipelineStages.won }
        }
    }

    /// The stages that a lead has come to by its own deals and hand-offs since a merge, and when, in order of time.
    private static func demands(
        of lead: Identifier, since merged: Instant, in transaction: Transaction
    ) -> [(stage: Stage, at: Instant)] {
        var demands: [(stage: Stage, at: Instant?)] = []
        for deal in deals(of: lead, in: transaction) {
            if Deal.isOpen(deal) { demands.append((.opportunity, deal["opened_at"].instant)) }
            if deal["stage"].text == PipelineStages.won { demands.append((.customer, deal["closed_at"].instant)) }
        }
        if let waiting = HandOff.all(of: lead, in: transaction).first(where: HandOff.isWaiting) {
            demands.append((.mql, waiting["submitted_at"].instant))
        }
        let history = transaction.record(Lead.schema.name, lead).map(StageEntry.all) ?? []
        for handOff in accepted(of: lead, since: merged, in: transaction) {
            let answered = handOff["answered_at"].instant
            // One that was taken in, and recycled since, is not taken in once more.
            let isKnown = history.contains { $0.stage == Stage.sal.rawValue && $0.enteredAt == answered }
            if !isKnown { demands.append((.sal, answered)) }
        }
        return demands.map { ($0.stage, $0.at ?? transaction.now) }.sorted { $0.at < $1.at }
    }

    /// The hand-offs of a lead that were accepted since a merge and did not come back.
    private static func accepted(
        of lead: Identifier, since merged: Instant, in transaction: Transaction
    ) -> [Record] {
        HandOff.all(of: lead, in: transaction).filter { handOff in
            handOff["status"].text == "accepted" && handOff["answered_at"].instant.map { $0 >= merged } ?? false
        }
    }

    private static func advance(
        _ id: Identifier, to stage: Stage, at time: Instant, in transaction: inout Transaction
    ) throws(Refusal) {
        guard let lead = transaction.record(Lead.schema.name, id),
            let now = Stage.forward.firstIndex(of: Lead.stage(of: lead)),
            let then = Stage.forward.firstIndex(of: stage), now < then
        else { return }
        let taker = HandOff.all(of: id, in: transaction).last { $0["status"].text == "accepted" }?["to"]
        try Lead.advance(
            lead, to: stage, at: max(time, StageEntry.all(of: lead).last?.enteredAt ?? time), in: &transaction
        ) {
            if stage == .sal, let taker { $0["owner_id"] = taker }
        }
    }

    /// A lead whose last open deal ended goes back to sql.
    private static func release(_ id: Identifier, in transaction: inout Transaction) throws(Refusal) {
        let deals = deals(of: id, in: transaction)
        guard let lead = transaction.record(Lead.schema.name, id), Lead.stage(of: lead) == .opportunity,
            !deals.contains(where: Deal.isOpen), let ended = deals.compactMap({ $0["closed_at"].instant }).max()
        else { return }
        _ = try Lead.happen(
            .loseLastDeal, to: lead, at: max(ended, StageEntry.all(of: lead).last?.enteredAt ?? ended),
            reason: "its last open deal ended", in: &transaction)
    }

    private static func deals(of lead: Identifier, in transaction: Transaction) -> [Record] {
        transaction.records(Deal.schema.name, where: "lead_ids", is: .identifier(lead))
    }
}
