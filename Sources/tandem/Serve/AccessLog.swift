import Foundation
import HTTPServer
import JSON
import Synchronization
import SystemPackage

/// A line of JSON for each request, or for one of several.
final class AccessLog: Sendable {
    private let lines: LineWriter
    private let sample: Int
    private let number = Atomic<Int>(0)

    /// A log among the lines at `stderr` or in a file, which is continued; `nil` where it is `off`.
    init?(_ place: String, sample: Int, _ standardError: LineWriter) throws(Failure) {
        if place == "off" { return nil }
        self.sample = sample
        if place == "stderr" {
            lines = standardError
            return
        }
        do {
            // Always at its end, so that a rotation may cut it.
            let file = try FileDescriptor.open(
                FilePath(place), .writeOnly, options: [.append, .create, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead])
            lines = LineWriter(file)
        } catch {
            throw Failure("--access-log \(place): \(error)")
        }
    }

    /// Takes note of an exchange.
    func note(_ exchange: Exchange) {
        if sample > 1, number.wrappingAdd(1, ordering: .relaxed).oldValue % sample != 0 { return }
        lines.write(Self.line(exchange))
    }

    /// Returns when all that was noted is written, or nobody takes it.
    func finish() { lines.finish() }

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
