/// What became of one step of reading or writing.
enum Transfer: Equatable {
    /// So many bytes were moved, at least one; there may be more.
    case bytes(Int)
    /// To be asked for again when the socket can be read.
    case wantsRead
    /// To be asked for again when the socket can be written.
    case wantsWrite
    /// The client has ended its side in good order.
    case end
    /// The connection failed, or over TLS ended without the client's saying so: what came may not be all.
    case broken
}
