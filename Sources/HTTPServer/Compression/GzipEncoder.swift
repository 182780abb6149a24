internal import CZlib

/// Encodes gzip (RFC 1952): a whole body, or a stream piece by piece.
///
/// It is not `Sendable`: a loop keeps one for all its whole bodies, and a stream has one of its own. To make one takes
/// 45 µs, three times as long as to encode 2 KB.
@safe
final class GzipEncoder {
    /// What an encoder is kept for, which decides its memory and its level.
    enum Use {
        /// One a loop, for bodies, in 268 KB of memory.
        ///
        /// They are encoded while other connections wait, so the level is 1. Records as JSON, in µs and bytes:
        /// ```
        /// level        2,008 bytes   30,102 bytes   1,000,309 bytes
        ///   1          13     803    187    8,945    7,992  285,092
        ///   4          16     783    340    8,114   14,493  252,509
        ///   6          18     769    431    7,749   20,656  234,270
        /// ```
        case bodies
        /// One a stream of events, of which there are many, in 22 KB of memory.
        ///
        /// An event is short and like the last few: 200 of 353 bytes became 25,691 bytes at level 6 (13 µs each),
        /// 28,862 at level 1 (12 µs), and 22,421 at level 6 in 268 KB.
        case events
    }

    /// How far the reader must be able to read.
    enum Flush {
        /// What has been given may wait for more.
        case none
        /// All that has been given can be read from what was written, as an event must be at once.
        case sync
        /// The end; the encoder is then ready for the next body.
        case finish
    }

    // At a place of its own: zlib keeps a pointer back to it, so it must never move.
    private let stream: UnsafeMutablePointer<z_stream>

    init(for use: Use) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let code =
            switch use {
            case .bodies: unsafe tandem_gzip_encode_init(stream, 1, 15, 8)
            case .events: unsafe tandem_gzip_encode_init(stream, 6, 11, 4)
            }
        precondition(code == Z_OK, "there is no memory to encode gzip: \(code)")
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Forgets a body that was begun and not finished.
    func reset() {
        unsafe deflateReset(stream)
    }

    /// Appends to `output` what `bytes` become.
    func encode(_ bytes: [UInt8], into output: inout [UInt8], flush: Flush) {
        var place = 0
        while !step(bytes, &place, into: &output, flush: flush) {}
        if flush == .finish { reset() }
    }

    /// Encodes as much as fits into one step; `true` when all of `bytes` and the flush are done.
    private func step(_ bytes: [UInt8], _ place: inout Int, into output: inout [UInt8], flush: Flush) -> Bool {
        let count = min(bytes.count - place, Self.inputBytesMax)
        let isLast = place + count == bytes.count
        // A body that does not compress at all still ends in its first step, where it is short.
        let room = min(Int(unsafe deflateBound(stream, UInt(count))) + Self.flushBytes, Self.outputBytesMax)
        var isDone = false
        output.append(addingCapacity: room) { span in
            unsafe span.withUnsafeMutableBufferPointer { target, written in
                unsafe bytes[place..<place + count].withUnsafeBufferPointer { source in
                    unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                    unsafe stream.pointee.avail_in = UInt32(count)
                    unsafe stream.pointee.next_out = target.baseAddress
                    unsafe stream.pointee.avail_out = UInt32(room)
                    let code = unsafe deflate(stream, isLast ? flush.code : Z_NO_FLUSH)
                    // `Z_BUF_ERROR` says only that there was nothing to do.
                    precondition(code != Z_STREAM_ERROR, "the encoder's state is broken")
                    written = unsafe room - Int(stream.pointee.avail_out)
                    place += unsafe count - Int(stream.pointee.avail_in)
                    // Room is left: zlib had nothing more to write.
                    isDone = unsafe isLast && stream.pointee.avail_out > 0
                }
            }
        }
        return isDone
    }

    /// zlib counts in 32 bits.
    private static let inputBytesMax = 1 << 30
    private static let outputBytesMax = 64 << 10
    /// `deflateBound` is for these bytes alone; a flush also lets out what waited before them.
    private static let flushBytes = 512
}

extension GzipEncoder.Flush {
    fileprivate var code: Int32 {
        switch self {
        case .none: Z_NO_FLUSH
        case .sync: Z_SYNC_FLUSH
        case .finish: Z_FINISH
        }
    }
}
