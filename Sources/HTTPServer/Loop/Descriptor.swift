internal import Glibc

/// A file descriptor with one owner, closed when the owner goes.
struct Descriptor: ~Copyable, Sendable {
    let raw: Int32

    init(_ raw: Int32) { self.raw = raw }

    /// Gives the number away, still open.
    consuming func release() -> Int32 {
        let raw = raw
        discard self
        return raw
    }

    deinit { _ = Glibc.close(raw) }
}

/// A system call that failed, and its `errno`.
public struct SystemFault: Error, Sendable, CustomStringConvertible {
    /// The call's name.
    public let call: String
    /// The error number.
    public let code: Int32

    init(_ call: String, _ code: Int32 = errno) {
        self.call = call
        self.code = code
    }

    /// The call and the system's words for the error.
    public var description: String { "\(call): \(words)" }

    /// The system's words for the error.
    public var words: String {
        var buffer = [CChar](repeating: 0, count: 128)
        guard unsafe strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Nanoseconds of the monotonic clock.
func monotonicNow() -> Int64 {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

extension Duration {
    /// The whole of it in nanoseconds.
    var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
