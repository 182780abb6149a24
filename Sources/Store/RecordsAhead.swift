/// Ids whose records are looked at together, so that the processor waits for all of them at once: of a large store hardly
/// any record is near.
struct RecordsAhead {
    private let records: SortedMap<Identifier, Record>
    private let countMax: Int
    private var ids: [Identifier] = []
    private var goesOn = true

    /// Looks at `count` records at a time.
    init(of records: SortedMap<Identifier, Record>, count: Int) {
        self.records = records
        countMax = count
    }

    /// Adds an id, and tells whether there are as many as are looked at together.
    mutating func add(_ id: Identifier) -> Bool {
        if ids.isEmpty { ids.reserveCapacity(countMax) }
        ids.append(id)
        return ids.count >= countMax
    }

    /// Gives the records of the ids added since to `body`, until it says to stop, and tells whether to go on.
    mutating func give(to body: (Record) -> Bool) -> Bool {
        withExtendedLifetime(records) {
            let found = unsafe ids.compactMap { unsafe records.fetching($0) }
            for place in unsafe found.indices { unsafe found[place]._withUnsafeGuaranteedRef { $0.prefetch() } }
            for place in unsafe found.indices where goesOn { goesOn = unsafe body(found[place].takeUnretainedValue()) }
        }
        ids.removeAll(keepingCapacity: true)
        return goesOn
    }
}
