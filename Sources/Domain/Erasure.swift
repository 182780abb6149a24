internal import JSON
public import Store

/// Takes a person out of all that is held: the personal data of the lead and of every record that is about it.
public enum Erasure {
    /// What is left of a lead.
    public enum Remains: Sendable {
        /// The lead, blank.
        case blank(Record)
        /// Nothing: it was deleted before.
        case nothing(Identifier)
    }

    /// Blanks the personal data of a lead, now and in all that was ever written of it; what figures rest on stays.
    ///
    /// - Parameters:
    ///   - condition: what is demanded of the lead.
    ///   - erased: the entry that erased the lead after it was deleted, where one did.
    /// - Throws: ``Refusal/conflict(rule:state:)`` where that was done before and nothing of the person came since, ``Refusal/missing(kind:id:)`` where there
    ///   never was such a lead.
    public static func erase(
        _ text: String, if condition: Precondition = .none, erased: Int64?, in transaction: inout Transaction
    ) throws(Refusal) -> Remains {
        let schema = Lead.schema
        try transaction.demand(
            Grants(any: [.salesManager, .marketingManager]), to: "erase", schema, nil, owners: [])
        guard let id = Identifier(text, prefix: schema.prefix) else { throw .missing(kind: schema.prefix, id: text) }
        if let lead = transaction.record(schema.name, id) {
            guard transaction.shows(lead) else { throw .missing(kind: schema.prefix, id: text) }
            return .blank(try erase(lead, if: condition, in: &transaction))
        }
        // Who demands something of it means a lead that stands.
        guard condition == .none, let last = transaction.lastChange(ofGone: id, schema.name) else {
            throw .missing(kind: schema.prefix, id: text)
        }
        try demandNotMerged(text, in: transaction)
        // Whose it was is not known any more, so that it is for who sees all.
        guard Sight(of: transaction.author, in: transaction).seesAll(of: schema.name) else {
            throw .missing(kind: schema.prefix, id: text)
        }
        if last == erased { throw .conflict(rule: rule, state: [.init("deleted", true)]) }
        transaction.erase(merges(holding: text, in: transaction) + AnsweredRequest.holding([text], in: transaction))
        transaction.erase(gone: id, schema)
        eraseDeletedElsewhere(of: [id], in: &transaction)
        return .nothing(id)
    }

    private static let rule = "the lead was erased before"

    private static func erase(
        _ lead: Record, if condition: Precondition, in transaction: inout Transaction
    ) throws(Refusal) -> Record {
        try condition.demand(of: lead)
        // Who was merged into the person is the person.
        let gone = merged(into: lead.id, in: transaction)
        let held = ([lead.id] + gone).flatMap { merges(of: $0, in: transaction) }
        let about = records(about: lead, in: transaction).filter { $0.schema.name != Merge.schema.name }
        let answers = AnsweredRequest.holding(
            ([lead] + about).map(\.idText) + gone.map(Lead.schema.text), in: transaction)
        let all = [lead] + about + held.onlyOnce + answers.onlyOnce
        // Something may have been said of the person since: that is erased too.
        if let erased = lead["erased_at"].instant, !all.contains(where: { !Draft($0).personalFields.isEmpty }) {
            throw .conflict(rule: rule, state: [.init("erased_at", .string(erased.description))])
        }
        transaction.erase(all)
        for id in gone { transaction.erase(gone: id, Lead.schema) }
        eraseDeletedElsewhere(of: [lead.id] + gone, in: &transaction)
        return transaction.record(lead.schema.name, lead.id) ?? lead
    }

    /// The leads that were merged into one, and into those, and were not parted from it.
    private static func merged(into lead: Identifier, in transaction: Transaction) -> [Identifier] {
        transaction.records(Merge.schema.name, where: "lead_id", is: .identifier(lead))
            .filter { $0["unmerged_at"].isNull }
            .compactMap { $0["from_id"].text.flatMap { Identifier($0, prefix: Lead.schema.prefix) } }
            .flatMap { [$0] + merged(into: $0, in: transaction) }
    }

