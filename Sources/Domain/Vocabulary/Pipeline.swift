/// The stages of a deal, in order, with the share of deals in each that are won.
public struct Pipeline: Sendable {
    /// One stage.
    public struct Step: Sendable {
        /// Its name.
        public let name: String
        /// The probability of winning, in percent.
        public let winPercent: Int64
    }

    /// The pipeline's name.
    public let name: String
    /// The stages in which a deal is open.
    public let open: [Step]

    /// The only pipeline so far.
    public static let standard = Pipeline(
        name: "default",
        open: [
            Step(name: "prospecting", winPercent: 10), Step(name: "qualified", winPercent: 25),
            Step(name: "proposal", winPercent: 50), Step(name: "negotiation", winPercent: 75),
        ])

    /// The stage of a deal that was won.
    public static let won = "won"
    /// The stage of a deal that was lost.
    public static let lost = "lost"

    /// The names of all stages, the two ends last.
    public var stages: [String] { open.map(\.name) + [Self.won, Self.lost] }

    /// Whether a deal in the stage is open.
    public func isOpen(_ stage: String) -> Bool { stage != Self.won && stage != Self.lost }

    /// The probability of winning in a stage, in percent.
    public func winPercent(_ stage: String) -> Int64 {
        if stage == Self.won { return 100 }
        return open.first { $0.name == stage }?.winPercent ?? 0
    }
}
