internal import Domain
internal import Store

/// Figures over deals.
enum DealFigures {
    static let all = [
        Metric(
            "revenue", unit: "money", .sum,
            "The amounts of the deals won in the period, by the time they were closed, and of purchases that no deal made, less refunds."
        ) { view, question in closed(view, question) { $0.isWon } + PurchaseFigures.beside(deals: view, question) },
        Metric("deals_won", unit: "count", .count, "The deals won in the period, by the time they were closed.") {
            view, question in closed(view, question) { $0.isWon }
        },
        Metric("deals_lost", unit: "count", .count, "The deals lost in the period, by the time they were closed.") {
            view, question in closed(view, question) { !$0.isWon }
        },
        Metric("deals_open", unit: "count", .count, bases: [], "The deals that were open as of the instant.") {
            view, question in open(view, question)
        },
        Metric(
            "win_rate", unit: "ratio", .rate, parameters: ["weight"],
            "Won ÷ (won + lost) over the deals closed in the period; weight=amount counts their money."
        ) { view, question in closed(view, question) { _ in true } },
        Metric(
            "average_deal_size", unit: "money", .average,
            "The amounts of the deals won in the period, summed, ÷ their number."
        ) { view, question in closed(view, question) { $0.isWon } },
        Metric(
            "sales_cycle_days", unit: "days", .lengths, parameters: ["from_stage"],
            "From opened to won, over the deals won in the period; from_stage measures from when its first lead entered that stage, so from_stage=lead from capture."
        ) { view, question in closed(view, question) { $0.isWon } },
        Metric(
            "pipeline_value", unit: "money", .sum, bases: [],
            "The sum of the amounts of the deals that were open as of the instant; closed deals are never inside."
        ) { view, question in open(view, question) },
        Metric(
            "weighted_pipeline", unit: "money", .sum, bases: [],
            "The sum of amount × probability of the stage, over the deals that were open as of the instant."
        ) { view, question in
            var stages: [Identifier?: PipelineStages] = [:]
            return open(view, question).map { fact in
                let pipeline = fact.record["pipeline_id"].reference
                let own = stages[pipeline] ?? Pipeline.stages(of: fact.record, in: view)
                stages[pipeline] = own
                var fact = fact
                fact.percent = Pipeline.winPercent(of: fact.stage ?? "", own, in: view)
                return fact
            }
        },
    ]

    private static func closed(_ view: View, _ question: Question, _ isWanted: (DealState) -> Bool) -> [Fact] {
        var facts: [Fact] = []
        view.forEach("deals") { deal in
            guard let state = DealState(deal, asOf: question.asOf), let closedAt = state.closedAt,
                question.contains(closedAt), isWanted(state)
            else { return }
            var fact = Fact(record: deal, at: closedAt, stage: state.stage)
            fact.isInNumerator = state.isWon
            fact.money = deal["amount"].money
            fact.length = start(of: deal, state, closedAt, view, question).map { days(from: $0, to: closedAt) }
            facts.append(fact)
        }
        return facts
    }

    private static func open(_ view: View, _ question: Question) -> [Fact] {
        var facts: [Fact] = []
        view.forEach("deals") { deal in
            guard let state = DealState(deal, asOf: question.asOf), state.isOpen else { return }
            var fact = Fact(record: deal, at: state.openedAt, stage: state.stage)
            fact.money = deal["amount"].money
            facts.append(fact)
        }
        return facts
    }

    private static func start(
        of deal: Record, _ state: DealState, _ closedAt: Instant, _ view: View, _ question: Question
    ) -> Instant? {
        guard let stage = question.fromStage else { return state.openedAt }
        let leads = deal["lead_ids"].elements.compactMap(\.reference).compactMap { view.record("leads", $0) }
        // Who was captured after the deal was closed was no way to it.
        return leads.flatMap { StageEntry.all(of: $0) }.filter { $0.stage == stage.rawValue }
            .compactMap(\.enteredAt).filter { $0 <= closedAt }.min()
    }

    private static func days(from start: Instant, to end: Instant) -> Double {
        Double(end.millisecondsSince(start)) / Double(Instant.dayMilliseconds)
    }
}
