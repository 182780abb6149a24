internal import Domain
internal import Store

/// Figures over leads.
enum LeadFigures {
    static let all = [
        Metric(
            "leads_created", unit: "count", .count, dimensions: Dimension.ofLeads,
            "The leads captured in the period."
        ) { view, question in entered(.lead, view, question).map(\.fact) },
        Metric(
            "mqls", unit: "count", .count, dimensions: Dimension.ofLeads,
            "The leads that became marketing qualified in the period, each once."
        ) { view, question in entered(.mql, view, question).map(\.fact) },
        Metric(
            "conversion_rate", unit: "ratio", .rate, bases: [.cohort, .event], dimensions: Dimension.ofLeads,
            parameters: ["from_stage", "to_stage", "within"],
            "Of the leads that entered from_stage (lead) in the period, those that reached to_stage (customer) since; by basis=event, entries of to_stage ÷ entries of from_stage in the period."
        ) { view, question in conversions(view, question) },
    ]

    /// The leads that entered a stage in the period, each with its first such entry.
    static func entered(_ stage: Stage, _ view: View, _ question: Question) -> [(fact: Fact, entries: [StageEntry])] {
        var entered: [(fact: Fact, entries: [StageEntry])] = []
        view.forEach("leads") { lead in
            let entries = StageEntry.all(of: lead)
            let first =
                stage == .lead
                ? lead["captured_at"].instant.flatMap { question.contains($0) ? $0 : nil }
                : entries.first { $0.stage == stage.rawValue && isInPeriod($0, question) }?.enteredAt
            guard let first else { return }
            var fact = Fact(record: lead, at: first)
            fact.stage = Self.stage(in: entries, asOf: question.asOf)
            entered.append((fact, entries))
        }
        return entered
    }

    private static func conversions(_ view: View, _ question: Question) -> [Fact] {
        let fromStage = question.fromStage ?? .lead
        let toStage = question.toStage ?? .customer
        let cohort = entered(fromStage, view, question)
        if question.basis == .event {
            // Both ends are counted by themselves: who converts in the period may have entered before it.
            return cohort.map { side($0.fact, isInNumerator: false) }
                + entered(toStage, view, question).map { side($0.fact, isInNumerator: true) }
        }
        return cohort.map { item in
            var fact = item.fact
            fact.isInNumerator = item.entries.contains { entry in
                guard entry.stage == toStage.rawValue, isBefore(entry, question.asOf), let at = entry.enteredAt,
                    let start = fact.at, at >= start
                else { return false }
                return question.withinMilliseconds.map { at.millisecondsSince(start) <= $0 } ?? true
            }
            fact.isUnfinished = !fact.isInNumerator && mayStillConvert(fact, question)
            return fact
        }
    }

    /// Whether it is not out, and the time for converting has not run out, by the instant asked for.
    private static func mayStillConvert(_ fact: Fact, _ question: Question) -> Bool {
        guard fact.stage != Stage.disqualified.rawValue else { return false }
        guard let within = question.withinMilliseconds, let start = fact.at else { return true }
        return question.asOf.millisecondsSince(start) <= within
    }

    /// A fact that counts above or below the line alone.
    private static func side(_ fact: Fact, isInNumerator: Bool) -> Fact {
        var fact = fact
        fact.isInNumerator = isInNumerator
        fact.isInDenominator = !isInNumerator
        fact.isOfTwoSets = true
        return fact
    }

    private static func isInPeriod(_ entry: StageEntry, _ question: Question) -> Bool {
        entry.enteredAt.map { question.contains($0) } ?? false
    }

    /// The stage, of those a lead entered, that it was in as of an instant.
    static func stage(in entries: [StageEntry], asOf instant: Instant) -> String? {
        entries.last { isBefore($0, instant) }?.stage
    }

    static func isBefore(_ entry: StageEntry, _ instant: Instant) -> Bool {
        entry.enteredAt.map { $0 < instant } ?? false
    }
}
