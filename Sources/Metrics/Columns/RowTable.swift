internal import Store

/// What figures need of one record, read from it once.
protocol FactRow: Sendable {
    /// What is left of a record that is gone: no period has it.
    init()
    init(_ record: Record, _ links: Links, _ words: inout WordList)
}

/// What figures need of a record of which some was something else before.
protocol KeptRow: FactRow {
    static var earlierFields: EarlierFields { get }
    /// Takes the row back to an entry of its record's history.
    mutating func goBack(to was: EarlierFields.Entry, _ links: Links, _ words: inout WordList)
}

/// The rows of a table whose figures look at a row as a whole.
struct RowTable<Row: FactRow>: Sendable {
    private(set) var facts: [Row] = []

    subscript(row: Int32) -> Row {
        @inline(__always) get { facts[Int(row)] }
    }

    mutating func put(_ record: Record, _ row: Int, _ links: Links, _ words: inout WordList) {
        put(Row(record, links, &words), row)
    }

    mutating func put(_ fact: Row, _ row: Int) {
        if row == facts.count { facts.append(fact) } else { facts[row] = fact }
    }

    mutating func remove(_ row: Int) { facts[row] = Row() }

    mutating func reserve(_ count: Int) { facts.reserveCapacity(count) }
}

/// The same of rows that were something else before.
struct KeptRowTable<Row: KeptRow>: Sendable {
    private var rows = RowTable<Row>()
    private var earlier = EarlierValues<Row>()

    var facts: [Row] { rows.facts }

    subscript(row: Int32) -> Row {
        @inline(__always) get { rows[row] }
    }

    mutating func put(_ record: Record, _ row: Int, _ links: Links, _ words: inout WordList) {
        let fact = Row(record, links, &words)
        rows.put(fact, row)
        let entries = Row.earlierFields.entries(of: record).map { was in
            var before = fact
            before.goBack(to: was, links, &words)
            return (was.until, before)
        }
        earlier.set(row, entries)
    }

    mutating func remove(_ row: Int) {
        rows.remove(row)
        earlier.remove(row)
    }

    /// Whether any may have changed since an instant.
    func haveChanged(since instant: Int64) -> Bool { earlier.haveChanged(since: instant) }

    /// Takes the rows back to what they were as of an instant.
    mutating func goBack(to instant: Int64) {
        for (row, was) in earlier.values(asOf: instant) { rows.put(was, row) }
    }
}
