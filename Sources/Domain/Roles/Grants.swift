public import Store

/// The roles that may do something; an admin may everything, and a service what its scopes say.
public struct Grants: Sendable {
    /// A role that may do it to some records alone.
    struct Limited: Sendable {
        let role: Role
        let holds: @Sendable (Record) -> Bool
    }

    /// Those that may do it to any record.
    let any: [Role]
    /// Those that may do it to what they own.
    let own: [Role]
    let limited: [Limited]

    init(any: [Role] = [], own: [Role] = [], limited: [Limited] = []) {
        self.any = any
        self.own = own
        self.limited = limited
    }

    /// Who may say whose a record is: not the roles that may write some records alone.
    var toGive: Grants { Grants(any: any, own: own) }

    /// The administrator's alone.
    static let administrator = Grants()

    /// The roles that may do it to any record, for whoever may not.
    var names: [String] { (any + [.admin]).map(\.rawValue) }

    /// The roles that may make a record, as of their own or before sales takes it too.
    var namesOfMakers: [String] { (any + own + limited.map(\.role) + [.admin]).map(\.rawValue) }

    /// The roles in words: `sales_manager; own: sales_representative`.
    public var sentence: String {
        let parts = [
            (any + [.admin]).map(\.rawValue).joined(separator: ", "),
            own.isEmpty ? "" : "own: \(own.map(\.rawValue).joined(separator: ", "))",
            limited.isEmpty ? "" : "until sales takes it: \(limited.map(\.role.rawValue).joined(separator: ", "))",
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: "; ")
    }

    /// Whether a role may do it to a record; before there is one, to one that is about to be.
    ///
    /// - Parameters:
    ///   - isOwn: whether the record is the asker's.
    public func allow(_ role: Role, isOwn: Bool, _ record: Record?) -> Bool {
        if role == .admin || any.contains(role) || own.contains(role) && isOwn { return true }
        guard let record else { return limited.contains { $0.role == role } }
        return limited.contains { $0.role == role && $0.holds(record) }
    }
}

extension Transaction {
    /// Refuses what the author's role may not do, as ``Store/Author`` does.
    func demand(
        _ grants: Grants, to verb: String, _ schema: Schema, _ record: Record?,
        owners: @autoclosure () -> [Identifier]
    ) throws(Refusal) {
        try author.demand(grants, to: verb, schema, record, owners: owners())
    }
}

extension Author {
    /// Refuses what the author's role may not do.
    ///
    /// - Parameters:
    ///   - verb: what is to be done, `create`, `change`, `delete` or an action's name.
    ///   - owners: who own the record; looked for only where the author is a user.
    fileprivate func demand(
        _ grants: Grants, to verb: String, _ schema: Schema, _ record: Record?,
        owners: @autoclosure () -> [Identifier]
    ) throws(Refusal) {
        guard let name = role else { return }
        let role = Role(rawValue: name)
        let isAllowed =
            switch role {
            case .service: Scopes(scopes).allow(verb, schema.name)
            case let role?: grants.allow(role, isOwn: user.map { owners().contains($0) } ?? false, record)
            case nil: false
            }
        guard isAllowed else {
            throw .forbidden(
                role == .service
                    ? "the scopes of this key do not hold \(schema.name):\(Scopes.word(for: verb))"
                    : "a \(name) may not \(verb) this \(schema.prefix)",
                // Whoever may make their own learns who may make others'.
                by: record == nil && !grants.own.contains(where: { $0 == role }) ? grants.namesOfMakers : grants.names)
        }
    }
}

extension Resource {
    /// Refuses an author who may make no record of the resource, not one of their own.
    static func demandMaking(by author: Author) throws(Refusal) {
        try author.demand(writers, to: "create", schema, nil, owners: [author.user].compactMap { $0 })
    }
}

/// What the key of a service may do: `leads:read`, `touches:write`, `leads:handoff`, or `*` in either place.
public struct Scopes: Sendable {
    private let scopes: [String]

    /// The scopes of a key.
    public init(_ scopes: [String]) { self.scopes = scopes }

    /// What a scope can be for; keys are not, or a service that may write all could make itself an administrator.
    private static let resources = Set(Resources.all.map { $0.schema.name } + ["metrics"])

    /// Whether a verb is among them; creating, changing and deleting are writing.
    public func allow(_ verb: String, _ resource: String) -> Bool {
        guard Self.resources.contains(resource) else { return false }
        let word = Self.word(for: verb)
        return [resource, "*"].contains { resource in
            scopes.contains("\(resource):\(word)") || scopes.contains("\(resource):*")
        }
    }

    /// What a scope calls a verb.
    static func word(for verb: String) -> String {
        ["create", "change", "give away", "delete"].contains(verb) ? "write" : verb
    }

    /// What is wrong with scopes as they are given.
    static func faults(of scopes: [String]) -> [Fault] {
        let resources = Self.resources.union(["*"])
        var faults: [Fault] = []
        for (place, scope) in scopes.enumerated() {
            let parts = scope.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            let hasErasure = parts[0] == Lead.schema.name
            let words =
                ["read", "write", "*"] + Action.all.filter { $0.resource == parts[0] }.map(\.name)
                + (hasErasure ? ["erase"] : [])
            guard parts.count == 2, resources.contains(parts[0]), words.contains(parts[1]) else {
                let right =
                    resources.contains(parts[0])
                    ? "must be \(parts[0]) and one of \(words.joined(separator: ", "))"
                    : "must be a resource and read, write or an action, such as leads:read"
                faults.append(Fault("/scopes/\(place)", right))
                continue
            }
        }
        return faults
    }
}
