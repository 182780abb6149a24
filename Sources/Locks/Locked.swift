internal import Glibc

/// A value that one thread at a time may touch.
///
/// Why not `Synchronization.Mutex`: on Linux it spins a thousand pauses before it sleeps, which with two threads on one
/// core is time that the other needs to let go, and the thread sanitizer does not know it, so that it reports each use.
@safe public final class Locked<Value>: @unchecked Sendable {  // Safe: `value` is used under the lock alone.
    private var value: Value
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    /// A value behind a lock.
    public init(_ value: consuming sending Value) {
        self.value = value
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        _ = unsafe pthread_mutex_init(mutex, nil)
    }

    deinit {
        _ = unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    /// Runs `body` while no other thread does.
    public func withLock<Result, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        _ = unsafe pthread_mutex_lock(mutex)
        defer { _ = unsafe pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    /// Runs `body` and gives its result, unless another thread has the value.
    public func withLockIfFree<Result, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result? {
        guard unsafe pthread_mutex_trylock(mutex) == 0 else { return nil }
        defer { _ = unsafe pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
