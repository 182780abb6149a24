import Domain
import JSON
import Store
import TestSupport
import Testing

@Suite("A touch")
struct TouchTests {
    let company: Company

    init() throws { company = try Company() }

    private func touch(_ visitor: String, at time: String = "2026-05-01T00:00:00Z") throws -> Record {
        try company.create(
            "touches",
            ["type": "click", "channel": "search", "visitor_id": .string(visitor), "occurred_at": .string(time)])
    }

    private func lead(of touch: Record) throws -> Identifier? { try company.now(touch)["lead_id"].reference }

    @Test("of a visitor is the lead's when the lead is made with that visitor")
    func byCreation() throws {
        let before = try touch("v")
        let lead = try company.create("leads", ["name": "Ada", "visitor_ids": ["v"]])
        #expect(try self.lead(of: before) == lead.id)
        #expect(try self.lead(of: touch("v")) == lead.id)
        #expect(try self.lead(of: touch("w")) == nil)
    }

    @Test("of a visitor is the lead's when the lead is patched with that visitor")
    func byPatch() throws {
        let before = try touch("v")
        let lead = try company.create("leads", ["name": "Ada"])
        try company.patch(lead, ["visitor_ids": ["v"]])
        #expect(try self.lead(of: before) == lead.id)
    }

    @Test("of a visitor is the lead's when a touch names both")
    func byTouch() throws {
        let before = try touch("v")
        let lead = try company.create("leads", ["name": "Ada", "visitor_ids": ["u"]])
        try company.create("touches", ["type": "form", "channel": "direct", "visitor_id": "v", "lead_id": lead.ref])
        #expect(try self.lead(of: before) == lead.id)
        #expect(try company.now(lead).json["visitor_ids"] == ["u", "v"])
        #expect(try company.now(lead).version == 2)
    }

    @Test("has a visitor that is one lead")
    func oneLead() throws {
        let ada = try company.create("leads", ["name": "Ada", "visitor_ids": ["v"]])
        let bo = try company.create("leads", ["name": "Bo"])
        let ways: [() throws -> Void] = [
            { try company.create("leads", ["name": "Cy", "visitor_ids": ["v"]]) },
            { try company.patch(bo, ["visitor_ids": ["v"]]) },
            {
                try company.create(
                    "touches", ["type": "form", "channel": "direct", "visitor_id": "v", "lead_id": bo.ref])
            },
        ]
        for way in ways { #expect(try refusal(way).state("id") == ada.ref) }
        try company.patch(ada, ["visitor_ids": []])
        try company.patch(bo, ["visitor_ids": ["v"]])
    }

    @Test("adds no visitor beyond those a lead can have, and all are there after a restart")
    func visitorsMax() throws {
        let ledger = MemoryLedger()
        let before = try Company(ledger)
        let lead = try before.create("leads", ["name": "Ada"])
        func touch(_ number: Int) -> JSON {
            ["type": "form", "channel": "direct", "visitor_id": .string("v\(number)"), "lead_id": lead.ref]
        }
        for number in 1...50 { try before.create("touches", touch(number)) }
        #expect(try refusal { try before.create("touches", touch(51)) }.words == "a lead is at most 50 visitors")
        let after = try Company(ledger)
        #expect(try after.now(lead)["visitor_ids"].elements.count == 50)
        #expect(after.view.seq == before.view.seq)
    }

    @Test("has its campaign's channel where it names none")
    func channel() throws {
        let campaign = try company.create("campaigns", ["name": "Fair", "channel": "event"])
        let input: JSON = ["type": "visit", "visitor_id": "v", "campaign_id": campaign.ref]
        #expect(try company.create("touches", input)["channel"] == .text("event"))
        let both: JSON = ["type": "visit", "visitor_id": "v", "campaign_id": campaign.ref, "channel": "direct"]
        #expect(try company.create("touches", both)["channel"] == .text("direct"))
    }

    @Test("that came first, not that was told first, is the source of a lead without one")
    func source() throws {
        let campaign = try company.create("campaigns", ["name": "Fair", "channel": "event"])
        _ = try touch("v", at: "2026-05-02T00:00:00Z")
        try company.create(
            "touches",
            ["type": "visit", "visitor_id": "w", "campaign_id": campaign.ref, "occurred_at": "2026-05-01T00:00:00Z"])
        let lead = try company.create("leads", ["name": "Ada", "visitor_ids": ["v", "w"]])
        #expect(lead.json["source"]?["channel"] == "event")
        #expect(lead.json["source"]?["campaign_id"] == campaign.ref)
        _ = try touch("x")
        let told = try company.create("leads", ["name": "Bo", "visitor_ids": ["x"], "source": ["channel": "referral"]])
        #expect(told.json["source"]?["channel"] == "referral")
        #expect(try company.create("leads", ["name": "Cy"])["source"].isNull)
    }

    @Test("is a fact: it does not change, except for your own values")
    func immutable() throws {
        let touch = try touch("v")
        let no = try refusal {
            try company.patch(touch, ["type": "visit", "channel": "email", "occurred_at": "2026-01-01"])
        }
        #expect(Set(no.pointers) == ["/type", "/channel", "/occurred_at"])
        #expect(try company.patch(touch, ["custom": ["a": 1]]).version == 2)
    }
}
