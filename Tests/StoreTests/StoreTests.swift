import Dispatch
import Ledger
import Locks
import Synchronization
import TestSupport
import Testing

@testable import Store

/// A ledger in memory whose appends wait to be let through, and can be made to fail.
final class HeldLedger: Ledger {
    private let kept = MemoryLedger()
    let entries = Locked<[Entry]>([])
    let failure = Locked<LedgerFault?>(nil)
    let gate = DispatchSemaphore(value: 0)

    func load<Reader: LedgerReader>(into reader: inout Reader) throws(LedgerFault) -> LoadReport {
        try kept.load(into: &reader)
    }

    func append(_ new: [Entry]) throws(LedgerFault) {
        // As the file does: nothing to write is nothing to wait for, and asks whether all is well again.
        if !new.isEmpty { gate.wait() }
        if let fault = failure.withLock({ $0 }) { throw fault }
        entries.withLock { $0 += new }
        try kept.append(new)
    }

    func follow(
        after seq: Int64, through last: Int64, _ take: (Entry) throws(LedgerFault) -> Bool
    ) throws(LedgerFault) { try kept.follow(after: seq, through: last, take) }

    func snapshot(seq: Int64, _ write: SnapshotSource) throws(LedgerFault) { try kept.snapshot(seq: seq, write) }

    func erase(
        through last: Int64, _ blanking: Blanking, seq: Int64, _ write: SnapshotSource
    ) throws(LedgerFault) { try kept.erase(through: last, blanking, seq: seq, write) }
}

/// A refusal of the test's own.
struct No: Error {}

let things = Schema(
    "things", prefix: "thing", "What tests keep.",
    fields: [
        Field("name", .text(max: 20), "A name.").required().indexed(), Field("size", .integer(0...1000), "A size."),
        Field("tags", .texts(max: 5), "Tags.").with(default: .list([])).indexed(),
        Field("seen_at", .instant, "A time.").readOnly().indexed(),
    ])

@Suite("A store", .timeLimit(.minutes(10)))
struct StoreTests {
    let ledger = HeldLedger()

    private func open(_ clock: @escaping @Sendable () -> Instant = { Instant(milliseconds: 1_000) }) throws -> Store {
        try Store(ledger, resources: [things], clock: clock)
    }

    private final class Told<Value: Sendable>: Sendable {
        private let value = Locked<Value?>(nil)
        private let isThere = DispatchSemaphore(value: 0)
        func put(_ new: Value) {
            value.withLock { $0 = new }
            isThere.signal()
        }
        var now: Value? { value.withLock { $0 } }
        func wait() -> Value? {
            isThere.wait()
            return now
        }
    }

    private func make(_ name: String, in store: Store) -> Told<Outcome<Record, No>> {
        let told = Told<Outcome<Record, No>>()
        store.write(by: Author(actor: "a", request: "r")) { (transaction) throws(No) -> Record in
            var draft = transaction.draft(of: things)
            draft["name"] = .text(name)
            draft["seen_at"] = .instant(transaction.now)
            return transaction.put(draft)
        } settled: {
            told.put($0)
        }
        store.flush()
        return told
    }

    @Test("shows a state when it is durable, and tells a refusal no earlier than what it rests on")
    func durable() throws {
        let store = try open()
        let told = make("a", in: store)
        let refused = Told<Outcome<Int, No>>()
        store.write(by: Author(actor: "a", request: "r")) { (transaction) throws(No) -> Int in
            #expect(transaction.records("things", where: "name", is: .text("a")).count == 1, "commands see the newest")
            var draft = transaction.draft(of: things)
            draft["name"] = .text("b")
            transaction.put(draft)
            throw No()
        } settled: {
            refused.put($0)
        }
        store.flush()
        #expect(store.view.count("things") == 0)
        #expect(told.now == nil && refused.now == nil)
        ledger.gate.signal()
        guard case .done(let record, let seq) = told.wait() else {
            Issue.record("not done")
            return
        }
        #expect(seq == 1)
        #expect(store.view.record("things", record.id)?.encoded == record.encoded)
        ledger.gate.signal()
        guard case .refused = refused.wait() else {
            Issue.record("not refused")
            return
        }
        #expect(store.view.count("things") == 1, "a refused command changes nothing")
        #expect(ledger.entries.withLock { $0.count } == 1)
    }

