internal import JSON
public import Store

/// Takes a person out of all that is held: the personal data of the lead and of every record that is about it.
public enum Erasure {
    /// Blanks the personal data of a lead, now and in all that was ever written of it; what figures rest on stays.
    ///
    /// - Throws: ``Refusal/conflict(rule:state:)`` where that was done before.
    public static func erase(
        _ lead: Record, version: Int64?, in transaction: inout Transaction
    ) throws(Refusal) -> Record {
        try Commands.demand(version, of: lead)
        if let erased = lead["erased_at"].instant {
            throw .conflict(
                rule: "the lead was erased before", state: [.init("erased_at", .string(erased.description))])
        }
        let about = records(about: lead, in: transaction)
        transaction.erase([lead] + about)
        return transaction.record("leads", lead.id) ?? lead
    }

    /// Every record that refers to one lead alone; what refers to several, such as a deal, is about none of them.
    private static func records(about lead: Record, in transaction: Transaction) -> [Record] {
        transaction.allSchemas.filter { !$0.isInternal }.flatMap { schema in
            schema.soleReferences(to: "leads").flatMap { path in
                transaction.records(schema.name, where: path, is: .identifier(lead.id))
            }
        }
    }
}
