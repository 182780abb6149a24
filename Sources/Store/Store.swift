internal import JSON
public import Ledger
internal import Synchronization

/// Who asks, for the ledger to remember.
public struct Author: Sendable {
    /// Who does it: a key's or a user's id, or the program's own part.
    public let actor: String
    /// The request's id.
    public let request: String

    /// An author.
    public init(actor: String, request: String) {
        self.actor = actor
        self.request = request
    }
}

/// All records in memory, a fold over a ledger: a command becomes one entry and is settled when that is durable.
///
/// Readers see durable states alone: a ``View`` is published after its sync, so nobody is shown what a crash could
/// take back, and no read ever waits. A command is checked against the newest state, durable or not, and what it is
/// told, also a no, is told when the state it was checked against is durable.
///
/// ``close()`` ends its thread and comes before its last reference goes.
public final class Store: Sendable {
    private let schemas: Schemas
    private let ledger: any Ledger
    private let clock: @Sendable () -> Instant
    private let writer: Mutex<Writer>
    private let published: Mutex<View>
    private let appender: Mutex<Appender<Settlement>?>
    private let needsFlush = Atomic<Bool>(false)
    /// What loading found.
    public let loadReport: LoadReport

    private struct Writer {
        var tables: [Table]
        var seq: Int64
        var lastID = Identifier.least
        var lastTime = Instant(milliseconds: 0)
        var entries: [Entry] = []
        var waiters: [@Sendable (StoreFault?) -> Void] = []
        var fault: StoreFault?
        var isClosed = false
    }

    private struct Settlement: Sendable {
        let view: View
        let waiters: [@Sendable (StoreFault?) -> Void]
    }

    /// Loads the ledger and starts to take commands.
    ///
    /// - Parameters:
    ///   - resources: every resource there is.
    ///   - clock: tells the time.
    /// - Throws: ``LedgerFault`` when the ledger is damaged or its files cannot be read.
    public init(
        _ ledger: any Ledger, resources: [Schema], clock: @escaping @Sendable () -> Instant
    ) throws(LedgerFault) {
        let schemas = Schemas(resources)
        var loader = Loader(schemas: schemas)
        loadReport = try ledger.load { item throws(LedgerFault) in try loader.take(item) }
        self.schemas = schemas
        self.ledger = ledger
        self.clock = clock
        writer = Mutex(
            Writer(
                tables: loader.tables, seq: loadReport.seq, lastID: loader.lastID, lastTime: loader.lastTime))
        published = Mutex(View(seq: loadReport.seq, tables: loader.tables, schemas: schemas))
        appender = Mutex(nil)
        // Weak: an owner that goes without closing leaves a thread that finds nothing more to do.
        let started = Appender<Settlement>(
            ledger, take: { [weak self] in self?.take() }, settled: { [weak self] in self?.settle($0, $1) })
        appender.withLock { $0 = started }
    }

    /// The newest durable state.
    public var view: View { published.withLock { $0 } }

    /// Why nothing can be written any more, or `nil` while all is well.
    public var fault: StoreFault? { writer.withLock { $0.fault } }

    // MARK: Writing

    /// Does one command: all that `body` changes becomes one entry.
    ///
    /// `settled` is called once, from another thread or before this returns: with the result and its place in the
    /// ledger, or with the refusal, when the state that it rests on is durable; or with the fault that kept it from
    /// being. The appender is told by ``flush()``.
    public func write<Result: Sendable, Refused: Error & Sendable>(
        by author: Author, _ body: (inout Transaction) throws(Refused) -> Result,
        settled: @escaping @Sendable (Outcome<Result, Refused>) -> Void
    ) {
        let isTaken = writer.withLock { writer in
            guard !writer.isClosed else { return false }
            if let fault = writer.fault {
                writer.waiters.append { _ in settled(.failed(fault)) }
                return true
            }
            let outcome: Outcome<Result, Refused>
            do throws(Refused) {
                let result = try run(body, by: author, &writer)
                outcome = .done(result, seq: writer.seq)
            } catch {
                outcome = .refused(error)
            }
            writer.waiters.append { fault in settled(fault.map { .failed($0) } ?? outcome) }
            return true
        }
        guard isTaken else { return settled(.failed(StoreFault(reason: "the store is closed"))) }
        needsFlush.store(true, ordering: .releasing)
    }

    /// Lets what has gathered be written; called at the end of a loop's turn, when all that was ready has gathered.
    public func flush() {
        guard needsFlush.load(ordering: .relaxed), needsFlush.exchange(false, ordering: .acquiringAndReleasing) else {
            return
        }
        appender.withLock { $0 }?.wake()
    }

