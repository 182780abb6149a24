internal import JSON
public import Store

/// What the departments promise each other: leads from marketing, answers and contacts in time from sales.
public enum Agreement: Resource {
    /// A reference to an agreement.
    static let reference = Reference("agreements", prefix: "agreement")

    /// The declaration.
    public static let schema = Schema(
        "agreements", prefix: "agreement",
        "What the departments promise each other: leads from marketing, answers in time from sales.", isShared: true,
        fields: [
            Field("name", .text(max: 200), "The agreement's name.").required().searched(),
            Field("effective_from", .day, "The day from which it is in force, when both have signed.").required()
                .indexed(),
            Field(
                "calendar_id", .reference(Calendar.reference), "The hours its clocks run in; always where not given."),
            Field("marketing", .object(marketing), "What marketing promises."),
            Field("sales", .object(sales), "What sales promises.").required(),
            Lifecycles.agreement.field("draft until both have signed; superseded when a newer one is in force."),
            Field("number", .integer(1...Int64.max), "Counts agreements, from 1.").readOnly(),
            Field("sales_signed_by", .reference(User.reference), "Who signed for sales.").readOnly(),
            Field("sales_signed_at", .instant, "When.").readOnly(),
            Field("marketing_signed_by", .reference(User.reference), "Who signed for marketing.").readOnly(),
            Field("marketing_signed_at", .instant, "When.").readOnly(),
            Timer.field,
        ])

    private static let marketing = [
        Field("leads_per_month", .integer(0...1_000_000), "How many leads it hands over in a month."),
        Field("score_min", .integer(0...1000), "The least score of a lead that counts."),
    ]

    private static let sales = [
        Field("answer_within_minutes", .integer(1...1_000_000), "Until a hand-off is accepted or rejected.").required(),
        Field("contact_within_minutes", .integer(1...1_000_000), "Then until the first contact by a human."),
        Field("attempts", .integer(1...100), "How often it tries to reach a lead before it gives up."),
        Field(
            "reroute_after_minutes", .integer(1...1_000_000),
            "How long after it was due a hand-off goes to somebody else, or later where nobody is free; never where not given."
        ),
    ]

    /// Managers of both departments.
    public static let writers = Grants(any: [.salesManager, .marketingManager])

    /// Checks that its clocks can run out: a calendar that opens for minutes a week does not hold every promise.
    private static func demandEnds(_ draft: Draft, in transaction: Transaction) throws(Refusal) {
        guard let calendar = draft["calendar_id"].reference.flatMap({ transaction.record(Calendar.schema.name, $0) })
        else { return }
        let endless = endless(draft["sales"], by: Calendar.hours(of: calendar), from: transaction.now)
        try Refusal.demandNone(
            endless.map { Fault("/sales/\($0)", "is more than the hours of its calendar come to in ten years") })
    }

    /// The promises of sales that do not run out by some hours within ten years.
    static func endless(_ promises: Value, by hours: BusinessHours, from now: Instant) -> [String] {
        zip(sales, promises.parts).compactMap { field, value in
            guard field.name.hasSuffix("_minutes"), case .integer(let minutes) = value,
                hours.advance(from: now, byMilliseconds: minutes * 60_000) == nil
            else { return nil }
            return field.name
        }
    }

    /// Numbers it.
    public static func making(
        _ draft: inout Draft, given: GivenFields, in transaction: inout Transaction
    ) throws(Refusal) {
        try demandEnds(draft, in: transaction)
        let earlier = Lifecycles.agreement.states.map {
            transaction.records(schema.name, where: "status", is: .text($0)).count
        }
        draft["number"] = .integer(Int64(earlier.reduce(1, +)))
    }

    /// What was signed is settled; what changes before the second signature is signed again.
    public static func changing(
        _ draft: inout Draft, from old: Record, in transaction: inout Transaction
    ) throws(Refusal) {
        guard old["status"].text == Lifecycles.agreement.states[0] else {
            throw .conflict(rule: "a signed agreement is settled: make a new one", state: state(old))
        }
        if draft["sales"] != old["sales"] || draft["calendar_id"] != old["calendar_id"] {
            try demandEnds(draft, in: transaction)
        }
        for name in signatures { draft[name] = .null }
    }

    /// A signed agreement stays: clocks ran by it.
    public static func removing(_ record: Record, in transaction: inout Transaction) throws(Refusal) {
        guard record["status"].text != Lifecycles.agreement.states[0] else { return }
        throw .conflict(rule: "a signed agreement is not deleted", state: state(record))
    }

