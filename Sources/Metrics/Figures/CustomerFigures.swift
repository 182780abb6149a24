internal import Domain
internal import Store

/// Figures over customers: what they cost, what they are worth, and whether they stay.
enum CustomerFigures {
    private static let dimensions =
        Dimension.times + [.industry, .owner, .team, .manager, .region, .channel, .source, .campaign]
    private static let growth = Dimension.people + [.industry]

    /// What winning customers costs is observed, and customers are accounts, or leads where they have none.
    private static let sides: [[FactKind]] = [[.observations], [.accounts, .leads]]

    static let all = [
        Metric(
            "new_customers", unit: "count", .count, of: [.accounts, .leads], dimensions: dimensions,
            "The accounts, or people without one, that bought for the first time in the period."
        ) { asked throws(MetricFault) in
            try asked.newCustomerRecords(withMoney: false).map { customer, first in customer.fact(at: first) }
        },
        Metric(
            "customer_acquisition_cost", unit: "money", better: .less, .composed(.cost("cost", per: "new_customers")),
            of: [.observations], bases: [.event, .media], dimensions: Dimension.times, parameters: ["lag_days"],
            sides: sides,
            "(Marketing spend + sales cost of the period) ÷ new customers, who come lag_days after it; by basis=media spend alone. Sales cost is what observations of sales_cost say."
        ) { asked throws(MetricFault) in
            // How many came is asked for, and not their money, of which some may have no rate.
            let lag = asked.question.options.lagDays
            return try asked.acquisitionCost(lagDays: lag)
                + asked.newCustomerRecords(lagDays: lag, withMoney: false).map { customer, first in
                    customer.fact(at: first - lag * Instant.dayMilliseconds).asPart(1)
                }
        },
        Metric(
            "cac_payback_months", unit: "months", better: .less, .composed(payback), of: [.observations],
            bases: [.event, .media],
            dimensions: [.quarter, .year], parameters: ["lag_days"], sides: sides,
            "Acquisition cost ÷ (monthly revenue per new customer × gross margin); that is what was bought on the day of the first purchase, each for its term, or for 12 months where it says none, less what was given back of it. Refused without a stated margin."
        ) { asked throws(MetricFault) in
            let margin = try asked.margin()
            let new = try asked.newCustomers(lagDays: asked.question.options.lagDays)
            return try asked.acquisitionCost(lagDays: asked.question.options.lagDays)
                + new.map { fact in
                    var fact = fact.asPart(1)
                    fact.value = Statistics.whole(Double(fact.value) * margin)
                    return fact
                }
        },
        Metric(
            "customer_lifetime_value", unit: "money", .average, of: [.accounts, .leads], bases: [.cohort],
            dimensions: dimensions, parameters: ["model"], isWholeAskedAlone: true, model: LifetimeValues.model,
            "What a customer whose first purchase is in the period is worth. model=historic: (purchases − refunds) × margin so far, unfinished while it is one. model=recurring: its revenue a month, over the terms that it has paid for, × margin ÷ the churn of a month of its group, which is drawn to the company's by the weight of one end, at most 60 months. model=predictive: BG/NBD and Gamma-Gamma (Fader, Hardie, Lee 2005) over the next 36 months, × margin; nothing of who has ended."
        ) { asked throws(MetricFault) in try asked.lifetimeValues() },
        Metric(
            "ltv_to_cac", unit: "ratio", .composed(lifetimeByCost), of: [.observations], bases: [.cohort],
            dimensions: [.quarter, .year], parameters: ["model", "lag_days"], sides: sides, model: LifetimeValues.model,
            "Lifetime value of the customers won in the period ÷ what winning one cost, who come lag_days after it: same cohort, same margin."
        ) { asked throws(MetricFault) in
            try asked.lifetimeValues(lagDays: asked.question.options.lagDays)
                + asked.acquisitionCost(lagDays: asked.question.options.lagDays).map { $0.asPart(1) }
        },
        Metric(
            "retention", unit: "ratio", course: .shrinks, .share(isOfTwoSets: false), of: [.accounts, .leads],
            bases: [.cohort],
            dimensions: growth,
            "Of the customers at the start of the period, the share that still were at its end; who came since is outside. A customer is one from the first purchase to a churn, which alone ends it; one of a product that was bought ends that product, and the customer with the last."
        ) { asked throws(MetricFault) in try asked.retained(isWanted: { !$0 }) },
        Metric(
            "churn_rate", unit: "ratio", better: .less, course: .grows, .share(isOfTwoSets: false),
            of: [.accounts, .leads],
            bases: [.cohort],
            dimensions: growth,
            "Of the customers at the start of the period, the share that ended in it; who came since is outside."
        ) { asked throws(MetricFault) in try asked.retained(isWanted: { $0 }) },
        revenueRetention(
            "gross_revenue_retention", "what they paid again, of each at most as much as before and at least nothing,"
        ) {
            max(0, min($0, $1))
        },
        revenueRetention("net_revenue_retention", "all they paid, with what they bought more,") { now, _ in now },
        Metric(
            "repeat_purchase_rate", unit: "ratio", .share(isOfTwoSets: false), of: [.accounts, .leads],
            bases: [.cohort], dimensions: dimensions,
            "Of the customers whose first purchase is in the period, the share that bought again later; cohorts by the month of the first purchase."
        ) { asked throws(MetricFault) in
            try asked.newCustomerRecords(withMoney: false).map { customer, first in
                // Several lines of one order are one purchase.
                let hasRepeated = customer.purchases.contains { $0.isBuying && $0.at > first }
                let fact = customer.fact(at: first)
                return hasRepeated ? fact : fact.marked([.isBelowOnly, .isUnfinished])
            }
        },
    ]

