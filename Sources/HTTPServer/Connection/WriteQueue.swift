/// What was answered and not yet taken by the system: pieces in their order, none of them copied.
struct WriteQueue {
    private var pieces: [[UInt8]] = []
    /// How much of the first piece is gone.
    private var start = 0
    /// When the client last took some of it.
    private var progress: Int64 = 0

    var isEmpty: Bool { pieces.isEmpty }

    /// Whether the client has left all of it unread for longer than `limits` allow.
    func isOverdue(now: Int64, limits: Limits) -> Bool {
        !isEmpty && now - progress > limits.writeTime.nanoseconds
    }

    /// Adds a piece behind the others.
    mutating func append(_ piece: [UInt8], from start: Int = 0, now: Int64) {
        guard start < piece.count else { return }
        if pieces.isEmpty {
            self.start = start
            progress = now
            pieces.append(piece)
        } else {
            pieces.append(start == 0 ? piece : Array(piece[start...]))
        }
    }

    /// Sends what the system takes.
    ///
    /// - Returns: `.end` when all is sent, otherwise what it waits for.
    mutating func send(to socket: borrowing Socket, now: Int64, sent: inout Int) -> Transfer {
        while let first = pieces.first {
            switch Self.send(first, from: start, then: pieces.count > 1 ? pieces[1] : [], to: socket) {
            case .bytes(let count):
                sent += count
                progress = now
                drop(count)
            case let stopped: return stopped
            }
        }
        return .end
    }

    private static func send(
        _ first: [UInt8], from start: Int, then second: [UInt8], to socket: borrowing Socket
    ) -> Transfer {
        unsafe first.withUnsafeBytes { first in
            unsafe second.withUnsafeBytes { second in
                unsafe socket.send(UnsafeRawBufferPointer(rebasing: first[start...]), then: second)
            }
        }
    }

    private mutating func drop(_ count: Int) {
        var left = count
        while let first = pieces.first, left >= first.count - start {
            left -= first.count - start
            pieces.removeFirst()
            start = 0
        }
        start += left
    }
}
