internal import Domain
internal import JSON
internal import Store

/// The operations of marketing, and the agenda of a user.
extension OpenAPI {
    static let members: JSON = {
        let schema = Lead.schema
        var get = operation(
            "list_members", "Lists the leads for whom a segment's filter holds now.", tag: "segments",
            [
                (
                    "200",
                    answer(
                        "A page.",
                        listContent(
                            Shape.named("\(schema.prefix)_page"),
                            example: ["data": [Examples.record(of: schema)], "next": nil]), .tandemSeq)
                )
            ], problems: ["400", "401", "403", "404"])
        get.append(.init("parameters", .array(listParameters(schema, isNarrowed: true))))
        return .object(get)
    }()

    /// The score that a lead has, and what it adds up from.
    static let scoreSchema = Shape.object([
        "lead_id": Shape.id(Lead.schema.prefix), "score": Shape.integer,
        "grade": Shape.words(["A", "B", "C", "D"]), "as_of": Shape.time, "total": Shape.number,
        "entries": Shape.list(
            Shape.object([
                "rule_id": Shape.orNull(Shape.id(ScoringRule.schema.prefix)), "name": Shape.text,
                "kind": Shape.words(["engagement", "fit", "cap", "override"]),
                "touch_id": Shape.orNull(Shape.id(Touch.schema.prefix)), "at": Shape.orNull(Shape.time),
                "points": Shape.number, "value": Shape.number,
            ])),
    ])

    private static let campaignSpend: JSON = {
        let money = Shape.orNull(Shape.named("money"))
        let id = Shape.id(Campaign.schema.prefix)
        return Shape.object([
            "campaign_id": id, "budget": money, "spend": money, "remaining": money,
            "campaigns": Shape.list(Shape.object(["campaign_id": id, "name": Shape.text, "spend": money])),
        ])
    }()

    private static let agendaOfDay = Shape.object([
        "user_id": Shape.id(User.schema.prefix), "on": Shape.day, "tz": Shape.text,
        "tasks": Shape.list(Shape.named(Activity.schema.prefix)),
        "meetings": Shape.list(Shape.named(Activity.schema.prefix)),
        "next_steps": Shape.list(Shape.named(Deal.schema.prefix)),
        "inquiries": Shape.list(Shape.named(Inquiry.schema.prefix)),
        "handoffs": Shape.list(Shape.named(HandOff.schema.prefix)),
    ])

    static let score = JSON.object(
        operation(
            "get_score", "Tells the entries that a lead's score adds up from.", tag: "leads",
            [
                (
                    "200",
                    answer(
                        "The score and its entries.",
                        content(
                            Shape.named("lead_score"),
                            example: [
                                "lead_id": .string(Examples.id("lead")), "score": 12, "grade": "B",
                                "as_of": "2026-01-31T09:00:00Z", "total": 12.25,
                                "entries": [
                                    [
                                        "rule_id": .string(Examples.id("scoring_rule")), "name": "Asked for a demo",
                                        "kind": "engagement", "touch_id": .string(Examples.id("touch")),
                                        "at": "2026-01-30T09:00:00Z", "points": 15.5, "value": 12.25,
                                    ]
                                ],
                            ]))
                )
            ], problems: ["400", "401", "403", "404"]))

    static let spend = JSON.object(
        operation(
            "get_spend", "Tells what a campaign and all that are part of it cost, against its budget.",
            tag: "campaigns",
            [
                (
                    "200",
                    answer(
                        "The spend.",
                        content(
                            campaignSpend,
                            example: [
                                "campaign_id": .string(Examples.id("campaign")),
                                "budget": ["amount": 500_000, "currency": "EUR"],
                                "spend": ["amount": 120_000, "currency": "EUR"],
                                "remaining": ["amount": 380_000, "currency": "EUR"],
                                "campaigns": [
                                    [
                                        "campaign_id": .string(Examples.id("campaign")), "name": "Spring",
                                        "spend": ["amount": 120_000, "currency": "EUR"],
                                    ]
                                ],
                            ]))
                )
            ], problems: ["400", "401", "403", "404", "409"]))

    static let agenda: JSON = {
        var get = operation(
            "get_agenda", "Tells what a user is to do on a day: all that is due by then and not done.", tag: "users",
            [
                (
                    "200",
                    answer(
                        "What is due, by its kind, the earliest first.",
                        content(
                            agendaOfDay,
                            example: [
                                "user_id": .string(Examples.id("user")), "on": "2026-01-31", "tz": "Europe/Berlin",
                                "tasks": [], "meetings": [], "next_steps": [], "inquiries": [], "handoffs": [],
                            ]))
                )
            ], problems: ["400", "401", "403", "404"])
        get.append(.init("parameters", [reference("parameters", "on"), reference("parameters", "tz")]))
        return .object(get)
    }()
}
