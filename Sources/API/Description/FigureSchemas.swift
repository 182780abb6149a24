internal import Domain
internal import JSON
internal import Metrics
internal import Store

/// The schemas of metrics' answers.
extension OpenAPI {
    /// Those that several answers have parts of.
    static let figureSchemas: [JSON.Member] = [
        .init(
            "figure_money",
            [
                "type": "object", "required": ["amount", "currency"],
                "properties": [
                    "amount": ["type": "integer", "description": "Minor units (ISO 4217)."],
                    "currency": [
                        "type": ["string", "null"], "pattern": "^[A-Z]{3}$",
                        "description": "null of nothing where the company has no currency.",
                    ],
                ],
            ]),
        .init("quantity", ["oneOf": [Shape.named("figure_money"), Shape.number]]),
        .init("interval", Shape.object(["low": Shape.number, "high": Shape.number, "level": Shape.share])),
        .init(
            "share",
            Shape.object([
                "value": Shape.orNull(Shape.share), "numerator": Shape.count, "denominator": Shape.count,
                "interval?": Shape.named("interval"), "reason?": Shape.text, "unfinished?": Shape.count,
            ])),
        .init("group_key", groupKey),
        .init("metric", metricSummary),
        .init("metric_answer", metricAnswer),
        .init("previous_figure", Shape.object(previousPeriod, figureMembers, change)),
        .init("figure_as_of", Shape.object(["as_of": Shape.time], figureMembers)),
        .init("counted_row", Shape.object(counted)),
        .init("metric_rows", metricRows),
        .init("metric_difference", difference),
        .init("metric_disagreement", disagreement),
    ]

    /// The key of a group: of each dimension asked for its value, null where there is none.
    private static let groupKey: JSON = [
        "type": "object", "minProperties": 1, "additionalProperties": false, "examples": [["channel": "email"]],
        "properties": .object(Dimension.allCases.map { .init($0.rawValue, Shape.orNull(Shape.text)) }),
    ]

    /// What a group is of, and how that is called.
    static let keyMembers: JSON = ["key": Shape.named("group_key"), "labels?": Shape.map(of: Shape.text)]

    /// A value with what it rests on.
    static let figureMembers: JSON = [
        "value": Shape.orNull(Shape.named("quantity")), "numerator?": Shape.named("quantity"),
        "denominator?": Shape.named("quantity"),
        "interval?": Shape.named("interval"),
        "reason?": told(Shape.text, "Why there is no value, or less of it."),
        "pending?": told(Shape.count, "Of the denominator who may come to count yet."),
        "unfinished?": told(Shape.count, "Rows whose time is not up."),
        "without_amount?": told(Shape.count, "Rows that have no amount and are in no sum."),
        "n?": told(Shape.count, "How many lengths there are."),
        "censored?": told(Shape.count, "Lengths that have not ended."),
        "without_start?": told(Shape.count, "Rows whose beginning nobody knows."),
        "mean?": Shape.orNull(Shape.number), "median?": Shape.orNull(Shape.number),
        "p75?": Shape.orNull(Shape.number), "p90?": Shape.orNull(Shape.number), "share_in_time?": Shape.share,
        "parts?": Shape.map(of: Shape.orNull(Shape.named("quantity"))), "weights?": Shape.map(of: Shape.number),
    ]

    private static let previousPeriod: JSON = [
        "from?": Shape.time, "to?": Shape.time,
        "share_of_period?": told(
            Shape.share, "How much of the period asked for is gone, where it goes on: it is set beside a whole one."),
    ]

    private static let change: JSON = [
        "change": Shape.orNull(Shape.number), "change_share?": Shape.orNull(Shape.number),
    ]

    private static let model: JSON = Shape.object([
        "name": Shape.words(AttributionModel.allCases.map(\.rawValue) + LifetimeModel.allCases.map(\.rawValue)),
        "lookback_days?": Shape.count, "half_life_days?": Shape.number, "direct?": Shape.words(["include", "exclude"]),
        "margin?": Shape.number, "churn_per_month?": Shape.number, "lifetime_months?": Shape.number,
        "is_capped?": Shape.flag, "ahead_months?": Shape.count,
    ])

