public import Domain
public import Store

/// What is asked of a metric or a report.
public struct Question: Sendable {
    /// Which of the two readings of a rate is meant.
    public enum Basis: String, Sendable, CaseIterable {
        /// Of those that entered in the period, how many ever did.
        case cohort
        /// What happened in the period.
        case event
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
    public var groupBy: [Dimension]
    /// What the facts are narrowed to.
    public var filters: [(dimension: Dimension, key: String?)]
    /// Whether the asker may see a record, where the company narrows figures to that; `nil` where all count.
    public var sees: (@Sendable (Record) -> Bool)?
    /// The zone in which days and months begin.
    public var zone: Zone
    /// Whether a rate counts money in place of deals (`weight=amount`).
    public var isWeighedByAmount: Bool
    /// The stage a lead's way is measured from.
    public var fromStage: Stage?
    /// The stage a lead's way is measured to.
    public var toStage: Stage?
    /// The longest that a conversion may take, in milliseconds.
    public var withinMilliseconds: Int64?

    /// A question about everything until `asOf`.
    public init(asOf: Instant) {
        self.asOf = asOf
        groupBy = []
        filters = []
        zone = .utc
        isWeighedByAmount = false
    }

    /// Whether an instant is in the period, and had come by `asOf`.
    func contains(_ instant: Instant) -> Bool {
        instant < asOf && (from.map { instant >= $0 } ?? true) && (to.map { instant < $0 } ?? true)
    }
}

/// Why a question has no answer.
public enum MetricFault: Error, Sendable, Equatable {
    /// Amounts of several currencies cannot be added without a rate.
    case noRate(from: String, to: String)
}
