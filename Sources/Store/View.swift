/// The whole store at one place in the ledger, immutable: readers hold it without a lock for as long as they work.
public final class View: Records, Sendable {
    /// The entry after which it stands.
    public let seq: Int64
    let tables: [Table]
    private let schemas: Schemas

    init(seq: Int64, tables: [Table], schemas: Schemas) {
        self.seq = seq
        self.tables = tables
        self.schemas = schemas
    }

    /// The same state for who holds it long: indexes change in place while nobody holds them, so those that are not asked
    /// are not held with it.
    ///
    /// - Parameter kept: the resources whose indexes are asked; an index of another is made anew each time it is.
    public func withoutIndexes(butOf kept: Set<String> = []) -> View {
        let tables = tables.map { kept.contains($0.schema.name) ? $0 : $0.withoutIndexes() }
        return View(seq: seq, tables: tables, schemas: schemas)
    }

    /// Has every index come up to the records, so that who reads does not wait for it.
    func bringUpIndexes() { for table in tables { table.bringUpIndexes() } }

    /// The record with that id.
    public func record(_ resource: String, _ id: Identifier) -> Record? { table(resource).records[id] }

    /// How many records there are.
    public func count(_ resource: String) -> Int { table(resource).records.count }

    /// The resources, by the numbers that ``ChangedRecord`` tells.
    public var resources: [Schema] { schemas.all }

    /// How many records there are of each resource.
    public var recordCounts: [(resource: String, count: Int)] { tables.map { ($0.schema.name, $0.records.count) } }

    /// How many records there are of all resources.
    public var recordCount: Int { tables.reduce(0) { $0 + $1.records.count } }

    /// The records that have `value` at `path`, in order of their ids; the path must be indexed.
    public func records(_ resource: String, where path: String, is value: IndexValue) -> [Record] {
        table(resource).records(where: path, is: value)
    }

    /// The records after an id in the order of ids, from the first where none is given.
    public func records(_ resource: String, after id: Identifier?, limit: Int) -> [Record] {
        table(resource).records(after: id, limit: limit)
    }

    /// The records of which the moment at `path` is `time` or earlier, the earliest first; the path must be indexed.
    public func records(_ resource: String, due time: Instant, at path: String, limit: Int) -> [Record] {
        table(resource).records(due: time, at: path, limit: limit)
    }

    /// Visits every record of a resource in order of ids.
    public func forEach(_ resource: String, _ body: (Record) -> Void) {
        table(resource).records.ascend { _, record in
            body(record)
            return true
        }
    }

    /// A query of a resource, of which it is settled how it is answered.
    public func plan(_ query: Query, of resource: String) -> PlannedQuery { PlannedQuery(query, of: table(resource)) }

    func table(_ resource: String) -> Table { tables[schemas.number(resource)] }
}

/// The resources of a store, numbered in the order they were given.
final class Schemas: Sendable {
    let all: [Schema]
    private let numbers: Names

    init(_ all: [Schema]) {
        self.all = all
        numbers = Names(all.map(\.name))
    }

    /// The number of a resource, which must be declared.
    func number(_ name: String) -> Int {
        guard let number = numbers[name] else { preconditionFailure("no resource \(name) is declared") }
        return number
    }

    func declares(_ name: String) -> Bool { numbers[name] != nil }
}

extension Table {
    func records(where path: String, is value: IndexValue) -> [Record] {
        guard let path = schema.path(path), let index = schema.index(over: path) else {
            preconditionFailure("\(schema.name) have no index over \(path)")
        }
        return records(in: index, path, is: value)
    }

    func records(after id: Identifier?, limit: Int) -> [Record] {
        Query(after: id.map { Cursor(values: [], id: $0) }, limit: limit).page(of: self).records
    }

    func records(due time: Instant, at path: String, limit: Int) -> [Record] {
        guard let path = schema.path(path) else { preconditionFailure("\(schema.name) have no \(path)") }
        let isDue = Condition(path, .isWithin(lower: nil, upper: .init(.number(time.milliseconds), isInside: true)))
        let query = Query(conditions: [isDue], order: [SortKey(path, isDescending: false)], limit: limit)
        return query.page(of: self).records
    }

    func records(in index: Int, _ path: FieldPath, is value: IndexValue) -> [Record] {
        let key = IndexKey(value)
        var found: [Record] = []
        self.index(index).scan(key, descending: false, from: nil) { id in
            guard let record = records[id] else { return true }
            // Two long texts may have one key.
            if !key.isCut || path.indexValues(in: record).contains(value) { found.append(record) }
            return true
        }
        return found
    }
}
