internal import Locks

/// What a server counts of itself, gathered from its loops when somebody asks.
public final class ServerFigures: Sendable {
    private let loops = Locked<[EventLoop]>([])
    private let routes = Locked<[String]>([])

    /// Figures of a server that is still to be made.
    public init() {}

    func count(_ loops: [EventLoop], _ router: Router) {
        self.loops.withLock { $0 = loops }
        routes.withLock { $0 = router.names }
    }

    /// Gives all figures as Prometheus reads them, from one of the loops.
    ///
    /// - Parameters:
    ///   - more: adds figures of the host's own.
    ///   - give: called once, when every loop has told its own.
    public func exposition(
        _ more: @escaping @Sendable (inout Exposition) -> Void, _ give: @escaping @Sendable ([UInt8]) -> Void
    ) {
        let loops = loops.withLock { $0 }
        let routes = routes.withLock { $0 }
        let gathered = Locked((figures: LoopFigures(), missing: loops.count))
        for loop in loops {
            loop.submit { state in
                let all = gathered.withLock { gathered -> LoopFigures? in
                    gathered.figures.add(state.figures)
                    gathered.missing -= 1
                    return gathered.missing == 0 ? gathered.figures : nil
                }
                guard let all else { return }
                var exposition = Exposition()
                exposition.add(all, routes: routes, loopCount: loops.count)
                more(&exposition)
                give(exposition.bytes)
            }
        }
    }
}

extension Exposition {
    mutating func add(_ figures: LoopFigures, routes: [String], loopCount: Int) {
        family("tandem_http_requests_total", .counter, "Answered requests, by route and status.")
        for (number, route) in figures.routes.enumerated() {
            for entry in route.statuses {
                sample([("route", routes[number]), ("status", String(entry.status))], Int64(entry.count))
            }
        }
        family("tandem_http_request_seconds", .histogram, "From when a request's head was there to its answer.")
        for (number, route) in figures.routes.enumerated() where !route.statuses.isEmpty {
            histogram([("route", routes[number])], route.latency)
        }
        family("tandem_http_connections", .gauge, "Open connections.")
        sample([], Int64(figures.openConnections))
        family("tandem_http_connections_accepted_total", .counter, "Connections that were taken.")
        sample([], Int64(figures.acceptedConnections))
        family("tandem_http_connections_refused_total", .counter, "Connections that were refused, being too many.")
        sample([], Int64(figures.refusedConnections))
        family("tandem_http_received_bytes_total", .counter, "Bytes of requests.")
        sample([], Int64(figures.receivedBytes))
        family("tandem_http_sent_bytes_total", .counter, "Bytes of answers.")
        sample([], Int64(figures.sentBytes))
        family(
            "tandem_http_descriptor_shortages_total", .counter, "Times that no descriptor was left for a connection.")
        sample([], Int64(figures.descriptorShortages))
        family("tandem_http_loops", .gauge, "Event loops.")
        sample([], Int64(loopCount))
        family("tandem_http_loop_turn_seconds", .histogram, "How long a loop takes for the events that it finds.")
        histogram([], figures.turns)
    }
}
