internal import Glibc

/// A listening socket of one loop.
struct Listener: ~Copyable, Sendable {
    let descriptor: Descriptor
    /// Where it listens, the port resolved.
    let address: Address

    /// Listens at `address`.
    ///
    /// Several sockets of this process take connections of the same port in turn. The first is bound before it shares,
    /// since with `SO_REUSEPORT` from the start two servers of one user could have the same port unseen.
    init(at address: Address, isFirst: Bool) throws(SystemFault) {
        let raw = socket(
            address.isIPv6 ? AF_INET6 : AF_INET,
            Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard raw >= 0 else { throw SystemFault("socket") }
        let descriptor = Descriptor(raw)
        try Self.switchOn(SO_REUSEADDR, of: raw)
        if !isFirst { try Self.switchOn(SO_REUSEPORT, of: raw) }
        guard unsafe address.withSocketAddress({ unsafe bind(raw, $0, $1) }) == 0 else { throw SystemFault("bind") }
        if isFirst { try Self.switchOn(SO_REUSEPORT, of: raw) }
        guard listen(raw, 4096) == 0 else { throw SystemFault("listen") }
        self.address = Address(host: address.host, port: try Self.port(of: raw))
        self.descriptor = descriptor
    }

    /// Adopts a socket that is listening already.
    init(adopting raw: Int32, at address: Address) {
        descriptor = Descriptor(raw)
        self.address = address
    }

    /// Gives the socket away as a number, still open.
    consuming func release() -> Int32 { descriptor.release() }

    private static func switchOn(_ option: Int32, of raw: Int32) throws(SystemFault) {
        var on: Int32 = 1
        guard unsafe setsockopt(raw, SOL_SOCKET, option, &on, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw SystemFault("setsockopt")
        }
    }

    private static func port(of raw: Int32) throws(SystemFault) -> UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(raw, $0, &length)
            }
        }
        guard code == 0 else { throw SystemFault("getsockname") }
        // The port stands at the same place in both families.
        return unsafe withUnsafePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                unsafe UInt16(bigEndian: $0.pointee.sin_port)
            }
        }
    }
}
