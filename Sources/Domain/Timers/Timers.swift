public import Store

/// What happens by itself when a record's `timer_at` has come: a clock that runs out, a step that is due.
///
/// The time stands in the record, so that it outlives the process, and what fires moves it on or takes it away in the
/// same entry as what it does, so that it fires once.
public struct Timer: Sendable {
    /// What happens to a record of which the time has come.
    typealias Body = @Sendable (Record, inout Transaction) throws(Refusal) -> Void

    let resource: String
    private let body: Body

    init(_ resource: String, _ body: @escaping Body) {
        self.resource = resource
        self.body = body
    }

    /// The field of when it is due, for resources that have a timer.
    static let field = Field("timer_at", .instant, "When something happens to it by itself.").readOnly().indexed()
        .sparse()

    /// Every timer there is.
    static let all = [
        HandOffClock.timer, Agreement.timer, DealClock.timer, Offer.timer, Inquiry.timer, ScoringRule.timer,
        Scoring.timer, Nurture.timer, Nurturing.timer,
    ]

    /// Does what is due, at most so much of it, and tells how much that was.
    public static func fire(most limit: Int, in transaction: inout Transaction) -> Int {
        var count = 0
        for timer in all {
            let due = transaction.records(
                timer.resource, due: transaction.now, at: field.name, limit: limit - count)
            for record in due { timer.fire(record.id, in: &transaction) }
            count += due.count
            if count >= limit { break }
        }
        return count
    }

    /// Whether something is due.
    public static func isDue(at time: Instant, in view: View) -> Bool {
        all.contains { !view.records($0.resource, due: time, at: field.name, limit: 1).isEmpty }
    }

    private func fire(_ id: Identifier, in transaction: inout Transaction) {
        // What fired before may have changed it.
        guard let record = transaction.record(resource, id), isDue(record, in: transaction) else { return }
        let count = transaction.changeCount
        do throws(Refusal) { try body(record, &transaction) } catch { transaction.rollBack(to: count) }
        // What is refused now is refused the next time, and would keep the others waiting.
        guard let record = transaction.record(resource, id), isDue(record, in: transaction) else { return }
        var draft = Draft(record)
        draft[Self.field.name] = .null
        transaction.put(draft)
    }

    private func isDue(_ record: Record, in transaction: Transaction) -> Bool {
        record[Self.field.name].instant.map { $0 <= transaction.now } ?? false
    }
}
