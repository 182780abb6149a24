import Foundation

/// Gauss's hypergeometric function ₂F₁(a, b; c; z) for 0 ≤ z < 1, the second witness of the models' closed forms.
///
/// The series, after Euler's transformation where this makes its terms fall faster (*NIST Digital Library of
/// Mathematical Functions*, 15.2.1 and 15.8.1).
func gaussHypergeometric(_ a: Double, _ b: Double, _ c: Double, _ z: Double) -> Double? {
    let rest = c - a - b
    return rest < 0 ? series(c - a, c - b, c, z).map { $0 * pow(1 - z, rest) } : series(a, b, c, z)
}

private func series(_ a: Double, _ b: Double, _ c: Double, _ z: Double) -> Double? {
    var (term, sum) = (1.0, 1.0)
    for place in 0..<1_000_000 {
        let count = Double(place)
        let factor = (a + count) * (b + count) / ((c + count) * (count + 1)) * z
        term *= factor
        sum += term
        let growth = max(abs(factor), z)
        if growth < 1, abs(term) * growth <= 1e-17 * abs(sum) * (1 - growth) { return sum }
    }
    return nil
}
