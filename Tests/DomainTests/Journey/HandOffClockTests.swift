import Domain
import JSON
import Store
import TestSupport
import Testing

@Suite("The clocks of a hand-off")
struct HandOffClockTests {
    let company: Company
    let rosa: Record
    let kurt: Record
    let chief: Record

    /// Office hours in Berlin, an agreement of an hour to answer, two to be in contact, and an hour more before it goes
    /// to somebody else. It is Wednesday, the first of July 2026, eleven o'clock there.
    init() throws {
        let company = try Company(at: "2026-07-01T09:00:00Z")
        self.company = company
        chief = try company.create("users", ["name": "Chief", "role": "sales_manager"])
        let team = try company.create("teams", ["name": "North", "department": "sales", "manager_id": chief.ref])
        let users = try ["Rosa", "Kurt"].map { name in
            try company.create(
                "users", ["name": .string(name), "role": "sales_representative", "team_id": team.ref])
        }
        (rosa, kurt) = (users[0], users[1])
        let hours = ["monday", "tuesday", "wednesday", "thursday", "friday"].map {
            JSON.object([.init("weekday", .string($0)), .init("from", "09:00"), .init("to", "17:00")])
        }
        let calendar = try company.create(
            "calendars", ["name": "Office", "time_zone": "Europe/Berlin", "hours": .array(hours)])
        let agreement = try company.create(
            "agreements",
            [
                "name": "A", "effective_from": "2026-01-01", "calendar_id": calendar.ref,
                "sales": ["answer_within_minutes": 60, "contact_within_minutes": 120, "reroute_after_minutes": 60],
            ])
        for department in ["sales", "marketing"] {
            try company.act("sign", agreement, ["department": .string(department)])
        }
        try company.create(
            "routing_rules",
            ["name": "All", "method": "round_robin", "user_ids": [rosa.ref, kurt.ref]])
        // The agreement is in force.
        try company.fire(at: "2026-07-01T09:00:00Z")
    }

    private func pending(_ input: JSON = [:]) throws -> (lead: Record, handOff: Record) {
        let lead = try company.lead(in: .mql).lead
        var members = input.members ?? []
        if input["to"] == nil { members.append(.init("to", rosa.ref)) }
        return (lead, try company.act("handoff", lead, .object(members)))
    }

    private func status(_ handOff: Record) throws -> String { try company.now(handOff)["status"].text ?? "" }

    static let due: [(at: String, due: String, why: String)] = [
        ("2026-06-30T10:00:00Z", "2026-06-30T11:00:00Z", "within hours"),
        ("2026-06-30T14:30:00Z", "2026-07-01T07:30:00Z", "over the evening"),
        ("2026-06-26T14:30:00Z", "2026-06-29T07:30:00Z", "over the weekend"),
        ("2026-06-28T12:00:00Z", "2026-06-29T08:00:00Z", "on a Sunday"),
    ]

    @Test("run by the agreement's calendar", arguments: due)
    func byCalendar(_ row: (at: String, due: String, why: String)) throws {
        let (_, handOff) = try pending(["at": .string(row.at)])
        #expect(handOff["due_at"] == .instant(instant(row.due)), "\(row.why)")
        #expect(!handOff["agreement_id"].isNull)
    }

    @Test("do not run on what was over when it was recorded")
    func history() throws {
        let (_, handOff) = try pending(["at": "2026-06-29T10:00:00Z"])
        #expect(handOff["timer_at"].isNull)
        #expect(try company.fire(at: "2026-07-10T09:00:00Z") == 0)
        #expect(try status(handOff) == "pending")
    }

    @Test("tell the manager once when an answer is late, then give the lead to somebody else")
    func late() throws {
        let (lead, handOff) = try pending()
        #expect(try company.fire(at: "2026-07-01T09:59:59Z") == 0)
        #expect(try company.fire(at: "2026-07-01T10:00:00Z") == 1)
        let overdue = try company.now(handOff)
        #expect(overdue["status"].text == "overdue")
        #expect(overdue["escalated_to"].reference == chief.id)
        #expect(overdue["escalated_at"] == .instant(instant("2026-07-01T10:00:00Z")))
        #expect(try company.fire(at: "2026-07-01T10:30:00Z") == 0)
        #expect(try company.fire(at: "2026-07-01T11:00:00Z") == 1)
        #expect(try status(handOff) == "rerouted")
        let next = try #require(company.view.records("handoffs", where: "lead_id", is: .identifier(lead.id)).last)
        #expect(next["to"].reference == kurt.id)
        #expect(next["previous_id"].reference == handOff.id)
        #expect(next["due_at"] == .instant(instant("2026-07-01T12:00:00Z")))
        // Nobody is left after Kurt: it stays with him, overdue.
        try company.fire(at: "2026-07-01T12:00:00Z")
        try company.fire(at: "2026-07-01T13:00:00Z")
        #expect(try status(next) == "overdue")
        try company.act("accept", next)
        #expect(try company.now(lead)["owner_id"].reference == kurt.id)
    }

