internal import JSON
internal import Store

/// What customers are worth, by one of three models.
struct LifetimeValues {
    private let margin: Double
    private let asOf: Int64
    private let model: Model

    private enum Model {
        case historic
        case recurring(ChurnRates)
        case predictive(BetaGeometric, GammaGamma)
    }

    /// How far ahead the predictive model looks, and the recurring one at most, in months.
    private static let aheadMonths = 36.0
    private static let monthsMax = 60.0

    /// What the model needs is learnt from all customers, churn group by group.
    ///
    /// - Throws: ``MetricFault/notEnough(_:)`` where there are too few to learn from.
    init(_ asked: Asked, margin: Double) throws(MetricFault) {
        self.margin = margin
        asOf = asked.asOf
        switch asked.question.options.lifetime {
        case .historic: model = .historic
        case .recurring: model = .recurring(try ChurnRates(asked))
        case .predictive:
            let summaries = try asked.countingAll().customers().compactMap { Summary($0, asOf: asked.asOf) }
            // What was free says when somebody buys, and nothing of what it is worth to them.
            let repeated = summaries.filter { $0.frequency > 0 && $0.meanValue > 0 }
            let least = GammaGamma.smallestSample
            guard summaries.count >= 50, repeated.count >= least else {
                throw .notEnough(
                    "the predictive model learns from 50 customers of which \(least) paid again, and there are \(summaries.count) and \(repeated.count)"
                )
            }
            guard let purchases = BetaGeometric.fit(summaries.map { ($0.frequency, $0.recency, $0.age) }),
                let values = GammaGamma.fit(repeated.map { ($0.frequency, $0.meanValue) })
            else { throw .notEnough("no parameters of the predictive model fit what the customers bought best") }
            model = .predictive(purchases, values)
        }
    }

    /// In minor units.
    func value(of customer: Customer) -> Int64 {
        let amount: Double
        switch model {
        case .historic: amount = Double(customer.revenue(in: .min..<asOf))
        case .recurring(let churn):
            let lifetime = Self.lifetime(churn: churn.rate(of: customer))
            let months = max(1, Self.months(paidBy: customer, asOf: asOf))
            amount = Double(customer.revenue(in: .min..<asOf)) / months * lifetime.months
        case .predictive(let purchases, let values):
            // The model guesses at ends that nobody sees: who has ended for all to see brings nothing more.
            guard customer.isActive(at: asOf), let summary = Summary(customer, asOf: asOf) else { return 0 }
            let days = Self.aheadMonths * Month.days
            let count = purchases.expectedPurchases(
                in: days, frequency: summary.frequency, recency: summary.recency, age: summary.age)
            let mean = values.expectedValue(frequency: summary.frequency, meanValue: summary.meanValue) ?? 0
            amount = (count ?? 0) * mean
        }
        return Statistics.whole(amount * margin)
    }

    /// What customers are valued by, as an answer tells it.
    @Sendable
    static func model(_ asked: Asked) throws(MetricFault) -> JSON {
        let kind = asked.question.options.lifetime
        let members: [JSON.Member]
        switch kind {
        case .historic: members = []
        case .recurring:
            let churn = try ChurnRates(asked).whole
            let lifetime = lifetime(churn: churn)
            members = [
                .init("churn_per_month", .number(churn)), .init("lifetime_months", .number(lifetime.months)),
                .init("is_capped", .bool(lifetime.isCapped)),
            ]
        case .predictive: members = [.init("ahead_months", .number(aheadMonths))]
        }
        return .object([.init("name", .string(kind.rawValue)), .init("margin", .number(try asked.margin()))] + members)
    }

    /// How many months a customer stays, by the share that ends in one.
    private static func lifetime(churn: Double) -> (months: Double, isCapped: Bool) {
        churn * monthsMax > 1 ? (1 / churn, false) : (monthsMax, true)
    }

    /// The months that a customer was one, or has paid for in advance.
    private static func months(paidBy customer: Customer, asOf: Int64) -> Double {
        customer.spells(before: asOf).reduce(0) { sum, spell in
            let end = spell.end ?? asOf
            let bought = customer.purchases.lazy.filter { $0.isBuying && $0.at >= spell.start && $0.at < end }
            let months = Month.count(from: spell.start, to: end)
            // Of a term that was given back when it ended nothing was paid for longer.
            if spell.end != nil, hasGivenBack(customer, in: spell) { return sum + months }
            let paid = bought.map { Month.count(from: spell.start, to: $0.at) + Double($0.termMonths) }.max() ?? 0
            return sum + max(months, paid)
        }
    }

    /// Whether a customer got something back of what it bought last in a time, before it bought again.
    private static func hasGivenBack(_ customer: Customer, in spell: (start: Int64, end: Int64?)) -> Bool {
        let end = spell.end ?? .max
        let last = customer.purchases.last { $0.isBuying && $0.at < end }?.at ?? spell.start
        let next = customer.purchases.first { $0.isBuying && $0.at >= end }?.at ?? .max
        return customer.purchases.contains { $0.kind == .refund && $0.at >= last && $0.at < next }
    }

    /// What the predictive model looks at: days since the first purchase, repeats on other days, and what they paid.
    private struct Summary {
        let frequency: Double
        let recency: Double
        let age: Double
        let meanValue: Double

        init?(_ customer: Customer, asOf: Int64) {
            let bought = customer.purchases.filter(\.isBuying)
            guard let first = bought.first?.at, first < asOf else { return nil }
            // What is given back was bought last before it.
            var byDay: [Int64: Double] = [:]
            var last = Self.day(first)
            for purchase in customer.purchases where purchase.isMoney {
                if purchase.isBuying { last = Self.day(purchase.at) }
                byDay[last] = max(0, (byDay[last] ?? 0) + Double(purchase.amount))
            }
            byDay[Self.day(first)] = nil
            frequency = Double(byDay.count)
            recency = Double((byDay.keys.max() ?? Self.day(first)) - Self.day(first))
            age = Double(Self.day(asOf) - Self.day(first))
            meanValue = byDay.isEmpty ? 0 : byDay.values.reduce(0, +) / Double(byDay.count)
        }

        private static func day(_ time: Int64) -> Int64 { time / Instant.dayMilliseconds }
    }
}
