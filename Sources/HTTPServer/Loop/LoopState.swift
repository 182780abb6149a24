internal import CLinux
internal import Glibc

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

    var connections = ConnectionTable()
    var acceptor: Acceptor
    private let poll: Descriptor
    private let wake: Int32
    private var requestNumber: UInt64
    private var nextSweep: Int64 = 0
    private var stopDeadline = Int64.max
    private var lastCall = Int64.max

    private static let wakeTag = UInt64.max
    private static let sweepInterval: Int64 = 500_000_000

    init(loop: EventLoop, wake: Int32, listeners: [Listener], settings: ServerSettings) {
        self.loop = loop
        self.wake = wake
        self.settings = settings
        dateStamp = DateStamp(settings.constantFields)
        acceptor = Acceptor(listeners)
        // A loop without a poll descriptor has no purpose, and at start there is no one to tell.
        let raw = epoll_create1(Int32(EPOLL_CLOEXEC))
        precondition(raw >= 0, "epoll_create1 failed: \(SystemFault("epoll_create1"))")
        poll = Descriptor(raw)
        requestNumber = UInt64.random(in: 0...UInt64.max)
        watch(wake, EPOLLIN.rawValue, tag: Self.wakeTag, EPOLL_CTL_ADD)
        acceptor.resume(on: self)
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
        if isStopping, connections.openCount == 0 || now >= stopDeadline { end() }
    }

    private var waitMilliseconds: Int32 {
        if connections.openCount == 0, !isStopping, acceptor.isAccepting { return -1 }
        return Int32(clamping: max(0, (nextSweep - monotonicNow() + 999_999) / 1_000_000))
    }

    private func handle(tag: UInt64, mask: UInt32) {
        if tag == Self.wakeTag {
            var count: eventfd_t = 0
            _ = unsafe eventfd_read(wake, &count)
        } else if let listener = acceptor.listener(tag: tag) {
            accept(at: listener)
        } else {
            connection(ConnectionID(tag: tag))?.handle(mask: mask)
        }
    }

    private func sweep() {
        nextSweep = now + Self.sweepInterval
        for connection in connections.all { connection.checkDeadline() }
        settings.peers.sweep(now: now)
        if now >= lastCall { for connection in connections.all { connection.closeIfIdle() } }
        if !isStopping, !acceptor.isAccepting { acceptor.resume(on: self) }
    }

    /// Sees to it that deadlines are looked at from now on.
    func beginSweeping() { nextSweep = now + Self.sweepInterval }

    /// A number for a request that no other of this server has.
    func nextRequestNumber() -> UInt64 {
        requestNumber &+= 1
        return requestNumber
    }

    func watch(_ raw: Int32, _ mask: UInt32, tag: UInt64, _ operation: Int32) {
        var event = unsafe tandem_event(mask, tag)
        _ = unsafe epoll_ctl(poll.raw, operation, raw, &event)
    }

    // MARK: The end

    /// Takes no more connections and lets those that are there finish for `grace`.
    ///
    /// - Parameter lastCall: how long an idle client may still ask once more; its answer then says that it is the last.
    ///   Without, idle connections close at once.
    func stop(grace: Duration, lastCall: Duration?) {
        guard !isStopping else { return }
        isStopping = true
        // Who has been let into the backlog would be cut off with it, unless another process takes it over.
        if lastCall == nil {
            for listener in acceptor.listeners {
                accept(at: listener, most: 4096)
                listener.refuse()
            }
        }
        acceptor.stop(on: self)
        stopDeadline = now + grace.nanoseconds
        self.lastCall = lastCall.map { now + $0.nanoseconds } ?? now
        nextSweep = now
    }

    private func end() {
        for connection in connections.all { connection.close() }
        isDone = true
    }
}
