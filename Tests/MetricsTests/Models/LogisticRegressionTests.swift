import Foundation
import Testing

@testable import Metrics

@Suite("Logistic regression")
struct LogisticRegressionTests {
    struct Expected: Sendable {
        let penalty: Double
        let intercept: Double
        let weights: [Double]
        /// The probability at 70, 3 and 1.
        let probability: Double
    }

    /// Newton's method in numpy, until steps are below 1e-14.
    static let expected = [
        Expected(
            penalty: 0, intercept: -0.18964313743731895,
            weights: [1.096536094751612, -1.0653441889120667, 0.06415293068903564], probability: 0.9405080748815207),
        Expected(
            penalty: 1, intercept: -0.15559198009101874,
            weights: [0.9093549264418288, -0.8554554084072725, 0.06800526215223425], probability: 0.9076747039763421),
        Expected(
            penalty: 10, intercept: -0.1092909393100183,
            weights: [0.4244343760831609, -0.3773518840516537, 0.03982667422821435], probability: 0.7351822395767464),
    ]

    static func fit(penalty: Double, _ change: ([Double]) -> [Double] = { $0 }) -> LogisticRegression? {
        LogisticRegression.fit(
            features: Samples.outcomes.map { change($0.features) }, outcomes: Samples.outcomes.map(\.outcome),
            penalty: penalty)
    }

    @Test("finds the weights that numpy finds", arguments: expected)
    func fixedSample(_ row: Expected) throws {
        let found = try #require(Self.fit(penalty: row.penalty))
        #expect(isClose(found.intercept, row.intercept, 1e-9))
        #expect(zip(found.weights, row.weights).allSatisfy { isClose($0, $1, 1e-9) })
        #expect(isClose(found.probability(of: [70, 3, 1]), row.probability, 1e-9))
        #expect(zip(found.means, [42.0925, 5.687, 0.35]).allSatisfy { isClose($0, $1, 1e-12) })
        let deviations = [16.201055328280315, 2.9391939371194957, 0.4769696007084727]
        #expect(zip(found.deviations, deviations).allSatisfy { isClose($0, $1, 1e-12) })
    }

    @Test("explains a probability by its features")
    func contributions() throws {
        let found = try #require(Self.fit(penalty: 1))
        let parts = found.contributions(of: [70, 3, 1])
        for place in 0..<3 {
            let standard = ([70, 3, 1][place] - found.means[place]) / found.deviations[place]
            #expect(isClose(parts[place], found.weights[place] * standard, 1e-12))
        }
        let probability = found.probability(of: [70, 3, 1])
        #expect(isClose(parts.reduce(found.intercept, +), log(probability / (1 - probability)), 1e-12))
        #expect(found.contributions(of: found.means) == [0, 0, 0])
    }

    @Test("takes a row that weighs two for two rows", arguments: [1.0, 0.25])
    func weighted(unit: Double) throws {
        let sample = Samples.outcomes
        let times = sample.indices.map { 1 + $0 % 3 }
        let weighted = try #require(
            LogisticRegression.fit(
                features: sample.map(\.features), outcomes: sample.map(\.outcome),
                weights: times.map { unit * Double($0) }, penalty: 0))
        let repeated = zip(sample, times).flatMap { Array(repeating: $0, count: $1) }
        let found = try #require(
            LogisticRegression.fit(
                features: repeated.map(\.features), outcomes: repeated.map(\.outcome), penalty: 0))
        #expect(isClose(weighted.probability(of: [70, 3, 1]), found.probability(of: [70, 3, 1]), 1e-9))
        let plain = try #require(Self.fit(penalty: 0))
        #expect(!isClose(weighted.probability(of: [70, 3, 1]), plain.probability(of: [70, 3, 1]), 1e-3))
    }

    @Test("does not depend on the units of features")
    func units() throws {
        let found = try #require(Self.fit(penalty: 1))
        let other = try #require(Self.fit(penalty: 1) { [$0[0] * 1e6 + 5, $0[1] * 1e-6, $0[2]] })
        #expect(zip(found.weights, other.weights).allSatisfy { isClose($0, $1, 1e-8) })
    }

    @Test("gives no weight to a feature that does not vary", arguments: [0, 1.0])
    func constantFeature(_ penalty: Double) throws {
        let found = try #require(Self.fit(penalty: penalty))
        let other = try #require(Self.fit(penalty: penalty) { $0 + [0.1] })
        #expect(other.weights[3] == 0 && other.deviations[3] == 1)
        #expect(isClose(other.probability(of: [70, 3, 1, 99]), found.probability(of: [70, 3, 1]), 1e-12))
    }

    @Test("without features tells the share of the outcome")
    func noFeatures() throws {
        let found = try #require(
            LogisticRegression.fit(features: [[], [], [], []], outcomes: [true, false, false, false], penalty: 1))
        #expect(isClose(found.probability(of: []), 0.25, 1e-12))
    }

    @Test("needs a penalty where features tell outcomes apart or repeat each other")
    func needsPenalty() throws {
        let rows = [[1.0], [2], [3], [4]]
        let apart = [false, false, true, true]
        #expect(LogisticRegression.fit(features: rows, outcomes: apart, penalty: 0) == nil)
        let found = try #require(LogisticRegression.fit(features: rows, outcomes: apart, penalty: 0.1))
        #expect(found.weights[0] > 0 && found.probability(of: [4]) > 0.9)
        #expect(Self.fit(penalty: 0) { $0 + [2 * $0[0] - $0[1]] } == nil)
        let twice = try #require(Self.fit(penalty: 1) { $0 + [$0[0]] })
        #expect(isClose(twice.weights[3], twice.weights[0], 1e-9))
    }

    static let unfit: [(name: String, features: [[Double]], outcomes: [Bool], penalty: Double)] = [
        ("no rows", [], [], 1), ("outcomes missing", [[1], [2]], [true], 1),
        ("ragged rows", [[1], [2, 3]], [true, false], 1), ("one outcome", [[1], [2]], [true, true], 1),
        ("no number", [[1], [.nan]], [true, false], 1), ("negative penalty", [[1], [2]], [true, false], -1),
        ("no penalty at all", [[1], [2]], [true, false], .nan), ("too far", [[1e300], [-1e300]], [true, false], 1),
    ]

    @Test("does not fit", arguments: unfit)
    func refusals(_ row: (name: String, features: [[Double]], outcomes: [Bool], penalty: Double)) {
        let found = LogisticRegression.fit(features: row.features, outcomes: row.outcomes, penalty: row.penalty)
        #expect(found == nil)
    }

    @Test("does not overflow far from the sample")
    func far() throws {
        let found = try #require(Self.fit(penalty: 1))
        #expect(found.probability(of: [1e9, 0, 0]) == 1)
        #expect(found.probability(of: [-1e9, 0, 0]) == 0)
    }
}
