internal import Domain
internal import HTTPServer
internal import JSON
internal import Metrics
internal import Store

/// The parts of the description that operations refer to.
extension OpenAPI {
    /// The schemas of records, of what is posted for them, and of problems.
    static let schemas: [JSON.Member] =
        Resources.all.flatMap { resource -> [JSON.Member] in
            let schema = resource.schema
            return [
                .init(schema.prefix, recordSchema(schema)),
                .init("\(schema.prefix)_page", Shape.page(of: Shape.named(schema.prefix), ["count?": Shape.count])),
            ] + (resource.isMadeByActions ? [] : inputs(of: schema))
        }
        + Action.all.map { .init(inputName(of: $0), objectSchema($0.fields, isInput: true)) } + [
            .init(
                "import_report",
                [
                    "type": "object", "required": ["created", "updated", "unchanged", "refused_count", "refused"],
                    "properties": [
                        "created": ["type": "integer"], "updated": ["type": "integer"],
                        "unchanged": ["type": "integer"],
                        "refused_count": ["type": "integer"],
                        "refused": Shape.list(
                            Shape.object([
                                "row": Shape.count,
                                "errors": Shape.list(Shape.object(["pointer": Shape.text, "detail": Shape.text])),
                            ])),
                    ],
                ]),
            .init(
                "problem",
                [
                    "type": "object", "required": ["type", "title", "status", "detail"],
                    "description": "RFC 9457.",
                    "properties": [
                        "type": ["type": "string"], "title": ["type": "string"], "status": ["type": "integer"],
                        "detail": ["type": "string", "description": "What is wrong, and what would be right."],
                        "errors": [
                            "type": "array", "description": "Every fault of the input at once.",
                            "items": [
                                "type": "object",
                                "properties": [
                                    "pointer": ["type": "string"], "parameter": ["type": "string"],
                                    "detail": ["type": "string"],
                                ],
                            ],
                        ],
                        "outcome": [
                            "type": "string", "enum": ["unknown"],
                            "description": "The disk failed: only the next start tells whether it was written.",
                        ],
                        "current": ["type": "object", "description": "What stands now, where a rule refused."],
                        "first": ["type": "integer", "description": "The first entry that is there, of a 410."],
                        "metrics": told(Shape.list(Shape.text), "The metrics that there are, where one is not."),
                        "report": told(Shape.named("import_report"), "What was made of lines before they were cut."),
                        "id": told(Shape.text, "Who was erased, of whom older versions are still on disk."),
                        "roles": [
                            "type": "array", "items": ["type": "string"],
                            "description": "The roles of users that could, of a 403.",
                        ],
                    ],
                ]),
            .init(
                "money",
                Shape.object([
                    "amount": [
                        "type": "integer", "minimum": .integer(-Money.amountMax), "maximum": .integer(Money.amountMax),
                        "description": "Minor units (ISO 4217).",
                    ],
                    "currency": ["type": "string", "pattern": "^[A-Z]{3}$"],
                ])),
            .init("conflict", conflict),
            .init("entry", feedEntry), .init("lead_score", scoreSchema),
            .init("goal_progress", Shape.object(progressMembers)),
        ] + figureSchemas + reportSchemas

    private static func inputs(of schema: Schema) -> [JSON.Member] {
        let input = objectSchema(schema.fields.filter { $0.isWritable }, isInput: true)
        return [
            .init("\(schema.prefix)_input", input), .init("\(schema.prefix)_patch", patch(of: input)),
            .init(
                "\(schema.prefix)_upsert",
                Shape.object([
                    "outcome": Shape.words(["created", "updated", "unchanged"]),
                    "conflicts": Shape.list(Shape.named("conflict")), "record": Shape.named(schema.prefix),
                ])),
        ]
    }

    /// The same where each member may be left out, of objects within too; what is sent back as it was read is no fault.
    private static func patch(of schema: JSON) -> JSON {
        guard schema["properties"] != nil else { return schema }
        return .object(
            (schema.members ?? []).filter { !["required", "additionalProperties"].contains($0.name) }.map { member in
                guard member.name == "properties" else { return member }
                return .init(
                    "properties", .object((member.value.members ?? []).map { .init($0.name, patch(of: $0.value)) }))
            })
    }

    /// The name of the schema of what an action takes.
    static func inputName(of action: Action) -> String {
        let kind = Resources.all.first { $0.schema.name == action.resource }?.schema.prefix ?? ""
        return "\(kind)_\(action.name.replacing("-", with: "_"))_input"
    }

    private static func recordSchema(_ schema: Schema) -> JSON {
        var properties: [JSON.Member] = [
            .init("id", Shape.id(schema.prefix))
        ]
        properties += schema.fields.map { .init($0.name, property($0, isInput: false)) }
        return [
            "type": "object", "description": .string(schema.summary),
            "required": .array([.string("id")] + schema.fields.filter { !$0.isSparse }.map { .string($0.name) }),
            "properties": .object(properties),
        ]
    }

    /// An object with declared fields.
    static func objectSchema(_ fields: [Field], isInput: Bool) -> JSON {
        var members: [JSON.Member] = [.init("type", "object")]
        let required = isInput ? fields.filter(\.isRequired) : fields
        if !required.isEmpty { members.append(.init("required", .array(required.map { .string($0.name) }))) }
        members.append(.init("properties", .object(fields.map { .init($0.name, property($0, isInput: isInput)) })))
        if isInput { members.append(.init("additionalProperties", false)) }
        return .object(members)
    }

