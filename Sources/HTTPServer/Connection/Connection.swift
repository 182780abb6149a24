internal import CLinux
internal import Glibc
internal import HTTPTypes

/// One client's connection, confined to its loop: reads requests, has them answered in order, sends the answers.
///
/// It reads only what it can use: while an answer is owed or unsent, more requests wait in the system, and their
/// sender with them. The way of a request: ``receive()``, ``advance(_:count:)``, ``begin(_:_:)`` and ``readBody(_:_:count:)``
/// here; `answer` and `write` in Connection+Answering; `flush` in Connection+Sending.
final class Connection {
    let id: ConnectionID
    let state: LoopState
    let socket: Socket
    /// Who is counted for it; `nil` where all clients look alike.
    let peer: Peer?
    var phase: ConnectionPhase
    /// What was received and not yet used; empty while idle.
    var pending: [UInt8] = []
    var unsent = WriteQueue()
    var incoming: Incoming?
    /// The request that is owed an answer.
    var awaited: Asked?
    var sent: SentBody?
    var closesAfterSending = false
    private(set) var isClosed = false
    private var watched = Connection.reading
    /// Whether the client has ended its side, which is read behind all that it sent before.
    private var isEndHere = false

    /// The events of a connection that may read.
    static let reading = EPOLLIN.rawValue | EPOLLRDHUP.rawValue
    /// Answers to pipelined requests are sent when so many bytes have gathered.
    private static let outputBytesMax = 64 * 1024

    init(id: ConnectionID, socket: consuming Socket, peer: Peer?, state: LoopState) {
        phase = socket.isSecure ? .handshake(since: state.now) : .idle(since: state.now)
        self.id = id
        self.socket = socket
        self.peer = peer
        self.state = state
    }

    // MARK: Events

    /// Reads, answers and sends what can be.
    func handle(mask: UInt32) {
        // Hung up in both directions: there is nobody to answer.
        if mask & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { return close() }
        if case .handshake = phase { return continueHandshake() }
        if mask & EPOLLRDHUP.rawValue != 0 { isEndHere = true }
        if !unsent.isEmpty {
            sendUnsent()
        } else if mask & EPOLLOUT.rawValue != 0 {
            // TLS had to write before it could read on.
            watch(for: Self.reading)
            return receive()
        }
        if mask & Self.reading != 0, unsent.isEmpty, !isClosed { receive() }
    }

    private func continueHandshake() {
        switch socket.handshake() {
        case .done:
            phase = .idle(since: state.now)
            watch(for: Self.reading)
            // The first request may have come with the handshake's last bytes.
            receive()
        case .wantsRead: watch(for: Self.reading)
        case .wantsWrite: watch(for: EPOLLOUT.rawValue)
        case .plainHTTP:
            socket.sendPlain(Self.plainHTTPAnswer)
            finish()
        case .failed: close()
        }
    }

    private static var plainHTTPAnswer: [UInt8] {
        let date = DateStamp.format(time(nil))
        return Array("HTTP/1.1 400 Bad Request\r\nDate: ".utf8) + date
            + Array("\r\nContent-Type: text/plain\r\nContent-Length: 44\r\nConnection: close\r\n\r\n".utf8)
            + Array("This port speaks HTTPS: ask with https://.\r\n".utf8)
    }

    /// Does what the passing of time asks for.
    func checkDeadline() {
        let limits = state.settings.limits
        guard unsent.isEmpty else {
            if unsent.isOverdue(now: state.now, limits: limits) { close() }
            return
        }
        switch phase.timeOut(now: state.now, limits: limits) {
        case .stay: break
        // A request that came in time and that a busy loop has not read yet is answered. What TLS has buffered does not
        // count: part of a record would keep a connection for ever.
        case .close: if !isIdle || !socket.hasUnreadBytes { close() }
        case .refuse(let reason): refuse(ParseFault(.requestTimeout, reason), of: pending)
        case .giveUp(let number):
            answerDeferred(
                Response(Problem(.serviceUnavailable, detail: "The answer took too long; ask again.")), to: number)
        case .beat: sendHeartbeat()
        }
    }

    /// Ends the connection when no request is on its way.
    func closeIfIdle() {
        switch phase {
        // What waits behind unsent answers is answered too; the first of those then ends the connection.
        case .idle where !unsent.isEmpty: closesAfterSending = pending.isEmpty
        // A request that has come already is answered.
        case .idle: if !socket.hasUnreadBytes, !socket.hasBufferedBytes { close() }
        case .handshake: close()
        case .streaming: endEndless()
        default: break
        }
    }

    private var isIdle: Bool {
        if case .idle = phase { true } else { false }
    }

