internal import Foundation

/// The Gamma-Gamma model of how much customers spend per purchase.
///
/// A customer's purchases are gamma distributed around a mean of their own (shape ``p``); over customers the rates are
/// gamma distributed (shape ``q``, rate ``v``). Spend is held to be independent of how often a customer buys.
///
/// Fader & Hardie, "The Gamma-Gamma Model of Monetary Value" (2013).
struct GammaGamma: Sendable, Equatable {
    /// What the model knows of a customer.
    ///
    /// - frequency: the number of purchases that the mean is of; no unit.
    /// - meanValue: the mean value of these purchases, in any one currency.
    typealias Spend = (frequency: Double, meanValue: Double)

    /// The shape of one customer's purchases; no unit.
    let p: Double
    /// The shape of the customers' rates; no unit. At 1 or below, the mean over all customers is infinite.
    let q: Double
    /// The rate parameter of the customers' rates, in the currency of the values.
    let v: Double

    /// The fewest customers with a purchase that a fit is made of: a convention, below which the estimates mean little.
    static let smallestSample = 30

    /// The parameters of greatest likelihood.
    ///
    /// - Parameter customers: values in one currency. Customers with a frequency of 0 say nothing of spend and are left
    ///   out.
    /// - Returns: nil where fewer than ``smallestSample`` customers are left, a frequency is negative, a mean value is
    ///   not above 0, or the likelihood has no maximum that the sample determines, as where all spend the same.
    static func fit(_ customers: [Spend]) -> GammaGamma? {
        guard customers.allSatisfy({ $0.frequency >= 0 && $0.frequency.isFinite }) else { return nil }
        let buyers = customers.filter { $0.frequency > 0 }
        guard buyers.count >= smallestSample, buyers.allSatisfy({ $0.meanValue > 0 && $0.meanValue.isFinite }) else {
            return nil
        }
        // The mean customer is given a value of 1, so that the same starts serve any currency.
        let unit = buyers.reduce(0) { $0 + $1.meanValue / Double(buyers.count) }
        let scaled = buyers.map { ($0.frequency, $0.meanValue / unit) }
        let starts = [[0, 1, 0], [1.5, 1.5, 0], [3, 0.5, -3], [0, 2.5, 2.5]]
        let found = Minimum.find(from: starts) { -GammaGamma(logarithms: $0).logLikelihood(of: scaled) }
        guard let found else { return nil }
        let model = GammaGamma(logarithms: found)
        return GammaGamma(p: model.p, q: model.q, v: model.v * unit)
    }

    /// The logarithm of the likelihood (equation 1a of the paper).
    ///
    /// - Parameter customers: frequencies and mean values above 0, in the currency of ``v``.
    func logLikelihood(of customers: [Spend]) -> Double {
        let base = q * log(v) - logGamma(q)
        return customers.reduce(0) { sum, customer in
            let shape = p * customer.frequency
            let total = customer.frequency * customer.meanValue
            let gammas = logGamma(shape + q) - logGamma(shape)
            let values = shape * log(total) - log(customer.meanValue) - (shape + q) * log(total + v)
            return sum + base + gammas + values
        }
    }

    /// The mean value expected of a customer's purchases to come (equation 5 of the paper): their own mean drawn
    /// towards the mean of all, the more so the fewer their purchases.
    ///
    /// - Parameters:
    ///   - frequency: the number of purchases that the mean is of; with 0 the mean of all customers is given.
    ///   - meanValue: the mean value of these purchases, in the currency of ``v``; not read where the frequency is 0.
    /// - Returns: a value in the currency of ``v``; nil where it is not finite, as for a customer without purchases
    ///   where ``q`` is 1 or below.
    func expectedValue(frequency: Double, meanValue: Double) -> Double? {
        let weight = p * frequency + q - 1
        guard frequency >= 0, weight > 0 else { return nil }
        let value = p * (v + (frequency == 0 ? 0 : frequency * meanValue)) / weight
        return value.isFinite ? value : nil
    }
}

extension GammaGamma {
    private init(logarithms: [Double]) {
        self.init(p: exp(logarithms[0]), q: exp(logarithms[1]), v: exp(logarithms[2]))
    }
}
