import TestSupport

@testable import HTTPServer

/// Makes requests at random: heads of several shapes, with bodies of each framing.
struct RequestMaker {
    private var random: SplitMix

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    /// Some requests, one behind the other, and where each ends.
    mutating func pipeline() -> (bytes: [UInt8], ends: [Int]) {
        var bytes: [UInt8] = []
        var ends: [Int] = []
        for _ in 0..<number(below: 6) + 1 {
            bytes += request()
            ends.append(bytes.count)
        }
        return (bytes, ends)
    }

    /// The bytes with one to three of them changed, left out, doubled or put in.
    mutating func broken(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<number(below: 3) + 1 {
            let place = number(below: bytes.count)
            switch number(below: 4) {
            case 0: bytes[place] = pick(Self.odd)
            case 1: bytes.insert(pick(Self.odd), at: place)
            case 2: bytes.remove(at: place)
            default: bytes.insert(contentsOf: bytes[place...].prefix(1 + number(below: 20)), at: place)
            }
        }
        return bytes
    }

    private static let odd = Array("\r\n\t ,:;+-0159aFx%/?*\u{0}\u{7F}ü".utf8)

    private mutating func number(below end: Int) -> Int { Int(random.next() % UInt64(end)) }

    private mutating func pick<Element>(_ all: [Element]) -> Element { all[number(below: all.count)] }

    private mutating func request() -> [UInt8] {
        let body = (0..<pick([0, 1, 2, 15, 16, 17, 100])).map { _ in pick(Self.odd) }
        var lines = ["Host: a", pick(["X:", "Accept: */*", "X: \t b c\t", "X-Content-Length: 7", "Connection: x,y"])]
        var framed: [UInt8] = []
        switch number(below: 4) {
        case 0: break
        case 1:
            lines.append(pick(["Content-Length: ", "content-length:", "CONTENT-LENGTH: \t00"]) + "\(body.count)")
            framed = body
        case 2:
            lines += [pick(["Transfer-Encoding: chunked", "transfer-encoding:\tCHUNKED "])]
            framed = chunked(body)
        default:
            var encoded: [UInt8] = []
            GzipEncoder(for: .events).encode(body, into: &encoded, flush: .finish)
            lines += ["Content-Encoding: gzip", "Transfer-Encoding: chunked"]
            framed = chunked(encoded)
        }
        let line = pick(["GET / HTTP/1.1", "POST /a?b=%20 HTTP/1.1", "PATCH http://a/b HTTP/1.1", "OPTIONS * HTTP/1.1"])
        let fields = lines.shuffled(using: &random).map { $0 + "\r\n" }.joined()
        return Array("\(pick(["", "", "\r\n"]))\(line)\r\n\(fields)\r\n".utf8) + framed
    }

    private mutating func chunked(_ body: [UInt8]) -> [UInt8] {
        var chunks: [UInt8] = []
        var rest = body[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(1 + number(below: 30))
            rest = rest.dropFirst(chunk.count)
            let size = String(chunk.count, radix: 16, uppercase: number(below: 2) == 0)
            chunks +=
                Array("\(pick(["", "000"]))\(size)\(pick(["", ";a=\"b\""]))\r\n".utf8) + chunk + Array("\r\n".utf8)
        }
        return chunks + Array("\(pick(["0", "00"]))\r\n\(pick(["", "", "A: b\r\n"]))\r\n".utf8)
    }
}
