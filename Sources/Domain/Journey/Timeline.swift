public import JSON
public import Store

/// A lead's whole story, in order.
public enum Timeline {
    /// The resources that it tells of.
    public static let resources = ["leads", "touches", "handoffs", "deals", "activities"]

    /// Everything that happened to a lead, as `{"at", "kind", …}`, the earliest first.
    public static func entries(of lead: Record, in view: View) -> [JSON] {
        var moments: [Moment] = []
        moments += stages(of: lead, kind: "stage_entered", id: nil)
        moments += touches(of: lead, in: view)
        moments += handOffs(of: lead, in: view)
        let deals = view.records("deals", where: "lead_ids", is: .identifier(lead.id))
        moments += deals.flatMap { stages(of: $0, kind: "deal_stage_entered", id: $0.idText) }
        moments += activities(of: lead, deals: deals, in: view)
        return moments.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
            .map(\.element.json)
    }

    private struct Moment {
        let at: Instant
        let json: JSON

        /// A moment; `nil` where nobody knows when it was.
        init?(_ at: Instant?, _ kind: String, _ members: [JSON.Member]) {
            guard let at else { return nil }
            self.at = at
            json = .object([.init("at", .string(at.description)), .init("kind", .string(kind))] + members)
        }
    }

    private static func stages(of record: Record, kind: String, id: String?) -> [Moment] {
        StageEntry.all(of: record).compactMap { entry in
            var members = [JSON.Member("stage", .string(entry.stage)), .init("implied", .bool(entry.isImplied))]
            if let reason = entry.reason { members.append(.init("reason", .string(reason))) }
            if let id {
                members.append(.init("deal_id", .string(id)))
                members.append(.init("amount", record["amount"].json(of: .money)))
            }
            return Moment(entry.enteredAt, kind, members)
        }
    }

    private static func touches(of lead: Record, in view: View) -> [Moment] {
        view.records("touches", where: "lead_id", is: .identifier(lead.id)).compactMap { touch in
            Moment(
                touch["occurred_at"].instant, "touch",
                members(of: touch, ["type", "channel", "campaign_id", "visitor_id"]))
        }
    }

    private static func handOffs(of lead: Record, in view: View) -> [Moment] {
        view.records("handoffs", where: "lead_id", is: .identifier(lead.id)).flatMap { handOff -> [Moment] in
            let given = Moment(
                handOff["submitted_at"].instant, "handoff_submitted", members(of: handOff, ["from", "to", "due_at"]))
            let answered = Moment(
                handOff["answered_at"].instant, "handoff_\(handOff["status"].text ?? "")",
                members(of: handOff, ["to", "reason"]))
            return [given, answered].compactMap { $0 }
        }
    }

    private static func activities(of lead: Record, deals: [Record], in view: View) -> [Moment] {
        var records = view.records("activities", where: "lead_id", is: .identifier(lead.id))
        for deal in deals {
            for record in view.records("activities", where: "deal_id", is: .identifier(deal.id))
            where record["lead_id"].isNull {
                records.append(record)
            }
        }
        return records.compactMap { activity in
            Moment(
                activity["occurred_at"].instant, "activity",
                members(of: activity, ["type", "direction", "user_id", "deal_id", "outcome"]))
        }
    }

    /// The id of a record and those of its fields that have a value.
    private static func members(of record: Record, _ names: [String]) -> [JSON.Member] {
        var members = [JSON.Member("id", .string(record.idText))]
        for name in names {
            guard let slot = record.schema.slot(name), !record.value(at: slot).isNull else { continue }
            members.append(.init(name, record.value(at: slot).json(of: record.schema.fields[slot].type)))
        }
        return members
    }
}
