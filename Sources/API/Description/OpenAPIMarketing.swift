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
                            pageSchema(schema.prefix), example: ["data": [Examples.record(of: schema)], "next": nil]))
                )
            ], problems: ["400", "401", "403", "404"])
        get.append(.init("parameters", .array(listParameters(schema))))
        return .object(get)
    }()

    static let score = JSON.object(
        operation(
            "get_score", "Tells the entries that a lead's score adds up from.", tag: "leads",
            [
                (
                    "200",
                    answer(
                        "The score and its entries.",
                        content(
                            ["type": "object", "required": ["score", "grade", "entries"]],
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
            ], problems: ["401", "403", "404"]))

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
                            ["type": "object", "required": ["spend", "budget", "remaining", "campaigns"]],
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
            ], problems: ["401", "403", "404", "409"]))

    static let agenda: JSON = {
        var get = operation(
            "get_agenda", "Tells what a user is to do on a day: all that is due by then and not done.", tag: "users",
            [
                (
                    "200",
                    answer(
                        "What is due, by its kind, the earliest first.",
                        content(
                            ["type": "object"],
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
