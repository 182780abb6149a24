internal import HTTPTypes

extension RouteTable {
    /// The answer to one whole request, or the word that it comes later.
    func respond(
        to head: consuming Head, _ outcome: consuming Outcome, in bytes: [UInt8], body: consuming Body,
        deferred: consuming Deferred
    ) -> Response {
        if head.isAsterisk { return Response(.noContent, contentType: nil, fields: [.allow: Self.allMethods]) }
        switch outcome {
        case .missing:
            return Response(Problem(.notFound, detail: "There is nothing at \(head.pathText(in: bytes))."))
        case .wrongMethod(let allowed):
            if head.method == .options { return Response(.noContent, contentType: nil, fields: [.allow: allowed]) }
            return Response(
                Problem(.methodNotAllowed, detail: "This address takes \(allowed).", fields: [.allow: allowed]))
        case .found(let match):
            let request = Request(
                method: head.method.name, body: body.whole, bytes: bytes, head: head, match: match, deferred: deferred)
            do throws(Problem) {
                if let streamed = body.streamed { return try streamed.handler(request, IncomingBody(request.deferred)) }
                return try match.route.handler(request)
            } catch {
                return Response(error)
            }
        }
    }

    /// The answer to a request of which the head alone says that its body is not wanted (RFC 9110 §10.1.1); `nil` where it
    /// does not.
    func refusal(
        of head: consuming Head, _ outcome: consuming Outcome, in bytes: [UInt8], deferred: consuming Deferred
    ) -> Response? {
        guard case .found(let match) = outcome else {
            return respond(to: head, outcome, in: bytes, body: Body(), deferred: deferred)
        }
        let request = Request(
            method: head.method.name, body: [], bytes: bytes, head: head, match: match, deferred: deferred)
        do throws(Problem) {
            try match.route.admits(request)
            return nil
        } catch {
            return Response(error)
        }
    }

    /// A request's body as its handler has it.
    struct Body {
        var whole: [UInt8] = []
        var streamed: StreamedBody?
    }

    private static let allMethods = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
}
