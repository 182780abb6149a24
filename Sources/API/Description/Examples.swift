internal import Domain
internal import JSON
internal import Store

/// A complete, valid value for each declared field: what the description shows, and tests post.
enum Examples {
    /// What one would post to make a record.
    static func input(of schema: Schema) -> JSON {
        let told = told[schema.name] ?? [:]
        let fields = schema.fields.filter { field in
            field.isWritable && !["custom", "external_ids", "visitor_ids"].contains(field.name)
                && told[field.name] != .null
        }
        return .object(fields.map { .init($0.name, told[$0.name] ?? value(of: $0)) })
    }

    /// What one would post to have something done.
    static func input(of action: Action) -> JSON {
        let told = told["\(action.resource)/\(action.name)"] ?? [:]
        return .object(action.fields.map { .init($0.name, told[$0.name] ?? value(of: $0)) })
    }

    /// What a resource or an action is told where a value of the field's type alone is refused; null where there is to be
    /// none beside the others.
    private static let told: [String: JSON] = [
        "activities": ["type": "task"],
        "deals": ["stage": nil, "closed_at": nil, "lost_reason": nil, "lost_category": nil, "lost_to": nil],
        "deals/move": ["stage": "proposal"],
        "deals/reopen": ["stage": "proposal"],
        "exchange_rates": ["from": "USD", "to": "EUR"],
        "goals": [
            "from": "2026-01-01", "to": "2026-04-01", "team_id": nil, "user_id": nil, "campaign_id": nil, "target": nil,
        ],
        "leads/assign": ["to": "auto"],
        "leads/handoff": ["to": "auto"],
        "leads/merge": ["fields": ["phone": "from"]],
        "accounts/merge": ["fields": ["industry": "from"]],
        "observations": ["measure": "clicks", "amount": nil],
        "offers": ["valid_until": "2026-03-02T09:00:00Z"],
        "scoring_rules": ["kind": "engagement"],
    ]

    /// An object with a value for each field.
    static func input(of fields: [Field]) -> JSON {
        .object(fields.map { .init($0.name, value(of: $0)) })
    }

    /// A record as it is answered.
    static func record(of schema: Schema) -> JSON {
        .object([.init("id", .string(id(schema.prefix)))] + schema.fields.map { .init($0.name, answered($0)) })
    }

    /// An id of the right form.
    static func id(_ prefix: String) -> String { "\(prefix)_01jd0000000000000000000000" }

    /// What became of one row, which was good.
    static let importReport: JSON = [
        "created": 1, "updated": 0, "unchanged": 0, "refused_count": 0, "refused": [],
    ]

    /// What a list is asked of a field for.
    static func asked(of field: Field) -> JSON {
        switch value(of: field) {
        case .object(let members): members.first?.value ?? .null
        case .array(let elements): elements.first ?? .null
        case let other: other
        }
    }

    /// A value of a type.
    static func value(of type: FieldType) -> JSON {
        switch type {
        case .text: "text"
        case .email: "ada@example.com"
        case .url: "https://example.com/pricing"
        case .bool: false
        case .integer(let bounds): .integer(bounds.lowerBound)
        case .number(let bounds): .number(min(max(bounds.lowerBound, 1.5), bounds.upperBound))
        case .instant: "2026-01-31T09:00:00Z"
        case .day: "2026-01-31"
        case .money: ["amount": 125_000, "currency": "EUR"]
        case .choice(let words): .string(words[0])
        case .reference(let reference): .string(id(reference.prefix))
        case .references(let reference, _): [.string(id(reference.prefix))]
        case .texts(_, let words): [.string(words?[0] ?? "vip")]
        case .object(let fields): input(of: fields)
        case .objects(let fields): [input(of: fields)]
        case .scalars: ["plan": "gold"]
        }
    }

    // MARK: Answers

    /// What a schema of the components describes, without what is not always there.
    static func value(of name: String) -> JSON {
        if let resource = Resources.all.first(where: { $0.schema.prefix == name }) {
            return record(of: resource.schema)
        }
        return OpenAPI.schemas.first { $0.name == name }.map { value(describedBy: $0.value) } ?? .null
    }

    private static func value(describedBy schema: JSON) -> JSON {
        if let named = schema["$ref"]?.text?.split(separator: "/").last { return value(of: String(named)) }
        if let told = schema["const"] ?? schema["examples"]?.elements?.first ?? schema["enum"]?.elements?.first {
            return told
        }
        if let first = (schema["oneOf"] ?? schema["anyOf"])?.elements?.first { return value(describedBy: first) }
        switch schema["type"]?.elements?.first?.text ?? schema["type"]?.text {
        case "object":
            let required = schema["required"]?.elements ?? []
            let members = schema["properties"]?.members ?? []
            return .object(
                members.filter { required.contains(.string($0.name)) }
                    .map { .init($0.name, value(describedBy: $0.value)) })
        case "array": return [value(describedBy: schema["items"] ?? true)]
        case "boolean": return true
        case "integer": return 1
        case "number": return 0.5
        case "string": return text(describedBy: schema)
        default: return .null
        }
    }

    private static func text(describedBy schema: JSON) -> JSON {
        if schema["pattern"]?.text == "^[A-Z]{3}$" { return "EUR" }
        if let resource = Resources.all.first(where: { Shape.id($0.schema.prefix)["pattern"] == schema["pattern"] }) {
            return .string(id(resource.schema.prefix))
        }
        return switch schema["format"]?.text {
        case "date-time": "2026-01-31T09:00:00Z"
        case "date": "2026-01-31"
        case "uri-reference": "/v1/leads"
        default: "text"
        }
    }

    private static func value(of field: Field) -> JSON {
        if case .choice = field.type { return value(of: field.type) }
        return switch field.name {
        case "name": "Ada Lovelace"
        case "phone": "+44 20 7946 0000"
        case "company": "Analytical Engines"
        case "region": "Europe"
        case "reason": "no budget this year"
        case "time_zone": "Europe/Berlin"
        case "from" where field.isOf(textOfLength: 5): "09:00"
        case "to" where field.isOf(textOfLength: 5): "17:00"
        case "from" where field.isOf(textOfLength: 3), "base_currency": "EUR"
        case "to" where field.isOf(textOfLength: 3): "USD"
        case "filter": "stage=mql"
        default: value(of: field.type)
        }
    }

    private static func answered(_ field: Field) -> JSON {
        switch field.name {
        case "closed_at", "lost_reason", "answered_at", "reason", "reason_class", "left_at": .null
        default: value(of: field)
        }
    }
}

extension Field {
    /// Whether it takes texts of just so many characters at most, which tells a currency from a time of day.
    fileprivate func isOf(textOfLength length: Int) -> Bool {
        guard case .text(length) = type else { return false }
        return true
    }
}
