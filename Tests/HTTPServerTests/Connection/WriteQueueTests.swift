import Glibc
import Testing

@testable import HTTPServer

@Suite("What was answered and not yet taken")
struct WriteQueueTests {
    /// A socket that takes little, and its other end.
    private struct Pair: ~Copyable {
        let socket: Socket
        private let other: Descriptor

        init() {
            var ends: [Int32] = [0, 0]
            let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
            let result = unsafe socketpair(AF_UNIX, type, 0, &ends)
            precondition(result == 0, "there are no sockets")
            socket = Socket(Descriptor(ends[0]))
            other = Descriptor(ends[1])
        }

        /// All that has come.
        func received() -> [UInt8] {
            var bytes: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = unsafe recv(other.raw, &piece, piece.count, 0)
                guard count > 0 else { return bytes }
                bytes += piece[..<count]
            }
        }
    }

    @Test("goes out whole and in order, as the client takes it")
    func order() {
        let pair = Pair()
        var queue = WriteQueue()
        var expected: [UInt8] = []
        for number in 0..<20 {
            let piece = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 / 7 + number) }
            let start = number % 3 == 0 ? 1234 : 0
            queue.append(piece, from: start, now: 0)
            expected += piece[start...]
        }
        var received: [UInt8] = []
        var sent = 0
        var last = Transfer.wantsWrite
        var turns = 0
        while last == .wantsWrite {
            last = queue.send(to: pair.socket, now: 0, sent: &sent)
            received += pair.received()
            turns += 1
        }
        #expect(last == .end)
        #expect(queue.isEmpty)
        #expect(turns > 1)
        #expect(sent == expected.count)
        #expect(received == expected)
    }

    @Test("keeps nothing of a piece that is out already")
    func nothing() {
        var queue = WriteQueue()
        queue.append([1, 2], from: 2, now: 0)
        queue.append([], now: 0)
        #expect(queue.isEmpty)
    }

    @Test("is overdue when none of it was taken for too long, and never where there is none")
    func overdue() {
        let pair = Pair()
        var limits = Limits()
        limits.writeTime = .nanoseconds(10)
        var queue = WriteQueue()
        #expect(!queue.isOverdue(now: 100, limits: limits))
        queue.append([UInt8](repeating: 1, count: 1 << 20), now: 100)
        #expect(!queue.isOverdue(now: 110, limits: limits))
        #expect(queue.isOverdue(now: 111, limits: limits))
        var sent = 0
        let first = queue.send(to: pair.socket, now: 111, sent: &sent)
        #expect(first == .wantsWrite)
        #expect(!queue.isOverdue(now: 121, limits: limits))
        #expect(queue.isOverdue(now: 122, limits: limits))
        let second = queue.send(to: pair.socket, now: 122, sent: &sent)
        #expect(second == .wantsWrite)
        #expect(queue.isOverdue(now: 122, limits: limits), "nothing was taken")
    }
}
