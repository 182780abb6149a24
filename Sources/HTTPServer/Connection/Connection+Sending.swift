internal import CLinux
internal import Glibc

extension Connection {
    /// Bodies of so many bytes are sent from where they are; shorter ones are cheaper copied behind their heads.
    private static let copiedBytesMax = 16 * 1024

    /// Sends a body behind what was answered before it.
    func send(_ body: [UInt8]) {
        guard body.count > Self.copiedBytesMax else { return state.output.append(body) }
        flush(with: body)
    }

    /// Sends what was answered in this step; what the system does not take waits for room.
    func flush() {
        flush(with: [])
        if unsent.isEmpty, closesAfterSending { finish() }
        if unsent.isEmpty, !isClosed, case .streaming = phase { fetch() }
    }

    private func flush(with body: [UInt8]) {
        if !isClosed, !unsent.isEmpty {
            queue(from: 0, body, until: EPOLLOUT.rawValue)
        } else if !isClosed, !state.output.isEmpty || !body.isEmpty {
            sendOutput(with: body)
        }
        // All connections write to it: what one leaves there, another client would read.
        state.output.removeAll()
    }

    private func sendOutput(with body: [UInt8]) {
        var place = 0
        while place < state.output.count + body.count {
            let bodyPlace = max(0, place - state.output.count)
            let transfer = unsafe state.output.withBytes(from: place - bodyPlace) { first in
                unsafe body.withUnsafeBytes { second in
                    unsafe socket.send(first, then: UnsafeRawBufferPointer(rebasing: second[bodyPlace...]))
                }
            }
            switch transfer {
            case .bytes(let count):
                state.figures.sentBytes += count
                place += count
            case .wantsWrite: return queue(from: place, body, until: EPOLLOUT.rawValue)
            case .wantsRead: return queue(from: place, body, until: Self.reading)
            case .end, .broken: return close()
            }
        }
    }

    private func queue(from place: Int, _ body: [UInt8], until mask: UInt32) {
        unsent.append(state.output.bytes, from: place, now: state.now)
        unsent.append(body, from: max(0, place - state.output.count), now: state.now)
        watch(for: mask)
    }

    func sendUnsent() {
        switch unsent.send(to: socket, now: state.now, sent: &state.figures.sentBytes) {
        case .wantsRead: return watch(for: Self.reading)
        case .wantsWrite: return watch(for: EPOLLOUT.rawValue)
        case .broken, .bytes: return close()
        case .end: break
        }
        if closesAfterSending { return finish() }
        if case .streaming = phase {
            watch(for: 0)
            phase.restart(at: state.now)
            return fetch()
        }
        phase.restart(at: state.now)
        readOn()
    }

    /// FIN, drain, close: closing at once would reset the connection and could take the answer with it.
    func finish() {
        if isClosed { return }
        if case .draining = phase { return }
        socket.finish()
        pending = []
        phase = .draining(since: state.now)
        watch(for: Self.reading)
    }

    // MARK: Bodies that are made while they are sent

    /// Asks for the next piece, which may come at any time and from any thread.
    private func fetch() {
        guard let sent, !sent.isFetching else { return }
        sent.isFetching = true
        let (id, number, loop) = (id, sent.requestNumber, state.loop)
        sent.source.next(sent.place, sent.taker) { piece in
            loop.submit { state in state.connection(id)?.takePiece(piece, of: number) }
        }
    }

    /// Sends a piece, and asks for the one after it when the client has taken this.
    private func takePiece(_ piece: OutgoingBody.Piece, of number: UInt64) {
        guard !isClosed, let body = sent, body.requestNumber == number else { return }
        body.isFetching = false
        switch body.append(piece, to: &state.output) {
        case .broken:
            state.output.removeAll()
            // Where the end of the connection is the end of the body, it must not look like one.
            if body.isUntilClose { socket.breakOff() }
            close()
        case .goesOn:
            phase.restart(at: state.now)
            flush()
        case .done: endBody(closes: body.closes)
        }
    }

    private func endBody(closes: Bool) {
        sent = nil
        closesAfterSending = closes
        phase = .idle(since: state.now)
        guard !closes else { return flush() }
        readOn()
    }

    func sendHeartbeat() {
        phase.restart(at: state.now)
        sent?.appendHeartbeat(to: &state.output)
        flush()
    }

    /// Ends a body that would never end by itself, since the server does.
    func endEndless() {
        guard let body = sent, body.source.heartbeat != nil else { return }
        _ = body.append(.end, to: &state.output)
        endBody(closes: true)
    }
}
