internal import Dispatch
internal import JSON
public import Ledger

/// Folds what a ledger holds into tables: records are decoded on all cores and put in order.
struct Loader: LedgerReader {
    private let schemas: Schemas
    private var tables: [Table]
    private var lastID = Identifier.least
    private var lastTime = Instant(milliseconds: 0)

    init(schemas: Schemas) {
        self.schemas = schemas
        tables = schemas.all.map { Table(schema: $0) }
    }

    /// What some records or entries come to.
    struct Part: Sendable {
        fileprivate var states: [(table: Int, id: Identifier, record: Record?, seq: Int64)] = []
        fileprivate var lastID = Identifier.least
        fileprivate var lastTime = Instant(milliseconds: 0)
    }

    func read(_ loaded: Loaded) throws(LedgerFault) -> Part {
        var part = Part()
        switch loaded {
        case .standings(let standings):
            part.states.reserveCapacity(standings.count)
            for standing in standings {
                try add(standing.resource, standing.state, seq: standing.seq, to: &part)
            }
            // A snapshot has no times of entries; its records' own keep the clock from going back.
            for state in part.states {
                guard let record = state.record, case .instant(let time) = record.value(at: record.schema.updatedAtSlot)
                else { continue }
                part.lastTime = max(part.lastTime, time)
            }
        case .entries(let entries):
            part.states.reserveCapacity(entries.count)
            for entry in entries {
                guard let time = Instant(entry.at) else {
                    throw .unreadable(seq: entry.seq, reason: "it was recorded at \"\(entry.at)\", which is no time")
                }
                part.lastTime = max(part.lastTime, time)
                for change in entry.changes {
                    try add(change.resource, change.state, seq: entry.seq, to: &part)
                }
            }
        }
        return part
    }

    mutating func take(_ part: Part) {
        for state in part.states { tables[state.table].load(state.id, state.record, seq: state.seq) }
        lastID = max(lastID, part.lastID)
        lastTime = max(lastTime, part.lastTime)
    }

    mutating func restart() { self = Loader(schemas: schemas) }

    /// The tables with their indexes, the greatest id and the latest time.
    consuming func finish() -> (tables: [Table], lastID: Identifier, lastTime: Instant) {
        var tables = tables
        for number in tables.indices { tables[number].buildIndexes() }
        return (tables, lastID, lastTime)
    }

    private func add(
        _ resource: String, _ state: RecordState, seq: Int64, to part: inout Part
    ) throws(LedgerFault) {
        guard schemas.declares(resource) else {
            throw .unreadable(seq: seq, reason: "it has \(resource), which this program does not know")
        }
        let number = schemas.number(resource)
        let schema = schemas.all[number]
        switch state {
        case .gone(let text):
            guard let id = Identifier(text, prefix: schema.prefix) else {
                throw .unreadable(seq: seq, reason: "\(text) is no id of \(resource)")
            }
            part.lastID = max(part.lastID, id)
            part.states.append((number, id, nil, seq))
        case .stands(let encoded):
            let record: Record
            do throws(JSONFault) {
                record = try Record(decoding: encoded, schema: schema, seq: seq)
            } catch {
                throw .unreadable(seq: seq, reason: "a record of \(resource) is not one: \(error.reason)")
            }
            part.lastID = max(part.lastID, record.id)
            part.states.append((number, record.id, record, seq))
        }
    }
}

/// Reads what a ledger holds as a start does and keeps nothing, for who wants to know whether it can be read.
public struct RecordChecker: LedgerReader {
    private let loader: Loader

    /// By the resources that may be in it.
    public init(resources: [Schema]) { loader = Loader(schemas: Schemas(resources)) }

    /// Reads the records.
    public func read(_ loaded: Loaded) throws(LedgerFault) { _ = try loader.read(loaded) }
    /// Keeps nothing.
    public func take(_ part: Void) {}
    /// Has nothing to forget.
    public func restart() {}
}
