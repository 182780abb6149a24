import Domain
import JSON
import Store
import Testing

@Suite("A deal's leads")
struct DealsAndLeadsTests {
    let company: Company

    init() throws { company = try Company() }

    private func stage(_ lead: Record) throws -> String { try company.now(lead)["stage"].text ?? "" }

    @Test("become customers when it is won, all of them")
    func winning() throws {
        let (ada, bo) = (try company.lead(in: .sql).lead, try company.lead(in: .lead, named: "Bo").lead)
        let deal = try company.create(
            "deals",
            [
                "name": "A", "lead_ids": [ada.ref, bo.ref, ada.ref], "opened_at": "2026-03-05T00:00:00Z",
                "amount": ["amount": 1, "currency": "EUR"],
            ])
        #expect(try company.now(bo).walk == ["lead", "~mql", "~sal", "~sql", "opportunity"])
        try company.act("win", deal, ["at": "2026-03-06T00:00:00Z"])
        #expect(try company.now(ada).walk == ["lead", "mql", "sal", "sql", "opportunity", "customer"])
        #expect(try company.now(bo).walk.last == "customer")
        #expect(StageEntry.all(of: try company.now(bo)).last?.enteredAt == instant("2026-03-06T00:00:00Z"))
        // Named twice, it changes once: qualified, handed over, qualified, opened with, won.
        #expect(try company.now(ada).version == 6)
    }

    @Test("go back to sql when the last open one is lost, and not before")
    func losing() throws {
        let lead = try company.lead(in: .sql).lead
        let first = try company.deal(with: lead, at: "2026-03-05T00:00:00Z")
        let second = try company.deal(with: lead, at: "2026-03-06T00:00:00Z")
        try company.act("lose", first, ["reason": "price"])
        #expect(try stage(lead) == "opportunity")
        try company.act("lose", second, ["reason": "price"])
        #expect(try stage(lead) == "sql")
        #expect(StageEntry.all(of: try company.now(lead)).last?.reason == "its last open deal ended")
    }

    @Test("stay customers when another is lost")
    func losingOfCustomer() throws {
        let lead = try company.lead(in: .customer).lead
        let second = try company.deal(with: lead, at: "2026-04-01T00:00:00Z")
        #expect(try stage(lead) == "customer")
        try company.act("lose", second, ["reason": "price"])
        #expect(try stage(lead) == "customer")
    }

    @Test("are no customers any more when the only won one is reopened")
    func reopeningWon() throws {
        let staged = try company.lead(in: .customer)
        let deal = try #require(staged.deal)
        let reopened = try company.act("reopen", deal, ["at": "2026-04-01T00:00:00Z"])
        #expect(reopened["stage"] == .text("prospecting"))
        #expect(reopened["closed_at"].isNull)
        #expect(StageEntry.all(of: reopened).last?.reason == "reopened")
        #expect(try company.now(staged.lead).walk.suffix(2) == ["customer", "opportunity"])
        try company.act("win", deal, ["at": "2026-04-02T00:00:00Z"])
        #expect(try stage(staged.lead) == "customer")
    }

