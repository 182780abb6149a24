internal import Dispatch

/// A stream on its way to the client.
struct SentStream {
    let stream: BodyStream
    /// How many bytes have been handed to the connection.
    private(set) var place = 0
    let requestNumber: UInt64
    /// Whether the connection ends with it.
    let closes: Bool

    init(_ stream: BodyStream, requestNumber: UInt64, closes: Bool) {
        self.stream = stream
        self.requestNumber = requestNumber
        self.closes = closes
    }

    var isDone: Bool { place == stream.length }

    /// Takes note of a piece; `false` where it is none, or more than was promised.
    mutating func take(_ piece: [UInt8]) -> Bool {
        place += piece.count
        return !piece.isEmpty && place <= stream.length
    }

    /// Reads the next piece on another thread and hands it to the loop.
    func fetch(for connection: ConnectionID, on loop: EventLoop) {
        DispatchQueue.global().async { [stream, place, requestNumber] in
            let piece = stream.read(place)
            loop.submit { state in state.connection(connection)?.takePiece(piece, of: requestNumber) }
        }
    }
}
