internal import Foundation
public import Ledger
internal import Locks
public import Store

/// Keeps the columns in step with a store.
public final class LiveFacts: Sendable {
    private let store: Store
    private let facts = Locked<Facts?>(nil)
    /// Past states that were asked for last, the newest last.
    private let past = Locked<[Facts]>([])

    private static let pastMax = 2

    /// The columns of a store; they are made when they are first asked for.
    public init(_ store: Store) { self.store = store }

    /// The facts as they stand in the newest durable state.
    public var now: Facts {
        facts.withLock { facts in
            Self.bring(&facts, upTo: store)
            guard let facts else { preconditionFailure("they were just made") }
            return facts
        }
    }

    /// Makes the columns ahead of the first question, which after a start would wait for them, and behind all else that
    /// the processor has to do; `done` is called when they are.
    public func prepare(done: @escaping @Sendable () -> Void) {
        Thread.detachNewThread { [self] in
            // On Linux of this thread alone.
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
            _ = now
            done()
        }
    }

    private static let niceness: Int32 = 10

    /// Takes what changed into the columns, so that who asks next does not wait for it; nothing where there are none
    /// yet, or where somebody is at it.
    public func catchUp() {
        _ = facts.withLockIfFree { facts in
            if facts != nil { Self.bring(&facts, upTo: store) }
        }
    }

    /// The facts as they were recorded before an instant.
    ///
    /// - Throws: ``LedgerFault/forgotten(before:)`` where what was known then is no longer kept.
    public func known(at time: Instant) throws(LedgerFault) -> Facts {
        let seq = try store.seq(before: time)
        if seq >= store.view.seq { return now }
        // One at a time: each takes the memory of all columns while it is made.
        return try past.withLock { past throws(LedgerFault) in
            if let kept = past.first(where: { $0.view.seq == seq }) { return kept }
            let made = Facts(of: try store.view(through: seq))
            past.append(made)
            if past.count > Self.pastMax { past.removeFirst() }
            return made
        }
    }

    /// Forgets past states, whose personal data may have been erased since.
    public func forgetPast() { past.withLock { $0 = [] } }

    private static func bring(_ facts: inout Facts?, upTo store: Store) {
        let (view, changed) = store.takeChanged()
        guard let changed, facts != nil else {
            facts = nil
            facts = Facts(of: view)
            return
        }
        if !changed.isEmpty || facts?.view.seq != view.seq { facts?.advance(to: view, changed) }
    }
}
