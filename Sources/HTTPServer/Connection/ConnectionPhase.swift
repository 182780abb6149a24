/// Where a connection stands, and what its passing time means; pure, so that a test needs neither clock nor socket.
///
/// ```
/// handshake ─▶ idle                              (Connection.continueHandshake)
/// idle ─▶ head ─▶ body ─▶ answering ─▶ streaming ─▶ idle   (Connection.advance)
///   any ─▶ draining ─▶ closed                       (Connection.refuse, Connection.finish)
/// ```
enum ConnectionPhase: Equatable {
    /// TLS is being agreed upon.
    case handshake(since: Int64)
    /// No byte of the next request is here.
    case idle(since: Int64)
    /// Part of a head is here.
    case head(since: Int64)
    /// A body is arriving; so many bytes are here.
    case body(since: Int64, receivedBytes: Int)
    /// A handler owes a deferred answer.
    case answering(since: Int64, requestNumber: UInt64)
    /// An answer's body is made while it is sent; the last of it went out, or was asked for, then.
    case streaming(since: Int64, heartbeat: Duration?)
    /// The last answer is out; what still arrives is dropped.
    case draining(since: Int64)

    enum Action: Equatable {
        case stay
        case close
        case refuse(String)
        case giveUp(requestNumber: UInt64)
        case beat
    }

    /// What is due at `now`.
    func timeOut(now: Int64, limits: Limits) -> Action {
        switch self {
        case .handshake(let since):
            return now - since > limits.headTime.nanoseconds ? .close : .stay
        case .idle(let since):
            return now - since > limits.idleTime.nanoseconds ? .close : .stay
        case .head(let since):
            guard now - since > limits.headTime.nanoseconds else { return .stay }
            return .refuse("the header was not whole after \(limits.headTime)")
        case .body(let since, let receivedBytes):
            // What is more earns nothing, or its nanoseconds would be too many for an integer.
            let counted = Int64(min(receivedBytes, 1 << 33))
            let earned = counted * 1_000_000_000 / Int64(max(1, limits.bodyBytesPerSecondMin))
            guard now - since > limits.bodyTime.nanoseconds + earned else { return .stay }
            return .refuse("the body came slower than \(limits.bodyBytesPerSecondMin) bytes a second")
        case .answering(let since, let number):
            return now - since > limits.answerTime.nanoseconds ? .giveUp(requestNumber: number) : .stay
        case .streaming(let since, let heartbeat):
            guard let heartbeat else { return now - since > limits.answerTime.nanoseconds ? .close : .stay }
            return now - since > heartbeat.nanoseconds ? .beat : .stay
        case .draining(let since):
            return now - since > limits.drainTime.nanoseconds ? .close : .stay
        }
    }

    /// Gives the client its time anew: while answers were unsent, nothing of it was read.
    mutating func restart(at now: Int64) {
        switch self {
        case .idle: self = .idle(since: now)
        case .head: self = .head(since: now)
        case .body(_, let receivedBytes): self = .body(since: now, receivedBytes: receivedBytes)
        case .streaming(_, let heartbeat): self = .streaming(since: now, heartbeat: heartbeat)
        case .handshake, .answering, .draining: break
        }
    }

    /// Takes note of bytes that came.
    mutating func note(receivedBytes count: Int) {
        if case .body(let since, let receivedBytes) = self {
            self = .body(since: since, receivedBytes: receivedBytes + count)
        }
    }
}
