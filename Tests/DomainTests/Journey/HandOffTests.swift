import Domain
import JSON
import Store
import Testing

@Suite("A hand-off")
struct HandOffTests {
    let company: Company
    let rosa: Record

    init() throws {
        company = try Company()
        rosa = try company.seller()
    }

    /// A lead that is mql since noon of the second of March, handed over an hour later.
    private func pending() throws -> (lead: Record, handOff: Record) {
        let lead = try company.lead(in: .mql).lead
        return (lead, try company.act("handoff", lead, ["to": rosa.ref, "at": "2026-03-02T13:00:00Z"]))
    }

    @Test("needs a lead that is mql", arguments: Stage.allCases)
    func stage(_ stage: Stage) throws {
        let lead = try company.lead(in: stage).lead
        if stage == .mql {
            #expect(try company.act("handoff", lead, ["to": rosa.ref])["status"] == .text("pending"))
            #expect(try company.now(lead)["stage"] == .text("mql"))
        } else {
            let no = try refusal { try company.act("handoff", lead, ["to": rosa.ref]) }
            #expect(no.words == "a hand-off needs a lead that is mql")
            let posted = try refusal { try company.create("handoffs", ["lead_id": lead.ref, "to": rosa.ref]) }
            #expect(posted.state("stage") == .string(stage.rawValue))
        }
    }

    @Test("offers no step that the clock alone takes")
    func offered() throws {
        let lead = try company.lead(in: .mql).lead
        let handOff = try company.act("handoff", lead, ["to": rosa.ref])
        try company.act("accept", handOff)
        let no = try refusal { try company.act("reject", handOff, ["reason": "no budget"]) }
        #expect(no.words == "a hand-off that is accepted has no reject")
    }

