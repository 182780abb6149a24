import Dispatch
import Foundation
import HTTPServer
import JSON
import Locks
import Synchronization
import SystemPackage

/// A line of JSON for each request, or for one of several; written by a thread of its own, so that no loop waits.
final class AccessLog: Sendable {
    private struct Pending {
        var lines: [UInt8] = []
        var lostCount = 0
        var isWriting = false
    }

    private let file: FileDescriptor
    private let sample: Int
    private let number = Atomic<Int>(0)
    private let pending = Locked(Pending())
    private let queue = DispatchQueue(label: "access log")

    /// Who writes slower than this much behind loses lines, which is told, instead of holding all of them.
    private static let pendingBytesMax = 4 << 20

    /// A log at `stderr` or in a file, which is continued; `nil` where it is `off`.
    init?(_ place: String, sample: Int) throws(Failure) {
        if place == "off" { return nil }
        self.sample = sample
        if place == "stderr" {
            file = .standardError
            return
        }
        do {
            // Always at its end, so that a rotation may cut it.
            file = try FileDescriptor.open(
                FilePath(place), .writeOnly, options: [.append, .create, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead])
        } catch {
            throw Failure("--access-log \(place): \(error)")
        }
    }

    /// Takes note of an exchange.
    func note(_ exchange: Exchange) {
        if sample > 1, number.wrappingAdd(1, ordering: .relaxed).oldValue % sample != 0 { return }
        let line = Self.line(exchange)
        let begins = pending.withLock { pending in
            guard pending.lines.count < Self.pendingBytesMax else {
                pending.lostCount += 1
                return false
            }
            pending.lines += line
            defer { pending.isWriting = true }
            return !pending.isWriting
        }
        if begins { queue.async { self.write() } }
    }

    /// Returns when all that was noted is written.
    func finish() { queue.sync {} }

    private func write() {
        while let (lines, lostCount) = take() {
            do {
                try file.writeAll(lines)
                if lostCount > 0 { try file.writeAll(Array("{\"lost\":\(lostCount)}\n".utf8)) }
            } catch {
                // Where lines cannot be written there is nobody to tell, and requests go on.
                continue
            }
        }
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

    private static func line(_ exchange: Exchange) -> [UInt8] {
        let microseconds =
            exchange.duration.components.seconds * 1_000_000
            + exchange.duration.components.attoseconds / 1_000_000_000_000
        let json: JSON = [
            "at": .string(Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))),
            "method": .string(exchange.method), "path": .string(exchange.path),
            "status": .integer(Int64(exchange.status)), "bytes": .integer(Int64(exchange.bodyBytes)),
            "microseconds": .integer(microseconds), "client": exchange.client.map { .string($0) } ?? .null,
            "request": .string(exchange.requestID),
        ]
        return JSONWriter.encode(json) + [UInt8(ascii: "\n")]
    }
}
