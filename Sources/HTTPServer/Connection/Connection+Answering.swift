internal import HTTPTypes

extension Connection {
    /// Answers a request, and reads nothing of its body, where its head says that it is refused.
    func refuseBeforeBody(_ head: Head, _ bytes: [UInt8]) -> Bool {
        let outcome = state.settings.routes.match(head, in: bytes)
        let asked = asked(head, bytes, route: outcome.routeNumber)
        let deferred = Deferred(loop: state.loop, connection: id, requestNumber: asked.number)
        guard let response = state.settings.routes.refusal(of: head, outcome, in: bytes, deferred: deferred) else {
            return false
        }
        write(response, to: asked)
        return true
    }

    /// What is known of a request that was understood.
    private func asked(_ head: borrowing Head, _ bytes: [UInt8], route: Int) -> Asked {
        var asked = Asked(
            head, in: bytes, number: state.nextRequestNumber(), start: state.now, route: route,
            isLogged: state.settings.answered != nil)
        asked.crossOrigin = state.settings.crossOrigin?.fields(for: head, in: bytes).fields
        return asked
    }

    /// Has a request answered, at once or later.
    func answer(
        _ head: consuming Head, _ bytes: [UInt8], _ outcome: consuming RouteTable.Outcome,
        _ body: consuming RouteTable.Body
    ) {
        var asked = Asked(
            head, in: bytes, number: state.nextRequestNumber(), start: state.now, route: outcome.routeNumber,
            isLogged: state.settings.answered != nil)
        if let crossOrigin = state.settings.crossOrigin {
            let (fields, mayAsk) = crossOrigin.fields(for: head, in: bytes)
            asked.crossOrigin = fields
            if mayAsk, let methods = state.settings.routes.methods(of: head, in: bytes),
                let preflight = CrossOrigin.preflightAnswer(to: head, in: bytes, allowing: methods)
            {
                return write(preflight, to: asked)
            }
        }
        let deferred = Deferred(loop: state.loop, connection: id, requestNumber: asked.number)
        let response = state.settings.routes.respond(to: head, outcome, in: bytes, body: body, deferred: deferred)
        if response.isDeferred {
            phase = .answering(since: state.now, requestNumber: asked.number)
            awaited = asked
        } else {
            write(consume response, to: asked)
        }
    }

    /// Sends an answer that was deferred, and goes on with what has arrived meanwhile.
    func answerDeferred(_ response: consuming Response, to number: UInt64) {
        guard let asked = awaited, asked.number == number else { return }
        awaited = nil
        write(response, to: asked)
        if unsent.isEmpty { readOn() } else { flush() }
    }

    /// Answers a broken message, once, and reads no more: where it ends is not known.
    ///
    /// - Parameter bytes: what was read of it, where its body has not begun.
    func refuse(_ fault: ParseFault, of bytes: [UInt8] = []) {
        guard !closesAfterSending else { return }
        var problem = Problem(fault.status, detail: "The connection closes: \(fault.reason).")
        if let seconds = fault.retryAfter { problem.fields.append(.retryAfter, seconds) }
        if fault.status == .unsupportedMediaType { problem.fields = [.acceptEncoding: "gzip"] }
        if let demand = incoming?.takeDemand(), let number = awaited?.number {
            // What came before it was taken already: whoever took it says what became of that.
            incoming = nil
            awaited?.closes = true
            phase = .answering(since: state.now, requestNumber: number)
            // What is written for this connection is not left for the next.
            flush()
            return demand(.refused(problem))
        }
        let asked = refused(bytes)
        incoming = nil
        awaited = nil
        write(Response(problem), to: asked)
        flush()
    }

    /// What is known of a request that is refused, as far as it was read.
    private func refused(_ bytes: [UInt8]) -> Asked {
        let isLogged = state.settings.answered != nil
        let number = state.nextRequestNumber()
        let source = incoming?.headBytes ?? bytes
        let head = incoming?.head ?? state.parser.known(of: source, limits: state.settings.limits)
        var asked = Asked(number: number, start: state.now, isLogged: isLogged)
        if let head {
            asked = Asked(head, in: source, number: number, start: state.now, route: 0, isLogged: isLogged)
            asked.closes = true
        }
        asked.crossOrigin = state.settings.crossOrigin?.fields(for: head ?? Head(), in: source).fields
        return asked
    }

    private func write(_ response: consuming Response, to asked: Asked) {
        // A body that is not read to its end leaves the next request nowhere to start.
        var closes = asked.closes || state.isStopping || incoming.map { $0.head.body != .none } ?? false
        incoming?.takeDemand()?(.broken)
        incoming = nil
        let length = response.stream?.length
        let isCompressed = compress(&response, for: asked)
        if let fields = asked.crossOrigin { response.fields.append(contentsOf: fields) }
        if socket.isSecure { response.fields.append(contentsOf: state.settings.secureFields) }
        let framing = Self.framing(of: response, for: asked)
        if framing == .untilClose { closes = true }
        state.dateStamp.refresh(now: state.now)
        ResponseWriter.appendHead(
            of: response, to: &state.output, stamp: state.dateStamp.bytes, requestNumber: asked.number,
            options: .init(
                framing: framing, closes: closes, namesKeepAlive: asked.namesKeepAlive))
        state.settings.note(response, to: asked, of: peer, on: state)

        if let stream = response.stream, !asked.isHead, stream.length != 0 {
            sent = SentBody(
                stream, length: length, requestNumber: asked.number, closes: closes, framing: framing,
                isCompressed: isCompressed)
            phase = .streaming(since: state.now, heartbeat: stream.heartbeat?.every)
            return
        }
        closesAfterSending = closes
        phase = .idle(since: state.now)
        if !asked.isHead, response.hasBody { send(response.body) }
    }

    /// Encodes the body where that pays and the client asks for it.
    private func compress(_ response: inout Response, for asked: Asked) -> Bool {
        guard response.mayCompress,
            Compression.pays(contentType: response.contentType, bytes: response.bodyLength)
        else { return false }
        response.fields.append(.vary, "Accept-Encoding")
        guard asked.prefersGzip, response.hasBody else { return false }
        response.fields.append(.contentEncoding, "gzip")
        if let stream = response.stream {
            response.stream = OutgoingBody(length: nil, heartbeat: stream.heartbeat, next: stream.next)
        } else {
            var packed: [UInt8] = []
            state.encoder.encode(response.body, into: &packed, flush: .finish)
            response.body = packed
        }
        return true
    }

    /// How the end of an answer's body is told (RFC 9112 §6.3).
    private static func framing(of response: Response, for asked: Asked) -> ResponseWriter.Framing {
        guard response.hasBody else { return .none }
        if let length = response.bodyLength { return .length(length) }
        return asked.isVersion10 ? .untilClose : .chunked
    }
}
