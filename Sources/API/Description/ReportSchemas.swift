internal import Domain
internal import JSON
internal import Metrics
internal import Store

/// The schemas of reports' answers.
extension OpenAPI {
    /// The name of a report's schema among the components.
    static func schemaName(of report: String) -> String {
        "report_" + report.replacing("/", with: "_").replacing("-", with: "_")
    }

    /// The schema of each report, by its name among the components.
    static let reportSchemas: [JSON.Member] =
        [
            .init("report_summary", summary),
            .init("report_insights", insightGroups),
            .init("report_goal", goal),
        ]
        + [
            ("funnel", funnel), ("attribution", attribution), ("attribution/proof", proof), ("forecast", forecast),
            ("cohorts", cohorts), ("journey-paths", paths), ("predicted-score", prediction),
            ("objections", objections), ("content-influence", influence), ("goals", goals),
        ].map { .init(schemaName(of: $0), $1) }

    private static let summary = Shape.object([
        "report": Shape.text, "definition": Shape.text, "dimensions": Shape.list(dimension),
        "narrowed_by": Shape.list(dimension), "parameters": Shape.list(Shape.text), "href": Shape.address,
    ])

    private static let money = Shape.named("figure_money")
    private static let share = Shape.named("share")
    private static let orMoney = Shape.orNull(Shape.named("figure_money"))

    private static func head(_ name: String, _ bases: [Question.Basis] = [.event]) -> JSON {
        [
            "report": Shape.word(name), "definition": Shape.text, "from": Shape.orNull(Shape.time),
            "to": Shape.time, "tz": Shape.text, "basis": Shape.words(bases.map(\.rawValue)), "as_of": Shape.time,
            "seq": Shape.count,
        ]
    }

    // MARK: Leads

    private static let stages = Stage.forward.map(\.rawValue)

    private static let way: JSON = [
        "leads": told(Shape.orNull(Shape.count), "null of a period that had not begun."),
        "stages?": Shape.list(
            Shape.object([
                "stage": Shape.words(stages), "count": Shape.count, "of_previous?": Shape.orNull(Shape.share),
                "of_previous_interval?": Shape.named("interval"), "of_all?": Shape.orNull(Shape.share),
                "of_all_interval?": Shape.named("interval"), "n?": Shape.count,
                "median_days?": Shape.orNull(Shape.number), "p90_days?": Shape.orNull(Shape.number),
                "unfinished?": told(Shape.count, "Those that came to the stage before, and may come to this one yet."),
                "reason?": Shape.text,
            ])),
        "left?": Shape.object(["disqualified_after": countByStage, "recycled_after": countByStage]),
    ]

    private static let countByStage: JSON = [
        "type": "object", "propertyNames": Shape.words(stages), "additionalProperties": Shape.count,
    ]

    private static let funnel = Shape.object(
        head("funnel", [.cohort, .event]), way,
        ["groups?": Shape.list(Shape.object(keyMembers, way, ["reason?": Shape.text]))])

    private static let prediction = Shape.object(
        head("predicted-score"),
        [
            "sample": Shape.object(["bought": Shape.count, "lost": Shape.count]), "seed": Shape.count,
            "penalty": Shape.number, "folds": Shape.count, "auc": Shape.orNull(Shape.share),
            "brier_score": Shape.orNull(Shape.share),
            "calibration": Shape.list(
                Shape.object([
                    "count": Shape.count, "mean_predicted": Shape.share, "share_observed": Shape.share,
                ])),
            "intercept": Shape.number,
            "weights": Shape.list(
                Shape.object([
                    "feature": Shape.text, "weight": Shape.number, "mean": Shape.number, "deviation": Shape.number,
                ])),
            "count": Shape.count, "hidden": Shape.count,
            "data": Shape.list(
                Shape.object([
                    "lead_id": Shape.id(Lead.schema.prefix), "href": Shape.address, "probability": Shape.share,
                    "score": Shape.orNull(Shape.integer),
                    "contributions": Shape.list(
                        Shape.object([
                            "feature": Shape.text, "value": Shape.number, "contribution": Shape.number,
                        ])),
                    "other_contributions": Shape.number,
                ])),
            "next": Shape.next,
        ])

    // MARK: Revenue

    private static let balance: JSON = [
        "revenue": money, "credited": money,
        "unattributed": Shape.object([
            "amount": Shape.integer, "currency": Shape.orNull(Shape.text), "deals": Shape.count,
            "without_deal": money,
        ]),
        "difference": money, "conversions": Shape.number,
    ]

    private static let models = Shape.words(AttributionModel.allCases.map(\.rawValue))

    private static let attribution = Shape.object(
        head("attribution"),
        [
            "model": models, "lookback_days": Shape.count, "direct": Shape.words(["include", "exclude"]),
            "half_life_days?": Shape.number,
        ], balance,
        [
            "groups?": Shape.list(
                Shape.object(
                    keyMembers,
                    [
                        "value": orMoney, "conversions?": Shape.number, "touches?": Shape.count,
                        "removal_effect?": told(Shape.number, "Of the Markov chain, without the one of the group."),
                        "reason?": Shape.text,
                    ]))
        ])

