internal import CLinux
internal import Glibc
internal import HTTPTypes
internal import Synchronization

/// All that one loop owns; made on the loop's thread and never seen by another.
final class LoopState {
    let loop: EventLoop
    let settings: ServerSettings
    private(set) var now = monotonicNow()
    private(set) var isDone = false
    private(set) var isStopping = false

    /// What was just received, and what is about to be sent: shared by all connections, so that an idle one holds none.
    var received = [UInt8](repeating: 0, count: 64 * 1024)
    var output = OutputBuffer()
    var parser = HeadParser()
    var dateStamp: DateStamp
    /// What is counted here, for whoever asks.
    var figures = LoopFigures()
    /// For bodies that are there whole; made when the first one is asked for.
    lazy var encoder = GzipEncoder(for: .bodies)

    private let poll: Descriptor
    private let wake: Int32
    private var listener: Listener?
    private var isAccepting = true
    private var connections: [Connection?] = []
    private var generations: [UInt32] = []
    private var freeSlots: [Int] = []
    private var openCount = 0
    private var requestNumber: UInt64
    private var nextSweep: Int64 = 0
    private var stopDeadline = Int64.max

    private static let wakeTag = UInt64.max
    private static let listenerTag = UInt64.max - 1
    private static let sweepInterval: Int64 = 500_000_000

    init(loop: EventLoop, wake: Int32, listener: consuming Listener, settings: ServerSettings) {
        self.loop = loop
        self.wake = wake
        self.settings = settings
        dateStamp = DateStamp(settings.constantFields)
        // A loop without a poll descriptor has no purpose, and at start there is no one to tell.
        let raw = epoll_create1(Int32(EPOLL_CLOEXEC))
        precondition(raw >= 0, "epoll_create1 failed: \(SystemFault("epoll_create1"))")
        poll = Descriptor(raw)
        requestNumber = UInt64.random(in: 0...UInt64.max)
        watch(wake, EPOLLIN.rawValue, tag: Self.wakeTag, EPOLL_CTL_ADD)
        watch(listener.descriptor.raw, EPOLLIN.rawValue, tag: Self.listenerTag, EPOLL_CTL_ADD)
        self.listener = consume listener
    }

    // MARK: A turn

