internal import Domain
internal import JSON
internal import Metrics
internal import Store

/// A report: what may be asked of it, and how it is answered.
struct Report: Sendable {
    let name: String
    let definition: String
    let terms: Asking.Terms
    /// The resources that it tells as they are.
    var tells: [Schema] = []
    let make: @Sendable (Measuring.Ask) throws(MetricFault) -> Answer

    /// Every report there is.
    static let all = [
        Report(
            name: "funnel", definition: Funnel.definition,
            terms: .init(dimensions: Funnel.dimensions, bases: [.cohort, .event], resources: [Lead.schema])
        ) { ask throws(MetricFault) in try Funnel.answer(ask.asking.question, in: ask.facts) },
        Report(
            name: "attribution", definition: AttributionReport.definition,
            terms: .init(
                dimensions: AttributionReport.dimensions, bases: [.event], parameters: AttributionReport.parameters,
                isNarrowed: false)
        ) { ask throws(MetricFault) in Answer(try AttributionReport.answer(ask.asking.question, in: ask.facts)) },
        Report(
            name: "attribution/proof",
            definition: "The balance of every model and grouping: credited + unattributed = revenue.",
            terms: .init(
                dimensions: [], bases: [.event], parameters: AttributionReport.parameters.filter { $0 != "model" })
        ) { ask throws(MetricFault) in Answer(try AttributionReport.proof(ask.asking.question, in: ask.facts)) },
        Report(
            name: "forecast", definition: ForecastReport.definition,
            terms: .init(
                dimensions: ForecastReport.dimensions, bases: [.event], parameters: ["seed"], resources: [Deal.schema],
                isGrouped: false)
        ) { ask throws(MetricFault) in Answer(try ForecastReport.answer(ask.asking.question, in: ask.facts)) },
        Report(
            name: "cohorts", definition: CohortReport.definition, terms: .init(dimensions: [], bases: [.cohort])
        ) { ask throws(MetricFault) in Answer(try CohortReport.answer(ask.asking.question, in: ask.facts)) },
        Report(
            name: "journey-paths", definition: JourneyPathsReport.definition,
            terms: .init(
                dimensions: JourneyPathsReport.dimensions, bases: [.event],
                parameters: JourneyPathsReport.parameters, groupsMax: 1, isNarrowed: false, paging: .ranks)
        ) { ask throws(MetricFault) in
            let told = try JourneyPathsReport.answer(
                ask.asking.question, in: ask.facts, limit: ask.asking.limit, offset: ask.asking.offset)
            return Answer(
                .object(
                    told.members + [.init("next", ask.next(told.next.map { String($0) }, "/v1/reports/journey-paths"))])
            )
        },
        Report(
            name: "predicted-score", definition: PredictedScoreReport.definition,
            terms: .init(dimensions: [], bases: [.event], parameters: ["seed"], paging: .ranks)
        ) { ask throws(MetricFault) in
            let report = try PredictedScoreReport(ask.asking.question, in: ask.facts)
            let told = report.answer(
                limit: ask.asking.limit, offset: ask.asking.offset,
                tellsScores: !ask.asking.isPinned || ask.asking.knownAt != nil, isSeen: ask.sees)
            return Answer(
                .object(
                    told.members + [
                        .init("next", ask.next(told.next.map { String($0) }, "/v1/reports/predicted-score"))
                    ]))
        },
        Report(
            name: "objections", definition: ObjectionReport.definition,
            terms: .init(
                dimensions: ObjectionReport.dimensions, bases: [.event], resources: [Objection.schema, Deal.schema],
                isGrouped: false)
        ) { ask throws(MetricFault) in Answer(try ObjectionReport.answer(ask.asking.question, in: ask.facts)) },
        Report(
            name: "content-influence", definition: ContentInfluenceReport.definition,
            terms: .init(
                dimensions: ContentInfluenceReport.dimensions, bases: [.event], parameters: ["lookback_days"],
                resources: [Deal.schema], isGrouped: false)
        ) { ask throws(MetricFault) in Answer(try ContentInfluenceReport.answer(ask.asking.question, in: ask.facts)) },
        Report(
            name: "goals", definition: GoalReport.definition, terms: .ofGoals, tells: [Goal.schema]
        ) { ask in
            Answer(GoalReport.answer(asOf: ask.asking.question.asOf, in: ask.facts, sees: ask.asking.question.sees))
        },
    ]
}

extension Asking.Terms {
    /// What may be asked of goals, which are told in the currency of their targets and the zone of their days.
    static let ofGoals = Asking.Terms(dimensions: [], bases: [], isState: true, takesCurrency: false)
}
