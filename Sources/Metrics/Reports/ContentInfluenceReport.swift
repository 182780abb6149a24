internal import Domain
public import JSON
internal import Store

/// How deals that used a content ended, beside those that came as far and did not.
public enum ContentInfluenceReport {
    /// What it is, in one sentence.
    public static let definition =
        "By content: the win rate of the deals closed in the period that used it (by a touch that qualifies within the look-back, an activity or an answer to an objection), beside that of deals which came as far in the same pipeline and did not, weighted alike; the difference is that of those with others beside them, its bounds at 95 % (Newcombe 1998, of the effective sample size by Kish 1965). Association, not cause."

    /// What it can be narrowed by.
    public static let dimensions = Dimension.ofDeals

    /// The report.
    ///
    /// - Throws: ``MetricFault``.
    public static func answer(_ question: Question, in facts: Facts) throws(MetricFault) -> JSON {
        let asked = Asked(question, of: facts)
        let facts = asked.facts
        let narrowing = Narrowing(question, DimensionReader(asked))
        let closed = try narrowing.apply(to: asked.closed())
        var users: [Int32: [Int]] = [:]
        for (place, deal) in closed.enumerated() {
            for content in facts.contents(usedOn: deal.row, before: deal.at, question.options) {
                users[content, default: []].append(place)
            }
        }
        let stages = PipelineReader(asked)
        let reach = closed.map { asked.reach(of: $0, stages) }
        let lines = users.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.compactMap {
            content, places -> JSON? in
            guard let record = facts.record(.contents, content) else { return nil }
            let used = Set(places)
            let with = Arm(places, closed, facts)
            // Those that did not use it, as often at each reach as those that did.
            var without = Matched()
            var matched: [Int] = []
            // In order, or the last digits of what they add up to would be others each time.
            let strata = Dictionary(grouping: places) { reach[$0] }.sorted {
                ($0.key.pipeline, $0.key.place) < ($1.key.pipeline, $1.key.place)
            }
            for (stage, members) in strata {
                let others = closed.indices.filter { reach[$0] == stage && !used.contains($0) }
                guard !others.isEmpty else { continue }
                matched += members
                let arm = Arm(others, closed, facts)
                without.add(arm, weight: Double(members.count))
            }
            return .object(
                [
                    .init("key", ["content": .string(record.idText)]),
                    .init("labels", ["content": .string(record["title"].text ?? "")]),
                    .init("used", Statistics.share(with.won, of: with.count)),
                ] + comparison(Arm(matched, closed, facts), without))
        }
        return .object(
            asked.head("content-influence", definition) + [
                .init("deals", .integer(Int64(closed.count))), .init("groups", .array(lines)),
            ])
    }

    private struct Arm {
        let won: Int
        let count: Int

        init(_ places: [Int], _ closed: [Fact], _ facts: Facts) {
            count = places.count
            won = places.count { closed[$0].stage == facts.won }
        }
    }

    /// The deals that did not use it, each reach weighted as it is among those that did.
    private struct Matched {
        private(set) var count = 0
        private var won = 0.0
        private var weight = 0.0
        private var squares = 0.0

        mutating func add(_ arm: Arm, weight: Double) {
            count += arm.count
            won += weight * Double(arm.won) / Double(arm.count)
            self.weight += weight
            squares += weight * weight / Double(arm.count)
        }

        var rate: Double { won / weight }

        /// Of how many deals of the same weight the rate would be as sure (Kish 1965): few that weigh much say little.
        var effectiveSampleSize: Double { weight * weight / squares }
    }

    private static func comparison(_ with: Arm, _ without: Matched) -> [JSON.Member] {
        guard without.count > 0 else {
            return [
                .init(
                    "not_used", ["value": nil, "denominator": 0, "reason": "no deal that came as far did not use it"]),
                .init("difference", .null),
            ]
        }
        let (rate, size) = (without.rate, without.effectiveSampleSize)
        let other = Statistics.wilson(rate * size, of: size) ?? (0, 1)
        let own = Statistics.wilson(Double(with.won), of: Double(with.count)) ?? (0, 1)
        let share = Double(with.won) / Double(with.count)
        let bounds = Statistics.difference(share, own, rate, other)
        return [
            .init(
                "not_used",
                [
                    "value": .number(rate), "denominator": .integer(Int64(without.count)),
                    "effective_sample_size": .number(size),
                    "interval": ["low": .number(other.low), "high": .number(other.high), "level": 0.95],
                ]),
            .init(
                "difference",
                [
                    "value": .number(share - rate), "low": .number(bounds.low), "high": .number(bounds.high),
                    "level": 0.95,
                    "numerator": .integer(Int64(with.won)), "denominator": .integer(Int64(with.count)),
                ]),
        ]
    }
}

/// How far a deal came: to which place in which pipeline.
private struct Reach: Hashable {
    let pipeline: Int32
    let place: Int
}

extension Asked {
    /// How far a closed deal had come in its pipeline at its close, by the stages that it was in and did not skip.
    fileprivate func reach(of deal: Fact, _ stages: PipelineReader) -> Reach {
        let pipelines = DealTable.Pipelines(facts.deals, Int(deal.row))
        let last = pipelines.from(deal.at)
        let places = facts.deals.steps[Int(deal.row)].filter {
            $0.at <= deal.at && !isEnd($0.stage) && !$0.isImplied && pipelines.from($0.at) == last
        }.map { stages.place(of: $0.stage, in: last) }
        return Reach(pipeline: last, place: places.max() ?? 0)
    }
}
