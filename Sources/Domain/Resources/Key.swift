public import JSON
public import Store

/// What a caller shows to be let in; kept as a hash alone.
public enum Key {
    /// The declaration.
    public static let schema = Schema(
        "keys", prefix: "key", "A key to this server.", isInternal: true,
        fields: [
            Field("name", .text(max: 200), "What the key is for.").required(),
            Field("role", .choice(["service", "admin"]), "What its holder may do, where it is no user."),
            Field("user_id", .reference(User.reference), "The user who holds it, in whose role it acts."),
            Field("scopes", .texts(max: 100), "What a service may do, such as leads:read and touches:write.")
                .with(default: .list([])),
            Field("hash", .text(max: 64), "The SHA-256 of the key, in hexadecimal digits.").required().indexed(),
        ])

    /// What can be given.
    public static let inputs = schema.fields.filter { ["name", "role", "user_id", "scopes"].contains($0.name) }

    /// Makes a key, of which the hash is kept.
    ///
    /// - Throws: ``Refusal/invalid(_:)`` where the input is not right, ``Refusal/forbidden(_:by:)`` where the author is
    ///   no administrator.
    public static func make(_ input: JSON, hash: String, in transaction: inout Transaction) throws(Refusal) -> Record {
        try transaction.demand(.administrator, to: "create", schema, nil, owners: [])
        guard case .object(let members) = input else {
            throw .invalid([Fault("", "must be an object with the members of a key, not \(input.kind)")])
        }
        var faults: [Fault] = []
        let values = FieldType.readMembers(members, fields: inputs, at: "", &faults)
        var draft = transaction.draft(of: schema)
        for (field, value) in zip(inputs, values) {
            draft[field.name] = value
            Commands.checkReferences(value, of: field.type, at: "/\(field.name)", in: transaction, &faults)
        }
        draft["hash"] = .text(hash)
        if faults.isEmpty { faults = self.faults(of: draft) }
        guard faults.isEmpty else { throw .invalid(faults) }
        return transaction.put(draft)
    }

    private static func faults(of draft: Draft) -> [Fault] {
        let scopes = draft["scopes"].elements.compactMap(\.text)
        var faults = Scopes.faults(of: scopes)
        if draft["role"].isNull == draft["user_id"].isNull {
            faults.append(Fault("/role", "a key has a role or a user_id"))
        }
        let isService = draft["role"].text == Role.service.rawValue
        if isService == scopes.isEmpty {
            faults.append(Fault("/scopes", isService ? "a service needs scopes" : "only a service has scopes"))
        }
        return faults
    }

    private static func isAdministrators(_ key: Record, in transaction: Transaction) -> Bool {
        let user = key["user_id"].reference.flatMap { transaction.record(User.schema.name, $0) }
        return (user?["role"] ?? key["role"]).text == Role.admin.rawValue
    }

    /// Takes a key away: whoever shows it is refused from then on.
    ///
    /// - Throws: ``Refusal/forbidden(_:by:)`` where the author is no administrator.
    public static func revoke(_ record: Record, in transaction: inout Transaction) throws(Refusal) {
        try transaction.demand(.administrator, to: "delete", schema, record, owners: [])
        if isAdministrators(record, in: transaction) {
            try demandOther(in: transaction, "the last key of an administrator stays") { $0.id != record.id }
        }
        transaction.remove(record)
    }

    /// Refuses that the last administrator who has a key is one no more.
    static func demandAdministrator(beside user: Record, in transaction: Transaction) throws(Refusal) {
        let own = transaction.records(schema.name, where: "user_id", is: .identifier(user.id))
        // Where there are no keys none is needed, and who has none cannot come in with one.
        guard !own.isEmpty else { return }
        try demandOther(in: transaction, "the last administrator who has a key stays one") { key in
            key["user_id"].reference != user.id
        }
    }

    private static func demandOther(
        in transaction: Transaction, _ rule: String, among isOther: (Record) -> Bool
    ) throws(Refusal) {
        let others = transaction.records(schema.name, after: nil, limit: .max - 1).filter(isOther)
        guard others.contains(where: { isAdministrators($0, in: transaction) }) else {
            throw .conflict(rule: "\(rule): give another administrator a key first", state: [])
        }
    }
}
