internal import Store

/// What figures need of one record, read from it once.
protocol FactRow: Sendable {
    /// What is left of a record that is gone: no period has it.
    init()
    init(_ record: Record, _ links: Links, _ words: inout WordList)
}

/// The rows of a table whose figures look at a row as a whole.
struct RowTable<Row: FactRow>: Sendable {
    private(set) var facts: [Row] = []

    subscript(row: Int32) -> Row {
        @inline(__always) get { facts[Int(row)] }
    }

    mutating func put(_ record: Record, _ row: Int, _ links: Links, _ words: inout WordList) {
        if row == facts.count { facts.append(Row()) }
        facts[row] = Row(record, links, &words)
    }

    mutating func remove(_ row: Int) { facts[row] = Row() }

    mutating func reserve(_ count: Int) { facts.reserveCapacity(count) }
}
