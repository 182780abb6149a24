public import JSON
public import Store

/// What became of a record that another system feeds: made or changed, and what of it was not taken.
public struct Upsert: Sendable {
    /// What was done.
    public enum Outcome: String, Sendable {
        case created, updated, unchanged
    }

    /// The record as it stands.
    public let record: Record
    /// What was done.
    public let outcome: Outcome
    /// The members that were given and not taken, each with what is kept and why.
    let conflicts: [JSON]

    /// `{"outcome", "conflicts": [{"field", "given", "kept", "reason"}], "record"}`
    public func json() throws(JSONFault) -> JSON {
        [
            "outcome": .string(outcome.rawValue), "conflicts": .array(conflicts),
            "record": try JSONParser.parse(record.encoded),
        ]
    }

    /// Makes a record, or changes the one that has the same value of a key.
    ///
    /// - Parameter key: a unique field, or an id of another system such as `external_ids.hubspot`.
    /// - Throws: ``Refusal/invalid(_:)`` where the key is none or has no value in the input.
    public static func put(
        _ resource: any Resource.Type, by key: String, _ input: JSON, in transaction: inout Transaction
    ) throws(Refusal) -> Upsert {
        guard case .object(let members) = input else {
            throw .invalid([Fault("", "must be an object with the members of a \(resource.schema.prefix)")])
        }
        guard let known = try find(resource.schema, by: key, input, in: transaction) else {
            return Upsert(
                record: try Commands.create(resource, input, in: &transaction), outcome: .created, conflicts: [])
        }
        var conflicts: [JSON] = []
        let taken = members.filter { member in
            guard let conflict = conflict(member, with: known) else { return true }
            conflicts.append(conflict)
            return false
        }
        let record = try Commands.patch(resource, known, .object(taken), version: nil, in: &transaction)
        let outcome: Outcome = record.version == known.version ? .unchanged : .updated
        return Upsert(record: record, outcome: outcome, conflicts: conflicts)
    }

    /// The keys that records of a resource can be found by.
    public static func keys(of schema: Schema) -> [String] {
        schema.fields.filter { $0.isUnique && $0.writing == .always }.map(\.name)
            + (schema.slot("external_ids") == nil ? [] : ["external_ids.NAME"])
    }

    private static func find(
        _ schema: Schema, by key: String, _ input: JSON, in transaction: Transaction
    ) throws(Refusal) -> Record? {
        let (path, value) = try value(schema, of: key, input)
        let found = transaction.records(schema.name, where: path, is: value)
        guard found.count < 2 else {
            throw .conflict(
                rule: "several \(schema.name) have that \(key): merge them first",
                state: [.init("ids", .array(found.prefix(10).map { .string($0.idText) }))])
        }
        return found.first
    }

    private static func value(_ schema: Schema, of key: String, _ input: JSON) throws(Refusal) -> (String, IndexValue) {
        let prefix = "external_ids."
        if key.hasPrefix(prefix), schema.slot("external_ids") != nil {
            let name = String(key.dropFirst(prefix.count))
            guard let id = input["external_ids"]?[name], id != .null else {
                throw .invalid([Fault("/external_ids/\(name)", "is required: records are found by it")])
            }
            let text = id.text ?? String(decoding: JSONWriter.encode(id), as: UTF8.self)
            return ("external_ids", .member(name, text))
        }
        guard keys(of: schema).contains(key), let field = schema.path(key)?.field else {
            throw .invalid([Fault("by", "must be one of \(keys(of: schema).joined(separator: ", "))")])
        }
        var faults: [Fault] = []
        guard
            let value = field.type.read(input[key] ?? .null, at: "/\(key)", &faults).indexValue(folding: field.isFolded)
        else {
            throw .invalid(faults.isEmpty ? [Fault("/\(key)", "is required: records are found by it")] : faults)
        }
        return (key, value)
    }

    /// A member that is given when a record is made and is something else by now.
    private static func conflict(_ member: JSON.Member, with record: Record) -> JSON? {
        guard let slot = record.schema.slot(member.name) else { return nil }
        let field = record.schema.fields[slot]
        guard case .onCreate(let action) = field.writing else { return nil }
        var faults: [Fault] = []
        let given = field.type.read(member.value, at: "", &faults)
        // What is not right at all is refused with the rest.
        guard faults.isEmpty, given != record.value(at: slot) else { return nil }
        return [
            "field": .string(field.name), "given": member.value, "kept": record.value(at: slot).json(of: field.type),
            "reason": .string("changes by \(action)"),
        ]
    }
}
