internal import Domain
internal import JSON
internal import Store

/// The operations that tell what was: a lead's story, the feed, versions, and all that is held about a person.
extension OpenAPI {
    // MARK: A lead's story

    /// What happened at one time; what it was of is told as far as it is known.
    private static let moment = Shape.object([
        "at": Shape.time,
        "kind": Shape.words(
            ["stage_entered", "deal_stage_entered", "touch", "handoff_submitted", "activity"]
                + Lifecycles.handOff.states.dropFirst().map { "handoff_\($0)" }),
        "id?": Shape.text, "stage?": Shape.text, "implied?": Shape.flag, "reason?": Shape.text,
        "deal_id?": Shape.id(Deal.schema.prefix), "amount?": Shape.orNull(Shape.named("money")), "type?": Shape.text,
        "channel?": Shape.text, "campaign_id?": Shape.id(Campaign.schema.prefix), "visitor_id?": Shape.text,
        "from?": Shape.id(User.schema.prefix), "to?": Shape.id(User.schema.prefix), "due_at?": Shape.time,
        "direction?": Shape.text, "user_id?": Shape.id(User.schema.prefix), "outcome?": Shape.text,
    ])

    static let journey = JSON.object(
        operation(
            "get_journey", "Tells a lead's whole story in order.", tag: "leads",
            [
                (
                    "200",
                    answer(
                        "Moments, the earliest first.",
                        listContent(
                            Shape.page(of: moment),
                            example: [
                                "data": [["at": "2026-01-31T09:00:00Z", "kind": "stage_entered", "stage": "lead"]],
                                "next": nil,
                            ]))
                )
            ], problems: ["400", "401", "403", "404"]))

    // MARK: The past

    private static let entry: JSON = [
        "seq": Shape.count, "at": Shape.time, "actor": Shape.text, "request": Shape.text,
    ]

    /// What became of a record, which once need not have had all that its schema demands today.
    private static let change: JSON = [
        "version?": Shape.count,
        "changed": told(
            Shape.orNull(Shape.list(Shape.text)), "Which members; null where the version before is no longer kept."),
        "previous": told(Shape.orNull(Shape.map(of: true)), "What the members were that have changed; null likewise."),
        "record": told(Shape.orNull(Shape.map(of: true)), "The record as it was from then on; null where it is gone."),
    ]

    private static let actions = ["created", "changed", "erased", "deleted", "restored"]

    /// An entry of the feed.
    static let feedEntry = Shape.object(
        entry,
        [
            "changes": Shape.list(
                Shape.object(
                    [
                        "id": Shape.text, "resource": Shape.text, "record_id": Shape.text,
                        "action": told(
                            Shape.words(actions + ["hidden"]),
                            "Hidden where the record left what the reader sees, as by a new owner; who keeps a copy lets it go."
                        ),
                    ], change))
        ])

    private static let exported: JSON = {
        let record = Shape.map(of: true)
        let others = Resources.all.map { $0.schema }.filter { $0.name != Lead.schema.name }
        return Shape.object(
            ["lead": Shape.orNull(Shape.named("lead")), "versions": Shape.list(record)],
            .object(others.map { .init("\($0.name)?", Shape.list(Shape.named($0.prefix))) }),
            [
                "former": Shape.list(
                    Shape.object([
                        "resource": Shape.text, "seq": Shape.count, "at": Shape.time,
                        "record": Shape.orNull(record),
                    ]))
            ])
    }()

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
                            Shape.page(of: Shape.named("entry"), ["newest": Shape.count]),
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
                            Shape.page(
                                of: Shape.object(entry, ["action": Shape.words(actions)], change),
                                [
                                    "forgotten_before": told(
                                        Shape.orNull(Shape.count),
                                        "Versions before this entry are no longer kept, or lost.")
                                ]),
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
                            exported,
                            example: ["lead": Examples.record(of: Lead.schema), "versions": [], "former": []]))
                )
            ], problems: ["400", "401", "403", "404"]))

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
                            ["oneOf": [Shape.named("lead"), goneLead]],
                            example: Examples.record(of: Lead.schema)), .etag, .tandemSeq, .replayed)
                )
            ], problems: ["400", "401", "403", "404", "409", "412", "422", "503"])
        post.append(
            .init("parameters", [reference("parameters", "If-Match"), reference("parameters", "Idempotency-Key")]))
        return .object(post)
    }()

    /// Closed, since every lead has an id too.
    private static let goneLead: JSON = .object(
        (Shape.object(["id": Shape.id(Lead.schema.prefix), "deleted": ["type": "boolean", "const": true]]).members ?? [])
            + [.init("additionalProperties", false)])
}
