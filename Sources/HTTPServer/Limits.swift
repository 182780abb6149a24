/// What a client may ask of the server; each bound is on by default.
public struct Limits: Sendable {
    /// The longest request line, in bytes without its line end; longer is answered with 414.
    public var requestLineBytesMax = 8 * 1024
    /// The longest header section with the request line, in bytes; longer is answered with 431.
    public var headBytesMax = 32 * 1024
    /// The most header fields; more is answered with 431.
    public var fieldCountMax = 100
    /// The longest body that a route takes unless it says otherwise, in bytes; longer is answered with 413.
    public var bodyBytesMax = 1024 * 1024
    /// The most connections a server holds at once; the next one is answered with 503.
    public var connectionsMax = 10_000
    /// The most connections of one client's address, an IPv6 network of 64 bits being one; the next is answered with 429.
    public var connectionsPerAddressMax = 1000
    /// The most requests a second of one client's address, as many at once; more is answered with 429. `nil` is no bound.
    public var requestsPerSecondMax: Int?
    /// From the first byte of a request to the end of its header; dripping does not extend it.
    public var headTime = Duration.seconds(10)
    /// From one answer to the next request's first byte.
    public var idleTime = Duration.seconds(75)
    /// What a body may take beyond its least rate.
    public var bodyTime = Duration.seconds(10)
    /// The least rate of a body, in bytes a second.
    public var bodyBytesPerSecondMin = 1024
    /// How long a handler may owe a deferred answer; then 503.
    public var answerTime = Duration.seconds(120)
    /// How long a client may leave an answer unread.
    public var writeTime = Duration.seconds(30)
    /// How long a refused connection is drained before it is closed.
    public var drainTime = Duration.seconds(2)

    /// The defaults.
    public init() {}
}
