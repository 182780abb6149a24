internal import HTTPTypes

/// The fields that decide where a message ends, who it is for and how it is encoded, gathered while a head is read.
struct FramingFields {
    private var hostCount = 0
    private var length: Int?
    private var transferEncodings = 0
    private var transferCodings = 0
    private var endsChunked = false
    private var closes = false
    private var keepsAlive = false
    private var expectsContinue = false
    private var contentCoding = ContentCoding.identity
    private var acceptedCodings = AcceptedCodings()

    /// Notes what `field` says of the framing.
    mutating func note(_ field: FieldPlace, in bytes: Span<UInt8>) throws(ParseFault) {
        let name = field.name.range
        // Most fields are none of these, and their length says so.
        switch name.count {
        case 4 where equalsIgnoringCase(bytes, name, "host"):
            hostCount += 1
            guard HostField.isValid(bytes, field.value.range) else {
                throw ParseFault(.badRequest, "Host is not a host and a port")
            }
        case 6 where equalsIgnoringCase(bytes, name, "expect"):
            guard equalsIgnoringCase(bytes, field.value.range, "100-continue") else {
                throw ParseFault(.expectationFailed, "the only expectation known is 100-continue")
            }
            expectsContinue = true
        case 10 where equalsIgnoringCase(bytes, name, "connection"):
            noteConnection(bytes, field.value.range)
        case 14 where equalsIgnoringCase(bytes, name, "content-length"):
            // Two lengths, even equal ones, are how two readers come to disagree (RFC 9112 §6.3).
            guard length == nil, let number = decimalNumber(bytes, field.value.range) else {
                throw ParseFault(.badRequest, "Content-Length must be there once, as digits")
            }
            length = number
        case 15 where equalsIgnoringCase(bytes, name, "accept-encoding"):
            acceptedCodings.note(bytes, field.value.range)
        case 16 where equalsIgnoringCase(bytes, name, "content-encoding"):
            contentCoding.note(bytes, field.value.range)
        case 17 where equalsIgnoringCase(bytes, name, "transfer-encoding"):
            transferEncodings += 1
            forEachToken(bytes, field.value.range) { coding in
                // Empty members of a list are none (RFC 9110 §5.6.1.2).
                if coding.isEmpty { return }
                transferCodings += 1
                endsChunked = equalsIgnoringCase(bytes, coding, "chunked")
            }
        default: break
        }
    }

    /// Decides the framing once all fields are known.
    func settle(_ head: inout Head) throws(ParseFault) {
        guard hostCount == 1 || head.isVersion10 && hostCount == 0 else {
            throw ParseFault(.badRequest, "Host must be there exactly once")
        }
        if transferEncodings > 0 {
            guard !head.isVersion10 else { throw ParseFault(.badRequest, "HTTP/1.0 has no Transfer-Encoding") }
            guard length == nil else {
                throw ParseFault(.badRequest, "Content-Length and Transfer-Encoding exclude each other")
            }
            guard endsChunked else {
                throw ParseFault(.badRequest, "the last transfer coding must be chunked, or the body has no end")
            }
            guard transferEncodings == 1, transferCodings == 1 else {
                throw ParseFault(.notImplemented, "the only transfer coding known is chunked, once")
            }
            head.body = .chunked
        } else if let length, length > 0 {
            head.body = .length(length)
        }
        head.expectsContinue = expectsContinue && !head.isVersion10 && head.body != .none
        head.contentCoding = contentCoding
        head.prefersGzip = acceptedCodings.prefersGzip
        head.closes = closes || head.isVersion10 && !keepsAlive
        head.asksKeepAlive = head.isVersion10 && keepsAlive && !closes
    }

    private mutating func noteConnection(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        // Tokens are matched whole: `unclose` is not `close`.
        forEachToken(bytes, value) { token in
            if equalsIgnoringCase(bytes, token, "close") { closes = true }
            if equalsIgnoringCase(bytes, token, "keep-alive") { keepsAlive = true }
        }
    }
}
