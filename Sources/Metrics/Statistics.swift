internal import Foundation

/// The statistics that figures carry.
enum Statistics {
    /// The Wilson score interval of a share at 95 % (Wilson 1927), or `nil` without a sample.
    static func wilson(_ numerator: Double, of denominator: Double) -> (low: Double, high: Double)? {
        guard denominator > 0 else { return nil }
        let z = 1.959963984540054
        let share = numerator / denominator
        let scale = 1 + z * z / denominator
        let centre = share + z * z / (2 * denominator)
        let spread = z * (share * (1 - share) / denominator + z * z / (4 * denominator * denominator)).squareRoot()
        return (max(0, (centre - spread) / scale), min(1, (centre + spread) / scale))
    }

    /// The bounds of the difference of two shares at 95 % by the Wilson bounds of each (Newcombe 1998).
    static func difference(
        _ first: Double, _ own: (low: Double, high: Double), _ second: Double, _ other: (low: Double, high: Double)
    ) -> (low: Double, high: Double) {
        func root(_ one: Double, _ two: Double) -> Double { (one * one + two * two).squareRoot() }
        return (
            first - second - root(first - own.low, other.high - second),
            first - second + root(own.high - first, second - other.low)
        )
    }

    /// A number to the nearest whole one, half to even, held within 64 bits.
    static func whole(_ number: Double) -> Int64 {
        Int64(exactly: number.rounded(.toNearestOrEven)) ?? (number < 0 ? .min : .max)
    }

    /// A sum of shares to nine places: what is beyond depends on the order in which they were added.
    static func inBillionths(_ number: Double) -> Double { (number * 1e9).rounded() / 1e9 }

    /// A sum held within 64 bits.
    static func sum(_ numbers: some Sequence<Int64>) -> Int64 {
        Int64(clamping: numbers.reduce(Int128(0)) { $0 + Int128($1) })
    }

    /// The geometric mean of numbers above 0.
    static func geometricMean(_ numbers: [Double]) -> Double {
        // The root of a product of few is exact where the product of logarithms is not: of 2 alone it is 2.
        pow(numbers.reduce(1, *), 1 / Double(numbers.count))
    }

    /// A quotient of whole numbers, half to even (the rounding of IEEE 754), held within 64 bits.
    static func roundedQuotient(_ dividend: Int128, _ divisor: Int128) -> Int64 {
        let (quotient, rest) = dividend.quotientAndRemainder(dividingBy: divisor)
        let twice = rest.magnitude * 2
        let isUp = twice > divisor.magnitude || twice == divisor.magnitude && !quotient.isMultiple(of: 2)
        let step: Int128 = (dividend < 0) == (divisor < 0) ? 1 : -1
        return Int64(clamping: isUp ? quotient + step : quotient)
    }

    /// A quantile of sorted values, linear between the nearest ranks (Hyndman and Fan's type 7).
    static func quantile(_ sorted: [Double], _ share: Double) -> Double? {
        guard let last = sorted.last else { return nil }
        let place = share * Double(sorted.count - 1)
        let index = Int(place)
        guard index + 1 < sorted.count else { return last }
        return sorted[index] + (sorted[index + 1] - sorted[index]) * (place - Double(index))
    }
}
