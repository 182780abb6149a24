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
            "title": "Tandem", "version": "0.2.0",
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
        "paths": .object(paths.map(withSeenState)),
        "components": [
            "securitySchemes": [
                "key": ["type": "http", "scheme": "bearer", "description": "The key that the first start printed."]
            ],
            "schemas": .object(schemas),
            "responses": .object(problems),
            "headers": .object(AnswerHeader.components),
            "parameters": .object(parameters),
        ],
    ]

    // MARK: Paths

    /// A path whose reader may demand a state that is none before the one seen, as all of the product's.
    private static func withSeenState(_ path: JSON.Member) -> JSON.Member {
        guard path.name.hasPrefix("/v1/"), let members = path.value.members else { return path }
        return .init(
            path.name, .object(members.map { $0.name == "get" ? .init("get", .object(reading($0.value))) : $0 }))
    }

    private static func reading(_ operation: JSON) -> [JSON.Member] {
        let parameters = (operation["parameters"]?.elements ?? []) + [reference("parameters", "Tandem-Seq")]
        let responses = (operation["responses"]?.members ?? []) + [.init("412", reference("responses", "412"))]
        return (operation.members ?? []).filter { !["parameters", "responses"].contains($0.name) }
            + [.init("parameters", .array(parameters)), .init("responses", .object(responses))]
    }

    private static var paths: [JSON.Member] {
        Resources.all.flatMap { collectionPaths($0.schema, isWritten: !$0.isMadeByActions) }
            + Action.all.map(actionPath) + [
                .init("/v1/leads/{id}/journey", ["parameters": [reference("parameters", "id")], "get": journey]),
                .init("/v1/leads/{id}/export", ["parameters": [reference("parameters", "id")], "get": export]),
                .init("/v1/leads/{id}/erase", ["parameters": [reference("parameters", "id")], "post": erase]),
                .init(
                    "/v1/leads/{id}/duplicates",
                    ["parameters": [reference("parameters", "id")], "get": duplicates(Lead.schema)]),
                .init(
                    "/v1/accounts/{id}/duplicates",
                    ["parameters": [reference("parameters", "id")], "get": duplicates(Account.schema)]),
                .init("/v1/forms", ["post": form]),
                .init("/v1/handoffs/{id}/packet", ["parameters": [reference("parameters", "id")], "get": packet]),
                .init(
                    "/v1/deals/{id}/recommended-content",
                    ["parameters": [reference("parameters", "id")], "get": recommended(for: "deal")]),
                .init(
                    "/v1/leads/{id}/recommended-content",
                    ["parameters": [reference("parameters", "id")], "get": recommended(for: "lead")]),
                .init("/v1/goals/{id}/progress", ["parameters": [reference("parameters", "id")], "get": progress]),
                .init("/v1/insights/{id}/effect", ["parameters": [reference("parameters", "id")], "get": effect]),
                .init("/v1/reports/insights", ["get": insights]),
                .init("/v1/segments/{id}/members", ["parameters": [reference("parameters", "id")], "get": members]),
                .init("/v1/leads/{id}/score", ["parameters": [reference("parameters", "id")], "get": score]),
                .init("/v1/campaigns/{id}/spend", ["parameters": [reference("parameters", "id")], "get": spend]),
                .init("/v1/users/{id}/agenda", ["parameters": [reference("parameters", "id")], "get": agenda]),
                .init("/v1/keys", ["get": keys, "post": makeKey]),
                .init("/v1/keys/{id}", ["parameters": [reference("parameters", "id")], "delete": revokeKey]),
                .init("/v1/changes", ["get": changes]),
                .init("/v1/stream", ["get": stream]),
                .init("/v1/batch", ["post": batch]),
                .init("/v1/imports", ["post": imports]),
                .init("/internal/snapshot", ["post": snapshot]),
                .init("/internal/backup", ["get": backup]),
                .init("/internal/metrics", ["get": serverFigures]),
                .init("/internal/erasures", ["post": erasures]),
                .init("/health", ["get": health]),
                .init("/openapi.json", ["get": openAPI]),
            ] + metricPaths
    }

    private static func collectionPaths(_ schema: Schema, isWritten: Bool) -> [JSON.Member] {
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
                        "A page, as JSON or with Accept: text/csv as a table, whose next page is in Link and whose count in Tandem-Count.",
                        listContent(
                            Shape.named("\(kind)_page"),
                            example: ["data": [Examples.record(of: schema)], "next": nil],
                            table: "id,created_at\r\n\(Examples.id(kind)),2026-01-31T09:00:00Z\r\n"), .tandemSeq)
                )
            ],
            problems: ["400", "401", "403"])
        list.append(.init("parameters", .array(listParameters(schema))))
        var create = operation(
            "create_\(kind)", "Makes a \(kind).", tag: name,
            answersThere(schema, record) + [
                ("201", answer("The record.", record, .etag, .tandemSeq, .location, .replayed))
            ],
            problems: ["400", "401", "403", "409", "410", "413", "415", "422", "503"])
        create.append(.init("parameters", [reference("parameters", "Idempotency-Key")]))
        create.append(.init("requestBody", takesLines(schema) ? recordLines(body, schema) : body))
        var show = operation(
            "get_\(kind)", "Gets a \(kind).", tag: name,
            [
                ("200", answer("The record.", record, .etag)),
                ("304", answer("It is at the version that If-None-Match names.", .etag)),
            ], problems: ["400", "401", "403", "404"])
        show.append(.init("parameters", [reference("parameters", "fields"), reference("parameters", "If-None-Match")]))
        var patch = operation(
            "patch_\(kind)", "Changes the members given (JSON Merge Patch, RFC 7396).", tag: name,
            [("200", answer("The record.", record, .etag, .tandemSeq, .replayed))],
            problems: ["400", "401", "403", "404", "409", "410", "412", "413", "415", "422", "503"])
        patch.append(
            .init("parameters", [reference("parameters", "If-Match"), reference("parameters", "Idempotency-Key")]))
        patch.append(.init("requestBody", patchBody(schema)))
        var delete = operation(
            "delete_\(kind)", "Deletes a \(kind) that nothing refers to.", tag: name,
            [("204", answer("It is gone.", .tandemSeq))],
            problems: ["400", "401", "403", "404", "409", "412", "503"])
        delete.append(.init("parameters", [reference("parameters", "If-Match")]))
        let writes: [JSON.Member] = isWritten ? [.init("patch", .object(patch)), .init("delete", .object(delete))] : []
        let makes: [JSON.Member] =
            isWritten ? [.init("post", .object(create)), .init("put", upsert(of: schema, body: body))] : []
        return [
            .init("/v1/\(schema.name)", .object([.init("get", .object(list))] + makes)),
            .init(
                "/v1/\(schema.name)/{id}",
                .object(
                    [.init("parameters", [reference("parameters", "id")]), .init("get", .object(show))] + writes)),
            .init(
                "/v1/\(schema.name)/{id}/history",
                ["parameters": [reference("parameters", "id")], "get": history(of: schema)]),
        ]
    }

    private static func actionPath(_ action: Action) -> JSON.Member {
        let schema = Resources.all.first { $0.schema.name == action.answer }?.schema
        let kind = schema?.prefix ?? ""
        let example = schema.map { Examples.record(of: $0) } ?? .null
        var post = operation(
            "\(action.name.replacing("-", with: "_"))_\(Resources.all.first { $0.schema.name == action.resource }?.schema.prefix ?? "")",
            action.summary, tag: .string(action.resource),
            [
                (
                    action.makesRecord ? "201" : "200",
                    answer(
                        "The record.", content(reference("schemas", kind), example: example), .etag, .tandemSeq,
                        .location,
                        .replayed)
                )
            ], problems: ["400", "401", "403", "404", "409", "410", "412", "413", "415", "422", "503"])
        post.append(
            .init(
                "parameters", [reference("parameters", "If-Match"), reference("parameters", "Idempotency-Key")]))
        let input = Examples.input(of: action)
        let isRequired = action.fields.contains(where: \.isRequired)
        post.append(
            .init(
                "requestBody",
                jsonBody(Shape.named(inputName(of: action)), example: input, isRequired: isRequired)))
        return .init(
            "/v1/\(action.resource)/{id}/\(action.name)",
            ["parameters": [reference("parameters", "id")], "post": .object(post)])
    }

    // MARK: Operations

    static func operation(
        _ id: String, _ summary: String, tag: JSON, _ answers: [(String, JSON)], problems: [String]
    ) -> [JSON.Member] {
        let responses =
            answers.map { JSON.Member($0.0, $0.1) }
            + (problems + ["default"]).map { .init($0, reference("responses", $0)) }
        return [
            .init("operationId", .string(id)), .init("summary", .string(summary)), .init("tags", [tag]),
            .init("responses", .object(responses)),
        ]
    }

    static func answer(_ description: String, _ content: JSON, _ headers: AnswerHeader...) -> JSON {
        let ofTables: [AnswerHeader] = content["text/csv"] == nil ? [] : [.link, .tandemCount]
        return [
            "description": .string(description), "headers": AnswerHeader.named(headers + ofTables), "content": content,
        ]
    }

    /// An answer without a body.
    static func answer(_ description: String, _ headers: AnswerHeader...) -> JSON {
        ["description": .string(description), "headers": AnswerHeader.named(headers)]
    }

    static func content(_ schema: JSON, example: JSON) -> JSON {
        ["application/json": ["schema": schema, "example": example]]
    }

    /// A list as JSON, and with `Accept: text/csv` as a table.
    static func listContent(_ schema: JSON, example: JSON, table: String? = nil) -> JSON {
        let table = table ?? String(decoding: CSVWriter.table(of: example), as: UTF8.self)
        return [
            "application/json": ["schema": schema, "example": example],
            "text/csv": ["schema": ["type": "string"], "example": .string(table)],
        ]
    }

    static func jsonBody(_ schema: JSON, example: JSON, isRequired: Bool = true) -> JSON {
        ["required": .bool(isRequired), "content": content(schema, example: example)]
    }

    private static func takesLines(_ schema: Schema) -> Bool {
        Resources.all.contains { $0.schema.name == schema.name && Service.takesLines($0) }
    }

    /// What is answered where nothing new is made of what was posted, or of lines what became of each.
    private static func answersThere(_ schema: Schema, _ record: JSON) -> [(String, JSON)] {
        var said: [String] = []
        var kinds: [JSON] = []
        if Resources.all.contains(where: { $0.schema === schema && $0.hasNaturalKey }) {
            said.append("The record that was there, corrected.")
            kinds.append(reference("schemas", schema.prefix))
        }
        if takesLines(schema) {
            said.append("Of lines what became of them.")
            kinds.append(reference("schemas", "import_report"))
        }
        guard let kind = kinds.first else { return [] }
        let example: JSON = takesLines(schema) ? Examples.importReport : Examples.record(of: schema)
        let content = content(kinds.count == 1 ? kind : ["oneOf": .array(kinds)], example: example)
        return [("200", answer(said.joined(separator: " "), content, .etag, .tandemSeq, .replayed))]
    }

    private static func recordLines(_ body: JSON, _ schema: Schema) -> JSON {
        let example = String(decoding: JSONWriter.encode(Examples.input(of: schema)), as: UTF8.self) + "\n"
        return linesBody(body, .string("One \(schema.prefix) a line."), example: example)
    }

    /// A body of JSON that may also come as lines.
    static func linesBody(_ body: JSON, _ description: JSON, example: String) -> JSON {
        guard let single = body["content"]?["application/json"] else { return body }
        let lines: JSON = [
            "schema": ["type": "string", "description": description], "example": .string(example),
        ]
        return ["required": true, "content": ["application/json": single, "application/x-ndjson": lines]]
    }

    private static func patchBody(_ schema: Schema) -> JSON {
        let patch = Shape.named("\(schema.prefix)_patch")
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

    static func reference(_ kind: String, _ name: String) -> JSON {
        ["$ref": .string("#/components/\(kind)/\(name)")]
    }
}
