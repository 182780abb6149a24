internal import Glibc

/// The system's random numbers, fetched some at a time: a call of the system for each is half of what an id costs.
struct GatheredRandom: RandomNumberGenerator, Sendable {
    private var numbers = InlineArray<32, UInt64>(repeating: 0)
    private var left = 0

    mutating func next() -> UInt64 {
        if left == 0 { gather() }
        left -= 1
        return numbers[left]
    }

    private mutating func gather() {
        left = numbers.count
        // As many bytes as one call gives at most.
        let failed = unsafe withUnsafeMutableBytes(of: &numbers) { unsafe getentropy($0.baseAddress, $0.count) }
        precondition(failed == 0, "the system has no random numbers")
    }
}
