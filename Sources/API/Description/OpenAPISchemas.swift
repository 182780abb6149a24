internal import Domain
internal import HTTPServer
internal import JSON
internal import Metrics
internal import Store

/// The parts of the description that operations refer to.
extension OpenAPI {
    /// The schemas of records, of what is posted for them, and of problems.
    static var schemas: [JSON.Member] {
        Resources.all.flatMap { resource -> [JSON.Member] in
            let schema = resource.schema
            return [
                .init(schema.prefix, recordSchema(schema)),
                .init(
                    "\(schema.prefix)_input", objectSchema(schema.fields.filter { $0.isWritable }, isInput: true)
                ),
            ]
        } + [
            .init(
                "import_report",
                [
                    "type": "object", "required": ["created", "updated", "unchanged", "refused_count", "refused"],
                    "properties": [
                        "created": ["type": "integer"], "updated": ["type": "integer"],
                        "unchanged": ["type": "integer"],
                        "refused_count": ["type": "integer"],
                        "refused": ["type": "array", "items": ["type": "object"]],
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
                        "roles": [
                            "type": "array", "items": ["type": "string"],
                            "description": "The roles of users that could, of a 403.",
                        ],
                    ],
                ]),
        ]
    }

    private static func recordSchema(_ schema: Schema) -> JSON {
        var properties: [JSON.Member] = [
            .init("id", ["type": "string", "pattern": .string("^\(schema.prefix)_[0-9a-z]{26}$")])
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

    private static func type(of type: FieldType, isInput: Bool) -> [JSON.Member] {
        switch type {
        case .text(let max): [.init("type", "string"), .init("maxLength", .integer(Int64(max)))]
        case .email: [.init("type", "string"), .init("format", "email")]
        case .url: [.init("type", "string"), .init("maxLength", 2048)]
        case .bool: [.init("type", "boolean")]
        case .integer(let bounds): [.init("type", "integer"), .init("minimum", .integer(bounds.lowerBound))]
        case .number: [.init("type", "number")]
        case .instant: [.init("type", "string"), .init("format", "date-time")]
        case .day: [.init("type", "string"), .init("format", "date")]
        case .money:
            [
                .init("type", "object"), .init("required", ["amount", "currency"]),
                .init(
                    "properties",
                    [
                        "amount": [
                            "type": "integer", "minimum": .integer(-Money.amountMax),
                            "maximum": .integer(Money.amountMax),
                            "description": "Minor units (ISO 4217).",
                        ],
                        "currency": ["type": "string", "pattern": "^[A-Z]{3}$"],
                    ]),
            ]
        case .choice(let words): [.init("type", "string"), .init("enum", .array(words.map { .string($0) }))]
        case .reference(let reference):
            [.init("type", "string"), .init("pattern", .string("^\(reference.prefix)_[0-9a-z]{26}$"))]
        case .references(let reference, let max):
            [
                .init("type", "array"), .init("maxItems", .integer(Int64(max))),
                .init("items", ["type": "string", "pattern": .string("^\(reference.prefix)_[0-9a-z]{26}$")]),
            ]
        case .texts(let max, let words):
            [
                .init("type", "array"), .init("maxItems", .integer(Int64(max))),
                .init("items", .object(self.type(of: words.map { .choice($0) } ?? .text(max: 200), isInput: isInput))),
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

    // MARK: Problems and parameters

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
                "The entries asked for are older than the history that is kept, or what was answered to the Idempotency-Key was erased with a person."
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

    /// The parameters that several operations share.
    static var parameters: [JSON.Member] {
        [
            parameter("id", "path", "A record's id.", example: .string(Examples.id("lead"))),
            parameter("If-Match", "header", "The ETag that the record must have.", example: "\"3\""),
            parameter("If-None-Match", "header", "The ETag that is known already.", example: "\"3\""),
            parameter(
                "Tandem-Seq", "header", "What a write answered: a state without that write is refused.", example: "4711"
            ),
            parameter("limit", "query", "How many, at most 500; 50 where not given.", example: "50"),
            parameter("after", "query", "The cursor out of next.", example: "eyJ2IjpbXX0"),
            parameter(
                "sort", "query",
                "Members to sort by, the greatest first behind a minus. Of a text the first 240 bytes count.",
                example: "-created_at"),
            parameter("q", "query", "Words that each begin a word of the record.", example: "ada exa"),
            parameter("count", "query", "Whether to tell how many there are in all.", example: "true"),
            parameter(
                "Idempotency-Key", "header",
                "A text of your own, such as a UUID: the same request with it is done once, and answered the same for a day.",
                example: "6f1c0a52-7c1f-4c2f-9a0b-3b6b7a1f0d11"),
            parameter("fields", "query", "The members to answer with.", example: "id,created_at"),
            parameter("from", "query", "The first instant or day of the period.", example: "2026-01-01"),
            parameter("to", "query", "The first instant or day after the period.", example: "2026-02-01"),
            parameter(
                "as_of", "query", "What had happened before this instant; now where not given.", example: "2026-01-31"),
            parameter(
                "known_at", "query", "What was recorded before this instant; everything where not given.",
                example: "2026-01-31"),
            parameter("basis", "query", "cohort, event, or of what customers cost media.", example: "cohort"),
            parameter(
                "currency", "query", "The currency in which money is told; the company's where not given.",
                example: "EUR"),
            parameter("compare", "query", "previous or year: the period beside this one.", example: "previous"),
            parameter("between", "query", "Two instants, the earlier first.", example: "2026-01-01,2026-02-01"),
            parameter(
                "tz", "query", "The IANA zone in which days begin; UTC where not given.", example: "Europe/Berlin"),
            parameter("days", "query", "How many days before and after; 30 where not given.", example: "30"),
            parameter("on", "query", "The day; today where not given.", example: "2026-01-31"),
            parameter("group_by", "query", "One or two dimensions.", example: "month,channel"),
            parameter(
                "clock", "query", "business or ledger: whether what happened is told, or what was recorded.",
                example: "ledger"),
            parameter(
                "hours", "query", "wall, or business for those of the agreement's calendar.", example: "business"),
            parameter(
                "forecast_day", "query", "The day of its period on which a forecast is looked at, from 0.", example: "0"
            ),
            parameter("definition", "query", "first_touch, lead_source or before_sales.", example: "first_touch"),
            parameter("direct", "query", "include or exclude direct visits.", example: "exclude"),
            parameter("entry", "query", "all or latest: what counts of a stage entered again.", example: "latest"),
            parameter("half_life_days", "query", "After how many days a touch counts half.", example: "7"),
            parameter("impressions", "query", "include or exclude impressions and mail opens.", example: "include"),
            parameter("lag_days", "query", "How many days customers come after the cost that won them.", example: "30"),
            parameter(
                "lookback_days", "query", "How many days before the close a touch counts; 90 where not given.",
                example: "90"),
            parameter(
                "model", "query", "Of attribution or of lifetime value.", example: "linear"),
            parameter("per", "query", "impressions or followers.", example: "followers"),
            parameter("seed", "query", "What random numbers begin with.", example: "1"),
            parameter("timing", "query", "period or cohort: whose revenue is set against spend.", example: "cohort"),
            parameter("weight", "query", "count or amount.", example: "amount"),
            parameter("from_stage", "query", "The stage measured from.", example: "mql"),
            parameter("to_stage", "query", "The stage measured to.", example: "customer"),
            parameter("within", "query", "The longest that a conversion may take.", example: "30d"),
        ]
            + Dimension.allCases.map { dimension in
                parameter(
                    dimension.rawValue, "query", "Narrows to one \(dimension.rawValue); null to none.", example: "null")
            }
    }

    private static func parameter(_ name: String, _ place: String, _ description: String, example: JSON) -> JSON.Member
    {
        var members: [JSON.Member] = [
            .init("name", .string(name)), .init("in", .string(place)), .init("description", .string(description)),
            .init("schema", ["type": "string"]), .init("example", example),
        ]
        if place == "path" { members.append(.init("required", true)) }
        return .init(name, .object(members))
    }
}
