internal import Domain
internal import JSON
internal import Metrics
internal import Store

/// The operations that belong to no declared resource.
extension OpenAPI {
    static let journey = JSON.object(
        operation(
            "get_journey", "Tells a lead's whole story in order.", tag: "leads",
            [
                (
                    "200",
                    answer(
                        "Moments, the earliest first.",
                        content(
                            listOf(["type": "object", "required": ["at", "kind"]]),
                            example: [
                                "data": [["at": "2026-01-31T09:00:00Z", "kind": "stage_entered", "stage": "lead"]],
                                "next": nil,
                            ]))
                )
            ], problems: ["401", "404"]))

    static let imports: JSON = {
        let example: JSON = [
            "resource": "accounts", "map": ["key": "name", "members": ["name": "company"]],
            "rows": [["company": "Example GmbH"]],
        ]
        let schema: JSON = [
            "type": "object", "required": ["resource", "rows"],
            "properties": [
                "resource": ["type": "string", "enum": .array(Resources.all.map { .string($0.schema.name) })],
                "map": ["type": "object", "description": "How columns become members; without it they are members."],
                "first_row": ["type": "integer", "description": "The number of the first row, for the report."],
                "rows": ["type": "array", "maxItems": .integer(Int64(Bulk.rowsMax)), "items": ["type": "object"]],
            ],
        ]
        var post = operation(
            "import", "Makes records of rows of another system.", tag: "server",
            [
                (
                    "200",
                    answer(
                        "What became of the rows.",
                        content(
                            reference("schemas", "import_report"),
                            example: ["created": 1, "unchanged": 0, "refused": []]))
                )
            ], problems: ["400", "401", "413", "415", "422", "503"])
        post.append(.init("requestBody", jsonBody(schema, example: example)))
        return .object(post)
    }()

    static let metricName: JSON = [
        "name": "name", "in": "path", "required": true, "example": "win_rate",
        "schema": ["type": "string", "enum": .array(Catalogue.all.map { .string($0.name) })],
    ]

    static let catalogue = JSON.object(
        operation(
            "list_metrics", "The catalogue of metrics with their definitions.", tag: "metrics",
            [
                (
                    "200",
                    answer(
                        "Every metric.",
                        content(listOf(["type": "object"]), example: ["data": [Catalogue.all[0].summary], "next": nil]))
                )
            ], problems: ["401"]))

    static func figure(isRows: Bool) -> JSON {
        let example: JSON =
            isRows
            ? [
                "metric": "win_rate", "count": 1, "hidden": 0,
                "data": [["resource": "deals", "id": .string(Examples.id("deal")), "at": "2026-01-31T09:00:00Z"]],
                "next": nil,
            ]
            : [
                "metric": "win_rate", "unit": "ratio", "value": 0.5, "numerator": 1, "denominator": 2,
                "rows": "/v1/metrics/win_rate/rows?as_of=2026-01-31T09:00:00Z",
            ]
        var get = operation(
            isRows ? "list_metric_rows" : "get_metric", isRows ? "The rows behind a figure." : "A figure.",
            tag: "metrics",
            [
                (
                    "200",
                    answer(isRows ? "A page of rows." : "The figure.", content(["type": "object"], example: example))
                )
            ],
            problems: ["400", "401", "404", "409"])
        let names = isRows ? ["limit", "after"] : []
        let special = Set(Catalogue.all.flatMap(\.parameters)).sorted()
        get.append(
            .init(
                "parameters",
                .array(
                    (periodParameters + names + special + Dimension.allCases.map(\.rawValue)).map {
                        reference("parameters", $0)
                    })))
        return .object(get)
    }

    private static let periodParameters = ["from", "to", "as_of", "basis", "tz", "group_by"]

    static let funnel: JSON = {
        var get = operation(
            "get_funnel", "The way of leads from capture to customer.", tag: "metrics",
            [
                (
                    "200",
                    answer(
                        "The report.",
                        content(
                            ["type": "object"],
                            example: ["report": "funnel", "leads": 2, "stages": [["stage": "lead", "count": 2]]]))
                )
            ], problems: ["400", "401"])
        let names = periodParameters + Funnel.dimensions.map(\.rawValue)
        get.append(.init("parameters", .array(names.map { reference("parameters", $0) })))
        return .object(get)
    }()

    static let health: JSON = {
        var get = operation(
            "get_health", "Whether the server takes writes; needs no key.", tag: "server",
            [("200", answer("It does.", content(["type": "object"], example: ["status": "ok"])))], problems: ["503"])
        get.append(.init("security", []))
        return .object(get)
    }()

    static let openAPI = JSON.object(
        operation(
            "get_openapi", "This document.", tag: "server",
            [("200", answer("The document.", content(["type": "object"], example: ["openapi": "3.1.0"])))],
            problems: ["401"]))

    private static func listOf(_ item: JSON) -> JSON {
        [
            "type": "object", "required": ["data", "next"],
            "properties": ["data": ["type": "array", "items": item], "next": ["type": ["string", "null"]]],
        ]
    }
}