    /// Ends the connection at once.
    func close() {
        guard !isClosed else { return }
        if case .idle = phase { socket.finish() }
        isClosed = true
        if let demand = incoming?.takeDemand() { demand(.broken) }
        incoming = nil
        if let peer { state.settings.peers.close(peer, now: state.now) }
        state.forget(self)
    }

    func watch(for mask: UInt32) {
        guard mask != watched, !isClosed else { return }
        watched = mask
        state.watch(self, mask: mask)
    }

    // MARK: Receiving

    func receive() {
        repeat {
            // Unread bytes, and the client's end, are told when the answer is given.
            if isAnswering { return watch(for: 0) }
            switch receiveSome() {
            case .bytes(let count):
                // What it did not take in one go is told once more; where it did, the next bytes are.
                if count == state.received.count || isEndHere { state.watch(self, mask: watched) }
                take(count)
            // The end is read only when all that came before it is answered, so nothing is owed.
            case .end, .broken: return close()
            case .wantsRead: return
            case .wantsWrite: return watch(for: Self.reading | EPOLLOUT.rawValue)
            }
        } while socket.hasBufferedBytes && mayRead
    }

    private func receiveSome() -> Transfer {
        var isDraining = false
        if case .draining = phase { isDraining = true }
        return unsafe state.received.withUnsafeMutableBytes { buffer in
            unsafe isDraining ? socket.receivePlain(into: buffer) : socket.receive(into: buffer)
        }
    }

    /// Goes on reading, first with what has come already.
    func readOn() {
        watch(for: Self.reading)
        advance(pending, count: pending.count)
        // What is in the session's buffer is announced by nobody.
        if socket.hasBufferedBytes, mayRead { receive() }
    }

    private var mayRead: Bool {
        !isClosed && unsent.isEmpty && !isAnswering && !closesAfterSending
    }

    private func take(_ count: Int) {
        state.figures.receivedBytes += count
        if case .draining = phase { return }
        phase.note(receivedBytes: count)
        if pending.isEmpty {
            advance(state.received, count: count)
        } else {
            pending.append(contentsOf: state.received[0..<count])
            advance(pending, count: pending.count)
        }
    }

    /// Answers the requests that stand whole in `bytes`, as far as their answers can be sent, and keeps the rest.
    func advance(_ bytes: [UInt8], count: Int) {
        pending = []
        var cursor = 0
        var start = 0
        do throws(ParseFault) {
            while canAdvance, cursor < count || incoming != nil {
                start = cursor
                guard try advanceOne(bytes, &cursor, count: count) else { break }
                if state.output.count > Self.outputBytesMax { flush() }
            }
        } catch {
            return refuse(error, of: Array(bytes[start..<count]))
        }
        if cursor < count, !closesAfterSending, !isClosed { pending = Array(bytes[cursor..<count]) }
        flush()
    }

    /// Whether an answer is owed, or on its way piece by piece.
    var isAnswering: Bool {
        switch phase {
        case .answering, .streaming: true
        default: false
        }
    }

    private var canAdvance: Bool {
        unsent.isEmpty && !isAnswering && !closesAfterSending && !isClosed
    }

    /// Takes one step; `false` when more bytes must be waited for.
    private func advanceOne(_ bytes: [UInt8], _ cursor: inout Int, count: Int) throws(ParseFault) -> Bool {
        if incoming != nil { return try readBody(bytes, &cursor, count: count) }
        switch try state.parser.parse(bytes, cursor, until: count, limits: state.settings.limits) {
        case .more:
            if case .head = phase {} else { phase = .head(since: state.now) }
            return false
        case .done(let head, let end):
            let headPlace = cursor..<end
            cursor = end
            try begin(head, bytes, headPlace, &cursor, count: count)
            return true
        }
    }

    /// Answers a request that has no body or has it whole behind its head; otherwise begins to read it.
    private func begin(
        _ head: consuming Head, _ bytes: [UInt8], _ headPlace: Range<Int>, _ cursor: inout Int, count: Int
    ) throws(ParseFault) {
        try admit()
        let outcome = state.settings.routes.match(head, in: bytes)
        if let streamed = outcome.streamed(head, in: bytes) {
            return try beginStream(streamed, head, Array(bytes[headPlace]), shift: headPlace.lowerBound)
        }
        guard head.body != .none else { return answer(head, bytes, outcome, RouteTable.Body()) }
        try checkCoding(of: head)
        let bytesMax = outcome.bodyBytesMax ?? state.settings.limits.bodyBytesMax
        try Self.checkLength(of: head, bytesMax: bytesMax)
        if case .length(let length) = head.body, length <= count - cursor, head.contentCoding == .identity {
            // Most bodies came with their heads, and need not be gathered.
            cursor += length
            return answer(head, bytes, outcome, RouteTable.Body(whole: Array(bytes[(cursor - length)..<cursor])))
        }
        let expectsContinue = head.expectsContinue
        let body = Incoming(
            head: head.shifted(by: headPlace.lowerBound), headBytes: Array(bytes[headPlace]),
            reader: BodyReader(head.body, isCompressed: head.contentCoding == .gzip, bytesMax: bytesMax),
            use: .gathered([]), owesContinue: false)
        incoming = body
        if expectsContinue {
            if refuseBeforeBody(body.head, body.headBytes) { return }
            state.output.append("HTTP/1.1 100 Continue\r\n\r\n")
        }
        phase = .body(since: state.now, receivedBytes: 0)
    }