    /// Of a year's margin, which is twelve months'.
    private static let payback = Composition(
        parts: [.init(name: "cost", measure: .money), .init(name: "yearly_margin", measure: .money)],
        isQuotient: false, factor: 12
    ) { parts in
        parts[1].sum <= 0
            ? .none("new customers bring nothing a month") : .number(parts[0].sum / parts[1].sum * 12)
    }

    private static let lifetimeByCost = Composition(parts: [
        .init(name: "lifetime_value", measure: .money), .init(name: "cost", measure: .money),
    ]) { parts in
        guard parts[0].count > 0 else { return .none("nobody was won in the period") }
        return parts[1].sum == 0 ? .none("nothing to divide by: cost is 0") : .number(parts[0].sum / parts[1].sum)
    }

    private static func revenueRetention(
        _ name: String, _ what: String, _ kept: @escaping @Sendable (_ now: Int64, _ before: Int64) -> Int64
    ) -> Metric {
        Metric(
            name, unit: "ratio", course: .grows,
            .composed(.ratio(.init(name: "revenue", measure: .money), .init(name: "revenue_before", measure: .money))),
            of: [.accounts, .leads], bases: [.cohort], dimensions: growth,
            "Of those who paid in the period of the same length before, of whole months in as many before, \(what) ÷ what they paid then; of who first bought amid those months from the same month on. What was bought for a term_months counts in equal parts, month by month until it ends, a renewal from the end of the term before. New customers are outside."
        ) { asked throws(MetricFault) in
            let months = asked.question.monthsBefore
            guard let before = months ?? asked.question.period(.previous) else {
                throw .needsPeriod("it compares a period with the one before")
            }
            let (then, now, zone) = (before.bounds, asked.bounds, asked.question.zone)
            return try asked.customers().flatMap { customer -> [Fact] in
                let paid = customer.recognizedRevenue(in: then, zone)
                guard paid > 0 else { return [] }
                var (above, below) = (customer.fact(at: now.lowerBound), customer.fact(at: now.lowerBound).asPart(1))
                // Who came amid the months before paid in some of them alone, and would seem to pay more since.
                let start = months == nil ? now.lowerBound : customer.start(in: now, of: then, zone)
                above.value = kept(customer.recognizedRevenue(in: start..<max(start, now.upperBound), zone), paid)
                below.value = paid
                if asked.isUnfinished { above.marks.insert(.isUnfinished) }
                return [above, below]
            }
        }
    }
}

extension Asked {
    /// The customers whose first purchase is in the period, later by some days.
    fileprivate func newCustomerRecords(lagDays: Int64 = 0, withMoney: Bool = true) throws(MetricFault) -> [(
        Customer, Int64
    )] {
        let lag = lagDays * Instant.dayMilliseconds
        return try customers(withMoney: withMoney).compactMap { customer in
            guard let first = customer.firstAt, contains(first - lag), first < asOf else { return nil }
            return (customer, first)
        }
    }

