/// What a client's `Accept-Encoding` says (RFC 9110 §12.5.3), gathered field by field; what breaks the grammar says
/// nothing.
struct AcceptedCodings {
    // In thousandths, as a quality has three digits at most; nil where nothing is said.
    private var gzip: Int?
    private var identity: Int?
    private var others: Int?

    /// Whether the answer should be gzip; never unless the client speaks of it.
    ///
    /// A client that refuses the plain answer gets it where gzip gains nothing, as if it had not said so (RFC 9110
    /// §12.4.1).
    var prefersGzip: Bool {
        let gzip = gzip ?? others ?? 0
        return gzip > 0 && gzip >= identity ?? others ?? 0
    }

    /// Takes note of a field's value; several fields are one list (RFC 9110 §5.3).
    mutating func note(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        forEachToken(bytes, value) { member in
            let semicolon = member.first { bytes[$0] == UInt8(ascii: ";") } ?? member.upperBound
            let coding = trimmed(bytes, member.lowerBound..<semicolon)
            guard let quality = Self.quality(bytes, semicolon..<member.upperBound) else { return }
            if ContentCoding.isGzip(bytes, coding) {
                gzip = Self.lower(gzip, quality)
            } else if ContentCoding.isIdentity(bytes, coding) {
                identity = Self.lower(identity, quality)
            } else if equals(bytes, coding, "*") {
                others = Self.lower(others, quality)
            }
        }
    }

    /// Of two words on one coding the more careful counts.
    private static func lower(_ known: Int?, _ quality: Int) -> Int { min(known ?? quality, quality) }

    /// The quality in thousandths of `;q=0.5`, or of nothing; `nil` where it is neither (RFC 9110 §12.4.2).
    private static func quality(_ bytes: Span<UInt8>, _ parameter: Range<Int>) -> Int? {
        guard !parameter.isEmpty else { return 1000 }
        let weight = trimmed(bytes, parameter.dropFirst())
        let value = weight.dropFirst(2)
        guard equalsIgnoringCase(bytes, weight.prefix(2), "q="), let first = value.first else { return nil }
        let whole = bytes[first] &- UInt8(ascii: "0")
        guard whole <= 1, let decimals = decimals(bytes, value.dropFirst()) else { return nil }
        let thousandths = Int(whole) * 1000 + decimals
        return thousandths <= 1000 ? thousandths : nil
    }

    /// The thousandths of `.5`, of `.` and of nothing.
    private static func decimals(_ bytes: Span<UInt8>, _ part: Range<Int>) -> Int? {
        guard let first = part.first else { return 0 }
        let digits = part.dropFirst()
        guard bytes[first] == UInt8(ascii: "."), digits.count <= 3 else { return nil }
        var number = 0
        for place in digits {
            guard bytes[place] &- UInt8(ascii: "0") < 10 else { return nil }
            number = number * 10 + Int(bytes[place] - UInt8(ascii: "0"))
        }
        for _ in digits.count..<3 { number *= 10 }
        return number
    }
}
