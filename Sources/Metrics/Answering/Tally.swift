internal import Store

/// What some facts add up to, without keeping them.
struct Tally: Sendable {
    /// What one part of a composed figure adds up to.
    struct Part: Sendable {
        var count: Int64 = 0
        /// In hundredths, since weights are percents; in 128 bits no amounts overflow.
        var hundredths: Int128 = 0
        var withoutValue: Int64 = 0

        /// The sum, in what the values are measured in.
        var sum: Double { Double(hundredths) / 100 }

        @inline(__always)
        mutating func add(_ fact: Fact) {
            count += 1
            if fact.marks.contains(.hasNoValue) {
                withoutValue += 1
            } else {
                hundredths += Int128(fact.value) * Int128(fact.percent)
            }
        }
    }

    var rows: Int64 = 0
    var above = Part()
    var below = Part()
    var parts = InlineArray<10, Part>(repeating: Part())
    var pending: Int64 = 0
    var unfinished: Int64 = 0
    var censored: Int64 = 0
    var inTime: Int64 = 0
    var late: Int64 = 0

    @inline(__always)
    mutating func add(_ fact: Fact) {
        rows += 1
        parts[Int(fact.part)].add(fact)
        let marks = fact.marks
        if !marks.contains(.isBelowOnly) { above.add(fact) }
        if !marks.contains(.isAboveOnly) { below.add(fact) }
        guard !marks.isEmpty else { return }
        if marks.contains(.isUnfinished) {
            if marks.contains(.isOutside) { pending += 1 } else { unfinished += 1 }
        }
        if marks.contains(.isCensored) { censored += 1 }
        if marks.contains(.isInTime) { inTime += 1 }
        if marks.contains(.isLate) { late += 1 }
    }
}
