internal import JSON
internal import Ledger

/// What the declarations say of a change's person.
extension Schemas {
    /// Whose data a change holds, and the change without it.
    var blanking: Blanking {
        let persons = all.filter(\.isPerson)
        let paths = all.map { schema in
            persons.flatMap { person in
                schema.soleReferences(to: person.name).compactMap { schema.path($0).map { ($0, person) } }
            }
        }
        return Blanking(
            subjects: { [self] change in subjects(of: change, paths) }, blank: { [self] change in blanked(change) })
    }

    /// A person's own id, or those of the persons that a record refers to, each alone, and of those whose data it holds.
    private func subjects(of change: Change, _ paths: [[(path: FieldPath, person: Schema)]]) -> [String] {
        guard declares(change.resource) else { return [] }
        let number = number(change.resource)
        let schema = all[number]
        let own = schema.isPerson ? change.recordID(of: schema).map { [schema.text($0)] } ?? [] : []
        guard !paths[number].isEmpty || !schema.personPaths.isEmpty, let record = record(of: change) else { return own }
        let referred = paths[number].compactMap { path, person in path.value(in: record).reference.map(person.text) }
        return own + referred + personTexts(of: record)
    }

    /// Everyone whom a record names as it stands after a change, also where it names several.
    func persons(namedBy change: Change) -> [String] {
        guard let record = record(of: change) else { return [] }
        let referred = all.filter(\.isPerson).flatMap { person in
            record.schema.references(to: person.name).compactMap { record.schema.path($0) }.flatMap { path in
                let value = path.value(in: record)
                return ([value] + value.elements).compactMap { $0.reference.map(person.text) }
            }
        }
        return referred + personTexts(of: record)
    }

    /// The persons whom a record names by their ids as texts.
    private func personTexts(of record: Record) -> [String] {
        let values = record.schema.personPaths.map { record[$0] }
        let persons = all.filter(\.isPerson)
        return values.flatMap { [$0] + $0.elements }.compactMap(\.text)
            .filter { text in persons.contains { Identifier(text, prefix: $0.prefix) != nil } }
    }

    /// A change with the personal data of its record blanked.
    private func blanked(_ change: Change) -> Change {
        guard let record = record(of: change) else { return change }
        var draft = Draft(record)
        draft.erasePersonalData()
        return Change(resource: change.resource, was: change.was, .stands(draft.encoded))
    }

    /// The record as it stands after a change; `nil` where it is gone.
    private func record(of change: Change) -> Record? {
        guard declares(change.resource), case .stands(let encoded) = change.state else { return nil }
        do throws(JSONFault) {
            return try Record(decoding: encoded, schema: all[number(change.resource)], seq: 0)
        } catch {
            // Its line was whole, so this is JSON; what is not a record has no personal data that we know of.
            return nil
        }
    }
}
