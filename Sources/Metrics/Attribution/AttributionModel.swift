internal import JSON

/// How the revenue of a deal is shared out among the touches that led to it.
public enum AttributionModel: String, Sendable, CaseIterable {
    /// All to the first, or to the last.
    case firstTouch = "first_touch"
    case lastTouch = "last_touch"
    /// To each alike.
    case linear
    /// To each by 2^(−age ÷ half-life).
    case timeDecay = "time_decay"
    /// 40 to the first, 40 to the last, 20 to those between.
    case positionBased = "position_based"
    /// 40 to the first, 40 to the one of lead creation, 20 to the rest.
    case uShaped = "u_shaped"
    /// 30 to the first, to lead creation and to deal creation, 10 to the rest.
    case wShaped = "w_shaped"
    /// 22.5 to the first, lead creation, deal creation and close, 10 to the rest.
    case fullPath = "full_path"
    /// By what would not have come without them, in a chain of order 1 (Anderl et al. 2014).
    case markov
    /// By their average marginal value over the coalitions observed (Shapley 1953).
    case shapley

    /// What revenue is shared out by, as an answer tells it.
    @Sendable
    static func told(_ asked: Asked) -> JSON {
        let options = asked.question.options
        let halfLife: [JSON.Member] =
            options.model == .timeDecay ? [.init("half_life_days", .number(options.halfLifeDays))] : []
        return .object(
            [
                .init("name", .string(options.model.rawValue)), .init("lookback_days", .integer(options.lookbackDays)),
                .init("direct", options.includesDirect ? "include" : "exclude"),
            ] + halfLife)
    }

    /// Whether it looks at when touches were.
    var isByTime: Bool { [.timeDecay, .uShaped, .wShaped, .fullPath].contains(self) }
}