    /// The same, each worth its first day's revenue of a year.
    fileprivate func newCustomers(lagDays: Int64 = 0) throws(MetricFault) -> [Fact] {
        try newCustomerRecords(lagDays: lagDays).map { customer, first in
            var fact = customer.fact(at: first - lagDays * Instant.dayMilliseconds)
            fact.value = customer.yearlyRevenueOfFirstDay(question.zone)
            return fact
        }
    }

    /// What was spent in the period on customers, some of whom come later still where the days of the lag are not over.
    fileprivate func acquisitionCost(lagDays: Int64) throws(MetricFault) -> [Fact] {
        let lag = lagDays * Instant.dayMilliseconds
        let isOpen = lag > 0 && question.groupBy.isEmpty && bounds.upperBound + lag > asOf
        return try spend(question.basis == .media ? ["spend"] : ["spend", "sales_cost"]).map { fact in
            isOpen || lag > 0 && fact.at + lag > asOf ? fact.marked(.isUnfinished) : fact
        }
    }

    /// The customers at the start of the period, in the numerator those who ended or stayed.
    fileprivate func retained(isWanted: (_ hasEnded: Bool) -> Bool) throws(MetricFault) -> [Fact] {
        guard let from = question.from?.milliseconds else {
            throw .needsPeriod("it compares the end of a period with its start")
        }
        // Of a period that has not begun nobody knows anything yet.
        guard from < asOf else { return [] }
        return try customers(withMoney: false).compactMap { customer in
            guard customer.isActive(at: from) else { return nil }
            let hasEnded = !customer.isActive(at: bounds.upperBound)
            var marks: Fact.Marks = isWanted(hasEnded) ? [] : .isBelowOnly
            // Who is a customer still may have ended by the end of the period.
            if isUnfinished, !hasEnded { marks.insert(.isUnfinished) }
            return customer.fact(at: from).marked(marks)
        }
    }

    /// What each customer whose first purchase is in the period is worth.
    fileprivate func lifetimeValues(lagDays: Int64 = 0) throws(MetricFault) -> [Fact] {
        let margin = try margin()
        let worth = try LifetimeValues(self, margin: margin)
        return try newCustomerRecords(lagDays: lagDays).map { customer, first in
            var fact = customer.fact(at: first - lagDays * Instant.dayMilliseconds)
            fact.value = worth.value(of: customer)
            // Who is one still may pay more.
            let isSoFar = question.options.lifetime == .historic && customer.isActive(at: asOf)
            return isSoFar ? fact.marked(.isUnfinished) : fact
        }
    }
}

extension Customer {
    /// The beginning of a period of whole months, or where the first purchase was amid as many months before, the beginning
    /// of the month in it that stands for the first one's.
    fileprivate func start(in period: Range<Int64>, of before: Range<Int64>, _ zone: Zone) -> Int64 {
        guard let first = firstAt, before.contains(first) else { return period.lowerBound }
        func day(_ time: Int64) -> Day { zone.day(of: Instant(milliseconds: time)) }
        let month = CalendarUnit.month
        let passed = month.number(of: day(first)) - month.number(of: day(before.lowerBound))
        return zone.start(of: month.firstDay(ofUnit: month.number(of: day(period.lowerBound)) + passed)).milliseconds
    }

    /// What was bought on the day of the first purchase brings in a year, so that most are whole, less what was given back
    /// before anything else was bought.
    fileprivate func yearlyRevenueOfFirstDay(_ zone: Zone) -> Int64 {
        func day(_ time: Int64) -> Day { zone.day(of: Instant(milliseconds: time)) }
        guard let first = firstAt else { return 0 }
        let order = purchases.prefix { !$0.isBuying || day($0.at) == day(first) }.filter { $0.at >= first }
        let bought = order.filter(\.isBuying)
        let yearly = bought.reduce(0) { $0 + Double($1.amount) * 12 / Double($1.termMonths > 0 ? $1.termMonths : 12) }
        let paid = bought.reduce(0) { $0 + Double($1.amount) }
        let kept = order.reduce(0) { $0 + Double($1.amount) }
        return paid > 0 ? Statistics.whole(yearly * max(0, kept) / paid) : 0
    }
}
