import Testing

@testable import Metrics

@Suite("Numbers by their rank")
struct RanksTests {
    @Test(
        "are in order, each once, whether they lie near one another or far apart",
        arguments: [
            [], [7], [3, 3, 3], [5, -1, 5, 2, 1023], [0, 1024], [-1, Int(Int32.max), 12, -1],
            [Int(Int32.min), 0, 4000],
            Array((0..<2000).reversed()), (0..<500).map { $0 * $0 * 40 },
        ])
    func inOrder(numbers: [Int]) {
        let ranks = Ranks(numbers)
        #expect(ranks.inOrder == Set(numbers).sorted())
        for number in numbers { #expect(ranks.inOrder[ranks.place(of: number)] == number) }
    }
}
