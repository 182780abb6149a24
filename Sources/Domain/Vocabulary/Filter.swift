internal import Foundation
public import Store

/// A saved question over the records of a resource, in the words of a list's address: `stage.in=mql,sql&score.gte=50`.
public struct Filter: Sendable {
    /// What must hold.
    public let conditions: [Condition]

    /// Reads a filter; a text that is none has faults at `pointer`.
    init(_ text: String, of schema: Schema, at pointer: String, _ faults: inout [Fault]) {
        var conditions: [Condition] = []
        var found: [Fault] = []
        for item in text.split(separator: "&", omittingEmptySubsequences: true) {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let decoded = parts.map { $0.replacing("+", with: " ").removingPercentEncoding }
            guard decoded.count == 2, let name = decoded[0], let value = decoded[1] else {
                found.append(Fault(pointer, "must be conditions such as stage=mql&score.gte=50, not \(item)"))
                continue
            }
            if let condition = Condition(name: name, value: value, of: schema, others: [], &found) {
                conditions.append(condition)
            }
        }
        self.conditions = conditions
        faults += found.map { Fault(pointer, $0.pointer == pointer ? $0.detail : "\($0.pointer): \($0.detail)") }
    }

    /// A filter that was checked when it was kept; what it no longer understands does not hold.
    init(kept text: String?, of schema: Schema) {
        var faults: [Fault] = []
        self.init(text ?? "", of: schema, at: "", &faults)
    }

    /// What is wrong with it as written by who sees some of the leads alone: by whom a filter of personal data holds for,
    /// what is hidden could be guessed letter by letter.
    func faults(at pointer: String, writtenIn transaction: Transaction) -> [Fault] {
        guard let condition = conditions.first(where: { $0.path.field.isPersonal }),
            !Sight(of: transaction.author, in: transaction).seesAll(of: Lead.schema.name)
        else { return [] }
        return [
            Fault(
                pointer, "must not ask for personal data such as \(condition.path.field.name): you do not see all leads"
            )
        ]
    }

    /// Whether it holds for a record; an empty one holds for all.
    func holds(for record: Record) -> Bool { conditions.allSatisfy { $0.holds(for: record) } }
}

extension Draft {
    /// What is wrong with its filter of leads as such, and where it is another than before with who writes it.
    func filterFaults(in transaction: Transaction) -> [Fault] {
        guard let text = self["filter"].text else { return [] }
        var faults: [Fault] = []
        let filter = Filter(text, of: Lead.schema, at: "/filter", &faults)
        let isKnown = transaction.record(schema.name, id)?["filter"] == self["filter"]
        return faults + (isKnown ? [] : filter.faults(at: "/filter", writtenIn: transaction))
    }
}
