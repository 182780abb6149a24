internal import JSON
internal import Store

/// What another system finds a record by: the value of a unique field, or the id that it has there.
struct FeedKey {
    /// Where it is looked for.
    let path: String
    let value: IndexValue
    /// The field and its value in one text, as a merge keeps it.
    let text: String

    /// A unique field's value; `nil` where it has none.
    init?(_ field: Field, _ value: Value) {
        guard let value = value.indexValue(folding: field.isFolded) else { return nil }
        path = field.name
        self.value = value
        switch value {
        case .text(let text): self.text = "\(field.name)=\(text)"
        default: text = "\(field.name)=\(value)"
        }
    }

    /// A record's id in a system.
    init(externalID id: JSON, in system: String) {
        path = Self.externalIDs
        let id = id.text ?? String(decoding: JSONWriter.encode(id), as: UTF8.self)
        value = .member(system, id)
        text = "\(path).\(system)=\(id)"
    }

    /// The field that has the ids of other systems.
    static let externalIDs = "external_ids"

    /// The unique fields that a caller writes.
    static func fields(of schema: Schema) -> [Field] {
        schema.fields.filter { $0.isUnique && $0.writing == .always }
    }

    /// All that a record is found by.
    static func all(of record: Record) -> [FeedKey] {
        var keys = fields(of: record.schema).compactMap { FeedKey($0, record[$0.name]) }
        if record.schema.slot(externalIDs) != nil, case .json(.object(let members)) = record[externalIDs] {
            keys += members.map { FeedKey(externalID: $0.value, in: $0.name) }
        }
        return keys
    }
}
