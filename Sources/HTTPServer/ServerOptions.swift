/// How a server serves; everything has a default.
public struct ServerOptions: Sendable {
    /// What a client may ask.
    public var limits = Limits()
    /// How many threads serve; each has its own connections.
    public var loopCount = 2
    /// The certificate of what listens with TLS.
    public var tls: TLSContext?
    /// Fields that every answer has.
    public var constantFields: ResponseFields = [:]
    /// Fields that every answer over TLS has besides.
    public var secureFields: ResponseFields = [:]
    /// Which pages may ask; `nil` is none of another origin.
    public var crossOrigin: CrossOrigin?
    /// Where it is counted.
    public var figures = ServerFigures()
    /// Called on a loop when it has answered all that was ready, for work that gathers in a turn.
    public var turnEnd: @Sendable () -> Void = {}
    /// Called with each exchange, on its loop; it must not block.
    public var answered: (@Sendable (Exchange) -> Void)?
    /// Called with what whoever keeps the server should know, on a loop; it must not block.
    public var notice: @Sendable (ServerNotice) -> Void = { _ in }

    /// The defaults.
    public init() {}
}

/// What whoever keeps a server should know.
public enum ServerNotice: Sendable {
    /// No descriptor is left, so that new clients wait; told at most twice a second by each loop.
    case outOfDescriptors(SystemFault)
}

/// One answered request, for a log.
public struct Exchange: Sendable {
    /// The request's method, or nothing where its head could not be read.
    public let method: String
    /// The path as it was sent.
    public let path: String
    /// The answer's status code.
    public let status: Int
    /// The answer's body, in bytes; 0 where its length was not known.
    public let bodyBytes: Int
    /// The client's IPv4 address, or the network of its IPv6 address; `nil` on a Unix socket.
    public let client: String?
    /// From when the head was there to the answer.
    public let duration: Duration
    /// The id that the answer carries as `Request-Id`.
    public let requestID: String
}
