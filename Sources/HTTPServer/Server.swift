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
/// let listening = try server.start(at: [Listening(Address(host: "127.0.0.1", port: 8080))])
/// ```
public final class Server: Sendable {
    private let settings: ServerSettings
    private let loops: [EventLoop]
    private let group = DispatchGroup()
    private let plan = Mutex<ListenerPlan?>(nil)

    /// A server that answers by `router`; it listens when started.
    ///
    /// - Throws: ``SystemFault`` when the system gives no descriptors.
    public init(_ router: Router, _ options: ServerOptions = ServerOptions()) throws(SystemFault) {
        settings = ServerSettings(router, options)
        var loops: [EventLoop] = []
        for number in 0..<max(1, options.loopCount) { loops.append(try EventLoop(number: number)) }
        self.loops = loops
        options.figures.count(loops, router)
    }

    /// Listens and serves.
    ///
    /// - Parameters:
    ///   - listenings: where; what listens with TLS needs ``ServerOptions/tls``.
    ///   - handed: sockets that listen already, which are served whether they are asked for or not.
    /// - Returns: where it listens, ports resolved.
    /// - Throws: ``SystemFault`` when a port is taken or an address is not this machine's.
    public func start(at listenings: [Listening], _ handed: HandedSockets? = nil) throws(SystemFault) -> [Listening] {
        // Opened here, so that a fault reaches the caller before any loop runs.
        let plan = try ListenerPlan(listenings, adopting: handed?.listeners ?? [], loopCount: loops.count)
        precondition(
            settings.tls != nil || !plan.listenings.contains(where: \.isSecure), "TLS needs a certificate")
        let settings = settings
        for (number, loop) in loops.enumerated() {
            loop.run(in: group) { loop, wake in
                LoopState(loop: loop, wake: wake, listeners: plan.listeners(of: number), settings: settings)
            }
        }
        self.plan.withLock { $0 = plan }
        return plan.listenings
    }

    /// Stops listening, lets what is in flight finish for `grace`, and returns when all loops have ended.
    ///
    /// It blocks: call it from a thread of your own.
    public func stop(grace: Duration = .seconds(10)) {
        end(grace: grace, lastCall: nil)
        let plan = plan.withLock { plan in plan.take() }
        for listener in plan?.all ?? [] where listener.isOwn {
            if case .unix(let path) = listener.listening.address { unsafe unlink(path) }
        }
    }

    /// Ends as ``stop(grace:)`` does, but leaves the sockets open for another process to go on with: who connects
    /// meanwhile waits in their backlogs. Idle clients have a second to ask once more, and are then told to come anew.
    public func handOver(grace: Duration = .seconds(10)) -> HandedSockets {
        end(grace: grace, lastCall: min(grace, .seconds(1)))
        return HandedSockets(plan.withLock { plan in plan.take() }?.all ?? [])
    }

    private func end(grace: Duration, lastCall: Duration?) {
        for loop in loops { loop.submit { $0.stop(grace: grace, lastCall: lastCall) } }
        group.wait()
    }

    /// How many connections are open.
    public var connectionCount: Int { settings.connectionCount.load(ordering: .relaxed) }
}
