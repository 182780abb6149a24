internal import Domain
internal import JSON
internal import Metrics
internal import Store

/// The operations that tie the departments.
extension OpenAPI {
    private static let handOffPacket = Shape.object([
        "handoff_id": Shape.id(HandOff.schema.prefix), "note": Shape.orNull(Shape.text), "lead": Shape.named("lead"),
        "why": Shape.object([
            "mql_at": Shape.orNull(Shape.time), "reason": Shape.orNull(Shape.text),
            "source": Shape.orNull(Shape.map(of: true)), "score": Shape.named("lead_score"),
        ]),
        "touches": told(Shape.list(Shape.named(Touch.schema.prefix)), "The latest."), "touch_count": Shape.count,
        "contents": Shape.list(
            Shape.object([
                "content_id": Shape.id(Content.schema.prefix), "title": Shape.orNull(Shape.text),
                "count": Shape.count, "last_at": Shape.orNull(Shape.time),
            ])),
        "open_questions": Shape.list(Shape.named(Inquiry.schema.prefix)),
        "duplicates": Shape.list(Shape.id(Lead.schema.prefix)),
        "earlier": Shape.list(Shape.named(HandOff.schema.prefix)),
    ])

    private static let recommendation = Shape.object([
        "content_id": Shape.id(Content.schema.prefix), "title": Shape.text, "kind": Shape.orNull(Shape.text),
        "url": Shape.orNull(Shape.text), "reasons": Shape.list(Shape.text), "won": Shape.count, "lost": Shape.count,
        "win_rate": Shape.orNull(Shape.share), "win_rate_lower_bound": Shape.orNull(Shape.share), "seen": Shape.flag,
    ])

    private static let effectOfInsight: JSON = {
        let side = Shape.object(["from": Shape.time, "to": Shape.time], figureMembers)
        return Shape.object([
            "insight_id": Shape.id(Insight.schema.prefix), "metric": Shape.text, "unit": Shape.text,
            "scope": told(Shape.map(of: Shape.text), "The campaign or content that the figure is narrowed to."),
            "applied_at": Shape.time, "days": Shape.count, "is_whole": Shape.flag, "before": side, "after": side,
            "change": Shape.orNull(Shape.number),
            "change_interval": told(
                Shape.orNull(Shape.named("interval")), "Of the change of a share; null of anything else."),
        ])
    }()

    static let packet = JSON.object(
        operation(
            "get_packet", "Tells what sales gets with a lead: why it qualified, what it did, saw and asked.",
            tag: "handoffs",
            [
                (
                    "200",
                    answer(
                        "The packet.",
                        content(
                            handOffPacket,
                            example: [
                                "handoff_id": .string(Examples.id("handoff")), "note": "Asked twice for a quote.",
                                "lead": Examples.record(of: Lead.schema),
                                "why": [
                                    "mql_at": "2026-01-31T09:00:00Z", "reason": "the score 57 reached 50",
                                    "source": nil, "score": Examples.value(of: "lead_score"),
                                ],
                                "touches": [], "touch_count": 12, "contents": [], "open_questions": [],
                                "duplicates": [], "earlier": [],
                            ]))
                )
            ], problems: ["400", "401", "403", "404"]))

    static func recommended(for kind: String) -> JSON {
        .object(
            operation(
                "recommend_content_for_\(kind)",
                "Lists published contents that fit the \(kind)'s phase, product and open objections, with reasons.",
                tag: .string("\(kind)s"),
                [
                    (
                        "200",
                        answer(
                            "Contents, the best first: by what speaks for them, then by the win rate of who used them.",
                            listContent(
                                Shape.page(of: recommendation),
                                example: [
                                    "data": [
                                        [
                                            "content_id": .string(Examples.id("content")), "title": "What it saves",
                                            "kind": "case_study", "url": "https://example.com/saves",
                                            "reasons": ["answers the objection: price"], "won": 7, "lost": 2,
                                            "win_rate": 0.7778, "win_rate_lower_bound": 0.4526, "seen": false,
                                        ]
                                    ], "next": nil,
                                ]))
                    )
                ], problems: ["400", "401", "403", "404"]))
    }

    static let progress = figure(
        "get_progress", "Tells what was reached of a goal, and whether that is in time; a pace of 1 is just in time.",
        tag: "goals", "goal_progress",
        [
            "goal_id": .string(Examples.id("goal")), "metric": "mqls", "unit": "count",
            "from": "2026-01-01T00:00:00Z", "to": "2026-04-01T00:00:00Z",
            "as_of": "2026-02-15T00:00:00Z", "actual": 60, "target": 100.5, "progress": 0.597,
            "share_of_period": 0.5, "pace": 1.194, "is_on_pace": true, "better": "more", "reason": nil,
        ], ["as_of", "known_at", "tz"])

    static let effect: JSON = {
        var get = operation(
            "get_effect", "Tells what moved after an insight was applied; association, not cause.", tag: "insights",
            [
                (
                    "200",
                    answer(
                        "The metric before and after.",
                        content(
                            effectOfInsight,
                            example: [
                                "insight_id": .string(Examples.id("insight")), "metric": "handoff_acceptance",
                                "unit": "ratio", "scope": [:], "applied_at": "2026-01-31T09:00:00Z", "days": 30,
                                "is_whole": true,
                                "before": [
                                    "from": "2026-01-01T09:00:00Z", "to": "2026-01-31T09:00:00Z", "value": 0.41,
                                ],
                                "after": [
                                    "from": "2026-01-31T09:00:00Z", "to": "2026-03-02T09:00:00Z", "value": 0.63,
                                ],
                                "change": 0.22, "change_interval": nil,
                            ]))
                )
            ], problems: ["400", "401", "403", "404", "409"])
        get.append(.init("parameters", [reference("parameters", "days")]))
        return .object(get)
    }()

    static let insights: JSON = {
        var get = operation(
            "get_report_insights", "Counts what customers say by what it concerns.", tag: "insights",
            [
                (
                    "200",
                    answer(
                        "Groups, the most first.",
                        listContent(
                            Shape.named("report_insights"),
                            example: [
                                "group_by": "reason", "count": 3,
                                "groups": [
                                    [
                                        "key": "price", "label": nil, "count": 3, "statuses": ["new": 3],
                                        "sentiments": ["negative": 3], "rows": "/v1/insights?reason=price",
                                    ]
                                ],
                            ]))
                )
            ], problems: ["400", "401", "403"])
        get.append(
            .init(
                "parameters",
                .array(["group_by", "from", "to"].map { reference("parameters", $0) })))
        return .object(get)
    }()
}
