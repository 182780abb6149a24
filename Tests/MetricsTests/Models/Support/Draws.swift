import Foundation

@testable import Metrics

/// Draws from distributions.
extension SeededNumbers {
    /// Above 0 and below 1.
    mutating func uniform() -> Double {
        (Double(next() >> 12) + 0.5) / 4_503_599_627_370_496
    }

    mutating func exponential(rate: Double) -> Double {
        -log(uniform()) / rate
    }

    mutating func normal() -> Double {
        (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
    }

    /// Marsaglia & Tsang, "A Simple Method for Generating Gamma Variables" (ACM TOMS 26, 2000).
    mutating func gamma(shape: Double, rate: Double) -> Double {
        if shape < 1 { return gamma(shape: shape + 1, rate: rate) * pow(uniform(), 1 / shape) }
        let base = shape - 1.0 / 3
        while true {
            let normal = normal()
            let cubed = pow(1 + normal / (9 * base).squareRoot(), 3)
            guard cubed > 0 else { continue }
            if log(uniform()) < normal * normal / 2 + base * (1 - cubed + log(cubed)) { return base * cubed / rate }
        }
    }

    mutating func beta(_ a: Double, _ b: Double) -> Double {
        let first = gamma(shape: a, rate: 1)
        return first / (first + gamma(shape: b, rate: 1))
    }

    /// A customer's history under a model, and the number of purchases in a time after it.
    mutating func customer(of model: BetaGeometric, age: Double, then time: Double) -> (BetaGeometric.History, Int) {
        let rate = gamma(shape: model.r, rate: model.alpha)
        let leaving = beta(model.a, model.b)
        var history: BetaGeometric.History = (0, 0, age)
        var (now, later) = (0.0, 0)
        while true {
            now += exponential(rate: rate)
            if now > age + time { break }
            if now <= age { history = (history.frequency + 1, now, age) } else { later += 1 }
            if uniform() < leaving { break }
        }
        return (history, later)
    }
}

/// Whether two numbers are the same to a relative tolerance.
func isClose(_ value: Double?, _ other: Double, _ tolerance: Double) -> Bool {
    value.map { abs($0 - other) <= tolerance * max(abs(other), 1e-300) } ?? false
}
