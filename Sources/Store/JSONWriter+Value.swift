public import JSON

extension JSONWriter {
    /// Writes a value as its field's type is written.
    mutating func write(_ value: Value, of type: FieldType) {
        switch value {
        case .null: self.value(.null)
        case .bool(let flag): self.value(.bool(flag))
        case .integer(let number): integer(number)
        case .number(let number): self.number(number)
        case .text(let text): string(text)
        case .instant(let instant): quoted(bytesMax: Instant.bytesMax) { instant.append(to: &$0) }
        case .day(let day): string(day.description)
        case .money(let money):
            object { writer in
                writer.member("amount", .integer(money.amount))
                writer.member("currency", .string(money.currency.description))
            }
        case .reference(let id): reference(id, prefix: type.referencePrefix ?? "")
        case .object(let values): object { writer in writer.members(type.parts, values) }
        case .list(let values): array { writer in for value in values { writer.write(value, of: type.element) } }
        case .json(let json): self.value(json)
        }
    }

    /// Writes a member for each field.
    mutating func members(_ fields: [Field], _ values: [Value]) {
        for slot in fields.indices { member(fields[slot], values[slot]) }
    }

    /// Writes the member of a field.
    mutating func member(_ field: Field, _ value: Value) {
        if case .null = value { return encoded(field.encodedNull) }
        name(encoded: field.encodedName)
        switch value {
        // These are written alike whatever the field's type, which costs much to hand on.
        case .text(let text): string(text)
        case .instant(let instant): quoted(bytesMax: Instant.bytesMax) { instant.append(to: &$0) }
        case .integer(let number): integer(number)
        case .reference(let id): reference(id, prefix: field.referencePrefix)
        default: write(value, of: field.type)
        }
    }

    private mutating func reference(_ id: Identifier, prefix: String) {
        precondition(!prefix.isEmpty, "a reference stands in a field of another type")
        quoted(bytesMax: Identifier.bytes(prefix: prefix)) { id.append(prefix: prefix, to: &$0) }
    }
}

extension FieldType {
    /// What the ids begin with that are referred to; `nil` where there are none.
    var referencePrefix: String? {
        switch self {
        case .reference(let reference), .references(let reference, _): reference.prefix
        default: nil
        }
    }

    /// The fields of an object, or of each object of a list; none of anything else.
    public var parts: [Field] {
        switch self {
        case .object(let fields), .objects(let fields): fields
        default: []
        }
    }

    var element: FieldType {
        switch self {
        case .references(let reference, _): .reference(reference)
        case .objects(let fields): .object(fields)
        default: .text(max: 0)
        }
    }
}

extension Value {
    /// The value as JSON, as its field's type is written.
    public func json(of type: FieldType) -> JSON {
        var writer = JSONWriter()
        writer.write(self, of: type)
        do throws(JSONFault) { return try JSONParser.parse(writer.bytes) } catch {
            preconditionFailure("what was just written does not read back: \(error)")
        }
    }
}
