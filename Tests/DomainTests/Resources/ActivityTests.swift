import Domain
import JSON
import Store
import Testing

@Suite("An activity")
struct ActivityTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let change: [String: JSON]
        let isContact: Bool
        let why: String
        var testDescription: String { why }
    }

    static let cases: [Case] = [
        Case(change: [:], isContact: true, why: "an outbound call by a user"),
        Case(change: ["type": "meeting"], isContact: true, why: "a meeting"),
        Case(change: ["type": "demo"], isContact: true, why: "a demo"),
        Case(change: ["type": "email"], isContact: true, why: "a mail by a user"),
        Case(change: ["automatic": nil], isContact: true, why: "nothing said of a machine"),
        Case(change: ["type": "email", "automatic": true], isContact: false, why: "automatic mail"),
        Case(change: ["direction": "inbound"], isContact: false, why: "inbound"),
        Case(change: ["direction": nil], isContact: false, why: "no direction"),
        Case(change: ["user_id": nil], isContact: false, why: "nobody did it"),
        Case(change: ["type": "note"], isContact: false, why: "a note"),
        Case(change: ["type": "task"], isContact: false, why: "a task"),
    ]

    @Test("is a contact when a human reached out", arguments: cases)
    func contact(_ row: Case) throws {
        let company = try Company()
        let input: [String: JSON] = [
            "lead_id": try company.lead(in: .lead).lead.ref, "user_id": try company.seller().ref, "type": "call",
            "direction": "outbound",
        ]
        let merged = input.merging(row.change) { $1 }
        let activity = try company.create("activities", .object(merged.map { .init($0.key, $0.value) }))
        #expect(Activity.isHumanContact(activity) == row.isContact)
        #expect(activity["occurred_at"] == .instant(instant("2026-07-01T12:00:00Z")))
    }

    @Test("has a time in the past and someone it was for, also after a patch")
    func patching() throws {
        let company = try Company()
        let lead = try company.lead(in: .lead).lead
        let call = try company.create(
            "activities", ["lead_id": lead.ref, "type": "call", "occurred_at": "2026-06-01T00:00:00Z"])
        #expect(try refusal { try company.patch(call, ["lead_id": nil]) }.pointers == ["/lead_id"])
        #expect(try refusal { try company.patch(call, ["occurred_at": "2026-07-02"]) }.pointers == ["/occurred_at"])
        #expect(
            try company.patch(call, ["occurred_at": nil])["occurred_at"] == .instant(instant("2026-07-01T12:00:00Z")))
    }
}
