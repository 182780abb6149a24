internal import Foundation

/// The BG/NBD model of repeat purchases where nobody says goodbye.
///
/// While alive, a customer buys at a rate λ of their own; after each repeat purchase they leave for good with a
/// probability p of their own. Over customers, λ is gamma distributed (shape ``r``, rate ``alpha``) and p is beta
/// distributed (``a``, ``b``).
///
/// Fader, Hardie & Lee, "'Counting Your Customers' the Easy Way: An Alternative to the Pareto/NBD Model" (Marketing
/// Science 24, 2005).
struct BetaGeometric: Sendable, Equatable {
    /// What the model knows of a customer.
    ///
    /// - frequency: the number of repeat purchases: 0, or at least 1.
    /// - recency: the time from the first purchase to the last, in any one unit; 0 where there was no repeat purchase.
    /// - age: the time from the first purchase to now, in the unit of the recency and not below it.
    typealias History = (frequency: Double, recency: Double, age: Double)

    /// The shape of the purchase rates; no unit.
    let r: Double
    /// The rate parameter of the purchase rates, in the unit of time of the histories; r / alpha is the mean rate.
    let alpha: Double
    /// The first parameter of the probabilities of leaving; no unit.
    let a: Double
    /// The second parameter of the probabilities of leaving; a / (a + b) is the mean probability.
    let b: Double

    /// The fewest customers that a fit is made of: a convention, below which the estimates mean little.
    static let smallestSample = 30

    /// The parameters of greatest likelihood.
    ///
    /// - Parameter customers: histories in one unit of time, customers without a repeat purchase included.
    /// - Returns: nil where there are fewer than ``smallestSample`` customers, a history is not possible, or the
    ///   likelihood has no maximum that the sample determines. The last is common in small samples: it happens where
    ///   nobody bought again, where nobody seems to have left, or where all seem as likely to leave as each other.
    static func fit(_ customers: [History]) -> BetaGeometric? {
        guard customers.count >= smallestSample, customers.allSatisfy(isPossible) else { return nil }
        let oldest = customers.reduce(0) { max($0, $1.age) }
        guard oldest > 0, customers.contains(where: { $0.frequency > 0 }) else { return nil }
        // The oldest customer is given the age of 10, so that the same starts serve days and years.
        let unit = oldest / 10
        let sample = Sample(customers.map { ($0.frequency, $0.recency / unit, $0.age / unit) })
        let starts = [[0, 0, 0, 1], [-1, 0, -1, 0.5], [0.5, 1.5, 0, 0], [0, 0, 1.5, 2.5]]
        let found = Minimum.find(from: starts) { -sample.logLikelihood(of: BetaGeometric(logarithms: $0)) }
        guard let found else { return nil }
        let scaled = BetaGeometric(logarithms: found)
        return BetaGeometric(r: scaled.r, alpha: scaled.alpha * unit, a: scaled.a, b: scaled.b)
    }

    /// The logarithm of the likelihood of histories (equation 6 of the paper), in the form that neither overflows nor
    /// underflows (Hardie & Fader, "Implementing the BG/NBD Model for Customer Base Analysis in Excel", 2005).
    ///
    /// - Parameter customers: histories in the unit of time of ``alpha``.
    func logLikelihood(of customers: [History]) -> Double {
        Sample(customers).logLikelihood(of: self)
    }

    /// The probability that a customer has not left, from 0 to 1.
    ///
    /// Fader, Hardie & Lee, "Computing P(alive) Using the BG/NBD Model" (2008). By the model's assumptions it is 1 for
    /// a customer without a repeat purchase, who had no occasion to leave.
    ///
    /// - Parameters:
    ///   - frequency: the number of repeat purchases: 0, or at least 1.
    ///   - recency: the time from the first purchase to the last, in the unit of ``alpha``.
    ///   - age: the time from the first purchase to now, in the unit of ``alpha``.
    func probabilityAlive(frequency: Double, recency: Double, age: Double) -> Double {
        1 / (1 + exp(logOddsOfHavingLeft((frequency, recency, age))))
    }

