public import JSON
public import Store

/// One figure that a department steers by, defined once.
public struct Metric: Sendable {
    /// How the facts of a figure become its value.
    enum Shape: Sendable {
        /// How many.
        case count
        /// How many different values.
        case distinct
        /// The sum of their money.
        case sum
        /// The sum of their numbers, kept in thousandths.
        case total
        /// The sum of their money by their number.
        case average
        /// Those in the numerator by those in the denominator; by basis=event the two may be of different sets.
        case share(isOfTwoSets: Bool)
        /// Lengths of time, in units of so many milliseconds.
        case lengths(milliseconds: Int64)
        /// Something of what its parts add up to.
        case composed(Composition)

        /// The part that may have parts of a minor unit, since its amounts weigh percents, where the value is the sum of
        /// it and those before it.
        var weighedPart: Int? {
            switch self {
            case .sum: 0
            case .composed(let composition): composition.weighedPart
            default: nil
            }
        }

        /// How it moves while its period goes on, as a rule.
        var course: Course {
            switch self {
            case .count, .distinct, .sum, .total: .grows
            default: .stands
            }
        }

        /// How many parts it is of.
        var partCount: Int {
            if case .composed(let composition) = self { return composition.parts.count }
            return 1
        }
    }

    /// What is added up straight from columns, without a fact for each, where the question asks for all of it.
    enum Columns: Sendable {
        /// The leads captured in the period.
        case capturedLeads
        /// The deals closed in the period, those won or lost or both, and maybe what was bought without one.
        case closedDeals(won: Bool, lost: Bool, withPurchases: Bool)
    }

    /// How a figure moves while its period goes on.
    enum Course: Sendable {
        /// It adds up from 0.
        case grows
        /// It is used up from 1.
        case shrinks
        /// It says how things are, however long they have been so.
        case stands
    }

    /// What a goal wants of a figure.
    enum Better: String, Sendable {
        case more, less
        /// Neither: it is best near a value.
        case neither
    }

    /// The name in addresses.
    public let name: String
    /// What the value is measured in.
    public let unit: String
    /// What it is, in one sentence.
    public let definition: String
    /// The readings there are, the default first; none where the figure is a state at one instant.
    public let bases: [Question.Basis]
    /// What it can be cut by.
    public let dimensions: [Dimension]
    /// The parameters beside those of every metric.
    public let parameters: [String]
    /// The resources whose fields it can be narrowed by.
    public let resources: [Schema]
    let better: Better
    let course: Course
    let shape: Shape
    let columns: Columns?
    /// Whether what is to come has a value too.
    let looksAhead: Bool
    /// The kinds of facts that its parts are of, where these are not the same for all.
    let sides: [[FactKind]]
    /// Whether the figure over all groups is no sum of what is in them, but the same question asked without them.
    let isWholeAskedAlone: Bool
    /// What facts are valued by where a model does that, as an answer tells it.
    let model: (@Sendable (Asked) throws(MetricFault) -> JSON)?
    let facts: @Sendable (Asked) throws(MetricFault) -> [Fact]

    /// Whether it is of money.
    var isOfMoney: Bool {
        switch shape {
        case .sum, .average: true
        default: false
        }
    }

    /// Whether it is a state at one instant, which has no period.
    public var isState: Bool { bases.isEmpty }

    init(
        _ name: String, unit: String, better: Better = .more, course: Course? = nil, _ shape: Shape,
        of kinds: [FactKind],
        bases: [Question.Basis] = [.event], dimensions: [Dimension], parameters: [String] = [],
        columns: Columns? = nil, looksAhead: Bool = false, sides: [[FactKind]] = [], isWholeAskedAlone: Bool = false,
        model: (@Sendable (Asked) throws(MetricFault) -> JSON)? = nil, _ definition: String,
        facts: @escaping @Sendable (Asked) throws(MetricFault) -> [Fact]
    ) {
        self.name = name
        self.unit = unit
        self.better = better
        self.course = bases.isEmpty ? .stands : course ?? shape.course
        self.shape = shape
        self.bases = bases
        self.dimensions = dimensions
        self.parameters = parameters
        self.definition = definition
        self.columns = columns
        self.looksAhead = looksAhead
        self.sides = sides
        self.isWholeAskedAlone = isWholeAskedAlone
        self.model = model
        resources = kinds.map(\.schema)
        self.facts = facts
    }

    /// The metric as the catalogue shows it.
    public var summary: JSON {
        [
            "metric": .string(name), "unit": .string(unit), "better": .string(better.rawValue),
            "definition": .string(definition),
            "basis": .array(bases.map { .string($0.rawValue) }),
            "dimensions": .array(dimensions.map { .string($0.rawValue) }),
            "filters": .array(resources.map { .string($0.name) }),
            "parameters": .array(parameters.map { .string($0) }), "href": .string("/v1/metrics/\(name)"),
        ]
    }
}

/// A figure that is made of parts, each of them counts, sums or lengths.
struct Composition: Sendable {
    /// One part, and what its value is measured in.
    struct Part: Sendable {
        enum Measure: Sendable {
            case count, money, number, days
            /// A number of which the mean counts, not the sum.
            case mean
        }

        let name: String
        let measure: Measure
    }

    /// What parts come to.
    enum Value: Sendable {
        /// An amount in hundredths of a minor unit, by a number.
        case money(Int128, by: Int128)
        /// An amount in minor units, to be rounded.
        case amount(Double)
        case number(Double)
        /// There is none, and why.
        case none(String)
    }

