import Domain
import JSON
import Store
import Testing

@Suite("The table of roles and what they may do")
struct GrantsTests {
    struct Cell: Sendable, CustomTestStringConvertible {
        let what: String
        let role: Role
        let extent: String
        var testDescription: String { "\(role.rawValue) \(what): \(extent)" }
    }

    /// Written from the product's words: `any` record, `own` ones, `early` leads that sales has not taken, `no`.
    ///
    /// A name alone is to make, change and delete; behind a point is an action.
    static let table = """
        what               representative account sales marketing digital creative
        users              no             no      no    no        no      no
        teams              no             no      no    no        no      no
        campaigns          no             no      no    any       own     no
        touches            no             no      no    any       any     no
        leads              own            own     any   any       early   no
        leads.qualify      own            own     any   any       early   no
        leads.disqualify   own            own     any   any       early   no
        leads.recycle      own            own     any   any       early   no
        leads.assign       no             no      any   any       no      no
        leads.adjust-score own            own     any   any       early   no
        observations       no             no      no    any       any     no
        segments           no             no      no    any       no      no
        scoring_rules      no             no      no    any       no      no
        nurtures           no             no      no    any       any     no
        nurtures.enroll    no             no      no    any       any     no
        enrolments         no             no      no    any       any     no
        enrolments.exit    no             no      no    any       any     no
        settings           no             no      any   any       no      no
        leads.merge        own            own     any   any       no      no
        accounts.merge     no             own     any   any       no      no
        merges             no             no      no    no        no      no
        merges.unmerge     no             no      any   any       no      no
        insights           any            any     any   any       any     no
        insights.triage    no             no      no    any       any     no
        insights.apply     no             no      no    any       any     no
        insights.dismiss   no             no      no    any       any     no
        goals              no             no      any   any       no      no
        exchange_rates     no             no      any   any       no      no
        touches.deliver    no             no      no    any       any     no
        leads.handoff      no             no      no    any       any     no
        handoffs           no             no      any   any       any     no
        handoffs.accept    own            own     any   no        no      no
        handoffs.reject    own            own     any   no        no      no
        accounts           own            own     any   any       no      no
        activities         own            own     any   no        no      no
        agreements         no             no      any   any       no      no
        agreements.sign    no             no      any   any       no      no
        routing_rules      no             no      any   no        no      no
        calendars          no             no      any   any       no      no
        pipelines          no             no      any   no        no      no
        products           no             no      any   any       no      no
        offers             own            own     any   no        no      no
        offers.accept      own            own     any   no        no      no
        offers.decline     own            own     any   no        no      no
        offers.withdraw    own            own     any   no        no      no
        offers.approve     no             no      any   no        no      no
        offers.refuse      no             no      any   no        no      no
        objections         own            own     any   no        no      no
        objections.answer  own            own     any   no        no      no
        purchases          no             own     any   no        no      no
        contents           no             no      no    any       no      any
        inquiries          own            own     any   any       any     no
        inquiries.answer   own            own     any   any       any     no
        inquiries.reopen   own            own     any   any       any     no
        activities.complete own           own     any   no        no      no
        deals              own            own     any   no        no      no
        deals.move         own            own     any   no        no      no
        deals.win          own            own     any   no        no      no
        deals.lose         own            own     any   no        no      no
        deals.reopen       no             no      any   no        no      no
        """

    static let columns: [String: Role] = [
        "representative": .salesRepresentative, "account": .accountManager, "sales": .salesManager,
        "marketing": .marketingManager, "digital": .digitalMarketer, "creative": .creative,
    ]

    static let cells: [Cell] = {
        let rows = table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let roles = rows[0].dropFirst().compactMap { columns[$0] }
        return rows.dropFirst().flatMap { row in
            zip(roles, row.dropFirst()).map { Cell(what: row[0], role: $0, extent: $1) }
        }
    }()

    @Test("has a row for each resource and action, and a column for each role with a department")
    func isWhole() {
        let rows = Set(Self.cells.map(\.what))
        #expect(rows == Set(Resources.all.map { $0.schema.name } + Action.all.map { "\($0.resource).\($0.name)" }))
        #expect(Set(Self.cells.map(\.role)) == Set(Role.allCases).subtracting([.service, .admin]))
    }

    @Test("says what the product's words say", arguments: cells)
    func cell(_ cell: Cell) throws {
        let parts = cell.what.split(separator: ".")
        let grants =
            parts.count == 1
            ? try #require(Resources.all.first { $0.schema.name == cell.what }).writers
            : try #require(Action.all.first { $0.resource == parts[0] && $0.name == parts[1] }).grants
        let company = try Company()
        let early = try company.lead(in: .mql).lead
        let late = try company.now(try company.lead(in: .sal, named: "Lea").lead)
        let allowed = [(false, early), (true, early), (false, late), (true, late)].map {
            grants.allow(cell.role, isOwn: $0.0, $0.1)
        }
        switch cell.extent {
        case "any": #expect(allowed == [true, true, true, true])
        case "own": #expect(allowed == [false, true, false, true])
        case "early": #expect(allowed == [true, true, false, false])
        default: #expect(allowed == [false, false, false, false])
        }
        #expect(grants.allow(.admin, isOwn: false, nil))
        #expect(!grants.allow(.service, isOwn: true, early))
    }
}
