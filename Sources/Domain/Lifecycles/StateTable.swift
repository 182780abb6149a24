internal import JSON
internal import Store

/// The states of one kind of record, and what takes it from one to another.
public struct StateTable: Sendable {
    /// What may happen, in which states, and what they become.
    struct Step: Sendable {
        let event: String
        let from: [String]
        let to: String

        init(_ event: String, _ from: [String], _ to: String) {
            self.event = event
            self.from = from
            self.to = to
        }
    }

    /// What the record is, with its article: `a campaign`.
    let subject: String
    /// Every state, the one that a record begins in first.
    public let states: [String]
    private let steps: [Step]

    init(_ subject: String, _ states: [String], _ steps: [Step]) {
        self.subject = subject
        self.states = states
        self.steps = steps
    }

    /// What may happen at all, in the order of the table.
    public var events: [String] {
        var seen: Set<String> = []
        return steps.map(\.event).filter { seen.insert($0).inserted }
    }

    /// What a state becomes by an event; `nil` where that does not happen in it.
    public func next(_ event: String, in state: String) -> String? {
        steps.first { $0.event == event && $0.from.contains(state) }?.to
    }

    /// A field that holds the state; only what happens changes it.
    func field(_ summary: String) -> Field {
        Field("status", .choice(states), summary).with(default: .text(states[0])).readOnly().indexed()
    }

    /// Has an event happen to a draft.
    ///
    /// - Throws: ``Refusal/conflict(rule:state:)`` where it does not happen in the state that the record is in.
    func happen(_ event: String, to draft: inout Draft, _ field: String = "status") throws(Refusal) {
        let state = draft[field].text ?? states[0]
        guard let next = next(event, in: state) else {
            let others = steps.filter { $0.from.contains(state) }.map(\.event)
            // What the clock alone does is not offered.
            let actions = others.filter { name in
                Action.all.contains { $0.resource == draft.schema.name && $0.name == name }
            }
            let ways = actions.isEmpty ? "" : "; it has \(actions.joined(separator: ", "))"
            throw .conflict(
                rule: "\(subject) that is \(state) has no \(event)" + (others.isEmpty ? ": it is at its end" : ways),
                state: [.init("id", .string(draft.schema.text(draft.id))), .init(field, .string(state))])
        }
        draft[field] = .text(next)
    }

    /// Refuses a change of state that no event makes.
    func demandStep(from state: String, to next: String) throws(Refusal) {
        guard state != next, !steps.contains(where: { $0.from.contains(state) && $0.to == next }) else { return }
        let ways = steps.filter { $0.from.contains(state) }.map(\.to)
        throw .conflict(
            rule:
                "\(subject) that is \(state) becomes \(ways.isEmpty ? "nothing else" : ways.joined(separator: " or "))",
            state: [.init("status", .string(state))])
    }
}
