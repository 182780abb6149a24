internal import JSON
public import Store

/// What an account bought, renewed, gave back or ended.
public enum Purchase: Resource {
    private static let never = "nothing: figures rest on it"

    /// The declaration.
    public static let schema = Schema(
        "purchases", prefix: "purchase", "What an account bought, renewed, gave back or ended.",
        fields: [
            Field("account_id", .reference(Account.reference), "The account.").onCreate(then: never).subject(),
            Field("lead_id", .reference(Lead.reference), "The person, where there is no account.")
                .onCreate(then: never).subject(),
            Field("deal_id", .reference(Deal.reference), "The deal that made it, by being won.").readOnly()
                .subject(),
            Field(
                "product_id", .reference(Product.reference),
                "What was bought; of a churn what ends, all where it names none."
            )
            .onCreate(then: never),
            Field("kind", .choice(Words.purchaseKinds), "What happened.").required().onCreate(then: never).indexed(),
            Field("amount", .money, "How much; a refund's is what was given back, a churn's what ended.").required()
                .onCreate(then: never),
            Field("base_amount", .money, "The amount in the company's currency, by the rate of that day.").readOnly()
                .sparse(),
            Field("term_months", .integer(1...1200), "For how many months, where it runs for some.")
                .onCreate(then: never),
            Field("occurred_at", .instant, "When; now where not given.").onCreate(then: never).indexed(),
            Field("taken_back_at", .instant, "When the deal that made it was reopened: since then nothing was bought.")
                .readOnly().sparse(),
            Field("note", .text(max: 2000), "Anything more.").personal(),
        ])

    /// Who looks after the account, and sales' manager.
    public static let writers = Grants(any: [.salesManager], own: [.accountManager])

    /// Checks whose it is and how much.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        var faults = BusinessTime.complete("occurred_at", of: &draft, now: transaction.now)
        if draft["account_id"].isNull, draft["lead_id"].isNull {
            faults.append(Fault("/account_id", "a purchase needs an account_id or a lead_id"))
        }
        if let amount = draft["amount"].money, amount.amount < 0 {
            faults.append(Fault("/amount", "must not be negative: a refund's kind says which way it goes"))
        }
        try Refusal.demandNone(faults)
        try demandOwnAccount(draft["account_id"], in: transaction)
        draft["base_amount"] = ExchangeRate.frozen(
            draft["amount"], at: draft["occurred_at"].instant, in: transaction)
    }

    /// Who sees it by the deal that made it does not write it.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        try demandOwnAccount(old["account_id"], in: transaction)
    }

    /// What is an account's is its owner's, whoever's the person is that it names too.
    private static func demandOwnAccount(_ account: Value, in transaction: Transaction) throws(Refusal) {
        guard let id = account.reference, let account = transaction.record(Account.schema.name, id) else { return }
        try transaction.demand(
            writers, to: "create", schema, nil, owners: Ownership.owners(of: account, in: transaction))
    }

    /// What a deal made is the deal's.
    public static func removing(_ record: Record, in transaction: inout Transaction) throws(Refusal) {
        try demandOwnAccount(record["account_id"], in: transaction)
        guard let deal = record["deal_id"].reference else { return }
        throw .conflict(
            rule: "a purchase that a won deal made is taken back when the deal is reopened",
            state: [.init("deal_id", .string(Deal.schema.text(deal)))])
    }

    // MARK: Of deals

    /// The purchase that a won deal makes.
    static func make(of deal: Record, in transaction: inout Transaction) {
        var draft = transaction.draft(of: schema)
        let lead = DealLeads.of(deal, in: transaction).first
        // Who has an account buys for it, also where the deal does not name it: or one customer would be two.
        draft["account_id"] = deal["account_id"].isNull ? lead?["account_id"] ?? .null : deal["account_id"]
        if draft["account_id"].isNull { draft["lead_id"] = deal["lead_ids"].elements.first ?? .null }
        draft["deal_id"] = .reference(deal.id)
        draft["product_id"] = deal["lines"].elements.first?.parts[0] ?? .null
        draft["kind"] = .text(hasBought(deal, in: transaction) ? "expansion" : "new")
        draft["amount"] = deal["amount"]
        draft["base_amount"] = deal["base_amount"]
        draft["occurred_at"] = deal["closed_at"]
        transaction.put(draft)
        makeLaterExpansions(than: deal, in: &transaction)
    }

    /// What deals won later made is new no more: they can be told in any order.
    private static func makeLaterExpansions(than deal: Record, in transaction: inout Transaction) {
        for purchase in bought(bySameAs: deal, in: transaction) {
            guard let closed = deal["closed_at"].instant, let time = purchase["occurred_at"].instant, time > closed,
                purchase["kind"].text == "new", !purchase["deal_id"].isNull
            else { continue }
            var draft = Draft(purchase)
            draft["kind"] = .text("expansion")
            transaction.put(draft)
        }
    }

    /// Takes back what a deal made that was reopened.
    static func takeBack(of deal: Record, at time: Instant, in transaction: inout Transaction) {
        for purchase in all(of: deal, in: transaction) where purchase["taken_back_at"].isNull {
            var draft = Draft(purchase)
            draft["taken_back_at"] = .instant(time)
            transaction.put(draft)
        }
    }

    /// Takes away what a deal made that is deleted.
    static func remove(of deal: Record, in transaction: inout Transaction) {
        for purchase in all(of: deal, in: transaction) { transaction.remove(purchase) }
    }

    private static func all(of deal: Record, in transaction: Transaction) -> [Record] {
        transaction.records(schema.name, where: "deal_id", is: .identifier(deal.id))
    }

    /// Whether the deal's account bought something before.
    private static func hasBought(_ deal: Record, in transaction: Transaction) -> Bool {
        guard let closed = deal["closed_at"].instant else { return false }
        return bought(bySameAs: deal, in: transaction).contains {
            $0["occurred_at"].instant.map { $0 <= closed } ?? false
        }
    }

    /// What the deal's account bought, and did not give back by a deal that was reopened.
    private static func bought(bySameAs deal: Record, in transaction: Transaction) -> [Record] {
        guard let account = deal["account_id"].reference else { return [] }
        return transaction.records(schema.name, where: "account_id", is: .identifier(account)).filter {
            ["new", "renewal", "expansion"].contains($0["kind"].text) && $0["taken_back_at"].isNull
        }
    }
}