    /// The number of purchases expected from a customer in the time to come (equation 10 of the paper).
    ///
    /// The paper's closed form is
    /// (a + b + x − 1) / (a − 1) · [1 − (1 − z)^(r + x) · ₂F₁(r + x, b + x; a + b + x − 1; z)] · P(alive), with
    /// z = t / (α + T + t). It is 0 / 0 at a = 1, overflows for large x and loses digits for small t. Written out by the
    /// series of ₂F₁ it is a mean of finite sums over negative binomial weights, and this is what is added up here: see
    /// ``expectedWhileAlive(shape:share:b:)``.
    ///
    /// - Parameters:
    ///   - time: t, the length of the time to come, in the unit of ``alpha``.
    ///   - frequency: x, the number of repeat purchases: 0, or at least 1.
    ///   - recency: the time from the first purchase to the last, in the unit of ``alpha``.
    ///   - age: T, the time from the first purchase to now, in the unit of ``alpha``.
    /// - Returns: nil where the history is not possible, the time is negative or not finite, or the series has not
    ///   converged after a million terms, which takes a time some ten thousand times that of ``alpha`` and age together.
    func expectedPurchases(in time: Double, frequency: Double, recency: Double, age: Double) -> Double? {
        guard time >= 0, time.isFinite, Self.isPossible((frequency, recency, age)) else { return nil }
        let share = time / (alpha + age + time)
        let whileAlive = expectedWhileAlive(shape: r + frequency, share: share, b: b + frequency)
        return whileAlive.map { $0 * probabilityAlive(frequency: frequency, recency: recency, age: age) }
    }

    /// The purchases expected from a customer who is alive: Σ pₖ · Sₖ for k = 0, 1, …
    ///
    /// - pₖ is the negative binomial probability of k occasions to buy, (A)ₖ / k! · zᵏ · (1 − z)^A with A = r + x;
    /// - Sₖ = 1 + s₁ + … + s₍ₖ₋₁₎ is the number of them lived to see, where sⱼ = (b + x)ⱼ / (a + b + x)ⱼ is the
    ///   probability not to have left at j purchases.
    ///
    /// All terms are positive, so no digits cancel. The weights are kept without the factor (1 − z)^A and divided by
    /// their sum at the end, so that they do not underflow.
    private func expectedWhileAlive(shape: Double, share: Double, b: Double) -> Double? {
        var (weight, total, weighted) = (1.0, 1.0, 0.0)
        var (survival, purchases) = (1.0, 0.0)
        for term in 0..<1_000_000 {
            let count = Double(term)
            purchases += survival
            survival *= (b + count) / (a + b + count)
            weight *= share * (shape + count) / (count + 1)
            total += weight
            weighted += weight * purchases
            // No later term is more than this many times the one before it, so the rest is less than a geometric series.
            let growth = share * max(shape + count + 1, count + 2) / (count + 1)
            if growth < 1, weight * purchases * growth <= 1e-16 * weighted * (1 - growth) { return weighted / total }
            if weight > 1e200 {
                (weight, total, weighted) = (weight * 1e-200, total * 1e-200, weighted * 1e-200)
            }
        }
        return nil
    }

    /// ln [a / (b + x − 1) · ((α + T) / (α + tₓ))^(r + x)]; minus infinity without a repeat purchase.
    fileprivate func logOddsOfHavingLeft(_ customer: History) -> Double {
        guard customer.frequency > 0 else { return -.infinity }
        let silence = log((alpha + customer.age) / (alpha + customer.recency))
        return log(a / (b + customer.frequency - 1)) + (r + customer.frequency) * silence
    }

    private static func isPossible(_ customer: History) -> Bool {
        let (frequency, recency, age) = customer
        guard frequency.isFinite, age.isFinite, recency >= 0, recency <= age else { return false }
        return frequency >= 1 || (frequency == 0 && recency == 0)
    }
}

extension BetaGeometric {
    private init(logarithms: [Double]) {
        self.init(r: exp(logarithms[0]), alpha: exp(logarithms[1]), a: exp(logarithms[2]), b: exp(logarithms[3]))
    }
}

/// Histories, with what of the likelihood depends on the frequency alone gathered by frequency.
private struct Sample: Sendable {
    let customers: [BetaGeometric.History]
    let frequencies: [(frequency: Double, count: Double)]

    init(_ customers: [BetaGeometric.History]) {
        self.customers = customers
        var counts: [Double: Double] = [:]
        for customer in customers { counts[customer.frequency, default: 0] += 1 }
        // In order, so that the sum below is the same to the last digit each time.
        frequencies = counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    func logLikelihood(of model: BetaGeometric) -> Double {
        let (r, a, b) = (model.r, model.a, model.b)
        let base = r * log(model.alpha) - logGamma(r) + logGamma(a + b) - logGamma(b)
        var sum = 0.0
        for (frequency, count) in frequencies {
            let own = logGamma(r + frequency) + logGamma(b + frequency) - logGamma(a + b + frequency)
            sum += count * (base + own)
        }
        for customer in customers {
            sum -= (r + customer.frequency) * log(model.alpha + customer.age)
            guard customer.frequency > 0 else { continue }
            // ln (1 + odds)
            let odds = model.logOddsOfHavingLeft(customer)
            sum += max(odds, 0) + log1p(exp(-abs(odds)))
        }
        return sum
    }
}
