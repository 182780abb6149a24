import Domain
import Testing

@Suite("The table of what may happen to a lead")
struct LifecycleTableTests {
    struct Cell: Sendable, CustomTestStringConvertible {
        let event: Lifecycle.Event
        let stage: Stage
        let outcome: String
        var testDescription: String { "\(event.rawValue) in \(stage.rawValue): \(outcome)" }
    }

    /// Written from the product's words: `no` is a refusal, `=` stays, any other word is the next stage.
    static let table = """
        event               lead         mql          sal          sql          opportunity customer disqualified
        qualifyForMarketing mql          no           no           no           no          no       no
        qualifyForSales     no           no           sql          no           no          no       no
        handOff             no           =            no           no           no          no       no
        accept              no           sal          no           no           no          no       no
        reject              no           =            no           no           no          no       no
        disqualify          disqualified disqualified disqualified disqualified no          no       no
        recycle             no           lead         lead         lead         no          no       lead
        openDeal            opportunity  opportunity  opportunity  opportunity  =           =        no
        winDeal             customer     customer     customer     customer     customer    =        no
        loseLastDeal        =            =            =            =            sql         =        =
        """

    static let cells: [Cell] = {
        let rows = table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let stages = rows[0].dropFirst().compactMap(Stage.init(rawValue:))
        return rows.dropFirst().flatMap { row -> [Cell] in
            guard let event = Lifecycle.Event(rawValue: row[0]) else { return [] }
            return zip(stages, row.dropFirst()).map { Cell(event: event, stage: $0, outcome: $1) }
        }
    }()

    @Test("has a cell for each event in each stage")
    func isWhole() {
        #expect(Self.cells.count == Lifecycle.Event.allCases.count * Stage.allCases.count)
        #expect(Self.cells.count == 70)
    }

    @Test("says what the product's words say", arguments: cells)
    func cell(_ cell: Cell) {
        switch Lifecycle.move(cell.event, in: cell.stage) {
        case .to(let next): #expect(next.rawValue == cell.outcome)
        case .stay: #expect(cell.outcome == "=")
        case .refused(let rule):
            #expect(cell.outcome == "no")
            #expect(!rule.isEmpty)
        }
    }

    static let ways: [(from: Stage, to: Stage, implied: [Stage])] = [
        (.lead, .mql, []), (.lead, .sal, [.mql]), (.lead, .opportunity, [.mql, .sal, .sql]),
        (.lead, .customer, [.mql, .sal, .sql, .opportunity]), (.sql, .customer, [.opportunity]),
        (.opportunity, .customer, []), (.opportunity, .sql, []), (.customer, .lead, []),
        (.disqualified, .lead, []), (.mql, .disqualified, []), (.mql, .mql, []),
    ]

    @Test("implies the stages between, on the way forward alone", arguments: ways)
    func skipped(_ way: (from: Stage, to: Stage, implied: [Stage])) {
        #expect(Lifecycle.skipped(from: way.from, to: way.to) == way.implied)
    }
}
