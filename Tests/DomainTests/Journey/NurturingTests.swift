import Domain
import JSON
import Store
import TestSupport
import Testing

@Suite("A nurture")
struct NurturingTests {
    let company: Company
    let content: Record

    /// It is noon of the first of July 2026.
    init() throws {
        company = try Company()
        content = try company.create("contents", ["title": "Why", "kind": "article", "status": "published"])
    }

    private func nurture(_ steps: JSON, _ more: [JSON.Member] = []) throws -> Record {
        try company.create(
            "nurtures",
            .object([.init("name", "N"), .init("status", "active"), .init("steps", steps)] + more))
    }

    private func lead(_ email: String = "granted", _ more: [JSON.Member] = []) throws -> Record {
        try company.create(
            "leads", .object([.init("name", "Ada"), .init("consent", ["email": .string(email)])] + more))
    }

    private func sent(_ lead: Record) -> [String] {
        company.view.records("touches", where: "lead_id", is: .identifier(lead.id)).compactMap {
            $0["occurred_at"].instant?.description
        }
    }

    private func status(_ enrolment: Record) throws -> String {
        let now = try company.now(enrolment)
        return [now["status"].text, now["exit_reason"].text].compactMap { $0 }.joined(separator: " ")
    }

    private var send: JSON { ["kind": "send", "content_id": content.ref, "subject": "Hello"] }
    private var wait: JSON { ["kind": "wait", "hours": 24] }

    @Test("sends and waits by the clock, each step once, also over a restart, and ends")
    func steps() throws {
        let ledger = MemoryLedger()
        let first = try Company(ledger)
        let content = try first.create("contents", ["title": "Why", "kind": "article"])
        let send: JSON = ["kind": "send", "content_id": content.ref]
        let nurture = try first.create(
            "nurtures", ["name": "N", "status": "active", "steps": .array([send, wait, send, wait])])
        let lead = try first.create("leads", ["name": "Ada", "consent": ["email": "granted"]])
        let enrolment = try first.act("enroll", nurture, ["lead_id": lead.ref])
        #expect(try first.fire(at: "2026-07-01T12:00:00Z") == 1)
        #expect(try first.fire(at: "2026-07-02T11:59:59Z") == 0)
        let second = try Company(ledger, at: "2026-07-02T12:00:00Z")
        func sent() -> [Record] { second.view.records("touches", where: "lead_id", is: .identifier(lead.id)) }
        #expect(sent().count == 1)
        try second.fire(at: "2026-07-02T12:00:00Z")
        #expect(sent().count == 2)
        #expect(sent().allSatisfy { $0["type"].text == "email_sent" && $0["content_id"].reference == content.id })
        try second.fire(at: "2026-07-03T12:00:00Z")
        #expect(try second.now(enrolment)["status"].text == "completed")
        #expect(try second.fire(at: "2026-07-09T12:00:00Z") == 0)
        #expect(sent().count == 2)
    }

    @Test("branches on what holds then")
    func branches() throws {
        let steps: JSON = [
            ["kind": "branch", "filter": "tags=vip", "then": 3, "otherwise": 2], ["kind": "exit"], send,
        ]
        let nurture = try nurture(steps)
        let leads = [try lead("granted", [.init("tags", ["vip"])]), try lead()]
        let enrolments = try leads.map { try company.act("enroll", nurture, ["lead_id": $0.ref]) }
        try company.fire(at: "2026-07-01T12:00:00Z")
        #expect(try enrolments.map(status) == ["completed", "exited step"])
        #expect(leads.map { sent($0).count } == [1, 0])
    }

    @Test(
        "that goes in a circle holds nobody up, and goes round once a minute",
        arguments: [
            [["kind": "branch", "filter": "", "then": 1]],
            [["kind": "wait", "hours": 0], ["kind": "branch", "filter": "", "then": 1]],
        ] as [JSON])
    func circle(steps: JSON) throws {
        let nurture = try nurture(steps)
        let enrolment = try company.act("enroll", nurture, ["lead_id": try lead().ref])
        #expect(try company.fire(at: "2026-07-01T12:00:00Z") == 1)
        #expect(try status(enrolment) == "active")
        #expect(try company.now(enrolment)["timer_at"].instant == instant("2026-07-01T12:01:00Z"))
    }

    @Test(
        "sends only where the person allows it",
        arguments: [
            ("granted", "completed"), ("unknown", "exited no_consent"), ("denied", "exited unsubscribed"),
        ])
    func consent(_ email: String, _ outcome: String) throws {
        let enrolment = try company.act("enroll", try nurture([send]), ["lead_id": try lead(email).ref])
        try company.fire(at: "2026-07-01T12:00:00Z")
        #expect(try status(enrolment) == outcome)
    }

