internal import Store

/// When a deal is stale: open, and longer without an activity than its stage allows.
enum DealClock {
    /// Starts the clock anew from the deal's last activity or its stage's entry, whichever is later.
    static func start(_ draft: inout Draft, _ stages: PipelineStages, now: Instant) {
        draft["timer_at"] = .null
        draft["is_stale"] = .bool(false)
        guard let step = stages.open.first(where: { $0.name == draft["stage"].text }), let days = step.rottingDays
        else { return }
        let entered = draft["stage_history"].elements.last?.parts[1].instant
        let times = [entered, draft["last_activity_at"].instant].compactMap { $0 }
        guard let last = times.max() else { return }
        let stale = last.advanced(byMilliseconds: days * Instant.dayMilliseconds)
        draft["is_stale"] = .bool(stale <= now)
        if stale > now { draft["timer_at"] = .instant(stale) }
    }

    /// An activity on a deal makes it fresh.
    static func noteActivity(_ deal: Identifier, at time: Instant, in transaction: inout Transaction) {
        guard let record = transaction.record(Deal.schema.name, deal),
            record["last_activity_at"].instant.map({ $0 < time }) ?? true
        else { return }
        var draft = Draft(record)
        draft["last_activity_at"] = .instant(time)
        start(&draft, Pipeline.stages(of: record, in: transaction), now: transaction.now)
        transaction.put(draft)
    }

    static let timer = Timer(Deal.schema.name) { deal, transaction throws(Refusal) in
        var draft = Draft(deal)
        draft["timer_at"] = .null
        draft["is_stale"] = .bool(Deal.isOpen(deal))
        transaction.put(draft)
    }
}
