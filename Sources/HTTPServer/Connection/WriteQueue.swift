internal import Glibc

/// What was answered and not yet taken by the system.
struct WriteQueue {
    private var bytes: [UInt8] = []
    private var start = 0
    /// When the client last took some of it.
    private var progress: Int64 = 0

    var isEmpty: Bool { bytes.isEmpty }

    /// Whether the client has left all of it unread for longer than `limits` allow.
    func isOverdue(now: Int64, limits: Limits) -> Bool {
        !isEmpty && now - progress > limits.writeTime.nanoseconds
    }

    /// Takes over what is left of `output` from `start` on, and leaves it empty.
    mutating func take(_ output: inout [UInt8], from start: Int, now: Int64) {
        swap(&bytes, &output)
        self.start = start
        progress = now
    }

    mutating func append(_ more: [UInt8]) {
        bytes.append(contentsOf: more)
    }

    /// Sends what the system takes; `false` when the connection is broken.
    mutating func send(to raw: Int32, now: Int64) -> Bool {
        guard let end = Self.send(bytes, from: start, to: raw) else { return false }
        if end > start { progress = now }
        start = end
        if start == bytes.count {
            bytes = []
            start = 0
        }
        return true
    }

    /// Sends `bytes` from `start` on until the system takes no more.
    ///
    /// - Returns: the place of the first byte not taken, or `nil` when the connection is broken.
    static func send(_ bytes: [UInt8], from start: Int, to raw: Int32) -> Int? {
        var place = start
        while place < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    raw, buffer.baseAddress?.advanced(by: place), buffer.count - place, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                place += count
            } else if errno == EAGAIN {
                return place
            } else if errno != EINTR {
                return nil
            }
        }
        return place
    }
}
