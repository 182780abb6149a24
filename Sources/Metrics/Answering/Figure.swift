internal import JSON
internal import Store

/// The value of some facts, with what it rests on, as an answer tells it.
struct Figure {
    private var members: [JSON.Member] = []
    private let currency: String?

    /// The figure of what some facts add up to.
    ///
    /// - Parameters:
    ///   - parts: what its parts add up to; none where it is counted.
    ///   - lengths: those that facts have, in order, where the figure is of lengths.
    ///   - distinct: how many different values there are, where those are counted.
    init(
        _ tally: Tally, _ parts: ArraySlice<Tally.Part>, lengths: ArraySlice<Length>, distinct: Int, of metric: Metric,
        _ question: Question, currency: String?
    ) {
        self.currency = currency
        switch metric.shape {
        case .count: put("value", .integer(tally.rows))
        case .distinct: put("value", .integer(Int64(distinct)))
        case .sum: sum(parts[parts.startIndex])
        case .total: put("value", Self.number(parts[parts.startIndex].sum / 1000))
        case .average:
            average(parts[parts.startIndex])
            putUnfinished(tally)
        case .share(let isOfTwoSets):
            let isWeighed = question.options.isWeighedByAmount
            share(tally, isWeighed: isWeighed, hasInterval: !isWeighed && !(isOfTwoSets && question.basis == .event))
        case .lengths(let unit): self.lengths(tally, sum: parts[parts.startIndex].sum, lengths, unit: Double(unit))
        case .composed(let composition):
            composed(parts, composition)
            putUnfinished(tally)
        }
    }

    /// The members of the answer, `value` first.
    var json: [JSON.Member] { members }

    private mutating func put(_ name: String, _ value: JSON) { members.append(.init(name, value)) }

    // MARK: Money

    private mutating func sum(_ part: Tally.Part) {
        put("value", money(part.hundredths, by: 1))
        putWithoutAmount(part)
    }

    private mutating func average(_ part: Tally.Part) {
        let count = part.count - part.withoutValue
        put("value", count == 0 ? .null : money(part.hundredths, by: Int128(count)))
        put("numerator", money(part.hundredths, by: 1))
        put("denominator", .integer(count))
        if count == 0 { put("reason", "nothing to divide by: there are none in the period") }
        putWithoutAmount(part)
    }

    /// A sum that leaves facts out says so.
    private mutating func putWithoutAmount(_ part: Tally.Part) {
        if part.withoutValue > 0 { put("without_amount", .integer(part.withoutValue)) }
    }

    private func money(_ hundredths: Int128, by count: Int128) -> JSON {
        [
            "amount": .integer(Statistics.roundedQuotient(hundredths, count * 100)),
            "currency": currency.map { .string($0) } ?? .null,
        ]
    }

    /// A number, whole where it is.
    static func number(_ number: Double) -> JSON { Int64(exactly: number).map { .integer($0) } ?? .number(number) }

    // MARK: Rates

    private mutating func share(_ tally: Tally, isWeighed: Bool, hasInterval: Bool) {
        let numerator = isWeighed ? tally.above.sum : Double(tally.above.count)
        let denominator = isWeighed ? tally.below.sum : Double(tally.below.count)
        put("value", denominator == 0 ? .null : .number(numerator / denominator))
        put("numerator", .number(numerator))
        put("denominator", .number(denominator))
        if denominator == 0 { put("reason", "nothing to divide by: the denominator is 0") }
        // An interval is one of a share of things; money and rates of two different sets have none.
        if hasInterval { putInterval(numerator, denominator) }
        if isWeighed { putWithoutAmount(tally.below) }
        if tally.pending > 0 { put("pending", .integer(tally.pending)) }
        putUnfinished(tally)
    }

    private mutating func putUnfinished(_ tally: Tally) {
        if tally.unfinished > 0 { put("unfinished", .integer(tally.unfinished)) }
    }

    private mutating func putInterval(_ numerator: Double, _ denominator: Double) {
        // Who clicks twice in one mail makes more of fewer.
        guard numerator <= denominator, let interval = Statistics.wilson(numerator, of: denominator) else { return }
        put("interval", ["low": .number(interval.low), "high": .number(interval.high), "level": 0.95])
    }

    // MARK: Lengths of time

    /// Fewer lengths than these have no outer quantiles.
    static let countMin = 5

    private mutating func lengths(_ tally: Tally, sum: Double, _ lengths: ArraySlice<Length>, unit: Double) {
        let isWhole = tally.censored == 0
        func quantile(_ share: Double) -> Double? {
            Statistics.quantile(ofSorted: lengths, share, unit: unit, isWhole: isWhole)
        }
        let median = quantile(0.5)
        put("value", median.map { .number($0) } ?? .null)
        put("n", .integer(Int64(lengths.count)))
        if !isWhole { put("censored", .integer(tally.censored)) }
        let withoutStart = tally.rows - Int64(lengths.count)
        if withoutStart > 0 { put("without_start", .integer(withoutStart)) }
        // A mean over those that ended would hide those that did not.
        let mean = sum / unit / Double(max(1, lengths.count))
        put("mean", isWhole && !lengths.isEmpty ? .number(mean) : .null)
        put("median", median.map { .number($0) } ?? .null)
        for (name, share) in [("p75", 0.75), ("p90", 0.9)] {
            put(name, (lengths.count < Self.countMin ? nil : quantile(share)).map { .number($0) } ?? .null)
        }
        putReason(lengths.count, isWhole: isWhole, median)
        let due = tally.inTime + tally.late
        if due > 0 { put("share_in_time", .number(Double(tally.inTime) / Double(due))) }
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

    // MARK: Composed figures

    private mutating func composed(_ parts: ArraySlice<Tally.Part>, _ composition: Composition) {
        let parts = Array(parts)
        switch composition.value(parts) {
        case .money(let hundredths, let count): put("value", money(hundredths, by: count))
        case .amount(let amount):
            let whole = Int64(exactly: amount.rounded(.toNearestOrEven)) ?? .max
            put("value", money(Int128(whole) * 100, by: 1))
        case .number(let number): put("value", Self.number(number))
        case .none(let reason):
            put("value", .null)
            put("reason", .string(reason))
        }
        let told = zip(composition.parts, parts).map { declared, part in
            JSON.Member(declared.name, composition.tellsMissing && part.count == 0 ? .null : json(part, declared))
        }
        if parts.count == 2, composition.isQuotient {
            put("numerator", told[0].value)
            put("denominator", told[1].value)
        }
        if composition.isShare {
            putInterval(
                Composition.amount(parts[0], composition.parts[0]), Composition.amount(parts[1], composition.parts[1]))
        }
        put("parts", .object(told))
        if let weights = composition.weights {
            put("weights", .object(weights(parts).map { .init($0.name, .number($0.weight)) }))
        }
    }

    private func json(_ part: Tally.Part, _ declared: Composition.Part) -> JSON {
        if case .money = declared.measure { return money(part.hundredths, by: 1) }
        return Self.number(Composition.amount(part, declared))
    }
}
