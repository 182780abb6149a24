import Testing

@testable import Metrics

@Suite("Scores and outcomes")
struct ClassificationTests {
    static let areas: [(scores: [Double], outcomes: [Bool], area: Double?)] = [
        ([0.1, 0.4, 0.35, 0.8], [false, false, true, true], 0.75), ([1, 2, 3, 4], [false, false, true, true], 1),
        ([4, 3, 2, 1], [false, false, true, true], 0), ([5, 5, 5, 5], [false, true, true, false], 0.5),
        // Pairs won by 1: over 1 a half, by 2: over 1 one and over 2 a half, so 2 of 4.
        ([1, 2, 1, 2], [true, true, false, false], 0.5),
        // By 3: over 1, 2 and half of 3; by 2: over 1 and half of 2: 4 of 6.
        ([3, 2, 1, 2, 3], [true, true, false, false, false], 4.0 / 6),
        ([-.infinity, 0, .infinity], [false, true, true], 1), ([1, 2], [true, true], nil),
        ([1, 2], [false, false], nil),
        ([], [], nil), ([1], [true, false], nil), ([1, .nan], [true, false], nil),
    ]

    @Test("have an area under the curve", arguments: areas)
    func area(_ row: (scores: [Double], outcomes: [Bool], area: Double?)) {
        #expect(Classification.auc(scores: row.scores, outcomes: row.outcomes) == row.area)
    }

    @Test("have the area that counting all pairs gives", arguments: [UInt64(1), 2, 3])
    func allPairs(_ seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let scores = (0..<200).map { _ in Double(numbers.below(20)) }
        let outcomes = (0..<200).map { _ in numbers.below(3) == 0 }
        var (pairs, won) = (0.0, 0.0)
        for one in 0..<200 where outcomes[one] {
            for other in 0..<200 where !outcomes[other] {
                pairs += 1
                won += scores[one] > scores[other] ? 1 : scores[one] == scores[other] ? 0.5 : 0
            }
        }
        #expect(Classification.auc(scores: scores, outcomes: outcomes) == won / pairs)
    }

    static let briers: [(probabilities: [Double], outcomes: [Bool], score: Double?)] = [
        ([1, 0], [true, false], 0), ([0, 1], [true, false], 1), ([0.5, 0.5], [true, false], 0.25),
        // (0.25² + 0.5² + 0.25²) / 3
        ([0.75, 0.5, 0.25], [true, true, false], 0.125), ([], [], nil), ([0.5], [], nil), ([1.5], [true], nil),
        ([.nan], [true], nil),
    ]

    @Test("have a Brier score", arguments: briers)
    func brier(_ row: (probabilities: [Double], outcomes: [Bool], score: Double?)) {
        #expect(Classification.brierScore(probabilities: row.probabilities, outcomes: row.outcomes) == row.score)
    }

    @Test("are compared by bins, of which the empty are left out")
    func calibration() throws {
        let bins = try #require(
            Classification.calibration(
                probabilities: [0, 0.0625, 0.5, 0.5625, 0.5, 0.53125, 1, 0.9375],
                outcomes: [false, false, true, false, true, true, true, true]))
        #expect(bins.map(\.count) == [2, 4, 2])
        #expect(bins.map(\.meanPredicted) == [0.03125, 0.5234375, 0.96875])
        #expect(bins.map(\.shareObserved) == [0, 0.75, 1])
        let halves = Classification.calibration(probabilities: [0.25, 0.5, 1], outcomes: [true, false, true], bins: 2)
        #expect(halves?.map(\.count) == [1, 2])
        #expect(Classification.calibration(probabilities: [], outcomes: [])?.isEmpty == true)
        #expect(Classification.calibration(probabilities: [1.1], outcomes: [true]) == nil)
        #expect(Classification.calibration(probabilities: [0.5], outcomes: []) == nil)
        #expect(Classification.calibration(probabilities: [0.5], outcomes: [true], bins: 0) == nil)
    }

    @Test("take a row that weighs two for two rows")
    func weighted() throws {
        let (scores, outcomes, weights) = (
            [0.1, 0.4, 0.4, 0.8, 0.9], [false, true, false, true, false], [1.0, 2, 3, 1, 2]
        )
        let places = weights.indices.flatMap { Array(repeating: $0, count: Int(weights[$0])) }
        let (many, came) = (places.map { scores[$0] }, places.map { outcomes[$0] })
        #expect(
            Classification.auc(scores: scores, outcomes: outcomes, weights: weights)
                == Classification.auc(scores: many, outcomes: came))
        #expect(
            isClose(
                Classification.brierScore(probabilities: scores, outcomes: outcomes, weights: weights) ?? 0,
                Classification.brierScore(probabilities: many, outcomes: came) ?? 1, 1e-12))
        let bins = try #require(
            Classification.calibration(probabilities: scores, outcomes: outcomes, weights: weights, bins: 2))
        let expected = try #require(Classification.calibration(probabilities: many, outcomes: came, bins: 2))
        #expect(bins.map(\.count) == [3, 2], "rows are told, and not what they weigh")
        #expect(zip(bins, expected).allSatisfy { isClose($0.meanPredicted, $1.meanPredicted, 1e-12) })
        #expect(zip(bins, expected).allSatisfy { isClose($0.shareObserved, $1.shareObserved, 1e-12) })
    }

    @Test("are split evenly", arguments: [(100, 5), (101, 5), (37, 10), (12, 3), (9, 4)])
    func folds(_ count: Int, _ folds: Int) throws {
        let outcomes = (0..<count).map { $0 % 3 == 0 || $0 > count - folds }
        let parts = try #require(Classification.stratifiedFolds(outcomes: outcomes, folds: folds, seed: 7))
        #expect(parts.count == folds)
        #expect(parts.flatMap { $0 }.sorted() == Array(0..<count))
        for sizes in [parts.map(\.count), parts.map { part in part.count { outcomes[$0] } }] {
            let (least, most) = (try #require(sizes.min()), try #require(sizes.max()))
            #expect(most - least <= 1)
        }
        #expect(parts == Classification.stratifiedFolds(outcomes: outcomes, folds: folds, seed: 7))
        #expect(parts != Classification.stratifiedFolds(outcomes: outcomes, folds: folds, seed: 8))
    }

    @Test("are not split into parts that would lack an outcome")
    func unsplit() {
        #expect(Classification.stratifiedFolds(outcomes: [true, false, false], folds: 2, seed: 1) == nil)
        #expect(Classification.stratifiedFolds(outcomes: [true, false], folds: 1, seed: 1) == nil)
        #expect(Classification.stratifiedFolds(outcomes: [], folds: 2, seed: 1) == nil)
    }

    @Test("are numbered as SplitMix64 has it")
    func splitMix() {
        var numbers = SeededNumbers(seed: 1_234_567)
        let first: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
        ]
        #expect(first.map { _ in numbers.next() } == first)
    }

    @Test("are shuffled so that each order is as likely")
    func shuffles() {
        var numbers = SeededNumbers(seed: 5)
        var counts: [[Int]: Double] = [:]
        for _ in 0..<6000 { counts[numbers.shuffled([1, 2, 3]), default: 0] += 1 }
        // Chi-squared with five degrees of freedom exceeds 20.5 once in a thousand times.
        let distance = counts.values.reduce(0) { $0 + ($1 - 1000) * ($1 - 1000) / 1000 }
        #expect(counts.count == 6 && distance < 20.5)
    }
}
