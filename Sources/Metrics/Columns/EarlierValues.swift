internal import Store

/// What rows of a table were until they changed; few rows have.
struct EarlierValues<Was: Sendable>: Sendable {
    /// By row, in order of time.
    private var values: [Int: [(until: Int64, was: Was)]] = [:]
    private var lastUntil = Int64.min

    /// Takes what a record was from its history.
    mutating func set(_ row: Int, _ entries: [(until: Int64, was: Was)]) {
        guard let last = entries.last else { return remove(row) }
        values[row] = entries
        lastUntil = max(lastUntil, last.until)
    }

    /// The same where what a record was may have stayed while something else of it changed, up to what it is now.
    mutating func set(_ row: Int, _ entries: [(until: Int64, was: Was)], now: Was) where Was: Equatable {
        if entries.isEmpty { return remove(row) }
        let later = entries.dropFirst().map(\.was) + [now]
        set(row, zip(entries, later).filter { $0.was != $1 }.map(\.0))
    }

    mutating func remove(_ row: Int) { if !values.isEmpty { values[row] = nil } }

    /// What one row was, in order of time.
    func all(of row: Int) -> [(until: Int64, was: Was)] { values[row] ?? [] }

    /// Whether any may have changed since an instant.
    func haveChanged(since instant: Int64) -> Bool { instant <= lastUntil }

    /// The rows that were something else as of an instant, before which all that counts has happened.
    func values(asOf instant: Int64) -> [(row: Int, was: Was)] {
        guard haveChanged(since: instant) else { return [] }
        return values.compactMap { row, earlier in
            earlier.first { $0.until >= instant }.map { (row, $0.was) }
        }
    }
}

/// Reads the field histories of a resource's records.
struct EarlierFields: Sendable {
    private let slot: Int
    private let parts: [String: Int]

    /// What a record was until a time.
    struct Entry {
        let until: Int64
        fileprivate let parts: [String: Int]
        fileprivate let values: [Value]

        /// What a field was, which must be one of those kept.
        func callAsFunction(_ name: String) -> Value {
            guard let part = parts[name] else { preconditionFailure("\(name) is not kept") }
            return values[part]
        }
    }

    init(_ slots: Slots) {
        slot = slots("field_history")
        parts = slots.parts(of: slot)
    }

    func entries(of record: Record) -> [Entry] {
        record.value(at: slot).elements.map { entry in
            Entry(until: entry.parts[0].instant?.milliseconds ?? Facts.never, parts: parts, values: entry.parts)
        }
    }
}
