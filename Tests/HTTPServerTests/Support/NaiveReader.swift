/// Where a message ends, in the plainest style and with nothing of the server's.
///
/// It knows only what frames a message, and says nothing where that can be read in two ways.
struct NaiveReader {
    private var rest: ArraySlice<UInt8>

    /// Where the message ends that starts at `start`; `nil` where the bytes do not say.
    static func end(of bytes: [UInt8], from start: Int) -> Int? {
        var reader = NaiveReader(rest: bytes[start...])
        return reader.skipMessage() ? reader.rest.startIndex : nil
    }

    private mutating func skipMessage() -> Bool {
        var line = nextLine()
        while line == "" { line = nextLine() }
        var lengths: [String] = []
        var codings: [String] = []
        while true {
            guard let line = nextLine() else { return false }
            if line.isEmpty { break }
            guard let colon = line.firstIndex(of: ":"), line.first != " ", line.first != "\t" else { return false }
            let value = trimmed(line[line.index(after: colon)...])
            switch line[..<colon].lowercased() {
            case "content-length": lengths.append(value)
            // Empty members of a list are none.
            case "transfer-encoding":
                codings += value.lowercased().split(separator: ",").map(trimmed).filter { !$0.isEmpty }
            default: break
            }
        }
        if codings == ["chunked"], lengths.isEmpty { return skipChunks() }
        guard codings.isEmpty, lengths.count <= 1 else { return false }
        return lengths.isEmpty || skip(number(lengths[0], "0123456789"))
    }

    private mutating func skipChunks() -> Bool {
        while let line = nextLine(), let count = number(trimmed(line.prefix { $0 != ";" }), "0123456789abcdef") {
            if count == 0 { return skipTrailers() }
            guard skip(count), nextLine() == "" else { return false }
        }
        return false
    }

    private mutating func skipTrailers() -> Bool {
        while let line = nextLine() {
            if line.isEmpty { return true }
            guard line.contains(":") else { return false }
        }
        return false
    }

    private mutating func skip(_ count: Int?) -> Bool {
        guard let count, count <= rest.count else { return false }
        rest = rest.dropFirst(count)
        return true
    }

    /// The text up to the next CRLF, a letter a byte.
    private mutating func nextLine() -> String? {
        guard let end = rest.indices.dropLast().first(where: { rest[$0] == 13 && rest[$0 + 1] == 10 }) else {
            return nil
        }
        defer { rest = rest[(end + 2)...] }
        return String(String.UnicodeScalarView(rest[..<end].map { Unicode.Scalar($0) }))
    }

    private func trimmed(_ text: Substring) -> String {
        String(text.drop { " \t".contains($0) }.reversed().drop { " \t".contains($0) }.reversed())
    }

    /// The number that these digits spell, of either case, and nothing else.
    private func number(_ text: String, _ digits: String) -> Int? {
        text.lowercased().allSatisfy { digits.contains($0) } ? Int(text, radix: digits.count) : nil
    }
}
