import Domain
import JSON
import Store

/// Where a made-up story is told: commands by name, with what they are given.
struct Stage {
    /// Makes a record.
    @discardableResult
    static func make(
        _ resource: any Resource.Type, _ input: JSON, in transaction: inout Transaction
    ) throws(Refusal) -> Record {
        try Commands.create(resource, input, in: &transaction)
    }

    /// Does an action on a record as it stands now.
    @discardableResult
    static func act(
        _ name: String, _ record: Record, _ input: JSON, in transaction: inout Transaction
    ) throws(Refusal) -> Record {
        guard let action = Action.all.first(where: { $0.name == name && $0.resource == record.schema.name }),
            let now = transaction.record(record.schema.name, record.id)
        else { preconditionFailure("\(record.schema.name) have no \(name)") }
        return try action.run(on: now, input, in: &transaction)
    }
}

extension Record {
    /// The id as another record's member refers to it.
    var reference: JSON { .string(idText) }
}
