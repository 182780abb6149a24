internal import Domain
internal import Store

/// The revenue of a period shared out among the touches that led to it.
///
/// Σ credits + unattributed = revenue, to the cent, for every model and grouping.
struct Credits {
    /// One for each touch and deal: the touch's row, linked to the deal's, at its close, with its part of the amount.
    private(set) var facts: [Fact] = []
    /// The touch of each.
    private(set) var touches: [TouchLink] = []
    /// The part of a conversion that each is.
    private(set) var shares: [Double] = []
    /// What the credits add up to, in money and in conversions.
    private(set) var sum: (amount: Int128, conversions: Double) = (0, 0)
    /// The deals that no touch led to.
    private(set) var unattributed: [Fact] = []
    /// By the number of a channel along the dimension that was asked for (`markov`).
    private(set) var removalEffects: [(number: Int32, effect: Double)] = []

    /// Shares out what was won in the period.
    init(_ asked: Asked) throws(MetricFault) {
        let options = asked.question.options
        // All of them: what narrows credits is for the most part the touch's and not the deal's.
        let won = try asked.countingAll().wonDeals()
        let journeys = Journeys(asked)
        let sharing = Shares(model: options.model, halfLifeDays: options.halfLifeDays)
        let channels = Channels(asked)
        let effects = options.model == .markov ? try channels.removalEffects(won, journeys) : [:]
        removalEffects = effects.map { ($0.key, $0.value) }.sorted { $0.number < $1.number }
        facts.reserveCapacity(won.count * 8)
        touches.reserveCapacity(won.count * 8)
        shares.reserveCapacity(won.count * 8)
        var times: [Int64] = []
        var parts: [Double] = []
        var amounts: [Int64] = []
        for (index, deal) in won.enumerated() {
            journeys.prefetch(won, after: index)
            let start = touches.count
            journeys.append(deal.row, closedAt: deal.at, to: &touches)
            let count = touches.count - start
            if count == 0 {
                unattributed.append(deal)
                continue
            }
            if options.model.isByTime {
                times.removeAll(keepingCapacity: true)
                for touch in touches[start...] { times.append(touch.at) }
            }
            sharing.fill(&parts, count: count, times: times, asked.facts.milestones(of: deal, options.model))
            if options.model == .markov || options.model == .shapley {
                channels.fill(&parts, touches[start...], options.model == .markov ? effects : nil)
            }
            Settlement.fill(&amounts, of: deal.value, by: parts)
            for place in 0..<count {
                var fact = Fact(.touches, touches[start + place].row, at: deal.at, stage: deal.stage)
                fact.link = deal.row
                fact.value = amounts[place]
                fact.marks = deal.marks
                facts.append(fact)
                shares.append(parts[place])
                sum.amount += Int128(amounts[place])
                sum.conversions += parts[place]
            }
        }
    }

    /// The numbers of the credits along a dimension; those of journeys are at hand.
    func numbers(_ dimension: Dimension, _ reader: DimensionReader) -> [Int32] {
        switch dimension {
        case .channel: touches.map(\.channel)
        case .source: touches.map(\.source)
        case .campaign: reader.there(touches.map(\.campaign), .campaigns)
        case .content: reader.there(touches.map(\.content), .contents)
        default: reader.numbers(of: facts, dimension)
        }
    }
}

extension Facts {
    /// When a deal's journey reached its milestones, where a model asks.
    fileprivate func milestones(of deal: Fact, _ model: AttributionModel) -> Shares.Milestones {
        var milestones = Shares.Milestones(close: deal.at)
        guard model.isByTime else { return milestones }
        milestones.dealCreation = deals.openedAt[Int(deal.row)]
        for lead in deals.leads[Int(deal.row)] where lead >= 0 {
            milestones.leadCreation = min(milestones.leadCreation, leads.capturedAt[Int(lead)])
        }
        return milestones
    }
}

/// The channels of journeys, as models that compare channels see them: along the dimension that is asked for.
private struct Channels {
    private let asked: Asked
    private let dimension: Dimension

    private static let channelsMax = 500

    init(_ asked: Asked) {
        self.asked = asked
        dimension = asked.question.comparedDimension
    }

    private func number(of touch: TouchLink) -> Int32 { touch.number(along: dimension) }

