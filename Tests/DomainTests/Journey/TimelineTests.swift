import Domain
import JSON
import Store
import Testing

@Suite("A timeline")
struct TimelineTests {
    @Test("tells a lead's whole story in order of time, and at one time in the order of its kinds")
    func story() throws {
        let company = try Company()
        let rosa = try company.seller()
        try company.create(
            "touches",
            ["type": "click", "channel": "search", "visitor_id": "v", "occurred_at": "2026-02-20T00:00:00Z"])
        let lead = try company.create(
            "leads", ["name": "Ada", "visitor_ids": ["v"], "captured_at": "2026-03-01T00:00:00Z"])
        try company.act("qualify", lead, ["at": "2026-03-02T00:00:00Z"])
        let handOff = try company.act("handoff", lead, ["to": rosa.ref, "at": "2026-03-02T00:00:00Z"])
        let deal = try tellOfDeal(company, lead, handOff, rosa)
        let entries = Timeline.entries(of: try company.now(lead), in: company.view)
        let lines = entries.map { entry in
            let what = entry["stage"]?.text ?? entry["type"]?.text ?? entry["reason"]?.text ?? ""
            return [entry["at"]?.text?.prefix(10).suffix(5) ?? "", entry["kind"]?.text?[...] ?? "", what[...]]
                .joined(separator: " ")
        }
        #expect(
            lines == [
                "02-20 touch click", "03-01 stage_entered lead", "03-02 stage_entered mql", "03-02 handoff_submitted ",
                "03-03 stage_entered sal", "03-03 handoff_accepted ", "03-04 activity call",
                "03-05 stage_entered sql", "03-05 stage_entered opportunity", "03-05 deal_stage_entered prospecting",
                "03-06 activity meeting", "03-07 stage_entered sql", "03-07 deal_stage_entered lost",
            ])
        #expect(entries.last?["deal_id"] == deal.ref)
        #expect(entries.last?["amount"] == ["amount": 10_000, "currency": "EUR"])
        #expect(entries.last?["reason"] == "price")
        #expect(entries.map { $0["implied"] }.filter { $0 == true }.count == 1)
        #expect(entries.filter { $0["kind"] == "activity" }.allSatisfy { $0["user_id"] == rosa.ref })
    }

    private func tellOfDeal(
        _ company: Company, _ lead: Record, _ handOff: Record, _ rosa: Record
    ) throws -> Record {
        try company.act("accept", handOff, ["at": "2026-03-03T00:00:00Z"])
        try company.create(
            "activities",
            ["lead_id": lead.ref, "user_id": rosa.ref, "type": "call", "occurred_at": "2026-03-04T00:00:00Z"])
        let deal = try company.deal(with: lead, at: "2026-03-05T00:00:00Z")
        try company.create(
            "activities",
            ["deal_id": deal.ref, "user_id": rosa.ref, "type": "meeting", "occurred_at": "2026-03-06T00:00:00Z"])
        try company.act("lose", deal, ["reason": "price", "at": "2026-03-07T00:00:00Z"])
        let bo = try company.create("leads", ["name": "Bo", "captured_at": "2026-03-01T00:00:00Z"])
        try company.create("activities", ["lead_id": bo.ref, "type": "call", "occurred_at": "2026-03-04T00:00:00Z"])
        return deal
    }

    @Test("leaves out what nobody knows the time of")
    func unknownTime() throws {
        let company = try Company()
        let lead = try company.create("leads", ["name": "Ada"])
        try company.create("deals", ["name": "A", "lead_ids": [lead.ref], "opened_at": nil])
        let kinds = Timeline.entries(of: try company.now(lead), in: company.view).compactMap { $0["kind"]?.text }
        #expect(kinds == Array(repeating: "stage_entered", count: 5))
    }
}
