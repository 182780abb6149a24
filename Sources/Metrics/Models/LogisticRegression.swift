internal import Foundation

/// Logistic regression with a ridge penalty: the logarithm of the odds of an outcome is a weighted sum of features.
///
/// le Cessie & van Houwelingen, "Ridge Estimators in Logistic Regression" (Applied Statistics 41, 1992). Features are
/// standardised, so that the weights can be compared with each other and the penalty does not depend on units.
struct LogisticRegression: Sendable, Equatable {
    /// The logarithm of the odds where every feature is at its mean.
    let intercept: Double
    /// The change of the logarithm of the odds with one standard deviation of each feature; no unit.
    let weights: [Double]
    /// The mean of each feature in the sample, in its unit.
    let means: [Double]
    /// The standard deviation of each feature in the sample (divided by n), in its unit. It is 1 where the feature did
    /// not vary, and the weight is then 0.
    let deviations: [Double]

    /// The weights of greatest penalised likelihood: ln L − penalty / 2 · Σ weight², the intercept not penalised.
    ///
    /// Newton's method, which here is the same as iteratively reweighted least squares (Hastie, Tibshirani & Friedman,
    /// *The Elements of Statistical Learning*, 2nd ed. 2009, section 4.4.1), with steps halved until they gain.
    ///
    /// - Parameters:
    ///   - features: n rows of k numbers.
    ///   - outcomes: n outcomes.
    ///   - weights: how many rows each stands for, above 0; one each where not given. They are brought to a mean of 1.
    ///   - penalty: 0 or above; no unit, on the scale of a sum over the rows.
    /// - Returns: nil where the shapes do not agree, a number is not finite, the penalty is negative, the outcomes are
    ///   all the same, or no maximum is found. Without a penalty there is none where features tell the outcomes apart
    ///   completely or one feature follows from others.
    static func fit(
        features: [[Double]], outcomes: [Bool], weights: [Double]? = nil, penalty: Double
    ) -> LogisticRegression? {
        guard let width = features.first?.count, features.count == outcomes.count, penalty >= 0, penalty.isFinite,
            features.allSatisfy({ $0.count == width && $0.allSatisfy(\.isFinite) }),
            outcomes.contains(true), outcomes.contains(false)
        else { return nil }
        let columns = (0..<width).map { column in Self.spread(features.map { $0[column] }) }
        let empty = LogisticRegression(
            intercept: 0, weights: Array(repeating: 0, count: width), means: columns.map(\.mean),
            deviations: columns.map { $0.deviation ?? 1 })
        // The weight of a feature that does not vary would be free; a penalty of its own leaves it at 0.
        let penalties = [0] + columns.map { $0.deviation == nil ? max(penalty, 1) : penalty }
        let rows = features.flatMap { row -> [Double] in [1] + empty.standardised(row) }
        guard columns.allSatisfy({ $0.mean.isFinite && ($0.deviation ?? 1).isFinite }) else { return nil }
        let some = weights ?? Array(repeating: 1, count: outcomes.count)
        let mean = some.reduce(0, +) / Double(some.count)
        let found = PenalisedLikelihood(
            rows: rows, outcomes: outcomes, counts: some.map { $0 / mean }, penalties: penalties
        ).maximum()
        return found.map { found in
            LogisticRegression(
                intercept: found[0], weights: Array(found.dropFirst()), means: empty.means,
                deviations: empty.deviations)
        }
    }

    /// The probability of the outcome, from 0 to 1.
    ///
    /// - Parameter features: as many numbers as there are weights, in the units of the fit; it is a fault of the program
    ///   to give another number of them.
    func probability(of features: [Double]) -> Double {
        logistic(contributions(of: features).reduce(intercept, +))
    }

    /// How much each feature adds to the logarithm of the odds: its weight times its standardised value. With the
    /// intercept they add up to the logarithm of the odds.
    ///
    /// - Parameter features: as many numbers as there are weights, in the units of the fit; it is a fault of the program
    ///   to give another number of them.
    /// - Returns: a number for each feature; no unit.
    func contributions(of features: [Double]) -> [Double] {
        precondition(features.count == weights.count, "a row has as many features as the fit")
        return zip(weights, standardised(features)).map { $0 * $1 }
    }

