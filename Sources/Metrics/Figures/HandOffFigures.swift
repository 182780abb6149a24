internal import Domain
internal import Store

/// Figures over hand-offs.
enum HandOffFigures {
    static let all = [
        Metric(
            "handoff_acceptance", unit: "ratio", .rate, bases: [.cohort, .event], dimensions: Dimension.ofLeads,
            "Accepted ÷ (accepted + rejected) over the hand-offs submitted in the period; pending ones are outside, and told apart. By basis=event, those answered in the period."
        ) { view, question in
            submitted(view, question).map { item in
                var fact = Fact(record: item.record, at: item.countedAt, stage: item.stage)
                fact.isUnfinished = item.answeredAt == nil
                fact.isInDenominator = !fact.isUnfinished
                fact.isInNumerator = !fact.isUnfinished && HandOff.wasAccepted(item.record)
                return fact
            }
        },
        Metric(
            "handoff_answer_minutes", unit: "minutes", .lengths, bases: [.cohort], dimensions: Dimension.ofLeads,
            "From submitted to answered, in wall time, over the hand-offs submitted in the period; the unanswered are censored, never dropped."
        ) { view, question in
            submitted(view, question).map { fact(of: $0, until: $0.answeredAt, asOf: question.asOf) }
        },
        Metric(
            "first_contact_minutes", unit: "minutes", .lengths, bases: [.cohort], dimensions: Dimension.ofLeads,
            "From the hand-off to the first outbound activity by a human, over the hand-offs submitted in the period; the uncontacted are censored, never dropped. Acceptance and automatic mail are no contact."
        ) { view, question in
            submitted(view, question).map { item in
                fact(of: item, until: firstContact(after: item, view, question), asOf: question.asOf)
            }
        },
    ]

    private struct Submitted {
        let record: Record
        let submittedAt: Instant
        /// When it was answered, where it was by the instant asked for.
        let answeredAt: Instant?
        let countedAt: Instant
        /// Where its lead stood as of the instant asked for.
        let stage: String?
    }

    private static func submitted(_ view: View, _ question: Question) -> [Submitted] {
        var found: [Submitted] = []
        view.forEach("handoffs") { record in
            guard let submittedAt = record["submitted_at"].instant, submittedAt < question.asOf else { return }
            let answeredAt = record["answered_at"].instant.flatMap { $0 < question.asOf ? $0 : nil }
            let countedAt = question.basis == .event ? answeredAt : submittedAt
            guard let countedAt, question.contains(countedAt) else { return }
            let lead = record["lead_id"].reference.flatMap { view.record("leads", $0) }
            found.append(
                Submitted(
                    record: record, submittedAt: submittedAt, answeredAt: answeredAt, countedAt: countedAt,
                    stage: lead.flatMap { LeadFigures.stage(in: StageEntry.all(of: $0), asOf: question.asOf) }))
        }
        return found
    }

    private static func fact(of item: Submitted, until end: Instant?, asOf: Instant) -> Fact {
        var fact = Fact(record: item.record, at: item.countedAt, stage: item.stage)
        fact.length = Double((end ?? asOf).millisecondsSince(item.submittedAt)) / 60_000
        fact.isCensored = end == nil
        if let due = item.record["due_at"].instant {
            fact.isInTime = end.map { $0 <= due } ?? (asOf <= due ? nil : false)
        }
        return fact
    }

    private static func firstContact(after item: Submitted, _ view: View, _ question: Question) -> Instant? {
        guard let lead = item.record["lead_id"].reference else { return nil }
        return Activity.contacts(with: lead, in: view)
            .filter { $0 >= item.submittedAt && $0 < question.asOf }.min()
    }
}