    @Test("stay customers when a won one is reopened while another won one stands")
    func reopeningOneOfTwo() throws {
        let staged = try company.lead(in: .customer)
        let second = try company.deal(with: staged.lead, at: "2026-04-01T00:00:00Z")
        try company.act("win", second)
        try company.act("reopen", second)
        #expect(try stage(staged.lead) == "customer")
        try company.act("reopen", try #require(staged.deal))
        #expect(try stage(staged.lead) == "opportunity")
    }

    @Test("are opportunities again when a lost one is reopened, in its last open stage and without its reason")
    func reopeningLost() throws {
        let lead = try company.lead(in: .sql).lead
        let deal = try company.deal(with: lead, at: "2026-03-05T00:00:00Z")
        try company.act("move", deal, ["stage": "proposal"])
        try company.act("lose", deal, ["reason": "price"])
        let reopened = try company.act("reopen", deal, ["reason": "a new budget"])
        #expect(reopened["stage"] == .text("proposal"))
        #expect(reopened["lost_reason"].isNull)
        #expect(try stage(lead) == "opportunity")
        #expect(try refusal { try company.act("reopen", deal) }.words == "only a won or lost deal is reopened")
        try company.act("lose", deal, ["reason": "price"])
        try company.act("disqualify", lead, ["reason": "bankrupt"])
        #expect(try refusal { try company.act("reopen", deal) }.state("stage") == "disqualified")
        #expect(try company.now(deal)["stage"] == .text("lost"))
    }

    @Test("come and go by a patch of an open one")
    func patching() throws {
        let (ada, bo) = (try company.lead(in: .sql).lead, try company.lead(in: .mql, named: "Bo").lead)
        let deal = try company.deal(with: ada, at: "2026-03-05T00:00:00Z")
        try company.patch(deal, ["lead_ids": [bo.ref]])
        #expect(try stage(ada) == "sql")
        #expect(try company.now(bo).walk == ["lead", "mql", "~sal", "~sql", "opportunity"])
        try company.patch(deal, ["lead_ids": nil])
        #expect(try stage(bo) == "sql")
        let out = try company.lead(in: .disqualified, named: "Cy").lead
        #expect(try refusal { try company.patch(deal, ["lead_ids": [out.ref]]) }.state("stage") == "disqualified")
    }

    @Test("are opportunities from their capture on where it was opened before")
    func openedBeforeCapture() throws {
        let lead = try company.lead(in: .lead).lead
        try company.create(
            "deals",
            [
                "name": "A", "stage": "won", "amount": ["amount": 1, "currency": "EUR"], "lead_ids": [lead.ref],
                "opened_at": "2026-02-01T00:00:00Z", "closed_at": "2026-03-06T00:00:00Z",
            ])
        let entries = StageEntry.all(of: try company.now(lead))
        #expect(try company.now(lead).walk == ["lead", "~mql", "~sal", "~sql", "opportunity", "customer"])
        #expect(entries[4].enteredAt == instant("2026-03-01T12:00:00Z"))
        #expect(entries[5].enteredAt == instant("2026-03-06T00:00:00Z"))
    }

    static let histories: [(deals: [(name: String, opened: String, closed: String?, isWon: Bool)], walk: [String])] = [
        // Two won, one after the other and one within the other.
        (
            [("a", "03-02", "03-05", true), ("b", "03-10", "03-20", true)],
            ["lead 03-01", "opportunity 03-02", "customer 03-05"]
        ),
        (
            [("a", "03-02", "03-20", true), ("b", "03-05", "03-10", true)],
            ["lead 03-01", "opportunity 03-02", "customer 03-10"]
        ),
        // Lost ones that overlap, and lie in each other: open while one is.
        (
            [("a", "03-02", "03-10", false), ("b", "03-05", "03-20", false)],
            ["lead 03-01", "opportunity 03-02", "sql 03-20"]
        ),
        (
            [("a", "03-02", "03-20", false), ("b", "03-05", "03-10", false)],
            ["lead 03-01", "opportunity 03-02", "sql 03-20"]
        ),
        // One lost, then one won, and one that is open still.
        (
            [("a", "03-02", "03-05", false), ("b", "03-04", "03-20", true), ("c", "03-08", nil, false)],
            ["lead 03-01", "opportunity 03-02", "customer 03-20"]
        ),
        (
            [("a", "03-02", "03-05", false), ("b", "03-10", "03-12", false), ("c", "03-20", nil, false)],
            ["lead 03-01", "opportunity 03-02", "sql 03-05", "opportunity 03-10", "sql 03-12", "opportunity 03-20"]
        ),
    ]

    @Test("have the same stages in whatever order their deals are told", arguments: histories)
    func anyOrder(
        _ row: (deals: [(name: String, opened: String, closed: String?, isWon: Bool)], walk: [String])
    ) throws {
        for order in Self.orders(of: row.deals.count) {
            let company = try Company()
            let lead = try company.lead(in: .lead).lead
            let account = try company.create("accounts", ["name": "A"])
            for place in order {
                let deal = row.deals[place]
                var members: [JSON.Member] = [
                    .init("name", .string(deal.name)), .init("lead_ids", [lead.ref]), .init("account_id", account.ref),
                    .init("amount", ["amount": 1, "currency": "EUR"]),
                    .init("opened_at", .string("2026-\(deal.opened)T13:00:00Z")),
                ]
                if let closed = deal.closed {
                    members.append(.init("stage", .string(deal.isWon ? "won" : "lost")))
                    members.append(.init("closed_at", .string("2026-\(closed)T13:00:00Z")))
                    if !deal.isWon { members.append(.init("lost_reason", "price")) }
                }
                try company.create("deals", .object(members))
            }
            let now = try company.now(lead)
            let walk = StageEntry.all(of: now).filter { !$0.isImplied }.map {
                "\($0.stage) \($0.enteredAt?.description.dropFirst(5).prefix(5) ?? "")"
            }
            #expect(walk == row.walk, "told \(order)")
            #expect(now["stage"].text == row.walk.last?.split(separator: " ").first.map(String.init))
            let lefts = StageEntry.all(of: now).dropLast().map(\.leftAt)
            #expect(Array(StageEntry.all(of: now).dropFirst().map(\.enteredAt)) == lefts)
            let bought = company.view.records("purchases", after: nil, limit: 10).sorted {
                ($0["occurred_at"].instant ?? instant("2026-01-01"))
                    < ($1["occurred_at"].instant ?? instant("2026-01-01"))
            }
            let kinds = bought.map { $0["kind"].text ?? "" }
            #expect(kinds == (0..<bought.count).map { $0 == 0 ? "new" : "expansion" }, "told \(order)")
        }
    }

    private static func orders(of count: Int) -> [[Int]] {
        guard count > 1 else { return [[0]] }
        return orders(of: count - 1).flatMap { order in
            (0..<count).map { place in
                var longer = order
                longer.insert(count - 1, at: place)
                return longer
            }
        }
    }

    @Test("keep what else happened to them among their deals")
    func among() throws {
        let lead = try company.lead(in: .lead).lead
        let open: JSON = [
            "name": "A", "lead_ids": [lead.ref], "stage": "lost", "lost_reason": "price",
            "opened_at": "2026-03-10T00:00:00Z", "closed_at": "2026-03-12T00:00:00Z",
        ]
        try company.act("qualify", lead, ["at": "2026-03-03T00:00:00Z"])
        try company.create("deals", open)
        try company.act("disqualify", lead, ["reason": "a student", "at": "2026-03-20T00:00:00Z"])
        // Lost before it was out; between capture and qualification.
        let earlier: JSON = [
            "name": "B", "lead_ids": [lead.ref], "stage": "lost", "lost_reason": "price",
            "opened_at": "2026-03-02T00:00:00Z", "closed_at": "2026-03-04T00:00:00Z",
        ]
        try company.create("deals", earlier)
        #expect(
            try company.now(lead).walk == [
                "lead", "~mql", "~sal", "~sql", "opportunity", "sql", "opportunity", "sql", "disqualified",
            ])
        #expect(StageEntry.all(of: try company.now(lead)).last?.reason == "a student")
        // One that is open still cannot be with who is out.
        let still: JSON = ["name": "C", "lead_ids": [lead.ref], "opened_at": "2026-03-05T00:00:00Z"]
        #expect(try refusal { try company.create("deals", still) }.state("stage") == "disqualified")
    }

