public import JSON
public import Store

/// What somebody is to do on a day: whatever is due then or was before, and not done.
public enum Agenda {
    /// `{"tasks", "meetings", "next_steps", "inquiries", "handoffs"}`, each the records that are due, the earliest first.
    ///
    /// - Parameters:
    ///   - day: the day, cut in `zone`.
    ///   - sees: whether the asker sees a record.
    public static func of(
        _ user: Record, on day: Day, in zone: Zone, _ view: View, sees: (Record) -> Bool
    ) throws(JSONFault) -> [JSON.Member] {
        let (start, end) = (zone.start(of: day), zone.start(of: Day(number: day.number + 1)))
        let activities = records("activities", "user_id", of: user, view)
        let tasks = activities.filter {
            $0["type"].text == "task" && $0["completed_at"].isNull && isDue($0["due_on"], by: day)
        }
        let meetings = activities.filter { activity in
            let time = activity["occurred_at"].instant ?? activity["scheduled_at"].instant
            return activity["type"].text != "task" && activity["type"].text != "note"
                && time.map { start <= $0 && $0 < end } ?? false
                && (["meeting", "demo"].contains(activity["type"].text) || activity["occurred_at"].isNull)
        }
        let steps = records("deals", "owner_id", of: user, view).filter {
            Deal.isOpen($0) && isDue($0["next_step_on"], by: day)
        }
        let inquiries = records("inquiries", "owner_id", of: user, view).filter {
            $0["status"].text == "open" && isDue($0["due_at"], before: end)
        }
        let handOffs = records("handoffs", "to", of: user, view).filter {
            HandOff.isWaiting($0) && isDue($0["due_at"], before: end)
        }
        return [
            try member("tasks", tasks, by: "due_on", sees), try member("meetings", meetings, by: "occurred_at", sees),
            try member("next_steps", steps, by: "next_step_on", sees),
            try member("inquiries", inquiries, by: "due_at", sees),
            try member("handoffs", handOffs, by: "due_at", sees),
        ]
    }

    private static func records(_ resource: String, _ path: String, of user: Record, _ view: View) -> [Record] {
        view.records(resource, where: path, is: .identifier(user.id))
    }

    private static func isDue(_ value: Value, by day: Day) -> Bool {
        guard case .day(let due) = value else { return false }
        return due <= day
    }

    private static func isDue(_ value: Value, before end: Instant) -> Bool { value.instant.map { $0 < end } ?? false }

    private static func member(
        _ name: String, _ records: [Record], by field: String, _ sees: (Record) -> Bool
    ) throws(JSONFault) -> JSON.Member {
        let sorted = records.filter(sees).sorted {
            ($0[field].indexValue() ?? .missing, $0.id) < ($1[field].indexValue() ?? .missing, $1.id)
        }
        var elements: [JSON] = []
        for record in sorted { elements.append(try JSONParser.parse(record.encoded)) }
        return .init(name, .array(elements))
    }
}
