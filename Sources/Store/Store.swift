internal import Dispatch
internal import Glibc
public import Ledger
internal import Locks
internal import Synchronization

/// Who asks, for the ledger to remember.
public struct Author: Sendable {
    /// Who does it: a key's or a user's id, or the program's own part.
    public let actor: String
    /// The request's id.
    public let request: String
    /// The role in which it is done; `nil` for the program's own part, which is asked for none.
    public let role: String?
    /// The user who does it, where it is one.
    public let user: Identifier?
    /// What a role without a department may do.
    public let scopes: [String]

    /// An author.
    public init(
        actor: String, request: String, role: String? = nil, user: Identifier? = nil, scopes: [String] = []
    ) {
        self.actor = actor
        self.request = request
        self.role = role
        self.user = user
        self.scopes = scopes
    }
}

/// All records in memory, a fold over a ledger: a command becomes one entry and is settled when that is durable.
///
/// Readers see durable states alone: a ``View`` is published after its sync, so nobody is shown what a crash could
/// take back, and no read waits for a disk. A command is checked against the newest state, durable or not, and what it is
/// told, also a no, is told when the state it was checked against is durable.
///
/// ``close()`` ends its threads and comes before its last reference goes.
public final class Store: Sendable {
    let schemas: Schemas
    let ledger: any Ledger
    private let clock: @Sendable () -> Instant
    private let writer: CombiningLock<Writer>
    private let published: Locked<Published>
    private let appender: Locked<Appender<Settlement>?>
    private let indexing = DispatchQueue(label: "indexing")
    /// About how many changes were published since bringing up the indexes last began.
    private let unindexedCount = Atomic<Int>(0)
    private let followers = Locked<[@Sendable () -> Void]>([])
    private let watch = Locked<(count: Int, call: @Sendable () -> Void)?>(nil)
    private let faultCall = Locked<(@Sendable (StoreFault?) -> Void)?>(nil)
    private let needsFlush = Atomic<Bool>(false)
    /// The entry up to which all is settled; not the writer's, whom who settles would wait for.
    private let settledSeq: Atomic<Int64>
    /// Whether commands are gathered, whose thread takes the writer again as soon as it has let go.
    private let isGathering = Atomic<Bool>(false)
    /// Whether the writer has a fault, for who asks often and must not wait for a long command.
    private let hasFault = Atomic<Bool>(false)
    let erasures = Locked<Void>(())
    /// What loading found.
    public let loadReport: LoadReport

    private struct Writer: Sendable {
        var tables: [Table]
        /// Whether these have noted what was taken back since.
        var hasTakenBack = false
        var seq: Int64
        var lastID = Identifier.least
        var random = GatheredRandom()
        var lastTime = Instant(milliseconds: 0)
        var entries: [Entry] = []
        var changed: [ChangedRecord] = []
        var waiters: [@Sendable (StoreFault?) -> Void] = []
        var fault: StoreFault?
        var isClosed = false
    }

    /// The newest durable state, and what changed on the way to it since that was last taken.
    private struct Published {
        var view: View
        var changed: [ChangedRecord] = []
        /// Whether more changed than is kept.
        var isBeyond = false

        /// Takes a state, and gives the one before, and how many changes waited before it and with it.
        mutating func take(
            _ view: View, _ more: [ChangedRecord], max: Int
        ) -> (view: View, waiting: (before: Int, now: Int)) {
            let before = changed.count
            let earlier = self.view
            self.view = view
            if changed.count + more.count > max {
                isBeyond = true
                changed = []
            }
            if !isBeyond { changed += more }
            return (earlier, (before, changed.count))
        }
    }

    private static let unindexedFew = 64
    private static let unindexedMax = 4000
    /// As how many changes a state counts that has fewer: indexes go back through the states one by one to where they are up.
    private static let changesOfStateMin = 32

    /// How many changes are kept for who follows: beyond that all is to be read anew, which takes about as long.
    private static let changedMax = 1_000_000

