public import HTTPTypes

/// Header fields of an answer, spelled as they go on the wire: written once, and copied as they are.
///
/// The server writes `Date`, `Content-Length`, `Content-Type`, `Connection`, `ETag` and `Request-Id` itself.
public struct ResponseFields: Sendable, ExpressibleByDictionaryLiteral {
    /// Lines, each with the CRLF that stands before it.
    private(set) var wire: [UInt8] = []

    /// No fields.
    public init() {}

    /// Fields in their order.
    public init(dictionaryLiteral fields: (HTTPField.Name, String)...) {
        for (name, value) in fields { append(name, value) }
    }

    /// The fields that others have, in the order of both.
    public mutating func append(contentsOf others: ResponseFields) {
        wire.append(contentsOf: others.wire)
    }

    /// Adds a field.
    public mutating func append(_ name: HTTPField.Name, _ value: String) {
        var value = value
        value.withUTF8 { bytes in
            begin(name, room: bytes.count)
            let start = wire.count
            unsafe wire.append(contentsOf: bytes)
            // A CR, LF or NUL here would let a value write fields or answers of its own.
            for place in start..<wire.count where wire[place] == 0x0D || wire[place] == 0x0A || wire[place] == 0 {
                wire[place] = UInt8(ascii: " ")
            }
        }
    }

    /// Adds a field whose value is a number.
    public mutating func append(_ name: HTTPField.Name, _ number: Int64) {
        begin(name, room: 20)
        wire.appendDecimal(number)
    }

    private mutating func begin(_ name: HTTPField.Name, room: Int) {
        var raw = name.rawName
        raw.withUTF8 { bytes in
            // Most answers have a few short fields, for which one allocation does.
            if wire.capacity == 0 { wire.reserveCapacity(max(120, bytes.count + room + 4)) }
            wire.append(0x0D)
            wire.append(0x0A)
            unsafe wire.append(contentsOf: bytes)
            wire.append(UInt8(ascii: ":"))
            wire.append(UInt8(ascii: " "))
        }
    }

    /// The value of the first field of that name.
    public subscript(name: HTTPField.Name) -> String? {
        let start = Array("\r\n\(name.rawName): ".utf8)
        guard let place = wire.firstRange(of: start)?.upperBound else { return nil }
        return String(decoding: wire[place...].prefix { $0 != 0x0D }, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Appends the digits of a number.
    mutating func appendDecimal(_ number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        let start = count
        repeat {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        var low = start
        var high = count - 1
        while low < high {
            swapAt(low, high)
            low += 1
            high -= 1
        }
    }
}
