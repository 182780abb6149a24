import Domain
import JSON
import Store

/// A small company of both departments, written by hand, and two made-up years beside it: what `--demo` shows.
///
/// Its story is a list of commands in order of time: `{"create": resource, "as": name, "with": {…}}` and
/// `{"do": action, "on": name, "with": {…}}`; `"$name"` stands for the id of what was made under that name.
enum Demo {
    /// Tells the story to a store that is empty.
    ///
    /// - Throws: ``Failure`` where a command of the story is refused.
    static func load(into store: Store) throws(Failure) {
        guard isEmpty(store) else { return }
        let story: JSON
        do throws(JSONFault) { story = try JSONParser.parse(PackageResources.demo_json) } catch {
            throw Failure("demo.json: \(error)")
        }
        try store.writeAndWait(by: "demo") { transaction throws(Refusal) in
            var teller = Teller()
            for step in story.elements ?? [] { try teller.tell(step, in: &transaction) }
        }
        try makeUp(leads: madeLeads, seed: 7, until: OpenStore.clock().day, in: store)
    }

    /// How many made-up leads there are beside those of the story: enough for figures, and made in a blink.
    private static let madeLeads = 300

    /// Whether a store has no record that has an address.
    static func isEmpty(_ store: Store) -> Bool {
        Resources.all.allSatisfy { store.view.count($0.schema.name) == 0 }
    }

    /// How many leads' stories are told in one entry.
    private static let leadsOfEntry = 50

    /// Makes up a company's two years before a day, as a seed says.
    ///
    /// - Throws: ``Failure`` where a command of a story is refused.
    static func makeUp(leads: Int, seed: UInt64, until end: Day, in store: Store) throws(Failure) {
        let start = Day(number: end.number - 730)
        var chance = Chance(seed: seed)
        let company = try store.writeAndWait(by: "demo") { transaction throws(Refusal) in
            try MadeCompany(size: leads, from: start, to: end, &chance, in: &transaction)
        }
        for first in stride(from: 0, to: leads, by: leadsOfEntry) {
            try store.writeAndWait(by: "demo") { transaction throws(Refusal) in
                for number in first..<min(first + leadsOfEntry, leads) {
                    try MadeLead.tell(
                        number, of: company, from: Instant(start), to: Instant(end), &chance, in: &transaction)
                }
            }
        }
    }
}

/// Runs a story's commands and remembers what was made.
private struct Teller {
    private var ids: [String: JSON] = [:]

    mutating func tell(_ step: JSON, in transaction: inout Transaction) throws(Refusal) {
        let input = resolved(step["with"] ?? [:])
        let made: Record
        if let name = step["create"]?.text, let resource = Resources.all.first(where: { $0.schema.name == name }) {
            made = try Commands.create(resource, input, in: &transaction)
        } else {
            made = try act(step, input, in: &transaction)
        }
        if let name = step["as"]?.text { ids["$\(name)"] = .string(made.idText) }
    }

    private func act(_ step: JSON, _ input: JSON, in transaction: inout Transaction) throws(Refusal) -> Record {
        guard let name = step["do"]?.text, let subject = step["on"]?.text, let id = ids["$\(subject)"]?.text,
            let schema = Resources.schemas.first(where: { id.hasPrefix("\($0.prefix)_") }),
            let action = Action.all.first(where: { $0.name == name && $0.resource == schema.name }),
            let record = Identifier(id, prefix: schema.prefix).flatMap({ transaction.record(schema.name, $0) })
        else { throw .invalid([Fault("", "a step of the story is neither a create nor an action")]) }
        return try action.run(on: record, input, in: &transaction)
    }

    private func resolved(_ json: JSON) -> JSON {
        switch json {
        case .string(let text): ids[text] ?? json
        case .array(let elements): .array(elements.map(resolved))
        case .object(let members): .object(members.map { .init($0.name, resolved($0.value)) })
        default: json
        }
    }
}
