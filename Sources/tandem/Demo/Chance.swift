import Store

/// Random choices that follow from a seed, the same on every machine.
struct Chance {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// The next 64 bits (Sebastiano Vigna's SplitMix64).
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below 1.
    mutating func share() -> Double { Double(next() >> 11) / Double(1 << 53) }

    /// Whether something happens that happens with a probability.
    mutating func happens(_ probability: Double) -> Bool { share() < probability }

    /// A whole number within bounds.
    mutating func number(_ bounds: ClosedRange<Int>) -> Int {
        bounds.lowerBound + Int(share() * Double(bounds.count))
    }

    /// One of some, each as likely.
    mutating func one<Element>(of elements: [Element]) -> Element { elements[number(0...elements.count - 1)] }

    /// One of some by their weights.
    mutating func one<Element>(of weighted: [(Element, Double)]) -> Element {
        var left = share() * weighted.reduce(0) { $0 + $1.1 }
        for (element, weight) in weighted {
            left -= weight
            if left < 0 { return element }
        }
        return weighted[weighted.count - 1].0
    }

    /// A length that is mostly short and sometimes long, with a mean in hours.
    mutating func wait(hours mean: Double) -> Int64 {
        Int64(-mean * 3_600_000 * logarithm(of: 1 - share()))
    }

    /// The natural logarithm of a share, by halving: no other is at hand without Foundation.
    private func logarithm(of share: Double) -> Double {
        guard share > 0 else { return -40 }
        // ln(m × 2^e) = ln m + e ln 2, and ln m by the series of the inverse hyperbolic tangent.
        let (mantissa, exponent) = (share.significand, Double(share.exponent))
        let ratio = (mantissa - 1) / (mantissa + 1)
        var (sum, power) = (0.0, ratio)
        for step in 0..<20 {
            sum += power / Double(2 * step + 1)
            power *= ratio * ratio
        }
        return 2 * sum + exponent * 0.693_147_180_559_945_3
    }
}
