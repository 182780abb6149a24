internal import Store

/// A rate as the decimal that it is written as, `digits × 10^exponent`, so that a half of a minor unit is exactly one.
struct ExactRate {
    /// 18 digits at most: the shortest that tell a number from every other.
    private let digits: Int128
    private let exponent: Int

    /// A rate, which must be above 0.
    init(_ number: Double) {
        precondition(number > 0 && number.isFinite, "a rate is above 0")
        let parts = "\(number)".split(separator: "e")
        let decimals = parts[0].split(separator: ".")
        let fraction = decimals.count > 1 ? decimals[1] : ""
        digits = (decimals[0] + fraction).utf8.reduce(0) { $0 * 10 + Int128($1 - UInt8(ascii: "0")) }
        exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) - fraction.count
    }

    /// `amount × rate × 10^places`, half to even; `nil` where it does not fit.
    func times(_ amount: Int64, places: Int) -> Int64? {
        // 19 and 18 digits: 128 bits hold 38.
        Self.quotient(Int128(amount) * digits, by: 1, timesTenTo: exponent + places)
    }

    /// `amount ÷ rate × 10^places`, half to even; `nil` where it does not fit.
    func dividing(_ amount: Int64, places: Int) -> Int64? {
        Self.quotient(Int128(amount), by: digits, timesTenTo: places - exponent)
    }

    private static func quotient(_ amount: Int128, by rate: Int128, timesTenTo power: Int) -> Int64? {
        var (dividend, divisor) = (amount, rate)
        for _ in 0..<abs(power) {
            let (product, isTooMuch) = (power > 0 ? dividend : divisor).multipliedReportingOverflow(by: 10)
            // A dividend of 38 digits is far beyond what fits, as a divisor of them is below any half.
            if isTooMuch { return power > 0 ? nil : 0 }
            if power > 0 { dividend = product } else { divisor = product }
        }
        let (whole, rest) = dividend.quotientAndRemainder(dividingBy: divisor)
        let twice = rest.magnitude * 2
        let isUp = twice > divisor.magnitude || twice == divisor.magnitude && whole % 2 != 0
        return Int64(exactly: isUp ? whole + dividend.signum() : whole)
    }
}
