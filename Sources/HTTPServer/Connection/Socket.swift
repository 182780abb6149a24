internal import Glibc

/// What became of one step of reading or writing.
enum Transfer: Equatable {
    /// So many bytes were moved, at least one.
    case bytes(Int)
    /// Nothing more until the socket can be read.
    case wantsRead
    /// Nothing more until the socket can be written.
    case wantsWrite
    /// The client has ended its side in good order.
    case end
    /// The connection is of no more use.
    case broken
}

/// The bytes of one connection, in and out.
struct Socket: ~Copyable {
    private let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    var raw: Int32 { descriptor.raw }

    /// Reads what is there into `buffer`.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        while true {
            let count = unsafe recv(raw, buffer.baseAddress, buffer.count, 0)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            if errno == EAGAIN { return .wantsRead }
            if errno != EINTR { return .broken }
        }
    }

    /// Sends some bytes, and `more` behind them, as far as the system takes them in one go.
    func send(_ bytes: UnsafeRawBufferPointer, then more: UnsafeRawBufferPointer) -> Transfer {
        if unsafe more.isEmpty { return unsafe sendOne(bytes) }
        if unsafe bytes.isEmpty { return unsafe sendOne(more) }
        return unsafe sendBoth(bytes, more)
    }

    private func sendOne(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        while true {
            let count = unsafe Glibc.send(raw, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            if count > 0 { return .bytes(count) }
            if errno == EAGAIN { return .wantsWrite }
            if errno != EINTR { return .broken }
        }
    }

    /// As `writev` would, which cannot be told to raise no signal.
    private func sendBoth(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Transfer {
        unsafe withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { parts in
            unsafe parts[0] = iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count)
            unsafe parts[1] = iovec(
                iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count)
            var message = unsafe msghdr()
            unsafe message.msg_iov = parts.baseAddress
            unsafe message.msg_iovlen = 2
            while true {
                let count = unsafe sendmsg(raw, &message, Int32(MSG_NOSIGNAL))
                if count > 0 { return .bytes(count) }
                if errno == EAGAIN { return .wantsWrite }
                if errno != EINTR { return .broken }
            }
        }
    }

    /// Says that nothing more will be sent.
    func finish() { _ = shutdown(raw, Int32(SHUT_WR)) }
}
