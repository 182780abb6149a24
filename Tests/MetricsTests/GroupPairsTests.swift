import Testing

@testable import Metrics

@Suite("Pairs of numbers that facts are grouped by")
struct GroupPairsTests {
    static let cases: [(numbers: [[Int32]], first: [Int32], second: [Int32], pairs: [Int32])] = [
        ([[]], [], [], []),
        ([[7, -1, 7]], [7, -1], [0, 0], [0, 1, 0]),
        ([[-1, 3, 3, -1], [5, 5, -1, 5]], [-1, 3, 3], [5, 5, -1], [0, 1, 2, 0]),
        // Too far apart for a table of all that lies between.
        ([[.max, .min, .max]], [.max, .min], [0, 0], [0, 1, 0]),
        ([[-1, 9000, -1, 9000], [0, -1, 0, 9000]], [-1, 9000, 9000], [0, -1, 9000], [0, 1, 0, 2]),
    ]

    @Test("are each found once, in the order in which they come", arguments: cases)
    func found(_ row: (numbers: [[Int32]], first: [Int32], second: [Int32], pairs: [Int32])) {
        let (found, pairs) = Groups.combine(row.numbers)
        #expect(found.first == row.first)
        #expect(found.second == row.second)
        #expect(pairs == row.pairs)
    }
}
