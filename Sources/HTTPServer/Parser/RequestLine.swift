internal import HTTPTypes

/// The first line of a request: method, target, version (RFC 9112 §3).
enum RequestLine {
    @inline(__always)
    static func read(_ bytes: Span<UInt8>, _ line: Range<Int>, into head: inout Head) throws(ParseFault) {
        let method = line.lowerBound..<line.lowerBound + tokenCount(bytes, line)
        let methodEnd = method.upperBound
        guard !method.isEmpty, methodEnd < line.upperBound, bytes[methodEnd] == 0x20 else { throw shape }
        let targetStart = methodEnd + 1
        guard let targetEnd = firstPlace(of: 0x20, in: bytes, targetStart..<line.upperBound), targetEnd > targetStart
        else { throw shape }
        try readVersion(bytes, targetEnd + 1..<line.upperBound, into: &head)
        head.method = try self.method(bytes, method)
        try readTarget(bytes, targetStart..<targetEnd, into: &head)
    }

    private static var shape: ParseFault {
        ParseFault(.badRequest, "the request line must be METHOD, one space, target, one space, version")
    }

    @inline(__always)
    private static func readVersion(_ bytes: Span<UInt8>, _ range: Range<Int>, into head: inout Head) throws(ParseFault)
    {
        if equals(bytes, range, "HTTP/1.1") { return }
        if equals(bytes, range, "HTTP/1.0") {
            head.isVersion10 = true
            return
        }
        let start = range.lowerBound
        let isVersion =
            range.count == 8 && equals(bytes, start..<start + 5, "HTTP/")
            && bytes[start + 5] &- UInt8(ascii: "0") < 10 && bytes[start + 6] == UInt8(ascii: ".")
            && bytes[start + 7] &- UInt8(ascii: "0") < 10
        guard isVersion else { throw ParseFault(.badRequest, "the version must be HTTP/1.1") }
        // A newer minor version is answered as the newest that is known (RFC 9110 §2.5).
        if bytes[start + 5] == UInt8(ascii: "1") { return }
        throw ParseFault(.httpVersionNotSupported, "HTTP/1.1 and HTTP/1.0 are spoken here")
    }

    @inline(__always)
    private static func method(_ bytes: Span<UInt8>, _ name: Range<Int>) throws(ParseFault) -> Method {
        if equals(bytes, name, "GET") { return .get }
        if equals(bytes, name, "POST") { return .post }
        if equals(bytes, name, "HEAD") { return .head }
        if equals(bytes, name, "PATCH") { return .patch }
        if equals(bytes, name, "PUT") { return .put }
        if equals(bytes, name, "DELETE") { return .delete }
        if equals(bytes, name, "OPTIONS") { return .options }
        if equals(bytes, name, "TRACE") { return .trace }
        if equals(bytes, name, "CONNECT") { return .connect }
        throw ParseFault(.notImplemented, "no such method; methods are written in capitals")
    }

    // MARK: The target

