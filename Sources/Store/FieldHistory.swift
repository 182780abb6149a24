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
    /// What changed later than `time` was told too late: what holds now held since `time`. What a record that is being made
    /// had not yet, it never was without.
    func keep(_ values: inout [Value], from old: Record, at time: Instant, isNew: Bool) {
        var entries = values[slot].elements
        if let late = entries.firstIndex(where: { Self.end(of: $0).map { $0 > time } ?? false }) {
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

    /// Has a record be what it was before something that turned out not to be so, where it is that again: what it was
    /// meanwhile it never was.
    ///
    /// - Returns: whether it is.
    func forget(_ values: inout [Value], since before: Draft) -> Bool {
        guard kept.allSatisfy({ values[$0.slot] == before.values[$0.slot] }) else { return false }
        values[slot] = before.values[slot]
        return true
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