    @Test(
        "ends for who is qualified, handed over or unsubscribed meanwhile",
        arguments: [
            "qualified", "handed_over", "disqualified", "unsubscribed",
        ])
    func exits(_ reason: String) throws {
        let lead = try lead()
        let enrolment = try company.act("enroll", try nurture([wait, send]), ["lead_id": lead.ref])
        try company.fire(at: "2026-07-01T12:00:00Z")
        switch reason {
        case "qualified": try company.act("qualify", lead)
        case "handed_over":
            try company.act("qualify", lead)
            try company.act("handoff", lead, ["to": try company.seller().ref, "due_at": "2026-08-01T00:00:00Z"])
        case "disqualified": try company.act("disqualify", lead, ["reason": "x"])
        default:
            try company.create("touches", ["lead_id": lead.ref, "type": "email_unsubscribe", "channel": "email"])
        }
        let expected = reason == "handed_over" ? "qualified" : reason
        #expect(try status(enrolment) == "exited \(expected)", "at once, and not when its wait is over")
        try company.fire(at: "2026-07-02T12:00:00Z")
        #expect(company.view.records("touches", where: "type", isOf: "email_sent").isEmpty)
    }

    @Test("has members of its segment enter by themselves, those there and those to come, once in their life")
    func segment() throws {
        let segment = try company.create("segments", ["name": "VIP", "filter": "tags=vip"])
        let old = try lead("granted", [.init("tags", ["vip"])])
        let other = try lead()
        let nurture = try nurture([send], [.init("segment_id", segment.ref)])
        try company.fire(at: "2026-07-01T12:00:00Z")
        try company.fire(at: "2026-07-01T12:00:01Z")
        #expect(sent(old).count == 1)
        #expect(sent(other).isEmpty)
        let new = try lead("granted", [.init("tags", ["vip"])])
        try company.patch(other, ["tags": ["vip"]])
        try company.fire(at: "2026-07-01T12:00:02Z")
        #expect([old, new, other].map { sent($0).count } == [1, 1, 1])
        try company.patch(old, ["title": "CEO"])
        try company.fire(at: "2026-07-01T12:00:03Z")
        #expect(sent(old).count == 1)
        try company.patch(nurture, ["status": "archived"])
        let late = try lead("granted", [.init("tags", ["vip"])])
        try company.fire(at: "2026-07-01T12:00:04Z")
        #expect(sent(late).isEmpty)
    }

    @Test("that is paused goes on where it was")
    func paused() throws {
        let nurture = try nurture([wait, send])
        let lead = try lead()
        try company.act("enroll", nurture, ["lead_id": lead.ref])
        try company.fire(at: "2026-07-01T12:00:00Z")
        try company.patch(nurture, ["status": "paused"])
        try company.fire(at: "2026-07-02T12:00:00Z")
        #expect(sent(lead).isEmpty)
        try company.patch(nurture, ["status": "active"])
        try company.fire(at: "2026-07-02T13:00:00Z")
        #expect(sent(lead).count == 1)
        let other = try self.lead()
        let enrolment = try company.act("enroll", nurture, ["lead_id": other.ref])
        try company.patch(nurture, ["status": "archived"])
        try company.fire(at: "2026-07-02T13:00:01Z")
        #expect(try status(enrolment) == "exited archived")
    }

    @Test("takes a lead once at a time, while it is active, and one that is recycled")
    func entering() throws {
        let nurture = try nurture([wait])
        let lead = try lead()
        let enrolment = try company.act("enroll", nurture, ["lead_id": lead.ref])
        #expect(try refusal { try company.act("enroll", nurture, ["lead_id": lead.ref]) }.state("id") == enrolment.ref)
        try company.act("exit", enrolment)
        #expect(try status(enrolment) == "exited by_hand")
        try company.act("qualify", lead)
        try company.act("recycle", lead, ["reason": "later", "nurture_id": nurture.ref])
        #expect(company.view.records("enrolments", where: "lead_id", is: .identifier(lead.id)).count == 2)
        try company.patch(nurture, ["status": "paused"])
        #expect(throws: Refusal.self) { try company.act("enroll", nurture, ["lead_id": try self.lead().ref]) }
    }

    @Test(
        "is refused where a step is wrong",
        arguments: [
            ([], ["/steps"]), ([["kind": "wait"]], ["/steps/0/hours"]), ([["kind": "send"]], ["/steps/0/content_id"]),
            ([["kind": "branch"]], ["/steps/0/filter"]), ([["kind": "branch", "filter": "x=1"]], ["/steps/0/filter"]),
            ([["kind": "branch", "filter": "tags=a", "then": 2]], ["/steps/0/then"]),
            ([["kind": "jump"]], ["/steps/0/kind"]),
        ] as [(JSON, [String])])
    func refused(_ steps: JSON, _ pointers: [String]) throws {
        #expect(try refusal { _ = try nurture(steps) }.pointers == pointers)
    }
}

extension View {
    /// The records of which a field without an index has a value.
    fileprivate func records(_ resource: String, where field: String, isOf value: String) -> [Record] {
        var found: [Record] = []
        forEach(resource) { if $0[field].text == value { found.append($0) } }
        return found
    }
}
