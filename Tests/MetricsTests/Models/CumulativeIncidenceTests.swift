import Testing

@testable import Metrics

@Suite("The cumulative incidence of wins")
struct CumulativeIncidenceTests {
    /// Of five the first is won, the second lost, the third still open, the fourth won and the fifth lost.
    private static let five = CumulativeIncidence([
        .init(length: 4, end: .won), .init(length: 1, end: .won), .init(length: 3, end: nil),
        .init(length: 5, end: .lost), .init(length: 2, end: .lost),
    ])

    static let chances: [(lengths: Range<Int64>, age: Int64, chance: Double)] = [
        // ⅕ is won after 1; ⅗ are open after 2, of whom the one that is open still tells no end: ⅕ + ⅗ ÷ 2 are won ever.
        // By Laplace's rule (0.5 × 4 + 1) ÷ 6 of the four that ended, and of these what lies in the lengths.
        (.min..<100, 0, 0.5), (0..<2, 0, 0.2), (0..<4, 0, 0.2), (1..<2, 0, 0.2), (2..<5, 0, 0.3), (4..<5, 0, 0.3),
        (5..<100, 0, 0), (0..<1, 0, 0),
        // Of those that took longer than 1 ⅜ are won ever, and three ended: (⅜ × 3 + 1) ÷ 5.
        (0..<100, 1, 2.125 / 5), (0..<4, 1, 0),
        // Of the two that took longer than 3 one is won.
        (0..<100, 3, 0.5), (0..<100, 4, 0), (0..<100, 5, 0),
    ]

    @Test("after an age is that of those which took longer, in time", arguments: chances)
    func chance(_ row: (lengths: Range<Int64>, age: Int64, chance: Double)) {
        #expect(abs(Self.five.chance(ofWinIn: row.lengths, after: row.age) - row.chance) < 1e-12)
    }

    @Test("is no surer by what is still open", arguments: [0, 30])
    func open(_ count: Int) {
        let deals =
            [CumulativeIncidence.Deal(length: 40, end: .won)] + (0..<count).map { _ in .init(length: 20, end: nil) }
        #expect(abs(CumulativeIncidence(deals).chance(ofWinIn: 0..<100, after: 10) - 2.0 / 3) < 1e-12)
    }

    @Test("is known for as long as something ended later")
    func ends() {
        #expect(Self.five.hasEnds(after: 4) && !Self.five.hasEnds(after: 5))
        #expect(!CumulativeIncidence([.init(length: 3, end: nil)]).hasEnds(after: 0))
        #expect(!CumulativeIncidence([]).hasEnds(after: 0))
    }
}
