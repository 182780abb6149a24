internal import Domain
internal import Store

/// Figures over deals.
enum DealFigures {
    static let all = [
        Metric(
            "revenue", unit: "money", .sum, of: [.deals, .purchases],
            dimensions: Dimension.ofDeals + [.category],
            columns: .closedDeals(won: true, lost: false, withPurchases: true),
            "The amounts of the deals won in the period, by the time they were closed, and of purchases that no deal made, less refunds."
        ) { asked throws(MetricFault) in try asked.revenue() },
        Metric(
            "deals_won", unit: "count", .count, of: [.deals], dimensions: Dimension.ofDeals,
            columns: .closedDeals(won: true, lost: false, withPurchases: false),
            "The deals won in the period, by the time they were closed."
        ) { asked in asked.won() },
        Metric(
            "deals_lost", unit: "count", better: .less, .count, of: [.deals],
            dimensions: Dimension.ofDeals + [.category],
            columns: .closedDeals(won: false, lost: true, withPurchases: false),
            "The deals lost in the period, by the time they were closed."
        ) { asked in asked.lost() },
        Metric(
            "deals_open", unit: "count", .count, of: [.deals], bases: [], dimensions: Dimension.ofDeals,
            "The deals that were open as of the instant."
        ) { asked in asked.open() },
        Metric(
            "deals_opened", unit: "count", .count, of: [.deals], dimensions: Dimension.ofDeals,
            "The deals opened in the period, whatever became of them."
        ) { asked in asked.opened() },
        Metric(
            "win_rate", unit: "ratio", .share(isOfTwoSets: false), of: [.deals], bases: [.event, .cohort],
            dimensions: Dimension.ofDeals + [.category], parameters: ["weight"],
            columns: .closedDeals(won: true, lost: true, withPurchases: false),
            "Won ÷ (won + lost) over the deals closed in the period, no decision counting as lost; weight=amount counts their money. By basis=cohort, won since ÷ all over the deals opened in the period."
        ) { asked throws(MetricFault) in
            if asked.question.basis == .cohort { return try asked.cohort() }
            return asked.question.options.isWeighedByAmount ? try asked.closedWithAmounts() : asked.closed()
        },
        Metric(
            "average_deal_size", unit: "money", .average, of: [.deals], dimensions: Dimension.ofDeals,
            columns: .closedDeals(won: true, lost: false, withPurchases: false),
            "The amounts of the deals won in the period, summed, ÷ their number."
        ) { asked throws(MetricFault) in try asked.wonDeals() },
        Metric(
            "sales_cycle_days", unit: "days", better: .less, .lengths(milliseconds: Instant.dayMilliseconds),
            of: [.deals],
            dimensions: Dimension.ofDeals, parameters: ["from_stage"],
            "From opened to won, over the deals won in the period; from_stage measures from when its first lead entered that stage, so from_stage=lead from capture."
        ) { asked in
            asked.won().map { fact in
                var fact = fact
                if let start = asked.start(of: Int(fact.row), closedAt: fact.at) {
                    fact.value = fact.at - start
                } else {
                    fact.marks.insert(.hasNoValue)
                }
                return fact
            }
        },
        Metric(
            "pipeline_value", unit: "money", .sum, of: [.deals], bases: [], dimensions: Dimension.ofDeals,
            "The sum of the amounts of the deals that were open as of the instant; closed deals are never inside."
        ) { asked throws(MetricFault) in try asked.openDeals() },
        Metric(
            "weighted_pipeline", unit: "money", .sum, of: [.deals], bases: [], dimensions: Dimension.ofDeals,
            "The sum of amount × probability of the stage, over the deals that were open as of the instant."
        ) { asked throws(MetricFault) in
            let stages = PipelineReader(asked)
            return try asked.openDeals().map { fact in
                var fact = fact
                fact.percent = stages.winPercent(of: fact)
                return fact
            }
        },
    ]
}

extension Asked {
    /// The deals closed in the period, of whose money nothing is asked.
    func closed(in period: Range<Int64>? = nil) -> [Fact] {
        closedDeals(in: period, won: true, lost: true).map { $0.fact(facts) }
    }

    /// The deals won in the period, of whose money nothing is asked.
    func won(in period: Range<Int64>? = nil) -> [Fact] {
        closedDeals(in: period, won: true, lost: false).map { $0.fact(facts) }
    }

    /// The deals lost in the period.
    fileprivate func lost() -> [Fact] { closedDeals(won: false, lost: true).map { $0.fact(facts) } }

    /// The deals opened in the period.
    func opened() -> [Fact] {
        let deals = facts.deals
        return deals.openedAt.indices.compactMap { row in
            guard contains(deals.openedAt[row]), let state = deals.state(of: row, asOf: asOf) else { return nil }
            return Fact(.deals, Int32(row), at: deals.openedAt[row], stage: state.stage)
        }
    }

    /// The deals opened in the period, in the numerator those that were won since.
    fileprivate func cohort() throws(MetricFault) -> [Fact] {
        var found = try counted(opened())
        for place in found.indices {
            let stage = found[place].stage
            if question.options.isWeighedByAmount {
                let row = Int(found[place].row)
                let at = isEnd(stage) ? facts.deals.state(of: row, asOf: asOf)?.at ?? asOf : asOf
                let frozen = isEnd(stage) ? facts.deals.baseAmount[row] : Sum(nil)
                try setAmount(of: &found[place], facts.deals.amount[row], frozen: frozen, at: at)
            }
            if stage != facts.won { found[place].marks.insert(.isBelowOnly) }
            if !isEnd(stage) { found[place].marks.insert(.isUnfinished) }
        }
        return found
    }

    /// The deals that were open as of the question, of whose money nothing is asked.
    func open() -> [Fact] {
        let deals = facts.deals
        return deals.openedAt.indices.compactMap { row in
            guard let state = deals.state(of: row, asOf: asOf), !isEnd(state.stage) else { return nil }
            return Fact(.deals, Int32(row), at: deals.openedAt[row], stage: state.stage)
        }
    }

    /// When the way to a deal's close began; `nil` where nobody knows.
    fileprivate func start(of row: Int, closedAt: Int64) -> Int64? {
        guard let stage = question.options.fromStage else {
            let opened = facts.deals.openedAt[row]
            return opened == Facts.never ? nil : opened
        }
        let wanted = Int32(LeadTable.number(of: stage))
        var first: Int64?
        for lead in facts.deals.leads[row] where lead >= 0 {
            // Who was captured after the deal was closed was no way to it.
            for step in facts.leads.steps[Int(lead)] where step.stage == wanted && step.at <= closedAt {
                first = min(first ?? .max, step.at)
            }
        }
        return first
    }
}
