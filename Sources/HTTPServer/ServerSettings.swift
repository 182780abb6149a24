internal import HTTPTypes
internal import Synchronization

/// What all loops of a server share.
final class ServerSettings: Sendable {
    let routes: RouteTable
    let limits: Limits
    let tls: TLSContext?
    let constantFields: ResponseFields
    let secureFields: ResponseFields
    let crossOrigin: CrossOrigin?
    let turnEnd: @Sendable () -> Void
    let answered: (@Sendable (Exchange) -> Void)?
    let notice: @Sendable (ServerNotice) -> Void
    let peers = PeerTable()
    let connectionCount = Atomic<Int>(0)

    init(_ router: Router, _ options: ServerOptions) {
        routes = router.table
        limits = options.limits
        tls = options.tls
        constantFields = options.constantFields
        secureFields = options.secureFields
        crossOrigin = options.crossOrigin
        turnEnd = options.turnEnd
        answered = options.answered
        notice = options.notice
    }

    /// Counts an answer, and tells who keeps a log.
    func note(_ response: borrowing Response, to asked: borrowing Asked, of peer: Peer?, on state: LoopState) {
        let duration = monotonicNow() - asked.start
        state.figures.note(route: asked.route, status: response.status.code, nanoseconds: duration)
        guard let answered, let line = asked.line else { return }
        answered(
            Exchange(
                method: line.method, path: line.path, status: response.status.code,
                bodyBytes: response.bodyLength ?? 0, client: peer?.text, duration: .nanoseconds(duration),
                requestID: RequestID.text(asked.number)))
    }
}
