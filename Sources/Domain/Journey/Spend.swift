public import JSON
public import Store

/// What campaigns cost, as observations of spend say.
public enum Spend {
    /// `{"campaign_id", "budget", "spend", "remaining", "campaigns": [{"campaign_id", "name", "spend"}]}`
    ///
    /// All in the budget's currency, or where there is none in the one that all amounts have, or else in the company's.
    ///
    /// - Throws: ``Refusal/conflict(rule:state:)`` where there is no rate for an amount of another currency.
    public static func json(of campaign: Record, in view: View) throws(Refusal) -> JSON {
        let family = Campaign.family(of: campaign, in: view).map { ($0, spent(on: $0, in: view)) }
        let currency = currency(for: campaign, family.flatMap { $0.1.map(\.amount.currency) }, in: view)
        var lines: [JSON] = []
        var sum: Money?
        for (member, amounts) in family {
            var own: Money?
            for (amount, day) in amounts {
                own = try add(
                    try ExchangeRate.convert(amount, to: currency ?? amount.currency, on: day, in: view), to: own)
            }
            if let own { sum = try add(own, to: sum) }
            lines.append([
                "campaign_id": .string(member.idText), "name": .string(member["name"].text ?? ""),
                "spend": json(own),
            ])
        }
        let budget = campaign["budget"].money
        var remaining: Money?
        if let budget {
            let spent = try add(Money(amount: 0, currency: budget.currency), to: sum)
            let (rest, isTooMuch) = budget.amount.subtractingReportingOverflow(spent.amount)
            guard !isTooMuch else { throw tooMuch }
            remaining = Money(amount: rest, currency: budget.currency)
        }
        return [
            "campaign_id": .string(campaign.idText), "budget": json(budget), "spend": json(sum),
            "remaining": json(remaining), "campaigns": .array(lines),
        ]
    }

    private static func spent(on campaign: Record, in view: View) -> [(amount: Money, day: Day)] {
        view.records(Observation.schema.name, where: "campaign_id", is: .identifier(campaign.id)).compactMap {
            guard $0["measure"].text == "spend", let amount = $0["amount"].money, case .day(let day) = $0["on"] else {
                return nil
            }
            return (amount, day)
        }
    }

    private static func currency(for campaign: Record, _ found: [Currency], in view: View) -> Currency? {
        if let budget = campaign["budget"].money { return budget.currency }
        return Set(found).count > 1 ? Settings.baseCurrency(in: view) ?? found.first : found.first
    }

    private static func json(_ money: Money?) -> JSON { money.map { Value.money($0).json(of: .money) } ?? .null }

    private static func add(_ money: Money, to sum: Money?) throws(Refusal) -> Money {
        guard let sum else { return money }
        let (total, isTooMuch) = sum.amount.addingReportingOverflow(money.amount)
        guard !isTooMuch else { throw tooMuch }
        return Money(amount: total, currency: sum.currency)
    }

    private static let tooMuch = Refusal.conflict(rule: "the spend is more than can be counted", state: [])
}
