internal import Foundation
public import JSON
public import Store

/// What a lead's score is made of: entries that one can list and add up.
public struct Scoring {
    /// One entry of a score.
    struct Entry {
        /// The rule, where one gave it.
        var rule: Record?
        /// The touch, where one gave it.
        var touch: Record?
        let name: String
        let kind: String
        var at: Instant?
        /// The rule's points.
        let points: Double
        /// What is left of them by now.
        let value: Double
    }

    /// The resources that a score is told of.
    public static let resources = [Touch.schema.name, ScoringRule.schema.name]

    let entries: [Entry]

    /// What the entries add up to, rounded.
    var score: Int64 { Int64(entries.reduce(0) { $0 + $1.value }.rounded()) }

    /// What the entries about the person add up to.
    var fitPoints: Double { entries.filter { $0.kind == "fit" }.reduce(0) { $0 + $1.value } }

    /// Whether entries lose weight with time.
    private let isDecaying: Bool

    // MARK: Entries

    /// The score of a lead at an instant, by the active rules.
    init(of lead: Record, at now: Instant, in records: some Records) {
        let rules = Self.activeRules(in: records)
        let touches = rules.contains { $0["kind"].text == "engagement" } ? Self.touches(of: lead, in: records) : []
        var entries: [Entry] = []
        var groups: [String: (sum: Double, cap: Double)] = [:]
        for rule in rules where Filter(kept: rule["filter"].text, of: Lead.schema).holds(for: lead) {
            let own = Self.entries(of: rule, touches, at: now)
            entries += own
            guard let group = rule["group"].text else { continue }
            let sum = own.reduce(0) { $0 + $1.value }
            let cap = rule["group_cap"].whole.map(Double.init) ?? .infinity
            let known = groups[group] ?? (0, .infinity)
            groups[group] = (known.sum + sum, min(known.cap, cap))
        }
        for (group, (sum, cap)) in groups.sorted(by: { $0.key < $1.key }) where sum > cap {
            entries.append(
                Entry(name: "cap of the group \(group)", kind: "cap", points: cap - sum, value: Self.rounded(cap - sum))
            )
        }
        for override in lead["score_overrides"].elements {
            let points = Double(override.parts[0].whole ?? 0)
            entries.append(
                Entry(
                    name: override.parts[1].text ?? "", kind: "override", at: override.parts[2].instant, points: points,
                    value: points))
        }
        self.entries = entries
        // What is left of all of them can still change the rounded score.
        let decaying = entries.filter { $0.rule?["half_life_days"].isNull == false }
        isDecaying = decaying.reduce(0) { $0 + abs($1.value) } >= 0.5
    }

    private static func activeRules(in records: some Records) -> [Record] {
        records.records(ScoringRule.schema.name, where: "is_active", is: .number(1))
    }

    private static func touches(of lead: Record, in records: some Records) -> [Record] {
        records.records(Touch.schema.name, where: "lead_id", is: .identifier(lead.id))
            .filter { $0["suspected_bot"] != .bool(true) }
    }

    private static func entries(of rule: Record, _ touches: [Record], at now: Instant) -> [Entry] {
        let name = rule["name"].text ?? ""
        let points = Double(rule["points"].whole ?? 0)
        guard rule["kind"].text == "engagement" else {
            return [Entry(rule: rule, name: name, kind: "fit", points: points, value: points)]
        }
        let counted = touches.filter { touch in
            touch["type"] == rule["touch_type"]
                && ["channel", "campaign_id", "content_id"].allSatisfy { rule[$0].isNull || rule[$0] == touch[$0] }
        }
        var entries = counted.map { touch in
            let at = touch["occurred_at"].instant
            return Entry(
                rule: rule, touch: touch, name: name, kind: "engagement", at: at, points: points,
                value: rounded(points * weight(of: at, rule, now)))
        }
        if rule["repeat"].text == "once" {
            // The newest, which is worth most.
            return entries.max { ($0.at?.milliseconds ?? 0) < ($1.at?.milliseconds ?? 0) }.map { [$0] } ?? []
        }
        if let cap = rule["cap"].whole.map(Double.init) {
            let sum = entries.reduce(0) { $0 + $1.value }
            if sum > cap {
                entries.append(
                    Entry(
                        rule: rule, name: "cap of \(name)", kind: "cap", points: cap - sum, value: rounded(cap - sum)))
            }
        }
        return entries
    }

    /// 2^(−age ÷ half-life), 1 where a rule has none.
    private static func weight(of at: Instant?, _ rule: Record, _ now: Instant) -> Double {
        guard case .number(let days) = rule["half_life_days"], let at else { return 1 }
        return exp2(-Double(now.millisecondsSince(at)) / (days * Double(Instant.dayMilliseconds)))
    }

    /// To hundredths, so that what is listed adds up to what is told.
    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    // MARK: Settling

