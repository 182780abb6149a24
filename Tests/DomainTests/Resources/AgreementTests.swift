import Domain
import JSON
import Store
import Testing

@Suite("An agreement")
struct AgreementTests {
    let company: Company

    /// It is the first of July 2026.
    init() throws { company = try Company() }

    private func agreement(from day: String, minutes: Int64 = 60) throws -> Record {
        try company.create(
            "agreements",
            [
                "name": "A", "effective_from": .string(day),
                "sales": ["answer_within_minutes": .integer(minutes)],
            ])
    }

    private func sign(_ agreement: Record) throws {
        try company.acting(.salesManager) { _ = try company.act("sign", agreement) }
        try company.acting(.marketingManager) { _ = try company.act("sign", agreement) }
    }

    /// How many minutes a hand-off given now has.
    private func minutes() throws -> Int64 {
        let lead = try company.create("leads", ["name": "Ada", "stage": "mql"])
        let handOff = try company.act("handoff", lead, ["to": try company.seller().ref])
        let (given, due) = (handOff["submitted_at"].instant, handOff["due_at"].instant)
        return try #require(due).millisecondsSince(try #require(given)) / 60_000
    }

    @Test("promises no more time than the hours of its calendar come to in ten years")
    func endless() throws {
        let calendar = try company.create(
            "calendars", ["name": "C", "hours": [["weekday": "monday", "from": "09:00", "to": "09:01"]]])
        func promise(_ minutes: JSON) throws(Refusal) -> Record {
            try company.create(
                "agreements",
                [
                    "name": "A", "effective_from": "2026-07-01", "calendar_id": calendar.ref,
                    "sales": ["answer_within_minutes": 1, "contact_within_minutes": minutes, "attempts": 100],
                ])
        }
        let minute: JSON = ["hours": [["weekday": "monday", "from": "09:00", "to": "09:01"]]]
        #expect(try refusal { _ = try promise(1000) }.pointers == ["/sales/contact_within_minutes"])
        let agreement = try promise(500)
        #expect(
            try refusal { try company.patch(agreement, ["sales": ["contact_within_minutes": 1_000_000]]) }.pointers
                == ["/sales/contact_within_minutes"])
        // Nor is the calendar narrowed until they do not run out.
        try company.patch(calendar, ["hours": [["weekday": "monday", "from": "09:00", "to": "17:00"]]])
        try company.patch(agreement, ["sales": ["contact_within_minutes": 1000]])
        #expect(try refusal { try company.patch(calendar, minute) }.pointers == ["/hours"])
        try company.patch(agreement, ["sales": ["contact_within_minutes": 400]])
        try company.patch(calendar, minute)
    }

    @Test("is in force with both signatures, from its day on")
    func signing() throws {
        let agreement = try agreement(from: "2026-06-01")
        #expect(agreement["number"] == .integer(1))
        #expect(try minutes() == 1440)
        try company.acting(.salesManager) { _ = try company.act("sign", agreement) }
        #expect(try company.now(agreement)["status"].text == "draft")
        #expect(try minutes() == 1440)
        #expect(throws: Refusal.self) {
            try company.acting(.salesManager) { _ = try company.act("sign", agreement) }
        }
        try company.acting(.marketingManager) { _ = try company.act("sign", agreement) }
        #expect(try company.now(agreement)["status"].text == "signed")
        #expect(try minutes() == 60)
    }

    @Test("that is changed between the signatures is signed again")
    func changed() throws {
        let agreement = try agreement(from: "2026-06-01")
        try company.acting(.salesManager) { _ = try company.act("sign", agreement) }
        try company.patch(agreement, ["sales": ["answer_within_minutes": 5]])
        try company.acting(.marketingManager) { _ = try company.act("sign", agreement) }
        #expect(try company.now(agreement)["status"].text == "draft")
        try company.acting(.salesManager) { _ = try company.act("sign", agreement) }
        #expect(try company.now(agreement)["status"].text == "signed")
        #expect(try minutes() == 5)
    }

    @Test("that is signed is settled")
    func settled() throws {
        let agreement = try agreement(from: "2026-06-01")
        try sign(agreement)
        #expect(try refusal { try company.patch(agreement, ["name": "B"]) }.words.hasPrefix("a signed agreement"))
        #expect(try refusal { try company.delete(agreement) }.words.hasPrefix("a signed agreement"))
    }

    @Test("gives way to a newer one on its day, and the newer waits until then")
    func superseding() throws {
        let old = try agreement(from: "2026-06-01")
        try sign(old)
        let new = try agreement(from: "2026-07-02", minutes: 30)
        try sign(new)
        #expect(new["number"] == .integer(2))
        try company.fire(at: "2026-07-01T23:59:59Z")
        #expect(try company.now(old)["status"].text == "signed")
        #expect(try minutes() == 60)
        try company.fire(at: "2026-07-02T00:00:00Z")
        #expect(try company.now(old)["status"].text == "superseded")
        #expect(try minutes() == 30)
    }

    @Test("of two of one day gives way to the newer one, and to one of a later day that was signed before")
    func sameDay() throws {
        let days = ["2026-06-20", "2026-06-20", "2026-06-10"]
        let all = try days.map { day in try agreement(from: day) }
        for agreement in all { try sign(agreement) }
        try company.fire(at: "2026-07-01T12:00:01Z")
        #expect(try all.map { try company.now($0)["status"].text } == ["superseded", "signed", "superseded"])
        #expect(try all.allSatisfy { try company.now($0)["timer_at"].isNull })
    }

    @Test("is signed by who belongs to neither department for one that is named")
    func administrator() throws {
        let agreement = try agreement(from: "2026-06-01")
        #expect(try refusal { try company.act("sign", agreement) }.pointers == ["/department"])
        #expect(!(try company.act("sign", agreement, ["department": "sales"])["sales_signed_at"].isNull))
    }
}
