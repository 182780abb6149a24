/// A body on its way to the client, and how its pieces are framed.
final class SentBody {
    let source: OutgoingBody
    let requestNumber: UInt64
    /// Whether the connection ends with it.
    let closes: Bool
    /// Whether its pieces are chunks (RFC 9112 §7.1).
    let isChunked: Bool
    /// How many bytes of the source have been handed to the connection.
    private(set) var place = 0
    /// How long the source is, where it is known; on the wire it is shorter when it is encoded.
    private let length: Int?
    /// Whether its end is that of the connection, and nothing else tells it.
    let isUntilClose: Bool
    private let encoder: GzipEncoder?
    let taker = OutgoingBody.Taker()
    /// Whether a piece has been asked for and is not there yet.
    var isFetching = false

    init(
        _ source: OutgoingBody, length: Int?, requestNumber: UInt64, closes: Bool, framing: ResponseWriter.Framing,
        isCompressed: Bool
    ) {
        self.source = source
        self.length = length
        self.requestNumber = requestNumber
        self.closes = closes
        isChunked = framing == .chunked
        isUntilClose = framing == .untilClose
        encoder = isCompressed ? GzipEncoder(for: source.heartbeat == nil ? .bodies : .events) : nil
    }

    deinit { taker.leave() }

    enum Outcome {
        case goesOn
        case done
        case broken
    }

    /// Appends a piece to `output` as it goes on the wire.
    func append(_ piece: OutgoingBody.Piece, to output: inout OutputBuffer) -> Outcome {
        switch piece {
        case .bytes(let bytes):
            place += bytes.count
            if let length, place > length || bytes.isEmpty { return .broken }
            appendFramed(bytes, to: &output, isLast: false)
            return place == length ? finish(&output) : .goesOn
        case .end:
            return length == nil || place == length ? finish(&output) : .broken
        case .broken: return .broken
        }
    }

    /// Appends what tells the client that somebody is there.
    func appendHeartbeat(to output: inout OutputBuffer) {
        if let heartbeat = source.heartbeat { appendFramed(heartbeat.bytes, to: &output, isLast: false) }
    }

    private func finish(_ output: inout OutputBuffer) -> Outcome {
        if encoder != nil { appendFramed([], to: &output, isLast: true) }
        if isChunked { output.append("0\r\n\r\n") }
        return .done
    }

    private func appendFramed(_ bytes: [UInt8], to output: inout OutputBuffer, isLast: Bool) {
        guard let encoder else { return appendChunk(bytes, to: &output) }
        var packed: [UInt8] = []
        // Who waits for events waits for this one.
        encoder.encode(bytes, into: &packed, flush: isLast ? .finish : source.heartbeat == nil ? .none : .sync)
        appendChunk(packed, to: &output)
    }

    private func appendChunk(_ bytes: [UInt8], to output: inout OutputBuffer) {
        // A chunk of no bytes would be the last one.
        guard !bytes.isEmpty else { return }
        guard isChunked else { return output.append(bytes) }
        output.append(Array(String(bytes.count, radix: 16).utf8))
        output.append("\r\n")
        output.append(bytes)
        output.append("\r\n")
    }
}
