public import JSON
public import Store

/// A kind of record and its rules; a new one is a file that declares it, named in ``Resources/all``.
public protocol Resource: Sendable {
    /// The declaration.
    static var schema: Schema { get }
    /// Who may make, change and delete records.
    static var writers: Grants { get }
    /// Whether it is made and changed by actions alone.
    static var isMadeByActions: Bool { get }
    /// Fields that were other than they are until something happened of which the time is known.
    static var pastFields: [String: PastField.Reading] { get }
    /// The fields of a record that stand as it stands now, and why.
    static func settled(_ record: Record) -> (fields: [String], reason: String)?
    /// Whether a record that is posted again corrects the one that is there.
    static var hasNaturalKey: Bool { get }
    /// The record that a draft means where one of its natural key is there, which is then corrected.
    static func existing(_ draft: Draft, in transaction: Transaction) -> Record?
    /// Completes and checks a record about to be made or changed.
    static func check(_ draft: inout Draft, in transaction: Transaction) throws(Refusal)
    /// Completes and checks a record about to be made; `given` are the fields that the caller wrote.
    static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal)
    /// Does what follows from a record that was made.
    static func made(_ record: Record, in transaction: inout Transaction) throws(Refusal) -> Record
    /// Checks a record about to be changed, and does what follows.
    static func changing(_ draft: inout Draft, from old: Record, in transaction: inout Transaction) throws(Refusal)
    /// Does what follows from a record that was changed.
    static func changed(_ record: Record, from old: Record, in transaction: inout Transaction) throws(Refusal) -> Record
    /// Checks a record about to be deleted, and does what follows.
    static func removing(_ record: Record, in transaction: inout Transaction) throws(Refusal)
    /// Does what follows from a record that was deleted.
    static func removed(_ record: Record, in transaction: inout Transaction) throws(Refusal)
}

extension Resource {
    /// Whoever may writes it.
    public static var isMadeByActions: Bool { false }
    /// None.
    public static var pastFields: [String: PastField.Reading] { [:] }
    /// None.
    public static func settled(_ record: Record) -> (fields: [String], reason: String)? { nil }
    /// There is no key but the id.
    public static var hasNaturalKey: Bool { false }
    /// None.
    public static func existing(_ draft: Draft, in transaction: Transaction) -> Record? { nil }
    /// Nothing to check.
    public static func check(_ draft: inout Draft, in transaction: Transaction) throws(Refusal) {}
    /// Nothing to complete.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {}
    /// Nothing follows.
    public static func made(_ record: Record, in transaction: inout Transaction) throws(Refusal) -> Record { record }
    /// Nothing to check.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {}
    /// Nothing follows.
    public static func changed(
        _ record: Record, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) -> Record { record }
    /// Nothing to check.
    public static func removing(_ record: Record, in transaction: inout Transaction) throws(Refusal) {}
    /// Nothing follows.
    public static func removed(_ record: Record, in transaction: inout Transaction) throws(Refusal) {}
}

/// Every resource there is.
public enum Resources {
    /// Those with an address under `/v1`.
    public static let all: [any Resource.Type] =
        people + marketing + sales + together

    private static let people: [any Resource.Type] = [User.self, Team.self, Settings.self, Calendar.self]
    private static let marketing: [any Resource.Type] = [
        Campaign.self, Observation.self, Touch.self, Content.self, Segment.self, ScoringRule.self, Nurture.self,
        Enrolment.self,
    ]
    private static let sales: [any Resource.Type] = [
        Lead.self, Account.self, Inquiry.self, Activity.self, Product.self, Pipeline.self, Deal.self, Offer.self,
        Objection.self, Purchase.self, ExchangeRate.self,
    ]
    private static let together: [any Resource.Type] = [
        HandOff.self, RoutingRule.self, Agreement.self, Insight.self, Goal.self, Merge.self,
    ]
    /// All that the store keeps, the keys among them.
    public static let schemas: [Schema] = all.map { $0.schema } + [Key.schema, AnsweredRequest.schema]
}

/// Create, patch and delete, the same for every resource.
public enum Commands {
    /// Makes a record of what was posted.
    ///
    /// - Throws: ``Refusal/invalid(_:)`` with every fault, or what a rule says.
    public static func create(
        _ resource: any Resource.Type, _ input: JSON, in transaction: inout Transaction
    ) throws(Refusal) -> Record {
        try create(Posted(resource, input), in: &transaction)
    }

