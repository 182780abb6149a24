internal import Dispatch
internal import Synchronization

/// A body that is made while it is sent, for one that is too long to hold or that has no end yet.
///
/// Its pieces are asked for one at a time, the next when the client has taken the one before: a slow client holds one
/// piece and nothing else.
public final class OutgoingBody: Sendable {
    /// What comes next of a body.
    public enum Piece: Sendable {
        /// Some bytes, at least one.
        case bytes([UInt8])
        /// The body is whole.
        case end
        /// It cannot go on: the connection breaks, so that the client does not take what it has for the whole.
        case broken
    }

    /// Gives a piece, once, from any thread.
    public typealias Give = @Sendable (Piece) -> Void

    /// The length of the body in bytes, where it is known; where not it is sent in chunks (RFC 9112 §7.1).
    public let length: Int?
    /// What is sent while the next piece is long in coming, so that proxies and clients know that somebody is there.
    let heartbeat: Heartbeat?
    let next: @Sendable (_ place: Int, _ taker: Taker, _ give: @escaping Give) -> Void

    struct Heartbeat: Sendable {
        let bytes: [UInt8]
        let every: Duration
    }

    /// Who takes a body, for who makes it and may wait long for the next piece.
    public final class Taker: Sendable {
        private let hasLeft = Atomic<Bool>(false)

        /// Whether the client is there still.
        public var isThere: Bool { !hasLeft.load(ordering: .relaxed) }

        func leave() { hasLeft.store(true, ordering: .relaxed) }
    }

    /// A body whose pieces come when they are there.
    ///
    /// - Parameters:
    ///   - length: its bytes, where they are known.
    ///   - next: called on the loop with the place of the next byte; gives the piece that starts there, now or later.
    public convenience init(
        length: Int? = nil, next: @escaping @Sendable (_ place: Int, _ give: @escaping Give) -> Void
    ) {
        self.init(length: length, heartbeat: nil) { place, _, give in next(place, give) }
    }

    init(
        length: Int?, heartbeat: Heartbeat?,
        next: @escaping @Sendable (_ place: Int, _ taker: Taker, _ give: @escaping Give) -> Void
    ) {
        self.length = length
        self.heartbeat = heartbeat
        self.next = next
    }

    /// A body of `length` bytes, read off the loop: `read` gives some of them from a place on, or `nil` where it cannot.
    public convenience init(length: Int, read: @escaping @Sendable (_ place: Int) -> [UInt8]?) {
        self.init(length: length) { place, give in
            DispatchQueue.global().async {
                guard let bytes = read(place), !bytes.isEmpty else { return give(.broken) }
                give(.bytes(bytes))
            }
        }
    }
}
