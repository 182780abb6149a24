import Foundation
import Glibc
import Testing

@testable import HTTPServer

@Suite("A session's socket", .timeLimit(.minutes(10)))
struct TLSSocketTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let sent: String
        let handshake: TLSSession.Handshake
        var testDescription: String { sent.debugDescription }
    }

    static let firstBytes: [Case] = [
        Case(sent: "", handshake: .wantsRead),
        Case(sent: "GET / HTTP/1.1\r\n", handshake: .plainHTTP),
        Case(sent: "HEAD / HTTP/1.1\r\n", handshake: .plainHTTP),
        Case(sent: "POST / HTTP/1.1\r\n", handshake: .plainHTTP),
        Case(sent: "PUT / HTTP/1.1\r\n", handshake: .plainHTTP),
        Case(sent: "CONNECT a:1 HTTP/1.1\r\n", handshake: .plainHTTP),
        Case(sent: "DELETE / HTTP/1.1\r\n", handshake: .plainHTTP),
        Case(sent: "OPTIONS * HTTP/1.1\r\n", handshake: .plainHTTP),
        Case(sent: "hello, hello\r\n", handshake: .plainHTTP),
        Case(sent: "GET", handshake: .wantsRead),
        Case(sent: "\u{16}\u{03}\u{01}\u{00}\u{05}", handshake: .wantsRead),
        Case(sent: "\u{16}\u{03}\u{01}\u{00}\u{01}\u{01}", handshake: .wantsRead),
        Case(sent: noHello, handshake: .failed("length too short")),
    ]

    /// A record with a first message that is too short to be one, which is answered by an alert.
    fileprivate static let noHello = "\u{16}\u{03}\u{01}\u{00}\u{05}\u{01}\u{00}\u{00}\u{01}\u{00}"

    @Test("is read for what a client says first", arguments: firstBytes)
    func first(_ example: Case) async throws {
        let certificates = try await onOwnThread { Result { try Certificates() } }.get()
        let pair = SocketPair()
        pair.send(example.sent)
        let session = try #require(TLSSession(context: certificates.context(), socket: pair.ours))
        #expect(session.handshake() == example.handshake)
    }

    @Test("is not taken for broken because another's was on the same thread")
    func otherErrors() async throws {
        let certificates = try await onOwnThread { Result { try Certificates() } }.get()
        let broken = SocketPair()
        let quiet = SocketPair()
        broken.send(Self.noHello)
        let context = try certificates.context()
        let first = try #require(TLSSession(context: context, socket: broken.ours))
        let second = try #require(TLSSession(context: context, socket: quiet.ours))
        #expect(second.handshake() == .wantsRead)
        #expect(first.handshake() == .failed("length too short"))
        #expect(second.handshake() == .wantsRead)
        #expect(first.handshake() == .failed("the handshake has failed before"))
    }

    @Test("stays open when the session goes")
    func staysOpen() async throws {
        let certificates = try await onOwnThread { Result { try Certificates() } }.get()
        let pair = SocketPair()
        var session = TLSSession(context: try certificates.context(), socket: pair.ours)
        #expect(session?.handshake() == .wantsRead)
        session = nil
        #expect(fcntl(pair.ours, F_GETFD) >= 0)
    }

    @Test("raises no SIGPIPE when the client has gone")
    func brokenPipe() async {
        await #expect(processExitsWith: .success) {
            _ = signal(SIGPIPE, SIG_DFL)
            let certificates = try Certificates()
            let pair = SocketPair()
            pair.send(TLSSocketTests.noHello)
            pair.leave()
            let session = try #require(TLSSession(context: certificates.context(), socket: pair.ours))
            // It fails, and the alert that says so is written to a socket that nobody reads.
            #expect(session.handshake() == .failed("length too short"))
        }
    }
}

/// Two sockets that are each other's client.
private struct SocketPair: ~Copyable {
    private let own: Descriptor
    private let other: Descriptor

    init() {
        var raw: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let code = unsafe socketpair(AF_UNIX, type, 0, &raw)
        precondition(code == 0, "no pair of sockets: \(SystemFault("socketpair"))")
        own = Descriptor(raw[0])
        other = Descriptor(raw[1])
    }

    var ours: Int32 { own.raw }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        precondition(sendOnce(bytes, to: other.raw) == bytes.count, "a new socket has room")
    }

    /// Neither reads nor writes any more.
    func leave() { _ = shutdown(other.raw, Int32(SHUT_RDWR)) }
}
