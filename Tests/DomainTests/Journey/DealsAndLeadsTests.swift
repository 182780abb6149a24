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

    @Test("were captured before it was opened, and are refused by what is out of order")
    func order() throws {
        let lead = try company.lead(in: .lead).lead
        _ = try refusal { _ = try company.deal(with: lead, at: "2026-03-01T11:59:59.999Z") }
        #expect(try stage(lead) == "lead")
        _ = try company.deal(with: lead, at: "2026-03-01T12:00:00Z")
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
