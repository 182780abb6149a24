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
        let halves = (UInt32(truncatingIfNeeded: number >> 32), UInt32(truncatingIfNeeded: number))
        unsafe memory.storeBytes(of: Self.hexadecimalDigits(of: halves.0), toByteOffset: count, as: UInt64.self)
        unsafe memory.storeBytes(of: Self.hexadecimalDigits(of: halves.1), toByteOffset: count + 8, as: UInt64.self)
        count += 16
    }

    /// Eight digits, a byte each and the first of them lowest, made all at once.
    private static func hexadecimalDigits(of number: UInt32) -> UInt64 {
        var bytes = UInt64(number.byteSwapped)
        bytes = (bytes | bytes << 16) & 0x0000_FFFF_0000_FFFF
        bytes = (bytes | bytes << 8) & 0x00FF_00FF_00FF_00FF
        let values = bytes >> 4 & 0x000F_000F_000F_000F | (bytes & 0x000F_000F_000F_000F) << 8
        // Six more carry a value of ten or more over into the next four bits.
        let isLetter = (values &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return values &+ 0x3030_3030_3030_3030 &+ isLetter &* 0x27
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
