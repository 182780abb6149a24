internal import Domain
public import JSON
internal import Metrics
internal import Store

/// The description of every route (OpenAPI 3.1), read from the declarations.
public enum OpenAPI {
    /// The whole document.
    public static let document: JSON = [
        "openapi": "3.1.0",
        "info": [
            "title": "Tandem", "version": "0.1.0",
            "summary": "One ledger of what sales and marketing do, and every figure computed live from it.",
            "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
        ],
        "servers": [["url": "http://127.0.0.1:8080"]],
        "security": [["key": []]],
        "tags": .array(
            Resources.all.map { ["name": .string($0.schema.name), "description": .string($0.schema.summary)] }
                + [
                    ["name": "metrics", "description": "Figures, and the rows behind them."],
                    ["name": "server", "description": "The server itself."],
                ]),
        "paths": .object(paths),
        "components": [
            "securitySchemes": [
                "key": ["type": "http", "scheme": "bearer", "description": "The key that the first start printed."]
            ],
            "schemas": .object(schemas),
            "responses": .object(problems),
            "parameters": .object(parameters),
        ],
    ]

    // MARK: Paths

    private static var paths: [JSON.Member] {
        Resources.all.flatMap { collectionPaths($0.schema) } + Action.all.map(actionPath) + [
            .init("/v1/leads/{id}/journey", ["parameters": [reference("parameters", "id")], "get": journey]),
            .init("/v1/imports", ["post": imports]),
            .init("/v1/metrics", ["get": catalogue]),
            .init("/v1/metrics/{name}", ["parameters": [metricName], "get": figure(isRows: false)]),
            .init("/v1/metrics/{name}/rows", ["parameters": [metricName], "get": figure(isRows: true)]),
            .init("/v1/reports/funnel", ["get": funnel]),
            .init("/health", ["get": health]),
            .init("/openapi.json", ["get": openAPI]),
        ]
    }

    private static func collectionPaths(_ schema: Schema) -> [JSON.Member] {
        let kind = schema.prefix
        let name = JSON.string(schema.name)
        let body = jsonBody(reference("schemas", "\(kind)_input"), example: Examples.input(of: schema))
        let record = content(reference("schemas", kind), example: Examples.record(of: schema))
        var list = operation(
            "list_\(schema.name)", "Lists \(schema.name).", tag: name,
            [
                (
                    "200",
                    answer(
                        "A page.",
                        content(pageSchema(kind), example: ["data": [Examples.record(of: schema)], "next": nil]))
                )
            ],
            problems: ["400", "401"])
        list.append(.init("parameters", .array(listParameters(schema))))
        var create = operation(
            "create_\(kind)", "Makes a \(kind).", tag: name,
            [("201", answer("The record; Location is its address.", record, isWrite: true))],
            problems: ["400", "401", "409", "413", "415", "422", "503"])
        create.append(.init("requestBody", schema.name == Touch.schema.name ? touchBody(body) : body))
        var show = operation(
            "get_\(kind)", "Gets a \(kind).", tag: name,
            [
                ("200", answer("The record; ETag is its version.", record)),
                ("304", ["description": "It is at the version that If-None-Match names."]),
            ], problems: ["400", "401", "404"])
        show.append(.init("parameters", [reference("parameters", "fields"), reference("parameters", "If-None-Match")]))
        var patch = operation(
            "patch_\(kind)", "Changes the members given (JSON Merge Patch, RFC 7396).", tag: name,
            [("200", answer("The record.", record, isWrite: true))],
            problems: ["400", "401", "404", "409", "412", "413", "415", "422", "503"])
        patch.append(.init("parameters", [reference("parameters", "If-Match")]))
        patch.append(.init("requestBody", patchBody(schema)))
        var delete = operation(
            "delete_\(kind)", "Deletes a \(kind) that nothing refers to.", tag: name,
            [("204", ["description": "It is gone."])], problems: ["400", "401", "404", "409", "412", "503"])
        delete.append(.init("parameters", [reference("parameters", "If-Match")]))
        return [
            .init("/v1/\(schema.name)", ["get": .object(list), "post": .object(create)]),
            .init(
                "/v1/\(schema.name)/{id}",
                [
                    "parameters": [reference("parameters", "id")], "get": .object(show), "patch": .object(patch),
                    "delete": .object(delete),
                ]),
        ]
    }

