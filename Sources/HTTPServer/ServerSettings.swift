internal import HTTPTypes
internal import Synchronization

/// What all loops of a server share.
final class ServerSettings: Sendable {
    let routes: RouteTable
    let limits: Limits
    let constantFields: ResponseFields
    let turnEnd: @Sendable () -> Void
    let answered: (@Sendable (Exchange) -> Void)?
    let connectionCount = Atomic<Int>(0)

    init(
        router: Router, limits: Limits, constantFields: ResponseFields, turnEnd: @escaping @Sendable () -> Void,
        answered: (@Sendable (Exchange) -> Void)?
    ) {
        routes = router.table
        self.limits = limits
        self.constantFields = constantFields
        self.turnEnd = turnEnd
        self.answered = answered
    }

    /// Counts an answer, and tells who keeps a log.
    func note(_ response: Response, to asked: Asked, on state: LoopState) {
        let duration = monotonicNow() - asked.start
        state.figures.note(route: asked.route?.number ?? 0, status: response.status.code, nanoseconds: duration)
        guard let answered, let line = asked.line else { return }
        answered(
            Exchange(
                method: line.method, path: line.path, status: response.status.code,
                bodyBytes: response.bodyLength ?? 0, duration: .nanoseconds(duration),
                requestID: RequestID.text(asked.number)))
    }
}
