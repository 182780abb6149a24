/// Gathers one request's body behind its head.
struct BodyReader {
    let headBytes: [UInt8]
    let head: Head
    let bytesMax: Int
    private(set) var received: [UInt8] = []
    private var decoder = ChunkedDecoder()

    init(headBytes: [UInt8], head: Head, bytesMax: Int) {
        self.headBytes = headBytes
        self.head = head
        self.bytesMax = bytesMax
        // Room grows with what arrives, not with what is promised: a promise costs its sender nothing.
        if case .length(let length) = head.body { received.reserveCapacity(min(length, 16 * 1024)) }
    }

    /// Takes what belongs to the body; `true` when it is whole.
    mutating func read(_ bytes: [UInt8], _ cursor: inout Int, until end: Int) throws(ParseFault) -> Bool {
        switch head.body {
        case .none: return true
        case .chunked: return try decoder.decode(bytes, &cursor, until: end, into: &received, bytesMax: bytesMax)
        case .length(let length):
            let count = min(length - received.count, end - cursor)
            received.append(contentsOf: bytes[cursor..<cursor + count])
            cursor += count
            return received.count == length
        }
    }
}

extension Head {
    /// The same head, its places counted from where its own bytes start.
    func shifted(by shift: Int) -> Head {
        guard shift > 0 else { return self }
        func moved(_ range: Range<Int>) -> Range<Int> {
            range.isEmpty ? 0..<0 : range.lowerBound - shift..<range.upperBound - shift
        }
        var head = self
        head.path = moved(path)
        head.query = moved(query)
        head.fields = fields.map { field in
            FieldPlace(name: Place(moved(field.name.range)), value: Place(moved(field.value.range)))
        }
        return head
    }
}
