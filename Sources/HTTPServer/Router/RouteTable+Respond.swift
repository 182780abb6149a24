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
            let path = String(decoding: bytes[head.path], as: UTF8.self)
            return Response(Problem(.notFound, detail: "There is nothing at \(path)."))
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

    /// A request's body as its handler has it.
    struct Body {
        var whole: [UInt8] = []
        var streamed: StreamedBody?
    }

    private static let allMethods = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
}