    @Test("goes to somebody of sales", arguments: Role.allCases.filter { $0 != .service })
    func taker(_ role: Role) throws {
        let lead = try company.lead(in: .mql).lead
        let user = try company.create("users", ["name": "U", "role": .string(role.rawValue)])
        if [.salesRepresentative, .accountManager, .salesManager, .admin].contains(role) {
            #expect(try company.act("handoff", lead, ["to": user.ref])["to"].reference == user.id)
        } else {
            #expect(try refusal { try company.act("handoff", lead, ["to": user.ref]) }.pointers == ["/to"])
            #expect(
                try refusal { try company.create("handoffs", ["lead_id": lead.ref, "to": user.ref]) }.pointers == [
                    "/to"
                ])
        }
    }

    @Test("is one at a time")
    func one() throws {
        let (lead, handOff) = try pending()
        let no = try refusal { try company.act("handoff", lead, ["to": rosa.ref]) }
        #expect(no.state("id") == handOff.ref)
        try company.act("reject", handOff, ["reason": "no phone number"])
        #expect(try company.act("handoff", lead, ["to": rosa.ref])["status"] == .text("pending"))
    }

    @Test("that waits is not passed over by disqualifying, recycling or a deal")
    func notPassedOver() throws {
        let (lead, handOff) = try pending()
        let seq = company.view.seq
        let other = try company.deal(with: company.lead(in: .lead, named: "Bo").lead, at: "2026-03-05T12:00:00Z")
        let ways: [() throws -> Void] = [
            { try company.act("disqualify", lead, ["reason": "x"]) },
            { try company.act("recycle", lead, ["reason": "x"]) },
            { _ = try company.deal(with: lead, at: "2026-03-05T12:00:00Z") },
            { try company.create("deals", Self.won(with: lead)) },
            { try company.patch(other, ["lead_ids": [lead.ref]]) },
        ]
        for way in ways { #expect(try refusal(way).state("id") == handOff.ref) }
        #expect(company.view.seq == seq + 2)
        #expect(try company.now(lead)["stage"] == .text("mql"))
    }

    private static func won(with lead: Record) -> JSON {
        ["name": "A", "lead_ids": [lead.ref], "stage": "won", "amount": ["amount": 1, "currency": "EUR"]]
    }

    @Test("that is accepted makes the lead sal and its taker the owner")
    func accepted() throws {
        let (lead, handOff) = try pending()
        let answered = try company.act("accept", handOff, ["at": "2026-03-02T14:00:00Z"])
        #expect(answered["status"] == .text("accepted"))
        #expect(answered["answered_at"] == .instant(instant("2026-03-02T14:00:00Z")))
        let now = try company.now(lead)
        #expect(now["stage"] == .text("sal"))
        #expect(now["owner_id"] == .reference(rosa.id))
    }

    @Test("that is rejected says why, and leaves the lead mql")
    func rejected() throws {
        let (lead, handOff) = try pending()
        let answered = try company.act(
            "reject", handOff, ["reason": "wrong region", "reason_class": "clerical", "at": "2026-03-02T14:00:00Z"])
        #expect(answered["status"] == .text("rejected"))
        #expect(answered["reason"] == .text("wrong region"))
        #expect(answered["reason_class"] == .text("clerical"))
        #expect(try company.now(lead)["stage"] == .text("mql"))
        #expect(try company.now(lead).version == 2)
    }

    @Test("is not rejected in silence", arguments: LifecycleTests.emptyReasons)
    func reason(_ input: JSON) throws {
        let (_, handOff) = try pending()
        #expect(try refusal { try company.act("reject", handOff, input) }.pointers == ["/reason"])
    }

    static let answers: [(action: String, input: JSON)] = [("accept", [:]), ("reject", ["reason": "x"])]

    @Test("is answered once", arguments: answers, answers)
    func once(_ first: (action: String, input: JSON), _ second: (action: String, input: JSON)) throws {
        let (_, handOff) = try pending()
        try company.act(first.action, handOff, first.input)
        let no = try refusal { try company.act(second.action, handOff, second.input) }
        #expect(no.words.hasPrefix("a hand-off that is \(first.action)ed has no \(second.action)"))
    }

    static let times: [(at: String, isRefused: Bool)] = [
        ("2026-03-02T12:59:59.999Z", true), ("2026-03-02T13:00:00Z", false), ("2026-07-01T12:00:00Z", false),
        ("2026-07-01T12:00:00.001Z", true),
    ]

    @Test("is answered after it was given, and not in the future", arguments: times)
    func order(_ row: (at: String, isRefused: Bool)) throws {
        let (lead, handOff) = try pending()
        guard row.isRefused else {
            try company.act("accept", handOff, ["at": .string(row.at)])
            return
        }
        _ = try refusal { try company.act("accept", handOff, ["at": .string(row.at)]) }
        #expect(try company.now(handOff).encoded == handOff.encoded)
        #expect(try company.now(lead)["stage"] == .text("mql"))
    }

    @Test("is given after the lead became mql, and not in the future")
    func given() throws {
        let lead = try company.lead(in: .mql).lead
        for at in ["2026-03-02T11:59:59.999Z", "2026-07-01T12:00:00.001Z"] {
            _ = try refusal { try company.act("handoff", lead, ["to": rosa.ref, "at": .string(at)]) }
        }
        try company.act("handoff", lead, ["to": rosa.ref, "at": "2026-03-02T12:00:00Z"])
    }

    @Test("is due a day later where not said, and never before it was given")
    func due() throws {
        let (_, handOff) = try pending()
        #expect(handOff["due_at"] == .instant(instant("2026-03-03T13:00:00Z")))
        #expect(try refusal { try company.patch(handOff, ["due_at": "2026-03-02T12:59:59Z"]) }.pointers == ["/due_at"])
        let moved = try company.patch(handOff, ["due_at": "2026-03-02T13:00:00Z"])
        #expect(moved["due_at"] == .instant(instant("2026-03-02T13:00:00Z")))
        let back = try company.patch(handOff, ["due_at": nil])
        #expect(back["due_at"] == .instant(instant("2026-03-03T13:00:00Z")))
        let lead = try company.lead(in: .mql, named: "Bo").lead
        let input: JSON = ["to": rosa.ref, "at": "2026-03-02T13:00:00Z", "due_at": "2026-03-02T12:59:59Z"]
        #expect(try refusal { try company.act("handoff", lead, input) }.pointers == ["/due_at"])
    }

    @Test("that was answered keeps its due time and is not deleted; one that waits can be")
    func settled() throws {
        let (lead, handOff) = try pending()
        try company.act("accept", handOff)
        #expect(
            try refusal { try company.patch(handOff, ["due_at": "2026-03-09T13:00:00Z"]) }.state("status") == "accepted"
        )
        #expect(try refusal { try company.delete(handOff) }.state("status") == "accepted")
        #expect(try company.patch(handOff, ["note": "called back"]).version == 3)
        try company.act("recycle", lead, ["reason": "later"])
        try company.act("qualify", lead)
        try company.delete(company.act("handoff", lead, ["to": rosa.ref]))
        #expect(try company.act("handoff", lead, ["to": rosa.ref])["status"] == .text("pending"))
    }

    @Test("comes from the lead's owner where not said")
    func from() throws {
        let lead = try company.patch(company.lead(in: .mql).lead, ["owner_id": rosa.ref])
        #expect(try company.act("handoff", lead, ["to": rosa.ref])["from"] == .reference(rosa.id))
    }
}
