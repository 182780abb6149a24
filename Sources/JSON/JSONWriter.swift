internal import Glibc

/// Writes compact JSON into bytes, member by member, and puts the commas.
///
/// The memory is its own and not an array's: an array is asked whether it is shared at each byte, which was half of what
/// writing a record cost.
@safe public struct JSONWriter: ~Copyable {
    private var memory: UnsafeMutablePointer<UInt8>
    private var room: Int
    /// How many bytes have been written.
    public private(set) var count = 0
    private var needsComma = false

    /// A writer with room for `capacity` bytes, which grows.
    public init(capacity: Int = 256) {
        room = max(16, capacity)
        unsafe memory = UnsafeMutablePointer.allocate(capacity: room)
    }

    deinit { unsafe memory.deallocate() }

    /// A copy of what has been written.
    public var bytes: [UInt8] {
        if count == 0 { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            if let start = buffer.baseAddress { unsafe start.initialize(from: memory, count: count) }
            filled = count
        }
    }

    /// Lends what has been written from a place on.
    public borrowing func withBytes<Result>(from start: Int = 0, _ body: (UnsafeBufferPointer<UInt8>) -> Result)
        -> Result
    {
        unsafe body(UnsafeBufferPointer(start: memory + start, count: count - start))
    }

    /// Forgets what has been written, and keeps the room.
    public mutating func removeAll() {
        count = 0
        needsComma = false
    }

    /// Takes back the last bytes.
    public mutating func removeLast(_ bytes: Int = 1) { count -= bytes }

    /// The bytes of one value.
    public static func encode(_ value: JSON) -> [UInt8] {
        var writer = JSONWriter()
        writer.value(value)
        return writer.bytes
    }

    /// Writes `{`, the members that `body` writes, and `}`.
    public mutating func object(_ body: (inout JSONWriter) -> Void) {
        beginObject()
        body(&self)
        endObject()
    }

    /// Writes `[`, the values that `body` writes, and `]`.
    public mutating func array(_ body: (inout JSONWriter) -> Void) {
        beginArray()
        body(&self)
        endArray()
    }

    /// Writes `{`; members come next, and ``endObject()``.
    public mutating func beginObject() { open(UInt8(ascii: "{")) }

    /// Writes `}`.
    public mutating func endObject() { close(UInt8(ascii: "}")) }

    /// Writes `[`; values come next, and ``endArray()``.
    public mutating func beginArray() { open(UInt8(ascii: "[")) }

    /// Writes `]`.
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// Writes a member's name; its value comes next.
    public mutating func name(_ name: String) {
        comma()
        quote(name)
        append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a member's name that is JSON already, its colon included.
    public mutating func name(encoded name: [UInt8]) {
        comma()
        append(name)
        needsComma = false
    }

    /// Writes a text of at most `bytesMax` bytes, which `write` gives; none of them may need an escape.
    public mutating func quoted(bytesMax: Int, _ write: (inout OutputSpan<UInt8>) -> Void) {
        comma()
        makeRoom(bytesMax + 2)
        append(UInt8(ascii: "\""))
        let free = unsafe UnsafeMutableBufferPointer(start: memory + count, count: bytesMax)
        var output = unsafe OutputSpan(buffer: free, initializedCount: 0)
        write(&output)
        count += unsafe output.finalize(for: free)
        append(UInt8(ascii: "\""))
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
        append(json)
        needsComma = true
    }

    /// Writes bytes as they are, between values.
    public mutating func plain(_ bytes: [UInt8]) {
        append(bytes)
        needsComma = false
    }

    /// Writes a piece of JSON that a comma comes after, where anything does.
    public mutating func plain(_ piece: Span<UInt8>) {
        unsafe piece.withUnsafeBufferPointer { unsafe append($0) }
        needsComma = true
    }

    /// Writes a line end between two values of a JSON-lines text.
    public mutating func newline() {
        append(UInt8(ascii: "\n"))
        needsComma = false
    }

    private mutating func word(_ text: String) {
        comma()
        var text = text
        text.withUTF8 { utf8 in unsafe append(utf8) }
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        comma()
        append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        append(bracket)
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { append(UInt8(ascii: ",")) }
    }

    // MARK: Memory

    private mutating func makeRoom(_ bytes: Int) {
        if room - count < bytes { grow(bytes) }
    }

    private mutating func grow(_ bytes: Int) {
        room = max(room * 2, count + bytes)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: room)
        unsafe larger.moveInitialize(from: memory, count: count)
        unsafe memory.deallocate()
        unsafe memory = larger
    }

    private mutating func append(_ byte: UInt8) {
        makeRoom(1)
        unsafe memory[count] = byte
        count += 1
    }

    private mutating func append(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append($0) }
    }

    private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress else { return }
        makeRoom(bytes.count)
        unsafe memcpy(memory + count, start, bytes.count)
        count += bytes.count
    }

    // MARK: Texts and numbers

    private mutating func quote(_ text: String) {
        append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            // All of it is looked at, without an early way out: so the processor takes many bytes a step.
            var marks: UInt8 = 0
            for place in utf8.indices {
                let byte = unsafe utf8[place]
                marks |= (byte < 0x20 ? 1 : 0) | (byte == 0x22 ? 1 : 0) | (byte == 0x5C ? 1 : 0)
            }
            if marks == 0 { return unsafe append(utf8) }
            for place in utf8.indices {
                let byte = unsafe utf8[place]
                if Self.needsEscape(byte) { appendEscape(of: byte) } else { append(byte) }
            }
        }
        append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func appendEscape(of byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0D: append(UInt8(ascii: "r"))
        case 0x09: append(UInt8(ascii: "t"))
        default:
            for digit in ["u", "0", "0", byte >= 0x10 ? "1" : "0"] as [Unicode.Scalar] { append(UInt8(ascii: digit)) }
            let last = byte & 0xF
            append(last + (last < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10))
        }
    }

    private mutating func appendDigits(_ number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        makeRoom(20)
        var rest = number.magnitude
        var length = 1
        while rest > 9 {
            rest /= 10
            length += 1
        }
        rest = number.magnitude
        for place in stride(from: count + length - 1, through: count, by: -1) {
            unsafe memory[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += length
    }
}
