internal import HTTPTypes

/// A place in the received bytes, kept small: a head is at most 32 KiB.
struct Place: Sendable {
    let start: UInt32
    let end: UInt32

    init(_ range: Range<Int>) {
        start = UInt32(truncatingIfNeeded: range.lowerBound)
        end = UInt32(truncatingIfNeeded: range.upperBound)
    }

    var range: Range<Int> { Int(start)..<Int(end) }

    var count: Int { Int(end - start) }
}

/// Where a field's name and value stand.
struct FieldPlace: Sendable {
    let name: Place
    let value: Place
}

/// A request's head: places in the bytes it was read from, and what framing needs.
struct Head: Sendable {
    var method = Method.get
    var path = 0..<0
    var query = 0..<0
    var isAsterisk = false
    var isVersion10 = false
    var fields: [FieldPlace] = []
    var body = BodyFraming.none
    var expectsContinue = false
    var closes = false
    var asksKeepAlive = false
    var contentCoding = ContentCoding.identity
    var prefersGzip = false

    /// The path as it was sent; the root where the target left it out (RFC 9110 §4.2.3).
    func pathText(in bytes: borrowing [UInt8]) -> String {
        path.isEmpty ? "/" : String(decoding: bytes[path], as: UTF8.self)
    }
}

/// How a body's end is known (RFC 9112 §6).
enum BodyFraming: Sendable, Equatable {
    case none
    case length(Int)
    case chunked
}

/// A message that breaks HTTP's grammar or a limit; the connection closes after it is answered.
struct ParseFault: Error, Equatable {
    let status: HTTPResponse.Status
    let reason: String
    /// After how many seconds it may be tried again.
    let retryAfter: Int64?

    init(_ status: HTTPResponse.Status, _ reason: String, retryAfter: Int64? = nil) {
        self.status = status
        self.reason = reason
        self.retryAfter = retryAfter
    }
}

extension [FieldPlace] {
    /// Where the value of the first field of that name stands.
    func place(of name: HTTPField.Name, in bytes: Span<UInt8>) -> Place? {
        var canonical = name.canonicalName
        return canonical.withUTF8 { wanted in
            for field in self where unsafe equalsIgnoringCase(bytes, field.name.range, UnsafeRawBufferPointer(wanted)) {
                return field.value
            }
            return nil
        }
    }

    /// Where the values of all fields of that name stand.
    func places(of name: HTTPField.Name, in bytes: Span<UInt8>) -> [Place] {
        var canonical = name.canonicalName
        return canonical.withUTF8 { wanted in
            var found: [Place] = []
            for field in self where unsafe equalsIgnoringCase(bytes, field.name.range, UnsafeRawBufferPointer(wanted)) {
                found.append(field.value)
            }
            return found
        }
    }
}