    /// Makes a record of what was read.
    ///
    /// - Throws: ``Refusal/invalid(_:)`` with every fault, or what a rule says.
    public static func create(
        _ posted: consuming Posted, in transaction: inout Transaction
    ) throws(Refusal) -> Record {
        try create(posted, isAsked: true, in: &transaction)
    }

    /// Makes a record that follows from another, which its author may do without a right to this one.
    static func follow(
        _ resource: any Resource.Type, _ input: JSON, in transaction: inout Transaction
    ) throws(Refusal) -> Record {
        try create(Posted(resource, input), isAsked: false, in: &transaction)
    }

    private static func create(
        _ posted: consuming Posted, isAsked: Bool, in transaction: inout Transaction
    ) throws(Refusal) -> Record {
        let resource = posted.resource
        let schema = resource.schema
        var faults = posted.faults
        var draft = transaction.draft(of: schema)
        // Taken and not shared, or the first value that is completed would have all of them copied.
        swap(&draft.values, &posted.values)
        checkReferences(draft, isAsked: isAsked, in: transaction, &faults)
        guard faults.isEmpty else { throw .invalid(faults) }
        if isAsked {
            try demandIsWritten(resource)
            own(&draft, resource.writers, in: transaction)
            try transaction.demand(
                resource.writers, to: "create", schema, nil, owners: Ownership.owners(of: draft, in: transaction))
        }
        if resource.hasNaturalKey, let known = resource.existing(draft, in: transaction) {
            return try patch(resource, known, posted.correction, in: &transaction)
        }
        try resource.check(&draft, in: transaction)
        try resource.making(&draft, given: posted.given, in: &transaction)
        try checkUnique(draft, in: transaction)
        return try resource.made(transaction.put(consume draft), in: &transaction)
    }

    /// Changes a record by a JSON Merge Patch (RFC 7396).
    ///
    /// - Parameter condition: what is demanded of the record.
    public static func patch(
        _ resource: any Resource.Type, _ record: Record, _ input: JSON, if condition: Precondition = .none,
        in transaction: inout Transaction
    ) throws(Refusal) -> Record {
        try condition.demand(of: record)
        try demandMayWrite(resource, "change", record, in: transaction)
        return try patch(resource, record, input, isAsked: true, in: &transaction)
    }

    /// Changes a record as follows from another, which its author may do without a right to this one.
    static func follow(
        _ resource: any Resource.Type, _ record: Record, _ input: JSON, in transaction: inout Transaction
    ) throws(Refusal) -> Record {
        try patch(resource, record, input, isAsked: false, in: &transaction)
    }

    private static func patch(
        _ resource: any Resource.Type, _ record: Record, _ input: JSON, isAsked: Bool,
        in transaction: inout Transaction
    ) throws(Refusal) -> Record {
        guard case .object(let members) = input else {
            throw .invalid([Fault("", "must be an object with the members to change, not \(input.kind)")])
        }
        var faults: [Fault] = []
        var draft = Draft(record)
        read(members, into: &draft, isNew: false, &faults)
        for slot in resource.schema.requiredSlots where draft.values[slot].isBlank {
            let field = draft.schema.fields[slot]
            if !faults.contains(where: { $0.pointer == "/\(field.name)" || $0.pointer.hasPrefix("/\(field.name)/") }) {
                faults.append(Fault("/\(field.name)", "is required and cannot be empty"))
            }
        }
        checkReferences(draft, since: record, isAsked: isAsked, in: transaction, &faults)
        guard faults.isEmpty else { throw .invalid(faults) }
        // What changes nothing is no new version.
        guard draft.values != record.values else { return record }
        if isAsked {
            // Who owns it does not give it away, which would be to take it from another team's sight.
            let isGiven = record.schema.ownerSlots.contains { draft.values[$0] != record.value(at: $0) }
            try transaction.demand(
                isGiven ? resource.writers.toGive : resource.writers, to: "give away", record.schema, record,
                owners: Ownership.owners(of: draft, in: transaction))
        }
        try resource.check(&draft, in: transaction)
        try resource.changing(&draft, from: record, in: &transaction)
        try checkUnique(draft, in: transaction)
        return try resource.changed(transaction.put(draft), from: record, in: &transaction)
    }

