import Locks
import Store

/// A clock that stands still until it is told.
final class TestClock: Sendable {
    private let time: Locked<Instant>

    init(_ text: String) { time = Locked(instant(text)) }

    var now: Instant { time.withLock { $0 } }

    func set(_ text: String) { time.withLock { $0 = instant(text) } }
}

/// A time that the test wrote itself, and so must be right.
func instant(_ text: String) -> Instant {
    guard let instant = Instant(text) else { preconditionFailure("\(text) is no time") }
    return instant
}
