public import JSON
public import Store

/// What sales gets with a lead: why it qualified, what it did and saw, what it asked, and what was before.
public enum Packet {
    /// The resources that it tells of.
    public static let resources = ["handoffs", "leads", "touches", "inquiries", "contents", "scoring_rules"]

    /// How many touches are told, the newest.
    private static let touchesMax = 50

    /// `{"handoff_id", "lead", "why", "touches", "contents", "open_questions", "duplicates", "earlier"}`
    public static func json(
        of handOff: Record, at now: Instant, in view: View, seenBy sight: Sight
    ) throws(JSONFault) -> JSON {
        guard let lead = handOff["lead_id"].reference.flatMap({ view.record(Lead.schema.name, $0) }) else {
            return .null
        }
        let touches = view.records(Touch.schema.name, where: "lead_id", is: .identifier(lead.id))
            .filter { $0["suspected_bot"] != .bool(true) }
            .sorted { ($0["occurred_at"].instant?.milliseconds ?? 0) > ($1["occurred_at"].instant?.milliseconds ?? 0) }
        let questions = view.records(Inquiry.schema.name, where: "lead_id", is: .identifier(lead.id))
            .filter { $0["status"].text == "open" }
        let earlier = HandOff.all(of: lead.id, in: view).filter { $0.id != handOff.id }
        return [
            "handoff_id": .string(handOff.idText), "note": handOff["note"].json(of: .text(max: 2000)),
            "lead": try JSONParser.parse(lead.encoded), "why": why(lead, now, view),
            "touches": try .array(touches.prefix(touchesMax).map(parsed)),
            "touch_count": .integer(Int64(touches.count)), "contents": contents(touches, view),
            "open_questions": try .array(questions.map(parsed)),
            "duplicates": .array(
                Duplicates.of(lead, in: view).filter { sight.sees($0.record, in: view) }
                    .map { .string($0.record.idText) }),
            "earlier": try .array(earlier.map(parsed)),
        ]
    }

    private static func parsed(_ record: Record) throws(JSONFault) -> JSON { try JSONParser.parse(record.encoded) }

    private static func why(_ lead: Record, _ now: Instant, _ view: View) -> JSON {
        let entry = StageEntry.all(of: lead).last { $0.stage == Stage.mql.rawValue }
        return [
            "mql_at": entry?.enteredAt.map { .string($0.description) } ?? .null,
            "reason": entry?.reason.map { .string($0) } ?? .null, "source": lead["source"].json(of: Lead.sourceType),
            "score": Scoring.json(of: lead, at: now, in: view),
        ]
    }

    /// Each content that was seen, how often and when last.
    private static func contents(_ touches: [Record], _ view: View) -> JSON {
        var order: [Identifier] = []
        var counts: [Identifier: Int] = [:]
        for touch in touches {
            guard let id = touch["content_id"].reference else { continue }
            if counts[id] == nil { order.append(id) }
            counts[id, default: 0] += 1
        }
        return .array(
            order.map { id in
                let last = touches.first { $0["content_id"].reference == id }?["occurred_at"].instant
                let title = view.record(Content.schema.name, id)?["title"].text
                return [
                    "content_id": .string(Content.schema.text(id)), "title": title.map { .string($0) } ?? .null,
                    "count": .integer(Int64(counts[id] ?? 0)),
                    "last_at": last.map { .string($0.description) } ?? .null,
                ]
            })
    }
}
