internal import JSON
internal import Store

/// Finds who takes a lead, and says why.
struct Routing {
    /// Who takes it, by which rule, and the reason in words.
    struct Choice {
        let user: Record
        let rule: Record
        let reason: String

        /// As a record tells it.
        var value: Value { .object([.reference(rule.id), rule["method"], .text(reason)]) }
    }

    /// What a record tells of a choice.
    static let field = Field(
        "routing",
        .object([
            Field("rule_id", .reference(RoutingRule.reference), "The rule."),
            Field("method", .text(max: 50), "How it chose."), Field("reason", .text(max: 500), "Why.").personal(),
        ]), "How its owner was found, where a rule did."
    ).readOnly()

    private let lead: Record
    private let excluded: Set<Identifier>
    /// Why each rule that was tried found nobody.
    private var tried: [JSON.Member] = []

    /// Finds who takes a lead; a round robin goes on by it.
    ///
    /// - Parameter excluded: who does not.
    /// - Throws: ``Refusal/conflict(rule:state:)`` with what each rule came to, where none finds anybody.
    static func choose(
        for lead: Record, excluding excluded: Set<Identifier> = [], in transaction: inout Transaction
    ) throws(Refusal) -> Choice {
        var routing = Routing(lead: lead, excluded: excluded)
        return try routing.choose(in: &transaction)
    }

    private init(lead: Record, excluded: Set<Identifier>) {
        self.lead = lead
        self.excluded = excluded
    }

    private mutating func choose(in transaction: inout Transaction) throws(Refusal) -> Choice {
        for rule in transaction.recordsInOrder(RoutingRule.schema.name, of: "priority") {
            guard rule["is_active"] == .bool(true),
                Filter(kept: rule["filter"].text, of: Lead.schema).holds(for: lead),
                let method = rule["method"].text.flatMap(RoutingRule.Method.init(rawValue:))
            else { continue }
            if let choice = choose(by: method, rule, in: transaction) {
                if method == .roundRobin {
                    var draft = Draft(rule)
                    draft["last_user_id"] = .reference(choice.user.id)
                    transaction.put(draft)
                }
                return choice
            }
        }
        throw .conflict(
            rule: "no routing rule finds an owner", state: [.init("tried", .object(tried))])
    }

    private mutating func choose(
        by method: RoutingRule.Method, _ rule: Record, in transaction: Transaction
    ) -> Choice? {
        let all = candidates(of: rule, method, in: transaction)
        let free = all.filter { isFree($0, in: transaction) }
        guard !free.isEmpty else {
            tried.append(.init(rule.idText, .string(all.isEmpty ? "nobody to choose from" : "nobody is free")))
            return nil
        }
        let choice: (user: Record, reason: String)?
        switch method {
        case .accountOwner: choice = free.first.map { ($0, "owns the account") }
        case .roundRobin: choice = next(among: free, after: rule["last_user_id"].reference)
        case .capacity, .territory: choice = leastBusy(free, method, in: transaction)
        case .fit: choice = bestFit(free, in: transaction)
        }
        guard let choice else {
            tried.append(.init(rule.idText, "nobody fits"))
            return nil
        }
        return Choice(user: choice.user, rule: rule, reason: "\(choice.user["name"].text ?? "") \(choice.reason)")
    }

    // MARK: Candidates

    private func candidates(of rule: Record, _ method: RoutingRule.Method, in transaction: Transaction) -> [Record] {
        if method == .accountOwner {
            let owner = account(in: transaction)?["owner_id"].reference
            return owner.flatMap { transaction.record(User.schema.name, $0) }.map { [$0] } ?? []
        }
        var users = rule["user_ids"].elements.compactMap(\.reference)
            .compactMap { transaction.record(User.schema.name, $0) }
        if let team = rule["team_id"].reference {
            users += transaction.records(User.schema.name, where: "team_id", is: .identifier(team))
        }
        guard method == .territory else { return users }
        guard let region = region(in: transaction) else { return [] }
        if users.isEmpty {
            users = transaction.recordsInOrder(User.schema.name, of: "name").filter { !$0["team_id"].isNull }
        }
        return users.filter { user in
            let team = user["team_id"].reference.flatMap { transaction.record(Team.schema.name, $0) }
            return team?["department"].text == "sales" && team?["region"].text?.lowercased() == region
        }
    }

    private func account(in transaction: Transaction) -> Record? {
        lead["account_id"].reference.flatMap { transaction.record(Account.schema.name, $0) }
    }

    private func region(in transaction: Transaction) -> String? {
        (lead["region"].text ?? account(in: transaction)?["region"].text)?.lowercased()
    }

    private func isFree(_ user: Record, in transaction: Transaction) -> Bool {
        guard !excluded.contains(user.id), user["is_available"] != .bool(false) else { return false }
        guard case .integer(let capacity) = user["capacity"] else { return true }
        return openCount(of: user, in: transaction) < capacity
    }

    /// The leads that somebody works on, and those that wait for an answer.
    private func openCount(of user: Record, in transaction: Transaction) -> Int64 {
        let owned = transaction.records(Lead.schema.name, where: "owner_id", is: .identifier(user.id))
            .count { [.sal, .sql, .opportunity].contains(Lead.stage(of: $0)) }
        let waiting = transaction.records(HandOff.schema.name, where: "to", is: .identifier(user.id))
            .count { HandOff.isWaiting($0) }
        return Int64(owned + waiting)
    }

    // MARK: Choosing

    private func next(among users: [Record], after last: Identifier?) -> (user: Record, reason: String)? {
        // The one after the last in the order of the list, though the last may be gone from it.
        let place = users.firstIndex { $0.id == last }.map { ($0 + 1) % users.count } ?? 0
        return (users[place], "is next")
    }

    private func leastBusy(
        _ users: [Record], _ method: RoutingRule.Method, in transaction: Transaction
    ) -> (user: Record, reason: String)? {
        let counted = users.map { (user: $0, count: openCount(of: $0, in: transaction)) }
        guard let best = counted.min(by: { ($0.count, $0.user.id) < ($1.count, $1.user.id) }) else { return nil }
        let territory = method == .territory ? "sells in \(region(in: transaction) ?? ""), " : ""
        return (best.user, "\(territory)has \(best.count) open leads, the fewest of \(users.count)")
    }

    private func bestFit(_ users: [Record], in transaction: Transaction) -> (user: Record, reason: String)? {
        let wanted = Set(words(in: transaction))
        let matched = users.map { user -> (user: Record, words: [String]) in
            let specialties = user["specialties"].elements.compactMap { $0.text?.lowercased() }
            return (user, specialties.filter(wanted.contains))
        }
        guard let most = matched.map(\.words.count).max(), most > 0 else { return nil }
        let best = matched.filter { $0.words.count == most }
        guard let chosen = leastBusy(best.map(\.user), .capacity, in: transaction)?.user,
            let words = best.first(where: { $0.user.id == chosen.id })?.words
        else { return nil }
        return (chosen, "knows \(words.joined(separator: ", "))")
    }

    /// What there is to know about: the account's industry, the lead's tags, channel and region.
    private func words(in transaction: Transaction) -> [String] {
        let account = account(in: transaction)
        let texts = [account?["industry"].text, region(in: transaction), lead["source"].parts.first?.text]
        return (texts + lead["tags"].elements.map(\.text)).compactMap { $0?.lowercased() }
    }
}
