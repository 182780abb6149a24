import Foundation
import Logging

/// What the server says of itself, a line each: when, how grave, what, and what belongs to it.
struct LineLog: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    private let lines: LineWriter

    init(to lines: LineWriter) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let words = all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let text = ([Self.now, event.level.rawValue, "\(event.message)"] + words).joined(separator: " ")
        lines.write(Array("\(text)\n".utf8))
    }

    private static var now: String { Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }
}
