import Dispatch
import Foundation
import Ledger
import Logging
import Store
import Synchronization

/// Writes snapshots beside live traffic when enough has been written since the last, and lets old history go.
struct Maintenance {
    private let work: MaintenanceWork
    private let timer: any DispatchSourceTimer
    private let queue = DispatchQueue(label: "maintenance")

    init(_ store: Store, _ files: FileLedger, keeping history: KeptHistory, _ log: Logger) {
        let work = MaintenanceWork(store, files, history, log)
        self.work = work
        timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now() + 10, repeating: 10)
        timer.setEventHandler { @Sendable in work.run(isLast: false) }
        timer.resume()
    }

    /// Does no more; what is being done is finished.
    func stop() {
        timer.cancel()
        queue.sync {}
    }

    /// Writes the snapshot that makes the next start quick.
    func finish() { work.run(isLast: true) }
}

/// Knows what the last snapshot stands for.
private final class MaintenanceWork: Sendable {
    private let store: Store
    private let files: FileLedger
    private let history: KeptHistory
    private let log: Logger
    private let lastSeq: Atomic<Int64>
    /// The day on which old history was let go last.
    private let lastDay = Atomic<Int64>(0)

    /// How many entries make a snapshot worth its time, while running and at the end: a start reads 100,000 entries in
    /// about a second. A store of many records waits longer, since its snapshot takes longer.
    private static let entriesMin: Int64 = 20_000
    private static let entriesMinAtEnd: Int64 = 1_000

    init(_ store: Store, _ files: FileLedger, _ history: KeptHistory, _ log: Logger) {
        self.store = store
        self.files = files
        self.history = history
        self.log = log
        lastSeq = Atomic(store.loadReport.snapshotSeq ?? 0)
    }

    func run(isLast: Bool) {
        let view = store.view
        let isDue = isForgettingDue()
        let enough =
            isLast ? Self.entriesMinAtEnd : isDue ? 1 : max(Self.entriesMin, Int64(view.recordCount / 4))
        do throws(LedgerFault) {
            if view.seq - lastSeq.load(ordering: .relaxed) >= enough {
                let seq = try store.snapshot()
                lastSeq.store(seq, ordering: .relaxed)
                log.info("snapshot written", metadata: ["seq": "\(seq)"])
                forget()
            } else if isDue {
                forget()
            }
        } catch {
            // The journal holds everything, so a snapshot that fails costs time at the next start and nothing else.
            log.error("snapshot not written: \(error)")
        }
    }

    /// Whether history goes by days and another day has come: what is old goes then, however little is written.
    private func isForgettingDue() -> Bool {
        guard case .days = history else { return false }
        let today = OpenStore.clock().milliseconds / Instant.dayMilliseconds
        return lastDay.exchange(today, ordering: .relaxed) != today
    }

    private func forget() {
        guard case .days(let days) = history else { return }
        let oldest = OpenStore.clock().advanced(byMilliseconds: -Int64(days) * Instant.dayMilliseconds)
        do throws(LedgerFault) {
            // A segment goes as a whole, so what is written to today does not hold on to yesterday.
            try files.endSegment()
            let removed = try files.removeSegments(recordedBefore: oldest.description)
            if removed > 0 { log.info("old segments removed", metadata: ["count": "\(removed)"]) }
        } catch {
            log.error("old segments are kept: \(error)")
        }
    }
}
