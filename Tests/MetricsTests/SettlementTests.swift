import Testing

@testable import Metrics

@Suite("Credits settled in minor units")
struct SettlementTests {
    static let cases: [(amount: Int64, shares: [Double], parts: [Int64])] = [
        (100, [1], [100]), (100, [0.5, 0.5], [50, 50]), (101, [0.5, 0.5], [51, 50]),
        (100, [1 / 3.0, 1 / 3.0, 1 / 3.0], [34, 33, 33]), (101, [1 / 3.0, 1 / 3.0, 1 / 3.0], [34, 34, 33]),
        (1, [0.2, 0.5, 0.3], [0, 1, 0]), (0, [0.5, 0.5], [0, 0]),
        (5, [0.4, 0.2 / 3, 0.2 / 3, 0.2 / 3, 0.4], [2, 1, 0, 0, 2]), (-3, [0.5, 0.5], [-1, -2]), (7, [], []),
    ]

    @Test("go by the largest remainder, the earlier first", arguments: cases)
    func parts(_ row: (amount: Int64, shares: [Double], parts: [Int64])) {
        var parts: [Int64] = []
        Settlement.fill(&parts, of: row.amount, by: row.shares)
        #expect(parts == row.parts)
    }

    @Test(
        "add up however great the amount",
        arguments: [Int64.max, .max - 1, 1 << 53 + 1, 9_007_199_254_740_993, -1_000_000_007] as [Int64])
    func sums(_ amount: Int64) {
        for count in 1...40 {
            var parts: [Int64] = []
            Settlement.fill(&parts, of: amount, by: Array(repeating: 1 / Double(count), count: count))
            #expect(parts.reduce(Int128(0)) { $0 + Int128($1) } == Int128(amount), "\(count)")
        }
    }
}
