import Domain
import JSON
import Store
import Testing

@Suite("A campaign")
struct CampaignTests {
    static let statuses = ["draft", "active", "paused", "completed", "archived"]
    /// From and to, every step that the product has.
    static let steps: Set = [
        "draft active", "draft archived", "active paused", "active completed", "paused active", "paused completed",
        "completed archived",
    ]

    @Test("goes from status to status as the product says", arguments: statuses, statuses)
    func doesStep(_ from: String, _ to: String) throws {
        let company = try Company()
        let campaign = try company.create(
            "campaigns", ["name": "Fair", "channel": "event", "status": .string(from)])
        if from == to || Self.steps.contains("\(from) \(to)") {
            #expect(try company.patch(campaign, ["status": .string(to)])["status"] == .text(to))
        } else {
            #expect(
                try refusal { try company.patch(campaign, ["status": .string(to)]) }.state("status") == .string(from))
        }
    }

    @Test("ends no day before it starts")
    func days() throws {
        let company = try Company()
        let campaign = try company.create("campaigns", ["name": "Fair", "channel": "event", "starts_on": "2026-02-01"])
        #expect(campaign["status"] == .text("draft"))
        #expect(try refusal { try company.patch(campaign, ["ends_on": "2026-01-31"]) }.pointers == ["/ends_on"])
        try company.patch(campaign, ["ends_on": "2026-02-01"])
    }
}