    /// Takes a record away, unless another refers to it.
    public static func delete(
        _ resource: any Resource.Type, _ record: Record, if condition: Precondition = .none,
        in transaction: inout Transaction
    ) throws(Refusal) {
        try condition.demand(of: record)
        try demandMayWrite(resource, "delete", record, in: transaction)
        try resource.removing(record, in: &transaction)
        try checkNotReferred(record, in: transaction)
        transaction.remove(record)
        try resource.removed(record, in: &transaction)
    }

    // MARK: Parts

    private static func demandMayWrite(
        _ resource: any Resource.Type, _ verb: String, _ record: Record, in transaction: Transaction
    ) throws(Refusal) {
        try demandIsWritten(resource)
        try transaction.demand(
            resource.writers, to: verb, record.schema, record, owners: Ownership.owners(of: record, in: transaction))
    }

    /// Refuses who may write no record of a resource, not one of their own: who asks for one by a key would learn of it.
    static func demandMayWriteSome(_ resource: any Resource.Type, in transaction: Transaction) throws(Refusal) {
        try demandIsWritten(resource)
        try resource.demandMaking(by: transaction.author)
    }

    private static func demandIsWritten(_ resource: any Resource.Type) throws(Refusal) {
        guard resource.isMadeByActions else { return }
        throw .conflict(rule: "\(resource.schema.name) are made by actions alone", state: [])
    }

    /// What somebody makes who may make their own is theirs where they do not say whose.
    private static func own(_ draft: inout Draft, _ writers: Grants, in transaction: Transaction) {
        guard let user = transaction.author.user, let role = transaction.author.role.flatMap(Role.init(rawValue:)),
            writers.own.contains(role)
        else { return }
        for slot in draft.schema.ownerSlots where draft.values[slot].isNull { draft.values[slot] = .reference(user) }
    }

    /// Reads members that were posted into a draft.
    static func read(
        _ members: [JSON.Member], into draft: inout Draft, isNew: Bool, _ faults: inout [Fault]
    ) {
        let schema = draft.schema
        for member in members {
            if member.name == "id" {
                // A record sent back as it was read has its id in it, which is no field of the schema.
                if isNew || member.value.text != schema.text(draft.id) { faults.append(Fault("/id", "is read-only")) }
                continue
            }
            guard let slot = schema.slot(member.name) else {
                let known = schema.fields.filter { $0.isWritable }.map(\.name)
                faults.append(Spelling.unknownMember(member.name, among: known, at: ""))
                continue
            }
            let field = schema.fields[slot]
            let pointer = field.pointer
            var json = member.value
            if !isNew, let merged = merge(json, into: draft.values[slot], of: field.type) { json = merged }
            let value = json == .null ? field.nullValue : field.type.read(json, at: pointer, &faults)
            // A record can be sent back as it was read: what cannot be written may stay what it is.
            if !isNew, value == draft.values[slot] { continue }
            switch field.writing {
            case .never: faults.append(Fault(pointer, "is read-only"))
            case .onCreate(let action) where !isNew: faults.append(Fault(pointer, "changes by \(action)"))
            default: draft.values[slot] = value
            }
        }
    }

    /// A patch of an object or map changes the members it names and leaves the others (RFC 7396).
    private static func merge(_ patch: JSON, into value: Value, of type: FieldType) -> JSON? {
        guard case .object(let changes) = patch else { return nil }
        switch type {
        case .object, .scalars, .money: break
        default: return nil
        }
        var members = value.json(of: type).members ?? []
        for change in changes {
            // What is there keeps its place: an order of members is no change.
            guard let place = members.firstIndex(where: { $0.name == change.name }) else {
                if change.value != .null { members.append(change) }
                continue
            }
            if change.value == .null { members.remove(at: place) } else { members[place] = change }
        }
        return .object(members)
    }

    /// Looks whether what a draft refers to is there, and where somebody asks for it, whether that is for them to see.
    private static func checkReferences(
        _ draft: Draft, since old: Record? = nil, isAsked: Bool, in transaction: Transaction, _ faults: inout [Fault]
    ) {
        let sight = isAsked ? sight(ofReferencesIn: transaction) : .all
        for slot in draft.schema.referringSlots where !draft.values[slot].isNull {
            if let old, old.value(at: slot) == draft.values[slot] { continue }
            let field = draft.schema.fields[slot]
            checkReferences(draft.values[slot], of: field.type, at: field.pointer, sight, in: transaction, &faults)
        }
    }

