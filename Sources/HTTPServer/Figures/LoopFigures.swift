/// What one loop counts; it is the loop's own, so that counting takes no lock.
struct LoopFigures: Sendable {
    var acceptedConnections = 0
    var openConnections = 0
    /// Connections that were refused, since there were too many of them.
    var refusedConnections = 0
    var receivedBytes = 0
    var sentBytes = 0
    /// How often the process had no descriptor left for a connection.
    var descriptorShortages = 0
    /// From when a loop knew of events to when it had handled them all: how long a new one may have to wait.
    var turns = Histogram()
    /// By the number of the route; 0 is what no route answered.
    private(set) var routes: [RouteFigures] = []

    /// Counts an answer.
    mutating func note(route: Int, status: Int, nanoseconds: Int64) {
        while routes.count <= route { routes.append(RouteFigures()) }
        routes[route].note(status: status, nanoseconds: nanoseconds)
    }

    /// Adds what another loop counted.
    mutating func add(_ other: LoopFigures) {
        acceptedConnections += other.acceptedConnections
        openConnections += other.openConnections
        refusedConnections += other.refusedConnections
        receivedBytes += other.receivedBytes
        sentBytes += other.sentBytes
        descriptorShortages += other.descriptorShortages
        turns.add(other.turns)
        while routes.count < other.routes.count { routes.append(RouteFigures()) }
        for number in other.routes.indices { routes[number].add(other.routes[number]) }
    }
}

/// What is counted of one route.
struct RouteFigures: Sendable {
    /// Answers by status; a route has few of them.
    private(set) var statuses: [(status: Int, count: Int)] = []
    private(set) var latency = Histogram()

    mutating func note(status: Int, nanoseconds: Int64) {
        count(status, 1)
        latency.note(nanoseconds)
    }

    mutating func add(_ other: RouteFigures) {
        for entry in other.statuses { count(entry.status, entry.count) }
        latency.add(other.latency)
    }

    private mutating func count(_ status: Int, _ more: Int) {
        for place in statuses.indices where statuses[place].status == status {
            statuses[place].count += more
            return
        }
        statuses.append((status, more))
    }
}

/// Durations, counted in steps of a factor of about three.
struct Histogram: Sendable {
    /// The upper bounds of the steps in microseconds; what is longer counts in one more.
    static let bounds: [14 of Int64] = [
        10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000,
    ]

    private(set) var counts = [15 of Int](repeating: 0)
    private(set) var nanoseconds: Int64 = 0

    mutating func note(_ duration: Int64) {
        nanoseconds &+= duration
        var step = 0
        while step < 14, duration > Self.bounds[step] * 1_000 { step += 1 }
        counts[step] += 1
    }

    mutating func add(_ other: Histogram) {
        nanoseconds &+= other.nanoseconds
        for step in 0..<15 { counts[step] += other.counts[step] }
    }
}
