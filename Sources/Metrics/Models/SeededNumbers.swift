/// Pseudorandom numbers that are the same for the same seed, on any machine and with any version of the library.
///
/// SplitMix64: Steele, Lea & Flood, "Fast Splittable Pseudorandom Number Generators" (OOPSLA 2014). Not for secrets.
struct SeededNumbers: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 to just below `limit`, each as likely as any other (Lemire, "Fast Random Integer Generation in an
    /// Interval", ACM TOMACS 29, 2019).
    ///
    /// - Parameter limit: above 0.
    mutating func below(_ limit: Int) -> Int {
        precondition(limit > 0, "there is no number below 0 to choose")
        let width = UInt64(limit)
        var product = next().multipliedFullWidth(by: width)
        while product.low < (0 &- width) % width { product = next().multipliedFullWidth(by: width) }
        return Int(product.high)
    }

    /// The values in an order of which each is as likely as any other (Fisher & Yates).
    mutating func shuffled<Value>(_ values: [Value]) -> [Value] {
        var values = values
        for place in values.indices.dropFirst().reversed() { values.swapAt(place, below(place + 1)) }
        return values
    }
}
