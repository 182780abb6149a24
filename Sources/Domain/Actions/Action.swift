public import JSON
public import Store

/// A verb of a resource, declared once: `POST /v1/{resource}/{id}/{name}`.
public struct Action: Sendable {
    /// What is done: the record as it stands, the input, and the transaction to do it in.
    public typealias Body = @Sendable (Record, Input, inout Transaction) throws(Refusal) -> Record

    /// The resource's name.
    public let resource: String
    /// The verb.
    public let name: String
    /// One sentence for whoever reads the API.
    public let summary: String
    /// The members that its body may have.
    public let fields: [Field]
    /// The resource of the record it answers with.
    public let answer: String
    /// Whether that record is a new one.
    public let makesRecord: Bool
    /// Who may do it; who may write the resource where it says nothing of its own.
    let doers: Grants?
    private let body: Body

    init(
        _ resource: String, _ name: String, _ summary: String, fields: [Field] = [], answer: String? = nil,
        by doers: Grants? = nil, _ body: @escaping Body
    ) {
        self.resource = resource
        self.name = name
        self.summary = summary
        self.fields = fields + [Field("at", .instant, "When it happened; now where not given.")]
        self.answer = answer ?? resource
        makesRecord = answer != nil
        self.doers = doers
        self.body = body
    }

    /// Every action there is.
    public static let all: [Action] =
        LeadActions.all + HandOffActions.all + DealActions.all + AgreementActions.all + OfferActions.all
        + ObjectionActions.all + InquiryActions.all + ActivityActions.all + NurtureActions.all + MergeActions.all
        + InsightActions.all + TouchActions.all

    /// Who may do it.
    public var grants: Grants {
        guard let resource = Resources.all.first(where: { $0.schema.name == resource }) else {
            preconditionFailure("\(name) is an action of no resource")
        }
        return doers ?? resource.writers
    }

    /// Does it.
    ///
    /// - Throws: ``Refusal/invalid(_:)`` with every fault of the input, or what a rule says.
    public func run(
        on record: Record, _ json: JSON, if condition: Precondition = .none, in transaction: inout Transaction
    ) throws(Refusal) -> Record {
        try condition.demand(of: record)
        try transaction.demand(
            grants, to: name, record.schema, record, owners: Ownership.owners(of: record, in: transaction))
        guard case .object(let members) = json else {
            throw .invalid([
                Fault("", "must be an object with \(fields.map(\.name).joined(separator: ", ")), not \(json.kind)")
            ])
        }
        let input = try Input(members, of: fields, in: transaction)
        return try body(record, input, &transaction)
    }
}

/// What an action was given, checked.
public struct Input: Sendable {
    private let fields: [Field]
    private let values: [Value]
    /// When it happened.
    let time: Instant

    init(_ members: [JSON.Member], of fields: [Field], in transaction: Transaction) throws(Refusal) {
        var faults: [Fault] = []
        let values = FieldType.readMembers(members, fields: fields, at: "", &faults)
        let sight = Commands.sight(ofReferencesIn: transaction)
        for (field, value) in zip(fields, values) {
            Commands.checkReferences(value, of: field.type, at: "/\(field.name)", sight, in: transaction, &faults)
        }
        for (field, value) in zip(fields, values) where field.isRequired && !value.isNull && value.isBlank {
            faults.append(Fault("/\(field.name)", "is required and cannot be empty"))
        }
        let time = values.last?.instant
        if let time, time > transaction.now {
            faults.append(Fault("/at", "must not be in the future; it is \(transaction.now) now"))
        }
        guard faults.isEmpty else { throw .invalid(faults) }
        self.fields = fields
        self.values = values
        self.time = time ?? transaction.now
    }

    /// The value of a field, which must be declared.
    subscript(_ name: String) -> Value {
        guard let slot = fields.firstIndex(where: { $0.name == name }) else {
            preconditionFailure("the action has no \(name)")
        }
        return values[slot]
    }
}