    @Test("look again for somebody else where nobody was free, each time as long again as it has been late")
    func nobodyFree() throws {
        let rule = try #require(company.view.records("routing_rules", after: nil, limit: 1).first)
        try company.patch(rule, ["user_ids": [rosa.ref]])
        let (_, handOff) = try pending()
        for (time, count) in [("10:00", 1), ("11:00", 1), ("11:59", 0), ("12:00", 1), ("13:59", 0), ("14:00", 1)] {
            #expect(try company.fire(at: "2026-07-01T\(time):00Z") == count, "\(time)")
        }
        #expect(try status(handOff) == "overdue")
        try company.patch(rule, ["user_ids": [rosa.ref, kurt.ref]])
        #expect(try company.fire(at: "2026-07-01T18:00:00Z") == 1)
        #expect(try status(handOff) == "rerouted")
    }

    @Test("stop when it is answered, also late")
    func answered() throws {
        let (_, handOff) = try pending()
        try company.fire(at: "2026-07-01T10:00:00Z")
        try company.act("reject", handOff, ["reason": "no phone number", "reason_code": "missing_information"])
        let rejected = try company.now(handOff)
        #expect(rejected["status"].text == "rejected")
        #expect(rejected["reason_class"].text == "clerical")
        #expect(try company.fire(at: "2026-07-09T10:00:00Z") == 0)
    }

    @Test("give a lead back that was accepted and never contacted")
    func returned() throws {
        let (lead, handOff) = try pending(["from": chief.ref])
        try company.act("accept", handOff)
        #expect(try company.now(handOff)["contact_due_at"] == .instant(instant("2026-07-01T11:00:00Z")))
        // Neither a note, nor what a machine sent, nor what came in is a contact.
        for input in [
            ["type": "note", "user_id": rosa.ref, "direction": "outbound"],
            ["type": "email", "user_id": rosa.ref, "direction": "outbound", "automatic": true],
            ["type": "call", "user_id": rosa.ref, "direction": "inbound"], ["type": "call", "direction": "outbound"],
        ] as [JSON] {
            try company.create("activities", .object((input.members ?? []) + [.init("lead_id", lead.ref)]))
        }
        #expect(try company.fire(at: "2026-07-01T11:00:00Z") == 1)
        #expect(try status(handOff) == "returned")
        let now = try company.now(lead)
        #expect(now["stage"].text == "mql")
        #expect(now["owner_id"].reference == chief.id)
        #expect(now.walk.last == "mql")
        #expect(try company.act("handoff", now, ["to": kurt.ref])["status"].text == "pending")
    }

    @Test("stop at the first contact by a human, and run on when that is taken back")
    func contacted() throws {
        let (lead, handOff) = try pending()
        try company.act("accept", handOff)
        let call = try company.create(
            "activities",
            ["lead_id": lead.ref, "type": "call", "direction": "outbound", "user_id": rosa.ref])
        #expect(try company.now(handOff)["first_contact_at"] == call["occurred_at"])
        #expect(try company.now(handOff)["timer_at"].isNull)
        try company.delete(call)
        #expect(try company.now(handOff)["first_contact_at"].isNull)
        #expect(try company.now(handOff)["timer_at"] == .instant(instant("2026-07-01T11:00:00Z")))
        #expect(try company.fire(at: "2026-07-01T11:00:00Z") == 1)
        #expect(try status(handOff) == "returned")
    }

    @Test("give a lead back whose only contact was none after all, also after its time, but none of history")
    func takenAwayLate() throws {
        let (lead, handOff) = try pending()
        try company.act("accept", handOff)
        func call(_ lead: Record, at time: String) throws -> Record {
            try company.create(
                "activities",
                [
                    "type": "call", "direction": "outbound", "user_id": rosa.ref, "lead_id": lead.ref,
                    "occurred_at": .string(time),
                ])
        }
        let contact = try call(lead, at: "2026-07-01T09:00:00Z")
        #expect(try company.fire(at: "2026-07-01T11:00:00Z") == 0)
        company.setTime("2026-07-01T12:00:00Z")
        try company.patch(contact, ["automatic": true])
        #expect(try company.fire(at: "2026-07-01T12:00:00Z") == 1)
        #expect(try status(handOff) == "returned")
        let (other, old) = try pending(["at": "2026-06-29T10:00:00Z"])
        try company.act("accept", old, ["at": "2026-06-29T10:30:00Z"])
        try company.delete(try call(other, at: "2026-06-29T11:00:00Z"))
        #expect(try company.now(old)["timer_at"].isNull)
    }

