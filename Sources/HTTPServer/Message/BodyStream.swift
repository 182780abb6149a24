/// A body that is made while it is sent, for one that is too long to hold.
///
/// Its pieces are asked for off the loop, the next when the client has taken the one before: a slow client holds one
/// piece and nothing else.
public struct BodyStream: Sendable {
    /// The length of the body in bytes.
    public let length: Int
    let read: @Sendable (Int) -> [UInt8]?

    /// A body of `length` bytes; `read` gives some of them from a place on, or `nil` where it cannot: the connection is
    /// then closed, and the client has fewer bytes than it was told.
    public init(length: Int, read: @escaping @Sendable (_ place: Int) -> [UInt8]?) {
        self.length = length
        self.read = read
    }
}
