internal import HTTPTypes

/// Reads a request's head in place (RFC 9112 §2–§6); strict, since leniency is how requests are smuggled.
struct HeadParser {
    enum Outcome {
        /// The head is whole and ends before `end`.
        case done(Head, end: Int)
        /// More bytes are needed.
        case more
    }

    // Kept between requests, so that a plain GET allocates nothing.
    private var fields: [FieldPlace] = []

    /// Reads the head that starts at `start`.
    ///
    /// A line's fault is told when its line is whole, so that the answer does not depend on how the bytes are split.
    mutating func parse(
        _ bytes: [UInt8], _ start: Int, until end: Int, limits: Limits
    ) throws(ParseFault) -> Outcome {
        var cursor = start
        try Self.skipEmptyLines(bytes, &cursor, until: end)
        let headStart = cursor
        guard cursor < end else { return .more }
        let line = try Self.lineEnd(bytes, from: cursor, until: end, last: cursor + limits.requestLineBytesMax)
        guard case .at(let lineEnd) = line else {
            guard line == .tooLong else { return .more }
            throw ParseFault(.uriTooLong, "the request line is longer than \(limits.requestLineBytesMax) bytes")
        }
        var head = Head()
        try Self.readRequestLine(bytes, cursor..<lineEnd, into: &head)
        cursor = lineEnd + 2

        fields.removeAll(keepingCapacity: true)
        var framing = FramingFields()
        while true {
            let line = try Self.lineEnd(bytes, from: cursor, until: end, last: headStart + limits.headBytesMax)
            guard case .at(let fieldEnd) = line else {
                guard line == .tooLong else { return .more }
                throw ParseFault(
                    .requestHeaderFieldsTooLarge, "the header is longer than \(limits.headBytesMax) bytes")
            }
            if fieldEnd == cursor { break }
            guard fields.count < limits.fieldCountMax else {
                throw ParseFault(
                    .requestHeaderFieldsTooLarge, "there are more than \(limits.fieldCountMax) header fields")
            }
            let field = try Self.readField(bytes, cursor..<fieldEnd)
            try framing.note(field, in: bytes)
            fields.append(field)
            cursor = fieldEnd + 2
        }
        head.fields = fields
        try framing.settle(&head)
        return .done(head, end: cursor + 2)
    }

    /// Old clients end a body with an empty line (RFC 9112 §2.2); a few are skipped, an endless row is not.
    private static func skipEmptyLines(_ bytes: [UInt8], _ cursor: inout Int, until end: Int) throws(ParseFault) {
        var count = 0
        while cursor + 1 < end, bytes[cursor] == 0x0D, bytes[cursor + 1] == 0x0A {
            cursor += 2
            count += 1
            guard count <= 4 else { throw ParseFault(.badRequest, "empty lines before the request line") }
        }
        guard cursor < end, bytes[cursor] != 0x0D || cursor + 1 < end else { return }
        guard isTokenByte(bytes[cursor]) || bytes[cursor] == 0x0D else {
            throw ParseFault(.badRequest, "the request line must start with a method")
        }
    }

    private enum LineEnd: Equatable {
        /// The place of the CR.
        case at(Int)
        case notYet
        case tooLong
    }

    /// Where the line ends, at `last` or before.
    ///
    /// What stands behind `last` is not looked at: a fault there would be told or not, as the bytes happen to arrive.
    private static func lineEnd(
        _ bytes: [UInt8], from start: Int, until end: Int, last: Int
    ) throws(ParseFault) -> LineEnd {
        guard start <= last else { return start < end ? .tooLong : .notYet }
        let searchEnd = min(end, last)
        guard let index = firstEnd(bytes, start..<searchEnd) else {
            guard searchEnd < end else { return .notYet }
            guard bytes[searchEnd] == 0x0D else { return .tooLong }
            return try crEnd(bytes, at: searchEnd, until: end)
        }
        switch bytes[index] {
        case 0x0D: return try crEnd(bytes, at: index, until: end)
        case 0x0A: throw ParseFault(.badRequest, "a line that ends in LF alone")
        default: throw ParseFault(.badRequest, "a NUL in the head")
        }
    }

    private static func crEnd(_ bytes: [UInt8], at index: Int, until end: Int) throws(ParseFault) -> LineEnd {
        guard index + 1 < end else { return .notYet }
        guard bytes[index + 1] == 0x0A else { throw ParseFault(.badRequest, "a CR without its LF") }
        return .at(index)
    }

    /// The first CR, LF or NUL, looked for eight bytes at a time.
    private static func firstEnd(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
        unsafe bytes.withUnsafeBytes { buffer in
            var index = range.lowerBound
            while index + 8 <= range.upperBound {
                let word = unsafe buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                // A byte below 0x10 has none of its upper four bits, and of those a head has few.
                if (word & 0xF0F0_F0F0_F0F0_F0F0) &- 0x1010_1010_1010_1010 & ~word & 0x8080_8080_8080_8080 != 0 {
                    break
                }
                index += 8
            }
            while index < range.upperBound {
                let byte = unsafe buffer[index]
                if byte == 0x0D || byte == 0x0A || byte == 0 { return index }
                index += 1
            }
            return nil
        }
    }

    // MARK: The request line (RFC 9112 §3)