    private static let proof = Shape.object(
        head("attribution/proof"),
        [
            "is_balanced": Shape.flag,
            "data": Shape.list(
                Shape.object(["model": models, "group_by": dimension, "groups_sum": money], balance)),
        ])

    private static let forecast = Shape.object(
        head("forecast"),
        [
            "won": money, "landing": money, "commit": money, "best_case": money,
            "without_expected_close": told(Shape.count, "Open deals that are in the simulation alone."),
            "overdue": told(
                Shape.object(["deals": Shape.count, "amount": money]),
                "Open deals whose day has gone by, and that are not expected in the period."),
            "simulation": Shape.object([
                "seed": Shape.count, "runs": Shape.count, "mean": money, "low": money, "median": money, "high": money,
                "level": Shape.share, "open_deals": Shape.count, "without_amount": Shape.count,
                "without_history": Shape.count,
            ]),
            "history": Shape.list(
                Shape.object([
                    "from": Shape.time, "to": Shape.time, "forecast_accuracy": Shape.orNull(Shape.number),
                    "forecast": money, "actual": money, "forecast_bias": Shape.orNull(Shape.number),
                ])),
        ])

    private static let cohorts = Shape.object(
        head("cohorts", [.cohort]),
        [
            "groups": Shape.list(
                Shape.object([
                    "key": Shape.named("group_key"), "customers": Shape.count,
                    "months": Shape.list(
                        Shape.object([
                            "month": told(Shape.count, "How many months after the first purchase."),
                            "active_customers": Shape.orNull(Shape.count), "retention": Shape.orNull(Shape.share),
                            "revenue": orMoney, "is_whole?": Shape.flag,
                        ])),
                ]))
        ])

    private static let paths = Shape.object(
        head("journey-paths"),
        [
            "group_by": dimension, "count": Shape.count,
            "data": Shape.list(
                Shape.object([
                    "path": Shape.list(Shape.orNull(Shape.text)), "labels": Shape.list(Shape.orNull(Shape.text)),
                    "journeys": Shape.count, "won": Shape.count, "conversion": share, "value": money,
                    "average_value": orMoney, "average_days": Shape.orNull(Shape.number),
                ])),
            "next": Shape.next,
        ])

    // MARK: What helps and what hinders

    private static let objections = Shape.object(
        head("objections"),
        [
            "count": Shape.count,
            "groups": Shape.list(
                Shape.object([
                    "key": Shape.named("group_key"), "count": Shape.count, "answered": share, "win_rate_with": share,
                    "win_rate_without": share,
                ])),
        ])

    private static let influence = Shape.object(
        head("content-influence"),
        [
            "deals": Shape.count,
            "groups": Shape.list(
                Shape.object(
                    keyMembers,
                    [
                        "used": share,
                        "not_used": Shape.object([
                            "value": Shape.orNull(Shape.share), "denominator": Shape.count,
                            "effective_sample_size?": told(
                                Shape.number, "Of how many deals of the same weight the share would be as sure."),
                            "interval?": Shape.named("interval"), "reason?": Shape.text,
                        ]),
                        "difference": Shape.orNull(
                            Shape.object([
                                "value": Shape.number, "low": Shape.number, "high": Shape.number, "level": Shape.share,
                                "numerator": Shape.count,
                                "denominator": told(Shape.count, "Those that used it and have others to stand beside."),
                            ])),
                    ])),
        ])

    private static let insightGroups = Shape.object([
        "group_by": Shape.words(InsightRollup.dimensions), "count": Shape.count,
        "groups": Shape.list(
            Shape.object([
                "key": Shape.orNull(Shape.text), "label": Shape.orNull(Shape.text), "count": Shape.count,
                "statuses": Shape.map(of: Shape.count), "sentiments": Shape.map(of: Shape.count),
                "rows": told(Shape.orNull(Shape.address), "null of segments, whose members are no insights."),
            ])),
    ])

    // MARK: Goals

    /// How far a goal is.
    static let progressMembers: JSON = [
        "goal_id": Shape.id(Goal.schema.prefix), "metric": Shape.text, "unit": Shape.text, "from": Shape.time,
        "to": Shape.time, "as_of": Shape.time, "actual": Shape.orNull(Shape.named("quantity")),
        "target": Shape.orNull(Shape.named("quantity")), "progress": Shape.orNull(Shape.number),
        "share_of_period": Shape.share, "pace": told(Shape.orNull(Shape.number), "1 is just in time."),
        "is_on_pace": Shape.orNull(Shape.flag), "better": Shape.words(["more", "less", "neither"]),
        "reason": Shape.orNull(Shape.text),
    ]

    /// Of one whose figure has no value for want of a rate only the reason.
    private static let goal: JSON = {
        let name: JSON = ["name": Shape.text, "department": Shape.words(Words.departments)]
        return [
            "anyOf": [
                Shape.object(name, progressMembers),
                Shape.object(
                    name,
                    [
                        "goal_id": Shape.id(Goal.schema.prefix), "progress": ["type": "null"], "reason": Shape.text,
                    ]),
            ]
        ]
    }()

    private static let goals = Shape.object(
        ["report": Shape.word("goals"), "definition": Shape.text, "as_of": Shape.time, "seq": Shape.count],
        .object(Words.departments.map { .init($0, Shape.list(Shape.named("report_goal"))) }))
}
