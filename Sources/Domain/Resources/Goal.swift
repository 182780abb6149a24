internal import JSON
public import Store

/// A target for a metric, a scope and a period.
public enum Goal: Resource {
    /// The declaration.
    public static let schema = Schema(
        "goals", prefix: "goal", "A target for a metric, a scope and a period.", isShared: true,
        fields: [
            Field("name", .text(max: 200), "The goal's name.").required().searched(),
            Field("department", .choice(Words.departments), "Whose goal it is.").required().indexed(),
            Field("metric", .choice(Words.metrics), "The metric, by its name in /v1/metrics.").required().indexed(),
            Field("scope", .choice(["company", "team", "user", "campaign"]), "What it is for.").with(
                default: .text("company")),
            Field("team_id", .reference(Team.reference), "The team, where the scope is one."),
            Field("user_id", .reference(User.reference), "The user, where the scope is one."),
            Field("campaign_id", .reference(Campaign.reference), "The campaign, where the scope is one."),
            Field("from", .day, "The first day of the period.").required(),
            Field("to", .day, "The first day after it.").required().indexed(),
            Field("time_zone", .text(max: 100), "The zone in which its days begin; UTC where not given."),
            Field("target", .number(0...1e15), "What is to be reached; not of money."),
            Field("target_amount", .money, "What is to be reached, of money."),
        ])

    /// Each department's manager sets its own, which ``making(_:given:in:)`` sees to.
    public static let writers = Grants(any: [.salesManager, .marketingManager])

    /// Each department sets its own.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        try demandOwnDepartment(draft["department"].text, transaction.author)
        try demandOnly(draft, in: transaction)
    }

    /// Each department changes its own, and gives none away.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        try demandOwnDepartment(draft["department"].text, transaction.author)
        try demandOwnDepartment(old["department"].text, transaction.author)
        if !isOfTheSame(draft, as: old) { try demandOnly(draft, in: transaction) }
    }

    /// Each department takes away its own.
    public static func removing(_ record: Record, in transaction: inout Transaction) throws(Refusal) {
        try demandOwnDepartment(record["department"].text, transaction.author)
    }

    /// Checks scope, period and target.
    public static func check(_ draft: inout Draft, in transaction: Transaction) throws(Refusal) {
        if draft["scope"].isNull { draft["scope"] = .text("company") }
        var faults: [Fault] = []
        let scope = draft["scope"].text ?? ""
        for kind in ["team", "user", "campaign"] {
            if kind == scope, draft["\(kind)_id"].isNull {
                faults.append(Fault("/\(kind)_id", "is required where the scope is \(kind)"))
            } else if kind != scope, !draft["\(kind)_id"].isNull {
                faults.append(Fault("/\(kind)_id", "is of the scope \(kind), and this is \(scope)"))
            }
        }
        if case .day(let from) = draft["from"], case .day(let to) = draft["to"], to <= from {
            faults.append(Fault("/to", "must be after from, \(from)"))
        }
        if let zone = draft["time_zone"].text, Zone(zone) == nil {
            faults.append(Fault("/time_zone", "must be an IANA time zone such as \"Europe/Berlin\""))
        }
        let metric = draft["metric"].text ?? ""
        let isOfMoney = Words.metricsOfMoney.contains(metric)
        if draft["target"].isNull == draft["target_amount"].isNull {
            faults.append(Fault("/target", "a goal has a target or a target_amount"))
        } else if isOfMoney, draft["target_amount"].isNull {
            faults.append(Fault("/target", "\(metric) is money: its goal has a target_amount"))
        } else if !isOfMoney, draft["target"].isNull {
            faults.append(Fault("/target_amount", "\(metric) is not money: its goal has a target"))
        }
        if let amount = draft["target_amount"].money, amount.amount < 0 {
            faults.append(Fault("/target_amount", "must not be negative"))
        }
        try Refusal.demandNone(faults)
    }

    /// Refuses a second goal for what has one: figures held against it would be held against both together.
    private static func demandOnly(_ draft: Draft, in transaction: Transaction) throws(Refusal) {
        guard case .day(let to) = draft["to"] else { return }
        let scopes = ["user_id", "team_id", "campaign_id"]
        let scope = scopes.lazy.compactMap { name in draft[name].reference.map { (name, IndexValue.identifier($0)) } }
        let (path, value) = scope.first ?? ("to", .number(Int64(to.number)))
        let others = transaction.records(schema.name, where: path, is: value)
        guard let other = others.first(where: { $0.id != draft.id && isOfTheSame(draft, as: $0) }) else { return }
        throw .conflict(
            rule: "there is a goal of this department for the same metric, scope and period: change its target",
            state: [.init("id", .string(other.idText))])
    }

    private static func isOfTheSame(_ draft: Draft, as other: Record) -> Bool {
        let names = ["department", "metric", "team_id", "user_id", "campaign_id", "from", "to"]
        guard names.allSatisfy({ draft[$0] == other[$0] }), case .day(let from) = draft["from"] else { return false }
        // A zone has several names.
        let begins = [draft["time_zone"], other["time_zone"]].map { Zone($0.text ?? "UTC")?.start(of: from) }
        return begins[0] == begins[1]
    }

    private static func demandOwnDepartment(_ department: String?, _ author: Author) throws(Refusal) {
        let role = author.role.flatMap(Role.init(rawValue:))
        guard role == .salesManager && department == "marketing" || role == .marketingManager && department == "sales"
        else { return }
        throw .forbidden("the goals of \(department ?? "") are its own", by: ["\(department ?? "")_manager", "admin"])
    }
}
