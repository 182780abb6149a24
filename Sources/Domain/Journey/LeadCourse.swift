internal import JSON
internal import Store

/// The stages of a lead found anew by business time: what happened to it, and its deals, in whatever order that was told.
///
/// A lead has what is told of it in order of time one step after the other. History is loaded deal by deal, and a deal that
/// went before what is known already, or beside it, is no step behind the last.
enum LeadCourse {
    /// Whether a step at an instant comes behind all that the lead has.
    static func isBehind(_ lead: Record, _ time: Instant) -> Bool {
        lead["stage_history"].elements.last?.parts[1].instant.map { time >= $0 } ?? true
    }

    /// Finds the stages of a lead anew.
    ///
    /// - Throws: ``Refusal/conflict(rule:state:)`` where it is out, and one of its deals is open.
    static func retrace(_ lead: Record, in transaction: inout Transaction) throws(Refusal) {
        let deals = transaction.records(Deal.schema.name, where: "lead_ids", is: .identifier(lead.id))
        if case .refused(let rule) = Lifecycle.move(.openDeal, in: Lead.stage(of: lead)),
            deals.contains(where: Deal.isOpen)
        {
            throw .conflict(rule: rule, state: [.init("stage", .string(Lead.stage(of: lead).rawValue))])
        }
        var course = Course()
        for (time, step) in steps(of: lead, deals) { course.take(step, at: time) }
        var draft = Draft(lead)
        try course.write(to: &draft)
        guard draft.values != lead.values else { return }
        try Nurturing.leave(transaction.put(draft), in: &transaction)
    }

    /// What happened to a lead and to its deals, in order of time; at one time in the order in which it is told of each. A deal
    /// that went before the lead was known is the lead's from then on.
    private static func steps(of lead: Record, _ deals: [Record]) -> [(time: Instant, step: Step)] {
        let own = ownSteps(of: lead)
        guard let first = own.first?.at ?? lead["captured_at"].instant else { return [] }
        var steps: [(time: Instant, step: Step)] = own.map { ($0.at ?? first, .own($0)) }
        for (place, deal) in deals.sorted(by: { $0.id < $1.id }).enumerated() {
            steps += events(of: deal).map { (max($1, first), .deal($0, place)) }
        }
        let order = steps.indices.sorted {
            steps[$0].time == steps[$1].time ? $0 < $1 : steps[$0].time < steps[$1].time
        }
        return order.map { steps[$0] }
    }

    /// A step that is no deal's.
    private struct OwnStep {
        let stage: Stage
        let at: Instant?
        let reason: String?
        /// Whether it was a step back.
        let isBack: Bool
    }

    private enum Step {
        case own(OwnStep)
        /// What happened to the deal of a place.
        case deal(DealEvent, Int)
    }

    private enum DealEvent {
        case opened, won, lost, reopened
    }

    /// By what stands before each: reasons go with an erasure.
    private static func ownSteps(of lead: Record) -> [OwnStep] {
        var before: Stage?
        return StageEntry.all(of: lead).compactMap { entry in
            guard let stage = Stage(rawValue: entry.stage) else { return nil }
            defer { before = stage }
            let isReleased = stage == .sql && before == .opportunity
            guard !entry.isImplied, !isReleased, stage != .opportunity, stage != .customer else { return nil }
            let isBack = before.map { stage.place < $0.place } ?? false
            return OwnStep(stage: stage, at: entry.enteredAt, reason: entry.reason, isBack: isBack)
        }
    }

    private static func events(of deal: Record) -> [(DealEvent, Instant)] {
        let known = ["opened_at", "closed_at", "created_at"].lazy.compactMap { deal[$0].instant }.first
        guard let opened = known else { return [] }
        var events = [(DealEvent.opened, opened)]
        var isClosed = false
        for entry in StageEntry.all(of: deal) where !entry.isImplied {
            let time = entry.enteredAt ?? deal["closed_at"].instant ?? opened
            switch entry.stage {
            case PipelineStages.won: events.append((.won, time))
            case PipelineStages.lost: events.append((.lost, time))
            default: if isClosed { events.append((.reopened, time)) }
            }
            isClosed = !PipelineStages.isOpen(entry.stage)
        }
        return events
    }

    /// Where a lead is while its story is told.
    private struct Course {
        private var stage: Stage?
        private var entries: [(stage: Stage, at: Instant, isImplied: Bool, reason: String?)] = []
        private var open: Set<Int> = []
        private var won: Set<Int> = []

        mutating func take(_ step: Step, at time: Instant) {
            switch step {
            case .own(let own): takeOwn(own, at: time)
            case .deal(.opened, let deal):
                open.insert(deal)
                follow(.openDeal, at: time)
            case .deal(.won, let deal):
                open.remove(deal)
                won.insert(deal)
                follow(.winDeal, at: time)
            case .deal(.lost, let deal):
                open.remove(deal)
                if open.isEmpty { follow(.loseLastDeal, at: time, reason: DealLeads.released) }
            case .deal(.reopened, let deal):
                open.insert(deal)
                won.remove(deal)
                if stage == .customer, won.isEmpty {
                    enter(.opportunity, at: time, reason: DealLeads.takenBack)
                } else {
                    follow(.openDeal, at: time)
                }
            }
        }

        private mutating func takeOwn(_ own: OwnStep, at time: Instant) {
            // Nobody takes out or back who has bought.
            if own.isBack || own.stage == .disqualified, stage == .customer { return }
            // A deal had taken the lead further before.
            if !own.isBack, let stage, own.stage.place <= stage.place { return }
            let skipped = own.isBack || own.stage == .disqualified ? [] : skipped(to: own.stage)
            enter(own.stage, at: time, skipping: skipped, reason: own.reason)
        }

        private func skipped(to next: Stage) -> [Stage] {
            stage.map { Lifecycle.skipped(from: $0, to: next) } ?? []
        }

        /// What an event does by the table; who was out and bought all the same is a customer.
        private mutating func follow(_ event: Lifecycle.Event, at time: Instant, reason: String? = nil) {
            let now = stage ?? .lead
            if event == .winDeal, now == .disqualified { return enter(.customer, at: time, reason: nil) }
            guard case .to(let next) = Lifecycle.move(event, in: now) else { return }
            enter(next, at: time, skipping: skipped(to: next), reason: reason)
        }

        private mutating func enter(_ next: Stage, at time: Instant, skipping: [Stage] = [], reason: String?) {
            entries += skipping.map { ($0, time, true, nil) }
            entries.append((next, time, false, reason))
            stage = next
        }

        func write(to draft: inout Draft) throws(Refusal) {
            guard let last = stage else { return }
            draft["stage_history"] = .list([])
            for (place, entry) in entries.enumerated() where !entry.isImplied {
                let skipped = entries[..<place].reversed().prefix { $0.isImplied }.reversed().map(\.stage.rawValue)
                try StageHistory.enter(
                    entry.stage.rawValue, at: entry.at, skipping: skipped, reason: entry.reason, &draft)
            }
            draft["phase"] = last.phase.map { .text($0) } ?? .null
        }
    }
}

extension Stage {
    /// How far it is along the way, at whose end those are that are out.
    fileprivate var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
