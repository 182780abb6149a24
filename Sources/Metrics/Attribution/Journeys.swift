internal import Domain
internal import Store

/// The touches that led to deals, by one rule for counts and money.
///
/// A touch qualifies if it is one of the deal's leads', strictly before the conversion, within the look-back, no
/// machine's, and not a bare impression or mail open unless asked.
struct Journeys {
    private let facts: Facts
    private let lookback: Int64
    private let includesDirect: Bool
    private let includesImpressions: Bool

    init(_ asked: Asked) {
        facts = asked.facts
        let options = asked.question.options
        lookback = options.lookbackDays * Instant.dayMilliseconds
        includesDirect = options.includesDirect
        includesImpressions = options.includesImpressions
    }

    /// Puts the rows of the touches that led to a deal into `touches`, in order of time.
    func collect(_ deal: Int32, closedAt: Int64, into touches: inout [Int32]) {
        touches.removeAll(keepingCapacity: true)
        for place in facts.deals.leads.places(Int(deal)) {
            collect(lead: facts.deals.leads[place: place], from: closedAt - lookback, to: closedAt, into: &touches)
        }
        sort(&touches)
    }

    /// Puts the rows of a lead's touches of a time into `touches`, in order of time.
    func collect(lead: Int32, before end: Int64, into touches: inout [Int32]) {
        touches.removeAll(keepingCapacity: true)
        collect(lead: lead, from: .min, to: end, into: &touches)
        sort(&touches)
    }

    @inline(__always)
    private func collect(lead: Int32, from start: Int64, to end: Int64, into touches: inout [Int32]) {
        facts.touchesOfLead.forEach(of: lead) { row in
            let touch = facts.touches[row]
            guard touch.at >= start, touch.at < end, qualifies(touch) else { return }
            touches.append(row)
        }
    }

    @inline(__always)
    private func qualifies(_ touch: TouchRow) -> Bool {
        if touch.isBot || !includesDirect && touch.channel == facts.direct { return false }
        let types = facts.touchTypes
        return types.isEngagement(touch.type)
            || includesImpressions && (touch.type == types.impression || touch.type == types.open)
    }

    /// By insertion: journeys are short, and most are nearly in order.
    private func sort(_ touches: inout [Int32]) {
        guard touches.count > 1 else { return }
        if touches.count > 64 {
            touches.sort { isBefore($0, $1) }
            return
        }
        for place in 1..<touches.count {
            let row = touches[place]
            var gap = place
            while gap > 0, isBefore(row, touches[gap - 1]) {
                touches[gap] = touches[gap - 1]
                gap -= 1
            }
            touches[gap] = row
        }
    }

    private func isBefore(_ left: Int32, _ right: Int32) -> Bool {
        let (first, second) = (facts.touches[left].at, facts.touches[right].at)
        return first == second ? left < right : first < second
    }
}