    @Test("went out and back to the start among their deals as they did")
    func backAmong() throws {
        let lead = try company.lead(in: .lead).lead
        try company.act("qualify", lead, ["at": "2026-03-03T00:00:00Z"])
        try company.act("disqualify", lead, ["reason": "a student", "at": "2026-03-08T00:00:00Z"])
        try company.act("recycle", lead, ["reason": "graduated", "at": "2026-03-09T00:00:00Z"])
        try company.act("qualify", lead, ["at": "2026-03-15T00:00:00Z"])
        for (opened, closed) in [("04", "05"), ("10", "12")] {
            try company.create(
                "deals",
                [
                    "name": "B", "lead_ids": [lead.ref], "stage": "lost", "lost_reason": "price",
                    "opened_at": .string("2026-03-\(opened)T00:00:00Z"),
                    "closed_at": .string("2026-03-\(closed)T00:00:00Z"),
                ])
        }
        let walk = try company.now(lead).walk
        #expect(
            walk == [
                "lead", "mql", "~sal", "~sql", "opportunity", "sql", "disqualified", "lead", "~mql", "~sal", "~sql",
                "opportunity", "sql",
            ])
    }

    @Test("are won and lost among what is known, by an action too")
    func actions() throws {
        let lead = try company.lead(in: .sql).lead
        let (first, second) = (
            try company.deal(with: lead, at: "2026-03-05T00:00:00Z"),
            try company.deal(with: lead, at: "2026-03-06T00:00:00Z")
        )
        try company.act("win", first, ["at": "2026-03-20T00:00:00Z", "amount": ["amount": 1, "currency": "EUR"]])
        try company.act("win", second, ["at": "2026-03-10T00:00:00Z", "amount": ["amount": 1, "currency": "EUR"]])
        #expect(StageEntry.all(of: try company.now(lead)).last?.enteredAt == instant("2026-03-10T00:00:00Z"))
    }

    @Test("are what they were when it is made lost")
    func madeLost() throws {
        let lead = try company.lead(in: .lead).lead
        try company.create(
            "deals",
            [
                "name": "A", "stage": "lost", "lost_reason": "price", "lead_ids": [lead.ref],
                "opened_at": "2026-03-05T00:00:00Z", "closed_at": "2026-03-06T00:00:00Z",
            ])
        #expect(try company.now(lead).walk == ["lead", "~mql", "~sal", "~sql", "opportunity", "sql"])
    }
}
