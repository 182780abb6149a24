import CLinux
import Dispatch
import Glibc
import Locks

@testable import HTTPServer

/// A server over TLS that blocks a thread for each connection and sends back what it receives, but for three words:
/// at `bye` it ends the connection, at `second` it has the second certificate read, and at `fault` a key for one.
final class TLSResponder: Sendable {
    let port: UInt16
    let certificates: Certificates
    private let context: TLSContext
    private let listener: Listener
    private let group = DispatchGroup()
    private let outcomes = Locked<[String]>([])

    private init() throws {
        certificates = try Certificates()
        context = try certificates.context()
        listener = try Listener(.loopback(), isFirst: true)
        port = listener.listening.address.port ?? 0
    }

    /// Runs `body` with a responder that is stopped when it returns.
    ///
    /// - Returns: how the connections ended, in the order of their ends.
    @discardableResult
    static func with(_ body: (TLSResponder) async throws -> Void) async throws -> [String] {
        let responder = try await onOwnThread { Result { try TLSResponder() } }.get()
        responder.start()
        do {
            try await body(responder)
        } catch {
            await responder.stop()
            throw error
        }
        await responder.stop()
        return responder.outcomes.withLock { $0 }
    }

    private func start() {
        DispatchQueue(label: "responder").async(group: group) { [self] in
            while waitUntilReady(listener.raw, POLLIN) {
                var peer: [UInt64] = [0, 0]
                let raw = unsafe tandem_accept(listener.raw, &peer)
                guard raw >= 0 else { return }
                DispatchQueue(label: "responder's connection").async(group: group) { [self] in
                    let outcome = TLSConversation(context, certificates, Descriptor(raw)).run()
                    outcomes.withLock { $0.append(outcome) }
                }
            }
        }
    }

    private func stop() async {
        _ = shutdown(listener.raw, Int32(SHUT_RDWR))
        await onOwnThread { [group] in group.wait() }
    }
}

/// One connection of a responder.
private final class TLSConversation {
    private let context: TLSContext
    private let certificates: Certificates
    private let descriptor: Descriptor
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)

    init(_ context: TLSContext, _ certificates: Certificates, _ descriptor: consuming Descriptor) {
        self.context = context
        self.certificates = certificates
        self.descriptor = descriptor
        // The system takes little of an answer at once, as of a long one.
        var sendBytes: Int32 = 16 * 1024
        _ = unsafe setsockopt(
            self.descriptor.raw, SOL_SOCKET, SO_SNDBUF, &sendBytes, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Talks until the connection ends, and says how it did.
    func run() -> String {
        guard let session = TLSSession(context: context, socket: descriptor.raw) else { return "no session" }
        while true {
            switch session.handshake() {
            case .done: return converse(session)
            case .wantsRead: guard waitUntilReady(descriptor.raw, POLLIN) else { return "silence" }
            case .wantsWrite: guard waitUntilReady(descriptor.raw, POLLOUT) else { return "silence" }
            case .plainHTTP: return answerPlain()
            case .failed(let reason): return "failed: \(reason)"
            }
        }
    }

    private func answerPlain() -> String {
        let answer = Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)
        return sendOnce(answer, to: descriptor.raw) == answer.count ? "plain HTTP" : "gone"
    }

    private func converse(_ session: TLSSession) -> String {
        while true {
            switch unsafe buffer.withUnsafeMutableBytes({ unsafe session.read(into: $0) }) {
            case .bytes(let count):
                if let outcome = answer(Array(buffer[..<count]), session) { return outcome }
            case .wantsRead: guard waitUntilReady(descriptor.raw, POLLIN) else { return "silence" }
            case .wantsWrite: guard waitUntilReady(descriptor.raw, POLLOUT) else { return "silence" }
            case .end:
                session.shutDown()
                return "end"
            case .broken: return "broken"
            }
        }
    }

    private func answer(_ bytes: [UInt8], _ session: TLSSession) -> String? {
        // What is longer is no word, and need not be text.
        switch String(decoding: bytes.prefix(16), as: UTF8.self) {
        case "bye\n":
            session.shutDown()
            return nil
        case "second\n":
            do {
                try certificates.serve("second")
                try context.reload()
            } catch {
                return "\(error)"
            }
            return send(Array("reloaded\n".utf8), session)
        case "fault\n":
            let key = certificates.path("key.pem")
            do {
                _ = try TLSContext(certificateFile: key, keyFile: key)
            } catch {
                return send(Array("\(error.reason)\n".utf8), session)
            }
            return "no fault"
        default: return send(bytes, session)
        }
    }

    private func send(_ bytes: [UInt8], _ session: TLSSession) -> String? {
        var rest = bytes[...]
        while !rest.isEmpty {
            switch unsafe rest.withUnsafeBytes({ unsafe session.write($0) }) {
            case .bytes(let count): rest = rest.dropFirst(count)
            case .wantsRead: guard waitUntilReady(descriptor.raw, POLLIN) else { return "silence" }
            case .wantsWrite: guard waitUntilReady(descriptor.raw, POLLOUT) else { return "silence" }
            case .end, .broken: return "broken"
            }
        }
        return nil
    }
}

/// Waits for a descriptor; `false` when nothing came of it in a minute.
private func waitUntilReady(_ raw: Int32, _ events: Int32) -> Bool {
    var entry = pollfd(fd: raw, events: Int16(events), revents: 0)
    return unsafe poll(&entry, 1, 60_000) > 0
}
