internal import JSON
internal import Store

/// The value of some facts, with what it rests on.
struct Figure {
    private var members: [JSON.Member] = []

    /// The figure of `facts`, as the kind of `metric` says.
    ///
    /// - Throws: ``MetricFault/noRate(from:to:)`` where money of several currencies would be added.
    init(_ facts: [Fact], of metric: Metric, _ question: Question, currency: String?) throws(MetricFault) {
        switch metric.kind {
        case .count: put("value", .integer(Int64(facts.count)))
        case .sum: sum(facts, currency)
        case .average: average(facts, currency)
        case .rate: rate(facts, isWeighed: question.isWeighedByAmount)
        case .lengths: lengths(facts)
        }
    }

    /// The members of the answer, `value` first.
    var json: [JSON.Member] { members }

    private mutating func put(_ name: String, _ value: JSON) { members.append(.init(name, value)) }

    // MARK: Money

    private mutating func sum(_ facts: [Fact], _ currency: String?) {
        put("value", Self.money(Self.total(facts), of: 1, currency))
        putWithoutAmount(facts)
    }

    private mutating func average(_ facts: [Fact], _ currency: String?) {
        let count = facts.filter { $0.money != nil }.count
        let total = Self.total(facts)
        put("value", count == 0 ? .null : Self.money(total, of: count, currency))
        put("numerator", Self.money(total, of: 1, currency))
        put("denominator", .integer(Int64(count)))
        if count == 0 { put("reason", "no deal was won in the period") }
        putWithoutAmount(facts)
    }

    /// A sum that leaves facts out says so.
    private mutating func putWithoutAmount(_ facts: [Fact]) {
        let count = facts.filter { $0.money == nil }.count
        if count > 0 { put("without_amount", .integer(Int64(count))) }
    }

    /// In hundredths of a minor unit, since weights are percents; in 128 bits no amounts overflow.
    private static func total(_ facts: [Fact]) -> Int128 {
        facts.reduce(0) { $0 + Int128($1.money?.amount ?? 0) * Int128($1.percent) }
    }

    private static func money(_ hundredths: Int128, of count: Int, _ currency: String?) -> JSON {
        [
            "amount": .integer(Statistics.roundedQuotient(hundredths, Int128(count) * 100)),
            "currency": currency.map { .string($0) } ?? .null,
        ]
    }

    // MARK: Rates

    private mutating func rate(_ facts: [Fact], isWeighed: Bool) {
        func sum(_ facts: [Fact]) -> Double {
            isWeighed ? Double(Self.total(facts)) / 100 : Double(facts.count)
        }
        let numerator = sum(facts.filter(\.isInNumerator))
        let denominator = sum(facts.filter(\.isInDenominator))
        put("value", denominator == 0 ? .null : .number(numerator / denominator))
        put("numerator", .number(numerator))
        put("denominator", .number(denominator))
        if denominator == 0 { put("reason", "nothing to divide by: the denominator is 0") }
        // An interval is one of a share of things; money and rates of two different sets have none.
        let isShare = !isWeighed && !facts.contains(where: \.isOfTwoSets)
        if isShare, let interval = Statistics.wilson(numerator, of: denominator) {
            put("interval", ["low": .number(interval.low), "high": .number(interval.high), "level": 0.95])
        }
        if isWeighed { putWithoutAmount(facts) }
        putUnfinished(facts)
    }

    /// What time has yet to tell: outside the rate it is pending, inside it makes the cohort unfinished.
    private mutating func putUnfinished(_ facts: [Fact]) {
        let unfinished = facts.filter(\.isUnfinished)
        for (name, isInside) in [("pending", false), ("unfinished", true)] {
            let count = unfinished.filter { $0.isInDenominator == isInside }.count
            if count > 0 { put(name, .integer(Int64(count))) }
        }
    }

    // MARK: Lengths of time

    private static let countMin = 5

    private mutating func lengths(_ facts: [Fact]) {
        let lengths = facts.compactMap { fact in fact.length.map { (length: $0, isCensored: fact.isCensored) } }
        let ended = lengths.filter { !$0.isCensored }
        let isWhole = ended.count == lengths.count
        let median = Statistics.quantile(of: lengths, 0.5)
        put("value", median.map { .number($0) } ?? .null)
        put("n", .integer(Int64(lengths.count)))
        if !isWhole { put("censored", .integer(Int64(lengths.count - ended.count))) }
        if facts.count > lengths.count { put("without_start", .integer(Int64(facts.count - lengths.count))) }
        let mean = ended.reduce(0) { $0 + $1.length } / Double(max(1, ended.count))
        // A mean over those that ended would hide those that did not.
        put("mean", isWhole && !ended.isEmpty ? .number(mean) : .null)
        put("median", median.map { .number($0) } ?? .null)
        for (name, share) in [("p75", 0.75), ("p90", 0.9)] {
            let quantile = lengths.count < Self.countMin ? nil : Statistics.quantile(of: lengths, share)
            put(name, quantile.map { .number($0) } ?? .null)
        }
        putReason(lengths.count, isWhole: isWhole, median)
        putShareInTime(facts)
    }

    private mutating func putReason(_ count: Int, isWhole: Bool, _ median: Double?) {
        if count == 0 {
            put("reason", "nothing to measure in the period")
        } else if median == nil {
            put("reason", "more than half have not ended, so the median is not known yet")
        } else if count < Self.countMin {
            put("reason", .string("p75 and p90 are withheld below \(Self.countMin)"))
        } else if !isWhole {
            put("reason", "some have not ended: quantiles are Kaplan and Meier's, and there is no mean")
        }
    }

    private mutating func putShareInTime(_ facts: [Fact]) {
        let due = facts.compactMap(\.isInTime)
        guard !due.isEmpty else { return }
        put("share_in_time", .number(Double(due.filter { $0 }.count) / Double(due.count)))
    }
}
