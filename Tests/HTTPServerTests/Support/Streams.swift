import HTTPTypes
import Locks

@testable import HTTPServer

/// Routes that take and give bodies piece by piece, and what became of them.
final class Streams: Sendable {
    /// How bodies that came in ended, in the order of their ends.
    private let ends = Locked<[String]>([])
    /// How many bytes were taken of bodies that came in.
    private let taken = Locked(0)
    /// How many pieces were made of bodies that go out.
    private let made = Locked(0)
    /// Who listens to events, of which none comes.
    private let listeners = Locked<[OutgoingBody.Taker]>([])
    /// What waits for `POST /open`.
    private let gate = Locked<[@Sendable () -> Void]>([])

    func add(to router: inout Router) {
        router.stream(.post, "/up", bodyBytesMax: 8 << 20) { request, body in self.take(request, body) }
        router.stream(.get, "/up", bodyBytesMax: 8 << 20) { request, body in self.take(request, body) }
        router.stream(.post, "/up/small", bodyBytesMax: 40) { request, body in self.take(request, body) }
        router.stream(.post, "/up/held", bodyBytesMax: 64 << 20) { request, body in
            let later = request.later()
            self.gate.withLock { $0.append { self.takeNext(of: body, count: 0, sum: nil, for: later) } }
            return .deferred
        }
        router.stream(.post, "/up/early", bodyBytesMax: 64 << 20) { request, body in
            let later = request.later()
            body.next { piece in
                if case .bytes(let bytes) = piece {
                    later.answer(.text("early \(String(decoding: bytes, as: UTF8.self))"))
                }
            }
            return .deferred
        }
        router.stream(.post, "/up/never", bodyBytesMax: 64 << 20) { _, _ in .text("never") }
        router.stream(.post, "/up/twice", bodyBytesMax: 64) { request, body in
            let later = request.later()
            let kinds = Locked<[String]>([])
            for number in 1...2 {
                body.next { piece in
                    let all = kinds.withLock { kinds in
                        kinds.append("\(number) \(piece.kind)")
                        self.note(end: kinds[kinds.count - 1])
                        return kinds
                    }
                    if all.count == 2 { later.answer(.text(all.joined(separator: ", "))) }
                }
            }
            return .deferred
        }
        router.stream(.post, "/up/asked", bodyBytesMax: 64) { request, body in
            // It is answered while a piece is asked for.
            body.next { self.note(end: $0.kind) }
            let later = request.later()
            self.gate.withLock { $0.append { later.answer(.text("asked")) } }
            return .deferred
        }
        addOutgoing(to: &router)
        router.post("/open") { _ in
            let waiting = self.gate.withLock { gate in
                defer { gate = [] }
                return gate
            }
            for each in waiting { each() }
            return .noContent
        }
        router.get("/gate") { _ in .text("\(self.gate.withLock { $0.count })") }
        router.get("/ends") { _ in .text(self.ends.withLock { $0.joined(separator: ", ") }) }
        router.get("/taken") { _ in .text("\(self.taken.withLock { $0 })") }
        router.get("/made") { _ in .text("\(self.made.withLock { $0 })") }
    }

    // MARK: Bodies that come in

    private func take(_ request: borrowing Request, _ body: IncomingBody) -> Response {
        takeAll(of: body, for: request.later())
        return .deferred
    }

    private func takeAll(of body: IncomingBody, for later: Deferred) {
        takeNext(of: body, count: 0, sum: Adler(), for: later)
    }

    private func takeNext(of body: IncomingBody, count: Int, sum: Adler?, for later: Deferred) {
        body.next { piece in
            switch piece {
            case .bytes(let bytes):
                var sum = sum
                sum?.add(bytes)
                self.taken.withLock { $0 += bytes.count }
                self.takeNext(of: body, count: count + bytes.count, sum: sum, for: later)
            case .refused(let problem):
                self.note(end: piece.kind)
                later.answer(Response(problem))
            case .end, .broken:
                self.note(end: piece.kind)
                later.answer(.text("\(count) \(sum?.value ?? 0) \(piece.kind)"))
            }
        }
    }

    private func note(end: String) { ends.withLock { $0.append(end) } }

    // MARK: Bodies that go out

    private func addOutgoing(to router: inout Router) {
        // Pieces of 1000 bytes, the last one being the end.
        router.get("/down/{pieces}") { request in
            let pieces = Int(request.parameter("pieces")) ?? 0
            return self.down(pieces, of: 1000, "application/octet-stream", .end)
        }
        router.get("/down/{pieces}/{bytes}") { request in
            let (pieces, bytes) = (Int(request.parameter("pieces")) ?? 0, Int(request.parameter("bytes")) ?? 0)
            return self.down(pieces, of: bytes, "application/octet-stream", .end)
        }
        router.get("/text/{pieces}") { request in
            self.down(Int(request.parameter("pieces")) ?? 0, of: 1000, "text/plain", .end)
        }
        router.get("/broken/{pieces}") { request in
            self.down(Int(request.parameter("pieces")) ?? 0, of: 1000, "application/octet-stream", .broken)
        }
        router.get("/silent") { _ in
            .events { client, _ in self.listeners.withLock { $0.append(client) } }
        }
        router.get("/listeners") { _ in .text("\(self.listeners.withLock { $0.count { $0.isThere } })") }
        router.get("/sized") { _ in
            Response(
                contentType: "text/plain",
                stream: OutgoingBody(length: 5000) { place in
                    place < 5000 ? [UInt8](repeating: UInt8(ascii: "y"), count: 1000) : nil
                })
        }
        router.get("/short") { _ in
            Response(
                contentType: "application/octet-stream",
                stream: OutgoingBody(length: 5000) { place, give in
                    give(place == 0 ? .bytes([UInt8](repeating: 0x78, count: 1000)) : .end)
                })
        }
    }

    private func down(_ pieces: Int, of bytes: Int, _ type: StaticString, _ end: OutgoingBody.Piece) -> Response {
        Response(
            contentType: type,
            stream: OutgoingBody { place, give in
                self.made.withLock { $0 += 1 }
                guard place < pieces * bytes else { return give(end) }
                give(.bytes([UInt8](repeating: UInt8(ascii: "y"), count: bytes)))
            })
    }
}

extension IncomingBody.Piece {
    var kind: String {
        switch self {
        case .bytes(let bytes): "\(bytes.count) bytes"
        case .end: "end"
        case .refused: "refused"
        case .broken: "broken"
        }
    }
}

/// The checksum that `zlib.adler32` makes (RFC 1950 §9).
struct Adler: Sendable {
    private var low: UInt32 = 1
    private var high: UInt32 = 0

    var value: UInt32 { high << 16 | low }

    mutating func add(_ bytes: [UInt8]) {
        for byte in bytes {
            low = (low + UInt32(byte)) % 65521
            high = (high + low) % 65521
        }
    }
}
