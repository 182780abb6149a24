internal import HTTPTypes

/// Takes a chunked body apart (RFC 9112 §7.1), however its bytes are split.
struct ChunkedDecoder {
    private enum State {
        case size(digits: Int)
        case extensions(ChunkExtensions)
        case sizeLF
        case data
        case dataCR
        case dataLF
        case trailerStart
        case trailerName
        case trailerValue
        case trailerLF
        case endLF
    }

    private var state = State.size(digits: 0)
    private var remaining = 0
    private var extensionBytes = 0
    private var trailerBytes = 0

    /// The most bytes that all chunk extensions, or all trailers, of a body may take; nobody needs more than none.
    private static let oddBytesMax = 4096

    /// Moves the body's bytes from `bytes` to `body`.
    ///
    /// - Returns: whether the body is whole; `cursor` then stands behind it.
    mutating func decode(
        _ bytes: [UInt8], _ cursor: inout Int, until end: Int, into body: inout [UInt8], bytesMax: Int
    ) throws(ParseFault) -> Bool {
        while cursor < end {
            if case .data = state {
                let count = min(remaining, end - cursor)
                body.append(contentsOf: bytes[cursor..<cursor + count])
                cursor += count
                remaining -= count
                if remaining == 0 { state = .dataCR }
                continue
            }
            let byte = bytes[cursor]
            cursor += 1
            if try step(byte, bodyBytes: body.count, bytesMax: bytesMax) { return true }
        }
        return false
    }

    private mutating func step(_ byte: UInt8, bodyBytes: Int, bytesMax: Int) throws(ParseFault) -> Bool {
        switch state {
        case .size(let digits):
            try readSize(byte, digits: digits, room: bytesMax - bodyBytes)
        case .extensions(var extensions):
            extensionBytes += 1
            guard extensionBytes <= Self.oddBytesMax else { throw Self.fault("chunk extensions without end") }
            state = try extensions.read(byte) ? .sizeLF : .extensions(extensions)
        case .sizeLF:
            guard byte == 0x0A else { throw Self.fault("a chunk's size line must end in CRLF") }
            state = remaining == 0 ? .trailerStart : .data
        case .data: break
        case .dataCR:
            guard byte == 0x0D else { throw Self.fault("a chunk is longer than its size says") }
            state = .dataLF
        case .dataLF:
            guard byte == 0x0A else { throw Self.fault("a chunk must end in CRLF") }
            state = .size(digits: 0)
        case .trailerStart, .trailerName, .trailerValue:
            try readTrailer(byte)
        case .trailerLF:
            guard byte == 0x0A else { throw Self.fault("a trailer must end in CRLF") }
            state = .trailerStart
        case .endLF:
            guard byte == 0x0A else { throw Self.fault("a chunked body must end in CRLF") }
            return true
        }
        return false
    }

    private mutating func readSize(_ byte: UInt8, digits: Int, room: Int) throws(ParseFault) {
        if let value = hexValue(byte) {
            // 15 digits never overflow 64 bits, and leading zeros have a bound with them.
            guard digits < 15 else { throw Self.fault("a chunk's size has too many digits") }
            if digits == 0 { remaining = 0 }
            remaining = remaining << 4 | Int(value)
            guard remaining <= room else {
                throw ParseFault(.contentTooLarge, "the body is longer than is taken here")
            }
            state = .size(digits: digits + 1)
            return
        }
        guard digits > 0 else { throw Self.fault("a chunk's size must be hexadecimal digits") }
        if byte == 0x0D {
            state = .sizeLF
        } else if let extensions = ChunkExtensions(from: byte) {
            state = .extensions(extensions)
        } else {
            throw Self.fault("a chunk's size must be hexadecimal digits")
        }
    }

    /// Trailers are read to their end and dropped: no handler here could trust them.
    private mutating func readTrailer(_ byte: UInt8) throws(ParseFault) {
        trailerBytes += 1
        guard trailerBytes <= Self.oddBytesMax else { throw Self.fault("trailers without end") }
        switch state {
        case .trailerStart where byte == 0x0D: state = .endLF
        case .trailerStart where isTokenByte(byte), .trailerName where isTokenByte(byte): state = .trailerName
        case .trailerName where byte == UInt8(ascii: ":"): state = .trailerValue
        case .trailerValue where byte == 0x0D: state = .trailerLF
        case .trailerValue where byte >= 0x20 && byte != 0x7F || byte == 0x09: break
        default: throw Self.fault("a trailer is no header field")
        }
    }

    private static func fault(_ reason: String) -> ParseFault { ParseFault(.badRequest, reason) }
}