    @Test("lets go of what a refused command made, though nothing is written after it")
    func letGo() throws {
        let store = try open()
        let made = Locked<WeakRecord>(WeakRecord())
        let refused = Told<Outcome<Int, No>>()
        store.write(by: Author(actor: "a", request: "r")) { (transaction) throws(No) -> Int in
            var draft = transaction.draft(of: things)
            draft["name"] = .text("a")
            let record = transaction.put(draft)
            made.withLock { $0.record = record }
            throw No()
        } settled: {
            refused.put($0)
        }
        guard case .refused = refused.wait() else {
            Issue.record("not refused")
            return
        }
        #expect(made.withLock { $0.record == nil })
    }

    @Test("keeps nothing of what a record was once its indexes are up, though nobody asked one")
    func replaced() throws {
        let store = try open()
        ledger.gate.signal()
        let id = try #require(madeID("a", in: store))
        let old = Locked<WeakRecord>(WeakRecord())
        let told = Told<Outcome<Int, No>>()
        store.write(by: Author(actor: "a", request: "r")) { (transaction) throws(No) -> Int in
            guard let record = transaction.record("things", id) else { throw No() }
            old.withLock { $0.record = record }
            var draft = Draft(record)
            draft["name"] = .text("b")
            transaction.put(draft)
            return 0
        } settled: {
            told.put($0)
        }
        store.flush()
        ledger.gate.signal()
        guard case .done = told.wait() else {
            Issue.record("not done")
            return
        }
        store.close()
        #expect(store.view.record("things", id)?["name"].text == "b")
        #expect(old.withLock { $0.record == nil })
    }

    /// The id alone, since whoever has the record keeps it.
    private func madeID(_ name: String, in store: Store) -> Identifier? {
        guard case .done(let record, _) = make(name, in: store).wait() else { return nil }
        return record.id
    }

    private struct WeakRecord {
        weak var record: Record?
    }

    @Test("writes what is gathered when it is told to, or with what others write")
    func gathered() throws {
        let store = try open()
        func gather(_ name: String) -> Told<Outcome<Int64, No>> {
            let told = Told<Outcome<Int64, No>>()
            store.gather(by: Author(actor: "a", request: "r")) { (transaction) throws(No) -> Int64 in
                var draft = transaction.draft(of: things)
                draft["name"] = .text(name)
                transaction.put(draft)
                return transaction.seq
            } settled: {
                told.put($0)
            }
            return told
        }
        let alone = gather("alone")
        // The end of some loop's turn.
        store.flush()
        store.writeGathered()
        ledger.gate.signal()
        guard case .done(1, seq: 1) = alone.wait() else { throw No() }
        let together = gather("together")
        store.flush()
        let other = make("other", in: store)
        // One sync is enough for both.
        ledger.gate.signal()
        guard case .done(2, seq: 2) = together.wait(), case .done(_, seq: 3) = other.wait() else { throw No() }
    }

    @Test("says when so many changes have come to wait for who follows them")
    func changedMany() throws {
        let store = try open()
        let calls = Locked(0)
        store.whenChanged(3) { calls.withLock { $0 += 1 } }
        func change(_ count: Int) {
            for number in 0..<count {
                let told = make("\(number)", in: store)
                ledger.gate.signal()
                _ = told.wait()
            }
        }
        change(2)
        #expect(calls.withLock { $0 } == 0)
        change(3)
        #expect(calls.withLock { $0 } == 1)
        #expect(store.takeChanged().changed?.count == 5)
        change(3)
        #expect(calls.withLock { $0 } == 2)
    }

