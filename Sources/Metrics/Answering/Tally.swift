internal import Store

/// What some facts add up to, without keeping them.
struct Tally: Sendable {
    /// What one part of a figure adds up to, which a composed one has more of.
    struct Part: Sendable {
        var count: Int64 = 0
        /// In hundredths, since weights are percents; in 128 bits no amounts overflow.
        var hundredths: Int128 = 0
        var withoutValue: Int64 = 0

        /// The sum, in what the values are measured in.
        var sum: Double { Double(hundredths) / 100 }

        @inline(__always)
        mutating func add(_ fact: Fact) {
            add(fact.known, percent: fact.percent)
        }

        /// Adds a value that weighs so many percent, or what has none.
        @inline(__always)
        mutating func add(_ value: Int64?, percent: UInt8 = 100) {
            count += 1
            if let value { hundredths += Int128(value) * Int128(percent) } else { withoutValue += 1 }
        }

        mutating func add(_ other: Part) {
            count += other.count
            hundredths += other.hundredths
            withoutValue += other.withoutValue
        }
    }

    var rows: Int64 = 0
    /// The numerator and denominator of a share.
    var above = Part()
    var below = Part()
    var pending: Int64 = 0
    var unfinished: Int64 = 0
    var censored: Int64 = 0
    var inTime: Int64 = 0
    var late: Int64 = 0

    /// Adds a fact that has a length.
    @inline(__always)
    mutating func add(length fact: Fact) {
        rows += 1
        let marks = fact.marks
        guard !marks.isEmpty else { return }
        if marks.contains(.isCensored) { censored += 1 }
        if marks.contains(.isInTime) { inTime += 1 }
        if marks.contains(.isLate) { late += 1 }
    }

    /// Adds a fact of a share.
    @inline(__always)
    mutating func add(share fact: Fact, isWeighed: Bool) {
        let marks = fact.marks
        if isWeighed {
            if !marks.contains(.isBelowOnly) { above.add(fact) }
            if !marks.contains(.isAboveOnly) { below.add(fact) }
        } else {
            // Without a branch: which of the two a fact is in is no pattern that a processor foresees.
            above.count += marks.contains(.isBelowOnly) ? 0 : 1
            below.count += marks.contains(.isAboveOnly) ? 0 : 1
        }
        if marks.contains(.isUnfinished) {
            if marks.contains(.isOutside) { pending += 1 } else { unfinished += 1 }
        }
    }

    /// Adds what other facts add up to.
    mutating func add(_ other: Tally) {
        rows += other.rows
        above.add(other.above)
        below.add(other.below)
        pending += other.pending
        unfinished += other.unfinished
        censored += other.censored
        inTime += other.inTime
        late += other.late
    }
}
