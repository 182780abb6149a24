internal import Dispatch
internal import Synchronization

/// A value that one thread at a time may touch, and whose holder does what others would have waited for.
///
/// Who posts work never waits: where another thread holds the value, that one does it before it lets go. So a thread with
/// other things to do goes on, and the value stays in one processor's cache (flat combining: Hendler, Incze, Shavit and
/// Tzafrir, SPAA 2010).
public final class CombiningLock<Value: Sendable>: Sendable {
    /// What is done with the value; it gives what is to be done once the value is let go of.
    public typealias Work = @Sendable (inout Value) -> Afterwards?
    /// What follows from some work, and may use the lock again.
    public typealias Afterwards = @Sendable () -> Void

    private let value: Locked<Value>
    private let posted = Locked<[Work]>([])
    private let postedCount = Atomic<Int>(0)

    /// A value behind a lock.
    public init(_ value: consuming sending Value) { self.value = Locked(value) }

    /// Waits until no other thread has the value, does what was posted meanwhile, and then `body`.
    public func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        let (afterwards, result) = value.withLock { value in (doPosted(&value), body(&value)) }
        for call in afterwards { call() }
        // What was posted since `body` began found the lock taken.
        settle()
        return result
    }

    /// Has work done, in the order it is posted: here and now where no other thread has the value, or by the one that has.
    ///
    /// - Returns: whether it was done here and now.
    public func post(_ work: @escaping Work) -> Bool {
        let done = value.withLockIfFree { value in (doPosted(&value), work(&value)) }
        if let (afterwards, last) = done {
            for call in afterwards { call() }
            last?()
        } else {
            posted.withLock { $0.append(work) }
            postedCount.add(1, ordering: .sequentiallyConsistent)
        }
        settle()
        return done != nil
    }

    /// Does `body` in turn and returns then: by the next thread that lets go of the value, however soon that takes it again.
    ///
    /// Who waits in ``withLock(_:)`` may find the value taken time and again by a thread that hardly lets go of it.
    public func withLockInTurn<Result: Sendable>(_ body: @escaping @Sendable (inout Value) -> Result) -> Result {
        if let (afterwards, result) = value.withLockIfFree({ value in (doPosted(&value), body(&value)) }) {
            for call in afterwards { call() }
            settle()
            return result
        }
        let result = Locked<Result?>(nil)
        let isDone = DispatchSemaphore(value: 0)
        _ = post { value in
            let made = body(&value)
            result.withLock { $0 = made }
            return { isDone.signal() }
        }
        isDone.wait()
        guard let made = result.withLock({ $0.take() }) else { preconditionFailure("it was just made") }
        return made
    }

    /// Does what is posted, unless another thread has the value: that one looks again when it has let go.
    private func settle() {
        while true {
            // Who posts counts and then looks at the lock; who lets go of it then looks at the count: one of them sees.
            atomicMemoryFence(ordering: .sequentiallyConsistent)
            guard postedCount.load(ordering: .sequentiallyConsistent) > 0,
                let afterwards = value.withLockIfFree({ value in doPosted(&value) })
            else { return }
            for call in afterwards { call() }
        }
    }

    private func doPosted(_ value: inout Value) -> [Afterwards] {
        guard postedCount.load(ordering: .relaxed) > 0 else { return [] }
        let works = posted.withLock { posted in
            let works = posted
            posted = []
            return works
        }
        postedCount.subtract(works.count, ordering: .relaxed)
        return works.compactMap { work in work(&value) }
    }
}