    private static func property(_ field: Field, isInput: Bool) -> JSON {
        var members = type(of: field.type, isInput: isInput)
        if case .money = field.type, !field.isRequired {
            members = Shape.orNull(.object(members)).members ?? []
        }
        if !field.isRequired, let index = members.firstIndex(where: { $0.name == "type" }) {
            members[index] = .init("type", [members[index].value, "null"])
            // An enumeration has to name null as well, or null is not of it.
            if let words = members.firstIndex(where: { $0.name == "enum" }) {
                members[words] = .init("enum", .array((members[words].value.elements ?? []) + [.null]))
            }
        }
        members.append(.init("description", .string(field.summary)))
        if field.writing == .never { members.append(.init("readOnly", true)) }
        if field.isPersonal { members.append(.init("x-personal", true)) }
        return .object(members)
    }

    /// A bound as YAML reads it back: whole where it is.
    private static func spelled(_ bound: Double) -> JSON {
        Int64(exactly: bound).map { .integer($0) } ?? .number(bound)
    }

    static func type(of type: FieldType, isInput: Bool) -> [JSON.Member] {
        switch type {
        case .text(let max): [.init("type", "string"), .init("maxLength", .integer(Int64(max)))]
        case .email: [.init("type", "string"), .init("format", "email")]
        case .url: [.init("type", "string"), .init("format", "uri"), .init("maxLength", 2048)]
        case .bool: [.init("type", "boolean")]
        case .integer(let bounds):
            [.init("type", "integer"), .init("minimum", .integer(bounds.lowerBound))]
                + (bounds.upperBound == .max ? [] : [.init("maximum", .integer(bounds.upperBound))])
        case .number(let bounds):
            [
                .init("type", "number"), .init("minimum", spelled(bounds.lowerBound)),
                .init("maximum", spelled(bounds.upperBound)),
            ]
        case .instant: [.init("type", "string"), .init("format", "date-time")]
        case .day: [.init("type", "string"), .init("format", "date")]
        case .money: Shape.named("money").members ?? []
        case .choice(let words): [.init("type", "string"), .init("enum", .array(words.map { .string($0) }))]
        case .reference(let reference):
            Shape.id(reference.prefix).members ?? []
        case .references(let reference, let max):
            [
                .init("type", "array"), .init("maxItems", .integer(Int64(max))),
                .init("items", Shape.id(reference.prefix)),
            ]
        case .texts(let max, let words):
            [
                .init("type", "array"), .init("maxItems", .integer(Int64(max))),
                .init(
                    "items",
                    words.map { Shape.words($0) } ?? (isInput ? ["type": "string", "maxLength": 200] : Shape.text)),
            ]
        case .object(let fields): objectSchema(fields, isInput: isInput).members ?? []
        case .objects(let fields): [.init("type", "array"), .init("items", objectSchema(fields, isInput: isInput))]
        case .scalars:
            [
                .init("type", "object"),
                .init("maxProperties", 50), .init("propertyNames", ["minLength": 1, "maxLength": 100]),
                .init(
                    "additionalProperties", ["type": ["string", "number", "boolean", "null"], "maxLength": 1000]),
            ]
        }
    }

    // MARK: Problems

    private static func headers(of status: String) -> [AnswerHeader] {
        switch status {
        case "401": [.authenticate]
        case "415": [.accept]
        case "503", "default": [.retryAfter]
        default: []
        }
    }

    /// The answers that are problems, by status.
    static var problems: [JSON.Member] {
        [
            ("400", "Bad Request", "The request or its query was not understood."),
            ("401", "Unauthorized", "The key is missing or unknown."),
            ("403", "Not allowed", "The role or the scopes do not hold it; roles names those that could."),
            ("404", "No such record", "There is nothing of that id."),
            ("409", "A rule refuses", "A rule of the domain says no; current tells what stands now."),
            (
                "410", "No longer kept",
                "The entries asked for are older than the history that is kept, or were lost, or what was answered to the Idempotency-Key was erased with a person."
            ),
            (
                "412", "Changed meanwhile",
                "The record is at another version than If-Match says, or the state is older than Tandem-Seq says."
            ),
            ("413", "Content Too Large", "The body is longer than is taken."),
            ("415", "Unsupported Media Type", "The body is declared as something else than JSON."),
            ("422", "Not valid", "Members are wrong; errors lists every fault."),
            ("503", "Not written", "The ledger takes no entries; nothing was changed."),
            (
                "default", "Another problem",
                "Such as 408, 414, 429, 431 or 505, of the connection and not of the route."
            ),
        ].map { status, title, description in
            .init(
                status,
                [
                    "description": .string(description),
                    "headers": AnswerHeader.named(headers(of: status)),
                    "content": [
                        "application/problem+json": [
                            "schema": ["$ref": "#/components/schemas/problem"],
                            "example": [
                                "type": "about:blank", "title": .string(title),
                                "status": .integer(Int64(status) ?? 400),
                                "detail": .string(description),
                            ],
                        ]
                    ],
                ])
        }
    }
}
