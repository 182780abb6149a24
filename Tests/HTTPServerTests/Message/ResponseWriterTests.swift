import HTTPTypes
import Testing

@testable import HTTPServer

@Suite("An answer's bytes")
struct ResponseWriterTests {
    private static func written(_ response: Response, _ options: ResponseWriter.Options = .init()) -> String {
        var output = OutputBuffer()
        output.append("before")
        ResponseWriter.appendHead(
            of: response, to: &output, stamp: Array("Date: today\r\nRequest-Id: ".utf8), requestNumber: 0xAB,
            options: options)
        return String(decoding: output.bytes, as: UTF8.self)
    }

    @Test("are a status line and fields, behind what was there")
    func plain() {
        #expect(
            Self.written(.text("hello"), .init(framing: .length(5))) == """
                beforeHTTP/1.1 200 OK\r
                Date: today\r
                Request-Id: 00000000000000ab\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Length: 5\r
                \r\n
                """)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let response: Response
        let options: ResponseWriter.Options
        let holds: [String]
        let lacks: [String]
        let testDescription: String

        init(
            _ response: Response, _ options: ResponseWriter.Options = .init(), holds: [String], lacks: [String],
            _ why: String
        ) {
            self.response = response
            self.options = options
            self.holds = holds
            self.lacks = lacks
            testDescription = why
        }
    }

    private static let length = "Content-Length"
    private static let evil: ResponseFields = [.location: "/a\r\nSet-Cookie: b\nc\u{0}d"]

    static let cases: [Case] = [
        Case(.noContent, holds: ["HTTP/1.1 204 No Content\r\n"], lacks: [length], "204 has no length, RFC 9110 §8.6"),
        Case(
            Response(.ok), .init(framing: .length(0)), holds: ["\(length): 0\r\n"], lacks: [],
            "an empty body has a length, RFC 9112 §6.3"),
        Case(
            Response(version: 4_611_686_018_427_387_903), holds: ["\r\nETag: \"4611686018427387903\"\r\n"], lacks: [],
            "a version is a strong tag, RFC 9110 §8.8.3"),
        Case(Response(.ok), holds: [], lacks: ["ETag"], "no version, no tag"),
        Case(Response(.created), holds: ["HTTP/1.1 201 Created\r\n"], lacks: [], "201"),
        Case(
            Response(.ok), .init(framing: .chunked), holds: ["\r\nTransfer-Encoding: chunked\r\n"], lacks: [length],
            "chunks have no length, RFC 9112 §6.2"),
        Case(
            Response(.ok), .init(framing: .untilClose), holds: [], lacks: [length, "Transfer-Encoding"],
            "HTTP/1.0 has no chunks, RFC 9112 §6.1"),
        Case(
            .text(""), .init(closes: true, namesKeepAlive: true), holds: ["\r\nConnection: close\r\n"],
            lacks: ["keep-alive"], "the last answer says so, RFC 9112 §9.6"),
        Case(
            .text(""), .init(namesKeepAlive: true), holds: ["\r\nConnection: keep-alive\r\n"], lacks: [],
            "HTTP/1.0 is told, RFC 9112 §9.3"),
        Case(
            Response(fields: evil), holds: ["\r\nLocation: /a  Set-Cookie: b c d\r\n"],
            lacks: ["\nSet-Cookie", "\u{0}"], "a value writes no fields of its own, RFC 9110 §5.5"),
        Case(
            Response(Problem(.notFound, detail: "a \"b\"\n")),
            holds: [
                "HTTP/1.1 404 Not Found\r\n", "application/problem+json",
            ], lacks: [], "a problem, RFC 9457 §3"),
    ]

    @Test("hold what they must and nothing that they must not", arguments: cases)
    func parts(of example: Case) {
        let written = Self.written(example.response, example.options)
        for part in example.holds { #expect(written.contains(part)) }
        for part in example.lacks { #expect(!written.contains(part)) }
        #expect(written.contains("\r\n\r\n"))
    }

    static let dates: [(second: Int, stamp: String)] = [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_827_696, "Tue, 29 Feb 2000 12:34:56 GMT"),
        (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
        (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
    ]

    @Test("name the date as RFC 9110 §5.6.7 spells it", arguments: dates)
    func date(second: Int, stamp: String) {
        #expect(String(decoding: DateStamp.format(second), as: UTF8.self) == stamp)
    }

    @Test("number a request in 16 digits, the same in a log")
    func requestID() {
        var output = OutputBuffer()
        output.appendHexadecimal(0x0123_4567_89AB_CDEF)
        #expect(String(decoding: output.bytes, as: UTF8.self) == "0123456789abcdef")
        #expect(RequestID.text(0x0123_4567_89AB_CDEF) == "0123456789abcdef")
        #expect(RequestID.text(.max) == "ffffffffffffffff")
    }
}
