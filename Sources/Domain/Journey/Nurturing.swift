internal import JSON
internal import Store

/// Runs the steps of nurtures by the clock.
///
/// ```
/// enrol ─▶ step ─▶ step … ─▶ completed          a wait sets the clock, a branch goes elsewhere
///            └─▶ exited: qualified, handed over, unsubscribed, no consent, …
/// ```
enum Nurturing {
    /// Why a lead leaves a nurture before its end.
    static let exitReasons = [
        "qualified", "handed_over", "unsubscribed", "no_consent", "disqualified", "erased", "step", "by_hand",
        "archived", "merged",
    ]

    /// The most steps done at once: what branches in a circle goes on in a minute.
    private static let stepsMax = 20
    /// The shortest wait, in milliseconds: what waits for less in a circle would fill the ledger.
    private static let waitMin: Int64 = 60_000

    // MARK: Entering

    /// Has a lead enter by a draft that names both; now where no time is given.
    static func begin(
        _ draft: inout Draft, at time: Instant? = nil, in transaction: Transaction
    ) throws(Refusal) {
        guard let lead = draft["lead_id"].reference, let nurture = draft["nurture_id"].reference else { return }
        let way = enrolments(of: lead, in: transaction).first {
            $0["nurture_id"].reference == nurture && isActive($0)
        }
        if let way {
            throw .conflict(
                rule: "a lead is in a nurture once at a time",
                state: [.init("id", .string(way.idText)), .init("href", .string(way.address))])
        }
        guard let record = transaction.record(Nurture.schema.name, nurture), record["status"].text == "active" else {
            throw .conflict(
                rule: "leads enter a nurture that is active",
                state: [.init("id", .string(Nurture.schema.text(nurture)))])
        }
        let known = transaction.record(Lead.schema.name, lead)
        guard known?["erased_at"].isNull ?? true else {
            throw .conflict(
                rule: "an erased lead enters no nurture", state: [.init("lead_id", .string(Lead.schema.text(lead)))])
        }
        let captured = known?["captured_at"].instant
        if let time, let captured, time < captured {
            throw .conflict(
                rule: "a lead enters a nurture after it was captured, \(captured), not at \(time)",
                state: [.init("captured_at", .string(captured.description))])
        }
        draft["step"] = .integer(1)
        draft["entered_at"] = .instant(time ?? transaction.now)
        draft["timer_at"] = .instant(transaction.now)
    }

    @discardableResult
    static func enrol(
        _ lead: Identifier, in nurture: Record, at time: Instant? = nil, _ transaction: inout Transaction
    ) throws(Refusal) -> Record {
        var draft = transaction.draft(of: Enrolment.schema)
        draft["nurture_id"] = .reference(nurture.id)
        draft["lead_id"] = .reference(lead)
        try begin(&draft, at: time, in: transaction)
        return transaction.put(draft)
    }

    /// Takes a lead out of its nurtures that something now ends.
    static func leave(_ lead: Record, in transaction: inout Transaction) throws(Refusal) {
        guard let reason = exitReason(of: lead, in: transaction) else { return }
        for enrolment in enrolments(of: lead.id, in: transaction) where enrolment["status"].text == "active" {
            try end(enrolment, "exit", at: transaction.now, reason: reason, in: &transaction)
        }
    }

    /// Has a lead enter the active nurtures of which it is a member, each once in its life.
    static func enrolBySegment(_ lead: Record, in transaction: inout Transaction) throws(Refusal) {
        let nurtures = transaction.records(Nurture.schema.name, where: "status", is: .text("active"))
        guard !nurtures.isEmpty else { return }
        try enrolBySegment(lead, in: nurtures, &transaction)
    }

    static func enrolBySegment(
        _ lead: Record, in nurtures: [Record], _ transaction: inout Transaction
    ) throws(Refusal) {
        for nurture in nurtures {
            guard let id = nurture["segment_id"].reference,
                let segment = transaction.record(Segment.schema.name, id), Segment.filter(of: segment).holds(for: lead),
                !enrolments(of: lead.id, in: transaction).contains(where: { $0["nurture_id"].reference == nurture.id }),
                exitReason(of: lead, in: transaction) == nil
            else { continue }
            try enrol(lead.id, in: nurture, &transaction)
        }
    }

    private static func enrolments(of lead: Identifier, in transaction: Transaction) -> [Record] {
        transaction.records(Enrolment.schema.name, where: "lead_id", is: .identifier(lead))
    }

    // MARK: Merging

    /// Has a lead that two became be in each nurture once, or it would be written to twice: the way that is further goes on.
    static func join(_ lead: Identifier, in transaction: inout Transaction) throws(Refusal) {
        for ways in waysByNurture(of: lead, in: transaction) {
            for other in ways.filter(isActive).dropFirst() {
                try end(other, "exit", at: transaction.now, reason: "merged", in: &transaction)
            }
        }
    }

    /// Has a lead that was parted go on where it left a nurture for the merge, unless it is in it another way.
    ///
    /// - Parameter merged: when they became one.
    static func part(_ lead: Identifier, since merged: Instant, in transaction: inout Transaction) throws(Refusal) {
        for ways in waysByNurture(of: lead, in: transaction) where !ways.contains(where: isActive) {
            let left = ways.first { way in
                way["exit_reason"].text == "merged" && way["ended_at"].instant.map { $0 >= merged } ?? false
            }
            guard let left else { continue }
            var draft = Draft(left)
            try Lifecycles.enrolment.happen("resume", to: &draft)
            draft["ended_at"] = .null
            draft["exit_reason"] = .null
            draft["timer_at"] = .instant(transaction.now)
            transaction.put(draft)
        }
    }

