internal import Dispatch
internal import Glibc
internal import Locks

/// Reads a file some megabytes at a time, cut where `cut` says, on all cores.
struct Windows: ~Copyable {
    /// A part of a file that ends where it may be cut, or where the file does.
    struct Window: Sendable {
        let bytes: [UInt8]
        /// Where it starts in the file.
        let place: Int
        let isLast: Bool
    }

    private static var bytesAtOnce: Int { 4 << 20 }

    private let file: SystemFile
    private let size: Int
    private var place = 0
    /// The end of the last part that may be cut off, in bytes that are not the file's last; `nil` where there is none.
    private let cut: @Sendable ([UInt8]) -> Int?

    init(_ path: String, cut: @escaping @Sendable ([UInt8]) -> Int?) throws(LedgerFault) {
        let opened = try SystemFile(path, O_RDONLY)
        size = try opened.size()
        file = opened
        self.cut = cut
    }

    /// Behind the last line end.
    static func atLineEnd(_ bytes: [UInt8]) -> Int? {
        bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
    }

    /// Has every window read on any core, and gives what came of each in order.
    mutating func forEach<Part: Sendable>(
        _ read: @Sendable (Window) -> Part, _ take: (Window, Part) throws(LedgerFault) -> Bool
    ) throws(LedgerFault) {
        let width = 4
        while true {
            var windows: [Window] = []
            while windows.count < width, let window = try next() { windows.append(window) }
            if windows.isEmpty { return }
            let parts = Self.concurrently(windows, read)
            for (window, part) in zip(windows, parts) {
                guard try take(window, part) else { return }
            }
        }
    }

    private static func concurrently<Part: Sendable>(
        _ windows: [Window], _ read: @Sendable (Window) -> Part
    ) -> [Part] {
        guard windows.count > 1 else { return windows.map(read) }
        let parts = Locked([Part?](repeating: nil, count: windows.count))
        DispatchQueue.concurrentPerform(iterations: windows.count) { number in
            let part = read(windows[number])
            parts.withLock { $0[number] = part }
        }
        return parts.withLock { $0.compactMap { $0 } }
    }

    private mutating func next() throws(LedgerFault) -> Window? {
        guard place < size else { return nil }
        var count = Self.bytesAtOnce
        while true {
            let bytes = try file.read(at: place, count: min(count, size - place))
            let start = place
            if place + bytes.count >= size {
                place = size
                return Window(bytes: bytes, place: start, isLast: true)
            }
            if let end = cut(bytes) {
                place += end
                return Window(bytes: Array(bytes[..<end]), place: start, isLast: false)
            }
            count *= 2
        }
    }
}
