import Domain
import JSON
import Store
import Testing

@Suite("A purchase")
struct PurchaseTests {
    let company: Company
    let account: Record

    init() throws {
        company = try Company()
        account = try company.create("accounts", ["name": "A"])
    }

    private func won(at time: String) throws -> Record {
        let deal = try company.create(
            "deals",
            [
                "name": "D", "account_id": account.ref, "amount": ["amount": 5, "currency": "EUR"],
                "opened_at": "2026-01-01T00:00:00Z",
            ])
        return try company.act("win", deal, ["at": .string(time)])
    }

    private func purchases() -> [Record] {
        company.view.records("purchases", where: "account_id", is: .identifier(account.id))
    }

    @Test("is made by winning a deal, new or an expansion, and is taken back when the deal is reopened")
    func byDeal() throws {
        let first = try won(at: "2026-05-01T00:00:00Z")
        _ = try won(at: "2026-06-01T00:00:00Z")
        #expect(purchases().map { $0["kind"].text } == ["new", "expansion"])
        let purchase = try #require(purchases().first)
        #expect(purchase["deal_id"].reference == first.id)
        #expect(purchase["amount"].money?.amount == 5)
        #expect(purchase["occurred_at"] == first["closed_at"])
        #expect(try refusal { try company.delete(purchase) }.words.hasPrefix("a purchase that a won deal made"))
        #expect(try refusal { try company.patch(purchase, ["kind": "renewal"]) }.pointers == ["/kind"])
        try company.act("reopen", first, ["at": "2026-06-02T00:00:00Z"])
        let taken = purchases().map { $0["taken_back_at"] }
        #expect(taken == [.instant(instant("2026-06-02T00:00:00Z")), .null])
        try company.act("win", first, ["at": "2026-06-03T00:00:00Z"])
        #expect(purchases().map { $0["kind"].text } == ["new", "expansion", "expansion"])
        #expect(purchases().map { $0["taken_back_at"] } == taken + [.null])
        try company.act("reopen", first, ["at": "2026-06-04T00:00:00Z"])
        try company.delete(first)
        #expect(purchases().count == 1)
    }

    @Test("of a deal that names no account is its lead's account's, and of a lead without one the lead's")
    func buyer() throws {
        let employed = try company.create("leads", ["name": "A", "account_id": account.ref])
        let own = try company.create("leads", ["name": "B"])
        for lead in [employed, own] {
            let amount: JSON = ["amount": 100, "currency": "EUR"]
            try company.act(
                "win", try company.create("deals", ["name": "D", "lead_ids": [lead.ref], "amount": amount]))
        }
        let all = company.view.records("purchases", after: nil, limit: 10)
        let accounts: [Identifier?] = [account.id, nil]
        let leads: [Identifier?] = [nil, own.id]
        #expect(all.map { $0["account_id"].reference } == accounts)
        #expect(all.map { $0["lead_id"].reference } == leads)
    }

    @Test("is made by a deal that was loaded as won, once")
    func loaded() throws {
        try company.create(
            "deals",
            [
                "name": "D", "account_id": account.ref, "amount": ["amount": 5, "currency": "EUR"], "stage": "won",
                "closed_at": "2026-02-01T00:00:00Z",
            ])
        #expect(purchases().map { $0["occurred_at"] } == [.instant(instant("2026-02-01T00:00:00Z"))])
    }

    @Test(
        "is refused where it is wrong",
        arguments: [
            (["kind": "new", "amount": ["amount": 1, "currency": "EUR"]], ["/account_id"]),
            (["kind": "gift", "amount": ["amount": 1, "currency": "EUR"]], ["/kind"]),
            (["kind": "refund", "amount": ["amount": -1, "currency": "EUR"]], ["/account_id", "/amount"]),
            (["kind": "new"], ["/amount"]),
            (
                ["kind": "new", "amount": ["amount": 1, "currency": "EUR"], "occurred_at": "2026-08-01T00:00:00Z"],
                ["/occurred_at", "/account_id"]
            ),
            (
                [
                    "kind": "new", "amount": ["amount": 1, "currency": "EUR"],
                    "deal_id": "deal_01jd0000000000000000000000",
                ], ["/deal_id"]
            ),
        ] as [(JSON, Set<String>)])
    func refused(_ input: JSON, _ pointers: Set<String>) throws {
        #expect(Set(try refusal { try company.create("purchases", input) }.pointers).isSuperset(of: pointers))
    }
}

@Suite("An objection")
struct ObjectionTests {
    @Test("is raised, answered with a content, and answered again where that did not satisfy")
    func answered() throws {
        let company = try Company()
        let deal = try company.create("deals", ["name": "D"])
        let content = try company.create("contents", ["title": "Why it pays", "kind": "article"])
        let objection = try company.create(
            "objections", ["deal_id": deal.ref, "category": "price", "quote": "too dear"])
        #expect(objection["status"].text == "open")
        let first = try company.act(
            "answer", objection, ["answer": "look", "content_id": content.ref, "is_satisfied": false])
        #expect(first["status"].text == "answered")
        #expect(first["content_id"].reference == content.id)
        let second = try company.act("answer", objection, ["answer": "a discount", "is_satisfied": true])
        #expect(second["is_satisfied"] == .bool(true))
        #expect(second["content_id"].isNull)
        #expect(throws: Refusal.self) {
            try company.act("answer", objection, ["answer": "x", "at": "2026-06-01T00:00:00Z"])
        }
        #expect(try refusal { try company.delete(deal) }.state("referred_by")?["objections.deal_id"] == 1)
    }
}

