internal import Dispatch
internal import Glibc
internal import Synchronization

/// An HTTP/1.1 server: event loops on raw sockets, a router, and limits.
///
/// ```swift
/// var router = Router()
/// router.get("/hello/{name}") { request in
///     .text("Hello, \(request.parameter("name"))!\n")
/// }
/// let server = try Server(router)
/// print("listening on http://\(try server.start(at: Address(host: "127.0.0.1", port: 8080)))")
/// ```
public final class Server: Sendable {
    private let settings: ServerSettings
    private let loops: [EventLoop]
    private let group = DispatchGroup()

    /// A server that answers by `router`; it listens when started.
    ///
    /// - Parameters:
    ///   - router: which handler answers what.
    ///   - limits: what a client may ask.
    ///   - constantFields: fields that every answer has.
    ///   - figures: where it is to be counted.
    ///   - loopCount: how many threads serve; each has its own connections.
    ///   - turnEnd: called on a loop when it has answered all that was ready, for work that gathers in a turn.
    ///   - answered: called with each exchange, on the loop; it must not block.
    /// - Throws: ``SystemFault`` when the system gives no descriptors.
    public init(
        _ router: Router, limits: Limits = Limits(), constantFields: ResponseFields = [:],
        figures: ServerFigures = ServerFigures(), loopCount: Int = 2,
        turnEnd: @escaping @Sendable () -> Void = {},
        answered: (@Sendable (Exchange) -> Void)? = nil
    ) throws(SystemFault) {
        settings = ServerSettings(
            router: router, limits: limits, constantFields: constantFields, turnEnd: turnEnd, answered: answered)
        var loops: [EventLoop] = []
        for number in 0..<max(1, loopCount) { loops.append(try EventLoop(number: number)) }
        self.loops = loops
        figures.count(loops, router)
    }

    /// Listens at `address` and serves.
    ///
    /// - Returns: the address with its port resolved.
    /// - Throws: ``SystemFault`` when the port is taken or the address is not this machine's.
    public func start(at address: Address) throws(SystemFault) -> Address {
        // Opened here, so that a fault reaches the caller before any loop runs, and handed over as bare numbers:
        // a closure cannot carry what has one owner.
        let first = try Listener(at: address, isFirst: true)
        let resolved = first.address
        var sockets: [Int32] = []
        do throws(SystemFault) {
            for _ in loops.dropFirst() { sockets.append(try Listener(at: resolved, isFirst: false).release()) }
        } catch {
            for raw in sockets { _ = Descriptor(raw) }
            throw error
        }
        sockets.append(first.release())
        let settings = settings
        for (loop, raw) in zip(loops, sockets) {
            loop.run(in: group) { loop, wake in
                LoopState(
                    loop: loop, wake: wake, listener: Listener(adopting: raw, at: resolved), settings: settings)
            }
        }
        return resolved
    }

    /// Stops listening, lets what is in flight finish for `grace`, and returns when all loops have ended.
    ///
    /// It blocks: call it from a thread of your own.
    public func stop(grace: Duration = .seconds(10)) {
        for loop in loops { loop.submit { $0.stop(grace: grace) } }
        group.wait()
    }

    /// How many connections are open.
    public var connectionCount: Int { settings.connectionCount.load(ordering: .relaxed) }
}

/// One answered request, for a log.
public struct Exchange: Sendable {
    /// The request's method, or nothing where its head could not be read.
    public let method: String
    /// The path as it was sent.
    public let path: String
    /// The answer's status code.
    public let status: Int
    /// The answer's body, in bytes.
    public let bodyBytes: Int
    /// From the head's last byte to the answer.
    public let duration: Duration
    /// The id that the answer carries as `Request-Id`.
    public let requestID: String
}
