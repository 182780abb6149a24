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
    }

    private static var bytesAtOnce: Int { 4 << 20 }
    private static var windowsAtOnce: Int { 8 }

    private let file: SystemFile
    private let size: Int
    /// Where the next window starts.
    private let place = Locked(0)
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
    func forEach<Part: Sendable>(
        _ read: @Sendable (Window) -> Part, _ take: (Window, Part) throws(LedgerFault) -> Bool
    ) throws(LedgerFault) {
        while true {
            let parts = readSome(read)
            if parts.isEmpty { return }
            for part in parts {
                let (window, part) = try part.get()
                guard try take(window, part) else { return }
            }
        }
    }

    /// What came of the next windows, in order: a core takes one from the file while others read theirs.
    private func readSome<Part: Sendable>(
        _ read: @Sendable (Window) -> Part
    ) -> [Result<(Window, Part), LedgerFault>] {
        let parts = Locked([Int: Result<(Window, Part), LedgerFault>]())
        DispatchQueue.concurrentPerform(iterations: Self.windowsAtOnce) { _ in
            guard let next = place.withLock({ place in takeNext(from: &place) }) else { return }
            let part = next.window.map { ($0, read($0)) }
            parts.withLock { $0[next.place] = part }
        }
        return parts.withLock { $0.sorted { $0.key < $1.key }.map(\.value) }
    }

    private func takeNext(from place: inout Int) -> (place: Int, window: Result<Window, LedgerFault>)? {
        guard place < size else { return nil }
        let start = place
        do throws(LedgerFault) {
            let window = try window(at: start)
            place += window.bytes.count
            return (start, .success(window))
        } catch {
            // What is behind it is not asked for.
            place = size
            return (start, .failure(error))
        }
    }

    private func window(at start: Int) throws(LedgerFault) -> Window {
        var count = Self.bytesAtOnce
        while true {
            let wanted = min(count, size - start)
            var bytes = try file.read(at: start, count: wanted)
            guard bytes.count == wanted else {
                throw .system(
                    call: "read", path: file.path, code: 0, words: "the file became shorter while it was read")
            }
            if start + bytes.count >= size { return Window(bytes: bytes, place: start) }
            if let end = cut(bytes) {
                bytes.removeLast(bytes.count - end)
                return Window(bytes: bytes, place: start)
            }
            count *= 2
        }
    }
}
