internal import CZlib
internal import HTTPTypes

/// Decodes gzip (RFC 1952), however its bytes are split, up to a limit of decoded bytes.
///
/// Members that follow one another are one body (RFC 1952 §2.2), as they are to gzip itself; anything else behind a
/// member is refused. The encoded bytes have no limit here: whoever reads them off the connection has one, since empty
/// blocks and a long name in the header decode to nothing.
///
/// It is not `Sendable`: each body has its own, of 40 KB.
@safe
final class GzipDecoder {
    enum Progress {
        /// All bytes given are decoded.
        case more
        /// As much as a step may give was appended; the next step goes on from `cursor`, even where no byte is left.
        case full
    }

    // At a place of its own: zlib keeps a pointer back to it, so it must never move.
    private let stream: UnsafeMutablePointer<z_stream>
    private var decodedBytes = 0
    /// Whether a member has just ended, its CRC and its length checked, and no byte of a next one has come.
    private(set) var isWhole = false

    init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let code = unsafe tandem_gzip_decode_init(stream)
        precondition(code == Z_OK, "there is no memory to decode gzip: \(code)")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Appends to `output` what the bytes from `cursor` on decode to, at most `stepBytesMax` of it, and moves `cursor`.
    ///
    /// - Parameter bytesMax: how long the body may be, from its first step on.
    /// - Throws: 400 when it is no gzip; 413 when it is longer than may be, by the first byte too many. The bytes before
    ///   are in `output` and not to be trusted.
    func decode(
        _ bytes: [UInt8], _ cursor: inout Int, until end: Int, into output: inout [UInt8], bytesMax: Int,
        stepBytesMax: Int = .max
    ) throws(ParseFault) -> Progress {
        precondition(stepBytesMax > 0, "a step that may give nothing never ends")
        let before = decodedBytes
        while true {
            guard decodedBytes <= bytesMax else {
                throw ParseFault(.contentTooLarge, "the body decodes to more than \(bytesMax) bytes")
            }
            if isWhole {
                guard cursor < end else { return .more }
                unsafe inflateReset(stream)
                isWhole = false
            }
            let left = stepBytesMax - (decodedBytes - before)
            guard left > 0 else { return .full }
            // A short body must not hold a long one's memory: text becomes a quarter to an eighth of its length.
            let guess = max(1024, 8 * min(end - cursor, Self.outputBytesMax))
            // One byte more than may be tells a body that is too long from one that just fits.
            let room = min(left, guess, min(bytesMax - decodedBytes, Self.outputBytesMax) + 1)
            if try step(bytes, &cursor, until: end, into: &output, bytesMax: bytesMax, room: room) { return .more }
        }
    }

    /// Refuses a body that ends before its gzip does.
    func finish() throws(ParseFault) {
        guard isWhole else { throw ParseFault(.badRequest, "the body's gzip is cut off") }
    }

    /// Decodes into `room` bytes at most; `true` when more bytes are needed.
    private func step(
        _ bytes: [UInt8], _ cursor: inout Int, until end: Int, into output: inout [UInt8], bytesMax: Int, room: Int
    ) throws(ParseFault) -> Bool {
        let count = min(end - cursor, Self.inputBytesMax)
        var code = Z_OK
        var written = 0
        output.append(addingCapacity: room) { span in
            unsafe span.withUnsafeMutableBufferPointer { target, initialized in
                unsafe bytes[cursor..<cursor + count].withUnsafeBufferPointer { source in
                    unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                    unsafe stream.pointee.avail_in = UInt32(count)
                    unsafe stream.pointee.next_out = target.baseAddress
                    unsafe stream.pointee.avail_out = UInt32(room)
                    code = unsafe inflate(stream, Z_NO_FLUSH)
                    written = unsafe room - Int(stream.pointee.avail_out)
                    initialized = written
                    cursor += unsafe count - Int(stream.pointee.avail_in)
                }
            }
        }
        decodedBytes += written
        // Too long comes first: zlib reads on where it needs no room, and tells a fault behind it or not, by the split.
        if decodedBytes > bytesMax { return false }
        switch code {
        case Z_STREAM_END: isWhole = true
        // `Z_BUF_ERROR` says only that there was nothing to do.
        case Z_OK, Z_BUF_ERROR: return cursor == end && written < room
        case Z_MEM_ERROR: preconditionFailure("there is no memory to decode gzip")
        default: throw ParseFault(.badRequest, "the body is not gzip, or damaged")
        }
        return false
    }

    /// zlib counts in 32 bits.
    private static let inputBytesMax = 1 << 30
    private static let outputBytesMax = 64 << 10
}
