import Dispatch
import Domain
import HTTPServer
import HTTPTypes
import JSON
import Ledger
import Locks
import Store
import TestSupport
import Testing

@testable import API

/// Many rows in one request, over a ledger that fails and then takes entries again.
@Suite("Many rows in one request", .timeLimit(.minutes(10)))
struct BulkTests {
    /// A ledger in memory whose first append fails.
    private final class MendedLedger: Ledger {
        private let kept = MemoryLedger()
        private let isMended = Locked(false)

        func load<Reader: LedgerReader>(into reader: inout Reader) throws(LedgerFault) -> LoadReport {
            try kept.load(into: &reader)
        }

        func append(_ new: [Entry]) throws(LedgerFault) {
            let fails = isMended.withLock { isMended in
                defer { isMended = isMended || !new.isEmpty }
                return !isMended && !new.isEmpty
            }
            guard !fails else { throw .closed(because: "no room") }
            try kept.append(new)
        }

        func follow(
            after seq: Int64, through last: Int64, _ take: (Entry) throws(LedgerFault) -> Bool
        ) throws(LedgerFault) { try kept.follow(after: seq, through: last, take) }

        func snapshot(seq: Int64, _ write: SnapshotSource) throws(LedgerFault) {
            try kept.snapshot(seq: seq, write)
        }

        func erase(
            through last: Int64, _ blanking: Blanking, seq: Int64, _ write: SnapshotSource
        ) throws(LedgerFault) { try kept.erase(through: last, blanking, seq: seq, write) }
    }

    /// So many commands that the fault is over before the last of them; each makes one record.
    private static let rowCount = 100_000

    private static let rows = Bulk.Rows(count: rowCount) { range, transaction in
        var report = ImportReport()
        report.take(row: range.lowerBound, in: &transaction) { transaction throws(Refusal) in
            try Commands.create(Account.self, ["name": "A"], in: &transaction)
        }
        return report
    }

    @Test(
        "are answered as a fault where some of them are lost, though the last could be written", arguments: [nil, "k"])
    func lost(keyText: String?) throws {
        let store = try Store(MendedLedger(), resources: Resources.schemas, clock: { Instant(milliseconds: 1_000) })
        let key = keyText.map { AnsweredRequest.Key(key: $0, request: "r") }
        let answer = Locked<Response?>(nil)
        let isThere = DispatchSemaphore(value: 0)
        Bulk.make(Self.rows, for: key, in: store, by: Author(actor: "a", request: "r")) { response in
            answer.withLock { $0 = response }
            isThere.signal()
        }
        isThere.wait()
        #expect(answer.withLock { $0?.status } == .serviceUnavailable)
        #expect(store.view.count("accounts") == 0, "none comes behind those that are lost")
        #expect(store.view.count("answered_requests") == 0)
        store.close()
    }
}
