internal import Domain
internal import Store

/// What the agreements promise, each from when it came into force.
struct Terms {
    /// What one agreement promises.
    struct Term {
        let row: Int32
        let start: Int64
        let leadsPerMonth: Int64?
        let scoreMin: Int64?

        /// Whether a lead's score is enough; of one that was never scored it is nothing, which is enough where no more is asked.
        func takes(score: Int32) -> Bool {
            guard let scoreMin else { return true }
            return (score == HandOffRow.noScore ? 0 : Int64(score)) >= scoreMin
        }
    }

    /// In order of their start.
    private let terms: [Term]

    /// Those that both had signed before an instant.
    init(in facts: Facts, signedBefore instant: Instant) {
        terms = facts.links[.agreements].indices.compactMap { row in
            guard facts.links[.agreements].isThere[row], let record = facts.record(.agreements, Int32(row)),
                let promise = Agreement.promise(of: record, signedBefore: instant, in: facts.view)
            else { return nil }
            return Term(
                row: Int32(row), start: promise.start.milliseconds, leadsPerMonth: promise.leadsPerMonth,
                scoreMin: promise.scoreMin)
        }.sorted { $0.start == $1.start ? $0.row < $1.row : $0.start < $1.start }
    }

    func inForce(at time: Int64) -> Term? { terms.last { $0.start <= time } }

    /// The leads promised for the period, as far as it is gone, month by month, each for the days that it covers.
    func promised(_ question: Question) -> [Fact] {
        guard let first = terms.first else { return [] }
        let zone = question.zone
        let start = max(question.from?.milliseconds ?? first.start, first.start)
        let end = min(question.to?.milliseconds ?? .max, question.asOf.milliseconds)
        guard start < end else { return [] }
        var found: [Fact] = []
        var day = zone.day(of: Instant(milliseconds: start))
        while true {
            let month = CalendarUnit.month
            let next = month.dayAfterUnit(of: day)
            let monthStart = zone.start(of: month.firstDay(ofUnit: month.number(of: day))).milliseconds
            let monthEnd = zone.start(of: next).milliseconds
            for (place, term) in terms.enumerated() {
                let until = place + 1 < terms.count ? terms[place + 1].start : Int64.max
                let (from, to) = (max(start, monthStart, term.start), min(end, monthEnd, until))
                guard let leads = term.leadsPerMonth, from < to else { continue }
                var fact = Fact(.agreements, term.row, at: from)
                let share = Double(to - from) / Double(monthEnd - monthStart)
                fact.value = Int64((Double(leads) * 1000 * share).rounded())
                found.append(fact)
            }
            guard monthEnd < end else { return found }
            day = next
        }
    }
}
