/// A request's body as it arrives, for a route that does not want it whole.
///
/// Pieces are asked for one at a time. While none is asked for, nothing is read: the sender waits, and a body of any
/// length takes the room of one piece.
public struct IncomingBody: Sendable {
    /// What comes next of a body.
    public enum Piece: Sendable {
        /// Some bytes, at least one, decoded where the client had compressed them.
        case bytes([UInt8])
        /// The body was whole; the request can now be answered.
        case end
        /// It will never be whole, and this says why: whoever takes it answers with it, and what became of the rest.
        case refused(Problem)
        /// It will never be whole. The client has left; nobody reads an answer.
        case broken
    }

    let loop: EventLoop
    let connection: ConnectionID
    let requestNumber: UInt64

    init(_ request: Deferred) {
        loop = request.loop
        connection = request.connection
        requestNumber = request.requestNumber
    }

    /// Asks for the next piece.
    ///
    /// - Parameter take: called once with it, on the loop: it must not block.
    public func next(_ take: @escaping @Sendable (Piece) -> Void) {
        loop.submit { [connection, requestNumber] state in
            guard let connection = state.connection(connection) else { return take(.broken) }
            connection.demandPiece(of: requestNumber, take)
        }
    }
}
