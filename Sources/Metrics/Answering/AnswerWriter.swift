public import JSON

/// An answer as it goes out.
public struct Answer: Sendable {
    /// Its JSON, and a line end.
    public let bytes: [UInt8]
    /// The same for as long as nothing but the time of asking differs.
    public let tag: Int64

    /// An answer that was put together as a value.
    public init(_ json: JSON) {
        var writer = AnswerWriter()
        writer.value(json)
        self.init(writer)
    }

    init(_ writer: consuming AnswerWriter) {
        tag = writer.tag
        bytes = writer.finish()
    }

    /// What it says, as a value.
    public var json: JSON {
        do throws(JSONFault) { return try JSONParser.parse(bytes) } catch {
            preconditionFailure("an answer is JSON, and not: \(error)")
        }
    }
}

/// Writes an answer member by member: one of many groups is never a value, which cost more than to count what it tells.
struct AnswerWriter: ~Copyable {
    private var json: JSONWriter
    /// What differs by the time of asking alone.
    private var ofAsking: [Range<Int>] = []

    private static let namesOfAsking = ["as_of", "to", "rows", "next"]

    /// A writer of an answer of about so many groups.
    init(groups: Int = 0) {
        json = JSONWriter(capacity: 4096 + groups * Self.bytesOfGroup)
        ofAsking.reserveCapacity(groups + 4)
    }

    /// What most groups take less than.
    private static let bytesOfGroup = 320

    /// What has been written, and a line end.
    consuming func finish() -> [UInt8] {
        json.newline()
        return json.bytes
    }

    mutating func beginObject() { json.beginObject() }

    mutating func endObject() { json.endObject() }

    mutating func beginArray(_ name: String) {
        json.name(name)
        json.beginArray()
    }

    mutating func endArray() { json.endArray() }

    // MARK: Members whose names are JSON already

    mutating func beginObject(_ name: [UInt8]) {
        json.name(encoded: name)
        json.beginObject()
    }

    mutating func beginArray(_ name: [UInt8]) {
        json.name(encoded: name)
        json.beginArray()
    }

    mutating func member(_ name: [UInt8], _ number: Int64) {
        json.name(encoded: name)
        json.integer(number)
    }

    /// Writes a number, or null where there is none.
    mutating func member(_ name: [UInt8], _ number: Double?) {
        json.name(encoded: name)
        if let number { json.number(number) } else { json.value(.null) }
    }

    mutating func member(_ name: [UInt8], encoded value: [UInt8]) {
        json.name(encoded: name)
        json.encoded(value)
    }

    /// Writes a value that is money as ``Figure`` tells it.
    mutating func money(hundredths: Int128, _ pieces: MoneyPieces) {
        member(pieces.amount, Statistics.roundedQuotient(hundredths, 100))
        plain(pieces.currency)
    }

    /// What is written around an amount.
    struct MoneyPieces {
        fileprivate let amount = Array(#""value":{"amount":"#.utf8)
        fileprivate let currency: [UInt8]

        init(currency: String?) {
            let text = JSONWriter.encode(currency.map { .string($0) } ?? .null)
            self.currency = Array(#","currency":"#.utf8) + text + Array("}".utf8)
        }
    }

    // MARK: Members of values

    mutating func members(_ members: [JSON.Member]) {
        for member in members {
            json.name(member.name)
            if Self.namesOfAsking.contains(member.name) {
                let start = json.count
                json.value(member.value)
                ofAsking.append(start..<json.count)
            } else {
                value(member.value)
            }
        }
    }

    mutating func value(_ value: JSON) {
        switch value {
        case .object(let members):
            json.beginObject()
            self.members(members)
            json.endObject()
        case .array(let elements):
            json.beginArray()
            for element in elements { self.value(element) }
            json.endArray()
        default: json.value(value)
        }
    }

    /// Writes a member whose value differs by the time of asking, as `write` does; what it writes begins with a comma, a
    /// name and a colon of so many bytes together.
    mutating func ofAsking(nameCount: Int, _ write: (inout AnswerWriter) -> Void) {
        let start = json.count + nameCount
        write(&self)
        ofAsking.append(start..<json.count)
    }

    // MARK: JSON in pieces, which its writer puts together

    mutating func plain(_ piece: [UInt8]) { json.plain(piece.span) }

    mutating func plain(_ pieces: Texts, _ place: Int) {
        json.plain(pieces.bytes.span.extracting(pieces.range(place)))
    }

    // MARK: The tag

    /// Sixteen bytes at a time, each product of 128 bits folded into 64, as wyhash does.
    var tag: Int64 {
        var state: UInt64 = 0xcbf2_9ce4_8422_2325
        unsafe json.withBytes { bytes in
            let raw = UnsafeRawBufferPointer(bytes)
            var start = 0
            for range in ofAsking {
                unsafe Self.mix(raw, start..<range.lowerBound, into: &state)
                start = range.upperBound
            }
            unsafe Self.mix(raw, start..<raw.count, into: &state)
        }
        return Int64(state >> 2) | 1
    }

    private static func mix(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, into state: inout UInt64) {
        // First, so that bytes which come once more do not look like those before them.
        state ^= UInt64(range.count) &* 0x9E37_79B9_7F4A_7C15
        var place = range.lowerBound
        while place + 16 <= range.upperBound {
            let (first, second) = unsafe bytes.loadUnaligned(fromByteOffset: place, as: (UInt64, UInt64).self)
            mix(first, second, into: &state)
            place += 16
        }
        var rest: (UInt64, UInt64) = (0, 0)
        if range.count >= 16 {
            // The last sixteen once more, those among them that were mixed already included.
            rest = unsafe bytes.loadUnaligned(fromByteOffset: range.upperBound - 16, as: (UInt64, UInt64).self)
        } else {
            for byte in range { rest = (rest.0 << 8 ^ rest.1 >> 56, rest.1 << 8 ^ UInt64(unsafe bytes[byte])) }
        }
        mix(rest.0, rest.1, into: &state)
    }

    @inline(__always)
    private static func mix(_ first: UInt64, _ second: UInt64, into state: inout UInt64) {
        let product = (first ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: second ^ state)
        state = product.high ^ product.low
    }
}
