internal import JSON
public import Store

/// The one way into a stage: every entry and exit is kept, so that any past day can be asked for.
enum StageHistory {
    /// What a stage's entry holds; leads and deals declare it alike, but what is said of a lead is said of a person.
    static func field(_ stage: FieldType, isOfPerson: Bool = false) -> Field {
        let reason = Field("reason", .text(max: 500), "Why it was entered, where the way was not forward.")
        return Field(
            "stage_history",
            .objects([
                Field("stage", stage, "The stage.").required(),
                Field("entered_at", .instant, "When it was entered; null where nobody knows."),
                Field("left_at", .instant, "When it was left; null while it lasts."),
                Field("implied", .bool, "Whether it was skipped on the way to a later one.").with(
                    default: .bool(false)),
                isOfPerson ? reason.personal() : reason,
            ]), "Every stage entered and left, in order."
        ).with(default: .list([])).readOnly()
    }

    /// Takes a draft into `stage`, over the `skipped` ones, and closes the entry it was in.
    ///
    /// - Throws: ``Refusal/conflict(rule:state:)`` when `time` is before the entry it is in.
    static func enter(
        _ stage: String, at time: Instant?, skipping skipped: [String] = [], reason: String? = nil,
        _ draft: inout Draft
    ) throws(Refusal) {
        var entries = draft["stage_history"].elements
        if let last = entries.last {
            if let time, let entered = last.parts[1].instant, time < entered {
                throw .conflict(
                    rule:
                        "stages are entered in order of time: \(time) is before \(entered), when it became \(last.parts[0].text ?? "")",
                    state: [.init("stage", .string(draft["stage"].text ?? ""))])
            }
            entries[entries.count - 1] = entry(closing: last, at: time)
        }
        for implied in skipped {
            entries.append(entry(implied, from: time, to: time, isImplied: true, reason: nil))
        }
        entries.append(entry(stage, from: time, to: nil, isImplied: false, reason: reason))
        draft["stage_history"] = .list(entries)
        draft["stage"] = .text(stage)
    }

    /// Has the first stage begin at `time`, unless nobody knows when it did, or it was left before.
    static func begin(at time: Instant, _ draft: inout Draft) {
        var entries = draft["stage_history"].elements
        guard var first = entries.first?.parts, !first[1].isNull, first[2].instant.map({ time <= $0 }) ?? true else {
            return
        }
        first[1] = .instant(time)
        entries[0] = .object(first)
        draft["stage_history"] = .list(entries)
    }

    private static func entry(
        _ stage: String, from: Instant?, to: Instant?, isImplied: Bool, reason: String?
    ) -> Value {
        .object([
            .text(stage), from.map { .instant($0) } ?? .null, to.map { .instant($0) } ?? .null, .bool(isImplied),
            reason.map { .text($0) } ?? .null,
        ])
    }

    private static func entry(closing last: Value, at time: Instant?) -> Value {
        var parts = last.parts
        parts[2] = time.map { .instant($0) } ?? .null
        return .object(parts)
    }
}

/// One stage that a lead or a deal was in.
public struct StageEntry: Sendable {
    /// The stage.
    public let stage: String
    /// When it was entered, where that is known.
    public let enteredAt: Instant?
    /// When it was left; `nil` while it lasts.
    public let leftAt: Instant?
    /// Whether it was skipped on the way to a later one.
    public let isImplied: Bool
    /// Why it was entered, where the way was not forward.
    public let reason: String?

    /// The stages of a record, in order.
    public static func all(of record: Record) -> [StageEntry] {
        record["stage_history"].elements.map { entry in
            let parts = entry.parts
            return StageEntry(
                stage: parts[0].text ?? "", enteredAt: parts[1].instant, leftAt: parts[2].instant,
                isImplied: parts[3] == .bool(true), reason: parts[4].text)
        }
    }
}
