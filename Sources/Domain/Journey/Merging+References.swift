internal import JSON
internal import Store

/// Whom records refer to, when two become one and one two.
extension Merging {
    // MARK: One for two

    /// Has all that refers to one record refer to another, and tells what that was, and how those referred that named both.
    static func move(
        from: Record, to: Record, in transaction: inout Transaction
    ) throws(Refusal) -> (moved: [String], shared: [String]) {
        var moved: [String] = []
        var shared: [String] = []
        for schema in transaction.allSchemas where !schema.isInternal && schema.name != Merge.schema.name {
            var ids: Set<Identifier> = []
            for path in schema.references(to: from.schema.name) {
                for record in transaction.records(schema.name, where: path, is: .identifier(from.id)) {
                    ids.insert(record.id)
                }
            }
            for id in ids.sorted() {
                if let record = transaction.record(schema.name, id), namesBoth(record, from, to) {
                    shared.append(references(of: record))
                }
                repoint(schema, id, from.id, to.id, of: from.schema.name, in: &transaction)
                moved.append("\(schema.name)/\(schema.text(id))")
            }
        }
        return (moved, shared)
    }

    /// Whether what a record refers to by two is not known any more when one of them stands for both.
    private static func namesBoth(_ record: Record, _ from: Record, _ to: Record) -> Bool {
        let resource = from.schema.name
        return record.schema.referringSlots.contains { slot in
            let (value, type) = (record.value(at: slot), record.schema.fields[slot].type)
            let merged = replaced(value, type, from.id, to.id, of: resource)
            return merged != value && replaced(merged, type, to.id, from.id, of: resource) != value
        }
    }

    /// What a record refers to, as the JSON of a record that has nothing else.
    private static func references(of record: Record) -> String {
        let members = record.schema.referringSlots.map { slot in
            JSON.Member(
                record.schema.fields[slot].name, record.value(at: slot).json(of: record.schema.fields[slot].type))
        }
        let json = JSON.object([.init("id", .string(record.idText))] + members)
        return String(decoding: JSONWriter.encode(json), as: UTF8.self)
    }

    /// Has a record refer to another in place of one, and tells whether it did.
    @discardableResult
    static func repoint(
        _ schema: Schema, _ id: Identifier, _ old: Identifier, _ new: Identifier, of resource: String,
        in transaction: inout Transaction
    ) -> Bool {
        guard let record = transaction.record(schema.name, id) else { return false }
        let draft = repointed(Draft(record), old, new, of: resource)
        guard draft.values != record.values else { return false }
        transaction.put(draft)
        return true
    }

    /// A record that refers to another in place of one.
    static func repointed(_ was: Draft, _ old: Identifier, _ new: Identifier, of resource: String) -> Draft {
        var draft = was
        for slot in was.schema.referringSlots {
            draft.values[slot] = replaced(draft.values[slot], was.schema.fields[slot].type, old, new, of: resource)
        }
        return draft
    }

    private static func replaced(
        _ value: Value, _ type: FieldType, _ old: Identifier, _ new: Identifier, of resource: String
    ) -> Value {
        switch (type, value) {
        case (.reference(let reference), .reference(old)) where reference.resource == resource: return .reference(new)
        case (.references(let reference, _), .list(let elements)) where reference.resource == resource:
            var seen: [Value] = []
            for element in elements.map({ $0 == .reference(old) ? .reference(new) : $0 }) where !seen.contains(element)
            {
                seen.append(element)
            }
            return .list(seen)
        case (.object(let fields), .object(let parts)):
            return .object(zip(fields, parts).map { replaced($1, $0.type, old, new, of: resource) })
        case (.objects(let fields), .list(let elements)):
            return .list(onlyOnce(elements.map { replaced($0, .object(fields), old, new, of: resource) }, elements))
        default: return value
        }
    }

    /// Of objects that became alike in whom they refer to the first, such as of a deal's buyers.
    private static func onlyOnce(_ elements: [Value], _ before: [Value]) -> [Value] {
        elements.indices.filter { place in
            let isSame = { (other: Int) in
                !zip(elements[place].parts, elements[other].parts).contains { $0.reference != $1.reference }
            }
            return elements[place] == before[place] || !elements.indices.contains { $0 != place && isSame($0) }
        }.map { elements[$0] }
    }

