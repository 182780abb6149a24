/// Where a message ends, in the plainest style and with nothing of the server's: it believes what it reads.
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
        var fields: [String: String] = [:]
        while true {
            guard let line = nextLine() else { return false }
            if line.isEmpty { break }
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { return false }
            fields[parts[0].lowercased()] = parts[1].filter { $0 != " " && $0 != "\t" }.lowercased()
        }
        if fields["transfer-encoding"] == "chunked" { return skipChunks() }
        guard let length = fields["content-length"] else { return true }
        return skip(Int(length))
    }

    private mutating func skipChunks() -> Bool {
        while let line = nextLine() {
            let size = line.prefix { $0 != ";" }
            guard let count = Int(size, radix: 16) else { return false }
            guard count == 0 else {
                guard skip(count), nextLine() == "" else { return false }
                continue
            }
            while let trailer = nextLine() {
                if trailer.isEmpty { return true }
            }
            return false
        }
        return false
    }

    private mutating func skip(_ count: Int?) -> Bool {
        guard let count, count >= 0, count <= rest.count else { return false }
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
}
