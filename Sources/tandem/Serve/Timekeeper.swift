import Dispatch
import Domain
import Metrics
import Store

/// Has what is due by the clock happen: every second it looks whether a timer of the domain has run out, and brings
/// the columns of the metrics in step; where much changes at once, it brings them in step without waiting for the second.
struct Timekeeper {
    private let timer: any DispatchSourceTimer
    private let queue = DispatchQueue(label: "timekeeper")

    /// How much is done in one entry: few enough that who waits for the store hardly notices.
    private static let firedMax = 100
    /// How many changes are taken into the columns at once while a processor is free, and not all when the second is over.
    private static let changedMax = 10_000

    init(_ store: Store, _ facts: LiveFacts, clock: @escaping @Sendable () -> Instant) {
        timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now(), repeating: 1)
        let queue = queue
        timer.setEventHandler { @Sendable in
            Self.look(store, clock, on: queue)
            facts.catchUp()
        }
        timer.resume()
        store.whenChanged(Self.changedMax) { queue.async { facts.catchUp() } }
    }

    /// Looks no more.
    func stop() {
        timer.cancel()
        queue.sync {}
    }

    private static func look(
        _ store: Store, _ clock: @escaping @Sendable () -> Instant, on queue: DispatchQueue
    ) {
        guard Timer.isDue(at: clock(), in: store.view) else { return }
        store.write(by: Author(actor: "timer", request: "")) { transaction throws(Refusal) in
            Timer.fire(most: firedMax, in: &transaction)
        } settled: { outcome in
            // What one entry has no room for goes on at once.
            if case .done(1..., _) = outcome { queue.async { look(store, clock, on: queue) } }
        }
        store.flush()
    }
}