    private static func isActive(_ enrolment: Record) -> Bool { enrolment["status"].text == "active" }

    /// A lead's ways through each nurture, those that are further first, and of those the older.
    private static func waysByNurture(of lead: Identifier, in transaction: Transaction) -> [[Record]] {
        var ways: [Identifier: [Record]] = [:]
        for enrolment in enrolments(of: lead, in: transaction) {
            guard let nurture = enrolment["nurture_id"].reference else { continue }
            ways[nurture, default: []].append(enrolment)
        }
        return ways.keys.sorted().compactMap { ways[$0] }.map { ways in
            ways.sorted { ($1["step"].whole ?? 0, $0.id) < ($0["step"].whole ?? 0, $1.id) }
        }
    }

    // MARK: Running

    static let timer = Timer(Enrolment.schema.name) { enrolment, transaction throws(Refusal) in
        try run(enrolment, in: &transaction)
    }

    private static func run(_ enrolment: Record, in transaction: inout Transaction) throws(Refusal) {
        guard let nurture = enrolment["nurture_id"].reference.flatMap({ transaction.record(Nurture.schema.name, $0) }),
            let id = enrolment["lead_id"].reference
        else { return }
        var draft = Draft(enrolment)
        guard nurture["status"].text == "active" else {
            if nurture["status"].text == "archived" {
                try end(enrolment, "exit", at: transaction.now, reason: "archived", in: &transaction)
                return
            }
            // A paused programme is asked again in an hour.
            draft["timer_at"] = .instant(transaction.now.advanced(byMilliseconds: 3_600_000))
            transaction.put(draft)
            return
        }
        let steps = nurture["steps"].elements.map(NurtureStep.init)
        var place = Int(enrolment["step"].whole ?? 1)
        for _ in 0..<stepsMax {
            // What was sent meanwhile may have changed it, and taken it out.
            guard let lead = transaction.record(Lead.schema.name, id),
                let now = transaction.record(Enrolment.schema.name, enrolment.id), isActive(now)
            else { return }
            if let reason = exitReason(of: lead, in: transaction) {
                try end(enrolment, "exit", at: transaction.now, reason: reason, in: &transaction)
                return
            }
            guard place <= steps.count else {
                try end(enrolment, "complete", at: transaction.now, reason: nil, in: &transaction)
                return
            }
            let step = steps[place - 1]
            switch step.kind {
            case "wait":
                draft["step"] = .integer(Int64(place + 1))
                let length = Int64((step.hours ?? 0) * 3_600_000)
                draft["timer_at"] = .instant(transaction.now.advanced(byMilliseconds: max(waitMin, length)))
                transaction.put(draft)
                return
            case "send":
                guard try send(step, nurture, to: lead, in: &transaction) else {
                    try end(enrolment, "exit", at: transaction.now, reason: "no_consent", in: &transaction)
                    return
                }
                place += 1
            case "branch":
                let holds = Filter(kept: step.filter, of: Lead.schema).holds(for: lead)
                place = (holds ? step.then : step.otherwise) ?? place + 1
            default:
                try end(enrolment, "exit", at: transaction.now, reason: "step", in: &transaction)
                return
            }
        }
        draft["step"] = .integer(Int64(place))
        draft["timer_at"] = .instant(transaction.now.advanced(byMilliseconds: waitMin))
        transaction.put(draft)
    }

    /// Why a lead leaves by itself; `nil` while it stays.
    private static func exitReason(of lead: Record, in transaction: Transaction) -> String? {
        if !lead["erased_at"].isNull { return "erased" }
        if lead["consent"].parts.first?.text == "denied" { return "unsubscribed" }
        switch Lead.stage(of: lead) {
        case .lead: return nil
        case .mql: return HandOff.waiting(of: lead, in: transaction) == nil ? "qualified" : "handed_over"
        case .disqualified: return "disqualified"
        default: return "handed_over"
        }
    }

    /// Writes the touch that whoever delivers it waits for; tells whether the person allows it.
    private static func send(
        _ step: NurtureStep, _ nurture: Record, to lead: Record, in transaction: inout Transaction
    ) throws(Refusal) -> Bool {
        guard step.channel != "email" || Consent.allowsMail(to: lead) else { return false }
        var members: [JSON.Member] = [
            .init("lead_id", .string(lead.idText)), .init("channel", .string(step.channel)),
            .init("type", .string(step.channel == "email" ? "email_sent" : "message_sent")),
            .init("occurred_at", .string(transaction.now.description)),
            .init("custom", ["nurture_id": .string(nurture.idText), "subject": .string(step.subject.text ?? "")]),
        ]
        for (name, value, schema) in [
            ("content_id", step.content, Content.schema), ("campaign_id", nurture["campaign_id"], Campaign.schema),
        ] {
            if let id = value.reference { members.append(.init(name, .string(schema.text(id)))) }
        }
        let touch = try Commands.follow(Touch.self, .object(members), in: &transaction)
        if step.channel == "email" {
            var draft = Draft(touch)
            draft["delivery"] = .text(Delivery.queued)
            transaction.put(draft)
        }
        return true
    }

    @discardableResult
    static func end(
        _ enrolment: Record, _ event: String, at time: Instant, reason: String?, in transaction: inout Transaction
    ) throws(Refusal) -> Record {
        var draft = Draft(transaction.record(Enrolment.schema.name, enrolment.id) ?? enrolment)
        try Lifecycles.enrolment.happen(event, to: &draft)
        draft["ended_at"] = .instant(time)
        draft["exit_reason"] = reason.map { .text($0) } ?? .null
        draft["timer_at"] = .null
        return transaction.put(draft)
    }
}
