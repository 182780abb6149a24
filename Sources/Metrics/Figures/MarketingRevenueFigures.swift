internal import Domain
internal import Store

/// Figures over the revenue that marketing had a part in.
enum MarketingRevenueFigures {
    static let all = [
        Metric(
            "marketing_sourced_revenue", unit: "money", .sum, of: [.deals], dimensions: Dimension.ofDeals,
            parameters: ["definition"],
            "The whole revenue of won deals that marketing originated: the first touch of their leads was marketing's, also where sales had opened the deal before it (first_touch), the source of the deal's first lead is marketing's (lead_source), or a touch of marketing's came before sales' first activity (before_sales)."
        ) { asked throws(MetricFault) in
            let definition = asked.question.options.sourced
            return try asked.wonDeals().filter { asked.isSourced($0, by: definition) }
        },
        Metric(
            "marketing_influenced_revenue", unit: "money", .sum, of: [.deals], dimensions: Dimension.ofDeals,
            parameters: ["lookback_days"],
            "The revenue of won deals with a touch of marketing's of any of their leads within the look-back before the close. It is no attribution, and is never added to sourced revenue."
        ) { asked throws(MetricFault) in
            let journeys = Journeys(asked)
            var touches: [TouchLink] = []
            return try asked.wonDeals().filter { deal in
                journeys.collect(deal.row, closedAt: deal.at, into: &touches)
                return touches.contains { asked.isMarketing($0) }
            }
        },
    ]

    /// The metric of which `…/disagreement` compares the definitions.
    static let disputed = "marketing_sourced_revenue"
}

extension Asked {
    /// Whether a touch is marketing's: not a visit that came by itself, and nothing that sales reached out with.
    func isMarketing(_ touch: TouchLink) -> Bool { isMarketing(channel: touch.channel) }

    private func isMarketing(channel: Int32) -> Bool {
        channel != WordList.none && channel != facts.direct && channel != facts.outbound
    }

    /// Whether marketing originated a won deal, by one definition.
    func isSourced(_ deal: Fact, by definition: SourcedDefinition) -> Bool {
        switch definition {
        case .leadSource:
            let lead = facts.deals.lead[Int(deal.row)]
            return lead >= 0 && isMarketing(channel: facts.leads.channel[Int(lead)])
        case .firstTouch: return firstTouch(of: deal).map { isMarketing($0) } ?? false
        case .beforeSales:
            let activity = firstActivity(of: deal)
            return anyTouch(of: deal) { $0.at < min(activity, deal.at) && isMarketing($0) }
        }
    }

    /// The first touch that qualifies, however long before the close.
    private func firstTouch(of deal: Fact) -> TouchLink? {
        var first: TouchLink?
        _ = anyTouch(of: deal) { touch in
            if touch.at < first?.at ?? Facts.never { first = touch }
            return false
        }
        return first
    }

    private func anyTouch(of deal: Fact, _ isWanted: (TouchLink) -> Bool) -> Bool {
        var open = question
        open.options.lookbackDays = 36_500
        var touches: [TouchLink] = []
        Journeys(Asked(open, of: facts, exchange: exchange)).collect(deal.row, closedAt: deal.at, into: &touches)
        return touches.contains { isWanted($0) }
    }

    /// When one of us first did something for a deal or for its leads.
    private func firstActivity(of deal: Fact) -> Int64 {
        var first = Facts.never
        func look(_ row: Int32) { if facts.activities[row].isByHand { first = min(first, facts.activities[row].at) } }
        facts.activitiesOfDeal.forEach(of: deal.row, look)
        for lead in facts.deals.leads[Int(deal.row)] { facts.activitiesOfLead.forEach(of: lead, look) }
        return first
    }
}
