public import Store

/// How an owner is found for a lead; the rules are tried by priority until one finds somebody.
public enum RoutingRule: Resource {
    /// A reference to a routing rule.
    static let reference = Reference("routing_rules", prefix: "routing_rule")

    /// The ways to choose among users.
    enum Method: String, CaseIterable {
        /// The next in the list.
        case roundRobin = "round_robin"
        /// Whose team has the region of the lead or its account.
        case territory
        /// Who has the fewest open leads.
        case capacity
        /// Whose specialties match the lead best.
        case fit
        /// Who owns the lead's account.
        case accountOwner = "account_owner"
    }

    /// The declaration.
    public static let schema = Schema(
        "routing_rules", prefix: "routing_rule",
        "How an owner is found for a lead; the rules are tried by priority until one finds somebody.", isShared: true,
        fields: [
            Field("name", .text(max: 200), "The rule's name.").required().searched(),
            Field("priority", .integer(0...1_000_000), "The least comes first.").with(default: .integer(100)).indexed(),
            Field(
                "filter", .text(max: 2000),
                "The leads it is for, as a list of leads is filtered: source.channel=search; all where not given."),
            Field("method", .choice(Method.allCases.map(\.rawValue)), "How it chooses.").required(),
            Field("user_ids", .references(User.reference, max: 200), "Among whom.").with(default: .list([])),
            Field("team_id", .reference(Team.reference), "Among the users of this team."),
            Field("is_active", .bool, "Whether it is tried.").with(default: .bool(true)),
            Field("last_user_id", .reference(User.reference), "Whom a round robin chose last.").readOnly(),
        ])

    /// Sales' manager.
    public static let writers = Grants(any: [.salesManager])

    /// Checks the filter and the candidates.
    public static func check(_ draft: inout Draft, in transaction: Transaction) throws(Refusal) {
        var faults = draft.filterFaults(in: transaction)
        let hasNobody = draft["user_ids"].elements.isEmpty && draft["team_id"].isNull
        let method = draft["method"].text.flatMap(Method.init(rawValue:))
        if hasNobody, method != .accountOwner, method != .territory {
            faults.append(Fault("/user_ids", "a \(method?.rawValue ?? "") needs user_ids or a team_id"))
        }
        try Refusal.demandNone(faults)
    }
}
