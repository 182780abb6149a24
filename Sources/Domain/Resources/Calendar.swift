public import Store

/// When a company works: what clocks of agreements run by.
public enum Calendar: Resource {
    /// A reference to a calendar.
    static let reference = Reference("calendars", prefix: "calendar")

    /// The declaration.
    public static let schema = Schema(
        "calendars", prefix: "calendar", "When a company works: what the clocks of agreements run by.", isShared: true,
        fields: [
            Field("name", .text(max: 200), "The calendar's name.").required().unique().searched(),
            Field("time_zone", .text(max: 100), "An IANA time zone such as Europe/Berlin; UTC where not given.").kept(),
            Field(
                "hours",
                .objects([
                    Field("weekday", .choice(weekdays), "The day of the week.").required(),
                    Field("from", .text(max: 5), "When it opens, such as 09:00.").required(),
                    Field("to", .text(max: 5), "When it closes, such as 17:00; 24:00 is midnight.").required(),
                ]), "The hours of each weekday; a day can have several."
            ).required().kept(),
            Field(
                "holidays",
                .objects([
                    Field("on", .day, "The day.").required(), Field("name", .text(max: 200), "What it is."),
                ]), "Days without hours."
            ).with(default: .list([])).kept(),
        ])

    /// Managers of both departments.
    public static let writers = Grants(any: [.salesManager, .marketingManager])

    private static let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

    /// The hours that a calendar says, or said as of an instant.
    public static func hours(of record: Record, asOf instant: Instant? = nil) -> BusinessHours {
        hours(of: draft(of: record, asOf: instant))
    }

    /// The zone in which its days begin, or began as of an instant.
    static func zone(of record: Record, asOf instant: Instant? = nil) -> Zone {
        zone(of: draft(of: record, asOf: instant))
    }

    private static func draft(of record: Record, asOf instant: Instant?) -> Draft {
        var draft = Draft(record)
        guard let instant else { return draft }
        for (slot, field) in past { draft.values[slot] = field.value(in: record, asOf: instant) ?? draft.values[slot] }
        return draft
    }

    private static let past = ["time_zone", "hours", "holidays"].compactMap { name in
        schema.slot(name).flatMap { slot in PastField(at: slot, of: schema).map { (slot, $0) } }
    }

    private static func zone(of draft: Draft) -> Zone { draft["time_zone"].text.flatMap(Zone.init) ?? .utc }

    private static func hours(of draft: Draft) -> BusinessHours {
        let zone = zone(of: draft)
        var faults: [Fault] = []
        let spans = spans(of: draft["hours"], &faults)
        let holidays = draft["holidays"].elements.compactMap { holiday -> Day? in
            guard case .day(let day)? = holiday.parts.first else { return nil }
            return day
        }
        return BusinessHours(zone: zone, spans: spans, holidays: Set(holidays))
    }

    /// Checks zone and hours.
    public static func check(_ draft: inout Draft, in transaction: Transaction) throws(Refusal) {
        if draft["time_zone"].isNull { draft["time_zone"] = .text(Zone.utc.name) }
        var faults: [Fault] = []
        if let name = draft["time_zone"].text, Zone(name) == nil {
            faults.append(Fault("/time_zone", "must be an IANA time zone such as \"Europe/Berlin\""))
        }
        let spans = spans(of: draft["hours"], &faults)
        if faults.isEmpty, spans.allSatisfy(\.isEmpty) {
            faults.append(Fault("/hours", "must have hours on one day at least, or no clock would ever run"))
        }
        try Refusal.demandNone(faults)
    }

    /// Checks that the promises of its agreements still run out.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        guard ["time_zone", "hours", "holidays"].contains(where: { draft[$0] != old[$0] }) else { return }
        let hours = hours(of: draft)
        let agreements = transaction.records(Agreement.schema.name, where: "calendar_id", is: .identifier(old.id))
        for agreement in agreements where agreement["status"].text != "superseded" {
            guard let promise = Agreement.endless(agreement["sales"], by: hours, from: transaction.now).first else {
                continue
            }
            throw .invalid([
                Fault("/hours", "must hold \(promise) of the agreement \(agreement.idText) within ten years")
            ])
        }
    }

    private static func spans(of hours: Value, _ faults: inout [Fault]) -> [[BusinessHours.Span]] {
        var spans: [[BusinessHours.Span]] = Array(repeating: [], count: 7)
        for (place, element) in hours.elements.enumerated() {
            let parts = element.parts
            guard parts.count == 3, let weekday = weekdays.firstIndex(of: parts[0].text ?? "") else { continue }
            let times = [("from", parts[1]), ("to", parts[2])].map { name, value in
                let time = time(value.text ?? "")
                if time == nil {
                    faults.append(Fault("/hours/\(place)/\(name)", "must be a time of day such as \"09:00\""))
                }
                return time
            }
            guard let start = times[0], let end = times[1] else { continue }
            if end <= start { faults.append(Fault("/hours/\(place)/to", "must be after from")) }
            if spans[weekday].contains(where: { start < $0.end && $0.start < end }) {
                faults.append(Fault("/hours/\(place)", "overlaps other hours of that \(weekdays[weekday])"))
            }
            spans[weekday].append(.init(start: start, end: end))
        }
        return spans.map { $0.sorted { $0.start < $1.start } }
    }

    /// Milliseconds since midnight; `nil` where the text is no time of day.
    private static func time(_ text: String) -> Int64? {
        let digits = Array(text.utf8)
        guard digits.count == 5, digits[2] == UInt8(ascii: ":") else { return nil }
        let numbers = [0, 1, 3, 4].map { Int64(digits[$0]) - 48 }
        guard numbers.allSatisfy({ (0...9).contains($0) }) else { return nil }
        let (hour, minute) = (numbers[0] * 10 + numbers[1], numbers[2] * 10 + numbers[3])
        guard minute < 60, hour < 24 || hour == 24 && minute == 0 else { return nil }
        return (hour * 60 + minute) * 60_000
    }
}
