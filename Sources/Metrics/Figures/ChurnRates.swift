internal import Domain
internal import Store

/// The share of customers that ends in a month, in each of the groups that a question tells.
///
/// It is ends ÷ months that customers were ones. A group's is drawn to that of all by the weight of one end, since few
/// customers say little: (ends + 1) ÷ (months + 1 ÷ that of all), the mean of a gamma posterior (Gelman et al., Bayesian
/// Data Analysis, 2.6).
struct ChurnRates {
    /// Of all that the question narrows to.
    let whole: Double
    private var ofCustomer: [Int64: Double] = [:]

    /// How long customers were ones, and how often they ended.
    private struct Watched {
        var ends = 0.0
        var months = 0.0

        mutating func add(_ customer: Customer, before asOf: Int64) {
            // Who came back had ended once all the same.
            let spells = customer.spells(before: asOf)
            ends += Double(spells.count { $0.end != nil })
            months += spells.reduce(0) { $0 + Month.count(from: $1.start, to: $1.end ?? asOf) }
        }
    }

    /// - Throws: ``MetricFault/notEnough(_:)`` where nobody has been a customer.
    init(_ asked: Asked) throws(MetricFault) {
        let customers = try asked.countingAll().customers(withMoney: false).filter { $0.firstAt ?? .max < asked.asOf }
        var all = Watched()
        for customer in customers { all.add(customer, before: asked.asOf) }
        guard all.months > 0 else { throw .notEnough("nobody has been a customer yet") }
        let prior = all.ends / all.months
        func rate(_ some: Watched) -> Double { prior == 0 ? 0 : (some.ends + 1) / (some.months + 1 / prior) }
        // When a customer came makes no group of those who end alike.
        var question = asked.question
        question.filters.removeAll { $0.dimension.isTime }
        let reader = DimensionReader(asked)
        let counted = try Narrowing(question, reader).apply(to: customers.map { $0.fact(at: $0.firstAt ?? 0) })
        let numbers = question.groupBy.filter { !$0.isTime }.map { reader.numbers(of: counted, $0) }
        let byKey = Dictionary(
            customers.map { (Customer.key($0.kind, $0.row), $0) }, uniquingKeysWith: { first, _ in first })
        var (narrowed, groups) = (Watched(), [[Int32]: Watched]())
        for (place, fact) in counted.enumerated() {
            guard let customer = byKey[Customer.key(fact.kind, fact.row)] else { continue }
            narrowed.add(customer, before: asked.asOf)
            groups[numbers.map { $0[place] }, default: Watched()].add(customer, before: asked.asOf)
        }
        whole = rate(narrowed)
        for (place, fact) in counted.enumerated() {
            ofCustomer[Customer.key(fact.kind, fact.row)] = groups[numbers.map { $0[place] }].map(rate)
        }
    }

    /// That of a customer's group.
    func rate(of customer: Customer) -> Double { ofCustomer[Customer.key(customer.kind, customer.row)] ?? whole }
}

/// Months of the mean length that years have.
enum Month {
    static let days = 30.436875

    /// How many lie between two instants.
    static func count(from start: Int64, to end: Int64) -> Double {
        Double(end - start) / Double(Instant.dayMilliseconds) / days
    }
}
