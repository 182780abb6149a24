import Foundation
import Testing

@testable import Metrics

@Suite("The BG/NBD model")
struct BetaGeometricTests {
    /// The parameters that the paper gives for a tenth of the CDNOW customers, in weeks.
    static let published = BetaGeometric(r: 0.243, alpha: 4.414, a: 0.793, b: 2.426)

    @Test("finds the parameters that scipy finds: the root of the gradient, to 1e-13")
    func fixedSample() throws {
        let found = try #require(BetaGeometric.fit(Samples.histories))
        #expect(isClose(found.r, 0.9600048525053391, 1e-5))
        #expect(isClose(found.alpha, 5.638742124011335, 1e-5))
        #expect(isClose(found.a, 0.5777143617377509, 1e-5))
        #expect(isClose(found.b, 0.9594369861959138, 1e-5))
        #expect(isClose(found.logLikelihood(of: Samples.histories), -430.7121204939239, 1e-12))
    }

    @Test("finds the same in another unit of time", arguments: [1.0 / 52, 7, 604_800])
    func units(_ unit: Double) throws {
        let found = try #require(BetaGeometric.fit(Samples.histories))
        let other = try #require(
            BetaGeometric.fit(Samples.histories.map { ($0.frequency, $0.recency * unit, $0.age * unit) }))
        #expect(isClose(other.r, found.r, 1e-5))
        #expect(isClose(other.alpha, found.alpha * unit, 1e-5))
        #expect(isClose(other.a, found.a, 1e-5))
        #expect(isClose(other.b, found.b, 1e-5))
    }

    @Test("finds a maximum: no neighbour is likelier", arguments: [0.0003, 0.003, 0.03])
    func neighbours(_ distance: Double) throws {
        let found = try #require(BetaGeometric.fit(Samples.histories))
        let best = found.logLikelihood(of: Samples.histories)
        for direction in 0..<81 where direction != 40 {
            let factors = [1, 3, 9, 27].map { exp(distance * Double(direction / $0 % 3 - 1)) }
            let neighbour = BetaGeometric(
                r: found.r * factors[0], alpha: found.alpha * factors[1], a: found.a * factors[2],
                b: found.b * factors[3])
            #expect(neighbour.logLikelihood(of: Samples.histories) < best)
        }
    }

    static let models = [
        published, BetaGeometric(r: 2.5, alpha: 12, a: 0.6, b: 0.9), BetaGeometric(r: 0.6, alpha: 40, a: 1.5, b: 4),
    ]

    /// Twice the gain in log-likelihood over the truth has a chi-squared distribution with four degrees of freedom,
    /// which exceeds 18.5 once in a thousand samples.
    @Test("finds the parameters that a sample was drawn from, within the error of sampling", arguments: models)
    func recovers(_ model: BetaGeometric) throws {
        var numbers = SeededNumbers(seed: 2005)
        let customers = (0..<4000).map { _ in
            numbers.customer(of: model, age: 20 + 60 * numbers.uniform(), then: 0).0
        }
        let found = try #require(BetaGeometric.fit(customers))
        let gain = 2 * (found.logLikelihood(of: customers) - model.logLikelihood(of: customers))
        #expect(gain >= 0 && gain < 18.5)
        #expect(isClose(found.r / found.alpha, model.r / model.alpha, 0.15))
        #expect(isClose(found.a / (found.a + found.b), model.a / (model.a + model.b), 0.15))
    }

    static let unfit: [(name: String, customers: [BetaGeometric.History])] = [
        ("no one", []), ("too few", Array(Samples.histories.prefix(29))),
        ("nobody bought again", Array(repeating: (0, 0, 40), count: 60)),
        ("ages of 0", Array(repeating: (0, 0, 0), count: 60)),
        ("all as likely to leave", Samples.historiesWithoutMaximum),
        ("all the same", Array(repeating: (4, 40, 40), count: 60)),
        ("a recency above the age", Samples.histories + [(1, 41, 40)]),
        ("a recency without a purchase", Samples.histories + [(0, 1, 40)]),
        ("half a purchase", Samples.histories + [(0.5, 1, 40)]),
        ("a negative frequency", Samples.histories + [(-1, 1, 40)]),
        ("no number", Samples.histories + [(1, .nan, 40)]), ("no end", Samples.histories + [(1, 1, .infinity)]),
    ]

    @Test("does not fit", arguments: unfit)
    func refusals(_ row: (name: String, customers: [BetaGeometric.History])) {
        #expect(BetaGeometric.fit(row.customers) == nil)
    }

    struct Prospect: Sendable {
        let model: BetaGeometric
        let time: Double
        let history: BetaGeometric.History
        let purchases: Double
        let alive: Double

        init(
            _ model: (Double, Double, Double, Double), _ time: Double, _ history: BetaGeometric.History,
            _ purchases: Double, _ alive: Double
        ) {
            self.model = BetaGeometric(r: model.0, alpha: model.1, a: model.2, b: model.3)
            (self.time, self.history, self.purchases, self.alive) = (time, history, purchases, alive)
        }
    }

    /// Equation 10 as the paper has it, computed with 60 digits by mpmath; where a = 1 or a + b + x = 1, at a distance
    /// of 1e-25 from there. The first row is the worked example of the authors' note on Excel: 1.226.
    static let prospects = [
        Prospect((0.243, 4.414, 0.793, 2.426), 39, (2, 30.43, 38.86), 1.2260281747671444, 0.72657857008067291),
        Prospect((0.243, 4.414, 0.793, 2.426), 39, (1, 1.71, 38.86), 0.20318698707975406, 0.21210098537737908),
        Prospect((0.243, 4.414, 0.793, 2.426), 39, (0, 0, 38.86), 0.19509805201126264, 1),
        Prospect((0.243, 4.414, 0.793, 2.426), 39, (0, 0, 0), 1.1967231933208168, 1),
        Prospect((0.243, 4.414, 0.793, 2.426), 0, (2, 30.43, 38.86), 0, 0.72657857008067291),
        Prospect((0.243, 4.414, 0.793, 2.426), 1e-6, (2, 30.43, 38.86), 3.7660390151412815e-8, 0.72657857008067291),
        Prospect((0.243, 4.414, 0.793, 2.426), 3900, (7, 29, 38.86), 39.124321321776232, 0.62019615213540109),
        Prospect((0.5, 3, 1, 2), 26, (3, 20, 30), 1.1527814679049038, 0.53064844095879114),
        Prospect((0.5, 3, 1, 2), 26, (0, 0, 30), 0.33459300050715799, 1),
        Prospect((0.8, 5, 0.4, 0.6), 26, (0, 0, 20), 0.64071738099785542, 1),
        Prospect((50, 100, 0.6, 0.7), 52, (0, 0, 30), 4.9298024308251226, 1),
        Prospect((50, 100, 0.6, 0.7), 52, (12, 29, 30), 15.920522960697909, 0.9235542079823141),
        Prospect((1.2, 0.9, 1.3, 40), 104, (500, 51, 52), 13.616454514830016, 0.028254958625217517),
        Prospect((0.243, 4.414, 0.793, 2.426), 400, (500, 38, 38.86), 40.148360074492153, 0.026798690365027813),
        Prospect((2, 10, 30, 90), 52, (4, 18, 20), 2.4685616765073023, 0.67204411483842483),
    ]

    @Test("tells the future of a customer", arguments: prospects)
    func future(_ row: Prospect) {
        let (frequency, recency, age) = row.history
        let purchases = row.model.expectedPurchases(in: row.time, frequency: frequency, recency: recency, age: age)
        #expect(isClose(purchases, row.purchases, 1e-12))
        let alive = row.model.probabilityAlive(frequency: frequency, recency: recency, age: age)
        #expect(isClose(alive, row.alive, 1e-12))
    }

    @Test("agrees with the closed form of the paper", arguments: [0.5, 4, 26, 104, 520])
    func closedForm(_ time: Double) throws {
        let (r, alpha, a, b) = (0.243, 4.414, 0.793, 2.426)
        for x in [0.0, 1, 2, 5, 12] {
            let (recency, age) = (x == 0 ? 0 : 25.0, 38.86)
            let share = time / (alpha + age + time)
            let gauss = try #require(gaussHypergeometric(r + x, b + x, a + b + x - 1, share))
            let whileAlive = (a + b + x - 1) / (a - 1) * (1 - pow(1 - share, r + x) * gauss)
            let alive = Self.published.probabilityAlive(frequency: x, recency: recency, age: age)
            let purchases = Self.published.expectedPurchases(in: time, frequency: x, recency: recency, age: age)
            #expect(isClose(purchases, whileAlive * alive, 1e-10))
        }
    }

    @Test("expects what comes, over many customers")
    func simulatedFuture() {
        var numbers = SeededNumbers(seed: 10)
        var (expected, bought, squares) = (0.0, 0.0, 0.0)
        for _ in 0..<20_000 {
            let (history, later) = numbers.customer(of: Self.published, age: 39, then: 39)
            let prospect = Self.published.expectedPurchases(
                in: 39, frequency: history.frequency, recency: history.recency, age: history.age)
            expected += prospect ?? .nan
            bought += Double(later)
            squares += pow(Double(later) - (prospect ?? .nan), 2)
        }
        #expect(abs(bought - expected) < 4 * squares.squareRoot())
    }

    @Test("does not tell the future of what cannot be")
    func impossible() {
        let model = Self.published
        #expect(model.expectedPurchases(in: -1, frequency: 1, recency: 1, age: 2) == nil)
        #expect(model.expectedPurchases(in: .infinity, frequency: 1, recency: 1, age: 2) == nil)
        #expect(model.expectedPurchases(in: 1, frequency: 1, recency: 3, age: 2) == nil)
        #expect(model.expectedPurchases(in: 1e9, frequency: 1, recency: 1, age: 2) == nil)
    }

    static let gauss: [(a: Double, b: Double, c: Double, z: Double, value: Double)] = [
        (1, 1, 2, 0.5, 1.3862943611198906), (2.243, 4.426, 4.219, 0.4742, 4.5789242254355216),
        (0.243, 2.426, 2.219, 0.9, 1.9476311698186014), (0.5, 0.5, 1.5, 0.25, 1.0471975511965977),
        (7.243, 9.426, 9.219, 0.99, 754239907943383.95), (2.5, 1.5, 0.5, 0.999, 157987391902.01223),
        (-0.207, 1.976, 4.219, 0.4742, 0.94792479208158878), (3, 2, 5, 0, 1),
        (12.5, 20.25, 19.75, 0.95, 6.5905156421057079e16), (0.3, 0.4, -0.2, 0.6, 0.019045379913685299),
        (1.5, 2, 6, 0.9999, 2.2852574732278209),
    ]

    @Test("is checked with a hypergeometric function that agrees with mpmath", arguments: gauss)
    func hypergeometric(_ row: (a: Double, b: Double, c: Double, z: Double, value: Double)) {
        #expect(isClose(gaussHypergeometric(row.a, row.b, row.c, row.z), row.value, 1e-11))
    }
}