    private struct Settlement: Sendable {
        let view: View
        let changed: [ChangedRecord]
        let waiters: [@Sendable (StoreFault?) -> Void]
        /// What had stopped the store when these gathered.
        let fault: StoreFault?
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
        let report = try ledger.load(into: &loader)
        let loaded = loader.finish()
        loadReport = report
        self.schemas = schemas
        self.ledger = ledger
        self.clock = clock
        writer = CombiningLock(
            Writer(
                tables: loaded.tables, seq: report.seq, lastID: loaded.lastID, lastTime: loaded.lastTime))
        settledSeq = Atomic(report.seq)
        published = Locked(Published(view: View(seq: report.seq, tables: loaded.tables, schemas: schemas)))
        appender = Locked(nil)
        // Weak: an owner that goes without closing leaves a thread that finds nothing more to do.
        let started = Appender<Settlement>(
            ledger, take: { [weak self] in self?.take() }, settled: { [weak self] in self?.settle($0, $1) })
        appender.withLock { $0 = started }
    }

    /// The newest durable state.
    public var view: View { published.withLock { $0.view } }

    /// The newest durable state and the records that changed since this was last called, some of them twice; `nil`
    /// where those are too many, so that all is to be read anew. For one caller, who keeps in step.
    public func takeChanged() -> (view: View, changed: [ChangedRecord]?) {
        published.withLock { published in
            defer {
                published.changed = []
                published.isBeyond = false
            }
            return (published.view, published.isBeyond ? nil : published.changed)
        }
    }

    /// Calls whenever so many changes have come to wait for ``takeChanged()``, from the thread that settles, which must not
    /// wait for it long; until ``close()``.
    public func whenChanged(_ count: Int, _ call: @escaping @Sendable () -> Void) {
        watch.withLock { $0 = (count, call) }
    }

    /// Calls once when the newest durable state is beyond `seq`: at once, or from the thread that settles, which must
    /// not wait for it long.
    public func whenBeyond(_ seq: Int64, _ call: @escaping @Sendable () -> Void) {
        let isNow = followers.withLock { followers in
            if view.seq > seq { return true }
            followers.append(call)
            return false
        }
        if isNow { call() }
    }

    /// Calls `call` when writes are refused from then on, with why, and when they are taken again; it must not wait.
    public func whenFaultChanges(_ call: @escaping @Sendable (StoreFault?) -> Void) {
        faultCall.withLock { $0 = call }
    }

    /// Why nothing can be written at present, or `nil` while all is well.
    public var fault: StoreFault? {
        hasFault.load(ordering: .acquiring) ? writer.withLock { $0.fault } : nil
    }