    @Test("does a command that is posted while another thread is at one after that, and whoever posts goes on")
    func posted() throws {
        let store = try open()
        let (isAtOne, isPosted) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let first = Told<Outcome<Int, No>>()
        DispatchQueue.global().async {
            store.write(by: Author(actor: "a", request: "1")) { (transaction) throws(No) -> Int in
                isAtOne.signal()
                isPosted.wait()
                var draft = transaction.draft(of: things)
                draft["name"] = .text("first")
                transaction.put(draft)
                return 1
            } settled: {
                first.put($0)
            }
            store.flush()
        }
        isAtOne.wait()
        let second = Told<Outcome<Int, No>>()
        let refused = Told<Outcome<Int, No>>()
        for told in [second, refused] {
            store.post(by: Author(actor: "a", request: "2")) { [isRefused = told === refused] transaction throws(No) in
                if isRefused { throw No() }
                let known = transaction.records("things", where: "name", is: .text("first")).count
                var draft = transaction.draft(of: things)
                draft["name"] = .text("second")
                transaction.put(draft)
                return known
            } settled: {
                told.put($0)
            }
        }
        // What is flushed before it is done is taken all the same.
        store.flush()
        isPosted.signal()
        for _ in 0..<3 { ledger.gate.signal() }
        guard case .done(1, seq: 1) = first.wait(), case .done(1, seq: 2) = second.wait(),
            case .refused = refused.wait()
        else {
            Issue.record("\(String(describing: first.now)), \(String(describing: second.now))")
            return
        }
        #expect(store.view.count("things") == 2)
    }

    @Test("goes back to what is durable when an append fails, and takes no more")
    func failing() throws {
        let store = try open()
        ledger.gate.signal()
        _ = make("kept", in: store).wait()
        ledger.failure.withLock { $0 = .closed(because: "the test says so") }
        let first = make("lost", in: store)
        let second = make("lost too", in: store)
        for _ in 0..<4 { ledger.gate.signal() }
        for told in [first, second, make("refused", in: store)] {
            guard case .failed = told.wait() else {
                Issue.record("not failed")
                return
            }
        }
        #expect(store.fault?.reason.contains("the test says so") == true)
        #expect(store.view.count("things") == 1)
        #expect(store.view.seq == 1)
    }

    @Test("takes commands again when the ledger does, and of those dropped between none is done")
    func resuming() throws {
        let store = try open()
        ledger.failure.withLock { $0 = .closed(because: "no room") }
        let lost = [make("lost", in: store), make("lost too", in: store)]
        for _ in 0..<9 { ledger.gate.signal() }
        for told in lost {
            guard case .failed = told.wait() else {
                Issue.record("not failed")
                return
            }
        }
        ledger.failure.withLock { $0 = nil }
        guard case .failed = make("asks", in: store).wait(), case .done(_, let seq) = make("kept", in: store).wait()
        else {
            Issue.record("the one that asks is refused, the next is done")
            return
        }
        #expect(seq == 1)
        #expect(store.fault == nil)
        #expect(store.view.count("things") == 1)
    }

    @Test("is the same after a start, whatever the clock did, and its ids go on")
    func restart() throws {
        let time = Atomic<Int64>(50_000)
        let clock: @Sendable () -> Instant = { Instant(milliseconds: time.load(ordering: .relaxed)) }
        let store = try open(clock)
        for _ in 0..<4 { ledger.gate.signal() }
        for number in 0..<3 {
            _ = make("t\(number)", in: store).wait()
            time.subtract(10_000, ordering: .relaxed)
        }
        store.close()
        let again = try open(clock)
        func all(_ store: Store) -> [[UInt8]] {
            var found: [[UInt8]] = []
            store.view.forEach("things") { found.append($0.encoded) }
            return found
        }
        #expect(all(store) == all(again))
        let times = ledger.entries.withLock { $0.map(\.at) }
        #expect(times == times.sorted(), "the ledger's time does not go back")
        guard case .done(let record, _) = make("later", in: again).wait() else {
            Issue.record("not done")
            return
        }
        var greatest = Identifier.least
        store.view.forEach("things") { greatest = max(greatest, $0.id) }
        #expect(record.id > greatest)
    }

