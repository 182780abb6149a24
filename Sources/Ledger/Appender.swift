internal import Dispatch
internal import Synchronization

/// Group commit: one thread that appends all that has gathered, syncs once, and tells who waited.
///
/// While one sync runs, the next batch gathers by itself; nobody waits for company.
public final class Appender<Mark: Sendable>: Sendable {
    /// What has gathered: its entries, and what the owner wants back when they are settled.
    public typealias Batch = (entries: [Entry], mark: Mark)

    private let ledger: any Ledger
    private let take: @Sendable () -> Batch?
    private let settled: @Sendable (Mark, LedgerFault?) -> Void
    private let queue = DispatchQueue(label: "appender")
    private let wakeUp = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let isAwake = Atomic<Bool>(false)
    private let isStopping = Atomic<Bool>(false)

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - take: gives what has gathered since it was asked last, or `nil`.
    ///   - settled: called on the thread when the batch is durable, or with the fault that kept it from being.
    public init(
        _ ledger: any Ledger, take: @escaping @Sendable () -> Batch?,
        settled: @escaping @Sendable (Mark, LedgerFault?) -> Void
    ) {
        self.ledger = ledger
        self.take = take
        self.settled = settled
        queue.async { self.run() }
    }

    /// Says that something has gathered.
    public func wake() {
        if !isAwake.exchange(true, ordering: .acquiringAndReleasing) { wakeUp.signal() }
    }

    /// Settles all that has gathered, ends the thread, and returns then.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        wakeUp.signal()
        ended.wait()
    }

    private func run() {
        while true {
            wakeUp.wait()
            isAwake.store(false, ordering: .releasing)
            // Asked for first, so that what gathers before it is said is taken.
            let isLast = isStopping.load(ordering: .acquiring)
            while let batch = take() { settle(batch) }
            tidyUp()
            if isLast { break }
        }
        ended.signal()
    }

    /// Nothing is left to write, so the ledger has time for itself.
    private func tidyUp() {
        do throws(LedgerFault) {
            try ledger.append([])
        } catch {
            // It is closed, as the next batch will be told.
        }
    }

    private func settle(_ batch: Batch) {
        do throws(LedgerFault) {
            try ledger.append(batch.entries)
            settled(batch.mark, nil)
        } catch {
            settled(batch.mark, error)
        }
    }
}