    /// Scores a lead anew; at the threshold it becomes mql by itself, and enters the nurtures it belongs in.
    ///
    /// - Returns: the lead as it stands then; `nil` where there is none.
    @discardableResult
    static func settle(_ id: Identifier, in transaction: inout Transaction) throws(Refusal) -> Record? {
        guard var lead = transaction.record(Lead.schema.name, id) else { return nil }
        // Many leads come where nothing scores or nurtures them, and each lookup would be paid by each.
        if transaction.isEmpty(ScoringRule.schema.name), transaction.isEmpty(Nurture.schema.name),
            lead["score_overrides"].elements.isEmpty
        {
            return lead
        }
        if isScored(lead, in: transaction) { lead = try score(lead, in: &transaction) }
        try Nurturing.leave(lead, in: &transaction)
        try Nurturing.enrolBySegment(lead, in: &transaction)
        return transaction.record(Lead.schema.name, id)
    }

    /// Settles a lead whose touches changed, which where no rule and no nurture looks at them is nothing to look up.
    static func settle(
        touched lead: @autoclosure () -> Identifier?, in transaction: inout Transaction
    ) throws(Refusal) {
        if transaction.isEmpty(ScoringRule.schema.name), transaction.isEmpty(Nurture.schema.name) { return }
        if let lead = lead() { try settle(lead, in: &transaction) }
    }

    private static func isScored(_ lead: Record, in transaction: Transaction) -> Bool {
        !lead["score"].isNull || !lead["score_overrides"].elements.isEmpty || !activeRules(in: transaction).isEmpty
    }

    private static func score(_ lead: Record, in transaction: inout Transaction) throws(Refusal) -> Record {
        let settings = transaction.oldest(Settings.schema.name)
        let scoring = Scoring(of: lead, at: transaction.now, in: transaction)
        var draft = Draft(lead)
        draft["score"] = .integer(scoring.score)
        draft["score_band"] = .text(ScoreBand(of: scoring.score).text)
        draft["grade"] = .text(Settings.grade(of: scoring.fitPoints, by: settings))
        let isSame = ["score", "score_band", "grade"].allSatisfy { draft[$0] == lead[$0] }
        let day = transaction.now.advanced(byMilliseconds: Instant.dayMilliseconds)
        let isDue = lead["timer_at"].instant.map { $0 <= transaction.now } ?? true
        // A timer that runs already is left alone: a touch is then no change of the lead.
        if !scoring.isDecaying { draft["timer_at"] = .null } else if isDue { draft["timer_at"] = .instant(day) }
        var scored = isSame && draft["timer_at"] == lead["timer_at"] ? lead : transaction.put(draft)
        guard let least = settings?["mql_score"].whole, scoring.score >= least, Lead.stage(of: scored) == .lead,
            isReached(least, from: lead)
        else { return scored }
        scored = try Lead.happen(
            .qualifyForMarketing, to: scored, at: transaction.now,
            reason: "the score \(scoring.score) reached \(least)", in: &transaction)
        if settings?["hands_off"] == .bool(true) { handOff(scored, in: &transaction) }
        return scored
    }

    /// Whether a threshold is reached for the first time, or anew: who was recycled is not qualified for what it was.
    private static func isReached(_ least: Int64, from lead: Record) -> Bool {
        (lead["score"].whole ?? 0) < least || !StageEntry.all(of: lead).contains { $0.stage == Stage.mql.rawValue }
    }

    /// Hands a lead off where a routing rule finds somebody; where none does it waits as mql.
    private static func handOff(_ lead: Record, in transaction: inout Transaction) {
        let count = transaction.changeCount
        do throws(Refusal) {
            var draft = transaction.draft(of: HandOff.schema)
            draft["lead_id"] = .reference(lead.id)
            try HandOff.making(&draft, given: GivenFields(), in: &transaction)
            transaction.put(draft)
        } catch {
            transaction.rollBack(to: count)
        }
    }

    static let timer = Timer(Lead.schema.name) { lead, transaction throws(Refusal) in
        try settle(lead.id, in: &transaction)
    }

    // MARK: Telling

    /// `{"score", "grade", "as_of", "entries": [{"rule_id", "name", "kind", "touch_id", "at", "points", "value"}]}`
    public static func json(of lead: Record, at now: Instant, in view: View) -> JSON {
        let scoring = Scoring(of: lead, at: now, in: view)
        let settings = view.records(Settings.schema.name, after: nil, limit: 1).first
        return [
            "lead_id": .string(lead.idText), "score": .integer(scoring.score),
            "grade": .string(Settings.grade(of: scoring.fitPoints, by: settings)), "as_of": .string(now.description),
            "total": .number(rounded(scoring.entries.reduce(0) { $0 + $1.value })),
            "entries": .array(
                scoring.entries.map { entry in
                    [
                        "rule_id": entry.rule.map { .string($0.idText) } ?? .null, "name": .string(entry.name),
                        "kind": .string(entry.kind), "touch_id": entry.touch.map { .string($0.idText) } ?? .null,
                        "at": entry.at.map { .string($0.description) } ?? .null, "points": .number(entry.points),
                        "value": .number(entry.value),
                    ]
                }),
        ]
    }
}
