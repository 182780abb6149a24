internal import CLinux
internal import Glibc

/// An address to listen at, and whether it speaks TLS there.
public struct Listening: Sendable, Hashable, CustomStringConvertible {
    /// The address.
    public var address: Address
    /// Whether connections begin with a handshake.
    public var isSecure: Bool

    /// Listens at an address.
    public init(_ address: Address, isSecure: Bool = false) {
        self.address = address
        self.isSecure = isSecure
    }

    /// As a client asks there.
    public var description: String {
        if case .unix = address { return address.description }
        return "\(isSecure ? "https" : "http")://\(address)"
    }
}

/// A listening socket; several loops may wait at the same.
final class Listener: Sendable {
    private let descriptor: Descriptor
    let listening: Listening
    /// Whether it is this server's to end; what systemd handed over goes on without it.
    let isOwn: Bool

    var raw: Int32 { descriptor.raw }

    /// Adopts a socket that listens already.
    init(adopting raw: Int32, _ listening: Listening, isOwn: Bool) {
        self.isOwn = isOwn
        descriptor = Descriptor(raw)
        self.listening = listening
    }

    /// Listens at an address.
    ///
    /// Several sockets of this process take connections of the same port in turn. The first is bound before it shares,
    /// since with `SO_REUSEPORT` from the start two servers of one user could have the same port unseen.
    init(_ listening: Listening, isFirst: Bool) throws(SystemFault) {
        let address = listening.address
        let raw = socket(
            address.family, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard raw >= 0 else { throw SystemFault("socket") }
        isOwn = true
        descriptor = Descriptor(raw)
        if case .unix(let path) = address {
            try Self.bindUnix(raw, address, path)
        } else {
            try Self.bindPort(raw, address, isFirst: isFirst)
        }
        guard listen(raw, 4096) == 0 else { throw SystemFault("listen") }
        self.listening = Listening(try Address(of: raw), isSecure: listening.isSecure)
    }

    /// Takes no more connections, of which the system would let some in for nobody.
    func refuse() { if isOwn { _ = shutdown(raw, Int32(SHUT_RD)) } }

    private static func bindPort(_ raw: Int32, _ address: Address, isFirst: Bool) throws(SystemFault) {
        try switchOn(SOL_SOCKET, SO_REUSEADDR, of: raw)
        // A socket of IPv6 that took IPv4 as well would have its port twice where both are asked for.
        if address.family == AF_INET6 { try switchOn(Int32(IPPROTO_IPV6), IPV6_V6ONLY, of: raw) }
        if !isFirst { try switchOn(SOL_SOCKET, SO_REUSEPORT, of: raw) }
        guard unsafe address.withSocketAddress({ unsafe bind(raw, $0, $1) }) == 0 else { throw SystemFault("bind") }
        if isFirst { try switchOn(SOL_SOCKET, SO_REUSEPORT, of: raw) }
    }

    /// A path that a server left behind when it was killed is taken over; one where somebody listens is not, and no file
    /// that is something else, where nobody listens either.
    private static func bindUnix(_ raw: Int32, _ address: Address, _ path: String) throws(SystemFault) {
        if unsafe address.withSocketAddress({ unsafe bind(raw, $0, $1) }) == 0 { return }
        let fault = SystemFault("bind")
        let probe = Descriptor(socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        guard fault.code == EADDRINUSE, probe.raw >= 0, Self.isSocket(path),
            unsafe address.withSocketAddress({ unsafe connect(probe.raw, $0, $1) }) != 0, errno == ECONNREFUSED,
            unsafe unlink(path) == 0, unsafe address.withSocketAddress({ unsafe bind(raw, $0, $1) }) == 0
        else { throw fault }
    }

    private static func isSocket(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    private static func switchOn(_ level: Int32, _ option: Int32, of raw: Int32) throws(SystemFault) {
        var on: Int32 = 1
        guard unsafe setsockopt(raw, level, option, &on, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw SystemFault("setsockopt")
        }
    }
}
