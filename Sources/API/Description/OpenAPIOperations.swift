internal import Domain
internal import JSON
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
                        listContent(
                            listOf(["type": "object", "required": ["at", "kind"]]),
                            example: [
                                "data": [["at": "2026-01-31T09:00:00Z", "kind": "stage_entered", "stage": "lead"]],
                                "next": nil,
                            ]))
                )
            ], problems: ["401", "403", "404"]))

    private static let changeExample: [JSON.Member] = [
        .init("action", "changed"), .init("version", 2), .init("changed", ["phone"]),
        .init("previous", ["phone": nil]), .init("record", ["id": .string(Examples.id("lead")), "phone": "+49 30 1"]),
    ]

    private static let entryExample: [JSON.Member] = [
        .init("seq", 17), .init("at", "2026-01-31T09:00:00Z"), .init("actor", .string(Examples.id("key"))),
        .init("request", "00c0ffee00000001"),
    ]

    static let changes: JSON = {
        let change: [JSON.Member] = [
            .init("id", "17.0"), .init("resource", "leads"), .init("record_id", .string(Examples.id("lead"))),
        ]
        var get = operation(
            "list_changes", "The ledger as a feed: every entry in order, who made it and what it changed.",
            tag: "server",
            [
                (
                    "200",
                    answer(
                        "Entries after the one given. next is where the feed goes on, now or later.",
                        listContent(
                            listOf(["type": "object", "required": ["seq", "at", "actor", "request", "changes"]]),
                            example: [
                                "data": [.object(entryExample + [.init("changes", [.object(change + changeExample)])])],
                                "next": "/v1/changes?after=17&limit=50", "newest": 17,
                            ]))
                )
            ], problems: ["400", "401", "403", "410"])
        get.append(.init("parameters", .array(pageOfPast(["type": "integer", "minimum": 0]))))
        return .object(get)
    }()

    static func history(of schema: Schema) -> JSON {
        var get = operation(
            "list_\(schema.prefix)_history",
            "The versions of a \(schema.prefix), the newest first: who, when, what changed.",
            tag: .string(schema.name),
            [
                (
                    "200",
                    answer(
                        "Versions; also of one that is deleted.",
                        listContent(
                            listOf(["type": "object", "required": ["seq", "at", "actor", "request", "action"]]),
                            example: [
                                "data": [.object(entryExample + changeExample)], "next": nil, "forgotten_before": nil,
                            ]))
                )
            ], problems: ["400", "401", "403", "404"])
        get.append(.init("parameters", .array(pageOfPast(["type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?$"]))))
        return .object(get)
    }

    private static func pageOfPast(_ schema: JSON) -> [JSON] {
        [
            [
                "name": "after", "in": "query", "description": "The entry to go on from, as next has it.",
                "schema": schema, "example": schema["type"] == "integer" ? 17 : "17",
            ],
            reference("parameters", "limit"),
        ]
    }

    static let export = JSON.object(
        operation(
            "export_lead",
            "All that is held about a person, also one that was deleted: past versions, those of who was merged into them, and what was about them once.",
            tag: "leads",
            [
                (
                    "200",
                    answer(
                        "The lead, or null where it is gone; its versions, the newest first, and those of who was merged into it; under its resource's name every other record that refers to it; and the former versions of records that did, the oldest first.",
                        content(
                            ["type": "object", "required": ["lead", "versions", "former"]],
                            example: ["lead": ["id": .string(Examples.id("lead"))], "versions": [], "former": []]))
                )
            ], problems: ["401", "403", "404"]))

    static let erase: JSON = {
        var post = operation(
            "erase_lead",
            "Erases a person's data from memory, journal, snapshots and history, also of a lead that was deleted; ids, times, stages and amounts stay, and so does every figure.",
            tag: "leads",
            [
                (
                    "200",
                    answer(
                        "The lead as it is from now on, or that it was deleted before; nothing older is left on disk.",
                        content(
                            ["oneOf": [reference("schemas", "lead"), goneLead]],
                            example: Examples.record(of: Lead.schema)), isWrite: true)
                )
            ], problems: ["400", "401", "403", "404", "409", "412", "422", "503"])
        post.append(
            .init("parameters", [reference("parameters", "If-Match"), reference("parameters", "Idempotency-Key")]))
        return .object(post)
    }()

    private static let goneLead: JSON = [
        "type": "object", "required": ["id", "deleted"], "additionalProperties": false,
        "properties": ["id": ["type": "string"], "deleted": ["type": "boolean", "const": true]],
    ]

    static let batch: JSON = {
        let example: JSON = [
            "operations": [
                ["method": "POST", "path": "/v1/accounts", "body": ["name": "Example GmbH"]],
                ["method": "POST", "path": "/v1/leads", "body": ["email": "ada@example.com", "account_id": "@0"]],
            ]
        ]
        let schema: JSON = [
            "type": "object", "required": ["operations"], "additionalProperties": false,
            "properties": [
                "operations": [
                    "type": "array", "minItems": 1, "maxItems": .integer(Int64(Batch.operationsMax)),
                    "items": [
                        "type": "object", "required": ["method", "path"], "additionalProperties": false,
                        "properties": [
                            "method": ["type": "string", "enum": ["POST", "PATCH", "DELETE"]],
                            "path": ["type": "string"], "body": ["type": "object"],
                            "if_match": ["type": "string", "description": "The ETag that the record must have."],
                        ],
                    ],
                ]
            ],
        ]
        var post = operation(
            "run_batch",
            "Several changes as one entry of the ledger, all of them or none; @0 is the id that operation 0 made.",
            tag: "server",
            [
                (
                    "200",
                    answer(
                        "What each came to, in order.",
                        content(
                            ["type": "object", "required": ["results"]],
                            example: ["results": [["status": 201, "body": ["id": .string(Examples.id("account"))]]]])
                    )
                )
            ], problems: ["400", "401", "403", "404", "409", "412", "413", "415", "422", "503"])
        post.append(.init("parameters", [reference("parameters", "Idempotency-Key")]))
        post.append(.init("requestBody", jsonBody(schema, example: example)))
        return .object(post)
    }()

    static let snapshot = JSON.object(
        operation(
            "take_snapshot", "Writes a snapshot now, beside live traffic.", tag: "server",
            [("200", answer("The entry it stands for.", content(["type": "object"], example: ["seq": 17])))],
            problems: ["401", "403", "503"]))

    static let backup = JSON.object(
        operation(
            "get_backup", "The data directory as it stands now.", tag: "server",
            [
                (
                    "200",
                    [
                        "description": "A tar archive; unpacked into an empty folder it can be served.",
                        "content": [
                            "application/x-tar": [
                                "schema": ["type": "string", "format": "binary"], "example": "the bytes of the archive",
                            ]
                        ],
                    ]
                )
            ], problems: ["401", "403", "503"]))

    static let stream: JSON = {
        var get = operation(
            "stream_changes", "The feed of changes as server-sent events, each entry when it is durable.",
            tag: "server",
            [
                (
                    "200",
                    [
                        "description":
                            "Events that do not end: id is the entry's seq, event is entry, data the entry as the feed has it.",
                        "content": [
                            "text/event-stream": [
                                "schema": ["type": "string"],
                                "example": "id: 17\nevent: entry\ndata: {\"seq\":17,\"changes\":[]}\n\n",
                            ]
                        ],
                    ]
                )
            ], problems: ["400", "401", "403", "410"])
        get.append(
            .init(
                "parameters",
                [
                    [
                        "name": "after", "in": "query", "schema": ["type": "integer", "minimum": 0], "example": 0,
                        "description": "The entry to begin after; without it begins what comes from now on.",
                    ],
                    [
                        "name": "Last-Event-ID", "in": "header", "schema": ["type": "integer", "minimum": 0],
                        "example": 17, "description": "The last event received, which wins over after.",
                    ],
                ]))
        return .object(get)
    }()

    static let serverFigures = JSON.object(
        operation(
            "get_server_figures", "What the server counts of itself, as Prometheus reads it.", tag: "server",
            [
                (
                    "200",
                    [
                        "description": "Prometheus' text format 0.0.4.",
                        "content": [
                            "text/plain": [
                                "schema": ["type": "string"],
                                "example": "# TYPE tandem_ledger_seq gauge\ntandem_ledger_seq 17\n",
                            ]
                        ],
                    ]
                )
            ], problems: ["401", "403"]))

    static let erasures = JSON.object(
        operation(
            "finish_erasures", "Does what a fault left to do of erasures; a start does so too.", tag: "server",
            [("200", answer("Nothing is left.", content(["type": "object"], example: ["status": "done"])))],
            problems: ["401", "403", "503"]))

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
            problems: ["401", "403"]))

    static func listOf(_ item: JSON) -> JSON {
        [
            "type": "object", "required": ["data", "next"],
            "properties": ["data": ["type": "array", "items": item], "next": ["type": ["string", "null"]]],
        ]
    }
}
