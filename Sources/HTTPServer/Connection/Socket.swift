internal import Glibc

/// The bytes of one connection, in and out: as they are, or through TLS.
struct Socket: ~Copyable {
    private let descriptor: Descriptor
    private let tls: TLSSession?

    init(_ descriptor: consuming Descriptor, tls: TLSSession? = nil) {
        self.descriptor = descriptor
        self.tls = tls
    }

    var raw: Int32 { descriptor.raw }

    /// Whether a handshake comes before any byte.
    var isSecure: Bool { tls != nil }

    /// Whether bytes were taken off the system that it will not announce again.
    var hasBufferedBytes: Bool { tls?.hasBufferedBytes ?? false }

    /// Whether the system has bytes that nobody has read.
    var hasUnreadBytes: Bool {
        var byte: UInt8 = 0
        return unsafe recv(raw, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
    }

    /// Goes on with the handshake as far as the socket lets it.
    func handshake() -> TLSSession.Handshake { tls?.handshake() ?? .done }

    /// Reads what is there into `buffer`.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        if let tls { return unsafe tls.read(into: buffer) }
        return unsafe receivePlain(into: buffer)
    }

    /// Reads what is there as it came, for one who does not look at it.
    func receivePlain(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        while true {
            let count = unsafe recv(raw, buffer.baseAddress, buffer.count, 0)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            if errno == EAGAIN { return .wantsRead }
            if errno != EINTR { return .broken }
        }
    }

    /// Sends some bytes, and `more` behind them, as far as they are taken in one go.
    func send(_ bytes: UnsafeRawBufferPointer, then more: UnsafeRawBufferPointer) -> Transfer {
        if let tls { return unsafe tls.write(bytes.isEmpty ? more : bytes) }
        if unsafe more.isEmpty { return unsafe sendOne(bytes) }
        if unsafe bytes.isEmpty { return unsafe sendOne(more) }
        return unsafe sendBoth(bytes, more)
    }

    /// Sends some bytes as they are, once, to a client that does not speak TLS where it should.
    func sendPlain(_ bytes: [UInt8]) {
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.send(raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
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
            unsafe parts[0] = iovec(
                iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count)
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

    /// Has the connection reset when it is closed.
    func breakOff() {
        var atOnce = linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(raw, SOL_SOCKET, SO_LINGER, &atOnce, socklen_t(MemoryLayout<linger>.size))
    }

    /// Says that nothing more will be sent.
    func finish() {
        tls?.shutDown()
        _ = shutdown(raw, Int32(SHUT_WR))
    }
}
