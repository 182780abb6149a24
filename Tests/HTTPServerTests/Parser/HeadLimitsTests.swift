import Testing

@testable import HTTPServer

@Suite("The limits of a request's head")
struct HeadLimitsTests {
    struct Limit: Sendable, CustomTestStringConvertible {
        let bytes: String
        let reading: Reading
        let testDescription: String

        init(_ bytes: String, _ reading: Reading, _ why: String) {
            self.bytes = bytes
            self.reading = reading
            testDescription = why
        }
    }

    /// The request line may have 32 bytes, the head 64, and there may be 3 fields.
    static let limited: [Limit] = [
        Limit("GET /\(a(18)) HTTP/1.1\r\n", .more, "a request line of 32 bytes"),
        Limit("GET /\(a(19)) HTTP/1.1\r\n", .refused(414), "a request line of 33 bytes"),
        Limit("GET /\(a(27))", .more, "32 bytes of a request line"),
        Limit("GET /\(a(28))", .refused(414), "33 bytes of a request line"),
        Limit("GET /\(a(27))\r", .more, "the CR that may end a line of 32 bytes"),
        Limit("GET /\(a(30))\n", .refused(414), "a fault behind the limit"),
        Limit("GET /\(a(20))\nHost", .refused(400), "a fault before the limit"),
        Limit("GET / HTTP/1.1\r\nHost: a\r\nX: \(a(35))\r\n\r\n", .refused(431), "a head of 65 bytes"),
        Limit("GET / HTTP/1.1\r\nHost: a\r\nX: \(a(34))", .more, "62 bytes of a head"),
        Limit("GET / HTTP/1.1\r\nHost: a\r\nX: \(a(37))", .refused(431), "65 bytes of a head"),
        Limit("GET / HTTP/1.1\r\nHost: a\r\nX: \(a(36))\r\n", .more, "a line that ends at byte 64"),
        Limit("GET / HTTP/1.1\r\nHost: a\r\nX: \(a(40))\u{0}", .refused(431), "a NUL behind the limit"),
        Limit("GET / HTTP/1.1\r\nHost: a\r\nA:\r\nB:\r\nC:\r\n", .refused(431), "a fourth field"),
        Limit("GET / HTTP/1.1\r\nHost: a\r\nA:\r\nB:\r\nC:", .more, "a fourth field that is not whole"),
    ]

    private static func a(_ count: Int) -> String { String(repeating: "a", count: count) }

    static var tight: Limits {
        var limits = Limits()
        limits.requestLineBytesMax = 32
        limits.headBytesMax = 64
        limits.fieldCountMax = 3
        return limits
    }

    @Test("refuse what is one byte longer, however its bytes are split", arguments: limited)
    func limit(_ example: Limit) {
        let bytes = Array(example.bytes.utf8)
        #expect(Reading.ofHead(bytes, limits: Self.tight) == example.reading)
        #expect(Reading.ofHeadByteByByte(bytes, limits: Self.tight) == example.reading)
    }

    @Test("take exactly the most bytes and fields")
    func exactLimit() {
        let head = Array("GET / HTTP/1.1\r\nHost: a\r\nX: \(Self.a(30))\r\nY:\r\n\r\n".utf8)
        #expect(head.count == 64 + 2)
        #expect(Reading.ofHeadByteByByte(head, limits: Self.tight).description.hasPrefix("done: GET /"))
    }
}