    /// The removal effect of each channel over the journeys of won deals and of leads that did not buy.
    ///
    /// - Throws: ``MetricFault/notEnough(_:)`` where there are so many channels that solving their chain takes seconds.
    func removalEffects(_ won: [Fact], _ journeys: Journeys) throws(MetricFault) -> [Int32: Double] {
        var numbers: [Int32: Int] = [:]
        var paths: [(channels: [Int], isConverted: Bool)] = []
        func take(_ touches: [TouchLink], isConverted: Bool) {
            let path = touches.map { touch -> Int in
                let number = number(of: touch)
                if let known = numbers[number] { return known }
                numbers[number] = numbers.count
                return numbers.count - 1
            }
            if !path.isEmpty { paths.append((path, isConverted)) }
        }
        var touches: [TouchLink] = []
        for deal in won {
            journeys.collect(deal.row, closedAt: deal.at, into: &touches)
            take(touches, isConverted: true)
        }
        for (lead, boughtAt) in asked.boughtAt().enumerated()
        where boughtAt == Facts.never && asked.sees(Fact(.leads, Int32(lead), at: 0)) {
            journeys.collect(unsold: Int32(lead), before: asked.bounds.upperBound, into: &touches)
            // A journey that did not convert is of the period in which it ended.
            guard let last = touches.last, last.at >= asked.bounds.lowerBound else { continue }
            take(touches, isConverted: false)
        }
        guard numbers.count <= Self.channelsMax else {
            throw .notEnough("markov compares at most \(Self.channelsMax) of them, and there are \(numbers.count)")
        }
        var chain = MarkovChain(channelCount: numbers.count)
        for path in paths { chain.add(path.channels, isConverted: path.isConverted) }
        guard let effects = chain.removalEffects() else { return [:] }
        return numbers.mapValues { effects[$0] }
    }

    /// Shares a deal out among the channels it holds: by their removal effects, or where there are none alike, which is
    /// Shapley's value of a game in which a coalition earns what its journeys alone could have earned; a channel's part
    /// goes to its touches alike.
    func fill(_ parts: inout [Double], _ touches: ArraySlice<TouchLink>, _ effects: [Int32: Double]?) {
        let numbers = touches.map { number(of: $0) }
        if let effects {
            let own = numbers.map { effects[$0] ?? 0 }
            let sum = own.reduce(0, +)
            if sum > 0 { parts = own.map { $0 / sum } }
            return
        }
        let counts = Dictionary(numbers.map { ($0, 1) }, uniquingKeysWith: +)
        parts = numbers.map { 1 / Double(counts.count) / Double(counts[$0] ?? 1) }
    }
}

extension Question {
    /// Along which dimension models that compare channels see them.
    ///
    /// The rows of a group are asked for by its key, so of two dimensions the same one is taken, grouped or narrowed by and
    /// in whatever order.
    var comparedDimension: Dimension {
        let named = groupBy + filters.map(\.dimension)
        return Dimension.ofJourneys.first(where: named.contains) ?? .channel
    }
}

extension TouchLink {
    /// Its number along one of the dimensions that tell a journey's touches apart.
    func number(along dimension: Dimension) -> Int32 {
        switch dimension {
        case .source: source
        case .campaign: campaign
        case .content: content
        default: channel
        }
    }
}

extension Asked {
    /// By lead, when a deal with it was won or it first bought without one; ``Facts/never`` where neither was by the
    /// instant asked for.
    func boughtAt() -> [Int64] {
        var times = [Int64](repeating: Facts.never, count: facts.leads.capturedAt.count)
        let kinds = facts.purchaseKinds
        for purchase in facts.purchases.facts where purchase.at < asOf && purchase.takenBackAt >= asOf {
            guard purchase.lead >= 0, ![kinds.churn, kinds.refund].contains(purchase.kind) else { continue }
            times[Int(purchase.lead)] = min(times[Int(purchase.lead)], purchase.at)
        }
        for deal in facts.deals.openedAt.indices {
            guard let state = facts.deals.state(of: deal, asOf: asOf), state.stage == facts.won else { continue }
            for lead in facts.deals.leads[deal] where lead >= 0 { times[Int(lead)] = min(times[Int(lead)], state.at) }
        }
        return times
    }
}