    private static let signatures = [
        "sales_signed_by", "sales_signed_at", "marketing_signed_by", "marketing_signed_at",
    ]

    static func state(_ record: Record) -> [JSON.Member] {
        [.init("id", .string(record.idText)), .init("status", .string(record["status"].text ?? ""))]
    }

    // MARK: In force

    /// The agreement that is in force at an instant.
    static func inForce(at time: Instant, in records: some Records) -> Record? {
        let signed = ["signed", "superseded"].flatMap {
            records.records(schema.name, where: "status", is: .text($0))
        }
        let begun = signed.filter { start(of: $0, in: records).map { $0 <= time } ?? false }
        return begun.max { left, right in
            let (first, second) = (start(of: left, in: records), start(of: right, in: records))
            return first == second ? left.id < right.id : (first?.milliseconds ?? 0) < (second?.milliseconds ?? 0)
        }
    }

    /// When it comes into force: the day begins where its calendar is, or was as of an instant.
    static func start(of record: Record, in records: some Records, asOf instant: Instant? = nil) -> Instant? {
        guard case .day(let day) = record["effective_from"] else { return nil }
        return (calendar(of: record, in: records).map { Calendar.zone(of: $0, asOf: instant) } ?? .utc).start(of: day)
    }

    /// When a promise of so many minutes is due, by the clock of the agreement.
    static func due(_ promise: String, of record: Record, after start: Instant, in records: some Records) -> Instant? {
        guard let minutes = minutes(promise, of: record) else { return nil }
        guard let calendar = calendar(of: record, in: records) else {
            return start.advanced(byMilliseconds: minutes * 60_000)
        }
        return Calendar.hours(of: calendar).advance(from: start, byMilliseconds: minutes * 60_000)
    }

    /// What marketing promises by an agreement, and from when; `nil` of one that both had not signed before an instant.
    public static func promise(
        of record: Record, signedBefore instant: Instant, in records: some Records
    ) -> (start: Instant, leadsPerMonth: Int64?, scoreMin: Int64?)? {
        guard isSigned(record, before: instant), let start = start(of: record, in: records, asOf: instant) else {
            return nil
        }
        let parts = record["marketing"].parts
        return (start, parts.first?.whole, parts.dropFirst().first?.whole)
    }

    private static func isSigned(_ record: Record, before instant: Instant) -> Bool {
        ["signed", "superseded"].contains(record["status"].text)
            && ["sales_signed_at", "marketing_signed_at"].allSatisfy { name in
                record[name].instant.map { $0 < instant } ?? false
            }
    }

    /// Those that both had signed before an instant, in the order in which they came into force.
    static func signed(before instant: Instant, in records: some Records) -> [(record: Record, start: Instant)] {
        ["signed", "superseded"].flatMap { records.records(schema.name, where: "status", is: .text($0)) }
            .filter { isSigned($0, before: instant) }
            .compactMap { record in start(of: record, in: records, asOf: instant).map { (record, $0) } }
            .sorted { $0.start == $1.start ? $0.record.id < $1.record.id : $0.start < $1.start }
    }

    private static func minutes(_ promise: String, of record: Record) -> Int64? {
        guard let place = sales.firstIndex(where: { $0.name == promise }),
            case .integer(let minutes)? = record["sales"].parts.dropFirst(place).first
        else { return nil }
        return minutes
    }

    static func calendar(of record: Record, in records: some Records) -> Record? {
        record["calendar_id"].reference.flatMap { records.record(Calendar.schema.name, $0) }
    }

    /// When it comes into force, all that have begun but the one that is in force are superseded: where two begin on one day,
    /// or the later one was signed first, that may be this one.
    static let timer = Timer(schema.name) { agreement, transaction throws(Refusal) in
        var begun = Draft(agreement)
        begun["timer_at"] = .null
        transaction.put(begun)
        let current = inForce(at: transaction.now, in: transaction)
        for other in transaction.records(schema.name, where: "status", is: .text("signed"))
        where other.id != current?.id {
            guard let start = start(of: other, in: transaction), start <= transaction.now else { continue }
            var draft = Draft(other)
            try Lifecycles.agreement.happen("supersede", to: &draft)
            draft["timer_at"] = .null
            transaction.put(draft)
        }
    }
}
