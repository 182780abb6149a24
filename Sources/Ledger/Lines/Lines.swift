internal import Glibc

/// Walks the lines of some bytes.
struct Lines {
    private let bytes: [UInt8]
    private var place: Int
    /// The number of the line given last, from 1.
    private(set) var number = 0

    init(_ bytes: [UInt8], from place: Int = 0) {
        self.bytes = bytes
        self.place = place
    }

    /// The next line without its end, and whether its end is there; `nil` after the last.
    mutating func next() -> (range: Range<Int>, isEnded: Bool)? {
        guard place < bytes.count else { return nil }
        let start = place
        number += 1
        let end = lineEnd(from: place)
        place = min(end + 1, bytes.count)
        return (start..<end, end < bytes.count)
    }

    private func lineEnd(from start: Int) -> Int {
        unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress,
                let found = unsafe memchr(base + start, Int32(UInt8(ascii: "\n")), buffer.count - start)
            else { return buffer.count }
            return unsafe UnsafeRawPointer(found) - base
        }
    }
}
