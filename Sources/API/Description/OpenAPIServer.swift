internal import Domain
internal import JSON
internal import Store

/// The operations of the server itself: batches, its files, its feed as a stream, what it says of itself.
extension OpenAPI {
    /// What became of one operation of a batch; nothing is told of what was deleted.
    private static let result = Shape.object([
        "status": Shape.count,
        "body": told(Shape.orNull(Shape.map(of: true)), "The record; null where it was deleted."),
    ])

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
                            Shape.object(["results": Shape.list(result)]),
                            example: ["results": [["status": 201, "body": ["id": .string(Examples.id("account"))]]]]),
                        .tandemSeq, .replayed
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
            [
                (
                    "200",
                    answer(
                        "The entry it stands for.", content(Shape.object(["seq": Shape.count]), example: ["seq": 17]))
                )
            ],
            problems: ["401", "403", "503"]))

    static let backup = JSON.object(
        operation(
            "get_backup", "The data directory as it stands now.", tag: "server",
            [
                (
                    "200",
                    answer(
                        "A tar archive; unpacked into an empty folder it can be served.",
                        [
                            "application/x-tar": [
                                "schema": ["type": "string", "format": "binary"], "example": "the bytes of the archive",
                            ]
                        ])
                )
            ], problems: ["401", "403", "503"]))

    static let stream: JSON = {
        var get = operation(
            "stream_changes", "The feed of changes as server-sent events, each entry when it is durable.",
            tag: "server",
            [
                (
                    "200",
                    answer(
                        "Events that do not end: id is the entry's seq, event is entry, data the entry as the feed has it.",
                        [
                            "text/event-stream": [
                                "schema": Shape.text,
                                "example": "id: 17\nevent: entry\ndata: {\"seq\":17,\"changes\":[]}\n\n",
                            ]
                        ])
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
                    answer(
                        "Prometheus' text format 0.0.4.",
                        [
                            "text/plain": [
                                "schema": Shape.text,
                                "example": "# TYPE tandem_ledger_seq gauge\ntandem_ledger_seq 17\n",
                            ]
                        ])
                )
            ], problems: ["401", "403"]))

    static let erasures = JSON.object(
        operation(
            "finish_erasures", "Does what a fault left to do of erasures; a start does so too.", tag: "server",
            [
                (
                    "200",
                    answer(
                        "Nothing is left.",
                        content(Shape.object(["status": Shape.word("done")]), example: ["status": "done"]))
                )
            ],
            problems: ["401", "403", "503"]))

    static let health: JSON = {
        var get = operation(
            "get_health", "Whether the server takes writes; needs no key.", tag: "server",
            [
                (
                    "200",
                    answer("It does.", content(Shape.object(["status": Shape.word("ok")]), example: ["status": "ok"]))
                )
            ], problems: ["503"])
        get.append(.init("security", []))
        return .object(get)
    }()

    static let openAPI = JSON.object(
        operation(
            "get_openapi", "This document.", tag: "server",
            [("200", answer("The document.", content(["type": "object"], example: ["openapi": "3.1.0"])))],
            problems: ["401", "403"]))
}
