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
        var head = Head()
        guard let end = try parse(bytes.span.extracting(first: end), from: start, limits: limits, into: &head) else {
            return .more
        }
        return .done(head, end: end)
    }

    /// Where the head ends that is put into `head`; `nil` where more bytes are needed.
    private mutating func parse(
        _ bytes: Span<UInt8>, from start: Int, limits: Limits, into head: inout Head
    ) throws(ParseFault) -> Int? {
        var cursor = start
        try Self.skipEmptyLines(bytes, &cursor)
        let headStart = cursor
        guard cursor < bytes.count else { return nil }
        let line = try HeadLines.end(bytes, from: cursor, last: cursor + limits.requestLineBytesMax)
        guard case .at(let lineEnd) = line else {
            guard line == .tooLong else { return nil }
            throw ParseFault(.uriTooLong, "the request line is longer than \(limits.requestLineBytesMax) bytes")
        }
        try RequestLine.read(bytes, cursor..<lineEnd, into: &head)
        cursor = lineEnd + 2

        fields.removeAll(keepingCapacity: true)
        var framing = FramingFields()
        while true {
            let line = try HeadLines.end(bytes, from: cursor, last: headStart + limits.headBytesMax)
            guard case .at(let fieldEnd) = line else {
                guard line == .tooLong else { return nil }
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
        return cursor + 2
    }

    /// What can be told of a head that is refused: all of it, or its first line and the fields before what is wrong;
    /// `nil` where not even a path was read.
    mutating func known(of bytes: [UInt8], limits: Limits) -> Head? {
        var head = Head()
        // They are left as they were where the first line is refused.
        fields = []
        do throws(ParseFault) {
            _ = try parse(bytes.span, from: 0, limits: limits, into: &head)
        } catch {
            // Its fault is known to who asks.
        }
        head.fields = fields
        return head.path.isEmpty && !head.isAsterisk ? nil : head
    }

    /// Old clients end a body with an empty line (RFC 9112 §2.2); a few are skipped, an endless row is not.
    private static func skipEmptyLines(_ bytes: Span<UInt8>, _ cursor: inout Int) throws(ParseFault) {
        var count = 0
        while cursor + 1 < bytes.count, bytes[cursor] == 0x0D, bytes[cursor + 1] == 0x0A {
            cursor += 2
            count += 1
            guard count <= 4 else { throw ParseFault(.badRequest, "empty lines before the request line") }
        }
        guard cursor < bytes.count, bytes[cursor] != 0x0D || cursor + 1 < bytes.count else { return }
        guard isTokenByte(bytes[cursor]) || bytes[cursor] == 0x0D else {
            throw ParseFault(.badRequest, "the request line must start with a method")
        }
    }

    /// A field's name and value (RFC 9112 §5).
    @inline(__always)
    private static func readField(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(ParseFault) -> FieldPlace {
        let nameEnd = line.lowerBound + tokenCount(bytes, line)
        guard nameEnd > line.lowerBound, nameEnd < line.upperBound, bytes[nameEnd] == UInt8(ascii: ":") else {
            throw ParseFault(.badRequest, "a header line must be a name, a colon right behind it, and a value")
        }
        let value = trimmed(bytes, nameEnd + 1..<line.upperBound)
        guard !HeadLines.holdsControl(bytes, value) else {
            throw ParseFault(.badRequest, "a control character in a header field")
        }
        return FieldPlace(name: Place(line.lowerBound..<nameEnd), value: Place(value))
    }
}