    private func set(_ fault: StoreFault?, of writer: inout Writer) {
        let isChange = (fault == nil) != (writer.fault == nil)
        writer.fault = fault
        hasFault.store(fault != nil, ordering: .releasing)
        if isChange { faultCall.withLock { $0 }?(fault) }
    }

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
        writer.withLock { writer in command(body, by: author, settled, &writer) }?()
    }

    /// Does one command of several that are written together, as ``write(by:_:settled:)`` does; the appender is told of them
    /// by ``writeGathered()``, and not where some loop ends its turn.
    public func gather<Result: Sendable, Refused: Error & Sendable>(
        by author: Author, _ body: (inout Transaction) throws(Refused) -> Result,
        settled: @escaping @Sendable (Outcome<Result, Refused>) -> Void
    ) {
        isGathering.store(true, ordering: .relaxed)
        writer.withLock { writer in command(body, by: author, settled, isGathered: true, &writer) }?()
    }

    /// Does one command as ``write(by:_:settled:)`` does, without waiting for others: where another thread is at one,
    /// that thread does this one after it. For event loops, which have other connections to look after.
    public func post<Result: Sendable, Refused: Error & Sendable>(
        by author: Author, _ body: @escaping @Sendable (inout Transaction) throws(Refused) -> Result,
        settled: @escaping @Sendable (Outcome<Result, Refused>) -> Void
    ) {
        let isDone = writer.post { [self] writer in command(body, by: author, settled, &writer) }
        // By the time the appender takes what gathered, it is done: who takes does what was posted first.
        if !isDone { needsFlush.store(true, ordering: .releasing) }
    }

    /// Does one command, and gives what is to be called at once because nothing is waited for.
    private func command<Result: Sendable, Refused: Error & Sendable>(
        _ body: (inout Transaction) throws(Refused) -> Result, by author: Author,
        _ settled: @escaping @Sendable (Outcome<Result, Refused>) -> Void, isGathered: Bool = false,
        _ writer: inout Writer
    ) -> (@Sendable () -> Void)? {
        guard !writer.isClosed else { return { settled(.failed(StoreFault(reason: "the store is closed"))) } }
        if let fault = writer.fault {
            // Who waits has the ledger asked again whether it takes entries.
            if !isGathered { needsFlush.store(true, ordering: .releasing) }
            writer.waiters.append { _ in settled(.failed(fault)) }
            return nil
        }
        let outcome: Outcome<Result, Refused>
        do throws(Refused) {
            let result = try run(body, by: author, &writer)
            outcome = .done(result, seq: writer.seq)
        } catch {
            outcome = .refused(error)
        }
        if writer.seq == settledSeq.load(ordering: .acquiring) {
            // The durable state is the same, without what was noted and taken back, for which no view is made.
            if writer.hasTakenBack { writer.tables = view.tables }
            writer.hasTakenBack = false
            return { settled(outcome) }
        }
        if !isGathered { needsFlush.store(true, ordering: .releasing) }
        writer.waiters.append { fault in settled(fault.map { .failed($0) } ?? outcome) }
        return nil
    }

    /// Lets what has gathered be written; called at the end of a loop's turn, when all that was ready has gathered.
    public func flush() {
        guard needsFlush.load(ordering: .relaxed), needsFlush.exchange(false, ordering: .acquiringAndReleasing) else {
            return
        }
        appender.withLock { $0 }?.wake()
    }

    /// Lets what ``gather(by:_:settled:)`` has gathered be written.
    public func writeGathered() { appender.withLock { $0 }?.wake() }

    /// Asks the ledger again whether it takes entries, where it took none.
    public func retry() {
        let isStopped = writer.withLock { writer in
            if writer.fault != nil { writer.waiters.append { _ in } }
            return writer.fault != nil
        }
        if isStopped { appender.withLock { $0 }?.wake() }
    }

    private func run<Result, Refused: Error>(
        _ body: (inout Transaction) throws(Refused) -> Result, by author: Author, _ writer: inout Writer
    ) throws(Refused) -> Result {
        // A clock that went back does not take the ledger with it.
        let now = max(clock(), writer.lastTime)
        var transaction = Transaction(
            now: now, author: author, seq: writer.seq + 1, tables: writer.tables, lastID: writer.lastID,
            random: writer.random, schemas: schemas)
        // The tables are the transaction's alone meanwhile, so that it changes them in place.
        writer.tables = []
        defer {
            writer.tables = transaction.tables
            if transaction.hasTakenBack { writer.hasTakenBack = true }
            // No number is given twice, to a command that is refused either.
            writer.random = transaction.random
        }
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
        writer.changed += transaction.changed
        writer.entries.append(
            Entry(
                seq: writer.seq, at: now.description, actor: author.actor, request: author.request,
                erases: transaction.erases, changes: transaction.changes))
        return result
    }

    // MARK: Settling

    private func take() -> Appender<Settlement>.Batch? {
        // An import makes one command after the other, and would have the disk wait for all of them. Beside commands that
        // are posted more gather while this waits.
        let batch =
            isGathering.exchange(false, ordering: .relaxed)
            ? writer.withLockInTurn { [schemas] in Self.take(of: &$0, schemas) }
            : writer.withLock { Self.take(of: &$0, schemas) }
        // A few changes at a time, while it is written or when there is nothing to write.
        if batch == nil || unindexedCount.load(ordering: .relaxed) >= Self.unindexedFew {
            indexing.async { self.bringUpIndexes() }
        }
        return batch
    }

    private static func take(of writer: inout Writer, _ schemas: Schemas) -> Appender<Settlement>.Batch? {
        guard !writer.waiters.isEmpty else { return nil }
        let view = View(seq: writer.seq, tables: writer.tables, schemas: schemas)
        let settlement = Settlement(view: view, changed: writer.changed, waiters: writer.waiters, fault: writer.fault)
        let batch = (writer.entries, settlement)
        writer.entries = []
        writer.changed = []
        writer.waiters = []
        return batch
    }

    private func settle(_ settlement: Settlement, _ ledgerFault: LedgerFault?) {
        let fault: StoreFault?
        // Let go of when all who waited are told: the nodes that it alone has are many.
        var earlier: View?
        if let ledgerFault {
            fault = stop(because: ledgerFault)
        } else if let earlier = settlement.fault {
            // What gathered after an earlier batch failed was dropped with it, and is not done for all is well again.
            writer.withLock { set(nil, of: &$0) }
            fault = earlier
        } else {
            // Who writes faster than the indexes follow waits for them.
            if unindexedCount.load(ordering: .relaxed) > Self.unindexedMax { bringUpIndexes() }
            unindexedCount.add(max(Self.changesOfStateMin, settlement.changed.count), ordering: .relaxed)
            let (view, waiting) = published.withLock {
                $0.take(settlement.view, settlement.changed, max: Self.changedMax)
            }
            earlier = view
            settledSeq.store(settlement.view.seq, ordering: .releasing)
            fault = nil
            tellFollowers()
            let watch = watch.withLock { $0 }
            if let watch, waiting.before < watch.count, waiting.now >= watch.count { watch.call() }
        }
        for waiter in settlement.waiters { waiter(fault) }
        withExtendedLifetime(earlier) {}
    }

    /// Has the indexes of the newest durable state come up to its records; who asks one that is behind waits for that one.
    ///
    /// They are changed in place, since nobody holds those they follow on any more, as somebody does while a state is not yet
    /// published: a state then has the nodes copied that it changes.
    private func bringUpIndexes() {
        unindexedCount.store(0, ordering: .relaxed)
        view.bringUpIndexes()
    }

    private func tellFollowers() {
        let calls = followers.withLock { followers in
            defer { followers = [] }
            return followers
        }
        for call in calls { call() }
    }

    /// Memory goes back to what is durable: what was not written was never answered as done.
    private func stop(because ledgerFault: LedgerFault) -> StoreFault {
        let durable = view
        writer.withLock { writer in
            set(StoreFault(reason: ledgerFault.description), of: &writer)
            writer.tables = durable.tables
            writer.seq = durable.seq
            settledSeq.store(durable.seq, ordering: .releasing)
            writer.entries = []
            writer.changed = []
        }
        var fault = StoreFault(reason: ledgerFault.description)
        if case .undecided = ledgerFault { fault.isOutcomeUnknown = true }
        return fault
    }

    // MARK: End

    /// Settles what has gathered and takes no more; returns when all is on disk, or ``fault`` says why not.
    public func close() {
        writer.withLock { $0.isClosed = true }
        let last = appender.withLock { appender in
            defer { appender = nil }
            return appender
        }
        last?.stop()
        indexing.sync {}
        watch.withLock { $0 = nil }
        faultCall.withLock { $0 = nil }
        do throws(LedgerFault) { try ledger.close() } catch {
            writer.withLock { set($0.fault ?? StoreFault(reason: error.description), of: &$0) }
        }
    }
}

/// A record that an entry changed, made or took away.
public struct ChangedRecord: Sendable, BitwiseCopyable {
    /// The number of its resource, in the order they were given to the store.
    public let resource: Int32
    /// Its id.
    public let id: Identifier
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
    /// Whether the command may be there at the next start for all that.
    public internal(set) var isOutcomeUnknown = false
}
