internal import HTTPTypes

extension Router {
    /// The answer to one whole request, or the word that it comes later.
    func respond(to head: Head, in bytes: [UInt8], body: [UInt8], deferred: Deferred) -> Response {
        if head.isAsterisk { return Response(.noContent, contentType: nil, fields: [Self.allow(Self.allMethods)]) }
        switch match(head, in: bytes) {
        case .missing:
            let path = String(decoding: bytes[head.path], as: UTF8.self)
            return Response(Problem(.notFound, detail: "There is nothing at \(path)."))
        case .wrongMethod(let allowed):
            let allow = Self.allow(allowed)
            if head.method == .options { return Response(.noContent, contentType: nil, fields: [allow]) }
            return Response(
                Problem(.methodNotAllowed, detail: "This address takes \(allow.value).", fields: [allow]))
        case .found(let match):
            let request = Request(
                method: head.method, body: body, bytes: bytes, head: head, match: match, deferred: deferred)
            do throws(Problem) {
                return try match.route.handler(request)
            } catch {
                return Response(error)
            }
        }
    }

    private static let allMethods = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]

    private static func allow(_ methods: [String]) -> HTTPField {
        HTTPField(name: .allow, value: methods.joined(separator: ", "))
    }
}
