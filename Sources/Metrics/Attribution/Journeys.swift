internal import Domain
internal import Store

/// The touches that led to deals, by one rule for counts and money.
///
/// A touch qualifies if it is one of the deal's leads', strictly before the conversion, within the look-back, no
/// machine's, and not a bare impression or mail open unless asked.
struct Journeys {
    private let facts: Facts
    private let asOf: Int64
    private let lookback: Int64
    /// What a touch must not be, and of what it must be one.
    private let refused: TouchLink.Marks
    private let wanted: TouchLink.Marks

    init(_ asked: Asked) {
        facts = asked.facts
        asOf = asked.asOf
        let options = asked.question.options
        lookback = options.lookbackDays * Instant.dayMilliseconds
        refused = options.includesDirect ? .isBot : [.isBot, .isDirect]
        wanted = options.includesImpressions ? [.isEngagement, .isImpression] : .isEngagement
    }

    /// Has the processor fetch the touches of the deals that come, first where they are: each is far from the last, and
    /// waiting for one after the other was half of an attribution.
    @inline(__always)
    func prefetch(_ deals: [Fact], after place: Int) {
        if place + 16 < deals.count { facts.touchesOfLead.prefetchPlaces(facts.deals.lead[Int(deals[place + 16].row)]) }
        if place + 8 < deals.count {
            facts.touchesOfLead.prefetch(facts.deals.lead[Int(deals[place + 8].row)], bytes: 384)
        }
    }

    /// Puts the touches that led to a deal into `touches`, in order of time.
    func collect(_ deal: Int32, closedAt: Int64, into touches: inout [TouchLink]) {
        touches.removeAll(keepingCapacity: true)
        append(deal, closedAt: closedAt, to: &touches)
    }

    /// Puts the touches that led to a deal behind those that are there, in order of time.
    @inline(__always)
    func append(_ deal: Int32, closedAt: Int64, to touches: inout [TouchLink]) {
        let start = touches.count
        let leads = facts.deals.leads.places(Int(deal))
        for place in leads {
            collect(lead: facts.deals.leads[place: place], from: closedAt - lookback, to: closedAt, into: &touches)
        }
        // Those of one lead are in order as they are; a slice of the array would be sorted as a copy.
        guard leads.count > 1 else { return }
        unsafe touches.withUnsafeMutableBufferPointer { touches in
            unsafe touches[start...].sort { $0.at == $1.at ? $0.row < $1.row : $0.at < $1.at }
        }
    }

    /// Puts the touches of a lead that has not bought into `touches`, in order of time: the look-back is before the last.
    func collect(unsold lead: Int32, before end: Int64, into touches: inout [TouchLink]) {
        touches.removeAll(keepingCapacity: true)
        // Until a lead was captured, nobody knew whose its touches were.
        guard facts.leads.capturedAt[Int(lead)] < asOf else { return }
        collect(lead: lead, from: .min, to: end, into: &touches)
        guard let last = touches.last else { return }
        touches.removeAll { $0.at < last.at - lookback }
    }

    @inline(__always)
    private func collect(lead: Int32, from start: Int64, to end: Int64, into touches: inout [TouchLink]) {
        for place in facts.touchesOfLead.placesIfAny(lead) {
            let touch = facts.touchesOfLead[place: place]
            if touch.at >= end { return }
            if touch.at >= start, touch.marks.isDisjoint(with: refused), !touch.marks.isDisjoint(with: wanted) {
                touches.append(touch)
            }
        }
    }
}
