/// Where a text stops being JSON, and why.
public struct JSONFault: Error, Sendable, Equatable {
    /// The line of the fault, from 1.
    public let line: Int
    /// The byte within the line, from 1.
    public let column: Int
    /// What was found and what would be right.
    public let reason: String

    /// A fault at the start of a text that is JSON, and not what was to be there.
    public init(reason: String) {
        line = 1
        column = 1
        self.reason = reason
    }

    init(_ reason: String, at place: Int, in bytes: [UInt8]) {
        var line = 1
        var lineStart = 0
        for index in 0..<min(place, bytes.count) where bytes[index] == UInt8(ascii: "\n") {
            line += 1
            lineStart = index + 1
        }
        self.line = line
        self.column = place - lineStart + 1
        self.reason = reason
    }
}

extension JSONFault: CustomStringConvertible {
    /// The fault as one line of words.
    public var description: String { "line \(line), column \(column): \(reason)" }
}
