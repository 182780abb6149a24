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
    /// - Parameters:
    ///   - key: a unique field, or an id of another system such as `external_ids.hubspot`.
    ///   - condition: what is demanded of the record that has it.
    /// - Throws: ``Refusal/invalid(_:)`` where the key is none or has no value in the input, ``Refusal/stale(version:)``.
    public static func put(
        _ resource: any Resource.Type, by key: String, _ input: JSON, if condition: Precondition = .none,
        in transaction: inout Transaction
    ) throws(Refusal) -> Upsert {
        try Commands.demandMayWriteSome(resource, in: transaction)
        return try put(resource, by: key, input, isAsked: true, if: condition, in: &transaction) {
            known, input, transaction throws(Refusal) in
            try Commands.patch(resource, known, input, in: &transaction)
        }
    }

    /// The same of what follows from another record, which its author may do without a right to this one.
    static func follow(
        _ resource: any Resource.Type, by key: String, _ input: JSON, in transaction: inout Transaction
    ) throws(Refusal) -> Upsert {
        try put(resource, by: key, input, isAsked: false, if: .none, in: &transaction) {
            known, input, transaction throws(Refusal) in
            try Commands.follow(resource, known, input, in: &transaction)
        }
    }

    private static func put(
        _ resource: any Resource.Type, by key: String, _ input: JSON, isAsked: Bool, if condition: Precondition,
        in transaction: inout Transaction,
        change: (Record, JSON, inout Transaction) throws(Refusal) -> Record
    ) throws(Refusal) -> Upsert {
        guard case .object(let members) = input else {
            throw .invalid([Fault("", "must be an object with the members of a \(resource.schema.prefix)")])
        }
        let wanted = try feedKey(resource.schema, key, input)
        let found = try find(resource.schema, by: wanted, named: key, isAsked: isAsked, in: transaction)
        guard let (known, gone) = found else {
            if case .isThere = condition { throw .stale(version: nil) }
            let last = transaction.lastID
            let record = try Commands.create(resource, input, in: &transaction)
            guard record.id <= last else { return Upsert(record: record, outcome: .created, conflicts: []) }
            // One of its natural key was there, which is corrected.
            try condition.demand(of: record)
            return Upsert(
                record: record, outcome: record.seq == transaction.seq ? .updated : .unchanged, conflicts: [])
        }
        try condition.demand(of: known)
        var conflicts: [JSON] = []
        let taken = members.compactMap { member -> JSON.Member? in
            if let conflict = conflict(member, with: known, of: resource) {
                conflicts.append(conflict)
                return nil
            }
            return withoutGone(member, gone, known, &conflicts)
        }
        let record = try change(known, .object(taken), &transaction)
        let outcome: Outcome = record.version == known.version ? .unchanged : .updated
        return Upsert(record: record, outcome: outcome, conflicts: conflicts)
    }

    /// The keys that records of a resource can be found by.
    public static func keys(of schema: Schema) -> [String] {
        FeedKey.fields(of: schema).map(\.name)
            + (schema.slot(FeedKey.externalIDs) == nil ? [] : ["\(FeedKey.externalIDs).NAME"])
    }

    /// Whether records of a resource can be found by a key.
    public static func isKey(_ key: String, of schema: Schema) -> Bool {
        FeedKey.fields(of: schema).contains { $0.name == key }
            || key.hasPrefix("\(FeedKey.externalIDs).") && schema.slot(FeedKey.externalIDs) != nil
    }

    // MARK: Finding

    private static func feedKey(_ schema: Schema, _ key: String, _ input: JSON) throws(Refusal) -> FeedKey {
        let prefix = "\(FeedKey.externalIDs)."
        if key.hasPrefix(prefix), schema.slot(FeedKey.externalIDs) != nil {
            let name = String(key.dropFirst(prefix.count))
            guard let id = input[FeedKey.externalIDs]?[name], id != .null else {
                throw .invalid([Fault("/\(FeedKey.externalIDs)/\(name)", "is required: records are found by it")])
            }
            return FeedKey(externalID: id, in: name)
        }
        guard let field = FeedKey.fields(of: schema).first(where: { $0.name == key }) else {
            throw .invalid([Fault("by", "must be one of \(keys(of: schema).joined(separator: ", "))")])
        }
        var faults: [Fault] = []
        guard let found = FeedKey(field, field.type.read(input[key] ?? .null, at: "/\(key)", &faults)) else {
            throw .invalid(faults.isEmpty ? [Fault("/\(key)", "is required: records are found by it")] : faults)
        }
        return found
    }

    /// The record that has a key, or into which the one that had it was merged, with the keys that went by that.
    private static func find(
        _ schema: Schema, by key: FeedKey, named name: String, isAsked: Bool, in transaction: Transaction
    ) throws(Refusal) -> (record: Record, gone: Set<String>)? {
        var found = transaction.records(schema.name, where: key.path, is: key.value).map { ($0, Set<String>()) }
        if found.isEmpty { found = heirs(schema, by: key, in: transaction) }
        guard !isAsked || found.allSatisfy({ transaction.shows($0.0) }) else { throw Commands.hidden(name, of: schema) }
        guard found.count < 2 else {
            throw .conflict(
                rule: "several \(schema.name) have that \(name): merge them first",
                state: [
                    .init(
                        "ids",
                        .array(found.filter { transaction.shows($0.0) }.prefix(10).map { .string($0.0.idText) }))
                ])
        }
        return found.first
    }

    /// The record that has a key, or into which the one that had it was merged.
    static func known(_ schema: Schema, by key: FeedKey, in transaction: Transaction) -> Record? {
        transaction.records(schema.name, where: key.path, is: key.value).first
            ?? merged(schema, by: key, in: transaction).first
    }

    /// The records into which those that had a key were merged.
    static func merged(_ schema: Schema, by key: FeedKey, in transaction: Transaction) -> [Record] {
        heirs(schema, by: key, in: transaction).map(\.record)
    }

    private static func heirs(
        _ schema: Schema, by key: FeedKey, in transaction: Transaction
    ) -> [(record: Record, gone: Set<String>)] {
        var found: [(record: Record, gone: Set<String>)] = []
        for merge in transaction.records(Merge.schema.name, where: "keys", is: .text(key.text)) {
            guard let record = Merge.heir(of: merge, schema, in: transaction) else { continue }
            let gone = Set(merge["keys"].elements.compactMap(\.text)).subtracting(FeedKey.all(of: record).map(\.text))
            if let place = found.firstIndex(where: { $0.record.id == record.id }) {
                found[place].gone.formUnion(gone)
            } else {
                found.append((record, gone))
            }
        }
        return found
    }

    // MARK: What is not taken

    /// A member as far as it is no key that went by a merge: who feeds the one that went does not change what stayed.
    private static func withoutGone(
        _ member: JSON.Member, _ gone: Set<String>, _ record: Record, _ conflicts: inout [JSON]
    ) -> JSON.Member? {
        func isGone(_ key: FeedKey?, _ name: String, given: JSON, kept: JSON) -> Bool {
            guard let key, gone.contains(key.text) else { return false }
            let reason = "was another record's, which was merged into this one"
            conflicts.append([
                "field": .string(name), "given": given, "kept": kept, "reason": .string(reason),
            ])
            return true
        }
        if member.name == FeedKey.externalIDs, case .object(let ids) = member.value {
            let known = record[FeedKey.externalIDs].json(of: .scalars)
            let taken = ids.filter { id in
                !isGone(
                    FeedKey(externalID: id.value, in: id.name), "\(member.name).\(id.name)", given: id.value,
                    kept: known[id.name] ?? .null)
            }
            return .init(member.name, .object(taken))
        }
        guard let field = FeedKey.fields(of: record.schema).first(where: { $0.name == member.name }) else {
            return member
        }
        var faults: [Fault] = []
        let key = FeedKey(field, field.type.read(member.value, at: "", &faults))
        let kept = record[field.name].json(of: field.type)
        return isGone(key, field.name, given: member.value, kept: kept) ? nil : member
    }

    /// A member that is given when a record is made, or stands as the record does, and is something else by now.
    private static func conflict(
        _ member: JSON.Member, with record: Record, of resource: any Resource.Type
    ) -> JSON? {
        guard let slot = record.schema.slot(member.name) else { return nil }
        let field = record.schema.fields[slot]
        let reason: String
        if case .onCreate(let action) = field.writing {
            reason = "changes by \(action)"
        } else if let settled = resource.settled(record), settled.fields.contains(field.name) {
            reason = settled.reason
        } else {
            return nil
        }
        var faults: [Fault] = []
        let given = field.type.read(member.value, at: "", &faults)
        // What is not right at all is refused with the rest.
        guard faults.isEmpty, given != record.value(at: slot) else { return nil }
        return [
            "field": .string(field.name), "given": member.value, "kept": record.value(at: slot).json(of: field.type),
            "reason": .string(reason),
        ]
    }
}
