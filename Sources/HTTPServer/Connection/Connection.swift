internal import CLinux
internal import Glibc
internal import HTTPTypes

/// One client's connection, confined to its loop: reads requests, has them answered in order, sends the answers.
///
/// It reads only what it can use: while an answer is owed or unsent, more requests wait in the system, and their
/// sender with them.
final class Connection {
    let id: ConnectionID
    private let descriptor: Descriptor
    private unowned let state: LoopState
    private var phase: ConnectionPhase
    /// What was received and not yet used; empty while idle.
    private var pending: [UInt8] = []
    private var unsent = WriteQueue()
    private var body: BodyReader?
    private var awaited: Asked?
    private var sent: SentStream?
    private var watched = Connection.reading
    private var closesAfterSending = false
    private var isClosed = false

    /// The events of a connection that may read.
    static let reading = EPOLLIN.rawValue | EPOLLRDHUP.rawValue
    /// Answers to pipelined requests are sent when so many bytes have gathered.
    private static let outputBytesMax = 64 * 1024

    init(id: ConnectionID, descriptor: consuming Descriptor, state: LoopState) {
        self.id = id
        self.descriptor = descriptor
        self.state = state
        phase = .idle(since: state.now)
    }

    var raw: Int32 { descriptor.raw }

    // MARK: Events

