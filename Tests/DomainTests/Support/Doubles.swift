import Ledger
import Store
import Synchronization

/// A ledger that forgets at the end of the process.
final class MemoryLedger: Ledger {
    private let entries = Mutex<[Entry]>([])

    func load(_ reader: (Loaded) throws(LedgerFault) -> Void) throws(LedgerFault) -> LoadReport {
        var report = LoadReport()
        for entry in entries.withLock({ $0 }) {
            try reader(.entry(entry))
            report.seq = entry.seq
            report.entries += 1
        }
        return report
    }

    func append(_ new: [Entry]) throws(LedgerFault) { entries.withLock { $0 += new } }

    func snapshot(
        seq: Int64, _ write: ((Change) throws(LedgerFault) -> Void) throws(LedgerFault) -> Void
    ) throws(LedgerFault) {}
}

/// A clock that stands still until it is told.
final class TestClock: Sendable {
    private let time: Mutex<Instant>

    init(_ text: String) { time = Mutex(instant(text)) }

    var now: Instant { time.withLock { $0 } }

    func set(_ text: String) { time.withLock { $0 = instant(text) } }
}

/// A time that the test wrote itself, and so must be right.
func instant(_ text: String) -> Instant {
    guard let instant = Instant(text) else { preconditionFailure("\(text) is no time") }
    return instant
}
