internal import Glibc

/// Where a server listens: an IP address and a port, or a socket of this machine.
public enum Address: Sendable, Hashable, CustomStringConvertible {
    /// A numeric IPv4 or IPv6 address and a port; port 0 asks for a free one.
    case ip(host: String, port: UInt16)
    /// The path of a Unix socket.
    case unix(path: String)

    /// An address from its parts.
    public init(host: String, port: UInt16) { self = .ip(host: host, port: port) }

    /// Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080` or `unix:/run/tandem.sock`; `nil` where it is none of
    /// these.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard (1...Self.pathBytesMax).contains(path.utf8.count) else { return nil }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
            let port = UInt16(digits)
        else { return nil }
        var host = String(text[..<colon])
        // Without brackets an IPv6 address and its port cannot be told apart.
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = String(host.dropFirst().dropLast()) }
        if host == "localhost", !isBracketed { host = "127.0.0.1" }
        self = .ip(host: host, port: port)
        guard isBracketed ? Self.isIPv6(host) : Self.isIPv4(host) else { return nil }
    }

    /// What a Unix socket's address has room for.
    private static let pathBytesMax = 107

    /// The port, where it has one.
    public var port: UInt16? {
        if case .ip(_, let port) = self { return port }
        return nil
    }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool {
        switch self {
        case .ip(let host, _): host.hasPrefix("127.") && Self.isIPv4(host) || host == "::1"
        case .unix: true
        }
    }

    /// As it stands in a URL, or after `unix:`.
    public var description: String {
        switch self {
        case .ip(let host, let port): Self.isIPv6(host) ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    private static func isIPv4(_ host: String) -> Bool {
        var address = in_addr()
        return unsafe inet_pton(AF_INET, host, &address) == 1
    }

    private static func isIPv6(_ host: String) -> Bool {
        var address = in6_addr()
        return unsafe inet_pton(AF_INET6, host, &address) == 1
    }

    // MARK: As the system has it

    /// The family that `socket` takes.
    var family: Int32 {
        switch self {
        case .ip(let host, _): Self.isIPv6(host) ? AF_INET6 : AF_INET
        case .unix: AF_UNIX
        }
    }

    /// Calls `body` with the address in the form that `bind` and `connect` take.
    func withSocketAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        switch self {
        case .ip(let host, let port) where Self.isIPv6(host):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            _ = unsafe inet_pton(AF_INET6, host, &address.sin6_addr)
            return unsafe Self.lend(address, body)
        case .ip(let host, let port):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            _ = unsafe inet_pton(AF_INET, host, &address.sin_addr)
            return unsafe Self.lend(address, body)
        case .unix(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
                for (place, byte) in path.utf8.enumerated() where place < Self.pathBytesMax {
                    unsafe room[place] = byte
                }
            }
            return unsafe Self.lend(address, body)
        }
    }

    private static func lend<System>(_ address: System, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32
    {
        unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<System>.size))
            }
        }
    }

    /// Where a socket is bound.
    ///
    /// - Throws: ``SystemFault`` where it is no socket.
    init(of raw: Int32) throws(SystemFault) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(raw, $0, &length) }
        }
        guard code == 0 else { throw SystemFault("getsockname") }
        switch Int32(storage.ss_family) {
        case AF_INET:
            let address = Self.read(storage, as: sockaddr_in.self)
            self = .ip(host: Self.text(of: address.sin_addr, AF_INET), port: UInt16(bigEndian: address.sin_port))
        case AF_INET6:
            let address = Self.read(storage, as: sockaddr_in6.self)
            self = .ip(host: Self.text(of: address.sin6_addr, AF_INET6), port: UInt16(bigEndian: address.sin6_port))
        case AF_UNIX:
            let address = Self.read(storage, as: sockaddr_un.self)
            self = .unix(
                path: unsafe withUnsafeBytes(of: address.sun_path) {
                    unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                })
        default: throw SystemFault("getsockname", EAFNOSUPPORT)
        }
    }

    private static func read<System>(_ storage: sockaddr_storage, as type: System.Type) -> System {
        unsafe withUnsafeBytes(of: storage) { unsafe $0.loadUnaligned(as: type) }
    }

    private static func text<System>(of address: System, _ family: Int32) -> String {
        var text = [CChar](repeating: 0, count: 64)
        _ = unsafe withUnsafePointer(to: address) { unsafe inet_ntop(family, $0, &text, socklen_t(text.count)) }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
