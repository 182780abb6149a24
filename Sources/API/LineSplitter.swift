/// Cuts bytes that come piece by piece into lines.
struct LineSplitter {
    /// A line that is not whole yet.
    private var rest: [UInt8] = []

    /// The longest line, in bytes.
    static let lineBytesMax = 1 << 20

    /// Whether the line that is coming is longer than may be.
    var isTooLong: Bool { rest.count > Self.lineBytesMax }

    /// The lines that become whole with some more bytes, without those that are blank.
    mutating func add(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            take(bytes[start..<end], into: &lines)
            start = end + 1
        }
        rest += bytes[start...]
        return lines
    }

    /// The last line, which need not have an end.
    mutating func finish() -> [[UInt8]] {
        var lines: [[UInt8]] = []
        take([], into: &lines)
        return lines
    }

    private mutating func take(_ end: ArraySlice<UInt8>, into lines: inout [[UInt8]]) {
        let line = rest.isEmpty ? Array(end) : rest + end
        rest = []
        if line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) { lines.append(line) }
    }
}
