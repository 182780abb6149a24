import HTTPTypes

@testable import HTTPServer

// The fuzz target has what is needed of it in its own module.
#if canImport(TestSupport)
    import TestSupport
#endif

/// What a connection makes of the bytes that it receives: it reads as `Connection` does, and answers nothing.
///
/// It traps where a reader moves backwards, goes beyond what came, or keeps more than its limits allow.
struct Conversation {
    /// A request that came whole.
    struct Message: Equatable {
        let method: String
        /// Path and query, then names and values of the fields.
        let parts: [[UInt8]]
        let framing: BodyFraming
        let isLast: Bool
        var body: [UInt8] = []
        /// Where it ends in all that was received.
        var end = 0
    }

    /// How it stands when all bytes are read.
    enum Ending: Equatable {
        /// In a head of which so many bytes are there, or before one.
        case head(Int)
        /// In a body of which this much is there.
        case body([UInt8])
        case closed
        case refused(ParseFault)
    }

    private(set) var messages: [Message] = []
    private(set) var ending = Ending.head(0)

    private let limits: Limits
    private var parser = HeadParser()
    private var pending: [UInt8] = []
    private var readCount = 0
    private var incoming: (message: Message, reader: BodyReader)?

    init(limits: Limits) { self.limits = limits }

    /// The conversation in which the bytes come in these pieces.
    init(_ pieces: some Sequence<ArraySlice<UInt8>>, limits: Limits) {
        self.init(limits: limits)
        for piece in pieces { receive(piece) }
    }

    var isOpen: Bool {
        switch ending {
        case .head, .body: true
        case .closed, .refused: false
        }
    }

    mutating func receive(_ piece: ArraySlice<UInt8>) {
        guard isOpen else { return }
        let bytes = pending + piece
        pending = []
        var cursor = 0
        do throws(ParseFault) {
            while isOpen, cursor < bytes.count || incoming != nil, try advance(bytes, &cursor) {}
            guard isOpen else { return }
            readCount += cursor
            pending = Array(bytes[cursor...])
            ending = incoming.map { .body($0.message.body) } ?? .head(pending.count)
            precondition(pending.count <= pendingBytesMax, "more is kept than a head may have")
        } catch {
            ending = .refused(error)
        }
    }

    /// A head with the empty lines before it and its last line's end; nothing of a body has to be kept.
    private var pendingBytesMax: Int { incoming == nil ? 4 * 2 + limits.headBytesMax + 2 : 0 }

    /// Takes one step; `false` when more bytes must be waited for.
    private mutating func advance(_ bytes: [UInt8], _ cursor: inout Int) throws(ParseFault) -> Bool {
        let before = cursor
        let goesOn = incoming == nil ? try readHead(bytes, &cursor) : try readBody(bytes, &cursor)
        precondition(before <= cursor && cursor <= bytes.count, "a reader left what it was given")
        return goesOn
    }

    private mutating func readHead(_ bytes: [UInt8], _ cursor: inout Int) throws(ParseFault) -> Bool {
        guard case .done(let head, let end) = try parser.parse(bytes, cursor, until: bytes.count, limits: limits)
        else { return false }
        precondition(end - cursor <= 4 * 2 + limits.headBytesMax + 2, "a head longer than its limit")
        precondition(head.fields.count <= limits.fieldCountMax, "more fields than their limit")
        let message = Message(head, bytes, cursor..<end)
        cursor = end
        guard head.body != .none else {
            finish(message, at: cursor)
            return true
        }
        try refuse(head)
        if case .length(let length) = head.body, length <= bytes.count - cursor, head.contentCoding == .identity {
            // As a connection does it: such a body is taken without a reader.
            var whole = message
            whole.body = Array(bytes[cursor..<cursor + length])
            cursor += length
            finish(whole, at: cursor)
            return true
        }
        let isCompressed = head.contentCoding == .gzip
        incoming = (
            message, BodyReader(head.body, isCompressed: isCompressed, bytesMax: limits.bodyBytesMax)
        )
        return true
    }

    private func refuse(_ head: Head) throws(ParseFault) {
        guard head.contentCoding != .unsupported else { throw ParseFault(.unsupportedMediaType, "a coding") }
        if case .length(let length) = head.body, length > limits.bodyBytesMax {
            throw ParseFault(.contentTooLarge, "a length")
        }
    }

    private mutating func readBody(_ bytes: [UInt8], _ cursor: inout Int) throws(ParseFault) -> Bool {
        guard var (message, reader) = incoming else { return false }
        let progress = try reader.read(bytes, &cursor, until: bytes.count, into: &message.body)
        precondition(message.body.count <= limits.bodyBytesMax, "a body longer than its limit")
        incoming = (message, reader)
        guard progress == .whole else { return progress == .full }
        incoming = nil
        finish(message, at: cursor)
        return true
    }

    private mutating func finish(_ message: Message, at cursor: Int) {
        messages.append(message)
        messages[messages.count - 1].end = readCount + cursor
        if message.isLast { ending = .closed }
    }
}

extension Conversation: Equatable {
    static func == (one: Conversation, other: Conversation) -> Bool {
        one.messages == other.messages && one.ending == other.ending
    }
}

extension Conversation: CustomStringConvertible {
    var description: String {
        let all = messages.map { message in
            let parts = message.parts.map { String(decoding: $0, as: UTF8.self).debugDescription }
            return
                "\(message.method) \(parts.joined(separator: " ")), \(message.framing) of \(message.body.count) bytes,"
                + " until \(message.end)"
        }
        return (all + ["\(ending)"]).joined(separator: "\n")
    }
}

extension Conversation.Message {
    fileprivate init(_ head: Head, _ bytes: [UInt8], _ place: Range<Int>) {
        let fields = head.fields.flatMap { [$0.name.range, $0.value.range] }
        let ranges = [head.path, head.query] + fields
        for range in ranges where !range.isEmpty {
            precondition(place.contains(range.lowerBound) && range.upperBound <= place.upperBound, "beyond the head")
        }
        method = head.method.name.rawValue
        parts = ranges.map { Array(bytes[$0]) }
        framing = head.body
        isLast = head.closes
    }
}

extension [UInt8] {
    /// The bytes in pieces of random lengths, short ones or long ones.
    func pieces(seed: UInt64) -> [ArraySlice<UInt8>] {
        var random = SplitMix(seed: seed)
        let longest = 1 << (random.next() % 10)
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < count {
            let end = Swift.min(count, start + 1 + Int(random.next() % UInt64(longest)))
            pieces.append(self[start..<end])
            start = end
        }
        return pieces
    }

    /// The bytes one by one.
    var singly: [ArraySlice<UInt8>] { indices.map { self[$0...$0] } }
}
