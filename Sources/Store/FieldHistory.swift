/// A change that turned out not to be so, and is taken back.
public struct Undone: Sendable {
    fileprivate let before: Draft
    fileprivate let at: Instant

    /// One of a record that was `before` until `at`.
    public init(before: Draft, at: Instant) {
        self.before = before
        self.at = at
    }
}

/// What fields of a record were until they changed: few change, so what holds now stands in the record alone.
struct FieldHistory: Sendable {
    private let slot: Int
    private let kept: [(slot: Int, isKeptFromNull: Bool)]

    /// The field that it is kept in; `nil` where nothing is.
    static func field(of declared: [Field]) -> Field? {
        let kept = declared.filter(\.isKept)
        guard !kept.isEmpty else { return nil }
        let until = Field("until", .instant, "Until when they were that.")
        return Field(
            "field_history", .objects([until] + kept.map { Field($0.name, $0.type, $0.summary) }),
            "What \(kept.map(\.name).joined(separator: ", ")) were until one of them changed, in order of time."
        ).with(default: .list([])).readOnly().sparse()
    }

    init?(_ fields: [Field]) {
        guard let slot = fields.firstIndex(where: { $0.name == "field_history" }) else { return nil }
        self.slot = slot
        kept = fields.indices.filter { fields[$0].isKept }.map { ($0, fields[$0].isKeptFromNull) }
    }

    /// Adds what a record was until `time`, where the values that take its place differ.
    ///
    /// What changed later than `time` was told too late: what holds now held since `time`, all of it where that `settles` the
    /// record. What a record that is being made had not yet, it never was without.
    func keep(_ values: inout [Value], from old: Record, at time: Instant, isNew: Bool, settles: Bool) {
        var entries = values[slot].elements
        if let late = entries.firstIndex(where: { Self.end(of: $0).map { $0 > time } ?? false }) {
            guard settles else {
                values[slot] = .list(told(values, from: old, at: time, before: late, in: entries))
                return
            }
            entries[late] = .object([.instant(time)] + entries[late].parts.dropFirst())
            entries.removeSubrange((late + 1)...)
            values[slot] = .list(entries)
        }
        let hasChanged = kept.contains { slot, isKeptFromNull in
            let before = old.value(at: slot)
            return before != values[slot] && (isKeptFromNull && !isNew || !before.isNull)
        }
        // Of two changes at the same time the first says what was before.
        guard hasChanged, entries.last.flatMap(Self.end(of:)) != time else { return }
        values[slot] = .list(entries + [.object([.instant(time)] + kept.map { old.value(at: $0.slot) })])
    }

    /// The entries where what changes held since `time`, and what else did later stays.
    private func told(
        _ values: [Value], from old: Record, at time: Instant, before late: Int, in entries: [Value]
    ) -> [Value] {
        var entries = entries
        var before = [.instant(time)] + entries[late].parts.dropFirst()
        for (part, field) in kept.enumerated() where old.value(at: field.slot) != values[field.slot] {
            for place in late..<entries.count {
                var parts = entries[place].parts
                parts[part + 1] = values[field.slot]
                entries[place] = .object(parts)
            }
            if before[part + 1].isNull, !field.isKeptFromNull { before[part + 1] = values[field.slot] }
        }
        // Of two changes at the same time the first says what was before.
        if late == 0 || Self.end(of: entries[late - 1]) != time { entries.insert(.object(before), at: late) }
        return changing(entries, until: values)
    }

    /// Those of some entries that tell something else than what came after them.
    private func changing(_ entries: [Value], until values: [Value]) -> [Value] {
        let later = entries.dropFirst().map { Array($0.parts.dropFirst()) } + [kept.map { values[$0.slot] }]
        return zip(entries, later).filter { Array($0.parts.dropFirst()) != $1 }.map(\.0)
    }

    /// Tells what a record was as if a change had never been: what that had made of a field, it was not.
    func undo(_ values: inout [Value], from old: Record, at time: Instant, _ undone: Undone) {
        let was = kept.map { undone.before.values[$0.slot] }
        let earlier = undone.before.values[slot].elements
        // What the change itself ended is before it.
        let since = old.value(at: slot).elements.dropFirst(earlier.count).filter { Self.end(of: $0) != undone.at }
        var states = since.map { (until: $0.parts[0], fields: Array($0.parts.dropFirst())) }
        states.append((.instant(time), kept.map { old.value(at: $0.slot) }))
        let made = states[0].fields
        for place in states.indices {
            for (part, value) in states[place].fields.enumerated() where value == made[part] {
                states[place].fields[part] = was[part]
            }
        }
        values[slot] = .list(earlier + changing(states.map { .object([$0.until] + $0.fields) }, until: values))
    }

    /// Whether it is known what a field was, of which the history itself is one.
    func keeps(_ slot: Int) -> Bool { slot == self.slot || kept.contains { $0.slot == slot } }

    /// What a field was as of an instant, before which all that counts has happened; `nil` where it was what it is.
    func value(at slot: Int, of record: Record, asOf instant: Instant) -> Value? {
        let entries = record.value(at: self.slot).elements
        let now = entries.firstIndex { Self.end(of: $0).map { $0 >= instant } ?? false } ?? entries.endIndex
        if slot == self.slot { return .list(Array(entries[..<now])) }
        guard now < entries.endIndex, let place = kept.firstIndex(where: { $0.slot == slot }) else { return nil }
        return entries[now].parts[place + 1]
    }

    private static func end(of entry: Value) -> Instant? { entry.parts.first?.instant }
}