    let parts: [Part]
    /// Whether a part that nothing was observed of is told as null, not as 0.
    var tellsMissing = false
    /// Whether the first part is some of the second, so that their quotient has an interval.
    var isShare = false
    /// Whether the value of two parts is the first ÷ the second, which are then told as numerator and denominator.
    var isQuotient = true
    /// What the quotient of two parts is multiplied by; `nil` where the figure is not one of them.
    var factor: Double? = 1
    /// The part whose amounts weigh percents, where the value is the sum of it and those before it.
    var weighedPart: Int?
    /// What each of what it is a mean of weighs, where it is one.
    var weights: (@Sendable ([Tally.Part]) -> [(name: String, weight: Double)])?
    let value: @Sendable ([Tally.Part]) -> Value
}

extension Composition {
    /// The quotient of the first part's money by the number of the second's.
    static func cost(_ money: String, per things: String) -> Composition {
        Composition(parts: [.init(name: money, measure: .money), .init(name: things, measure: .count)]) { parts in
            parts[1].count == 0
                ? .none("nothing to divide by: there are no \(things)")
                : .money(parts[0].hundredths, by: Int128(parts[1].count))
        }
    }

    /// The quotient of two sums.
    static func ratio(_ first: Part, _ second: Part) -> Composition {
        Composition(parts: [first, second]) { parts in
            let (above, below) = (amount(parts[0], first), amount(parts[1], second))
            return below == 0 ? .none("nothing to divide by: \(second.name) is 0") : .number(above / below)
        }
    }

    /// What a part comes to, in what it is measured in.
    static func amount(_ part: Tally.Part, _ declared: Part) -> Double {
        switch declared.measure {
        case .count: Double(part.count)
        case .money: part.sum
        case .number: part.sum / 1000
        case .mean: part.sum / 1000 / Double(max(1, part.count))
        case .days: part.sum / Double(Instant.dayMilliseconds)
        }
    }
}

/// A question with what its answer is made from.
struct Asked {
    /// As of the question.
    let facts: Facts
    /// As they are now.
    private let newest: Facts
    let question: Question
    let exchange: Exchange
    /// The first and the first after the last millisecond of the period, all of them before ``asOf``.
    let bounds: Range<Int64>
    /// What happened before this millisecond is known.
    let asOf: Int64
    /// Whether what the question narrows away is left out before money is told, which may need a rate that is not there.
    private var narrowsFirst = false

    init(_ question: Question, of facts: Facts, exchange: Exchange? = nil) {
        self.facts = facts.asOf(question.asOf.milliseconds, withScores: question.tells(.scoreBand))
        newest = facts
        self.question = question
        self.exchange = exchange ?? Exchange(question, facts.view)
        bounds = question.bounds
        asOf = question.asOf.milliseconds
    }

    /// Whether an instant is in the period.
    @inline(__always)
    func contains(_ time: Int64) -> Bool { time >= bounds.lowerBound && time < bounds.upperBound }

    /// Whether the period ends after the instant that it is asked for as of.
    var isUnfinished: Bool { question.to.map { $0 > question.asOf } ?? false }

    /// Whether the asker's figures have a fact, where the company narrows them to what is seen.
    func sees(_ fact: Fact) -> Bool {
        guard let sees = question.sees else { return true }
        return facts.judged(fact).map(sees) ?? false
    }

    /// Those of some facts that the asker's figures have.
    func seen(_ items: [Fact]) -> [Fact] { question.sees == nil ? items : items.filter(sees) }

    /// Whether something is to be left out before money is told.
    var leavesOut: Bool { narrowsFirst || question.sees != nil }

    /// Those of some facts whose money is to be told.
    func counted(_ items: [Fact]) throws(MetricFault) -> [Fact] {
        guard narrowsFirst else { return seen(items) }
        var question = question
        // When a fact counts may be decided after its money is told.
        question.filters.removeAll { $0.dimension.isTime }
        return try Narrowing(question, DimensionReader(self)).apply(to: items)
    }

    /// The same of another period.
    func of(_ question: Question) -> Asked {
        var other = Asked(question, of: newest, exchange: exchange)
        other.narrowsFirst = narrowsFirst
        return other
    }

    /// The same with all that the asker's figures have, whatever the question narrows.
    func countingAll() -> Asked {
        var all = self
        all.narrowsFirst = false
        return all
    }

    /// What is made of the question; where a rate is missing, once more without what the question narrows away, which
    /// need not have one.
    func demandingFewestRates<Found>(
        _ make: (Asked) throws(MetricFault) -> Found
    ) throws(MetricFault) -> Found {
        let told = exchange.toldAsIs
        do throws(MetricFault) { return try make(self) } catch {
            guard case .noRate = error, !question.filters.isEmpty || !question.conditions.isEmpty else { throw error }
            exchange.forget(all: told)
            var narrow = self
            narrow.narrowsFirst = true
            return try make(narrow)
        }
    }
}

/// Every metric there is.
public enum Catalogue {
    /// In the order of the catalogue.
    public static let all: [Metric] =
        DealFigures.all + ForecastFigures.all + StageFigures.all + NegotiationFigures.all + LeadFigures.all
        + TrafficFigures.all + SpendFigures.all + BrandFigures.all + MarketingRevenueFigures.all + CustomerFigures.all
        + HandOffFigures.all + TogetherFigures.all

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// The metric of a name.
    public static func metric(_ name: String) -> Metric? { byName[name] }
}