    @inline(__always)
    private static func readTarget(_ bytes: Span<UInt8>, _ target: Range<Int>, into head: inout Head) throws(ParseFault)
    {
        if target.count == 1, bytes[target.lowerBound] == UInt8(ascii: "*") {
            guard head.method == .options else { throw ParseFault(.badRequest, "the target * is for OPTIONS alone") }
            head.isAsterisk = true
            return
        }
        let pathStart = try originStart(bytes, target)
        // `OPTIONS http://authority` is what a proxy makes of `OPTIONS *` (RFC 9112 §3.2.4).
        if pathStart == target.upperBound, head.method == .options {
            head.isAsterisk = true
            return
        }
        var cursor = pathStart
        var queryMark: Int?
        var holdsDot = false
        while true {
            while cursor + 8 <= target.upperBound, arePlain(eightBytes(bytes, at: cursor)) { cursor += 8 }
            while cursor < target.upperBound, isPlain(bytes[cursor]) { cursor += 1 }
            guard cursor < target.upperBound else { break }
            let byte = bytes[cursor]
            guard byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "#") else {
                throw ParseFault(.badRequest, "the target holds a byte that must be percent-encoded")
            }
            switch byte {
            case UInt8(ascii: "%"):
                if try triplet(bytes, at: cursor, until: target.upperBound) == UInt8(ascii: ".") { holdsDot = true }
            case UInt8(ascii: "."): holdsDot = true
            case UInt8(ascii: "?") where queryMark == nil: queryMark = cursor
            default: break
            }
            cursor += 1
        }
        head.path = pathStart..<(queryMark ?? target.upperBound)
        if let queryMark { head.query = queryMark + 1..<target.upperBound }
        if holdsDot { try refuseDotSegments(bytes, head.path) }
    }

    /// Whether a byte of a target says no more than itself: what is visible, without `#`, `%`, `.` and `?`.
    @inline(__always)
    private static func isPlain(_ byte: UInt8) -> Bool {
        if byte < 64 { return (0x7FFF_BFD6_0000_0000 as UInt64) >> UInt64(byte) & 1 == 1 }
        return byte < 0x7F
    }

    /// The same of eight bytes; the uppermost bit of each tells of it.
    @inline(__always)
    private static func arePlain(_ word: UInt64) -> Bool {
        let blank = (word &- 0x2121_2121_2121_2121) & ~word
        let odd =
            zeros(word ^ 0x7F7F_7F7F_7F7F_7F7F) | zeros(word ^ 0x2323_2323_2323_2323)
            | zeros(word ^ 0x2525_2525_2525_2525) | zeros(word ^ 0x2E2E_2E2E_2E2E_2E2E)
            | zeros(word ^ 0x3F3F_3F3F_3F3F_3F3F)
        return (word | blank | odd) & 0x8080_8080_8080_8080 == 0
    }

    /// The byte that a percent sign and two hexadecimal digits spell.
    private static func triplet(_ bytes: Span<UInt8>, at place: Int, until end: Int) throws(ParseFault) -> UInt8 {
        guard place + 2 < end, let high = hexValue(bytes[place + 1]), let low = hexValue(bytes[place + 2]) else {
            throw ParseFault(.badRequest, "a % in the target without two hexadecimal digits")
        }
        guard high << 4 | low != 0 else { throw ParseFault(.badRequest, "a percent-encoded NUL") }
        return high << 4 | low
    }

    /// Where the path starts: at once, or behind `http://authority` (RFC 9112 §3.2.2).
    @inline(__always)
    private static func originStart(_ bytes: Span<UInt8>, _ target: Range<Int>) throws(ParseFault) -> Int {
        if bytes[target.lowerBound] == UInt8(ascii: "/") { return target.lowerBound }
        return try absoluteStart(bytes, target)
    }

    private static func absoluteStart(_ bytes: Span<UInt8>, _ target: Range<Int>) throws(ParseFault) -> Int {
        let start = target.lowerBound
        var authority: Int?
        if target.count > 7, equalsIgnoringCase(bytes, start..<start + 7, "http://") { authority = start + 7 }
        if target.count > 8, equalsIgnoringCase(bytes, start..<start + 8, "https://") { authority = start + 8 }
        if let authority {
            // The path may be left out, and is then the root.
            var path = authority
            while path < target.upperBound, bytes[path] != UInt8(ascii: "/"), bytes[path] != UInt8(ascii: "?") {
                path += 1
            }
            if HostField.isValid(bytes, authority..<path) { return path }
        }
        throw ParseFault(.badRequest, "the target must be a path that starts with /")
    }

    /// A client takes `.` and `..` out before it sends (RFC 3986 §5.2.4); one that does not means another resource than
    /// it says, as does one that spells them with `%2E`.
    private static func refuseDotSegments(_ bytes: Span<UInt8>, _ path: Range<Int>) throws(ParseFault) {
        var dots = 0
        var others = false
        var cursor = path.lowerBound
        while true {
            if cursor == path.upperBound || bytes[cursor] == UInt8(ascii: "/") {
                guard others || dots == 0 || dots > 2 else {
                    throw ParseFault(
                        .badRequest, "a segment . or .. in the path; clients resolve them before they send")
                }
                if cursor == path.upperBound { return }
                dots = 0
                others = false
                cursor += 1
            } else if bytes[cursor] == UInt8(ascii: ".") {
                dots += 1
                cursor += 1
            } else if bytes[cursor] == UInt8(ascii: "%"),
                try triplet(bytes, at: cursor, until: path.upperBound) == UInt8(ascii: ".")
            {
                dots += 1
                cursor += 3
            } else {
                others = true
                cursor += 1
            }
        }
    }
}
