/// Takes one request's body off the wire behind its head: its framing, and gzip where the client used it.
struct BodyReader {
    enum Progress {
        /// All that came is read, and more must come.
        case more
        /// A step's worth was read; the next goes on even where no byte is left.
        case full
        /// The body is whole.
        case whole
    }

    private let framing: BodyFraming
    private let bytesMax: Int
    private var chunks = ChunkedDecoder()
    /// How many bytes have come off the framing.
    private var framedCount = 0
    private var isFramingDone = false
    private let decoder: GzipDecoder?
    /// What is off the framing and not yet decoded, from `place` on.
    private var encoded: [UInt8] = []
    private var place = 0
    private var isStepFull = false
    private var framingFault: ParseFault?

    /// What one step decodes at most.
    private static let stepBytesMax = 64 * 1024

    init(_ framing: BodyFraming, isCompressed: Bool, bytesMax: Int) {
        self.framing = framing
        self.bytesMax = bytesMax
        decoder = isCompressed ? GzipDecoder() : nil
    }

    /// Moves what belongs to the body from `bytes` to `output`.
    mutating func read(
        _ bytes: [UInt8], _ cursor: inout Int, until end: Int, into output: inout [UInt8]
    ) throws(ParseFault) -> Progress {
        guard let decoder else {
            try unframe(bytes, &cursor, until: end, into: &output)
            return isFramingDone ? .whole : .more
        }
        if !isStepFull {
            var unframed: [UInt8] = []
            do throws(ParseFault) {
                try unframe(bytes, &cursor, until: end, into: &unframed)
            } catch {
                framingFault = error
            }
            encoded = unframed
            place = 0
        }
        let progress = try decoder.decode(
            encoded, &place, until: encoded.count, into: &output, bytesMax: bytesMax, stepBytesMax: Self.stepBytesMax)
        isStepFull = progress == .full
        if isStepFull { return .full }
        // What stood before it was decoded first: how the bytes are split must not choose between two faults.
        if let framingFault { throw framingFault }
        guard isFramingDone else { return .more }
        try decoder.finish()
        return .whole
    }

    /// Takes the framing off.
    private mutating func unframe(
        _ bytes: [UInt8], _ cursor: inout Int, until end: Int, into output: inout [UInt8]
    ) throws(ParseFault) {
        let start = output.count
        switch framing {
        case .none: isFramingDone = true
        case .chunked:
            guard !isFramingDone else { return }
            isFramingDone = try chunks.decode(
                bytes, &cursor, until: end, into: &output, bytesMax: bytesMax - framedCount + start)
        case .length(let length):
            let count = min(length - framedCount, end - cursor)
            output.append(contentsOf: bytes[cursor..<cursor + count])
            cursor += count
            isFramingDone = framedCount + count == length
        }
        framedCount += output.count - start
    }
}
