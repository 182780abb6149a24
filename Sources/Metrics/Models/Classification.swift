/// How well scores and probabilities tell outcomes.
enum Classification {
    /// The area under the ROC curve: the probability that a row with the outcome has a higher score than one without,
    /// ties counted by half.
    ///
    /// The statistic of Mann & Whitney, "On a Test of Whether one of Two Random Variables is Stochastically Larger than
    /// the Other" (Annals of Mathematical Statistics 18, 1947), over the number of pairs; Hanley & McNeil (Radiology
    /// 143, 1982) for the identity with the area.
    ///
    /// - Parameters:
    ///   - scores: n numbers of any scale, of which only the order counts.
    ///   - outcomes: n outcomes.
    ///   - weights: how many rows each stands for; one each where not given.
    /// - Returns: from 0 to 1; nil where the shapes do not agree, a score is not a number, or the outcomes are all the
    ///   same.
    static func auc(scores: [Double], outcomes: [Bool], weights: [Double]? = nil) -> Double? {
        guard scores.count == outcomes.count, !scores.contains(where: \.isNaN) else { return nil }
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var (below, above, won) = (0.0, 0.0, 0.0)
        var start = 0
        while start < order.count {
            var (with, without) = (0.0, 0.0)
            var end = start
            while end < order.count, scores[order[end]] == scores[order[start]] {
                let weight = weights?[order[end]] ?? 1
                if outcomes[order[end]] { with += weight } else { without += weight }
                end += 1
            }
            won += with * (below + without / 2)
            above += with
            below += without
            start = end
        }
        return above == 0 || below == 0 ? nil : won / (above * below)
    }

    /// The mean squared distance of probabilities from outcomes, an outcome counted as 1 and its absence as 0.
    ///
    /// Brier, "Verification of Forecasts Expressed in Terms of Probability" (Monthly Weather Review 78, 1950), in the
    /// usual form for two classes, which is half of his.
    ///
    /// - Parameters:
    ///   - probabilities: n numbers from 0 to 1.
    ///   - outcomes: n outcomes.
    ///   - weights: how many rows each stands for, above 0; one each where not given.
    /// - Returns: from 0, the best, to 1; nil where there are no rows, the shapes do not agree, or a number is not a
    ///   probability.
    static func brierScore(probabilities: [Double], outcomes: [Bool], weights: [Double]? = nil) -> Double? {
        guard !probabilities.isEmpty, areProbabilities(probabilities, outcomes.count) else { return nil }
        let sum = probabilities.indices.reduce(0.0) { sum, place in
            let distance = probabilities[place] - (outcomes[place] ? 1 : 0)
            return sum + (weights?[place] ?? 1) * distance * distance
        }
        return sum / (weights?.reduce(0, +) ?? Double(outcomes.count))
    }

    /// One bin of a reliability diagram: how many rows it has, the mean of their probabilities, and the share of them
    /// that had the outcome.
    typealias CalibrationBin = (count: Int, meanPredicted: Double, shareObserved: Double)

    /// The probabilities by bins of equal width, against what came of them (Murphy & Winkler, "Reliability of Subjective
    /// Probability Forecasts of Precipitation and Temperature", Applied Statistics 26, 1977).
    ///
    /// - Parameters:
    ///   - probabilities: n numbers from 0 to 1. A number on an edge is in the bin above it, and 1 in the last.
    ///   - outcomes: n outcomes.
    ///   - weights: how many rows each stands for in the mean and the share, above 0; one each where not given.
    ///   - bins: how many parts the range from 0 to 1 has; above 0.
    /// - Returns: the bins with a row in them, the lowest first; nil where the shapes do not agree, a number is not a
    ///   probability, or there are no bins to be.
    static func calibration(
        probabilities: [Double], outcomes: [Bool], weights: [Double]? = nil, bins: Int = 10
    ) -> [CalibrationBin]? {
        guard bins > 0, areProbabilities(probabilities, outcomes.count) else { return nil }
        var sums = Array(repeating: (count: 0, weight: 0.0, predicted: 0.0, observed: 0.0), count: bins)
        for place in probabilities.indices {
            let bin = min(Int(probabilities[place] * Double(bins)), bins - 1)
            let weight = weights?[place] ?? 1
            sums[bin].count += 1
            sums[bin].weight += weight
            sums[bin].predicted += weight * probabilities[place]
            sums[bin].observed += outcomes[place] ? weight : 0
        }
        return sums.filter { $0.count > 0 }.map { sum in
            (sum.count, sum.predicted / sum.weight, sum.observed / sum.weight)
        }
    }

    /// Splits rows for cross-validation so that each part has its share of the outcomes (Kohavi, "A Study of
    /// Cross-Validation and Bootstrap for Accuracy Estimation and Model Selection", IJCAI 1995).
    ///
    /// - Parameters:
    ///   - outcomes: n outcomes.
    ///   - folds: how many parts; 2 or more.
    ///   - seed: the same seed gives the same split.
    /// - Returns: the rows of each part, in order. The parts' sizes, and their counts of either outcome, differ by no
    ///   more than 1. nil where there are fewer than two parts, or fewer rows of one outcome than parts.
    static func stratifiedFolds(outcomes: [Bool], folds: Int, seed: UInt64) -> [[Int]]? {
        let with = outcomes.indices.filter { outcomes[$0] }
        let without = outcomes.indices.filter { !outcomes[$0] }
        guard folds >= 2, min(with.count, without.count) >= folds else { return nil }
        var numbers = SeededNumbers(seed: seed)
        let order = numbers.shuffled(with) + numbers.shuffled(without)
        var result = Array(repeating: [Int](), count: folds)
        for (place, row) in order.enumerated() { result[place % folds].append(row) }
        return result.map { $0.sorted() }
    }

    private static func areProbabilities(_ values: [Double], _ count: Int) -> Bool {
        values.count == count && values.allSatisfy { $0 >= 0 && $0 <= 1 }
    }
}
