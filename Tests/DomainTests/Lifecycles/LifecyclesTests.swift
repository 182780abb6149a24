import Domain
import Testing

@Suite("The tables of lifecycles")
struct LifecyclesTests {
    struct Cell: Sendable, CustomTestStringConvertible {
        let resource: String
        let event: String
        let state: String
        let outcome: String
        var testDescription: String { "\(event) of \(resource) in \(state): \(outcome)" }
    }

    /// Written from the product's words: what each event makes of each state; `no` is a refusal.
    static let tables: [String: String] = [
        "campaigns": """
        event    draft    active    paused    completed archived
        activate active   no        active    no        no
        pause    no       paused    no        no        no
        complete no       completed completed no        no
        archive  archived no        no        archived  no
        """,
        "contents": """
        event   draft     published archived
        publish published no        published
        archive archived  archived  no
        """,
        "nurtures": """
        event    draft    active   paused   archived
        activate active   no       active   no
        pause    no       paused   no       no
        archive  archived archived archived no
        """,
        "enrolments": """
        event    active    completed exited
        complete completed no        no
        exit     exited    no        no
        resume   no        no        active
        """,
        "handoffs": """
        event   pending  accepted rejected overdue  rerouted returned
        accept  accepted no       no       accepted no       no
        reject  rejected no       no       rejected no       no
        expire  overdue  no       no       no       no       no
        reroute no       no       no       rerouted no       no
        return  no       returned no       no       no       no
        """,
        "inquiries": """
        event  open     answered
        answer answered no
        reopen no       open
        """,
        "offers": """
        event    open      awaiting_approval refused accepted declined withdrawn expired
        approve  no        open              no      no       no       no        no
        refuse   no        refused           no      no       no       no        no
        accept   accepted  no                no      no       no       no        no
        decline  declined  no                no      no       no       no        no
        withdraw withdrawn withdrawn         no      no       no       no        no
        expire   expired   expired           no      no       no       no        no
        """,
        "objections": """
        event  open     answered
        answer answered answered
        """,
        "insights": """
        event   new       triaged   applied dismissed
        triage  triaged   no        no      no
        apply   no        applied   no      no
        dismiss dismissed dismissed no      no
        """,
        "agreements": """
        event     draft  signed     superseded
        complete  signed no         no
        supersede no     superseded no
        """,
        "deals": """
        event  open won  lost
        move   open no   no
        win    won  no   no
        lose   lost no   no
        reopen no   open open
        """,
    ]

    static let cells: [Cell] = tables.sorted { $0.key < $1.key }.flatMap { resource, text in
        let rows = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        return rows.dropFirst().flatMap { row in
            zip(rows[0].dropFirst(), row.dropFirst()).map {
                Cell(resource: resource, event: row[0], state: $0, outcome: $1)
            }
        }
    }

    @Test("have a cell for each event in each state")
    func areWhole() {
        let wanted = Lifecycles.all.reduce(0) { $0 + $1.table.events.count * $1.table.states.count }
        #expect(Self.cells.count == wanted)
        #expect(Set(Self.tables.keys) == Set(Lifecycles.all.map(\.resource)))
    }

    @Test("say what the product's words say", arguments: cells)
    func cell(_ cell: Cell) throws {
        let table = try #require(Lifecycles.all.first { $0.resource == cell.resource }).table
        #expect(table.states.contains(cell.state))
        #expect(table.next(cell.event, in: cell.state) ?? "no" == cell.outcome)
    }
}