    /// Waits for events and handles all that are there.
    func handleEvents() {
        unsafe withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 256) { events in
            let count = unsafe epoll_wait(poll.raw, events.baseAddress, 256, waitMilliseconds)
            now = monotonicNow()
            guard count > 0 else { return }
            for index in 0..<Int(count) {
                let event = unsafe events[index]
                unsafe handle(tag: tandem_event_tag(event), mask: event.events)
            }
        }
    }

    /// What a turn ends with: the host's own end, and due timers.
    func finishTurn() {
        settings.turnEnd()
        figures.turns.note(monotonicNow() - now)
        if now >= nextSweep { sweep() }
        if isStopping, openCount == 0 || now >= stopDeadline { end() }
    }

    private var waitMilliseconds: Int32 {
        if openCount == 0, !isStopping, isAccepting { return -1 }
        return Int32(clamping: max(0, (nextSweep - monotonicNow() + 999_999) / 1_000_000))
    }

    private func handle(tag: UInt64, mask: UInt32) {
        switch tag {
        case Self.wakeTag:
            var count: eventfd_t = 0
            _ = unsafe eventfd_read(wake, &count)
        case Self.listenerTag:
            accept()
        default:
            let id = ConnectionID(tag: tag)
            guard let connection = connection(id) else { return }
            connection.handle(mask: mask)
        }
    }

    private func sweep() {
        nextSweep = now + Self.sweepInterval
        for connection in connections where connection != nil { connection?.checkDeadline() }
        if !isAccepting, let raw = listener?.descriptor.raw {
            isAccepting = true
            watch(raw, EPOLLIN.rawValue, tag: Self.listenerTag, EPOLL_CTL_MOD)
        }
    }

    // MARK: Connections

    /// The connection `id` names, or `nil` when it has gone.
    func connection(_ id: ConnectionID) -> Connection? {
        guard id.slot < connections.count, generations[id.slot] == id.generation else { return nil }
        return connections[id.slot]
    }

    /// Watches a connection for what `mask` says.
    func watch(_ connection: Connection, mask: UInt32, isNew: Bool = false) {
        watch(connection.socket.raw, mask, tag: connection.id.tag, isNew ? EPOLL_CTL_ADD : EPOLL_CTL_MOD)
    }

    /// Forgets a connection; its descriptor closes with it.
    func forget(_ connection: Connection) {
        let slot = connection.id.slot
        guard connections[slot] === connection else { return }
        // Closing alone leaves it watched while a child process has a copy, and its events would be told without end.
        watch(connection.socket.raw, 0, tag: connection.id.tag, EPOLL_CTL_DEL)
        connections[slot] = nil
        generations[slot] &+= 1
        freeSlots.append(slot)
        openCount -= 1
        figures.openConnections -= 1
        settings.connectionCount.wrappingSubtract(1, ordering: .relaxed)
    }

    /// A number for a request that no other of this server has.
    func nextRequestNumber() -> UInt64 {
        requestNumber &+= 1
        return requestNumber
    }

    private func accept() {
        // At most this many at once, so that a flood of connections leaves room for those that are there.
        for _ in 0..<64 {
            guard let listening = listener?.descriptor.raw else { return }
            let raw = tandem_accept(listening)
            guard raw >= 0 else { return refuseAccept(errno) }
            adopt(Descriptor(raw))
        }
    }

    private func refuseAccept(_ code: Int32) {
        guard code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM,
            let listening = listener?.descriptor.raw
        else { return }
        // Out of descriptors: who knocks waits in the backlog until the next sweep, or the loop would spin.
        figures.descriptorShortages += 1
        isAccepting = false
        watch(listening, 0, tag: Self.listenerTag, EPOLL_CTL_MOD)
    }

    private func adopt(_ descriptor: consuming Descriptor) {
        var on: Int32 = 1
        _ = unsafe setsockopt(
            descriptor.raw, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        let slot = freeSlots.popLast() ?? connections.count
        if slot == connections.count {
            connections.append(nil)
            generations.append(0)
        }
        let id = ConnectionID(slot: slot, generation: generations[slot])
        let connection = Connection(id: id, socket: Socket(descriptor), state: self)
        connections[slot] = connection
        openCount += 1
        figures.openConnections += 1
        figures.acceptedConnections += 1
        if openCount == 1 { nextSweep = now + Self.sweepInterval }
        let total = settings.connectionCount.wrappingAdd(1, ordering: .relaxed).newValue
        watch(connection, mask: Connection.reading, isNew: true)
        if total > settings.limits.connectionsMax {
            figures.refusedConnections += 1
            connection.refuse(ParseFault(.serviceUnavailable, "too many connections; try again in a moment"))
        }
    }

    private func watch(_ raw: Int32, _ mask: UInt32, tag: UInt64, _ operation: Int32) {
        var event = unsafe tandem_event(mask, tag)
        _ = unsafe epoll_ctl(poll.raw, operation, raw, &event)
    }

    // MARK: The end

    /// Takes no more connections, ends the idle ones, and lets the rest finish for `grace`.
    func stop(grace: Duration) {
        isStopping = true
        if let raw = listener?.descriptor.raw { watch(raw, 0, tag: Self.listenerTag, EPOLL_CTL_DEL) }
        listener = nil
        stopDeadline = now + grace.nanoseconds
        nextSweep = now
        for connection in connections { connection?.closeIfIdle() }
    }

    private func end() {
        for connection in connections { connection?.close() }
        isDone = true
    }
}

/// Names a connection of one loop for as long as it lives, and nothing after.
struct ConnectionID: Sendable, Equatable {
    let slot: Int
    let generation: UInt32

    init(slot: Int, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    init(tag: UInt64) {
        slot = Int(tag & 0xFFFF_FFFF)
        generation = UInt32(tag >> 32)
    }

    var tag: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}
