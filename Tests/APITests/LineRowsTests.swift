import JSON
import Store
import TestSupport
import Testing

@testable import API
@testable import Domain

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
                    [LinePart(Array(repeating: Self.line, count: some))], bytes: some * 100, some == 0 ? .whole : nil)
                isReading = false
            case 1:
                let command = rows.beginMaking()
                if let command {
                    made.append(command)
                    // One that changed nothing while nothing waits is settled before it is made known.
                    if underway == 0, Bool.random(using: &random) {
                        rows.settle(ImportReport())
                    } else {
                        underway += 1
                    }
                    rows.endMaking()
                }
                if rows.beginWriting(isIdle: command == nil, at: 0) { told = underway }
            default:
                guard told > 0 else { continue }
                rows.settle(ImportReport())
                (underway, told) = (underway - 1, told - 1)
            }
        }
        #expect(made.map(\.count).reduce(0, +) == count)
        #expect(made.filter(\.isLast).count == 1)
        #expect(zip(made, made.dropFirst()).allSatisfy { $0.end == $1.first })
    }

    @Test("are written sixteen commands together, or fewer where no more can be made, it is late or the last")
    func batches() {
        var rows = LineRows(ImportPlan(of: Lead.self), listedMax: 10)
        func read(_ count: Int, _ end: LineRows.End? = nil) {
            let isReading = rows.beginReading()
            #expect(isReading)
            let parts = (0..<count / 250).map { _ in LinePart(Array(repeating: Self.line, count: 250)) }
            rows.endReading(parts, bytes: count, end)
        }
        func make(_ count: Int, at time: UInt64 = 0) -> [Bool] {
            (0..<count).map { _ in
                let isMade = rows.beginMaking() != nil
                if isMade { rows.endMaking() }
                return rows.beginWriting(isIdle: !isMade, at: time)
            }
        }
        read(1_000)
        // The third finds nothing to make.
        #expect(make(4) == [false, false, true, false])
        read(8_000)
        #expect(make(16) == Array(repeating: false, count: 15) + [true])
        for _ in 0..<18 { rows.settle(ImportReport()) }
        read(2_250)
        #expect(make(2, at: 99_999_999) == [false, false])
        #expect(make(2, at: 100_000_000) == [true, false])
        read(0, .whole)
        #expect(make(1, at: 100_000_000) == [true])
        let isUntold = rows.beginWriting(isIdle: true, at: .max)
        #expect(!isUntold)
    }

    /// What is known of the first body: how many of its rows were made, and whether that was all.
    struct Known: Sendable {
        let made: Int
        let isAll: Bool
        /// How many rows the second body has, and which of them is another.
        let rows: Int
        var other: Int?
        /// Whether it was kept with a digest of its lines.
        var isMarked = true
        let outcome: Outcome
    }

    enum Outcome { case goesOn, repeated, refused }

    static let known: [Known] = [
        Known(made: 600, isAll: false, rows: 1000, outcome: .goesOn),
        Known(made: 600, isAll: false, rows: 600, outcome: .goesOn),
        Known(made: 600, isAll: false, rows: 1000, other: 700, outcome: .goesOn),
        Known(made: 600, isAll: false, rows: 1000, other: 599, outcome: .refused),
        Known(made: 600, isAll: false, rows: 599, outcome: .refused),
        Known(made: 3000, isAll: true, rows: 3000, outcome: .repeated),
        Known(made: 3000, isAll: true, rows: 3000, other: 0, outcome: .refused),
        Known(made: 3000, isAll: true, rows: 3001, outcome: .refused),
        Known(made: 3000, isAll: true, rows: 2999, outcome: .refused),
        Known(made: 0, isAll: true, rows: 0, outcome: .repeated),
        Known(made: 0, isAll: true, rows: 1, outcome: .refused),
        Known(made: 600, isAll: false, rows: 1000, isMarked: false, outcome: .refused),
        Known(made: 600, isAll: true, rows: 600, isMarked: false, outcome: .refused),
    ]

    @Test("that come again go on behind those that were made, where they are the same", arguments: known)
    func again(known: Known) throws {
        let start = KeyDigest(of: [])
        func marks(_ count: Int, other: Int?) -> [KeyDigest] {
            var mark = start
            return (0..<count).map { number in
                mark = KeyDigest(of: Array((number == other ? "other" : "\(number)").utf8), after: mark)
                return mark
            }
        }
        let made = known.made == 0 ? start : marks(known.made, other: nil)[known.made - 1]
        let second = marks(known.rows, other: known.other).map {
            LineRow(Array(#"{"name":"A"}"#.utf8), ImportPlan(of: Lead.self), mark: $0)
        }
        for piece in [1, 97, 250, 5000] {
            var rows = LineRows(ImportPlan(of: Lead.self), listedMax: 10)
            rows.startMark = start
            rows.resume(
                after: AnsweredRequest.Answer(
                    status: known.isAll ? 200 : 0, seq: 1, records: [], body: nil, rows: Int64(known.made),
                    lines: known.isMarked ? made.hexadecimal : nil, isErased: false))
            var commands: [LineRows.Command] = []
            var left = second[...]
            while rows.beginReading() {
                rows.endReading([LinePart(Array(left.prefix(piece)))], bytes: piece, left.isEmpty ? .whole : nil)
                left = left.dropFirst(piece)
                while let command = rows.beginMaking() {
                    commands.append(command)
                    rows.endMaking()
                    _ = rows.beginWriting(isIdle: true, at: 0)
                    rows.settle(ImportReport())
                }
            }
            #expect((rows.repeated != nil) == (known.outcome == .repeated), "\(piece)")
            #expect((rows.cutAnswer != nil) == (known.outcome == .refused), "\(piece)")
            #expect((commands.last?.isLast == true) == (known.outcome == .goesOn), "\(piece)")
            if known.outcome == .goesOn {
                #expect(commands.first?.first == known.made && commands.last?.end == known.rows, "\(piece)")
            } else {
                #expect(commands.isEmpty)
            }
        }
    }
}