    /// Reads, answers and sends what can be.
    func handle(mask: UInt32) {
        // Hung up in both directions: there is nobody to answer.
        if mask & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { return close() }
        if mask & EPOLLOUT.rawValue != 0 { sendUnsent() }
        if mask & Self.reading != 0, !isClosed { receive() }
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
        case .close: close()
        case .refuse(let reason): refuse(ParseFault(.requestTimeout, reason))
        case .giveUp(let number):
            answerDeferred(
                Response(Problem(.serviceUnavailable, detail: "The answer took too long; ask again.")), to: number)
        }
    }

    /// Ends the connection when no request is on its way.
    func closeIfIdle() {
        guard case .idle = phase else { return }
        if unsent.isEmpty { close() } else { closesAfterSending = true }
    }

    /// Answers 503 to a client for whom there is no room.
    func refuseForLoad() {
        refuse(ParseFault(.serviceUnavailable, "too many connections; try again in a moment"))
    }

    /// Ends the connection at once.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        state.forget(self)
    }

    private func watch(for mask: UInt32) {
        guard mask != watched, !isClosed else { return }
        watched = mask
        state.watch(self, mask: mask)
    }

    // MARK: Receiving

    private func receive() {
        // Events are by level: unread bytes, or the client's end, would be told again and again until the answer.
        if isAnswering { return watch(for: 0) }
        let count = unsafe state.received.withUnsafeMutableBytes { unsafe recv(raw, $0.baseAddress, $0.count, 0) }
        if count < 0 {
            if errno != EAGAIN, errno != EINTR { close() }
            return
        }
        // The end is read only when all that came before it is answered, so nothing is owed.
        if count == 0 { return close() }
        if case .draining = phase { return }
        if pending.isEmpty {
            advance(state.received, count: count)
        } else {
            pending.append(contentsOf: state.received[0..<count])
            advance(pending, count: pending.count)
        }
    }

    /// Answers the requests that stand whole in `bytes`, as far as their answers can be sent, and keeps the rest.
    private func advance(_ bytes: [UInt8], count: Int) {
        pending = []
        var cursor = 0
        do throws(ParseFault) {
            while cursor < count, canAdvance, try advanceOne(bytes, &cursor, count: count) {
                if state.output.count > Self.outputBytesMax { flush() }
            }
        } catch {
            return refuse(error)
        }
        if cursor < count, !closesAfterSending, !isClosed { pending = Array(bytes[cursor..<count]) }
        flush()
    }

    /// Whether an answer is owed, or on its way piece by piece.
    private var isAnswering: Bool {
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
        if body != nil { return try advanceBody(bytes, &cursor, count: count) }
        switch try state.parser.parse(bytes, cursor, until: count, limits: state.settings.limits) {
        case .more:
            if case .head = phase {} else { phase = .head(since: state.now) }
            return false
        case .done(let head, let end):
            let headBytes = cursor..<end
            cursor = end
            if head.body == .none {
                answer(bytes, head, body: [])
            } else if case .length(let length) = head.body, length <= count - cursor {
                // Most bodies came with their heads, and need not be gathered.
                _ = try bodyBytesMax(of: head, in: bytes)
                cursor += length
                answer(bytes, head, body: Array(bytes[(cursor - length)..<cursor]))
            } else {
                try beginBody(Array(bytes[headBytes]), head, shift: headBytes.lowerBound)
            }
            return true
        }
    }

    private func beginBody(_ headBytes: [UInt8], _ head: Head, shift: Int) throws(ParseFault) {
        let head = head.shifted(by: shift)
        let bytesMax = try bodyBytesMax(of: head, in: headBytes)
        if head.expectsContinue { ResponseWriter.append("HTTP/1.1 100 Continue\r\n\r\n", to: &state.output) }
        body = BodyReader(headBytes: headBytes, head: head, bytesMax: bytesMax)
        phase = .body(since: state.now, receivedBytes: 0)
    }

    /// How long a body may be; a declared size is refused before it is read, and before the client is told to go on.
    private func bodyBytesMax(of head: Head, in bytes: [UInt8]) throws(ParseFault) -> Int {
        var bytesMax = state.settings.limits.bodyBytesMax
        if case .found(let match) = state.settings.router.match(head, in: bytes) {
            bytesMax = match.route.bodyBytesMax ?? bytesMax
        }
        if case .length(let length) = head.body, length > bytesMax {
            throw ParseFault(.contentTooLarge, "the body has \(length) bytes; at most \(bytesMax) are taken here")
        }
        return bytesMax
    }

    private func advanceBody(_ bytes: [UInt8], _ cursor: inout Int, count: Int) throws(ParseFault) -> Bool {
        guard var reader = body.take() else { return false }
        if try reader.read(bytes, &cursor, until: count) {
            answer(reader.headBytes, reader.head, body: reader.received)
            return true
        }
        if case .body(let since, _) = phase {
            phase = .body(since: since, receivedBytes: reader.received.count)
        }
        body = reader
        return false
    }

    // MARK: Answering

    private func answer(_ bytes: [UInt8], _ head: Head, body: [UInt8]) {
        let asked = Asked(head, in: bytes, number: state.nextRequestNumber(), isLogged: state.settings.answered != nil)
        let deferred = Deferred(loop: state.loop, connection: id, requestNumber: asked.number)
        let response = state.settings.router.respond(to: head, in: bytes, body: body, deferred: deferred)
        if response.isDeferred {
            phase = .answering(since: state.now, requestNumber: asked.number)
            awaited = asked
        } else {
            write(response, to: asked)
        }
    }

    /// Sends an answer that was deferred, and goes on with what has arrived meanwhile.
    func answerDeferred(_ response: Response, to number: UInt64) {
        guard case .answering(_, number) = phase, let asked = awaited.take() else { return }
        write(response, to: asked)
        if unsent.isEmpty { watch(for: Self.reading) }
        advance(pending, count: pending.count)
    }

    /// Answers a broken message, once, and reads no more: where it ends is not known.
    private func refuse(_ fault: ParseFault) {
        guard !closesAfterSending else { return }
        body = nil
        let asked = Asked(number: state.nextRequestNumber(), isLogged: state.settings.answered != nil)
        write(Response(Problem(fault.status, detail: "The connection closes: \(fault.reason).")), to: asked)
        flush()
    }

    private func write(_ response: Response, to asked: Asked) {
        var options = asked.options
        options.closes = options.closes || state.isStopping
        ResponseWriter.append(
            response, to: &state.output, date: state.dateStamp.bytes(), requestNumber: asked.number, options: options)
        if let stream = response.stream, !options.isHead, stream.length > 0 {
            sent = SentStream(stream, requestNumber: asked.number, closes: options.closes)
            phase = .streaming
        } else {
            closesAfterSending = options.closes
            phase = .idle(since: state.now)
        }
        if let exchange = asked.exchange(response) { state.settings.answered?(exchange) }
    }

    // MARK: Sending

    /// Sends what was answered in this step; what the system does not take waits for room.
    private func flush() {
        if !isClosed, !unsent.isEmpty {
            unsent.append(state.output)
        } else if !isClosed, !state.output.isEmpty {
            sendOutput()
        }
        // All connections write to it: what one leaves there, another client would read.
        state.output.removeAll(keepingCapacity: state.output.capacity <= 1 << 20)
        if unsent.isEmpty, closesAfterSending { finish() }
        if unsent.isEmpty, !isClosed, case .streaming = phase { sent?.fetch(for: id, on: state.loop) }
    }

    /// Sends the next piece of a stream, and asks for the one after it when the client has taken this.
    func takePiece(_ piece: [UInt8]?, of number: UInt64) {
        guard !isClosed, var stream = sent.take(), stream.requestNumber == number else { return }
        guard let piece, stream.take(piece) else { return close() }
        if stream.isDone {
            closesAfterSending = stream.closes
            phase = .idle(since: state.now)
        } else {
            sent = stream
        }
        state.output.append(contentsOf: piece)
        if stream.isDone, !stream.closes {
            watch(for: Self.reading)
            advance(pending, count: pending.count)
        } else {
            flush()
        }
    }

    private func sendOutput() {
        guard let place = WriteQueue.send(state.output, from: 0, to: raw) else { return close() }
        guard place < state.output.count else { return }
        unsent.take(&state.output, from: place, now: state.now)
        watch(for: EPOLLOUT.rawValue)
    }

    private func sendUnsent() {
        guard unsent.send(to: raw, now: state.now) else { return close() }
        guard unsent.isEmpty else { return }
        if closesAfterSending { return finish() }
        if case .streaming = phase {
            watch(for: 0)
            sent?.fetch(for: id, on: state.loop)
            return
        }
        phase.restart(at: state.now)
        watch(for: Self.reading)
        advance(pending, count: pending.count)
    }

    /// FIN, drain, close: closing at once would reset the connection and could take the answer with it.
    private func finish() {
        if isClosed { return }
        if case .draining = phase { return }
        _ = shutdown(raw, Int32(SHUT_WR))
        pending = []
        phase = .draining(since: state.now)
        watch(for: Self.reading)
    }
}
