internal import Foundation

/// The logarithm of the gamma function.
///
/// - Parameter value: a number above 0.
func logGamma(_ value: Double) -> Double {
    lgamma(value).0
}
