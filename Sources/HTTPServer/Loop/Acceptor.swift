internal import CLinux
internal import Glibc
internal import HTTPTypes
internal import Synchronization

/// The sockets at which a loop takes connections.
struct Acceptor {
    let listeners: [Listener]
    private(set) var isAccepting = false

    /// Tags of listeners count down from here; those of connections are far below.
    private static let firstTag = UInt64.max - 1

    init(_ listeners: [Listener]) { self.listeners = listeners }

    /// The listener that a tag names.
    func listener(tag: UInt64) -> Listener? {
        let place = Self.firstTag &- tag
        return place < UInt64(listeners.count) ? listeners[Int(place)] : nil
    }

    /// Watches the listeners.
    mutating func resume(on state: LoopState) {
        for (place, listener) in listeners.enumerated() {
            // Where several loops wait at one socket, one of them is woken; its kind of watch cannot be changed later.
            state.watch(
                listener.raw, EPOLLIN.rawValue | EPOLLEXCLUSIVE.rawValue, tag: Self.firstTag - UInt64(place),
                EPOLL_CTL_ADD)
        }
        isAccepting = true
    }

    /// Watches the listeners no more.
    mutating func stop(on state: LoopState) {
        guard isAccepting else { return }
        for listener in listeners { state.watch(listener.raw, 0, tag: 0, EPOLL_CTL_DEL) }
        isAccepting = false
    }
}

extension LoopState {
    /// Takes the connections that wait at a listener; not all at once, so that a flood of them leaves room for those
    /// that are there.
    func accept(at listener: Listener, most: Int = 64) {
        for _ in 0..<most {
            // Who is told that there are too many holds a descriptor until the answer is read: the next one waits for that.
            guard settings.connectionCount.load(ordering: .relaxed) < settings.limits.connectionsMax + Self.refusedMax
            else { return pauseAccepting() }
            var peer: (UInt64, UInt64) = (0, 0)
            let raw = unsafe withUnsafeMutablePointer(to: &peer) { pair in
                unsafe pair.withMemoryRebound(to: UInt64.self, capacity: 2) { unsafe tandem_accept(listener.raw, $0) }
            }
            guard raw >= 0 else { return noteRefusal(errno) }
            adopt(Descriptor(raw), from: Peer(high: peer.0, low: peer.1), at: listener.listening)
        }
    }

    private func noteRefusal(_ code: Int32) {
        guard code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM else { return }
        figures.descriptorShortages += 1
        settings.notice(.outOfDescriptors(SystemFault("accept", code)))
        pauseAccepting()
    }

    /// How many more than there may be are told so at a time.
    private static var refusedMax: Int { 64 }

    /// Who knocks waits in the backlog until the next sweep, or the loop would spin.
    private func pauseAccepting() {
        acceptor.stop(on: self)
        if connections.openCount == 0 { beginSweeping() }
    }

    private func adopt(_ descriptor: consuming Descriptor, from peer: Peer?, at listening: Listening) {
        var session: TLSSession?
        if listening.isSecure {
            guard let context = settings.tls, let made = TLSSession(context: context, socket: descriptor.raw) else {
                return
            }
            session = made
        }
        if listening.address.port != nil {
            var on: Int32 = 1
            _ = unsafe setsockopt(
                descriptor.raw, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        if connections.openCount == 0 { beginSweeping() }
        figures.acceptedConnections += 1
        figures.openConnections += 1
        let id = connections.nextID()
        let connection = Connection(id: id, socket: Socket(descriptor, tls: session), peer: peer, state: self)
        connections.put(connection)
        watch(connection, mask: Connection.reading, EPOLL_CTL_ADD)
        refuseIfTooMany(connection)
    }

    private func refuseIfTooMany(_ connection: Connection) {
        let limits = settings.limits
        let total = settings.connectionCount.wrappingAdd(1, ordering: .relaxed).newValue
        let isFair =
            connection.peer.map { settings.peers.open($0, connectionsMax: limits.connectionsPerAddressMax) } ?? true
        guard total > limits.connectionsMax || !isFair else { return }
        figures.refusedConnections += 1
        // An answer would cost a handshake, of which there are too many.
        if connection.socket.isSecure { return connection.close() }
        connection.refuse(
            isFair
                ? ParseFault(.serviceUnavailable, "too many connections; try again in a moment", retryAfter: 1)
                : ParseFault(
                    .tooManyRequests,
                    "one address may have \(limits.connectionsPerAddressMax) connections; close some and try again",
                    retryAfter: 1))
    }

    /// The connection `id` names, or `nil` when it has gone.
    func connection(_ id: ConnectionID) -> Connection? { connections[id] }

    /// Watches a connection for what `mask` says; what is there already is told too.
    ///
    /// A plain one by edges, since the system looks at each event by level a second time. Of TLS nobody knows whether all
    /// that came was read.
    func watch(_ connection: Connection, mask: UInt32, _ operation: Int32 = EPOLL_CTL_MOD) {
        let edges = connection.socket.isSecure ? 0 : EPOLLET.rawValue
        watch(connection.socket.raw, mask | edges, tag: connection.id.tag, operation)
    }

    /// Forgets a connection; its descriptor closes with it.
    func forget(_ connection: Connection) {
        guard connections.remove(connection) else { return }
        // Closing alone leaves it watched while a child process has a copy, and its events would be told without end.
        watch(connection.socket.raw, 0, tag: connection.id.tag, EPOLL_CTL_DEL)
        figures.openConnections -= 1
        settings.connectionCount.wrappingSubtract(1, ordering: .relaxed)
    }
}
