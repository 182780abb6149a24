import Dispatch
import Glibc
import Locks
import SystemPackage

/// Writes lines by a thread of its own, so that who says something never waits for who reads it.
final class LineWriter: Sendable {
    private struct Pending {
        var lines: [UInt8] = []
        var lostCount = 0
        var isWriting = false
    }

    private let file: FileDescriptor
    private let pending = Locked(Pending())
    private let queue = DispatchQueue(label: "lines")

    /// Who writes slower than this much behind loses lines, which is told, instead of holding all of them.
    private static let pendingBytesMax = 4 << 20

    /// A writer at the end of a file, which stays open.
    init(_ file: FileDescriptor) { self.file = file }

    /// Takes a line, its end included.
    func write(_ line: [UInt8]) {
        let begins = pending.withLock { pending in
            guard pending.lines.count < Self.pendingBytesMax else {
                pending.lostCount += 1
                return false
            }
            pending.lines += line
            defer { pending.isWriting = true }
            return !pending.isWriting
        }
        if begins { queue.async { self.writePending() } }
    }

    /// Returns when all that was taken is written, or after a second: a reader who is stuck holds up no end.
    func finish() {
        let isWritten = DispatchSemaphore(value: 0)
        queue.async { isWritten.signal() }
        _ = isWritten.wait(timeout: .now() + 1)
    }

    private func writePending() {
        while let (lines, lostCount) = take() {
            let left = writeAll(lines)
            guard !left.isEmpty || lostCount > 0 else { continue }
            if left.isEmpty, writeAll(Array("{\"lost\":\(lostCount)}\n".utf8)).isEmpty { continue }
            // Nobody can be told now; when lines are written again they say how many are missing.
            let count = lostCount + left.count { $0 == UInt8(ascii: "\n") }
            pending.withLock { $0.lostCount += count }
        }
    }

    /// Writes all, waits for room where the descriptor does not, and gives back what cannot be written.
    private func writeAll(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        var rest = bytes[...]
        while !rest.isEmpty {
            do {
                rest = try rest.dropFirst(unsafe rest.withUnsafeBytes { try unsafe file.write($0) })
            } catch Errno.resourceTemporarilyUnavailable {
                var room = pollfd(fd: file.rawValue, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&room, 1, -1)
            } catch {
                return rest
            }
        }
        return rest
    }

    private func take() -> (lines: [UInt8], lostCount: Int)? {
        pending.withLock { pending in
            guard !pending.lines.isEmpty else {
                pending.isWriting = false
                return nil
            }
            defer {
                pending.lines = []
                pending.lostCount = 0
            }
            return (pending.lines, pending.lostCount)
        }
    }
}