    /// What an author may refer to: what it sees, and a service to everything.
    static func sight(ofReferencesIn transaction: Transaction) -> Sight {
        transaction.author.user == nil ? .all : Sight(of: transaction.author, in: transaction)
    }

    static func checkReferences(
        _ value: Value, of type: FieldType, at pointer: String, _ sight: Sight = .all, in transaction: Transaction,
        _ faults: inout [Fault]
    ) {
        switch (type, value) {
        case (.reference(let reference), .reference(let id)):
            guard !isSeen(reference, id, sight, in: transaction) else { return }
            faults.append(
                Fault(pointer, "there is no \(reference.prefix) \(id.text(prefix: reference.prefix))"))
        case (.references(let reference, _), .list(let ids)):
            for (index, id) in ids.enumerated() {
                let place = "\(pointer)/\(index)"
                checkReferences(id, of: .reference(reference), at: place, sight, in: transaction, &faults)
            }
        case (.object(let fields), .object(let parts)):
            for (field, part) in zip(fields, parts) {
                checkReferences(part, of: field.type, at: "\(pointer)/\(field.name)", sight, in: transaction, &faults)
            }
        case (.objects(let fields), .list(let elements)):
            for (index, element) in elements.enumerated() {
                checkReferences(
                    element, of: .object(fields), at: "\(pointer)/\(index)", sight, in: transaction, &faults)
            }
        default: break
        }
    }

    private static func isSeen(
        _ reference: Reference, _ id: Identifier, _ sight: Sight, in transaction: Transaction
    ) -> Bool {
        if sight.isAll { return transaction.has(reference.resource, id) }
        return transaction.record(reference.resource, id).map { sight.sees($0, in: transaction) } ?? false
    }

    private static func checkUnique(_ draft: Draft, in transaction: Transaction) throws(Refusal) {
        guard let (field, other) = transaction.rival(of: draft) else { return }
        let schema = draft.schema
        guard Sight(of: transaction.author, in: transaction).sees(other, in: transaction) else {
            throw hidden(field.name, of: schema)
        }
        throw .conflict(
            rule: "the \(field.name) of a \(schema.prefix) is unique, and \(other.idText) has it",
            state: [
                .init("id", .string(other.idText)), .init("href", .string("/v1/\(schema.name)/\(other.idText)")),
            ])
    }

    /// What is told who gives a value that a record has which is not for them to see.
    static func hidden(_ name: String, of schema: Schema) -> Refusal {
        .conflict(rule: "the \(name) of a \(schema.prefix) is unique, and one that you do not see has it", state: [])
    }

    /// Of how many records that refer to one it is told how many of them are seen.
    private static let referringMax = 1000

    private static func checkNotReferred(_ record: Record, in transaction: Transaction) throws(Refusal) {
        var state: [JSON.Member] = []
        var isReferred = false
        let sight = Sight(of: transaction.author, in: transaction)
        for schema in transaction.allSchemas {
            for path in schema.references(to: record.schema.name) {
                let referring = transaction.records(schema.name, where: path, is: .identifier(record.id))
                isReferred = isReferred || !referring.isEmpty
                // All else waits meanwhile: of many, those are counted for which nobody's owners are looked for.
                let isMany = referring.count > referringMax && !sight.seesAll(of: schema.name)
                let count = isMany ? 0 : referring.count { sight.sees($0, in: transaction) }
                if count > 0 { state.append(.init("\(schema.name).\(path)", .integer(Int64(count)))) }
            }
        }
        guard !isReferred else {
            throw .conflict(
                rule: "a \(record.schema.prefix) that others refer to is not deleted",
                state: [.init("referred_by", .object(state))])
        }
    }
}

extension Value {
    /// Whether there is nothing, or a text of nothing but spaces.
    var isBlank: Bool {
        guard case .text(let text) = self else { return isNull }
        // Most begin with what is no space, which is seen without Unicode's tables.
        if let first = text.utf8.first, (0x21...0x7E).contains(first) { return false }
        return text.allSatisfy(\.isWhitespace)
    }
}