    /// The merges that hold what a lead was.
    private static func merges(of lead: Identifier, in transaction: Transaction) -> [Record] {
        transaction.records(Merge.schema.name, where: "lead_id", is: .identifier(lead))
            + merges(holding: Lead.schema.text(lead), in: transaction)
    }

    /// The merges that the lead went by and was parted from again, and those of others while it was one of them.
    private static func merges(holding text: String, in transaction: Transaction) -> [Record] {
        ["from_id", "holds"].flatMap { transaction.records(Merge.schema.name, where: $0, is: .text(text)) }
    }

    /// Blanks what was some leads', went over to another by a merge, and was deleted there: nothing else names the lead.
    private static func eraseDeletedElsewhere(of leads: [Identifier], in transaction: inout Transaction) {
        let merges = leads.flatMap {
            transaction.records(Merge.schema.name, where: "from_id", is: .text(Lead.schema.text($0)))
        }
        // What went more than once is erased once.
        for moved in Set(merges.flatMap(Merge.movedAlone)).sorted() {
            guard let (schema, id) = Merge.record(moved, in: transaction), transaction.record(schema.name, id) == nil,
                !schema.soleReferences(to: Lead.schema.name).isEmpty
            else { continue }
            transaction.erase(gone: id, schema)
        }
    }

    private static func demandNotMerged(_ text: String, in transaction: Transaction) throws(Refusal) {
        guard let into = Merge.standing(ofGone: text, in: transaction)?["lead_id"].reference else { return }
        guard transaction.record(Lead.schema.name, into).map(transaction.shows) ?? true else {
            throw .missing(kind: Lead.schema.prefix, id: text)
        }
        throw .conflict(
            rule: "the lead was merged into another, which is erased with all that it was",
            state: [.init("id", .string(Lead.schema.text(into)))])
    }

    /// Every record that refers to one lead alone, and what was done or said on its deals; what refers to several, such as a
    /// deal, is about none of them.
    private static func records(about lead: Record, in transaction: Transaction) -> [Record] {
        let named = transaction.allSchemas.filter { !$0.isInternal }.flatMap { schema in
            schema.soleReferences(to: lead.schema.name).flatMap { path in
                transaction.records(schema.name, where: path, is: .identifier(lead.id))
            }
        }
        return named + records(ofDealsWith: lead.id, in: transaction)
    }

    /// The leads whose erasure reaches a record: the lead that it is, those that it refers to, each alone, or else the one
    /// of its deal.
    public static func leads(of record: Record, in records: some Records) -> [Identifier] {
        if record.schema.isPerson { return [record.id] }
        let named = record.schema.soleReferences(to: Lead.schema.name)
            .compactMap { record.schema.path($0)?.value(in: record).reference }
        guard named.isEmpty, ofDeals.contains(where: { $0 === record.schema }),
            let deal = record["deal_id"].reference.flatMap({ records.record(Deal.schema.name, $0) })
        else { return named }
        let leads = Set(deal["lead_ids"].elements.compactMap(\.reference))
        return leads.count == 1 ? Array(leads) : []
    }

    /// What was done or said without a name on a deal that is with one lead alone: that of nobody else who is known.
    public static func records(ofDealsWith lead: Identifier, in records: some Records) -> [Record] {
        let deals = records.records(Deal.schema.name, where: "lead_ids", is: .identifier(lead))
            .filter { Set($0["lead_ids"].elements.compactMap(\.reference)).count == 1 }
        return ofDeals.flatMap { schema in
            deals.flatMap { records.records(schema.name, where: "deal_id", is: .identifier($0.id)) }
        }
        .filter { $0["lead_id"].isNull }
    }

    private static let ofDeals = [Activity.schema, Objection.schema, Insight.schema]
}

extension [Record] {
    /// Each once.
    fileprivate var onlyOnce: [Record] {
        var seen: Set<Identifier> = []
        return filter { seen.insert($0.id).inserted }
    }
}