    private func run<Result, Refused: Error>(
        _ body: (inout Transaction) throws(Refused) -> Result, by author: Author, _ writer: inout Writer
    ) throws(Refused) -> Result {
        // A clock that went back does not take the ledger with it.
        let now = max(clock(), writer.lastTime)
        var transaction = Transaction(now: now, tables: writer.tables, lastID: writer.lastID, schemas: schemas)
        // The tables are the transaction's alone meanwhile, so that it changes them in place.
        writer.tables = []
        defer { writer.tables = transaction.tables }
        let result: Result
        do throws(Refused) {
            result = try body(&transaction)
        } catch {
            transaction.rollBack(to: 0)
            throw error
        }
        guard !transaction.changes.isEmpty else { return result }
        writer.seq += 1
        writer.lastID = transaction.lastID
        writer.lastTime = now
        writer.entries.append(
            Entry(
                seq: writer.seq, at: now.description, actor: author.actor, request: author.request,
                changes: transaction.changes))
        return result
    }

    // MARK: Settling

    private func take() -> Appender<Settlement>.Batch? {
        writer.withLock { writer in
            guard !writer.waiters.isEmpty else { return nil }
            let view = View(seq: writer.seq, tables: writer.tables, schemas: schemas)
            let batch = (writer.entries, Settlement(view: view, waiters: writer.waiters))
            writer.entries = []
            writer.waiters = []
            return batch
        }
    }

    private func settle(_ settlement: Settlement, _ ledgerFault: LedgerFault?) {
        // What was dropped with an earlier batch has nothing left to append, and is not done for that.
        let fault = ledgerFault.map { stop(because: $0) } ?? fault
        if fault == nil { published.withLock { $0 = settlement.view } }
        for waiter in settlement.waiters { waiter(fault) }
    }

    /// Memory goes back to what is durable: what was not written was never answered as done.
    private func stop(because ledgerFault: LedgerFault) -> StoreFault {
        let durable = view
        return writer.withLock { writer in
            let fault = writer.fault ?? StoreFault(reason: ledgerFault.description)
            writer.fault = fault
            writer.tables = durable.tables
            writer.seq = durable.seq
            writer.entries = []
            return fault
        }
    }

    // MARK: Snapshot and end

    /// Writes a snapshot of the durable state, beside live traffic.
    public func snapshot() throws(LedgerFault) {
        let view = view
        try ledger.snapshot(seq: view.seq) { give throws(LedgerFault) in
            for table in view.tables {
                var fault: LedgerFault?
                table.records.ascend { _, record in
                    do throws(LedgerFault) {
                        try give(Change(resource: table.schema.name, id: record.idText, record: record.encoded))
                        return true
                    } catch {
                        fault = error
                        return false
                    }
                }
                if let fault { throw fault }
            }
        }
    }

    /// Settles what has gathered and takes no more; returns when all is on disk.
    public func close() {
        writer.withLock { $0.isClosed = true }
        let last = appender.withLock { appender in
            defer { appender = nil }
            return appender
        }
        last?.stop()
    }
}

/// How a command ended.
public enum Outcome<Result: Sendable, Refused: Error & Sendable>: Sendable {
    /// It is durable, at this place in the ledger.
    case done(Result, seq: Int64)
    /// A rule said no.
    case refused(Refused)
    /// It could not be written.
    case failed(StoreFault)
}

/// Why nothing can be written.
public struct StoreFault: Error, Sendable {
    /// What failed, for the log and the health answer.
    public let reason: String
}

/// Folds what a ledger holds into tables.
private struct Loader {
    let schemas: Schemas
    var tables: [Table]
    var lastID = Identifier.least
    var lastTime = Instant(milliseconds: 0)

    init(schemas: Schemas) {
        self.schemas = schemas
        tables = schemas.all.map { Table(schema: $0) }
    }

    mutating func take(_ item: Loaded) throws(LedgerFault) {
        switch item {
        case .record(let change): try apply(change, place: "a snapshot")
        case .entry(let entry):
            if let time = Instant(entry.at) { lastTime = max(lastTime, time) }
            for change in entry.changes { try apply(change, place: "entry \(entry.seq)") }
        }
    }

    private mutating func apply(_ change: Change, place: String) throws(LedgerFault) {
        guard schemas.declares(change.resource) else {
            throw .damaged(file: place, line: 0, reason: "it has \(change.resource), which this program does not know")
        }
        let number = schemas.number(change.resource)
        let schema = tables[number].schema
        guard let id = Identifier(change.id, prefix: schema.prefix) else {
            throw .damaged(file: place, line: 0, reason: "\(change.id) is no id of \(change.resource)")
        }
        lastID = max(lastID, id)
        guard let encoded = change.record else {
            tables[number].remove(id)
            return
        }
        do throws(JSONFault) {
            let record = try Record.decode(encoded, id: id, schema: schema)
            // A snapshot has no times of entries; its records' own keep the clock from going back.
            if let time = record.values[schema.updatedAtSlot].instant { lastTime = max(lastTime, time) }
            tables[number].put(record)
        } catch {
            throw .damaged(file: place, line: 0, reason: "\(change.id) is not JSON: \(error.reason)")
        }
    }
}
