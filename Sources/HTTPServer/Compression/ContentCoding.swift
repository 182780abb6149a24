/// How a request's body is encoded (RFC 9110 §8.4), gathered from `Content-Encoding` field by field.
enum ContentCoding: Equatable {
    case identity
    case gzip
    /// Another coding, or several one upon the other.
    case unsupported

    /// Takes note of a field's value; several fields are one list (RFC 9110 §5.3).
    mutating func note(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        forEachToken(bytes, value) { coding in
            // An empty member counts as none (RFC 9110 §5.6.1.2), and `identity` says that nothing was done.
            if coding.isEmpty || Self.isIdentity(bytes, coding) { return }
            self = self == .identity && Self.isGzip(bytes, coding) ? .gzip : .unsupported
        }
    }

    /// Whether a coding's name is gzip's, of which there are two (RFC 9110 §8.4.1.3).
    static func isGzip(_ bytes: Span<UInt8>, _ coding: Range<Int>) -> Bool {
        equalsIgnoringCase(bytes, coding, "gzip") || equalsIgnoringCase(bytes, coding, "x-gzip")
    }

    static func isIdentity(_ bytes: Span<UInt8>, _ coding: Range<Int>) -> Bool {
        equalsIgnoringCase(bytes, coding, "identity")
    }
}
