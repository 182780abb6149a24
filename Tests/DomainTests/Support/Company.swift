import Dispatch
import Domain
import JSON
import Locks
import Store
import TestSupport
import Testing

/// The records of a company over a ledger in memory, at a time that the test sets.
final class Company: Sendable {
    let store: Store
    private let clock: TestClock
    private let author = Locked(Author(actor: "test", request: ""))

    /// A company at noon of the first of July 2026, or as an earlier one left its ledger.
    init(_ ledger: MemoryLedger = MemoryLedger(), at time: String = "2026-07-01T12:00:00Z") throws {
        let clock = TestClock(time)
        self.clock = clock
        store = try Store(ledger, resources: Resources.schemas) { clock.now }
    }

    deinit { store.close() }

    /// What everybody sees.
    var view: View { store.view }

    /// Goes on at another time.
    func setTime(_ time: String) { clock.set(time) }

    /// Does what `body` does in a role, as the user who has it where one is given.
    func acting<Result, Failure: Error>(
        _ role: Role, _ user: Record? = nil, scopes: [String] = [],
        _ body: () throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        author.withLock {
            $0 = Author(actor: "test", request: "", role: role.rawValue, user: user?.id, scopes: scopes)
        }
        defer { author.withLock { $0 = Author(actor: "test", request: "") } }
        return try body()
    }

    /// Does a command and waits until it is durable.
    func perform<Result: Sendable>(
        _ body: (inout Transaction) throws(Refusal) -> Result
    ) throws(Refusal) -> Result {
        let box = Locked<Outcome<Result, Refusal>?>(nil)
        let isThere = DispatchSemaphore(value: 0)
        store.write(by: author.withLock { $0 }) { transaction throws(Refusal) in
            try body(&transaction)
        } settled: { outcome in
            box.withLock { $0 = outcome }
            isThere.signal()
        }
        store.flush()
        isThere.wait()
        switch box.withLock({ $0 }) {
        case .done(let result, _): return result
        case .refused(let refusal): throw refusal
        case .failed(let fault): preconditionFailure("a ledger in memory failed: \(fault.reason)")
        case nil: preconditionFailure("settled without an outcome")
        }
    }
}

extension Company {
    @discardableResult
    func create(_ resource: String, _ input: JSON) throws(Refusal) -> Record {
        try perform { transaction throws(Refusal) in
            try Commands.create(kind(resource), input, in: &transaction)
        }
    }

    @discardableResult
    func patch(_ record: Record, _ input: JSON, version: Int64? = nil) throws(Refusal) -> Record {
        try perform { transaction throws(Refusal) in
            let now = current(record, in: transaction)
            return try Commands.patch(kind(record.schema.name), now, input, if: demanding(version), in: &transaction)
        }
    }

    private func demanding(_ version: Int64?) -> Precondition { version.map { .isThere(versions: [$0]) } ?? .none }

    func delete(_ record: Record, version: Int64? = nil) throws(Refusal) {
        try perform { transaction throws(Refusal) in
            let now = current(record, in: transaction)
            try Commands.delete(kind(record.schema.name), now, if: demanding(version), in: &transaction)
        }
    }

    /// Does an action on a record as it stands now.
    @discardableResult
    func act(_ name: String, _ record: Record, _ input: JSON = [:]) throws(Refusal) -> Record {
        guard let action = Action.all.first(where: { $0.name == name && $0.resource == record.schema.name }) else {
            preconditionFailure("\(record.schema.name) have no \(name)")
        }
        return try perform { transaction throws(Refusal) in
            try action.run(on: current(record, in: transaction), input, in: &transaction)
        }
    }

    /// Goes on at another time, at which what is due happens; tells how much that was.
    @discardableResult
    func fire(at time: String) throws(Refusal) -> Int {
        setTime(time)
        return try perform { transaction throws(Refusal) in Timer.fire(most: 100, in: &transaction) }
    }

    /// A record as it stands now.
    func now(_ record: Record) throws -> Record {
        try #require(view.record(record.schema.name, record.id), "\(record.idText) is gone")
    }

    private func current(_ record: Record, in transaction: Transaction) -> Record {
        guard let now = transaction.record(record.schema.name, record.id) else {
            preconditionFailure("\(record.idText) is gone")
        }
        return now
    }

    private func kind(_ name: String) -> any Resource.Type {
        guard let kind = Resources.all.first(where: { $0.schema.name == name }) else {
            preconditionFailure("there are no \(name)")
        }
        return kind
    }
}
