/// Which loop waits at which sockets.
///
/// A port has a socket a loop, so that the system shares connections out. A Unix socket has one for all loops, and so has
/// what another process handed over where it has fewer sockets than there are loops now.
struct ListenerPlan: Sendable {
    /// All sockets, in the order in which they are handed on.
    let all: [Listener]
    private let byLoop: [[Listener]]

    /// Takes over the sockets that listen already and opens those that are missing.
    ///
    /// - Throws: ``SystemFault`` when a port is taken or an address is not this machine's.
    init(_ listenings: [Listening], adopting adopted: [Listener], loopCount: Int) throws(SystemFault) {
        var groups: [[Listener]] = []
        for listener in adopted {
            if let place = groups.firstIndex(where: { $0[0].listening == listener.listening }) {
                groups[place].append(listener)
            } else {
                groups.append([listener])
            }
        }
        // A port that is left to the system is one of its own: neither the next one that is, nor one that is named.
        var isTaken = groups.map { group in
            listenings.contains { !$0.leavesPort && group[0].listening.serves($0) }
        }
        for listening in listenings {
            let place = groups.indices.first { place in
                groups[place][0].listening.serves(listening) && !(listening.leavesPort && isTaken[place])
            }
            if let place {
                isTaken[place] = true
                continue
            }
            isTaken.append(true)
            let first = try Listener(listening, isFirst: true)
            var group = [first]
            if first.listening.address.port != nil {
                for _ in 1..<max(1, loopCount) { group.append(try Listener(first.listening, isFirst: false)) }
            }
            groups.append(group)
        }
        all = groups.flatMap(\.self)
        byLoop = (0..<loopCount).map { loop in
            groups.flatMap { group in
                group.count < loopCount
                    ? [group[loop % group.count]] : stride(from: loop, to: group.count, by: loopCount).map { group[$0] }
            }
        }
    }

    /// The sockets that a loop waits at.
    func listeners(of loop: Int) -> [Listener] { byLoop[loop] }

    /// Where it listens, each address once.
    var listenings: [Listening] {
        var seen: [Listening] = []
        for listener in all where !seen.contains(listener.listening) { seen.append(listener.listening) }
        return seen
    }
}

extension Listening {
    /// Whether the system chooses its port.
    var leavesPort: Bool { address.port == 0 }

    /// Whether a socket that listens here is one for `wanted`, whose port may be left to the system.
    func serves(_ wanted: Listening) -> Bool {
        guard isSecure == wanted.isSecure else { return false }
        switch (address, wanted.address) {
        case (.ip(let host, let port), .ip(let wantedHost, let wantedPort)):
            return host == wantedHost && (port == wantedPort || wantedPort == 0)
        default: return address == wanted.address
        }
    }
}
