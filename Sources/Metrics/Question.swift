public import Domain
public import Store

/// What is asked of a metric or a report.
public struct Question: Sendable {
    /// Which of the readings of a figure is meant.
    public enum Basis: String, Sendable, CaseIterable {
        /// Of those that entered in the period, how many ever did.
        case cohort
        /// What happened in the period.
        case event
        /// Spend on media alone, without the cost of sales.
        case media
    }

    /// The period that a figure is compared with.
    public enum Comparison: String, Sendable, CaseIterable {
        /// The one of the same length that touches this one.
        case previous
        /// The same days a year before.
        case year
    }

    /// The first instant of the period; without one it begins with the first fact.
    public var from: Instant?
    /// The first instant after the period; without one it ends at `asOf`.
    public var to: Instant?
    /// What had happened before this instant is known; now where not asked.
    public var asOf: Instant
    /// The reading, where the asker chose one.
    public var basis: Basis?
    /// What the figure is cut by, at most two.
    public var groupBy: [Dimension] = []
    /// What the facts are narrowed to.
    public var filters: [(dimension: Dimension, key: String?)] = []
    /// What must hold of the records behind the figure, by the names of their resources.
    public var conditions: [String: [Condition]] = [:]
    /// The resources that do not have a field of which something must hold: they have no rows then.
    public var withoutField: Set<String> = []
    /// Whether the asker may see a record, where the company narrows figures to that; `nil` where all count.
    public var sees: (@Sendable (Record) -> Bool)?

    /// Whether it is cut by a dimension or narrowed to a word of it.
    func tells(_ dimension: Dimension) -> Bool {
        groupBy.contains(dimension) || filters.contains { $0.dimension == dimension }
    }

    /// Whether it narrows others by a field that a kind of facts does not have.
    func lacksField(_ kind: FactKind) -> Bool {
        conditions[kind.schema.name] == nil || withoutField.contains(kind.schema.name)
    }

    /// Whether it narrows nothing but the period.
    var asksForAll: Bool { filters.isEmpty && conditions.isEmpty && sees == nil }
    /// The zone in which days and months begin.
    public var zone: Zone = .utc
    /// The currency in which money is told; the company's where not asked.
    public var currency: Currency?
    /// The period beside this one.
    public var comparison: Comparison?
    /// What else a metric lets one choose, by name.
    public var options = Options()

    /// What some metrics let one choose.
    public struct Options: Sendable {
        /// Whether a rate counts money in place of deals (`weight=amount`).
        public var isWeighedByAmount = false
        /// The stage a lead's way is measured from.
        public var fromStage: Stage?
        /// The stage a lead's way is measured to.
        public var toStage: Stage?
        /// The longest that a conversion may take, in milliseconds.
        public var withinMilliseconds: Int64?
        /// By how many days customers come after the spend that won them.
        public var lagDays: Int64 = 0
        /// How attributed revenue is shared out.
        public var model = AttributionModel.linear
        /// How long before a deal's close a touch counts, in days.
        public var lookbackDays: Int64 = 90
        /// After how many days a touch counts half (`time_decay`).
        public var halfLifeDays: Double = 7
        /// Whether direct visits are credited.
        public var includesDirect = true
        /// Whether impressions and mail opens are credited too.
        public var includesImpressions = false
        /// Whose revenue marketing's is.
        public var sourced = SourcedDefinition.firstTouch
        /// How lifetime value is told.
        public var lifetime = LifetimeModel.historic
        /// What engagement is divided by.
        public var perFollowers = false
        /// Whether attributed revenue is that of the period or of those that its spend acquired.
        public var isCohortTiming = false
        /// Whether lengths are told in the hours of the agreement's calendar (`hours=business`).
        public var inBusinessHours = false
        /// Whether of stages entered again the last entry counts alone (`entry=latest`).
        public var isLatestEntry = false
        /// On which day of its period a forecast is looked at, from 0.
        public var forecastDay: Int64 = 0
        /// What random numbers begin with.
        public var seed: UInt64 = 1

        /// The defaults.
        public init() {}
    }

    /// A question about everything until `asOf`.
    public init(asOf: Instant) { self.asOf = asOf }

    /// The first and the first after the last millisecond that count, all of them before `asOf`.
    var bounds: Range<Int64> {
        let lower = from?.milliseconds ?? .min
        let upper = min(to?.milliseconds ?? .max, asOf.milliseconds)
        return lower..<max(lower, upper)
    }
}

/// The definitions of revenue that marketing brought.
public enum SourcedDefinition: String, Sendable, CaseIterable {
    /// The first touch of any of the deal's leads was marketing's.
    case firstTouch = "first_touch"
    /// The source of the first of its leads, as listed, is marketing's.
    case leadSource = "lead_source"
    /// A touch of marketing's came before sales' first activity.
    case beforeSales = "before_sales"
}

/// The models of what a customer is worth.
public enum LifetimeModel: String, Sendable, CaseIterable {
    /// What they paid so far.
    case historic
    /// Revenue a month by churn.
    case recurring
    /// BG/NBD and Gamma-Gamma.
    case predictive
}

/// Why a question has no answer.
public enum MetricFault: Error, Sendable, Equatable {
    /// Amounts of several currencies cannot be added without a rate.
    case noRate(from: String, to: String, on: String?)
    /// It would be told in more groups than anybody reads.
    case tooManyGroups(Int)
    /// Parts of it are of resources without the field that the question narrows others by.
    case oneSided(narrowed: [String], others: [String], dimensions: [String])
    /// It is of a period, and the question has none or half of one.
    case needsPeriod(String)
    /// What it rests on is not there: a margin, a sample.
    case notEnough(String)
}
