import Foundation
import Testing

@testable import Metrics

@Suite("The Gamma-Gamma model")
struct GammaGammaTests {
    @Test("finds the parameters that scipy finds: the root of the gradient, to 1e-13")
    func fixedSample() throws {
        let found = try #require(GammaGamma.fit(Samples.spends))
        #expect(isClose(found.p, 5.732772026121398, 1e-5))
        #expect(isClose(found.q, 3.6797549414284325, 1e-5))
        #expect(isClose(found.v, 17.389394963027026, 1e-5))
        #expect(isClose(found.logLikelihood(of: Samples.spends), -262.40843230920456, 1e-12))
        #expect(GammaGamma.fit(Samples.spends + [(0, 0), (0, 5)]) == found)
    }

    @Test("finds the same in another currency", arguments: [0.001, 100, 1e6])
    func units(_ unit: Double) throws {
        let found = try #require(GammaGamma.fit(Samples.spends))
        let other = try #require(GammaGamma.fit(Samples.spends.map { ($0.frequency, $0.meanValue * unit) }))
        #expect(isClose(other.p, found.p, 1e-5))
        #expect(isClose(other.q, found.q, 1e-5))
        #expect(isClose(other.v, found.v * unit, 1e-5))
    }

    @Test("finds a maximum: no neighbour is likelier", arguments: [0.0003, 0.003, 0.03])
    func neighbours(_ distance: Double) throws {
        let found = try #require(GammaGamma.fit(Samples.spends))
        let best = found.logLikelihood(of: Samples.spends)
        for direction in 0..<27 where direction != 13 {
            let factors = [1, 3, 9].map { exp(distance * Double(direction / $0 % 3 - 1)) }
            let neighbour = GammaGamma(p: found.p * factors[0], q: found.q * factors[1], v: found.v * factors[2])
            #expect(neighbour.logLikelihood(of: Samples.spends) < best)
        }
    }

    /// Twice the gain in log-likelihood over the truth has a chi-squared distribution with three degrees of freedom,
    /// which exceeds 16.3 once in a thousand samples.
    @Test("finds the parameters that a sample was drawn from, within the error of sampling")
    func recovers() throws {
        let model = GammaGamma(p: 6.25, q: 3.74, v: 15.44)
        var numbers = SeededNumbers(seed: 2013)
        let spends = (0..<4000).map { _ -> GammaGamma.Spend in
            let frequency = Double(1 + numbers.below(8))
            let rate = numbers.gamma(shape: model.q, rate: model.v)
            return (frequency, numbers.gamma(shape: model.p * frequency, rate: rate * frequency))
        }
        let found = try #require(GammaGamma.fit(spends))
        let gain = 2 * (found.logLikelihood(of: spends) - model.logLikelihood(of: spends))
        #expect(gain >= 0 && gain < 16.3)
        #expect(isClose(found.p, model.p, 0.1))
        #expect(isClose(found.q, model.q, 0.1))
        #expect(isClose(found.v, model.v, 0.15))
    }

    static let expectations: [(frequency: Double, meanValue: Double, value: Double)] = [
        (1, 20, 25.47924997381306), (5, 80, 76.34085098175596), (0, 0, 37.20095276401604),
        (0, .nan, 37.20095276401604),
    ]

    @Test("draws a customer's mean towards the mean of all", arguments: expectations)
    func expectation(_ row: (frequency: Double, meanValue: Double, value: Double)) {
        let model = GammaGamma(p: 5.732772026121398, q: 3.6797549414284325, v: 17.389394963027026)
        #expect(isClose(model.expectedValue(frequency: row.frequency, meanValue: row.meanValue), row.value, 1e-12))
    }

    @Test("has no mean of all where it is infinite")
    func infiniteMean() {
        let model = GammaGamma(p: 2, q: 0.8, v: 10)
        #expect(model.expectedValue(frequency: 0, meanValue: 0) == nil)
        #expect(isClose(model.expectedValue(frequency: 1, meanValue: 10), 40 / 1.8, 1e-12))
        #expect(model.expectedValue(frequency: -1, meanValue: 10) == nil)
        #expect(model.expectedValue(frequency: 1, meanValue: .nan) == nil)
    }

    static let unfit: [(name: String, customers: [GammaGamma.Spend])] = [
        ("no one", []), ("too few", Array(Samples.spends.prefix(29))),
        ("too few who bought", Samples.spends.prefix(29) + Array(repeating: (0, 0), count: 9)),
        ("all spend the same", Array(repeating: (3, 20), count: 60)),
        ("a value of nothing", Samples.spends + [(1, 0)]), ("a negative value", Samples.spends + [(1, -5)]),
        ("a negative frequency", Samples.spends + [(-1, 5)]), ("no number", Samples.spends + [(1, .nan)]),
    ]

    @Test("does not fit", arguments: unfit)
    func refusals(_ row: (name: String, customers: [GammaGamma.Spend])) {
        #expect(GammaGamma.fit(row.customers) == nil)
    }
}
