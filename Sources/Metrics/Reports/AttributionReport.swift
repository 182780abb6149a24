internal import Domain
public import JSON
internal import Store

/// Revenue shared out among what led to it, by one model, in a balance that closes.
public enum AttributionReport {
    /// What it is, in one sentence.
    public static let definition =
        "The revenue of the deals won in the period, by their close, shared out by the model among the touches that led to them; credits are settled in minor units by largest remainder, and credited + unattributed = revenue."

    /// What credits can be cut by: where a touch was, whose deal it led to, and when that was won.
    public static let dimensions = Dimension.ofTouches + Dimension.people + [.product, .industry]

    /// What it lets one choose.
    public static let parameters = ["model", "lookback_days", "half_life_days", "direct", "impressions"]

    /// The report, whole and by group.
    ///
    /// - Throws: ``MetricFault``.
    public static func answer(_ question: Question, in facts: Facts) throws(MetricFault) -> JSON {
        let asked = Asked(question, of: facts)
        let reader = DimensionReader(asked)
        let credits = try Credits(asked)
        let balance = try Balance(credits, asked)
        let options = question.options
        var members = asked.head("attribution", definition)
        members += [
            .init("model", .string(options.model.rawValue)), .init("lookback_days", .integer(options.lookbackDays)),
            .init("direct", options.includesDirect ? "include" : "exclude"),
        ]
        if options.model == .timeDecay { members.append(.init("half_life_days", .number(options.halfLifeDays))) }
        members += balance.members
        guard !question.groupBy.isEmpty else { return .object(members) }
        let numbers = question.groupBy.map { credits.numbers($0, reader) }
        let groups = try Groups(credits.facts, numbers, by: question.groupBy, reader, question)
        var sums = Array(repeating: (amount: Int128(0), share: 0.0, touches: Int64(0)), count: groups.all.count)
        for (index, fact) in credits.facts.enumerated() {
            let place = groups.place(ofFact: index)
            sums[place].amount += Int128(fact.value)
            sums[place].share += credits.shares[index]
            sums[place].touches += 1
        }
        let channel = question.groupBy.firstIndex(of: question.comparedDimension)
        var effects: [String?: Double] = [:]
        if let channel {
            for one in credits.removalEffects {
                effects[reader.key(one.number, question.groupBy[channel]).key] = one.effect
            }
        }
        let list = groups.all.indices.map { place -> JSON in
            var members = groups.members(of: groups.all[place])
            if groups.all[place].isToCome { return .object(members + Groups.toCome()) }
            members += [
                .init("value", asked.money(sums[place].amount * 100)),
                .init("conversions", .number(Statistics.inBillionths(sums[place].share))),
                .init("touches", .integer(sums[place].touches)),
            ]
            if let channel, let effect = effects[groups.keys(of: groups.all[place])[channel].key] {
                members.append(.init("removal_effect", .number(effect)))
            }
            return .object(members)
        }
        members.append(.init("groups", .array(list)))
        return .object(members)
    }

    /// The balance of every model and grouping: what was credited and what was not, against revenue as its metric tells it.
    ///
    /// - Throws: ``MetricFault``.
    public static func proof(_ question: Question, in facts: Facts) throws(MetricFault) -> JSON {
        let asked = Asked(question, of: facts)
        var lines: [JSON] = []
        var isBalanced = true
        for model in AttributionModel.allCases {
            var question = question
            question.options.model = model
            let reader = DimensionReader(asked)
            var credits = try Credits(asked.of(question))
            var balance = try Balance(credits, asked)
            for dimension in dimensions {
                question.groupBy = [dimension]
                if model == .markov, dimension.isOfJourneys {
                    // The chain is over what the credits are cut by; of more than it compares the channels' are proven.
                    do throws(MetricFault) { credits = try Credits(asked.of(question)) } catch {
                        guard case .notEnough = error else { throw error }
                    }
                    balance = try Balance(credits, asked)
                }
                let groups = try Groups(
                    credits.facts, [credits.numbers(dimension, reader)], by: [dimension], reader, question)
                var sums = Array(repeating: Int128(0), count: groups.all.count)
                for (index, fact) in credits.facts.enumerated() {
                    sums[groups.place(ofFact: index)] += Int128(fact.value)
                }
                let grouped = sums.reduce(0, +)
                isBalanced = isBalanced && balance.difference == 0 && grouped == balance.credited
                lines.append(
                    .object(
                        [
                            .init("model", .string(model.rawValue)), .init("group_by", .string(dimension.rawValue)),
                            .init("groups_sum", asked.money(grouped * 100)),
                        ] + balance.members))
            }
        }
        return .object(
            asked.head(
                "attribution/proof",
                "For each model and grouping: Σ of the groups = credited, and credited + unattributed = revenue, to the minor unit."
            )
                + [.init("is_balanced", .bool(isBalanced)), .init("data", .array(lines))])
    }

    /// Credited and unattributed against revenue.
    private struct Balance {
        let credited: Int128
        let unattributed: Int128
        let unattributedDeals: Int
        let purchases: Int128
        let revenue: Int128
        private let conversions: Double
        private let asked: Asked

        init(_ credits: Credits, _ asked: Asked) throws(MetricFault) {
            self.asked = asked
            (credited, conversions) = credits.sum
            unattributed = credits.unattributed.reduce(0) { $0 + Int128($1.value) }
            unattributedDeals = credits.unattributed.count
            // Not from what was credited: from the metric itself.
            let sales = asked.seen(try Catalogue.revenue.facts(asked))
            revenue = sales.reduce(0) { $0 + Int128($1.value) }
            purchases = sales.reduce(0) { $1.kind == .purchases ? $0 + Int128($1.value) : $0 }
        }

        var difference: Int128 { revenue - credited - unattributed - purchases }

        var members: [JSON.Member] {
            [
                .init("revenue", asked.money(revenue * 100)), .init("credited", asked.money(credited * 100)),
                .init(
                    "unattributed",
                    [
                        "amount": .integer(Int64(clamping: unattributed + purchases)),
                        "currency": asked.exchange.currency.map { .string($0.description) } ?? .null,
                        "deals": .integer(Int64(unattributedDeals)),
                        "without_deal": asked.money(purchases * 100),
                    ]),
                .init("difference", asked.money(difference * 100)),
                .init("conversions", .number(Statistics.inBillionths(conversions))),
            ]
        }
    }
}

extension Catalogue {
    fileprivate static var revenue: Metric { all[0] }
}
