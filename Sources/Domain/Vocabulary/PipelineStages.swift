public import Store

/// The stages of a deal, in order, with the share of deals in each that are won.
public struct PipelineStages: Sendable {
    /// One stage.
    public struct Step: Sendable {
        /// Its name.
        public let name: String
        /// The probability of winning, in percent.
        public let winPercent: Int64
        /// After how many days without an activity a deal in it is stale; `nil` where it never is.
        public let rottingDays: Int64?
    }

    /// The stages in which a deal is open.
    public let open: [Step]

    /// Those of the pipeline that is there before anybody made one.
    public static let standard = PipelineStages(
        open: [("prospecting", 10), ("qualified", 25), ("proposal", 50), ("negotiation", 75)].map {
            Step(name: $0, winPercent: $1, rottingDays: nil)
        })

    /// The stage of a deal that was won.
    public static let won = "won"
    /// The stage of a deal that was lost.
    public static let lost = "lost"

    init(open: [Step]) { self.open = open }

    /// The stages that a pipeline says.
    public init(_ pipeline: Record) { self.init(pipeline["stages"]) }

    /// The stages that a pipeline said as of an instant.
    public init(_ pipeline: Record, asOf instant: Instant) {
        self.init(Self.past?.value(in: pipeline, asOf: instant) ?? pipeline["stages"])
    }

    private static let past = Pipeline.schema.slot("stages").flatMap { PastField(at: $0, of: Pipeline.schema) }

    /// The stages that a pipeline's field says.
    public init(_ stages: Value) {
        open = stages.elements.map { element in
            let parts = element.parts
            return Step(name: parts[0].text ?? "", winPercent: parts[1].whole ?? 0, rottingDays: parts[2].whole)
        }
    }

    /// The names of all stages, the two ends last.
    public var names: [String] { open.map(\.name) + [Self.won, Self.lost] }

    /// Whether a deal in the stage is open.
    public static func isOpen(_ stage: String) -> Bool { stage != won && stage != lost }

    /// The probability of winning in a stage, in percent.
    public func winPercent(_ stage: String) -> Int64 {
        if stage == Self.won { return 100 }
        return open.first { $0.name == stage }?.winPercent ?? 0
    }
}
