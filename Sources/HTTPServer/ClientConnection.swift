internal import Glibc

/// One blocking connection to a server: enough for a command line that sends one request after the other.
public final class ClientConnection: Sendable {
    private let descriptor: Descriptor
    private let address: Address

    /// Connects.
    ///
    /// - Throws: ``SystemFault`` when nobody listens there.
    public init(to address: Address) throws(SystemFault) {
        let raw = socket(
            address.family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard raw >= 0 else { throw SystemFault("socket") }
        let descriptor = Descriptor(raw)
        guard unsafe address.withSocketAddress({ unsafe connect(raw, $0, $1) }) == 0 else {
            throw SystemFault("connect to \(address)")
        }
        self.descriptor = descriptor
        self.address = address
    }

    /// Sends a whole request and reads its answer, whose body has a `Content-Length`.
    ///
    /// - Throws: ``SystemFault`` when the connection breaks.
    public func exchange(_ request: [UInt8]) throws(SystemFault) -> (status: Int, body: [UInt8]) {
        try sendAll(request)
        var received: [UInt8] = []
        while true {
            if let head = Self.head(of: received), received.count >= head.end + head.length {
                return (head.status, Array(received[head.end..<head.end + head.length]))
            }
            received += try receive()
        }
    }

    private func sendAll(_ bytes: [UInt8]) throws(SystemFault) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe send(
                    descriptor.raw, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if errno != EINTR {
                throw SystemFault("send")
            }
        }
    }

    private func receive() throws(SystemFault) -> [UInt8] {
        while true {
            var bytes = [UInt8](repeating: 0, count: 64 * 1024)
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe recv(descriptor.raw, $0.baseAddress, $0.count, 0) }
            if count > 0 { return Array(bytes[..<count]) }
            if count == 0 { throw SystemFault("recv", ECONNRESET) }
            if errno != EINTR { throw SystemFault("recv") }
        }
    }

    /// The status, the length of the body and where it starts, once the head is whole.
    private static func head(of bytes: [UInt8]) -> (status: Int, length: Int, end: Int)? {
        let text = String(decoding: bytes.prefix(16 * 1024), as: UTF8.self)
        guard let blank = text.firstRange(of: "\r\n\r\n") else { return nil }
        let lines = text[..<blank.lowerBound].split(separator: "\r\n")
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let length = lines.first { $0.lowercased().hasPrefix("content-length:") }?.split(separator: ":").last
        let end = text.utf8.distance(from: text.utf8.startIndex, to: blank.upperBound)
        return (status, length.flatMap { Int($0.filter { $0 != " " }) } ?? 0, end)
    }
}