    private func standardised(_ features: [Double]) -> [Double] {
        features.indices.map { (features[$0] - means[$0]) / deviations[$0] }
    }

    /// The mean and standard deviation; without the latter where all values are the same.
    private static func spread(_ values: [Double]) -> (mean: Double, deviation: Double?) {
        guard let first = values.first, values.contains(where: { $0 != first }) else { return (values.first ?? 0, nil) }
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        return (mean, variance > 0 ? variance.squareRoot() : nil)
    }
}

/// 1 / (1 + e⁻ˣ), without overflow.
private func logistic(_ value: Double) -> Double {
    value >= 0 ? 1 / (1 + exp(-value)) : exp(value) / (1 + exp(value))
}

/// What is to be made greatest: n rows of k numbers with an outcome each, and a penalty for each of k weights.
private struct PenalisedLikelihood: Sendable {
    /// Row after row, each of as many numbers as there are weights.
    let rows: [Double]
    let outcomes: [Bool]
    /// How much each row counts.
    let counts: [Double]
    let penalties: [Double]
    private var width: Int { penalties.count }

    /// The weights at the maximum; nil where Newton's method does not settle in 100 steps.
    func maximum() -> [Double]? {
        var weights = Array(repeating: 0.0, count: penalties.count)
        var value = logarithm(at: weights)
        for _ in 0..<100 {
            let (slope, curvature) = derivatives(at: weights)
            guard let lower = Linear.cholesky(curvature) else { return nil }
            let step = Linear.solve(cholesky: lower, slope)
            let longest = step.reduce(0) { max($0, abs($1)) }
            guard longest.isFinite else { return nil }
            var share = 1.0
            var next = zip(weights, step).map { $0 + $1 }
            while longest > 1e-6, logarithm(at: next) < value, share > 1e-6 {
                share /= 2
                next = zip(weights, step).map { $0 + share * $1 }
            }
            (weights, value) = (next, logarithm(at: next))
            if longest < 1e-10 * (1 + weights.reduce(0) { max($0, abs($1)) }) { return weights }
        }
        return nil
    }

    private func logarithm(at weights: [Double]) -> Double {
        var sum = 0.0
        let (rows, weighting) = (rows.span, weights.span)
        for (place, outcome) in outcomes.enumerated() {
            let product = Self.product(rows.extracting(place * width..<(place + 1) * width), weighting)
            let odds = outcome ? -product : product
            sum -= counts[place] * (max(odds, 0) + log1p(exp(-abs(odds))))
        }
        return zip(penalties, weights).reduce(sum) { $0 - $1.0 * $1.1 * $1.1 / 2 }
    }

    /// The first derivatives, and the second with their sign turned, whose lower triangle is filled.
    private func derivatives(at weights: [Double]) -> (slope: [Double], curvature: [[Double]]) {
        let width = width
        var slope = zip(penalties, weights).map { -$0 * $1 }
        // One list, and each row of it at once: a list of lists took five times as long.
        var curvature = Array(repeating: 0.0, count: width * width)
        for place in 0..<width { curvature[place * width + place] = penalties[place] }
        let (rows, weighting) = (rows.span, weights.span)
        var slopes = slope.mutableSpan
        var curvatures = curvature.mutableSpan
        for (index, outcome) in outcomes.enumerated() {
            let row = rows.extracting(index * width..<(index + 1) * width)
            let probability = logistic(Self.product(row, weighting))
            let rest = counts[index] * ((outcome ? 1 : 0) - probability)
            let variance = counts[index] * probability * (1 - probability)
            for place in 0..<width {
                slopes[place] += rest * row[place]
                let factor = variance * row[place]
                let start = place * width
                for other in 0...place { curvatures[start + other] += factor * row[other] }
            }
        }
        return (slope, (0..<width).map { Array(curvature[$0 * width..<($0 + 1) * width]) })
    }

    private static func product(_ row: Span<Double>, _ weights: Span<Double>) -> Double {
        var sum = 0.0
        for place in row.indices { sum += row[place] * weights[place] }
        return sum
    }
}
