import Dispatch
import Ledger
import Logging
import Store
import Synchronization

/// Writes snapshots beside live traffic, when enough has been written since the last.
struct SnapshotTimer {
    private let due: DueSnapshot
    private let timer: any DispatchSourceTimer
    private let queue = DispatchQueue(label: "snapshots")

    /// How many entries make a snapshot worth its time, while running and at the end.
    private static let entriesMin: Int64 = 20_000
    private static let entriesMinAtEnd: Int64 = 1_000

    init(_ store: Store, _ log: Logger) {
        let due = DueSnapshot(store, log)
        self.due = due
        timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now() + 10, repeating: 10)
        timer.setEventHandler { @Sendable in due.write(entriesMin: Self.entriesMin) }
        timer.resume()
    }

    /// Takes no more snapshots; one being written is finished.
    func stop() {
        timer.cancel()
        queue.sync {}
    }

    /// Writes the snapshot that makes the next start quick.
    func writeLast() { due.write(entriesMin: Self.entriesMinAtEnd) }
}

/// Knows what the last snapshot stands for.
private final class DueSnapshot: Sendable {
    private let store: Store
    private let log: Logger
    private let lastSeq: Atomic<Int64>

    init(_ store: Store, _ log: Logger) {
        self.store = store
        self.log = log
        lastSeq = Atomic(store.loadReport.snapshotSeq ?? 0)
    }

    func write(entriesMin: Int64) {
        let seq = store.view.seq
        guard seq - lastSeq.load(ordering: .relaxed) >= entriesMin else { return }
        do throws(LedgerFault) {
            try store.snapshot()
            lastSeq.store(seq, ordering: .relaxed)
            log.info("snapshot written", metadata: ["seq": "\(seq)"])
        } catch {
            // The journal holds everything, so a snapshot that fails costs time at the next start and nothing else.
            log.error("snapshot not written: \(error)")
        }
    }
}
