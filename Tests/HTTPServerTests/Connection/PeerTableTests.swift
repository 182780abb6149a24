import Testing

@testable import HTTPServer

@Suite("The table of clients' addresses")
struct PeerTableTests {
    private static let second: Int64 = 1_000_000_000

    private static func peer(_ number: UInt64 = 1) throws -> Peer {
        try #require(Peer(high: 0, low: 0xFFFF_0000_0000 | number))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let rate: Int
        /// When it is asked, in milliseconds, and how many seconds each must wait; 0 is taken.
        let asked: [(at: Int64, wait: Int64)]
    }

    static let cases: [Case] = [
        Case(
            testDescription: "a second's worth at once, and no more", rate: 3,
            asked: [(0, 0), (0, 0), (0, 0), (0, 1), (0, 1)]),
        Case(
            testDescription: "one more for each share of a second", rate: 4,
            asked: [(0, 0), (0, 0), (0, 0), (0, 0), (249, 1), (250, 0), (250, 1), (500, 0), (500, 1)]),
        Case(
            testDescription: "all anew after a second, and not twice as many after two", rate: 2,
            asked: [(0, 0), (0, 0), (0, 1), (3000, 0), (3000, 0), (3000, 1)]),
        Case(testDescription: "one a second", rate: 1, asked: [(0, 0), (0, 1), (999, 1), (1000, 0), (1000, 1)]),
        Case(
            testDescription: "what is refused costs nothing", rate: 1,
            asked: [(0, 0), (100, 1), (200, 1), (300, 1), (1000, 0)]),
    ]

    @Test("lets a client ask as often as it may", arguments: cases)
    func rate(_ example: Case) throws {
        let table = PeerTable()
        let peer = try Self.peer()
        for (number, (at, wait)) in example.asked.enumerated() {
            // Far from 0, as the clock of a machine is.
            let now = 77 * Self.second + at * 1_000_000
            let seconds = table.secondsToWait(peer, requestsPerSecond: example.rate, now: now)
            #expect(seconds ?? 0 == wait, "request \(number) at \(at) ms")
        }
    }

    @Test("keeps clients apart")
    func apart() throws {
        let table = PeerTable()
        #expect(table.secondsToWait(try Self.peer(1), requestsPerSecond: 1, now: 0) == nil)
        #expect(table.secondsToWait(try Self.peer(1), requestsPerSecond: 1, now: 0) == 1)
        #expect(table.secondsToWait(try Self.peer(2), requestsPerSecond: 1, now: 0) == nil)
    }

    @Test("counts connections until they close, those that are too many as well")
    func connections() throws {
        let table = PeerTable()
        let peer = try Self.peer()
        #expect(table.open(peer, connectionsMax: 2))
        #expect(table.open(peer, connectionsMax: 2))
        #expect(!table.open(peer, connectionsMax: 2))
        table.close(peer, now: 0)
        #expect(!table.open(peer, connectionsMax: 2), "two are left, this is the third")
        table.close(peer, now: 0)
        table.close(peer, now: 0)
        #expect(table.open(peer, connectionsMax: 2))
    }

    @Test("remembers what a client owes after its last connection")
    func debt() throws {
        let table = PeerTable()
        let peer = try Self.peer()
        #expect(table.open(peer, connectionsMax: 1))
        #expect(table.secondsToWait(peer, requestsPerSecond: 1, now: 0) == nil)
        table.close(peer, now: 1)
        table.sweep(now: Self.second - 1)
        #expect(table.secondsToWait(peer, requestsPerSecond: 1, now: Self.second - 1) == 1)
        table.sweep(now: Self.second)
        #expect(table.secondsToWait(peer, requestsPerSecond: 1, now: Self.second) == nil)
    }

    @Test("names an IPv4 address, and the network of an IPv6 address")
    func text() {
        #expect(Peer(high: 0, low: 0xFFFF_7F00_0001)?.text == "127.0.0.1")
        #expect(Peer(high: UInt64(0x2001_0DB8_0000_0001).bigEndian, low: 0)?.text == "2001:db8:0:1::/64")
        #expect(Peer(high: 0, low: 0) == nil)
    }
}
