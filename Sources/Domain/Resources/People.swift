public import Store

/// Someone of either department.
public enum User: Resource {
    /// A reference to a user.
    static let reference = Reference("users", prefix: "user")

    /// The declaration.
    public static let schema = Schema(
        "users", prefix: "user", "Someone of either department.",
        fields: [
            Field("name", .text(max: 200), "The user's name.").required().indexed().personal().searched(),
            Field("email", .email, "The user's e-mail address.").unique().personal(),
            Field("role", .choice(Words.roles), "What the user does, and so may do.").required(),
            Field("team_id", .reference(Team.reference), "The team the user belongs to."),
        ])
}

/// Some users under a manager.
public enum Team: Resource {
    /// A reference to a team.
    static let reference = Reference("teams", prefix: "team")

    /// The declaration.
    public static let schema = Schema(
        "teams", prefix: "team", "Some users of one department, under a manager.",
        fields: [
            Field("name", .text(max: 200), "The team's name.").required().indexed().searched(),
            Field("department", .choice(Words.departments), "The department the team belongs to.").required(),
            Field("manager_id", .reference(User.reference), "The user who leads the team."),
            Field("region", .text(max: 200), "The region the team sells or markets in."),
        ])
}

/// What a caller shows to be let in; kept as a hash alone.
public enum Key {
    /// The declaration.
    public static let schema = Schema(
        "keys", prefix: "key", "A key to this server.", isInternal: true,
        fields: [
            Field("name", .text(max: 200), "What the key is for.").required(),
            Field("role", .choice(Words.roles), "What its holder may do.").required(),
            Field("hash", .text(max: 64), "The SHA-256 of the key, in hexadecimal digits.").required().indexed(),
        ])

    /// Keeps a key by its hash.
    public static func keep(hash: String, name: String, role: String, in transaction: inout Transaction) -> Record {
        var draft = transaction.draft(of: schema)
        draft["name"] = .text(name)
        draft["role"] = .text(role)
        draft["hash"] = .text(hash)
        return transaction.put(draft)
    }
}
