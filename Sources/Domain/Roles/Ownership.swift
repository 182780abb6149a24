public import Store

/// Who owns a record: whom its own fields name, or else the owners of what it is about.
enum Ownership {
    /// How far it goes from a record to what that is about: an offer is about a deal, which is about an account.
    private static let stepsMax = 3

    static func owners(of record: Record, in records: some Records) -> [Identifier] {
        owners(record.schema, isWide: false, steps: stepsMax, in: records) { record.value(at: $0) }
    }

    static func owners(of draft: Draft, in records: some Records) -> [Identifier] {
        owners(draft.schema, isWide: false, steps: stepsMax, in: records) { draft.values[$0] }
    }

    /// Those who own a record, and those who own what it is about as well.
    static func allOwners(of record: Record, in records: some Records) -> [Identifier] {
        owners(record.schema, isWide: true, steps: stepsMax, in: records) { record.value(at: $0) }
    }

    /// Whether something is gone that a record is about: whose that was, nobody knows any more.
    static func isAboutGone(_ record: Record, in records: some Records) -> Bool {
        record.schema.subjectSlots.contains { slot in
            guard case .reference(let reference) = record.schema.fields[slot].type,
                let id = record.value(at: slot).reference
            else { return false }
            return records.record(reference.resource, id) == nil
        }
    }

    private static func owners(
        _ schema: Schema, isWide: Bool, steps: Int, in records: some Records, _ value: (Int) -> Value
    ) -> [Identifier] {
        let named = schema.ownerSlots.compactMap { value($0).reference }
        guard named.isEmpty || isWide, steps > 0 else { return named }
        return named
            + subjects(schema, in: records, value).flatMap { subject in
                owners(subject.schema, isWide: isWide, steps: steps - 1, in: records) { subject.value(at: $0) }
            }
    }

    private static func subjects(
        _ schema: Schema, in records: some Records, _ value: (Int) -> Value
    ) -> [Record] {
        schema.subjectSlots.compactMap { slot in
            guard case .reference(let reference) = schema.fields[slot].type, let id = value(slot).reference else {
                return nil
            }
            return records.record(reference.resource, id)
        }
    }

    /// Whom a lead is handed to, or the lead that a record is about: nobody can answer for what they do not see.
    static func takers(of record: Record, in records: some Records) -> [Identifier] {
        takers(of: record, steps: stepsMax, in: records)
    }

    private static func takers(of record: Record, steps: Int, in records: some Records) -> [Identifier] {
        // Another stage has no hand-off that waits, which is not looked for.
        if record.schema.name == Lead.schema.name {
            guard record["stage"].text == Stage.mql.rawValue else { return [] }
            return [HandOff.waiting(of: record, in: records)?["to"].reference].compactMap(\.self)
        }
        guard steps > 0 else { return [] }
        return subjects(record.schema, in: records) { record.value(at: $0) }.flatMap {
            takers(of: $0, steps: steps - 1, in: records)
        }
    }
}

/// What somebody sees.
public struct Sight: Sendable {
    /// The users whose records are seen; `nil` where all are.
    private let users: Set<Identifier>?
    /// What a service may read; `nil` for everybody else, who may read all resources.
    private let scopes: Scopes?

    /// Everything is seen.
    public static let all = Sight(users: nil, scopes: nil)

    private init(users: Set<Identifier>?, scopes: Scopes?) {
        self.users = users
        self.scopes = scopes
    }

    /// What an author sees.
    public init(of author: Author, in records: some Records) {
        let role = author.role.flatMap(Role.init(rawValue:))
        guard role != .service, let id = author.user, let user = records.record(User.schema.name, id) else {
            self.init(users: nil, scopes: role == .service ? Scopes(author.scopes) : nil)
            return
        }
        switch user["visibility"].text.flatMap(Visibility.init(rawValue:)) ?? role?.visibility ?? .own {
        case .all: self = .all
        case .own: self.init(users: [id], scopes: nil)
        case .team: self.init(users: Self.team(of: user, in: records), scopes: nil)
        }
    }

    /// The users of one's team and of the teams that one leads.
    private static func team(of user: Record, in records: some Records) -> Set<Identifier> {
        let led = records.records(Team.schema.name, where: "manager_id", is: .identifier(user.id)).map(\.id)
        let teams = Set(led + [user["team_id"].reference].compactMap { $0 })
        let members = teams.flatMap { records.records(User.schema.name, where: "team_id", is: .identifier($0)) }
        return Set(members.map(\.id) + [user.id])
    }

    /// Whether everything is seen.
    public var isAll: Bool { users == nil && scopes == nil }

    /// Whether records of a resource are seen at all.
    public func mayRead(_ resource: String) -> Bool {
        guard let scopes else { return true }
        // A merge holds both records whole.
        let told = resource == Merge.schema.name ? [resource, Lead.schema.name, Account.schema.name] : [resource]
        return told.allSatisfy { scopes.allow("read", $0) }
    }

    /// Whether all records of a resource are seen.
    public func seesAll(of resource: String) -> Bool { users == nil && mayRead(resource) }

    /// Whether a record is seen: it is for everybody, nobody owns it, or one of those whose records are seen does or is
    /// to answer for the lead that it is about.
    public func sees(_ record: Record, in records: some Records) -> Bool {
        guard mayRead(record.schema.name) else { return false }
        guard let users, !record.schema.isShared else { return true }
        // What was parted again is another's: a merge that holds it is for who sees that too.
        if record.schema.name == Merge.schema.name, Merge.isParted(record) {
            guard let parted = Merge.parted(by: record, in: records), sees(parted, in: records) else { return false }
        }
        let owners = Ownership.allOwners(of: record, in: records)
        return owners.contains(where: users.contains)
            || owners.isEmpty && !Ownership.isAboutGone(record, in: records)
            || Ownership.takers(of: record, in: records).contains(where: users.contains)
    }
}

extension Transaction {
    /// Whether the author is told of a record; a service is of what it may change, also where it may not read it.
    public func shows(_ record: Record) -> Bool {
        author.user == nil || Sight(of: author, in: self).sees(record, in: self)
    }
}
