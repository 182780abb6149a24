public import Store

/// What a field of records was as of past instants, before which all that counts has happened.
///
/// It is kept (`field_history`), or follows from when a record was moved, answered or settled. What keeps no times, such as a
/// name, is as it stands.
public struct PastField: Sendable {
    /// Gives what a field was, or `nil` where it was what the record kept or has.
    public typealias Reading = @Sendable (Record, Instant) -> Value?

    private let schema: Schema
    private let slot: Int
    private let reading: Reading?

    /// The field's past; `nil` where it has none.
    public init?(at slot: Int, of schema: Schema) {
        let resource = Resources.all.first { $0.schema === schema }
        reading = resource?.pastFields[schema.fields[slot].name]
        guard reading != nil || schema.keepsHistory(at: slot) else { return nil }
        self.schema = schema
        self.slot = slot
    }

    /// What it was, where that may be other than what it is.
    public func value(in record: Record, asOf instant: Instant) -> Value? {
        guard schema.wasChanged(record, since: instant) else { return nil }
        return reading?(record, instant) ?? schema.earlierValue(at: slot, of: record, asOf: instant)
    }
}

// MARK: What follows from times

extension Record {
    /// Whether something had happened by an instant, by the field that has its time.
    fileprivate func had(_ field: String, by instant: Instant) -> Bool {
        self[field].instant.map { $0 < instant } ?? false
    }
}

/// Fields that are null until something has happened, by the field that has its time.
private func null(_ fields: String..., until time: String) -> [String: PastField.Reading] {
    let reading: PastField.Reading = { $0.had(time, by: $1) ? nil : .null }
    return Dictionary(uniqueKeysWithValues: fields.map { ($0, reading) })
}

extension [String: PastField.Reading] {
    fileprivate func and(_ others: [String: PastField.Reading]) -> Self { merging(others) { $1 } }
}

extension StageEntry {
    /// The last one that a record entered before an instant; `nil` where none is.
    fileprivate static func last(of record: Record, before instant: Instant) -> StageEntry? {
        all(of: record).last { $0.enteredAt.map { $0 < instant } ?? true }
    }

    /// The history of stages until an instant.
    fileprivate static let history: PastField.Reading = { record, instant in
        let entered = record["stage_history"].elements.filter { $0.parts[1].instant.map { $0 < instant } ?? true }
        return .list(
            entered.map { entry in
                var parts = entry.parts
                if let left = parts[2].instant, left >= instant { parts[2] = .null }
                return .object(parts)
            })
    }
}

extension Lead {
    /// Where it stood.
    public static let pastFields: [String: PastField.Reading] = [
        "stage": { record, instant in StageEntry.last(of: record, before: instant).map { .text($0.stage) } },
        "phase": { record, instant in
            StageEntry.last(of: record, before: instant).map { entry in
                Stage(rawValue: entry.stage)?.phase.map { .text($0) } ?? .null
            }
        },
        "stage_history": StageEntry.history,
    ]
}

extension Deal {
    /// Where it stood, and how it ended if it had.
    public static let pastFields: [String: PastField.Reading] = [
        "stage": { record, instant in StageEntry.last(of: record, before: instant).map { .text($0.stage) } },
        "stage_history": StageEntry.history,
        "closed_at": { record, instant in
            guard let entry = end(of: record, by: instant) else { return .null }
            return entry.enteredAt.map { .instant($0) }
        },
        "base_amount": { end(of: $0, by: $1) == nil ? .null : nil },
        "lost_reason": { record, instant in
            guard let entry = loss(of: record, by: instant) else { return .null }
            return entry.reason.map { .text($0) }
        },
        "lost_category": { loss(of: $0, by: $1) == nil ? .null : nil },
        "lost_to": { loss(of: $0, by: $1) == nil ? .null : nil },
    ]

    /// How it had ended, where it was closed as of an instant.
    private static func end(of record: Record, by instant: Instant) -> StageEntry? {
        StageEntry.last(of: record, before: instant).flatMap { PipelineStages.isOpen($0.stage) ? nil : $0 }
    }