    /// Calls a handler that takes the body as it arrives.
    private func beginStream(
        _ streamed: StreamedBody, _ head: consuming Head, _ headBytes: [UInt8], shift: Int
    ) throws(ParseFault) {
        if head.body != .none { try checkCoding(of: head) }
        try Self.checkLength(of: head, bytesMax: streamed.bodyBytesMax)
        let isCompressed = head.contentCoding == .gzip && head.body != .none
        let head = head.shifted(by: shift)
        incoming = Incoming(
            head: head, headBytes: headBytes,
            reader: BodyReader(head.body, isCompressed: isCompressed, bytesMax: streamed.bodyBytesMax),
            use: .streamed(demand: nil), owesContinue: head.expectsContinue)
        // Found anew: what was found before counts its places from where other requests began.
        let outcome = state.settings.routes.match(head, in: headBytes)
        answer(head, headBytes, outcome, RouteTable.Body(streamed: streamed))
    }

    private func checkCoding(of head: borrowing Head) throws(ParseFault) {
        guard head.contentCoding != .unsupported else {
            throw ParseFault(.unsupportedMediaType, "the body may be encoded with gzip, once, or not at all")
        }
    }

    /// A declared size is refused before it is read, and before the client is told to go on.
    private static func checkLength(of head: borrowing Head, bytesMax: Int) throws(ParseFault) {
        if case .length(let length) = head.body, length > bytesMax {
            throw ParseFault(.contentTooLarge, "the body has \(length) bytes; at most \(bytesMax) are taken here")
        }
    }

    /// Refuses a client that asks more often than it may.
    private func admit() throws(ParseFault) {
        guard let rate = state.settings.limits.requestsPerSecondMax, let peer,
            let seconds = state.settings.peers.secondsToWait(peer, requestsPerSecond: rate, now: state.now)
        else { return }
        throw ParseFault(
            .tooManyRequests, "one address may ask \(rate) times a second", retryAfter: seconds)
    }

    private func readBody(_ bytes: [UInt8], _ cursor: inout Int, count: Int) throws(ParseFault) -> Bool {
        guard let body = incoming else { return false }
        guard case .gathered(var gathered) = body.use else {
            return try readPiece(bytes, &cursor, count: count, of: body)
        }
        // Two owners would copy it for each step.
        body.use = .streamed(demand: nil)
        let progress = try body.reader.read(bytes, &cursor, until: count, into: &gathered)
        if progress == .whole {
            incoming = nil
            let outcome = state.settings.routes.match(body.head, in: body.headBytes)
            answer(body.head, body.headBytes, outcome, RouteTable.Body(whole: gathered))
            return true
        }
        body.use = .gathered(gathered)
        return progress == .full
    }

    /// Gives its handler the piece that it asked for, or waits for more bytes.
    private func readPiece(
        _ bytes: [UInt8], _ cursor: inout Int, count: Int, of body: Incoming
    ) throws(ParseFault) -> Bool {
        var piece: [UInt8] = []
        let progress = try body.reader.read(bytes, &cursor, until: count, into: &piece)
        guard !piece.isEmpty || progress == .whole else { return false }
        if case .body(let since, let receivedBytes) = phase {
            body.waited = (state.now - since, receivedBytes)
        }
        if let number = awaited?.number { phase = .answering(since: state.now, requestNumber: number) }
        // Its end is told by a piece of its own.
        if piece.isEmpty { incoming = nil }
        body.takeDemand()?(piece.isEmpty ? .end : .bytes(piece))
        return true
    }

    /// Reads on for a handler that asks for the next piece of its request's body.
    func demandPiece(of number: UInt64, _ take: @escaping @Sendable (IncomingBody.Piece) -> Void) {
        guard case .answering(_, number) = phase, let body = incoming, case .streamed(nil) = body.use else {
            return take(.broken)
        }
        body.use = .streamed(demand: take)
        if body.owesContinue { state.output.append("HTTP/1.1 100 Continue\r\n\r\n") }
        body.owesContinue = false
        // Its rate is that of the whole body: who had their time anew with each piece could drip without end.
        phase = .body(since: state.now - body.waited.nanoseconds, receivedBytes: body.waited.receivedBytes)
        readOn()
    }
}
