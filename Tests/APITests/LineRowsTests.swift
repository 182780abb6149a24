import Domain
import JSON
import Store
import TestSupport
import Testing

@testable import API

@Suite("The rows of a body")
struct LineRowsTests {
    private static let line = LineRow(Array(#"{"name":"A"}"#.utf8), ImportPlan(of: Lead.self))

    @Test("are all made once and in order, whoever is ready first", arguments: 0..<40 as Range<UInt64>)
    func model(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let count = Int.random(in: 0..<9_000, using: &random)
        var rows = LineRows(ImportPlan(of: Lead.self), listedMax: 10)
        var left = count
        var made: [LineRows.Command] = []
        /// Commands that are made and not settled, and how many of them the ledger was told of.
        var underway = 0
        var told = 0
        var isReading = false
        var steps = 0
        while underway > 0 || made.last?.isLast != true {
            steps += 1
            try #require(steps < 100_000, "it stands still at \(made.count) commands, \(underway) underway")
            switch Int.random(in: 0..<3, using: &random) {
            case 0 where !isReading: isReading = rows.beginReading()
            case 0:
                let some = min(left, Int.random(in: 1..<700, using: &random))
                left -= some
                rows.endReading(
                    Array(repeating: Self.line, count: some), bytes: some * 100, some == 0 ? .whole : nil)
                isReading = false
            case 1:
                if let command = rows.beginMaking() {
                    made.append(command)
                    // One that changed nothing while nothing waits is settled before it is made known.
                    if underway == 0, Bool.random(using: &random) {
                        rows.settle(ImportReport())
                    } else {
                        underway += 1
                    }
                    rows.endMaking()
                }
                if rows.beginWriting() { told = underway }
            default:
                guard told > 0 else { continue }
                rows.settle(ImportReport())
                (underway, told) = (underway - 1, told - 1)
                if rows.beginWriting() { told = underway }
            }
        }
        #expect(made.map(\.rows.count).reduce(0, +) == count)
        #expect(made.filter(\.isLast).count == 1)
        #expect(zip(made, made.dropFirst()).allSatisfy { $0.end == $1.first })
    }
}
