public import Store

/// Someone of either department.
public enum User: Resource {
    /// A reference to a user.
    static let reference = Reference("users", prefix: "user")

    /// The declaration.
    public static let schema = Schema(
        "users", prefix: "user", "Someone of either department.", isShared: true,
        fields: [
            Field("name", .text(max: 200), "The user's name.").required().indexed().personal().searched(),
            Field("email", .email, "The user's e-mail address.").unique().personal(),
            Field("role", .choice(Words.roles), "What the user does, and so may do.").required(),
            Field("team_id", .reference(Team.reference), "The team the user belongs to.").kept(fromNull: false),
            Field(
                "visibility", .choice(Visibility.allCases.map(\.rawValue)),
                "Whose records the user sees; where not given, of the team for who sells, and all for others."),
            Field("is_available", .bool, "Whether leads are routed to the user.").with(default: .bool(true)),
            Field(
                "capacity", .integer(0...1_000_000),
                "How many open leads the user can have; any number where not given."),
            Field("specialties", .texts(max: 50), "Industries, regions, products or tags that the user knows.")
                .with(default: .list([])),
        ])

    /// The administrator's.
    public static let writers = Grants.administrator

    /// Makes nobody an administrator by the scope of a service.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        try demandNoRise(to: draft["role"], in: transaction)
    }

    /// The last administrator who has a key stays one, or nobody could make another.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        guard draft["role"] != old["role"] else { return }
        for role in [draft["role"], old["role"]] { try demandNoRise(to: role, in: transaction) }
        if old["role"].text == Role.admin.rawValue { try Key.demandAdministrator(beside: old, in: transaction) }
    }

    private static func demandNoRise(to role: Value, in transaction: Transaction) throws(Refusal) {
        guard role.text == Role.admin.rawValue, transaction.author.role == Role.service.rawValue else { return }
        throw .forbidden("a service makes no administrator, and changes none's role", by: [Role.admin.rawValue])
    }
}

/// Some users under a manager.
public enum Team: Resource {
    /// A reference to a team.
    static let reference = Reference("teams", prefix: "team")

    /// The declaration.
    public static let schema = Schema(
        "teams", prefix: "team", "Some users of one department, under a manager.", isShared: true,
        fields: [
            Field("name", .text(max: 200), "The team's name.").required().indexed().searched(),
            Field("department", .choice(Words.departments), "The department the team belongs to.").required(),
            Field("manager_id", .reference(User.reference), "The user who leads the team.").kept(fromNull: false),
            Field("region", .text(max: 200), "The region the team sells or markets in.").kept(fromNull: false),
        ])

    /// The administrator's.
    public static let writers = Grants.administrator
}
