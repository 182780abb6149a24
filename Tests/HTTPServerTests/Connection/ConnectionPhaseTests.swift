import Testing

@testable import HTTPServer

@Suite("The phase of a connection")
struct ConnectionPhaseTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let phase: ConnectionPhase
        let now: Int64
        let isDue: Bool
        let testDescription: String

        init(_ phase: ConnectionPhase, at now: Duration, isDue: Bool, _ why: String) {
            self.phase = phase
            self.now = now.nanoseconds
            self.isDue = isDue
            testDescription = why
        }
    }

    /// Idle 75 s, head 10 s, body 10 s and 1024 bytes a second, answer 120 s, drain 2 s.
    static let cases: [Case] = [
        Case(.idle(since: 0), at: .seconds(75), isDue: false, "idle for exactly its time"),
        Case(.idle(since: 0), at: .nanoseconds(75_000_000_001), isDue: true, "idle for a nanosecond more"),
        Case(.idle(since: 5), at: .nanoseconds(75_000_000_005), isDue: false, "counted from when it began"),
        Case(.head(since: 0), at: .seconds(10), isDue: false, "a head in exactly its time"),
        Case(.head(since: 0), at: .nanoseconds(10_000_000_001), isDue: true, "a head that takes longer"),
        Case(.body(since: 0, receivedBytes: 0), at: .seconds(10), isDue: false, "no body in exactly its time"),
        Case(.body(since: 0, receivedBytes: 0), at: .nanoseconds(10_000_000_001), isDue: true, "no body"),
        Case(.body(since: 0, receivedBytes: 2048), at: .seconds(12), isDue: false, "2 KiB earn 2 seconds"),
        Case(.body(since: 0, receivedBytes: 2047), at: .seconds(12), isDue: true, "a byte less does not"),
        Case(.body(since: 0, receivedBytes: 1 << 30), at: .seconds(3600), isDue: false, "a GiB in an hour"),
        Case(.answering(since: 0, requestNumber: 7), at: .seconds(120), isDue: false, "an answer in its time"),
        Case(.answering(since: 0, requestNumber: 7), at: .seconds(121), isDue: true, "an answer that is late"),
        Case(.handshake(since: 0), at: .seconds(10), isDue: false, "a handshake in exactly its time"),
        Case(.handshake(since: 0), at: .seconds(11), isDue: true, "a handshake that takes longer"),
        Case(.streaming(since: 0, heartbeat: nil), at: .seconds(120), isDue: false, "a piece in exactly its time"),
        Case(.streaming(since: 0, heartbeat: nil), at: .seconds(121), isDue: true, "a piece that never comes"),
        Case(.streaming(since: 0, heartbeat: .seconds(15)), at: .seconds(15), isDue: false, "a silence not too long"),
        Case(.streaming(since: 0, heartbeat: .seconds(15)), at: .seconds(16), isDue: true, "a silence to be broken"),
        Case(.draining(since: 0), at: .seconds(2), isDue: false, "drained for exactly its time"),
        Case(.draining(since: 0), at: .seconds(3), isDue: true, "drained for longer"),
    ]

    @Test("is due when its time is over, and not before", arguments: cases)
    func due(_ example: Case) {
        let action = example.phase.timeOut(now: example.now, limits: Limits())
        guard example.isDue else {
            #expect(action == .stay)
            return
        }
        switch example.phase {
        case .handshake, .idle, .draining: #expect(action == .close)
        case .streaming(_, nil): #expect(action == .close)
        case .streaming: #expect(action == .beat)
        case .answering(_, let number): #expect(action == .giveUp(requestNumber: number))
        case .head, .body:
            guard case .refuse = action else {
                Issue.record("\(action) for \(example.phase)")
                return
            }
        }
    }

    @Test("starts anew where it waits for the client, and only there")
    func restart() {
        func restarted(_ phase: ConnectionPhase) -> ConnectionPhase {
            var phase = phase
            phase.restart(at: 9)
            return phase
        }
        #expect(restarted(.idle(since: 1)) == .idle(since: 9))
        #expect(restarted(.head(since: 1)) == .head(since: 9))
        #expect(restarted(.body(since: 1, receivedBytes: 5)) == .body(since: 9, receivedBytes: 5))
        #expect(restarted(.answering(since: 1, requestNumber: 5)) == .answering(since: 1, requestNumber: 5))
        #expect(
            restarted(.streaming(since: 1, heartbeat: .seconds(1))) == .streaming(since: 9, heartbeat: .seconds(1)))
        #expect(restarted(.handshake(since: 1)) == .handshake(since: 1))
        #expect(restarted(.draining(since: 1)) == .draining(since: 1))
    }

    @Test("does not divide by a rate of nothing")
    func noRate() {
        var limits = Limits()
        limits.bodyBytesPerSecondMin = 0
        #expect(ConnectionPhase.body(since: 0, receivedBytes: 1).timeOut(now: 0, limits: limits) == .stay)
    }
}
