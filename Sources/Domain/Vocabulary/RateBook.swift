public import Store

/// The exchange rates of all days, for converting many amounts.
public struct RateBook: Sendable {
    private let rates: [String: [ExchangeRate.Dated]]

    /// The rates that there are.
    public init(in view: View) {
        var rates: [String: [ExchangeRate.Dated]] = [:]
        view.forEach(ExchangeRate.schema.name) { record in
            guard let pair = record["pair"].text, case .day(let day) = record["on"], let rate = record["rate"].double
            else { return }
            rates[pair, default: []].append((day, rate))
        }
        self.rates = rates.mapValues { $0.sorted { $0.day < $1.day } }
    }

    /// Money in minor units of another currency, by the newest rate of a day or before, in either direction, half to even.
    ///
    /// `nil` where there is no rate, or where it is more than can be counted.
    public func convert(_ money: Money, to currency: Currency, on day: Day) -> Int64? {
        if money.currency == currency { return money.amount }
        let (from, to) = (money.currency.description, currency.description)
        return ExchangeRate.amount(
            of: money, in: currency, newest("\(from)-\(to)", on: day), newest("\(to)-\(from)", on: day))
    }

    private func newest(_ pair: String, on day: Day) -> ExchangeRate.Dated? {
        rates[pair]?.last { $0.day <= day }
    }
}
