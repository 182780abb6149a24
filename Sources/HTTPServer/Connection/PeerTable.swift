internal import Locks

/// A client's address, as far as clients are told apart by it.
struct Peer: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// `nil` where there is no address, as on a Unix socket.
    init?(high: UInt64, low: UInt64) {
        guard high != 0 || low != 0 else { return nil }
        self.high = high
        self.low = low
    }

    /// An IPv4 address, or the network of an IPv6 address.
    var text: String {
        func part(_ word: UInt64, _ shift: UInt64, _ mask: UInt64) -> UInt64 { word >> shift & mask }
        guard high != 0 else {
            return [24, 16, 8, 0].map { String(part(low, $0, 0xFF)) }.joined(separator: ".")
        }
        return [48, 32, 16, 0].map { String(part(high.bigEndian, $0, 0xFFFF), radix: 16) }.joined(separator: ":")
            + "::/64"
    }
}

/// How many connections each address has, and how often it asks; shared by all loops.
final class PeerTable: Sendable {
    private struct Entry {
        var connections = 0
        /// When the address will have paid for its requests, each a second's share (the generic cell rate algorithm,
        /// ITU-T I.371).
        var paidAt: Int64 = 0
    }

    private let entries = Locked<[Peer: Entry]>([:])

    /// Counts a connection; `false` when it is one too many, which is counted too until it closes.
    func open(_ peer: Peer, connectionsMax: Int) -> Bool {
        entries.withLock { entries in
            entries[peer, default: Entry()].connections += 1
            return entries[peer, default: Entry()].connections <= connectionsMax
        }
    }

    /// Forgets a connection, and the address with its last one unless it still owes time.
    func close(_ peer: Peer, now: Int64) {
        entries.withLock { entries in
            guard var entry = entries[peer] else { return }
            entry.connections -= 1
            entries[peer] = entry.connections == 0 && entry.paidAt <= now ? nil : entry
        }
    }

    /// How long an address must wait before it asks again; `nil` when it need not, and the request is then counted.
    func secondsToWait(_ peer: Peer, requestsPerSecond: Int, now: Int64) -> Int64? {
        let share = 1_000_000_000 / Int64(max(1, requestsPerSecond))
        return entries.withLock { entries in
            var entry = entries[peer, default: Entry()]
            // A second's worth may come at once.
            let early = max(entry.paidAt, now) + share - now - 1_000_000_000
            guard early <= 0 else { return max(1, (early + 999_999_999) / 1_000_000_000) }
            entry.paidAt = max(entry.paidAt, now) + share
            entries[peer] = entry
            return nil
        }
    }

    /// Forgets the addresses that are of no more account.
    func sweep(now: Int64) {
        entries.withLock { entries in
            for (peer, entry) in entries where entry.connections == 0 && entry.paidAt <= now { entries[peer] = nil }
        }
    }
}
