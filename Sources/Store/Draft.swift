public import JSON

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

    /// A record as it was encoded once.
    ///
    /// - Throws: ``JSONFault`` where the bytes are no record.
    public init(decoding encoded: [UInt8], schema: Schema) throws(JSONFault) {
        self.init(try Record(decoding: encoded, schema: schema, seq: 0))
    }

    /// The record's JSON as it would be written now.
    public var encoded: [UInt8] { Record(id: id, schema: schema, seq: 0, values: values).encoded }

    /// The value of a field, which must be declared.
    public subscript(_ name: String) -> Value {
        get { values[schema.slot(of: name)] }
        set { values[schema.slot(of: name)] = newValue }
    }
}

extension Draft {
    /// The fields in which something of the person stands.
    public var personalFields: [Field] {
        var blank = self
        blank.erasePersonalData()
        return schema.personalSlots.filter { blank.values[$0] != values[$0] }.map { schema.fields[$0] }
    }

    /// Leaves nothing of the person in fields that are declared personal.
    mutating func erasePersonalData() {
        for slot in schema.personalSlots { values[slot] = schema.fields[slot].erased(values[slot]) }
    }
}

extension Field {
    /// What is left of a value when the person is erased.
    fileprivate func erased(_ value: Value) -> Value {
        if isPersonal { return erasedValue }
        switch value {
        case .object(let parts): return .object(zip(type.parts, parts).map { $0.erased($1) })
        case .list(let elements) where !type.parts.isEmpty:
            return .list(elements.map { element in .object(zip(type.parts, element.parts).map { $0.erased($1) }) })
        default: return value
        }
    }
}