    @Test("tell of each hand-off when a human was first in contact after it")
    func contactOfEarlier() throws {
        let lead = try company.lead(in: .mql).lead
        let first = try company.act("handoff", lead, ["to": rosa.ref, "at": "2026-06-01T10:00:00Z"])
        try company.act("accept", first, ["at": "2026-06-01T11:00:00Z"])
        try company.act("recycle", lead, ["reason": "later", "at": "2026-06-10T10:00:00Z"])
        try company.act("qualify", lead, ["stage": "mql", "at": "2026-06-15T10:00:00Z"])
        let second = try company.act("handoff", lead, ["to": rosa.ref, "at": "2026-06-20T10:00:00Z"])
        try company.act("accept", second, ["at": "2026-06-20T11:00:00Z"])
        try company.create(
            "activities",
            [
                "type": "call", "direction": "outbound", "user_id": rosa.ref, "lead_id": lead.ref,
                "occurred_at": "2026-06-02T10:00:00Z",
            ])
        #expect(try company.now(first)["first_contact_at"] == .instant(instant("2026-06-02T10:00:00Z")))
        #expect(try company.now(second)["first_contact_at"].isNull)
    }

    @Test("leave a lead that was taken anew its own time, whatever becomes of the contact before")
    func takenAnew() throws {
        let (lead, first) = try pending()
        try company.act("accept", first)
        let call = try company.create(
            "activities",
            ["lead_id": lead.ref, "type": "call", "direction": "outbound", "user_id": rosa.ref])
        company.setTime("2026-07-01T10:30:00Z")
        try company.act("recycle", lead, ["reason": "later"])
        try company.act("qualify", lead, ["stage": "mql"])
        let second = try company.act("handoff", lead, ["to": rosa.ref])
        try company.act("accept", second)
        try company.delete(call)
        #expect(try company.now(first)["timer_at"].isNull)
        #expect(try company.fire(at: "2026-07-01T12:00:00Z") == 0)
        #expect(try company.now(lead)["stage"].text == "sal")
        #expect(try company.fire(at: "2026-07-01T12:30:00Z") == 1)
        #expect(try status(second) == "returned")
        #expect(try status(first) == "accepted")
    }

    @Test("leave a lead that went on to whoever took it on")
    func wentOn() throws {
        let (lead, handOff) = try pending()
        try company.act("accept", handOff)
        try company.act("qualify", lead)
        try company.fire(at: "2026-07-03T11:00:00Z")
        #expect(try status(handOff) == "accepted")
        #expect(try company.now(lead)["stage"].text == "sql")
    }

    @Test("survive a restart and then fire once")
    func restart() throws {
        let ledger = MemoryLedger()
        let first = try Company(ledger, at: "2026-07-01T09:00:00Z")
        let lead = try first.lead(in: .mql).lead
        let taker = try first.seller()
        let handOff = try first.act("handoff", lead, ["to": taker.ref])
        let second = try Company(ledger, at: "2026-07-02T08:59:59Z")
        #expect(try second.fire(at: "2026-07-02T08:59:59Z") == 0)
        #expect(try second.fire(at: "2026-07-02T09:00:00Z") == 1)
        let third = try Company(ledger, at: "2026-07-02T09:00:01Z")
        #expect(try third.fire(at: "2026-07-09T09:00:00Z") == 0)
        #expect(third.view.record("handoffs", handOff.id)?["status"].text == "overdue")
    }

    @Test("do not take the class of a reason that its code has not")
    func classes() throws {
        let (_, handOff) = try pending()
        let no = try refusal {
            try company.act(
                "reject", handOff,
                ["reason": "x", "reason_code": "duplicate", "reason_class": "clerical"])
        }
        #expect(no.pointers == ["/reason_class"])
        let unknown = try refusal { try company.act("reject", handOff, ["reason": "x", "reason_code": "no_budget"]) }
        #expect(unknown.pointers == ["/reason_code"])
    }
}
