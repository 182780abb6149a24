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
        var values = schema.fields.map(\.defaultValue)
        var parser = JSONParser(encoded)
        var isFirst = true
        var faults: [Fault] = []
        try parser.enterObject()
        while let name = try parser.nextMember(isFirst: isFirst) {
            isFirst = false
            let json = try parser.value()
            // A field that this version no longer declares stays in the bytes and is not understood.
            guard let slot = schema.slot(name) else { continue }
            values[slot] = schema.fields[slot].type.read(json, at: name, &faults)
        }
        return Record(id: id, schema: schema, values: values, encoded: encoded)
    }

    private static func encode(_ id: Identifier, _ schema: Schema, _ values: [Value]) -> [UInt8] {
        var writer = JSONWriter(capacity: 768)
        writer.object { writer in
            writer.member("id", .string(schema.text(id)))
            for (field, value) in zip(schema.fields, values) {
                writer.name(field.name)
                writer.write(value, of: field.type)
            }
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
        case .instant(let instant): string(instant.description)
        case .day(let day): string(day.description)
        case .money(let money):
            object { writer in
                writer.member("amount", .integer(money.amount))
                writer.member("currency", .string(money.currency.description))
            }
        case .reference(let id): string(id.text(prefix: type.referencePrefix))
        case .object(let values): write(values, of: type.parts)
        case .list(let values): array { writer in for value in values { writer.write(value, of: type.element) } }
        case .json(let json): self.value(json)
        }
    }

    private mutating func write(_ values: [Value], of fields: [Field]) {
        object { writer in
            for (field, value) in zip(fields, values) {
                writer.name(field.name)
                writer.write(value, of: field.type)
            }
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
        values = schema.fields.map(\.defaultValue)
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
