public import JSON

/// One record as it stands, immutable: its values, and the JSON that they were encoded to once.
public final class Record: Sendable {
    /// The id without its prefix.
    public let id: Identifier
    /// What it is a record of.
    public let schema: Schema
    /// The values, by the slots of the schema.
    public let values: [Value]
    /// The whole record as JSON.
    public let encoded: [UInt8]

    init(id: Identifier, schema: Schema, values: [Value], encoded: [UInt8]) {
        self.id = id
        self.schema = schema
        self.values = values
        self.encoded = encoded
    }

    convenience init(id: Identifier, schema: Schema, values: [Value]) {
        self.init(id: id, schema: schema, values: values, encoded: Self.encode(id, schema, values))
    }

    /// The id as it is written.
    public var idText: String { schema.text(id) }

    /// How often it changed, from 1.
    public var version: Int64 {
        guard case .integer(let version) = values[schema.versionSlot] else { return 0 }
        return version
    }

    /// The value of a field, which must be declared.
    public subscript(_ name: String) -> Value {
        guard let slot = schema.slot(name) else { preconditionFailure("\(schema.name) have no \(name)") }
        return values[slot]
    }

    /// Reads a record back from the JSON it was encoded to.
    ///
    /// - Throws: ``JSONFault`` where the bytes are no JSON.
    static func decode(_ encoded: [UInt8], id: Identifier, schema: Schema) throws(JSONFault) -> Record {
        var values = schema.defaults
        var parser = JSONParser(encoded)
        var isFirst = true
        try parser.enterObject()
        while let name = try parser.nextMember(isFirst: isFirst) {
            isFirst = false
            let json = try parser.value()
            // A field that this version no longer declares stays in the bytes and is not understood.
            guard let slot = schema.slot(name) else { continue }
            values[slot] = schema.fields[slot].type.stored(json)
        }
        return Record(id: id, schema: schema, values: values, encoded: encoded)
    }

    private static let encodedID = Array("\"id\":".utf8)

    private static func encode(_ id: Identifier, _ schema: Schema, _ values: [Value]) -> [UInt8] {
        var writer = JSONWriter(capacity: 768)
        writer.object { writer in
            writer.name(encoded: Self.encodedID)
            writer.quoted { id.append(prefix: schema.prefix, to: &$0) }
            writer.members(schema.fields, values)
        }
        return writer.bytes
    }
}

extension JSONWriter {
    /// Writes a value as its field's type is written.
    mutating func write(_ value: Value, of type: FieldType) {
        switch value {
        case .null: self.value(.null)
        case .bool(let flag): self.value(.bool(flag))
        case .integer(let number): integer(number)
        case .number(let number): self.number(number)
        case .text(let text): string(text)
        case .instant(let instant): quoted { instant.append(to: &$0) }
        case .day(let day): string(day.description)
        case .money(let money):
            object { writer in
                writer.member("amount", .integer(money.amount))
                writer.member("currency", .string(money.currency.description))
            }
        case .reference(let id): quoted { id.append(prefix: type.referencePrefix, to: &$0) }
        case .object(let values): object { writer in writer.members(type.parts, values) }
        case .list(let values): array { writer in for value in values { writer.write(value, of: type.element) } }
        case .json(let json): self.value(json)
        }
    }

    /// Writes a member for each field.
    mutating func members(_ fields: [Field], _ values: [Value]) {
        for slot in fields.indices {
            let field = fields[slot]
            name(encoded: field.encodedName)
            write(values[slot], of: field.type)
        }
    }
}

extension FieldType {
    var referencePrefix: String {
        switch self {
        case .reference(let reference), .references(let reference, _): reference.prefix
        default: preconditionFailure("a reference stands in a field of another type")
        }
    }

    var parts: [Field] {
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

/// A record being made or changed.
public struct Draft: Sendable {
    /// The id without its prefix.
    public let id: Identifier
    /// What it is a record of.
    public let schema: Schema
    /// The values, by the slots of the schema.
    public var values: [Value]

    /// A new record with its defaults.
    public init(id: Identifier, schema: Schema) {
        self.id = id
        self.schema = schema
        values = schema.defaults
    }

    /// A record to be changed.
    public init(_ record: Record) {
        id = record.id
        schema = record.schema
        values = record.values
    }

    /// The value of a field, which must be declared.
    public subscript(_ name: String) -> Value {
        get { values[slot(name)] }
        set { values[slot(name)] = newValue }
    }

    private func slot(_ name: String) -> Int {
        guard let slot = schema.slot(name) else { preconditionFailure("\(schema.name) have no \(name)") }
        return slot
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
