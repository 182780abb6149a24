internal import Domain
public import JSON
public import Store

/// How likely leads are to buy, learnt from how the company's own leads ended.
///
/// A logistic regression over what was known of a lead when it was captured and when it was handed over: nothing of later. It stands beside the score of the rules, never in its place.
public struct PredictedScoreReport {
    /// What it is, in one sentence.
    public static let definition =
        "The probability that a lead buys, by a logistic regression over closed leads, each as it was at capture, and at its first hand-off where it had one, and counted for those too that could not be watched for as long as it took to close; judged on leads that it had not seen, in five folds. A period chooses the open leads that are told, by their capture, and none of those that it learns from."

    /// The fewest leads of each outcome that it learns from.
    public static let sampleMin = 50
    private static let foldCount = 5
    private static let penalty = 1.0
    private static let shownCount = 3

    private let asked: Asked
    private let features: LeadFeatures
    private let model: LogisticRegression
    private let head: [JSON.Member]

    /// Learns from the leads closed by the instant asked for.
    ///
    /// - Throws: ``MetricFault/notEnough(_:)`` where there are fewer than ``sampleMin`` of an outcome.
    public init(_ question: Question, in facts: Facts) throws(MetricFault) {
        let asked = Asked(question, of: facts)
        let closed = asked.closedLeads().filter { asked.sees(Fact(.leads, $0.row, at: 0)) }
        let boughtCount = closed.count { $0.hasBought }
        guard boughtCount >= Self.sampleMin, closed.count - boughtCount >= Self.sampleMin else {
            throw .notEnough(
                "it learns from \(Self.sampleMin) leads that bought and \(Self.sampleMin) that did not, and there are \(boughtCount) and \(closed.count - boughtCount)"
            )
        }
        let features = LeadFeatures(asked, closed.map(\.row))
        let watched = CensoringWeights(watched: asked.lengthsWatched())
        let leads = closed.map { lead in
            let moments = features.moments(of: lead.row)
            return Closed(
                rows: moments.map { features.values(of: lead.row, at: $0) }, hasBought: lead.hasBought,
                weight: watched.weight(endedAfter: lead.closedAt - asked.facts.leads.capturedAt[Int(lead.row)]))
        }
        guard let model = Self.fit(leads) else {
            throw .notEnough("the closed leads do not tell one outcome from the other")
        }
        self.asked = asked
        self.features = features
        self.model = model
        head =
            asked.head("predicted-score", Self.definition) + [
                .init(
                    "sample",
                    ["bought": .integer(Int64(boughtCount)), "lost": .integer(Int64(closed.count - boughtCount))]),
                .init("seed", .integer(Int64(clamping: question.options.seed))),
                .init("penalty", .number(Self.penalty)),
            ] + Self.judged(leads, seed: question.options.seed) + [
                .init("intercept", .number(model.intercept)),
                .init(
                    "weights",
                    .array(
                        features.names.enumerated().map { place, name in
                            [
                                "feature": .string(name), "weight": .number(model.weights[place]),
                                "mean": .number(model.means[place]), "deviation": .number(model.deviations[place]),
                            ]
                        })),
            ]
    }

    /// A lead that is closed, as it was at each moment that it is told at.
    private struct Closed {
        let rows: [[Double]]
        let hasBought: Bool
        let weight: Double
    }

    private static func fit(_ leads: [Closed]) -> LogisticRegression? {
        LogisticRegression.fit(
            features: leads.flatMap(\.rows), outcomes: leads.flatMap { lead in lead.rows.map { _ in lead.hasBought } },
            weights: leads.flatMap { lead in lead.rows.map { _ in lead.weight } }, penalty: penalty)
    }

    /// How well leads are foretold that the model was not taught with.
    private static func judged(_ leads: [Closed], seed: UInt64) -> [JSON.Member] {
        var (probabilities, outcomes, weights) = ([Double](), [Bool](), [Double]())
        let folds = Classification.stratifiedFolds(outcomes: leads.map(\.hasBought), folds: foldCount, seed: seed)
        for fold in folds ?? [] {
            let held = Set(fold)
            let model = fit(leads.indices.filter { !held.contains($0) }.map { leads[$0] })
            for place in fold {
                probabilities += leads[place].rows.map { model?.probability(of: $0) ?? 0.5 }
                outcomes += leads[place].rows.map { _ in leads[place].hasBought }
                weights += leads[place].rows.map { _ in leads[place].weight }
            }
        }
        let bins =
            Classification.calibration(probabilities: probabilities, outcomes: outcomes, weights: weights, bins: 10)
            ?? []
        let auc = Classification.auc(scores: probabilities, outcomes: outcomes, weights: weights)
        let brier = Classification.brierScore(probabilities: probabilities, outcomes: outcomes, weights: weights)
        return [
            .init("folds", .integer(Int64(foldCount))),
            .init("auc", Progress.json(auc)), .init("brier_score", Progress.json(brier)),
            .init(
                "calibration",
                .array(
                    bins.map { bin in
                        [
                            "count": .integer(Int64(bin.count)), "mean_predicted": .number(bin.meanPredicted),
                            "share_observed": .number(bin.shareObserved),
                        ]
                    })),
        ]
    }

    /// The report with a page of the leads that are still open, the likeliest first.
    ///
    /// - Parameters:
    ///   - tellsScores: whether the scores of the rules are told, which are known as they are now alone.
    ///   - isSeen: whether the asker sees a record.
    public func answer(
        limit: Int, offset: Int, tellsScores: Bool, isSeen: (Record) -> Bool
    ) -> (members: [JSON.Member], next: Int?) {
        let open = asked.openLeads().map { ($0, model.probability(of: features.values(of: $0))) }
            .sorted { $0.1 == $1.1 ? $0.0 < $1.0 : $0.1 > $1.1 }
        let seen = open.compactMap { row, probability in
            asked.facts.record(.leads, row).flatMap { isSeen($0) ? (row, probability, $0) : nil }
        }
        let page = seen.dropFirst(offset).prefix(limit)
        let data = page.map { row, probability, record in
            json(row, probability, record, score: tellsScores ? record["score"].whole : nil)
        }
        let end = offset + page.count
        return (
            head + [
                .init("count", .integer(Int64(seen.count))), .init("hidden", .integer(Int64(open.count - seen.count))),
                .init("data", .array(data)),
            ], end < seen.count ? end : nil
        )
    }

    private func json(_ row: Int32, _ probability: Double, _ record: Record, score: Int64?) -> JSON {
        let values = features.values(of: row)
        let parts = model.contributions(of: values)
        let ranked = parts.indices.sorted { abs(parts[$0]) > abs(parts[$1]) }
        let (largest, others) = (ranked.prefix(Self.shownCount), ranked.dropFirst(Self.shownCount))
        return [
            "lead_id": .string(record.idText), "href": .string(record.address),
            "probability": .number(probability), "score": score.map { .integer($0) } ?? .null,
            "contributions": .array(
                largest.map { place in
                    [
                        "feature": .string(features.names[place]), "value": .number(values[place]),
                        "contribution": .number(parts[place]),
                    ]
                }),
            // With the intercept they add up to the logit of the probability.
            "other_contributions": .number(others.reduce(0) { $0 + parts[$1] }),
        ]
    }
}
