internal import Domain
internal import Store

/// Tells the amounts of one figure in one currency.
///
/// The one asked for, else the company's, else the one that all amounts have; different currencies are never added bare.
final class Exchange {
    private let asked: Currency?
    private var found: Currency?
    private let base: Currency?
    private lazy var rates = RateBook(in: view)
    private let view: View

    init(_ question: Question, _ view: View) {
        self.view = view
        base = Settings.baseCurrency(in: view)
        asked = question.currency ?? base
    }

    /// The currency whose amounts are taken as they are, once one was told.
    var toldAsIs: Currency? { found }

    /// The currency of the answer, once all amounts were told.
    var currency: Currency? { found ?? asked }

    /// Its letters.
    private(set) lazy var currencyText = currency?.description

    /// Goes back to the currency that had been told before.
    func forget(all told: Currency?) { found = told }

    /// An amount in minor units of the answer's currency; `nil` where there is none.
    ///
    /// - Parameters:
    ///   - frozen: what it was in the company's currency when it was settled.
    ///   - at: its business date.
    /// - Throws: ``MetricFault/noRate(from:to:on:)``.
    @inline(__always)
    func amount(_ sum: Sum, frozen: Sum = Sum(nil), at time: Int64) throws(MetricFault) -> Int64? {
        guard let currency = sum.currency else { return nil }
        if currency == found { return sum.amount }
        return try convert(sum.amount, currency, frozen, at: time)
    }

    private func convert(
        _ amount: Int64, _ currency: Currency, _ frozen: Sum, at time: Int64
    ) throws(MetricFault) -> Int64 {
        guard let asked else {
            // Nobody said which: the first decides, and another is not added to it.
            if let found { throw .noRate(from: currency.description, to: found.description, on: nil) }
            found = currency
            return amount
        }
        found = asked
        if currency == asked { return amount }
        if frozen.currency == asked { return frozen.amount }
        let day = Instant(milliseconds: time).day
        let money = Money(amount: amount, currency: currency)
        guard let told = rates.convert(money, to: asked, on: day) ?? throughBase(money, frozen, to: asked, on: day)
        else {
            throw .noRate(from: currency.description, to: asked.description, on: day.description)
        }
        return told
    }

    /// An amount by way of the company's currency: of the one in which it was frozen, or else into which there is a rate.
    private func throughBase(_ money: Money, _ frozen: Sum, to asked: Currency, on day: Day) -> Int64? {
        // What was frozen stays so when the company takes another currency.
        if let told = frozen.money.flatMap({ rates.convert($0, to: asked, on: day) }) { return told }
        guard let base, base != asked, let amount = rates.convert(money, to: base, on: day) else { return nil }
        return rates.convert(Money(amount: amount, currency: base), to: asked, on: day)
    }
}
