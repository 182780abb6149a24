internal import Domain
internal import Store

/// Figures over purchases.
enum PurchaseFigures {
    /// What was bought and given back without a deal, in the period.
    static func beside(deals view: View, _ question: Question) -> [Fact] {
        var facts: [Fact] = []
        view.forEach("purchases") { purchase in
            guard purchase["deal_id"].isNull, let at = purchase["occurred_at"].instant, at < question.asOf,
                question.contains(at), let sign = sign(of: purchase), let amount = purchase["amount"].money
            else { return }
            var fact = Fact(record: purchase, at: at, stage: nil)
            fact.money = Money(amount: sign * amount.amount, currency: amount.currency)
            facts.append(fact)
        }
        return facts
    }

    /// Which way the money goes; `nil` for what ended, which was never paid.
    private static func sign(of purchase: Record) -> Int64? {
        switch purchase["kind"].text {
        case "refund": -1
        case "churn": nil
        default: 1
        }
    }
}