    @Test("marks no entry as an erasure whose erasure was taken back, and forgets no earlier end of a record")
    func refusedErasure() throws {
        let store = try open()
        for _ in 0..<4 { ledger.gate.signal() }
        guard case .done(let kept, _) = make("kept", in: store).wait(),
            case .done(let gone, _) = make("gone", in: store).wait()
        else {
            Issue.record("not done")
            return
        }
        let told = Told<Outcome<Int, No>>()
        store.write(by: Author(actor: "a", request: "r")) { (transaction) throws(No) -> Int in
            transaction.remove(gone)
            let count = transaction.changeCount
            transaction.erase([kept])
            transaction.erase(gone: gone.id, things)
            #expect(transaction.erases && transaction.changeCount == 3)
            transaction.rollBack(to: count)
            #expect(transaction.lastChange(ofGone: gone.id, "things") == 3)
            return 0
        } settled: {
            told.put($0)
        }
        store.flush()
        _ = told.wait()
        #expect(ledger.entries.withLock { $0.map(\.erases) } == [false, false, false])
        #expect(store.view.record("things", kept.id)?.version == 1)
        #expect(store.lastChange(things, gone.id) == 3)
        store.close()
    }

    private static let now = Instant(milliseconds: 1_000).description

    @Test(
        "is not opened over what cannot be read",
        arguments: [("", "things"), ("yesterday", "things"), (now, "dragons")])
    func unreadable(at time: String, resource: String) throws {
        func entry(_ seq: Int64, at time: String, of resource: String) -> Entry {
            let change = Change(resource: resource, was: nil, .gone(id: things.text(.least)))
            return Entry(seq: seq, at: time, actor: "a", request: "r", changes: [change])
        }
        ledger.gate.signal()
        try ledger.append([entry(1, at: Self.now, of: "things"), entry(2, at: time, of: resource)])
        let fault = #expect(throws: LedgerFault.self) { _ = try open() }
        #expect(fault?.description.hasPrefix("entry 2: ") == true, "\(fault?.description ?? "")")
    }

    @Test("says of what is erased when it is gone which entry took it away")
    func erasedWhenGone() throws {
        let store = try open()
        for _ in 0..<4 { ledger.gate.signal() }
        guard case .done(let record, _) = make("gone", in: store).wait() else {
            Issue.record("not done")
            return
        }
        for erases in [false, true] {
            let told = Told<Outcome<Int, No>>()
            store.write(by: Author(actor: "a", request: "r")) { (transaction) throws(No) -> Int in
                if erases { transaction.erase(gone: record.id, things) } else { transaction.remove(record) }
                return 0
            } settled: {
                told.put($0)
            }
            store.flush()
            _ = told.wait()
        }
        #expect(store.lastChange(things, record.id) == 3)
        #expect(ledger.entries.withLock { $0.map(\.erases) } == [false, false, true])
        #expect(ledger.entries.withLock { $0.last?.changes.map(\.was) } == [2])
        store.close()
    }

    @Test("settles what has gathered before it closes")
    func closing() throws {
        let store = try open()
        let told = (0..<3).map { make("t\($0)", in: store) }
        for _ in 0..<6 { ledger.gate.signal() }
        store.close()
        for one in told {
            guard case .done = one.now else {
                Issue.record("not settled")
                return
            }
        }
    }
}

