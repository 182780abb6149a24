import Testing

@testable import HTTPServer

@Suite("A chunked body")
struct ChunkedDecoderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let bytes: String
        let reading: Reading
        let why: String
        var testDescription: String { "\(why): \(bytes.prefix(40).debugDescription)" }

        init(_ bytes: String, _ reading: Reading, _ why: String) {
            self.bytes = bytes
            self.reading = reading
            self.why = why
        }
    }

    private static func many(_ count: Int) -> String { String(repeating: "x", count: count) }

    static let good: [Case] = [
        Case("0\r\n\r\n", .done(""), "no chunk, RFC 9112 §7.1"),
        Case("5\r\nhello\r\n0\r\n\r\n", .done("hello"), "one chunk, RFC 9112 §7.1"),
        Case("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", .done("hello!"), "two chunks, RFC 9112 §7.1"),
        Case("a\r\n0123456789\r\n0\r\n\r\n", .done("0123456789"), "a small digit, RFC 9112 §7.1"),
        Case("A\r\n0123456789\r\n0\r\n\r\n", .done("0123456789"), "a capital digit, RFC 9112 §7.1"),
        Case("000000000000005\r\nhello\r\n0\r\n\r\n", .done("hello"), "15 digits, RFC 9112 §7.1"),
        Case("2\r\n\r\n\r\n000\r\n\r\n", .done("\r\n"), "data that looks like framing, RFC 9112 §7.1"),
        Case("5;a=b;c=\"d\"\r\nhello\r\n0;e\r\n\r\n", .done("hello"), "extensions, RFC 9112 §7.1.1"),
        Case("1 ; a = b\t;\tc\r\n!\r\n0 ;d\r\n\r\n", .done("!"), "blanks in extensions, RFC 9112 §7.1.1"),
        Case("1;a=\"b;\\\"\u{FC} c\" ;d\r\n!\r\n0\r\n\r\n", .done("!"), "a quoted value, RFC 9110 §5.6.4"),
        Case("1;\(many(4095))\r\n!\r\n0\r\n\r\n", .done("!"), "4096 bytes of extensions, RFC 9112 §7.1.1"),
        Case("5\r\nhello\r\n0\r\nA: b\r\nC:\r\n\r\n", .done("hello"), "trailers, RFC 9112 §7.1.2"),
        Case("400\r\n\(many(1024))\r\n0\r\n\r\n", .done(many(1024)), "as long as may be"),
    ]

    static let refused: [Case] = [
        Case("\r\n", .refused(400), "no size, RFC 9112 §7.1"),
        Case(";a\r\n", .refused(400), "an extension without a size, RFC 9112 §7.1"),
        Case("g\r\n", .refused(400), "no hexadecimal digit, RFC 9112 §7.1"),
        Case("0x5\r\n", .refused(400), "a prefix, RFC 9112 §7.1"),
        Case("+5\r\n", .refused(400), "a sign, RFC 9112 §7.1"),
        Case("-5\r\n", .refused(400), "a size below nothing, RFC 9112 §7.1"),
        Case(" 5\r\n", .refused(400), "a space before the size, RFC 9112 §7.1"),
        Case("5 \r\n", .refused(400), "a space after the size, RFC 9112 §7.1"),
        Case("0000000000000005\r\n", .refused(400), "16 digits, RFC 9112 §7.1"),
        Case("10000000000000005\r\n", .refused(413), "5 to whom 64 bits overflow"),
        Case("5\nhello\r\n", .refused(400), "LF alone after the size, RFC 9112 §2.2"),
        Case("5\rhello\r\n", .refused(400), "CR alone after the size, RFC 9112 §2.2"),
        Case("5;a\nhello\r\n", .refused(400), "LF alone after an extension, RFC 9112 §7.1.1"),
        Case("5;\r\n", .refused(400), "an extension without a name, RFC 9112 §7.1.1"),
        Case("5;a;\r\n", .refused(400), "a second one without a name, RFC 9112 §7.1.1"),
        Case("5;=b\r\n", .refused(400), "a value without a name, RFC 9112 §7.1.1"),
        Case("5;a=\r\n", .refused(400), "no value, RFC 9112 §7.1.1"),
        Case("5;a=;b\r\n", .refused(400), "no value before the next, RFC 9112 §7.1.1"),
        Case("5;a b\r\n", .refused(400), "two names, RFC 9112 §7.1.1"),
        Case("5;a=b=c\r\n", .refused(400), "two values, RFC 9112 §7.1.1"),
        Case("5;a=b \r\n", .refused(400), "blanks before the line's end, RFC 9112 §7.1.1"),
        Case("5;a=\"b\r\n", .refused(400), "an open quote, RFC 9110 §5.6.4"),
        Case("5;a=\"b\"c\r\n", .refused(400), "more behind a quote, RFC 9110 §5.6.4"),
        Case("5 a\r\n", .refused(400), "no semicolon, RFC 9112 §7.1.1"),
        Case("5;\u{0}\r\n", .refused(400), "a NUL in an extension, RFC 9112 §7.1.1"),
        Case("5;a\rb\r\n", .refused(400), "CR alone in an extension, RFC 9112 §7.1.1"),
        Case("5\r\nhello!\r\n", .refused(400), "more data than the size says, RFC 9112 §7.1"),
        Case("5\r\nhello\n", .refused(400), "LF alone after the data, RFC 9112 §2.2"),
        Case("5\r\nhello\r0", .refused(400), "CR alone after the data, RFC 9112 §2.2"),
        Case("6\r\nhello\r\n0\r\n\r\n", .refused(400), "less data than the size says, RFC 9112 §7.1"),
        Case("1;\(many(4096))\r\n", .refused(400), "4097 bytes of extensions"),
        Case("0\r\nA\r\n\r\n", .refused(400), "a trailer without a colon, RFC 9112 §5"),
        Case("0\r\n: a\r\n\r\n", .refused(400), "a trailer without a name, RFC 9112 §5"),
        Case("0\r\nA : b\r\n\r\n", .refused(400), "a space before a trailer's colon, RFC 9112 §5.1"),
        Case("0\r\n A: b\r\n\r\n", .refused(400), "a folded trailer, RFC 9112 §5.2"),
        Case("0\r\nA: b\n\r\n", .refused(400), "LF alone after a trailer, RFC 9112 §2.2"),
        Case("0\r\nA: b\r!\r\n", .refused(400), "CR alone in a trailer, RFC 9110 §5.5"),
        Case("0\r\nA: \u{0}\r\n\r\n", .refused(400), "a NUL in a trailer, RFC 9110 §5.5"),
        Case("0\r\n\n", .refused(400), "LF alone at the end, RFC 9112 §2.2"),
        Case("0\r\n\rX", .refused(400), "CR alone at the end, RFC 9112 §2.2"),
        Case("0\r\nA: \(many(4096))", .refused(400), "trailers without end"),
        Case("401\r\n", .refused(413), "a chunk one byte too long, told before its data"),
        Case("400\r\n\(many(1024))\r\n1\r\n", .refused(413), "chunks that are too long together"),
        Case("fffffffffffffff\r\n", .refused(413), "the largest size of 15 digits"),
    ]

    @Test("has one outcome, whole, byte by byte, and split at every place", arguments: good + refused)
    func outcome(of example: Case) {
        let bytes = Array(example.bytes.utf8)
        #expect(Reading.ofChunked([bytes]) == example.reading)
        #expect(Reading.ofChunked(bytes.map { [$0] }) == example.reading)
        for place in 0...min(bytes.count, 200) {
            #expect(Reading.ofChunked([Array(bytes[..<place]), Array(bytes[place...])]) == example.reading)
        }
    }

    @Test("is not whole before its last byte", arguments: good)
    func prefixes(of example: Case) {
        let bytes = Array(example.bytes.utf8)
        for count in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 200)) {
            #expect(Reading.ofChunked([Array(bytes[..<count])]) == .more, "the first \(count) bytes")
        }
        #expect(Reading.ofChunked([Array(bytes.dropLast())]) == .more)
    }

    @Test("leaves what comes behind it")
    func rest() throws {
        var decoder = ChunkedDecoder()
        var body: [UInt8] = []
        var cursor = 0
        let bytes = Array("1\r\na\r\n0\r\n\r\nGET".utf8)
        #expect(try decoder.decode(bytes, &cursor, until: bytes.count, into: &body, bytesMax: 10))
        #expect(cursor == bytes.count - 3)
    }
}
