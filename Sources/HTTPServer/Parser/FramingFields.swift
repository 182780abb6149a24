internal import HTTPTypes

/// The fields that decide where a message ends and who it is for, gathered while a head is read.
struct FramingFields {
    private var hostCount = 0
    private var length: Int?
    private var transferEncodings = 0
    private var isChunked = false
    private var endsChunked = false
    private var closes = false
    private var keepsAlive = false
    private var expectsContinue = false

    /// Notes what `field` says of the framing.
    mutating func note(_ field: FieldPlace, in bytes: [UInt8]) throws(ParseFault) {
        let name = field.name.range
        // Most fields are none of these, and their length says so.
        switch name.count {
        case 4 where equalsIgnoringCase(bytes, name, "host".utf8):
            hostCount += 1
            guard HostField.isValid(bytes[field.value.range]) else {
                throw ParseFault(.badRequest, "Host is not a host and a port")
            }
        case 6 where equalsIgnoringCase(bytes, name, "expect".utf8):
            guard equalsIgnoringCase(bytes, field.value.range, "100-continue".utf8) else {
                throw ParseFault(.expectationFailed, "the only expectation known is 100-continue")
            }
            expectsContinue = true
        case 10 where equalsIgnoringCase(bytes, name, "connection".utf8):
            noteConnection(bytes, field.value.range)
        case 14 where equalsIgnoringCase(bytes, name, "content-length".utf8):
            // Two lengths, even equal ones, are how two readers come to disagree (RFC 9112 §6.3).
            guard length == nil, let number = decimalNumber(bytes[field.value.range]) else {
                throw ParseFault(.badRequest, "Content-Length must be there once, as digits that fit")
            }
            length = number
        case 17 where equalsIgnoringCase(bytes, name, "transfer-encoding".utf8):
            transferEncodings += 1
            let value = field.value.range
            isChunked = equalsIgnoringCase(bytes, value, "chunked".utf8)
            forEachToken(bytes, value) { endsChunked = equalsIgnoringCase(bytes, $0, "chunked".utf8) }
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
            guard transferEncodings == 1, isChunked else {
                throw ParseFault(.notImplemented, "the only transfer coding known is chunked, once")
            }
            head.body = .chunked
        } else if let length, length > 0 {
            head.body = .length(length)
        }
        head.expectsContinue = expectsContinue && !head.isVersion10 && head.body != .none
        head.closes = closes || head.isVersion10 && !keepsAlive
        head.asksKeepAlive = head.isVersion10 && keepsAlive && !closes
    }

    private mutating func noteConnection(_ bytes: [UInt8], _ value: Range<Int>) {
        // Tokens are matched whole: `unclose` is not `close`.
        forEachToken(bytes, value) { token in
            if equalsIgnoringCase(bytes, token, "close".utf8) { closes = true }
            if equalsIgnoringCase(bytes, token, "keep-alive".utf8) { keepsAlive = true }
        }
    }
}

/// The `Host` field's grammar (RFC 9110 §7.2): a name, an IPv4 address or `[IPv6]`, and perhaps a port.
enum HostField {
    static func isValid(_ value: ArraySlice<UInt8>) -> Bool {
        guard let first = value.first else { return false }
        var rest = value
        if first == UInt8(ascii: "[") {
            guard let close = value.firstIndex(of: UInt8(ascii: "]")), close > value.startIndex + 2 else {
                return false
            }
            for byte in value[(value.startIndex + 1)..<close] {
                guard hexValue(byte) != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") else {
                    return false
                }
            }
            rest = value[(close + 1)...]
        } else {
            rest = value.drop { isNameByte($0) }
            guard rest.startIndex > value.startIndex else { return false }
        }
        guard let colon = rest.first else { return true }
        guard colon == UInt8(ascii: ":") else { return false }
        let port = rest.dropFirst()
        return port.isEmpty || port.count <= 5 && (decimalNumber(port).map { $0 <= 65_535 } ?? false)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
