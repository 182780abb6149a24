/// Bytes on their way out, in memory of its own: many short appends an answer, each a copy and nothing else.
@safe
struct OutputBuffer: ~Copyable {
    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int = 4096) {
        unsafe memory = .allocate(byteCount: capacity, alignment: 16)
        self.capacity = capacity
    }

    deinit { unsafe memory.deallocate() }

    var isEmpty: Bool { count == 0 }

    /// A copy of all of it.
    var bytes: [UInt8] { unsafe Array(UnsafeRawBufferPointer(start: memory, count: count)) }

    /// Lends the bytes from a place on.
    func withBytes<Result>(from start: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        precondition(start <= count, "there are not so many bytes")
        return unsafe body(UnsafeRawBufferPointer(start: memory.advanced(by: start), count: count - start))
    }

    /// Forgets the bytes, and the room of an unusually long answer.
    mutating func removeAll() {
        count = 0
        if capacity > 1 << 20 { self = OutputBuffer() }
    }

    // MARK: Appending

    @inline(__always)
    mutating func append(_ text: StaticString) {
        unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func append(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe append($0) }
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard unsafe !bytes.isEmpty, let start = bytes.baseAddress else { return }
        reserve(bytes.count)
        unsafe memory.advanced(by: count).copyMemory(from: start, byteCount: bytes.count)
        count += bytes.count
    }

    /// Appends the digits of a number that is not negative.
    mutating func appendDecimal(_ number: Int) {
        precondition(number >= 0, "a length has no sign")
        reserve(20)
        var digits = 1
        var bound = 10
        while number >= bound, digits < 19 {
            digits += 1
            bound = digits == 19 ? .max : bound * 10
        }
        var rest = number
        for place in stride(from: count + digits - 1, through: count, by: -1) {
            unsafe memory.storeBytes(
                of: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10), toByteOffset: place, as: UInt8.self)
            rest /= 10
        }
        count += digits
    }

    /// Appends 16 hexadecimal digits.
    mutating func appendHexadecimal(_ number: UInt64) {
        reserve(16)
        for place in 0..<16 {
            let value = UInt8(truncatingIfNeeded: number >> UInt64(60 - place * 4)) & 0xF
            let digit = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
            unsafe memory.storeBytes(of: digit, toByteOffset: count + place, as: UInt8.self)
        }
        count += 16
    }

    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if count + more > capacity { grow(to: count + more) }
    }

    private mutating func grow(to needed: Int) {
        let larger = max(needed, capacity * 2)
        let copy = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        unsafe copy.copyMemory(from: memory, byteCount: count)
        unsafe memory.deallocate()
        unsafe memory = copy
        capacity = larger
    }
}
