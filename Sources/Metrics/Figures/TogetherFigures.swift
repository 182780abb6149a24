internal import Domain
internal import Store

/// Figures of what the departments promise each other and hear from each other.
enum TogetherFigures {
    private static let months: [Dimension] = [.month, .quarter, .year]

    static let all = [
        Metric(
            "agreement_compliance", unit: "ratio", .composed(compliance), of: [.handoffs], dimensions: months,
            sides: [[.handoffs], [.agreements]],
            "Delivered ÷ promised of each side, at most 1, on average: marketing's leads handed over in the period with the score agreed, of each month as many at most as were promised for it, ÷ leads promised, and sales' hand-offs answered in time ÷ those that were answered or due; leads that wait for their answer are unfinished."
        ) { asked in asked.compliance() },
        Metric(
            "insight_turnaround", unit: "days", better: .less, .lengths(milliseconds: Instant.dayMilliseconds),
            of: [.insights],
            bases: [.cohort], dimensions: Dimension.times + [.campaign, .content, .product, .category, .owner],
            "From heard to applied or dismissed, over the insights heard in the period; those that wait are censored."
        ) { asked in
            asked.insights().map { fact in
                let insight = asked.facts.insights[fact.row]
                return asked.waiting(
                    fact, from: insight.heardAt, until: insight.settledAt, due: Facts.never, nil)
            }
        },
        Metric(
            "insights_applied", unit: "ratio", .share(isOfTwoSets: false), of: [.insights], bases: [.cohort],
            dimensions: Dimension.times + [.campaign, .content, .product, .category, .owner],
            "Of the insights heard in the period, the share that was applied since."
        ) { asked in asked.insights().map { asked.applied($0) } },
        Metric(
            "journey_length", unit: "days", better: .less, .lengths(milliseconds: Instant.dayMilliseconds),
            of: [.deals],
            dimensions: Dimension.ofDeals, parameters: ["lookback_days", "direct", "impressions"],
            "From the first touch that qualifies to won, over the deals won in the period that had one; touches from before lookback_days do not, so that no journey is longer."
        ) { asked in
            asked.journeys { fact, touches in
                fact.value = fact.at - (touches.first?.at ?? fact.at)
            }
        },
        Metric(
            "journey_touches", unit: "touches", better: .neither, .lengths(milliseconds: 1), of: [.deals],
            dimensions: Dimension.ofDeals, parameters: ["lookback_days", "direct", "impressions"],
            "How many touches qualify on the way to won, over the deals won in the period that had one."
        ) { asked in asked.journeys { $0.value = Int64($1.count) } },
        Metric(
            "alignment_score", unit: "ratio", .composed(alignment), of: [.handoffs, .insights], dimensions: months,
            sides: [[.handoffs], [.agreements], [.insights]],
            "The mean of marketing's and sales' compliance with the agreement, acceptance, answers in time and applied insights, each at most 1 and all of the same weight; what nothing can be said of is left out."
        ) { asked in
            asked.compliance() + asked.answers()
                + asked.insights().flatMap { fact in
                    let applied = asked.applied(fact)
                    return (applied.marks.contains(.isBelowOnly) ? [] : [fact.asPart(9)]) + [applied.asPart(10)]
                }
        },
        Metric(
            "content_influence", unit: "ratio", .share(isOfTwoSets: false), of: [.deals],
            dimensions: Dimension.ofDeals + [.content], parameters: ["lookback_days"], isWholeAskedAlone: true,
            "Won ÷ closed over the deals closed in the period that used a content, by a touch that qualifies within the look-back, an activity or an answer to an objection; by content a deal counts once for each that it used, so that those groups do not add up to it. Association, not cause: reports/content-influence sets it beside deals that did not."
        ) { asked in asked.contentUses() },
    ]

    private static let sides: [Composition.Part] = [
        .init(name: "leads_delivered", measure: .count), .init(name: "leads_within_promise", measure: .number),
        .init(name: "leads_promised", measure: .number),
        .init(name: "answered_in_time", measure: .count), .init(name: "answers_due", measure: .count),
    ]

    private static let compliance = Composition(parts: sides) { parts in
        mean(pairs: [(parts[1].number, parts[2].number), (parts[3].part, parts[4].part)])
    }

    private static let alignment = Composition(
        parts: sides + [
            .init(name: "accepted", measure: .count), .init(name: "answered", measure: .count),
            .init(name: "on_time", measure: .count), .init(name: "due", measure: .count),
            .init(name: "applied", measure: .count), .init(name: "insights", measure: .count),
        ],
        weights: { parts in
            let pairs = pairs(parts)
            let weight = 1 / Double(max(1, pairs.count { $0.below > 0 }))
            return zip(
                ["marketing_compliance", "sales_compliance", "acceptance", "on_time", "applied_insights"], pairs
            ).map { ($0, $1.below > 0 ? weight : 0) }
        }
    ) { mean(pairs: pairs($0)) }

