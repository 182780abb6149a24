/// Writes compact JSON into bytes, member by member, and puts the commas.
public struct JSONWriter {
    /// What has been written.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// A writer with room for `capacity` bytes.
    public init(capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    /// A writer that goes on behind `bytes`, which are its own until ``takeBytes()`` gives them back.
    public init(appendingTo bytes: inout [UInt8]) {
        swap(&self.bytes, &bytes)
    }

    /// Gives away what has been written.
    public mutating func takeBytes() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &bytes)
        return taken
    }

    /// The bytes of one value.
    public static func encode(_ value: JSON) -> [UInt8] {
        var writer = JSONWriter()
        writer.value(value)
        return writer.bytes
    }

    /// Writes `{`, the members that `body` writes, and `}`.
    public mutating func object(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "{"))
        body(&self)
        close(UInt8(ascii: "}"))
    }

    /// Writes `[`, the values that `body` writes, and `]`.
    public mutating func array(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "["))
        body(&self)
        close(UInt8(ascii: "]"))
    }

    /// Writes a member's name; its value comes next.
    public mutating func name(_ name: String) {
        comma()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a member's name that is JSON already, its colon included.
    public mutating func name(encoded name: [UInt8]) {
        comma()
        bytes.append(contentsOf: name)
        needsComma = false
    }

    /// Writes a text of which `write` appends the bytes; none of them may need an escape.
    public mutating func quoted(_ write: (inout [UInt8]) -> Void) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        write(&bytes)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Writes a member.
    public mutating func member(_ name: String, _ value: JSON) {
        self.name(name)
        self.value(value)
    }

    /// Writes a value of any kind.
    public mutating func value(_ value: JSON) {
        switch value {
        case .null: word("null")
        case .bool(let flag): word(flag ? "true" : "false")
        case .integer(let number): integer(number)
        case .number(let number): self.number(number)
        case .string(let text): string(text)
        case .array(let elements): array { writer in for element in elements { writer.value(element) } }
        case .object(let members):
            object { writer in for member in members { writer.member(member.name, member.value) } }
        }
    }

    /// Writes a text.
    public mutating func string(_ text: String) {
        comma()
        quote(text)
        needsComma = true
    }

    /// Writes a whole number.
    public mutating func integer(_ number: Int64) {
        comma()
        appendDigits(number)
        needsComma = true
    }

    /// Writes a number in the fewest digits that read back as the same; what is not finite becomes `null`.
    public mutating func number(_ number: Double) {
        guard number.isFinite else { return word("null") }
        // 2^53: up to here a whole Double is exactly the integer that it prints as.
        if number == number.rounded(), abs(number) < 9_007_199_254_740_992 { return integer(Int64(number)) }
        word(number.description)
    }

    /// Writes bytes that are JSON already.
    public mutating func encoded(_ json: [UInt8]) {
        comma()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    /// Writes a line end between two values of a JSON-lines text.
    public mutating func newline() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    private mutating func word(_ text: String) {
        comma()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        comma()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            // All of it is looked at, without an early way out: so the processor takes many bytes a step.
            var marks: UInt8 = 0
            for place in utf8.indices {
                let byte = unsafe utf8[place]
                marks |= (byte < 0x20 ? 1 : 0) | (byte == 0x22 ? 1 : 0) | (byte == 0x5C ? 1 : 0)
            }
            if marks == 0 {
                unsafe bytes.append(contentsOf: utf8)
            } else {
                for place in utf8.indices {
                    let byte = unsafe utf8[place]
                    if Self.needsEscape(byte) { appendEscape(of: byte) } else { bytes.append(byte) }
                }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func appendEscape(of byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(UInt8(ascii: byte >= 0x10 ? "1" : "0"))
            bytes.append(contentsOf: String(byte & 0xF, radix: 16).utf8)
        }
    }

    private mutating func appendDigits(_ number: Int64) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }
}