    private static func readRequestLine(_ bytes: [UInt8], _ line: Range<Int>, into head: inout Head) throws(ParseFault)
    {
        var cursor = line.lowerBound
        while cursor < line.upperBound, isTokenByte(bytes[cursor]) { cursor += 1 }
        let method = line.lowerBound..<cursor
        guard !method.isEmpty, cursor < line.upperBound, bytes[cursor] == 0x20 else {
            throw ParseFault(.badRequest, "the request line must be METHOD, one space, target, one space, version")
        }
        let targetStart = cursor + 1
        cursor = targetStart
        while cursor < line.upperBound, bytes[cursor] != 0x20 { cursor += 1 }
        guard cursor > targetStart, cursor < line.upperBound else {
            throw ParseFault(.badRequest, "the request line must be METHOD, one space, target, one space, version")
        }
        try readVersion(bytes, cursor + 1..<line.upperBound, into: &head)
        head.method = try self.method(bytes, method)
        try readTarget(bytes, targetStart..<cursor, into: &head)
    }

    private static func readVersion(_ bytes: [UInt8], _ range: Range<Int>, into head: inout Head) throws(ParseFault) {
        let version = bytes[range]
        if version.elementsEqual("HTTP/1.1".utf8) { return }
        if version.elementsEqual("HTTP/1.0".utf8) {
            head.isVersion10 = true
            return
        }
        let start = range.lowerBound
        let isVersion =
            range.count == 8 && bytes[start..<start + 5].elementsEqual("HTTP/".utf8)
            && bytes[start + 5] &- UInt8(ascii: "0") < 10 && bytes[start + 6] == UInt8(ascii: ".")
            && bytes[start + 7] &- UInt8(ascii: "0") < 10
        guard isVersion else { throw ParseFault(.badRequest, "the version must be HTTP/1.1") }
        throw ParseFault(.httpVersionNotSupported, "HTTP/1.1 and HTTP/1.0 are spoken here")
    }

    private static func method(_ bytes: [UInt8], _ range: Range<Int>) throws(ParseFault) -> HTTPRequest.Method {
        let name = bytes[range]
        if name.elementsEqual("GET".utf8) { return .get }
        if name.elementsEqual("POST".utf8) { return .post }
        for method in [HTTPRequest.Method.patch, .put, .delete, .head, .options, .trace, .connect]
        where name.elementsEqual(method.rawValue.utf8) {
            return method
        }
        throw ParseFault(.notImplemented, "no such method; methods are written in capitals")
    }

    private static func readTarget(_ bytes: [UInt8], _ target: Range<Int>, into head: inout Head) throws(ParseFault) {
        if bytes[target].elementsEqual("*".utf8) {
            guard head.method == .options else { throw ParseFault(.badRequest, "the target * is for OPTIONS alone") }
            head.isAsterisk = true
            return
        }
        let pathStart = try originStart(bytes, target)
        var cursor = pathStart
        var queryMark: Int?
        while cursor < target.upperBound {
            let byte = bytes[cursor]
            guard byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "#") else {
                throw ParseFault(.badRequest, "the target holds a byte that must be percent-encoded")
            }
            if byte == UInt8(ascii: "%") {
                guard cursor + 2 < target.upperBound, let high = hexValue(bytes[cursor + 1]),
                    let low = hexValue(bytes[cursor + 2])
                else { throw ParseFault(.badRequest, "a % in the target without two hexadecimal digits") }
                guard high << 4 | low != 0 else { throw ParseFault(.badRequest, "a percent-encoded NUL") }
            }
            if byte == UInt8(ascii: "?"), queryMark == nil { queryMark = cursor }
            cursor += 1
        }
        head.path = pathStart..<(queryMark ?? target.upperBound)
        if let queryMark { head.query = queryMark + 1..<target.upperBound }
    }

    /// Where the path starts: at once, or behind `http://authority` (RFC 9112 §3.2.2).
    private static func originStart(_ bytes: [UInt8], _ target: Range<Int>) throws(ParseFault) -> Int {
        if bytes[target.lowerBound] == UInt8(ascii: "/") { return target.lowerBound }
        for scheme in ["http://", "https://"] {
            let authority = target.lowerBound + scheme.utf8.count
            guard authority < target.upperBound,
                equalsIgnoringCase(bytes, target.lowerBound..<authority, scheme.utf8)
            else { continue }
            // The path may be left out, and is then the root.
            let rest = bytes[authority..<target.upperBound]
            let path = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? target.upperBound
            guard HostField.isValid(bytes[authority..<path]) else { break }
            return path
        }
        throw ParseFault(.badRequest, "the target must be a path that starts with /")
    }

    // MARK: Fields (RFC 9112 §5)

    private static func readField(_ bytes: [UInt8], _ line: Range<Int>) throws(ParseFault) -> FieldPlace {
        var cursor = line.lowerBound
        while cursor < line.upperBound, isTokenByte(bytes[cursor]) { cursor += 1 }
        guard cursor > line.lowerBound, cursor < line.upperBound, bytes[cursor] == UInt8(ascii: ":") else {
            throw ParseFault(.badRequest, "a header line must be a name, a colon right behind it, and a value")
        }
        let name = line.lowerBound..<cursor
        let value = trimmed(bytes, cursor + 1..<line.upperBound)
        for index in value where bytes[index] < 0x20 && bytes[index] != 0x09 || bytes[index] == 0x7F {
            throw ParseFault(.badRequest, "a control character in a header field")
        }
        return FieldPlace(name: Place(name), value: Place(value))
    }
}
