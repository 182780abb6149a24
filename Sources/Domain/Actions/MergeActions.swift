internal import JSON
internal import Store

/// How two records become one, and two again.
enum MergeActions {
    private static let choices = Field(
        "fields", .scalars,
        "Whose value stays, by field: into or from; where not said, into's, or from's where it is empty."
    )

    private static let ofLeads = Grants(
        any: [.salesManager, .marketingManager], own: [.salesRepresentative, .accountManager])
    private static let ofAccounts = Grants(any: [.salesManager, .marketingManager], own: [.accountManager])

    static let all = [
        Action(
            "leads", "merge", "Merges another lead into this one: all that refers to it refers to this one.",
            fields: [
                Field("from", .reference(Lead.reference), "The lead that goes.").required(), choices,
            ], answer: "merges",
            by: ofLeads, merge),
        Action(
            "accounts", "merge", "Merges another account into this one: all that refers to it refers to this one.",
            fields: [
                Field("from", .reference(Account.reference), "The account that goes.").required(), choices,
            ], answer: "merges", by: ofAccounts, merge),
        Action(
            "merges", "unmerge", "Parts what was merged: both are as they were, with what came since kept.",
            by: Grants(any: [.salesManager, .marketingManager]), unmerge),
    ]

    private static func merge(
        _ into: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        guard let id = input["from"].reference, let from = transaction.record(into.schema.name, id) else {
            preconditionFailure("from was checked to be there")
        }
        // Into one's own, or another's record would be read and taken that way.
        try transaction.demand(
            into.schema.name == Lead.schema.name ? ofLeads : ofAccounts, to: "merge", from.schema, from,
            owners: Ownership.owners(of: from, in: transaction))
        var chosen: [String: Bool] = [:]
        var faults: [Fault] = []
        if case .json(.object(let members)) = input["fields"] {
            for member in members {
                let field = into.schema.slot(member.name).map { into.schema.fields[$0] }
                if field?.writing != .always {
                    let names = into.schema.fields.filter { $0.writing == .always }.map(\.name)
                    faults.append(Spelling.unknownMember(member.name, among: names, at: "/fields"))
                } else if let word = member.value.text, ["into", "from"].contains(word) {
                    chosen[member.name] = word == "from"
                } else {
                    faults.append(Fault("/fields/\(member.name)", "must be into or from"))
                }
            }
        }
        try Refusal.demandNone(faults)
        return try Merging.merge(from, into: into, choosing: chosen, at: input.time, in: &transaction)
    }

    private static func unmerge(
        _ merge: Record, _ input: Input, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        try Merging.part(merge, at: input.time, in: &transaction)
    }
}