@Suite("A query", .timeLimit(.minutes(10)))
struct QueryTests {
    @Test(
        "walks page by page what a filter and a sort of all would give, while others come and go",
        arguments: [1, 2, 3] as [UInt64])
    func model(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let ledger = HeldLedger()
        for _ in 0..<10_000 { ledger.gate.signal() }
        let store = try Store(ledger, resources: [things], clock: { Instant(milliseconds: 5_000) })
        func change(_ count: Int) {
            let done = DispatchSemaphore(value: 0)
            let plan = (0..<count).map { _ in
                (
                    Int.random(in: 0..<4, using: &random), Int64.random(in: 0..<5, using: &random),
                    Int.random(in: 0..<6, using: &random)
                )
            }
            store.write(by: Author(actor: "", request: "")) { (transaction) throws(No) -> Int in
                for (name, size, kind) in plan {
                    let known = transaction.records("things", where: "name", is: .text("n\(name)"))
                    if kind == 0, let record = known.last {
                        transaction.remove(record)
                    } else {
                        var draft = transaction.draft(of: things)
                        draft["name"] = .text("n\(name)")
                        draft["size"] = kind == 1 ? .null : .integer(size)
                        draft["tags"] = .list([.text("t\(size)"), .text("u\(name)")])
                        draft["seen_at"] = .instant(Instant(milliseconds: size))
                        transaction.put(draft)
                    }
                }
                return 0
            } settled: { _ in
                done.signal()
            }
            store.flush()
            done.wait()
        }
        change(300)
        for conditions in try Self.conditions() {
            for order in try Self.orders() {
                var query = Query(conditions: conditions, order: order, limit: Int.random(in: 1..<40, using: &random))
                let before = store.view
                let wanted = Self.naive(query, before)
                var walked: [Identifier] = []
                repeat {
                    let page = store.view.plan(query, of: "things").page()
                    walked += page.records.map(\.id)
                    query.after = page.next
                    change(2)
                } while query.after != nil
                #expect(Set(walked).count == walked.count, "none comes twice")
                let stayed = wanted.filter { store.view.record("things", $0) != nil }
                #expect(walked.filter { before.record("things", $0) != nil && stayed.contains($0) } == stayed)
            }
        }
        store.close()
    }

    private static func path(_ name: String) throws -> FieldPath { try #require(things.path(name)) }

    private static func conditions() throws -> [[Condition]] {
        [
            [], [Condition(try path("name"), .isAny(of: [.text("n1")]))],
            [
                Condition(try path("tags"), .isAny(of: [.text("t2"), .text("u3")])),
                Condition(try path("size"), .isNone(of: [.number(4)])),
            ],
            [
                Condition(
                    try path("size"),
                    .isWithin(lower: .init(.number(1), isInside: true), upper: .init(.number(3), isInside: false)))
            ],
            [Condition(try path("size"), .isMissing(true))],
        ]
    }

    private static func orders() throws -> [[SortKey]] {
        [
            [], [SortKey(try path("created_at"), isDescending: true)], [SortKey(try path("size"), isDescending: false)],
            [SortKey(try path("size"), isDescending: true), SortKey(try path("name"), isDescending: false)],
            [SortKey(try path("seen_at"), isDescending: true)], [SortKey(try path("seen_at"), isDescending: false)],
        ]
    }

    private static func naive(_ query: Query, _ view: View) -> [Identifier] {
        var all: [Record] = []
        view.forEach("things") { record in
            if query.conditions.allSatisfy({ $0.holds(for: record) }) { all.append(record) }
        }
        return all.sorted { left, right in
            for key in query.order {
                let (first, second) = (key.path.value(in: left).indexValue(), key.path.value(in: right).indexValue())
                if first == second { continue }
                let isLess =
                    first == nil || second != nil && (first.map { one in second.map { one < $0 } ?? false } ?? true)
                return isLess != key.isDescending
            }
            return (left.id < right.id) != (query.order.first?.isDescending ?? false)
        }.map(\.id)
    }
}
