internal import JSON

/// The schema of what is answered, put together member by member.
enum Shape {
    static let text: JSON = ["type": "string"]
    static let flag: JSON = ["type": "boolean"]
    static let count: JSON = ["type": "integer", "minimum": 0]
    static let integer: JSON = ["type": "integer"]
    static let number: JSON = ["type": "number"]
    static let share: JSON = ["type": "number", "minimum": 0, "maximum": 1]
    static let time: JSON = ["type": "string", "format": "date-time"]
    static let day: JSON = ["type": "string", "format": "date"]
    static let address: JSON = ["type": "string", "format": "uri-reference"]

    /// The address of the next page.
    static let next: JSON = [
        "type": ["string", "null"], "format": "uri-reference", "description": "The address of the next page.",
    ]

    static func id(_ prefix: String) -> JSON {
        // 128 bits in Crockford's digits, of which the first has three.
        ["type": "string", "pattern": .string("^\(prefix)_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    }

    static func words(_ words: [String]) -> JSON { ["type": "string", "enum": .array(words.map { .string($0) })] }

    /// A text that is always the same.
    static func word(_ word: String) -> JSON { ["type": "string", "const": .string(word)] }

    static func list(_ element: JSON) -> JSON { ["type": "array", "items": element] }

    /// An object whose names are no members of the schema, but values themselves.
    static func map(of value: JSON) -> JSON { ["type": "object", "additionalProperties": value] }

    /// A schema of the components, by name.
    static func named(_ name: String) -> JSON { OpenAPI.reference("schemas", name) }

    static func orNull(_ schema: JSON) -> JSON {
        guard let type = schema["type"], schema["enum"] == nil else {
            return ["oneOf": [schema, ["type": "null"]]]
        }
        return .object(
            (schema.members ?? []).map { $0.name == "type" ? .init("type", [type, "null"]) : $0 })
    }

    /// An object with members; one whose name ends in `?` is not always there.
    static func object(_ members: JSON...) -> JSON {
        let all = members.flatMap { $0.members ?? [] }
        let required = all.filter { !$0.name.hasSuffix("?") }
        let properties = all.map { $0.name.hasSuffix("?") ? .init(String($0.name.dropLast()), $0.value) : $0 }
        let demand: [JSON.Member] =
            required.isEmpty ? [] : [.init("required", .array(required.map { .string($0.name) }))]
        return .object([.init("type", "object")] + demand + [.init("properties", .object(properties))])
    }

    /// A list in whole or in pages, as `data` and `next`, with what is told beside.
    static func page(of element: JSON, _ more: JSON = [:]) -> JSON {
        object(["data": list(element), "next": next], more)
    }
}