    /// What alignment is the mean of, each as what was done and what of.
    private static func pairs(_ parts: [Tally.Part]) -> [(above: Double, below: Double)] {
        [(parts[1].number, parts[2].number)] + [3, 5, 7, 9].map { (parts[$0].part, parts[$0 + 1].part) }
    }

    private static func mean(pairs: [(above: Double, below: Double)]) -> Composition.Value {
        let shares = pairs.filter { $0.below > 0 }.map { min(1, $0.above / $0.below) }
        return shares.isEmpty
            ? .none("nothing was promised, handed over or heard in the period")
            : .number(shares.reduce(0, +) / Double(shares.count))
    }
}

extension Tally.Part {
    fileprivate var part: Double { Double(count) }
    fileprivate var number: Double { sum / 1000 }
}

extension Asked {
    /// The insights heard in the period.
    func insights() -> [Fact] {
        facts.insights.facts.enumerated().compactMap { row, insight in
            contains(insight.heardAt) ? Fact(.insights, Int32(row), at: insight.heardAt) : nil
        }
    }

    fileprivate func applied(_ fact: Fact) -> Fact {
        let insight = facts.insights[fact.row]
        if insight.settledAt >= asOf { return fact.marked([.isBelowOnly, .isUnfinished]) }
        return insight.isApplied ? fact : fact.marked(.isBelowOnly)
    }

    /// Part 0 leads handed over with the score agreed, part 1 as many of them in each month as were promised for it, part 2
    /// leads promised, part 3 hand-offs answered in time, part 4 those that were answered or due.
    fileprivate func compliance() -> [Fact] {
        let terms = Terms(in: facts, signedBefore: question.asOf)
        let days = DayReader(question.zone)
        let promised = terms.promised(question)
        // In thousandths: of a month of which only some days count less is promised.
        var left: [Int32: Int64] = [:]
        for fact in promised { left[days.number(of: fact.at, .month), default: 0] += fact.value }
        var found: [Fact] = []
        var given: Set<Int64> = []
        for fact in handOffs(by: .cohort) {
            let handOff = facts.handoffs[fact.row]
            guard let term = terms.inForce(at: handOff.submittedAt) else { continue }
            let isDecided = handOff.isDecided(asOf: asOf)
            // A lead that is given again in the month is one lead all the same.
            let month = days.number(of: fact.at, .month)
            let key = Int64(month) << 32 | Int64(handOff.lead)
            // Whom sales let wait marketing does not hand over again.
            if term.leadsPerMonth != nil, !handOff.isFollowing, term.takes(score: handOff.score),
                given.insert(key).inserted
            {
                // What sales makes of it may not be known yet.
                found.append(isDecided || handOff.dueAt == Facts.never ? fact.asPart(0) : fact.marked(.isUnfinished))
                var counted = fact.asPart(1)
                counted.value = min(1000, left[month] ?? 0)
                left[month, default: 0] -= counted.value
                found.append(counted)
            }
            guard handOff.dueAt != Facts.never, isDecided else { continue }
            if handOff.isAnsweredInTime(asOf: asOf) { found.append(fact.asPart(3)) }
            found.append(fact.asPart(4))
        }
        return found + promised.map { $0.asPart(2) }
    }

    /// Parts 5 and 6 hand-offs accepted and answered, parts 7 and 8 those answered in time and those that were answered or due.
    fileprivate func answers() -> [Fact] {
        var found: [Fact] = []
        for fact in handOffs(by: .cohort) {
            let handOff = facts.handoffs[fact.row]
            if handOff.answeredAt < asOf {
                if handOff.wasAccepted { found.append(fact.asPart(5)) }
                found.append(fact.asPart(6))
            }
            guard handOff.dueAt != Facts.never, handOff.isDecided(asOf: asOf) else { continue }
            if handOff.isAnsweredInTime(asOf: asOf) { found.append(fact.asPart(7)) }
            found.append(fact.asPart(8))
        }
        return found
    }

    /// The deals won in the period whose journey has touches, each with what `measure` says of them.
    fileprivate func journeys(_ measure: (inout Fact, [TouchLink]) -> Void) -> [Fact] {
        let journeys = Journeys(self)
        var touches: [TouchLink] = []
        return won().compactMap { fact in
            journeys.collect(fact.row, closedAt: fact.at, into: &touches)
            guard !touches.isEmpty else { return nil }
            var fact = fact
            measure(&fact, touches)
            return fact
        }
    }

    /// The deals closed in the period on which a content was used before; by content, once for each.
    func contentUses() -> [Fact] {
        let isByContent = question.tells(.content)
        return closed().flatMap { deal in
            let contents = facts.contents(usedOn: deal.row, before: deal.at, question.options)
            guard isByContent else { return contents.isEmpty ? [] : [deal] }
            return contents.sorted().map { content in
                var fact = deal
                fact.link = content
                return fact
            }
        }
    }
}
