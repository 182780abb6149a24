internal import Domain
internal import Foundation
internal import Store

/// What was known of leads when they were captured and when they were handed over, as numbers.
struct LeadFeatures {
    /// What each number says, in order.
    let names: [String]
    private let asked: Asked
    private let channels: [Int32]
    private let handedAt: [Int32: Int64]
    private let boughtAt: [Int64]

    /// How many channels are told apart; the others are the rest.
    private static let channelsMax = 6

    /// Features by what some leads have.
    init(_ asked: Asked, _ taught: [Int32]) {
        self.asked = asked
        var handedAt: [Int32: Int64] = [:]
        for handOff in asked.facts.handoffs.facts where handOff.submittedAt < asked.asOf {
            handedAt[handOff.lead] = min(handedAt[handOff.lead] ?? .max, handOff.submittedAt)
        }
        self.handedAt = handedAt
        boughtAt = asked.boughtAt()
        var counts: [Int32: Int] = [:]
        for lead in taught { counts[asked.facts.leads.channel[Int(lead)], default: 0] += 1 }
        counts[WordList.none] = nil
        // By name where as many are of each: numbers of words are as they were met.
        let words = asked.facts.words
        channels = counts.sorted { ($1.value, words[$0.key] ?? "") < ($0.value, words[$1.key] ?? "") }
            .prefix(Self.channelsMax).map(\.key)
        names =
            [
                "touches", "channels", "days_known", "days_since_touch", "forms", "content_views", "email_clicks",
                "paid",
                "handed_over",
            ]
            + channels.map { "channel=\(asked.facts.words[$0] ?? "")" }
    }

    /// The features of a lead as it was last known to be.
    func values(of lead: Int32) -> [Double] { moments(of: lead).last.map { values(of: lead, at: $0) } ?? [] }

    /// A moment that a lead can be told at.
    struct Moment {
        let at: Int64
        let isHandedOver: Bool
    }

    /// When a lead was captured, and handed over where it was.
    ///
    /// At capture nobody knows who will be handed over, so that all leads are told at it (landmarks, as of van Houwelingen
    /// 2007): told at its hand-off alone, a lead would say by that that it came so far.
    func moments(of lead: Int32) -> [Moment] {
        let captured = asked.facts.leads.capturedAt[Int(lead)]
        // A hand-off after the outcome is none that could have been foretold from.
        guard let handed = handedAt[lead], handed < min(asked.endedAt(Int(lead)), boughtAt[Int(lead)]) else {
            return [Moment(at: captured, isHandedOver: false)]
        }
        let handOff = Moment(at: handed, isHandedOver: true)
        return handed > captured ? [Moment(at: captured, isHandedOver: false), handOff] : [handOff]
    }

    /// The features of a lead as it was at a moment.
    func values(of lead: Int32, at moment: Moment) -> [Double] {
        let facts = asked.facts
        let captured = facts.leads.capturedAt[Int(lead)]
        let end = moment.at
        let types = facts.touchTypes
        var (count, forms, views, clicks) = (0.0, 0.0, 0.0, 0.0)
        var (first, last) = (end, Int64.min)
        var seen: Set<Int32> = []
        for place in facts.touchesOfLead.placesIfAny(lead) {
            let link = facts.touchesOfLead[place: place]
            // What came after is what is to be foretold.
            guard link.at < end, !link.marks.contains(.isBot), link.marks.contains(.isEngagement) else { continue }
            let touch = facts.touches[link.row]
            count += 1
            first = min(first, touch.at)
            last = max(last, touch.at)
            seen.insert(touch.channel)
            if touch.type == types.form { forms += 1 }
            if touch.type == types.contentView { views += 1 }
            if touch.type == types.emailClick { clicks += 1 }
        }
        let day = Double(Instant.dayMilliseconds)
        let source = facts.words[facts.leads.source[Int(lead)]] ?? ""
        let isPaid = source.hasSuffix("/paid") || source.hasSuffix("/cpc")
        return [
            log1p(count), Double(seen.count), log1p(Double(end - min(first, captured)) / day),
            last == .min ? 0 : log1p(Double(end - last) / day), log1p(forms), log1p(views), log1p(clicks),
            isPaid ? 1 : 0, moment.isHandedOver ? 1 : 0,
        ] + channels.map { facts.leads.channel[Int(lead)] == $0 ? 1 : 0 }
    }
}

extension Asked {
    /// The leads that bought, or that are out or lost all their deals, by the instant asked for, and when that was.
    func closedLeads() -> [(row: Int32, hasBought: Bool, closedAt: Int64)] {
        boughtAt().enumerated().compactMap { row, boughtAt in
            outcome(of: row, boughtAt: boughtAt).map { hasBought in
                // Who lost one deal and bought by the next closed with that.
                (Int32(row), hasBought, hasBought && boughtAt < Facts.never ? boughtAt : endedAt(row))
            }
        }
    }

    /// For how long each lead that the asker's figures have has been known.
    func lengthsWatched() -> [Int64] {
        facts.leads.capturedAt.enumerated().compactMap { row, captured in
            captured < asOf && sees(Fact(.leads, Int32(row), at: 0)) ? asOf - captured : nil
        }
    }

    /// The leads captured in the period that have no outcome yet and that the asker's figures have.
    func openLeads() -> [Int32] {
        boughtAt().enumerated().compactMap { row, boughtAt in
            guard contains(facts.leads.capturedAt[row]), outcome(of: row, boughtAt: boughtAt) == nil,
                sees(Fact(.leads, Int32(row), at: 0))
            else { return nil }
            return Int32(row)
        }
    }

    /// When a lead first was a customer or out, or a deal of it ended; ``Facts/never`` where none was by the instant asked
    /// for.
    func endedAt(_ row: Int) -> Int64 {
        let (customer, out) = (Int32(LeadTable.number(of: .customer)), Int32(LeadTable.number(of: .disqualified)))
        var first = Facts.never
        for step in facts.leads.steps[row] where step.at < asOf && (step.stage == customer || step.stage == out) {
            first = min(first, step.at)
        }
        facts.dealsOfLead.forEach(of: Int32(row)) { deal in
            guard let state = facts.deals.state(of: Int(deal), asOf: asOf), isEnd(state.stage) else { return }
            first = min(first, state.at)
        }
        return first
    }

    /// Whether a lead bought or is lost; `nil` while either may come.
    func outcome(of row: Int, boughtAt: Int64) -> Bool? {
        guard facts.leads.capturedAt[row] < asOf else { return nil }
        if boughtAt < Facts.never { return true }
        let stage = facts.leads.stage(of: row, asOf: asOf)
        if stage == LeadTable.number(of: .customer) { return true }
        if stage == LeadTable.number(of: .disqualified) { return false }
        var (lost, open) = (0, 0)
        facts.dealsOfLead.forEach(of: Int32(row)) { deal in
            guard let state = facts.deals.state(of: Int(deal), asOf: asOf) else { return }
            if state.stage == facts.lost { lost += 1 } else { open += 1 }
        }
        return lost > 0 && open == 0 ? false : nil
    }
}
