/// A body on its way in: gathered for its handler, or given to it piece by piece.
final class Incoming {
    let head: Head
    let headBytes: [UInt8]
    var reader: BodyReader
    /// What is to become of it.
    var use: Use
    /// Whether the client waits to be told to go on (RFC 9110 §10.1.1).
    var owesContinue: Bool
    /// How long pieces have been waited for, and how many bytes came meanwhile.
    var waited: (nanoseconds: Int64, receivedBytes: Int) = (0, 0)

    enum Use {
        /// It is gathered, and its handler is called when it is whole.
        case gathered([UInt8])
        /// Its handler has been called, and asks for the pieces; `nil` while it asks for none.
        case streamed(demand: (@Sendable (IncomingBody.Piece) -> Void)?)
    }

    init(head: Head, headBytes: [UInt8], reader: BodyReader, use: Use, owesContinue: Bool) {
        self.head = head
        self.headBytes = headBytes
        self.reader = reader
        self.use = use
        self.owesContinue = owesContinue
    }

    /// Takes the demand for a piece, where there is one.
    func takeDemand() -> (@Sendable (IncomingBody.Piece) -> Void)? {
        guard case .streamed(let demand?) = use else { return nil }
        use = .streamed(demand: nil)
        return demand
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
