public import HTTPTypes
public import JSON

/// An answer: a status, header fields and a body; or the word that it comes later.
public struct Response: Sendable {
    /// The status.
    public var status: HTTPResponse.Status
    /// The body's media type, where there is a body.
    public var contentType: StaticString?
    /// Header fields beside those that the server writes (`Date`, `Content-Length`, `Content-Type`, `Connection`, `ETag`).
    public var fields: ResponseFields
    /// The version of what is answered, told as a strong entity tag (RFC 9110 §8.8.3): `"3"`.
    public var version: Int64?
    /// The body.
    public var body: [UInt8]
    /// Whether the body may be compressed for a client that asks; never where it holds a secret beside what the
    /// request brought in, since its length then tells of the secret (BREACH).
    public var mayCompress: Bool
    /// The body, where it is made while it is sent.
    var stream: OutgoingBody?
    let isDeferred: Bool

    /// An answer with a body.
    public init(
        _ status: HTTPResponse.Status = .ok, contentType: StaticString? = "application/json",
        fields: ResponseFields = ResponseFields(), version: Int64? = nil, body: [UInt8] = [], mayCompress: Bool = true
    ) {
        self.mayCompress = mayCompress
        self.status = status
        self.contentType = contentType
        self.fields = fields
        self.version = version
        self.body = body
        stream = nil
        isDeferred = false
    }

    /// An answer whose body is made while it is sent.
    public init(
        _ status: HTTPResponse.Status = .ok, contentType: StaticString, fields: ResponseFields = [:],
        stream: OutgoingBody
    ) {
        self.status = status
        self.contentType = contentType
        self.fields = fields
        self.stream = stream
        mayCompress = true
        body = []
        isDeferred = false
    }

    /// The document of a problem.
    public init(_ problem: Problem) {
        self.init(
            problem.status, contentType: "application/problem+json", fields: problem.fields, body: problem.document)
    }

    private init(isDeferred: Bool) {
        status = .ok
        contentType = nil
        fields = [:]
        body = []
        stream = nil
        mayCompress = false
        self.isDeferred = isDeferred
    }

    /// The answer will be given through the request's ``Deferred``.
    public static let deferred = Response(isDeferred: true)

    /// 204, with nothing to read.
    public static let noContent = Response(.noContent, contentType: nil)

    /// Plain text.
    public static func text(_ text: String) -> Response {
        Response(contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }

    /// A JSON value.
    public static func json(_ value: JSON, status: HTTPResponse.Status = .ok) -> Response {
        var body = JSONWriter.encode(value)
        body.append(UInt8(ascii: "\n"))
        return Response(status, body: body)
    }

    /// How many bytes the body has; `nil` where only its end will tell.
    var bodyLength: Int? { stream == nil ? body.count : stream?.length }

    /// Whether there is a body at all: 204 and 304 have none, and RFC 9110 §8.6 allows them no length of one.
    var hasBody: Bool { status.code != 204 && status.code != 304 }
}

/// The right to answer one request later, from any thread.
public struct Deferred: Sendable {
    let loop: EventLoop
    let connection: ConnectionID
    let requestNumber: UInt64

    /// Sends the answer; of several only the first counts, and none when the client has gone.
    public func answer(_ response: Response) {
        // Not the whole of self: a job left over when the loop has ended would keep the loop.
        loop.submit { [connection, requestNumber] state in
            state.connection(connection)?.answerDeferred(response, to: requestNumber)
        }
    }
}
