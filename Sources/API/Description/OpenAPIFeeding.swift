internal import Domain
internal import JSON
internal import Store

/// The operations by which other systems hand in what they know.
extension OpenAPI {
    /// What was given for a member and not taken.
    static let conflict = Shape.object([
        "field": Shape.text, "given": [:], "kept": [:], "reason": Shape.text,
    ])

    /// Makes or changes a record by a key that others know.
    static func upsert(of schema: Schema, body: JSON) -> JSON {
        let kind = schema.prefix
        let keys = Upsert.keys(of: schema)
        let answered = content(
            Shape.named("\(kind)_upsert"),
            example: [
                "outcome": "updated", "record": Examples.record(of: schema),
                "conflicts": [
                    ["field": "stage", "given": "mql", "kept": "sal", "reason": "changes by an action of its own"]
                ],
            ])
        var put = operation(
            "upsert_\(kind)", "Makes a \(kind), or changes the one that has the same key, and says which.",
            tag: .string(schema.name),
            [
                (
                    "200",
                    answer("It was there; conflicts names what was not taken.", answered, .etag, .tandemSeq, .replayed)
                ),
                ("201", answer("It is new.", answered, .etag, .tandemSeq, .location, .replayed)),
            ], problems: ["400", "401", "403", "409", "410", "412", "413", "415", "422", "503"])
        put.append(
            .init(
                "parameters",
                [
                    reference("parameters", "If-Match"), reference("parameters", "Idempotency-Key"),
                    [
                        "name": "If-None-Match", "in": "header", "schema": Shape.words(["*"]),
                        "description": "* alone: only where no record has the key yet.", "example": "*",
                    ],
                    [
                        "name": "by", "in": "query", "required": true,
                        "description": .string("The key: one of \(keys.joined(separator: ", "))."),
                        "schema": ["type": "string"],
                        "example": .string(keys.first.map { $0.replacing("NAME", with: "crm") } ?? ""),
                    ],
                ]))
        put.append(.init("requestBody", body))
        return .object(put)
    }

    static func duplicates(_ schema: Schema) -> JSON {
        .object(
            operation(
                "list_\(schema.prefix)_duplicates", "Lists \(schema.name) that may be of the same one, and why.",
                tag: .string(schema.name),
                [
                    (
                        "200",
                        answer(
                            "Those that share something, the most first.",
                            listContent(
                                Shape.page(
                                    of: Shape.object([
                                        "id": Shape.id(schema.prefix), "href": Shape.address,
                                        "shared": Shape.list(Shape.text), "record": Shape.named(schema.prefix),
                                    ])),
                                example: [
                                    "data": [
                                        [
                                            "id": .string(Examples.id(schema.prefix)),
                                            "href": .string("/v1/\(schema.name)/\(Examples.id(schema.prefix))"),
                                            "shared": ["phone"], "record": Examples.record(of: schema),
                                        ]
                                    ], "next": nil,
                                ]))
                    )
                ], problems: ["400", "401", "403", "404"]))
    }

    static let form: JSON = {
        var post = operation(
            "create_form", "Takes what somebody filled in: a lead, a touch, and an inquiry where something was asked.",
            tag: "leads",
            [
                (
                    "201",
                    answer(
                        "What was done.",
                        content(
                            Shape.object([
                                "lead_id": Shape.id(Lead.schema.prefix),
                                "outcome": Shape.words(["created", "updated", "unchanged"]),
                                "touch_id": Shape.id(Touch.schema.prefix),
                                "inquiry_id": Shape.orNull(Shape.id(Inquiry.schema.prefix)),
                                "conflicts": Shape.list(Shape.named("conflict")),
                            ]),
                            example: [
                                "lead_id": .string(Examples.id("lead")), "outcome": "created",
                                "touch_id": .string(Examples.id("touch")), "inquiry_id": .null, "conflicts": [],
                            ]), .tandemSeq, .replayed)
                )
            ], problems: ["400", "401", "403", "409", "410", "413", "415", "422", "503"])
        post.append(.init("parameters", [reference("parameters", "Idempotency-Key")]))
        post.append(
            .init(
                "requestBody",
                jsonBody(
                    objectSchema(Form.fields, isInput: true),
                    example: [
                        "email": "ada@example.com", "name": "Ada Lovelace", "visitor_id": "v-17",
                        "url": "https://example.com/demo?utm_campaign=spring", "consents_to_email": true,
                        "message": "What does it cost?",
                    ])))
        return .object(post)
    }()

    static let imports: JSON = {
        let example: JSON = [
            "resource": "accounts", "map": ["key": "name", "members": ["name": "company"]],
            "rows": [["company": "Example GmbH"]],
        ]
        let schema: JSON = [
            "type": "object", "required": ["resource", "rows"],
            "properties": [
                "resource": [
                    "type": "string",
                    "enum": .array(Resources.all.filter { !$0.isMadeByActions }.map { .string($0.schema.name) }),
                ],
                "map": ["type": "object", "description": "How columns become members; without it they are members."],
                "first_row": [
                    "type": "integer", "minimum": 0, "maximum": 1_000_000_000_000,
                    "description": "The number of the first row, for the report.",
                ],
                "rows": ["type": "array", "maxItems": .integer(Int64(Bulk.rowsMax)), "items": ["type": "object"]],
            ],
        ]
        var post = operation(
            "import_rows", "Makes records of rows of another system.", tag: "server",
            [
                (
                    "200",
                    answer(
                        "What became of the rows.",
                        content(
                            reference("schemas", "import_report"),
                            example: Examples.importReport), .tandemSeq, .replayed)
                )
            ], problems: ["400", "401", "403", "413", "415", "422", "503"])
        post.append(.init("parameters", [reference("parameters", "Idempotency-Key")]))
        post.append(
            .init(
                "requestBody",
                linesBody(
                    jsonBody(schema, example: example),
                    "The first line says what the rows become, as the object does without rows; each other is a row.",
                    example: #"{"resource":"accounts","map":{"key":"name","members":{"name":"company"}}}"# + "\n"
                        + #"{"company":"Example GmbH"}"# + "\n")))
        return .object(post)
    }()
}
