public import JSON
public import Store

/// What campaigns cost, as observations of spend say.
public enum Spend {
    /// `{"campaign_id", "budget", "spend", "remaining", "campaigns": [{"campaign_id", "name", "spend"}]}`
    ///
    /// - Throws: ``Refusal/conflict(rule:state:)`` where amounts are of several currencies.
    public static func json(of campaign: Record, in view: View) throws(Refusal) -> JSON {
        var lines: [JSON] = []
        var sum: Money?
        for member in Campaign.family(of: campaign, in: view) {
            var own: Money?
            for observation in view.records(Observation.schema.name, where: "campaign_id", is: .identifier(member.id))
            where observation["measure"].text == "spend" {
                if let amount = observation["amount"].money { own = try add(amount, to: own) }
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

    private static func json(_ money: Money?) -> JSON { money.map { Value.money($0).json(of: .money) } ?? .null }

    private static func add(_ money: Money, to sum: Money?) throws(Refusal) -> Money {
        guard let sum else { return money }
        guard sum.currency == money.currency else {
            throw .conflict(
                rule: "amounts in \(sum.currency) and \(money.currency) are not added without an exchange rate",
                state: [
                    .init("from", .string(money.currency.description)), .init("to", .string(sum.currency.description)),
                ])
        }
        let (total, isTooMuch) = sum.amount.addingReportingOverflow(money.amount)
        guard !isTooMuch else { throw tooMuch }
        return Money(amount: total, currency: sum.currency)
    }

    private static let tooMuch = Refusal.conflict(rule: "the spend is more than can be counted", state: [])
}
