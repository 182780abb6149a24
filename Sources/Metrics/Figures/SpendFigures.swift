internal import Domain
internal import Store

/// Figures over what marketing costs and what comes of it.
enum SpendFigures {
    private static let dimensions = Dimension.ofObservations
    private static let attributed: [String] = ["model", "lookback_days", "half_life_days", "direct", "impressions"]

    static let all = [
        Metric(
            "spend", unit: "money", better: .less, .sum, of: [.observations], dimensions: dimensions,
            "What marketing spent, as observations of spend say."
        ) { asked throws(MetricFault) in try asked.spend() },
        cost("cost_per_click", per: "clicks", of: .touches, "Spend ÷ own clicks and those observed.", .ratioOfClicks) {
            $0.counted("clicks", $0.facts.touchTypes.click)
        },
        cost("cost_per_lead", per: "leads", of: .leads, "Spend ÷ leads captured in the period.") { $0.captured() },
        cost(
            "cost_per_mql", per: "mqls", of: .leads, "Spend ÷ leads that became marketing qualified in the period."
        ) { $0.entered(.mql) },
        cost(
            "cost_per_accepted_lead", per: "accepted_leads", of: .handoffs,
            "Spend ÷ leads whose hand-off sales accepted in the period, each once."
        ) { asked in
            var seen: Set<Int32> = []
            return asked.handOffs(by: .event).filter { fact in
                let handOff = asked.facts.handoffs[fact.row]
                return handOff.wasAccepted && seen.insert(handOff.lead).inserted
            }
        },
        Metric(
            "attributed_revenue", unit: "money", .sum, of: [.touches],
            dimensions: Dimension.ofTouches + Dimension.people + [.product, .industry], parameters: attributed,
            model: AttributionModel.told,
            "The revenue of won deals, by their close, shared out among the touches that led to them by the model; deals without a touch are unattributed and not in it."
        ) { asked throws(MetricFault) in
            try Credits(asked).facts
        },
        onSpend(
            "return_on_ad_spend",
            "Attributed revenue ÷ spend; timing=cohort counts the revenue of leads captured in the period, whenever their deals were won."
        ) { .number($0 / $1) },
        onSpend(
            "campaign_roi",
            "(Attributed revenue − spend) ÷ spend; timing=cohort counts the revenue of leads captured in the period, whenever their deals were won.",
            isQuotient: false
        ) { .number(($0 - $1) / $1) },
    ]

    private static func cost(
        _ name: String, per things: String, of kind: FactKind, _ definition: String, _ composition: Composition? = nil,
        _ counted: @escaping @Sendable (Asked) -> [Fact]
    ) -> Metric {
        Metric(
            name, unit: "money", better: .less, .composed(composition ?? .cost("spend", per: things)),
            of: [.observations, kind], dimensions: dimensions,
            // Clicks are observed too.
            sides: [[.observations], kind == .touches ? [kind, .observations] : [kind]], definition
        ) { asked throws(MetricFault) in try asked.spend() + counted(asked).map { $0.asPart(1) } }
    }

    private static func onSpend(
        _ name: String, _ definition: String, isQuotient: Bool = true,
        _ value: @escaping @Sendable (Double, Double) -> Composition.Value
    ) -> Metric {
        let composition = Composition(
            parts: [
                .init(name: "attributed_revenue", measure: .money), .init(name: "spend", measure: .money),
            ], isQuotient: isQuotient
        ) { parts in
            parts[1].sum == 0 ? .none("nothing to divide by: there is no spend") : value(parts[0].sum, parts[1].sum)
        }
        return Metric(
            name, unit: "ratio", .composed(composition), of: [.touches, .observations], dimensions: dimensions,
            parameters: attributed + ["timing"], sides: [[.touches], [.observations]], model: AttributionModel.told,
            definition
        ) { asked throws(MetricFault) in
            try asked.attributedRevenue() + asked.spend().map { $0.asPart(1) }
        }
    }
}

extension Composition {
    /// Spend by clicks, which are numbers.
    fileprivate static let ratioOfClicks = Composition(parts: [
        .init(name: "spend", measure: .money), .init(name: "clicks", measure: .number),
    ]) { parts in
        parts[1].hundredths == 0
            ? .none("nothing to divide by: there are no clicks")
            // Numbers are in thousandths, so the quotient is to be a thousandfold.
            : .money(parts[0].hundredths * 1000, by: parts[1].hundredths / 100)
    }
}

extension Asked {
    /// What was spent in the period, each at its day.
    func spend(_ measures: [String] = ["spend"]) throws(MetricFault) -> [Fact] {
        var found: [Fact] = []
        for measure in measures {
            for var fact in try counted(observed(measure)) {
                fact.value = 0
                let observation = facts.observations[fact.row]
                // By the day it names, wherever that begins for who asks.
                try setAmount(of: &fact, observation.amount, at: Int64(observation.on) * Instant.dayMilliseconds)
                found.append(fact)
            }
        }
        return found
    }

    /// Attributed revenue of deals won in the period, or of those whose first lead was captured in it.
    fileprivate func attributedRevenue() throws(MetricFault) -> [Fact] {
        guard question.options.isCohortTiming else { return try Credits(self).facts }
        var open = question
        (open.from, open.to) = (nil, nil)
        return try Credits(of(open)).facts.compactMap { credit in
            guard let lead = facts.deals.leads[Int(credit.link)].first(where: { $0 >= 0 }) else { return nil }
            let captured = facts.leads.capturedAt[Int(lead)]
            guard contains(captured) else { return nil }
            var credit = credit
            credit.at = captured
            return credit
        }
    }
}
