import Testing

@testable import Metrics

@Suite("Sets of rows")
struct RowSetTests {
    private func set(_ rows: [Int]) -> RowSet {
        var set = RowSet()
        for row in rows { set.set(row, true) }
        return set
    }

    private func rows(_ set: RowSet) -> [Int] {
        var rows: [Int] = []
        set.forEach { rows.append($0) }
        return rows
    }

    @Test("Rows are visited in order, each once", arguments: [[], [0], [63, 64, 0, 63], [200, 5, 127, 128]])
    func order(_ some: [Int]) {
        #expect(rows(set(some)) == Set(some).sorted())
        #expect(set(some).count == Set(some).count)
    }

    @Test("A row that leaves is gone, and one that was not in stays out")
    func leaving() {
        var some = set([1, 70, 71])
        some.set(70, false)
        some.set(70, false)
        some.set(2, false)
        #expect(rows(some) == [1, 71])
        #expect(some.count == 2)
        #expect(some.contains(71) && !some.contains(70))
        // Who was told to be out is known to be.
        some.set(500, false)
        #expect(!some.contains(500))
    }

    @Test(
        "A union has the rows of both, each once",
        arguments: [([], []), ([3], []), ([], [300]), ([1, 65], [65, 2]), ([64], [0, 1, 500]), ([500, 2], [2])])
    func union(_ first: [Int], _ second: [Int]) {
        let union = set(first).union(set(second))
        #expect(rows(union) == Set(first + second).sorted())
        #expect(union.count == Set(first + second).count)
    }
}