    /// Has a record that named both name both again: as it did, or where it was changed since by one more in its lists.
    static func share(
        _ old: Draft, _ id: Identifier, _ gone: Identifier, of resource: String, in transaction: inout Transaction
    ) {
        guard let record = transaction.record(old.schema.name, old.id) else { return }
        var draft = Draft(record)
        for slot in old.schema.referringSlots {
            let (value, type) = (draft.values[slot], old.schema.fields[slot].type)
            if value == replaced(old.values[slot], type, gone, id, of: resource) {
                draft.values[slot] = old.values[slot]
            } else {
                draft.values[slot] = joined(value, old.values[slot], naming: gone, beside: id)
            }
        }
        if draft.values != record.values { transaction.put(draft) }
    }

    /// A list with what named one record in an older one, where it names the other still: each before what it stood before.
    private static func joined(
        _ value: Value, _ old: Value, naming gone: Identifier, beside id: Identifier
    ) -> Value {
        guard case .list(var elements) = value, case .list(let older) = old,
            elements.contains(where: { named(by: $0).contains(id) })
        else { return value }
        for (place, element) in older.enumerated() where named(by: element).contains(gone) {
            if elements.contains(where: { named(by: $0) == named(by: element) }) { continue }
            let followers = older[(place + 1)...].map(named)
            let follower = elements.firstIndex { followers.contains(named(by: $0)) }
            elements.insert(element, at: follower ?? elements.endIndex)
        }
        return .list(elements)
    }

    /// The records that an element of a list names.
    private static func named(by element: Value) -> [Identifier] {
        ([element] + element.parts).compactMap(\.reference)
    }

    // MARK: Whom it refers to

    /// A record as it was, which refers to whom there is by now: for whom was merged since, who stands for it.
    static func current(_ was: Draft, in transaction: Transaction) -> Draft {
        var draft = was
        for slot in was.schema.referringSlots {
            draft.values[slot] = current(draft.values[slot], was.schema.fields[slot].type, in: transaction)
        }
        return draft
    }

    private static func current(_ value: Value, _ type: FieldType, in transaction: Transaction) -> Value {
        switch (type, value) {
        case (.reference(let reference), .reference(let id)):
            guard transaction.record(reference.resource, id) == nil,
                let schema = transaction.allSchemas.first(where: { $0.name == reference.resource })
            else { return value }
            let merge = Merge.standing(ofGone: schema.text(id), in: transaction)
            let heir = merge.flatMap { Merge.heir(of: $0, schema, in: transaction) }
            return heir.map { .reference($0.id) } ?? .null
        case (.references(let reference, _), .list(let elements)):
            var seen: [Value] = []
            for element in elements.map({ current($0, .reference(reference), in: transaction) })
            where !element.isNull && !seen.contains(element) { seen.append(element) }
            return .list(seen)
        case (.object(let fields), .object(let parts)):
            return .object(zip(fields, parts).map { current($1, $0.type, in: transaction) })
        case (.objects(let fields), .list(let elements)):
            return .list(elements.map { current($0, .object(fields), in: transaction) })
        default: return value
        }
    }

    /// Has the merges by which went whom a record referred to take it back with the others once they are parted: it stands
    /// beside them as `now`, and would have been moved by them, had it been there.
    static func follow(_ was: Draft, _ current: Draft, _ now: Draft, in transaction: inout Transaction) {
        let name = "\(was.schema.name)/\(was.schema.text(was.id))"
        for slot in was.schema.referringSlots
        where was.values[slot] != current.values[slot] && now.values[slot] == current.values[slot] {
            for gone in [was.values[slot]] + was.values[slot].elements + was.values[slot].parts {
                guard let id = gone.reference else { continue }
                for schema in [Lead.schema, Account.schema] {
                    moveAlso(name, withGone: schema.text(id), in: &transaction)
                }
            }
        }
    }

    private static func moveAlso(_ name: String, withGone id: String, in transaction: inout Transaction) {
        guard let merge = Merge.standing(ofGone: id, in: transaction) else { return }
        var draft = Draft(merge)
        let moved = merge["moved"].elements
        if !moved.contains(.text(name)) { draft["moved"] = .list(moved + [.text(name)]) }
        if draft.values != merge.values { transaction.put(draft) }
        if let stayed = merge["lead_id"].reference {
            moveAlso(name, withGone: Lead.schema.text(stayed), in: &transaction)
        }
        if let stayed = merge["account_id"].reference {
            moveAlso(name, withGone: Account.schema.text(stayed), in: &transaction)
        }
    }
}