    private static func actionPath(_ action: Action) -> JSON.Member {
        let schema = Resources.all.first { $0.schema.name == action.answer }?.schema
        let kind = schema?.prefix ?? ""
        let example = schema.map { Examples.record(of: $0) } ?? .null
        var post = operation(
            "\(action.name)_\(Resources.all.first { $0.schema.name == action.resource }?.schema.prefix ?? "")",
            action.summary, tag: .string(action.resource),
            [
                (
                    action.makesRecord ? "201" : "200",
                    answer(
                        "The record.", content(reference("schemas", kind), example: example), isWrite: true)
                )
            ], problems: ["400", "401", "404", "409", "412", "415", "422", "503"])
        post.append(.init("parameters", [reference("parameters", "If-Match")]))
        let input = Examples.input(of: action.fields)
        let isRequired = action.fields.contains(where: \.isRequired)
        post.append(
            .init(
                "requestBody",
                jsonBody(objectSchema(action.fields, isInput: true), example: input, isRequired: isRequired)))
        return .init(
            "/v1/\(action.resource)/{id}/\(action.name)",
            ["parameters": [reference("parameters", "id")], "post": .object(post)])
    }

    // MARK: Operations

    private static func operation(
        _ id: String, _ summary: String, tag: JSON, _ answers: [(String, JSON)], problems: [String]
    ) -> [JSON.Member] {
        let responses =
            answers.map { JSON.Member($0.0, $0.1) } + problems.map { .init($0, reference("responses", $0)) }
        return [
            .init("operationId", .string(id)), .init("summary", .string(summary)), .init("tags", [tag]),
            .init("responses", .object(responses)),
        ]
    }

    private static func answer(_ description: String, _ content: JSON, isWrite: Bool = false) -> JSON {
        var members: [JSON.Member] = [.init("description", .string(description)), .init("content", content)]
        if isWrite {
            members.append(
                .init(
                    "headers",
                    [
                        "Tandem-Seq": [
                            "description": "The write's place in the ledger.", "schema": ["type": "integer"],
                        ],
                        "ETag": ["description": "The record's version.", "schema": ["type": "string"]],
                    ]))
        }
        return .object(members)
    }

    private static func content(_ schema: JSON, example: JSON) -> JSON {
        ["application/json": ["schema": schema, "example": example]]
    }

    private static func jsonBody(_ schema: JSON, example: JSON, isRequired: Bool = true) -> JSON {
        ["required": .bool(isRequired), "content": content(schema, example: example)]
    }

    private static func touchBody(_ body: JSON) -> JSON {
        let line: JSON = ["type": "string", "description": "One touch a line."]
        guard let single = body["content"]?["application/json"] else { return body }
        return [
            "required": true,
            "content": [
                "application/json": single,
                "application/x-ndjson": [
                    "schema": line,
                    "example":
                        "{\"visitor_id\":\"v-17\",\"channel\":\"search\",\"type\":\"click\"}\n{\"visitor_id\":\"v-17\",\"channel\":\"direct\",\"type\":\"visit\"}\n",
                ],
            ],
        ]
    }

    private static func patchBody(_ schema: Schema) -> JSON {
        let patch: JSON = [
            "type": "object",
            "description": .string("Members of \(schema.prefix)_input to change; null takes one away."),
        ]
        let writable = schema.fields.first { $0.writing == .always && $0.name != "custom" }
        let example = writable.map { JSON.object([.init($0.name, Examples.value(of: $0.type))]) } ?? [:]
        return [
            "required": true,
            "content": [
                "application/merge-patch+json": ["schema": patch, "example": example],
                "application/json": ["schema": patch, "example": example],
            ],
        ]
    }

    private static func reference(_ kind: String, _ name: String) -> JSON {
        ["$ref": .string("#/components/\(kind)/\(name)")]
    }

    private static func pageSchema(_ kind: String) -> JSON {
        [
            "type": "object", "required": ["data", "next"],
            "properties": [
                "data": ["type": "array", "items": reference("schemas", kind)],
                "next": ["type": ["string", "null"], "description": "The address of the next page."],
            ],
        ]
    }

    private static func listParameters(_ schema: Schema) -> [JSON] {
        let shared = ["limit", "after", "sort", "fields"].map { reference("parameters", $0) }
        return shared
            + schema.filterablePaths.map { path in
                guard let field = schema.path(path)?.field else { return .null }
                return [
                    "name": .string(path), "in": "query",
                    "description": .string("Equal to it; \(path).in, .ne, .gt, .gte, .lt and .lte compare otherwise."),
                    "schema": ["type": "string"], "example": .string(Examples.queryText(of: field.type)),
                ]
            }
    }

    // MARK: The others

    private static let journey = JSON.object(
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

    private static let imports: JSON = {
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

    private static let metricName: JSON = [
        "name": "name", "in": "path", "required": true, "example": "win_rate",
        "schema": ["type": "string", "enum": .array(Catalogue.all.map { .string($0.name) })],
    ]

    private static let catalogue = JSON.object(
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

    private static func figure(isRows: Bool) -> JSON {
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

    private static let funnel: JSON = {
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

    private static let health: JSON = {
        var get = operation(
            "get_health", "Whether the server takes writes; needs no key.", tag: "server",
            [("200", answer("It does.", content(["type": "object"], example: ["status": "ok"])))], problems: ["503"])
        get.append(.init("security", []))
        return .object(get)
    }()

    private static let openAPI = JSON.object(
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