    private static func loss(of record: Record, by instant: Instant) -> StageEntry? {
        end(of: record, by: instant).flatMap { $0.stage == PipelineStages.lost ? $0 : nil }
    }
}

extension HandOff {
    /// How it stood, and how it was answered if it was.
    public static let pastFields: [String: PastField.Reading] =
        null("answered_at", "reason", "reason_code", "reason_class", "contact_due_at", until: "answered_at")
        .and(null("first_contact_at", until: "first_contact_at"))
        .and(null("escalated_at", "escalated_to", until: "escalated_at"))
        .and(null("rerouted_at", until: "rerouted_at"))
        .and([
            "status": { record, instant in
                if record.had("answered_at", by: instant) {
                    // It came back when its contact was due and nobody had been.
                    let isReturned = record["status"].text == "returned"
                    return isReturned && !record.had("contact_due_at", by: instant) ? .text("accepted") : nil
                }
                guard record.had("escalated_at", by: instant) else { return .text("pending") }
                let isLater = !record["answered_at"].isNull || !record["rerouted_at"].isNull
                return isLater && !record.had("rerouted_at", by: instant) ? .text("overdue") : nil
            }
        ])
}

extension Inquiry {
    /// Whether it was answered, and how; who asks again asks until the next answer.
    public static let pastFields: [String: PastField.Reading] =
        null("answer", "answered_by", "response_minutes", until: "answered_at")
        .and(null("first_answered_at", "first_due_at", "reopened_at", until: "reopened_at"))
        .and([
            "answered_at": { answer(to: $0, by: $1) ?? .null },
            "status": { .text(answer(to: $0, by: $1) == nil ? "open" : "answered") },
            "due_at": { due($0, by: $1) },
            "is_overdue": { record, instant in
                let end = answer(to: record, by: instant)?.instant ?? instant
                return .bool(due(record, by: instant).instant.map { $0 < end } ?? false)
            },
        ])

    /// When it was answered, where that was its state.
    private static func answer(to record: Record, by instant: Instant) -> Value? {
        if record.had("answered_at", by: instant) { return record["answered_at"] }
        let isFirst = record.had("first_answered_at", by: instant) && !record.had("reopened_at", by: instant)
        return isFirst ? record["first_answered_at"] : nil
    }

    private static func due(_ record: Record, by instant: Instant) -> Value {
        let isFirst = !record["first_due_at"].isNull && !record.had("reopened_at", by: instant)
        return record[isFirst ? "first_due_at" : "due_at"]
    }
}

extension Objection {
    /// Whether it was answered, and how at last.
    public static let pastFields: [String: PastField.Reading] =
        null("answer", "answered_by", until: "answered_at")
        .and([
            "status": { answer(to: $0, by: $1) == nil ? .text("open") : .text("answered") },
            "answered_at": { answer(to: $0, by: $1)?[0] ?? .null },
            "content_id": { answer(to: $0, by: $1)?[1] ?? .null },
            "is_satisfied": { answer(to: $0, by: $1)?[2] ?? .null },
        ])

    /// The last answer: its time, its content, and whether it did satisfy.
    private static func answer(to record: Record, by instant: Instant) -> [Value]? {
        let last = [record["answered_at"], record["content_id"], record["is_satisfied"]]
        return (record["earlier_answers"].elements.map(\.parts) + [last])
            .filter { $0[0].instant.map { $0 < instant } ?? false }
            .max { $0[0].instant ?? instant < $1[0].instant ?? instant }
    }
}

extension Insight {
    /// How it stood, and what was decided if it was.
    public static let pastFields: [String: PastField.Reading] =
        null("settled_at", "applied_to_campaign_id", "applied_to_content_id", "metric", until: "settled_at")
        .and(null("triaged_at", until: "triaged_at"))
        .and([
            "status": { record, instant in
                if record.had("settled_at", by: instant) { return nil }
                return .text(record.had("triaged_at", by: instant) ? "triaged" : "new")
            }
        ])
}