@Suite("An inquiry")
struct InquiryTests {
    let company: Company

    init() throws { company = try Company() }

    @Test("finds who asks by the e-mail, or makes a lead of it")
    func lead() throws {
        let known = try company.create("leads", ["email": "Ada@Example.com"])
        let first = try company.create("inquiries", ["email": "ada@example.COM", "channel": "search", "text": "?"])
        #expect(first["lead_id"].reference == known.id)
        let second = try company.create(
            "inquiries", ["email": "bob@example.com", "name": "Bob", "channel": "referral", "text": "?"])
        let made = try #require(second["lead_id"].reference.flatMap { company.view.record("leads", $0) })
        #expect(made["name"].text == "Bob")
        #expect(made["source"].parts[0].text == "referral")
        #expect(try refusal { try company.create("inquiries", ["channel": "email"]) }.pointers == ["/lead_id"])
    }

    @Test("has a clock, which says once that it is overdue")
    func clock() throws {
        let inquiry = try company.create("inquiries", ["email": "a@example.com", "channel": "email"])
        #expect(inquiry["due_at"] == .instant(instant("2026-07-01T16:00:00Z")))
        #expect(try company.fire(at: "2026-07-01T16:00:00Z") == 1)
        #expect(try company.now(inquiry)["is_overdue"] == .bool(true))
        #expect(try company.fire(at: "2026-07-02T16:00:00Z") == 0)
    }

    @Test("is asked again after it was answered")
    func reopenedEarly() throws {
        let inquiry = try company.create("inquiries", ["email": "a@example.com", "channel": "email"])
        company.setTime("2026-07-02T12:00:00Z")
        try company.act("answer", inquiry, ["answer": "Yes."])
        let early: JSON = ["at": "2026-07-02T11:00:00Z"]
        let refused = try refusal { try company.act("reopen", inquiry, early) }.words
        #expect(refused.hasPrefix("an inquiry is asked again after it was answered"))
        #expect(try company.now(inquiry)["status"].text == "answered")
    }

    @Test("is answered once, which is a contact with the lead")
    func answer() throws {
        let rosa = try company.seller()
        let inquiry = try company.create(
            "inquiries", ["email": "a@example.com", "channel": "email", "owner_id": rosa.ref])
        company.setTime("2026-07-01T13:30:00Z")
        let answered = try company.act("answer", inquiry, ["answer": "Yes."])
        #expect(answered["response_minutes"] == .number(90))
        #expect(answered["status"].text == "answered")
        #expect(answered["answered_by"].reference == rosa.id)
        #expect(answered["timer_at"].isNull)
        let lead = try #require(answered["lead_id"].reference)
        let contact = try #require(company.view.records("activities", where: "lead_id", is: .identifier(lead)).first)
        #expect(Activity.isHumanContact(contact))
        #expect(try refusal { try company.act("answer", inquiry, ["answer": "No."]) }.state("status") == "answered")
        company.setTime("2026-07-03T12:00:00Z")
        let reopened = try company.act("reopen", inquiry)
        #expect(reopened["answer"].isNull)
        #expect(reopened["due_at"] == .instant(instant("2026-07-03T16:00:00Z")))
        #expect(try company.fire(at: "2026-07-03T16:00:00Z") == 1)
        #expect(try company.now(inquiry)["is_overdue"] == .bool(true))
    }
}

@Suite("A task")
struct TaskTests {
    @Test("is due, done once, and no contact; what is no task is not due")
    func task() throws {
        let company = try Company()
        let task = try company.create("activities", ["type": "task", "subject": "Call", "due_on": "2026-07-03"])
        try company.act("complete", task, ["outcome": "called"])
        #expect(try company.now(task)["completed_at"] == .instant(instant("2026-07-01T12:00:00Z")))
        #expect(try refusal { try company.act("complete", task) }.words == "the task is done already")
        let lead = try company.create("leads", ["name": "A"])
        let call = try company.create("activities", ["type": "call", "lead_id": lead.ref])
        #expect(
            try refusal { try company.act("complete", call) }.words == "only a task, or what was planned, is completed")
        let wrong: JSON = ["type": "call", "lead_id": lead.ref, "due_on": "2026-07-03"]
        #expect(try refusal { try company.create("activities", wrong) }.pointers == ["/due_on"])
    }

    @Test("or a meeting that is planned happens when it is completed, and is a contact from then on")
    func planned() throws {
        let company = try Company()
        let rosa = try company.seller()
        let lead = try company.create("leads", ["name": "A"])
        let meeting = try company.create(
            "activities",
            [
                "type": "meeting", "lead_id": lead.ref, "user_id": rosa.ref, "direction": "outbound",
                "scheduled_at": "2026-07-02T09:00:00Z",
            ])
        #expect(meeting["occurred_at"].isNull)
        #expect(Activity.contacts(with: lead.id, in: company.view).isEmpty)
        company.setTime("2026-07-02T10:00:00Z")
        let done = try company.act("complete", meeting)
        #expect(done["occurred_at"] == .instant(instant("2026-07-02T10:00:00Z")))
        #expect(Activity.contacts(with: lead.id, in: company.view).count == 1)
        #expect(throws: Refusal.self) { try company.act("complete", meeting) }
    }
}
