import Dispatch
import Glibc
import HTTPTypes
import JSON
import Locks
import Synchronization

@testable import HTTPServer

/// A server of one test: on a port of its own, with handlers that answer at once, later, or when they are told to.
final class RunningServer: Sendable {
    /// The port of the first address.
    let port: UInt16
    /// Where it listens.
    let listenings: [Listening]
    let server: Server
    private let log: Log

    /// How often a loop has turned.
    var turns: Int { log.turns.load(ordering: .relaxed) }
    /// The status codes of all answers, in order.
    var statuses: [Int] { log.statuses.withLock { $0 } }

    private init(
        _ limits: Limits, loopCount: Int, at listenings: [Listening], routes: (inout Router) -> Void,
        options set: (inout ServerOptions) throws -> Void
    ) throws {
        let log = Log()
        self.log = log
        var options = ServerOptions()
        options.limits = limits
        options.loopCount = loopCount
        options.turnEnd = { log.endTurn() }
        options.answered = { exchange in log.statuses.withLock { $0.append(exchange.status) } }
        try set(&options)
        var router = Self.router(log)
        routes(&router)
        server = try Server(router, options)
        log.server.withLock { [server] in $0 = server }
        self.listenings = try server.start(at: listenings)
        port = self.listenings[0].address.port ?? 0
    }

    /// Runs `body` with a server that is stopped when it returns.
    static func with<Result: Sendable>(
        _ limits: Limits = Limits(), loopCount: Int = 2, at listenings: [Listening] = [.loopback()],
        routes: (inout Router) -> Void = { _ in }, options: (inout ServerOptions) throws -> Void = { _ in },
        _ body: (RunningServer) async throws -> Result
    ) async throws -> Result {
        let running = try RunningServer(limits, loopCount: loopCount, at: listenings, routes: routes, options: options)
        do {
            let result = try await body(running)
            await running.stop(grace: .zero)
            return result
        } catch {
            await running.stop(grace: .zero)
            throw error
        }
    }

    /// Stops the server, from a thread that may block.
    func stop(grace: Duration) async {
        log.release()
        await finishStop(grace: grace)
    }

    /// Stops the server; answers that are held stay so.
    func finishStop(grace: Duration) async {
        await onOwnThread { self.server.stop(grace: grace) }
        log.server.withLock { $0 = nil }
    }

    /// Answers all requests that are held.
    func release() { log.release() }

    /// Returns when so many requests are held.
    func waitUntilHeld(_ count: Int) async {
        await wait { [log] in log.held.withLock { $0.count } >= count }
    }

    /// Returns when at most so many connections are open.
    func waitUntilConnected(atMost count: Int) async {
        await wait { [server] in server.connectionCount <= count }
    }

    /// Returns when a condition holds, which is looked at now and after every turn of a loop.
    private func wait(until holds: @escaping @Sendable () -> Bool) async {
        await withCheckedContinuation { continuation in log.wait(Waiter(holds: holds, continuation: continuation)) }
    }

    private struct Waiter: Sendable {
        let holds: @Sendable () -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private final class Log: Sendable {
        let turns = Atomic<Int>(0)
        let statuses = Locked<[Int]>([])
        let held = Locked<[(Deferred, Response)]>([])
        let server = Locked<Server?>(nil)
        let later = DispatchQueue(label: "later")
        private let waiters = Locked<[Waiter]>([])

        func endTurn() {
            turns.wrappingAdd(1, ordering: .relaxed)
            let ready = waiters.withLock { waiters in
                // Each is asked once: a condition can come to hold between two questions.
                let end = waiters.partition { $0.holds() }
                defer { waiters.removeSubrange(end...) }
                return Array(waiters[end...])
            }
            for waiter in ready { waiter.continuation.resume() }
        }

        func wait(_ waiter: Waiter) {
            let isReady = waiters.withLock { waiters in
                if waiter.holds() { return true }
                waiters.append(waiter)
                return false
            }
            if isReady { waiter.continuation.resume() }
        }

        func release() {
            let held = held.withLock { held in
                defer { held = [] }
                return held
            }
            for (deferred, response) in held { deferred.answer(response) }
        }
    }

    private static func router(_ log: Log) -> Router {
        var router = Router { request throws(Problem) in
            if request.path.hasSuffix("unwanted") { throw Problem(.unauthorized, detail: "It is not wanted.") }
        }
        router.get("/hello/{name}") { request in .text("hello \(request.parameter("name"))") }
        router.post("/echo") { request in
            Response(contentType: "application/octet-stream", body: request.body)
        }
        router.post("/echo/{name}") { request in
            .text("\(request.parameter("name")) \(String(decoding: request.body, as: UTF8.self))")
        }
        router.post("/small", bodyBytesMax: 4) { request in .text("\(request.body.count)") }
        router.post("/json") { request throws(Problem) in .json(try request.json()) }
        router.get("/large/{bytes}") { request in
            Response(body: [UInt8](repeating: UInt8(ascii: "x"), count: Int(request.parameter("bytes")) ?? 0))
        }
        router.get("/later/{name}") { request in
            let (deferred, name) = (request.later(), request.parameter("name"))
            log.later.async { deferred.answer(.text("later \(name)")) }
            return .deferred
        }
        router.get("/twice") { request in
            let deferred = request.later()
            log.later.async {
                deferred.answer(.text("first"))
                deferred.answer(.text("second"))
            }
            return .deferred
        }
        router.get("/held/{name}") { request in
            let answer = (request.later(), Response.text("held \(request.parameter("name"))"))
            log.held.withLock { $0.append(answer) }
            return .deferred
        }
        router.post("/release") { _ in
            log.release()
            return .noContent
        }
        router.get("/busy/{milliseconds}") { request in
            // What a handler must not do: its loop stands still.
            usleep((UInt32(request.parameter("milliseconds")) ?? 0) * 1000)
            return .text("busy")
        }
        router.get("/held") { _ in .text("\(log.held.withLock { $0.count })") }
        router.get("/turns") { _ in .text("\(log.turns.load(ordering: .relaxed))") }
        router.get("/connections") { _ in .text("\(log.server.withLock { $0?.connectionCount ?? 0 })") }
        return router
    }
}

/// Runs what blocks on a thread that is its own: those of tests are few.
func onOwnThread<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        DispatchQueue(label: "blocking").async { continuation.resume(returning: body()) }
    }
}

extension Listening {
    /// A port of this machine; 0 asks for a free one.
    static func loopback(_ port: UInt16 = 0) -> Listening { Listening(Address(host: "127.0.0.1", port: port)) }
}

extension ServerOptions {
    /// The defaults with so many loops.
    init(loopCount: Int) {
        self.init()
        self.loopCount = loopCount
    }
}
