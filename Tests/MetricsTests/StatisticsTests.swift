import TestSupport
import Testing

@testable import Metrics

@Suite("The statistics")
struct StatisticsTests {
    static let shares: [(numerator: Double, denominator: Double, low: Double, high: Double)] = [
        (8, 10, 0.4901625, 0.9433178), (0, 10, 0, 0.2775328), (10, 10, 0.7224672, 1), (50, 100, 0.4038315, 0.5961685),
        (1, 1, 0.2065493, 1), (2, 3, 0.2076596, 0.9385081),
    ]

    @Test("have Wilson's interval of a share", arguments: shares)
    func wilson(_ row: (numerator: Double, denominator: Double, low: Double, high: Double)) throws {
        let interval = try #require(Statistics.wilson(row.numerator, of: row.denominator))
        #expect(abs(interval.low - row.low) < 1e-6)
        #expect(abs(interval.high - row.high) < 1e-6)
        #expect(Statistics.wilson(0, of: 0) == nil)
    }

    static let quantiles: [(values: [Double], share: Double, quantile: Double?)] = [
        ([1, 2, 3, 4], 0.25, 1.75), ([1, 2, 3, 4], 0.5, 2.5), ([1, 2, 3, 4], 0.75, 3.25), ([1, 2, 3, 4], 0.9, 3.7),
        ([1, 3, 5, 7, 20], 0.9, 14.8), ([1, 3, 5, 7, 20], 0.5, 5), ([1, 3], 0, 1), ([1, 3], 1, 3), ([10], 0.9, 10),
        ([], 0.5, nil),
    ]

    @Test("have the quantiles that R calls type 7", arguments: quantiles)
    func quantile(_ row: (values: [Double], share: Double, quantile: Double?)) {
        let found = Statistics.quantile(row.values, row.share)
        #expect((found == nil) == (row.quantile == nil))
        #expect(abs((found ?? 0) - (row.quantile ?? 0)) < 1e-12)
    }

    /// Weeks of remission under 6-MP, those still in remission negative (Freireich et al. 1963).
    static let remissions: [Double] = [
        6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35,
    ]

    @Test(
        "have Kaplan and Meier's quantiles where some still wait",
        arguments: [(0.25, 13), (0.5, 23), (0.75, nil)] as [(Double, Double?)])
    func kaplanMeier(_ row: (share: Double, length: Double?)) {
        let lengths = Self.remissions.map { Length(Int64(abs($0)), isCensored: $0 < 0) }
        for lengths in [lengths, lengths.reversed()] {
            let sorted = Length.sorted(lengths, groupCount: 0).all
            #expect(Statistics.quantile(ofSorted: sorted[...], row.share, unit: 1, isWhole: false) == row.length)
        }
    }

    /// Lengths that share their leading digit all, some or none, and one that is the longest there can be.
    static let mosts: [(most: Int64, outlier: Int64)] = [
        (1, 0), (300, 0), (40_000, 0), (90 * 86_400_000, 0), (1 << 44 - 1, 0), (40_000, 1 << 44 - 1), (3, 8192),
    ]

    @Test("have the quantiles of lengths that are not sorted", arguments: mosts)
    func ranked(_ row: (most: Int64, outlier: Int64)) {
        var random = SplitMix(seed: UInt64(row.most))
        for count in [0, 1, 2, 600] {
            let found = (0..<count).map { _ in
                (length: Int64.random(in: 0...row.most, using: &random), group: Int32.random(in: 0..<5, using: &random))
            }
            let all = row.outlier > 0 ? found + [(row.outlier, 3)] : found
            // The sixth group has none.
            let lengths = RankedLengths(all.map { Length($0.length, group: $0.group) }, groupCount: 6)
            for share in [0, 0.5, 0.9, 1] {
                #expect(
                    lengths.all.quantile(share, unit: 1)
                        == Statistics.quantile(all.map { Double($0.length) }.sorted(), share))
                for group in 0..<6 {
                    let values = all.filter { $0.group == group }.map { Double($0.length) }.sorted()
                    #expect(lengths.group(group).quantile(share, unit: 1) == Statistics.quantile(values, share))
                    #expect(lengths.group(group).count == values.count)
                }
            }
        }
    }

    static let quotients: [(dividend: Int128, divisor: Int128, quotient: Int64)] = [
        (5, 2, 2), (7, 2, 4), (15, 10, 2), (25, 10, 2), (26, 10, 3), (24, 10, 2), (-5, 2, -2), (-7, 2, -4), (-1, 3, 0),
        (-2, 3, -1), (0, 7, 0), (1, 2, 0), (3, 2, 2), (Int128(Int64.max) * 3, 1, .max),
        (Int128(Int64.min) * 3, 1, .min),
    ]

    @Test("round half to even", arguments: quotients)
    func rounding(_ row: (dividend: Int128, divisor: Int128, quotient: Int64)) {
        #expect(Statistics.roundedQuotient(row.dividend, row.divisor) == row.quotient)
    }
}