    private static let metricSummary = Shape.object([
        "metric": Shape.text, "unit": Shape.text, "better": Shape.words(["more", "less", "neither"]),
        "definition": Shape.text, "basis": Shape.list(basis), "dimensions": Shape.list(dimension),
        "filters": Shape.list(Shape.text), "parameters": Shape.list(Shape.text), "href": Shape.address,
    ])

    private static let basis = Shape.words(Question.Basis.allCases.map(\.rawValue))
    static let dimension = Shape.words(Dimension.allCases.map(\.rawValue))

    private static let metricAnswer = Shape.object(
        [
            "metric": Shape.text, "unit": Shape.text, "definition": Shape.text, "from": Shape.orNull(Shape.time),
            "to": Shape.orNull(Shape.time), "tz": Shape.text, "basis": Shape.orNull(basis), "as_of": Shape.time,
            "seq": Shape.count, "model?": model,
        ], figureMembers,
        [
            "rows": told(Shape.address, "The rows behind it."),
            "previous?": Shape.named("previous_figure"),
            "groups?": Shape.list(
                Shape.object(
                    keyMembers, figureMembers,
                    ["previous?": Shape.named("previous_figure"), "rows": Shape.address])),
            "total?": Shape.orNull(Shape.named("quantity")),
        ])

    // MARK: Rows

    private static let named: JSON = ["resource": Shape.text, "id": Shape.text, "href": Shape.address]

    /// The other record of a row.
    private static let linked: JSON = [
        "deal_id?": Shape.id(Deal.schema.prefix), "content_id?": Shape.id(Content.schema.prefix),
    ]

    /// What a row counts for.
    private static let counted: JSON = [
        "at": Shape.orNull(Shape.time), "amount?": Shape.orNull(Shape.named("figure_money")),
        "percent?": told(Shape.count, "How much of the amount counts, where that is not all."),
        "numerator?": Shape.flag, "denominator?": Shape.flag, "days?": Shape.orNull(Shape.number),
        "minutes?": Shape.orNull(Shape.number), "touches?": Shape.orNull(Shape.number), "censored?": Shape.flag,
        "part?": told(Shape.text, "Which part of a composed figure it is of."), "number?": Shape.number,
        "counted_once_as?": told(Shape.text, "Rows of one such text count once."),
    ]

    private static let pageOfRows: JSON = [
        "count": Shape.count, "hidden": told(Shape.count, "Rows that the asker may not see."),
    ]

    private static let metricRows = Shape.object(
        ["metric": Shape.text], pageOfRows,
        ["data": Shape.list(Shape.object(named, linked, counted)), "next": Shape.next])

    private static let difference = Shape.object(
        [
            "metric": Shape.text, "unit": Shape.text, "before": Shape.named("figure_as_of"),
            "after": Shape.named("figure_as_of"), "entered": Shape.count, "left": Shape.count,
            "changed": Shape.count, "moved_by": Shape.orNull(Shape.number), "moved?": Shape.text,
            "reason?": told(Shape.text, "Why no row is told to have moved it."),
            "clock": Shape.words(["business", "ledger"]),
        ], pageOfRows,
        [
            "data": Shape.list(
                Shape.object(
                    named, linked,
                    [
                        "change": Shape.words(["entered", "left", "changed"]),
                        "before": Shape.orNull(Shape.named("counted_row")),
                        "after": Shape.orNull(Shape.named("counted_row")),
                        "moved_by": Shape.orNull(Shape.number),
                    ])), "next": Shape.next,
        ])

    private static let definitions = Set(
        SourcedDefinition.allCases.map(\.rawValue) + LifetimeModel.allCases.map(\.rawValue)
            + AttributionModel.allCases.map(\.rawValue)
    ).sorted()

    private static let disagreement = Shape.object(
        [
            "metric": Shape.text,
            "definitions": Shape.map(
                of: Shape.object(figureMembers)),
        ], pageOfRows,
        [
            "data": Shape.list(
                Shape.object(named, .object(definitions.map { .init("\($0)?", Shape.orNull(Shape.integer)) }))),
            "next": Shape.next,
        ])

    /// A schema with a sentence on what it tells.
    static func told(_ schema: JSON, _ description: JSON) -> JSON {
        .object((schema.members ?? []) + [.init("description", description)])
    }
}
