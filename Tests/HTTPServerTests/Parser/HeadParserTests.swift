import HTTPTypes
import TestSupport
import Testing

@testable import HTTPServer

@Suite("A request's head")
struct HeadParserTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let bytes: String
        let status: Int
        let why: String
        var testDescription: String { "\(why): \(bytes.debugDescription)" }

        init(_ bytes: String, _ why: String, answer status: Int = 400) {
            self.bytes = bytes
            self.status = status
            self.why = why
        }

        /// A head whose request line is fine, with these field lines.
        static func fields(_ lines: String, _ why: String, version: String = "1.1", answer: Int = 400) -> Case {
            Case("GET / HTTP/\(version)\r\n\(lines)\r\n\r\n", why, answer: answer)
        }

        /// A POST with a Host and these field lines.
        static func framing(_ lines: String, _ why: String, answer: Int = 400) -> Case {
            Case("POST / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n", why, answer: answer)
        }

        static func target(_ target: String, _ why: String) -> Case {
            Case("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n", why)
        }
    }

    static let refusedLines: [Case] = [
        Case("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "two spaces, RFC 9112 §3"),
        Case("GET /  HTTP/1.1\r\nHost: a\r\n\r\n", "two spaces before the version, RFC 9112 §3"),
        Case(" GET / HTTP/1.1\r\nHost: a\r\n\r\n", "a space first, RFC 9112 §3"),
        Case("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "a space at the end, RFC 9112 §3"),
        Case("GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", "tabs for spaces, RFC 9112 §3"),
        Case("GET / \r\nHost: a\r\n\r\n", "an empty version, RFC 9112 §3"),
        Case("GET /\r\nHost: a\r\n\r\n", "no version, as HTTP/0.9 had, RFC 9112 §3"),
        Case("GET\r\nHost: a\r\n\r\n", "a method alone, RFC 9112 §3"),
        Case("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "a space in the target, RFC 9112 §3.2"),
        Case("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", "a method that is no token, RFC 9110 §9.1"),
        Case("get / HTTP/1.1\r\nHost: a\r\n\r\n", "methods are case-sensitive, RFC 9110 §9.1", answer: 501),
        Case("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "an unknown method, RFC 9110 §9.1", answer: 501),
        Case("GET / http/1.1\r\nHost: a\r\n\r\n", "the version is case-sensitive, RFC 9112 §2.3"),
        Case("GET / HTTP/1.10\r\nHost: a\r\n\r\n", "a version of two digits, RFC 9112 §2.3"),
        Case("GET / HTTP/1\r\nHost: a\r\n\r\n", "half a version, RFC 9112 §2.3"),
        Case("GET / HTTP/+1.1\r\nHost: a\r\n\r\n", "a sign in the version, RFC 9112 §2.3"),
        Case("GET / HTTP/2.0\r\nHost: a\r\n\r\n", "a major version not spoken, RFC 9110 §15.6.6", answer: 505),
        Case("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "the preface of HTTP/2, RFC 9113 §3.4", answer: 505),
        Case("GET / HTTP/1.1\nHost: a\r\n\r\n", "LF alone after the request line, RFC 9112 §2.2"),
        Case("GET / HTTP/1.1\rHost: a\r\n\r\n", "CR alone, RFC 9112 §2.2"),
        Case("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", "two CRs, RFC 9112 §2.2"),
        Case("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "LF alone before the request line, RFC 9112 §2.2"),
        Case("\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "five empty lines first, RFC 9112 §2.2"),
        Case("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", "the first bytes of TLS, RFC 8446 §5.1"),
        Case("\u{0}", "a NUL first, RFC 9112 §2.2"),
    ]

    static let refusedTargets: [Case] = [
        .target("", "no target, RFC 9112 §3.2"),
        .target("a", "no slash, RFC 9112 §3.2.1"),
        .target("?a", "a query alone, RFC 9112 §3.2.1"),
        .target("*", "the asterisk is for OPTIONS, RFC 9112 §3.2.4"),
        .target("//a b", "a space, RFC 9112 §3.2"),
        .target("/a#b", "a fragment, RFC 9112 §3.2.1"),
        .target("/a?b#c", "a fragment after the query, RFC 9112 §3.2.1"),
        .target("/%", "a % at the end, RFC 3986 §2.1"),
        .target("/%4", "one digit at the end, RFC 3986 §2.1"),
        .target("/%4g", "no hexadecimal digit, RFC 3986 §2.1"),
        .target("/%g4", "no hexadecimal digit, RFC 3986 §2.1"),
        .target("/%+4", "a sign for a digit, RFC 3986 §2.1"),
        .target("/%4?1", "a triplet over the question mark, RFC 3986 §2.1"),
        .target("/?a=%zz", "no hexadecimal digits in the query, RFC 3986 §2.1"),
        .target("/a%00b", "an encoded NUL, RFC 3986 §7.3"),
        .target("/?a=%00", "an encoded NUL in the query, RFC 3986 §7.3"),
        .target("/a\u{0}b", "a NUL, RFC 9112 §3.2"),
        .target("/a\tb", "a tab, RFC 9112 §3.2"),
        .target("/a\u{1}b", "a control byte, RFC 9112 §3.2"),
        .target("/a\u{7F}b", "DEL, RFC 9112 §3.2"),
        .target("/ä", "a byte over 127, RFC 3986 §2"),
        .target("http://", "no authority, RFC 9112 §3.2.2"),
        .target("http:///a", "an empty authority, RFC 9112 §3.2.2"),
        .target("http://u:p@a/", "a user in the authority, RFC 9110 §4.2.4"),
        .target("ftp://a/", "another scheme, RFC 9112 §3.2.2"),
        .target("a:443", "an authority alone, RFC 9112 §3.2.3"),
        .target("/.", "a segment of one dot, RFC 3986 §6.2.2.3"),
        .target("/..", "a segment of two dots, RFC 3986 §6.2.2.3"),
        .target("/a/../b", "two dots between others, RFC 3986 §6.2.2.3"),
        .target("/a/./b?c", "one dot between others, RFC 3986 §6.2.2.3"),
        .target("/a/%2e%2E", "encoded dots, RFC 3986 §6.2.2.2"),
        .target("/a/.%2e/", "a dot and an encoded one, RFC 3986 §6.2.2.2"),
        .target("http://a/..", "dots behind an authority, RFC 3986 §6.2.2.3"),
    ]

    static let refusedFields: [Case] = [
        .fields("X: 1", "no Host, RFC 9112 §3.2"),
        .fields("Host: a\r\nHost: a", "Host twice, RFC 9112 §3.2"),
        .fields("Host: a\r\nhost: b", "two Hosts, in either case, RFC 9112 §3.2"),
        .fields("Host:", "an empty Host, RFC 9110 §7.2"),
        .fields("Host: a b", "a space in Host, RFC 9110 §7.2"),
        .fields("Host: a, b", "a list of Hosts, RFC 9110 §7.2"),
        .fields("Host: u@a", "a user in Host, RFC 9110 §7.2"),
        .fields("Host: a/b", "a path in Host, RFC 9110 §7.2"),
        .fields("Host: a:b", "a port of letters, RFC 3986 §3.2.3"),
        .fields("Host: a:+1", "a port with a sign, RFC 3986 §3.2.3"),
        .fields("Host: a:65536", "a port over 65535, RFC 3986 §3.2.3"),
        .fields("Host: a:000080", "a port of six digits, RFC 3986 §3.2.3"),
        .fields("Host: a:1:2", "two ports, RFC 3986 §3.2.3"),
        .fields("Host: :80", "a port alone, RFC 9110 §7.2"),
        .fields("Host: [::1", "an open bracket, RFC 3986 §3.2.2"),
        .fields("Host: []", "empty brackets, RFC 3986 §3.2.2"),
        .fields("Host: [::g]", "no IPv6 address, RFC 3986 §3.2.2"),
        .fields("Host: [::1]80", "a port without its colon, RFC 3986 §3.2.2"),
        .fields("Host: a\r\nHost: a", "Host twice in HTTP/1.0 too, RFC 9112 §3.2", version: "1.0"),
        .fields("Host : a", "a space before the colon, RFC 9112 §5.1"),
        .fields("Host: a\r\nX\t: 1", "a tab before the colon, RFC 9112 §5.1"),
        .fields("Host: a\r\n: 1", "no name, RFC 9112 §5"),
        .fields("Host: a\r\nX", "no colon, RFC 9112 §5"),
        .fields("Host: a\r\nX(Y): 1", "a name that is no token, RFC 9110 §5.1"),
        .fields("Host: a\r\nÄ: 1", "a name over 127, RFC 9110 §5.1"),
        .fields("Host: a\r\n X: 1", "a folded line, RFC 9112 §5.2"),
        .fields("Host: a\r\nX: 1\r\n\tY", "a line folded by a tab, RFC 9112 §5.2"),
        .fields(" Host: a", "space before the first field, RFC 9112 §2.2"),
        .fields("Host: a\r\nX: 1\nY: 2", "LF alone, RFC 9112 §2.2"),
        .fields("Host: a\r\nX: 1\rY: 2", "CR alone, RFC 9110 §5.5"),
        .fields("Host: a\r\nX: 1\u{0}", "a NUL, RFC 9110 §5.5"),
        .fields("Host: a\r\nX: 1\u{1}2", "a control byte, RFC 9110 §5.5"),
        .fields("Host: a\r\nX: 1\u{7F}2", "DEL, RFC 9110 §5.5"),
        .fields("Host: a\r\nX: \u{B}1", "a vertical tab is no blank, RFC 9110 §5.6.3"),
        .fields("Host: a\r\nExpect: the worst", "an unknown expectation, RFC 9110 §10.1.1", answer: 417),
    ]

    static let refusedFramings: [Case] = [
        .framing("Content-Length: +5", "a sign, which Int(_:) would take, RFC 9110 §8.6"),
        .framing("Content-Length: -1", "a length below nothing, RFC 9110 §8.6"),
        .framing("Content-Length:", "an empty length, RFC 9110 §8.6"),
        .framing("Content-Length: 0x10", "hexadecimal, RFC 9110 §8.6"),
        .framing("Content-Length: 5 5", "two numbers, RFC 9110 §8.6"),
        .framing("Content-Length: 5.0", "a fraction, RFC 9110 §8.6"),
        .framing("Content-Length: 1e2", "an exponent, RFC 9110 §8.6"),
        .framing("Content-Length: ５", "a digit that is not ASCII, RFC 9110 §8.6"),
        .framing("Content-Length: 5, 5", "a list, RFC 9112 §6.3"),
        .framing("Content-Length: 5\r\nContent-Length: 5", "the same length twice, RFC 9112 §6.3"),
        .framing("Content-Length: 5\r\nContent-Length: 6", "two lengths, RFC 9112 §6.3"),
        .framing("Content-Length: 0\r\nTransfer-Encoding: chunked", "both framings, RFC 9112 §6.1"),
        .framing("Transfer-Encoding: chunked\r\nContent-Length: 5", "both framings, RFC 9112 §6.1"),
        .framing("Transfer-Encoding: xchunked", "a coding that ends in the word, RFC 9112 §6.3"),
        .framing("Transfer-Encoding: chunkedx", "a coding that starts with the word, RFC 9112 §6.3"),
        .framing("Transfer-Encoding: chunked, gzip", "chunked is not last, RFC 9112 §6.3"),
        .framing("Transfer-Encoding: gzip", "no chunked, RFC 9112 §6.3"),
        .framing("Transfer-Encoding: identity", "a coding that is no more, RFC 9112 §6.3"),
        .framing("Transfer-Encoding: ,", "a list of nothing, RFC 9112 §6.3"),
        .framing("Transfer-Encoding:", "an empty coding, RFC 9112 §6.3"),
        .framing("Transfer-Encoding: \u{B}chunked", "a vertical tab is no blank, RFC 9110 §5.6.3"),
        .framing("Transfer-Encoding: gzip, chunked", "a coding not known, RFC 9112 §6.1", answer: 501),
        .framing("Transfer-Encoding: chunked, chunked", "chunked twice, RFC 9112 §6.1", answer: 501),
        .framing(
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "chunked on two lines, RFC 9112 §6.1",
            answer: 501),
        .fields("Host: a\r\nTransfer-Encoding: chunked", "HTTP/1.0 has no codings, RFC 9112 §6.1", version: "1.0"),
    ]

    static let refused = refusedLines + refusedTargets + refusedFields + refusedFramings

    @Test("is refused when it breaks the grammar, however its bytes are split", arguments: refused)
    func refusal(of example: Case) {
        let bytes = Array(example.bytes.utf8)
        #expect(Reading.ofHead(bytes) == .refused(example.status))
        #expect(Reading.ofHeadByteByByte(bytes) == .refused(example.status))
    }

    struct Good: Sendable, CustomTestStringConvertible {
        let bytes: String
        let summary: String
        let why: String
        var testDescription: String { "\(why): \(bytes.debugDescription)" }

        init(_ bytes: String, _ summary: String, _ why: String) {
            self.bytes = bytes
            self.summary = summary
            self.why = why
        }
    }

    /// Method, path, query, framing, then: closes, asks keep-alive, expects 100.
    static let good: [Good] = [
        Good("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /  none false false false [Host=a]", "the plainest"),
        Good(
            "\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /  none false false false [Host=a]",
            "four empty lines first, RFC 9112 §2.2"),
        Good(
            "GET /a/b%2Fc?d=%20&e=? HTTP/1.1\r\nhOST:a:\r\n\r\n",
            "GET /a/b%2Fc d=%20&e=? none false false false [hOST=a:]", "a query, and an empty port, RFC 3986 §3.2.3"),
        Good(
            "GET http://a:80/b?c HTTP/1.1\r\nHost: a\r\n\r\n", "GET /b c none false false false [Host=a]",
            "the absolute form, RFC 9112 §3.2.2"),
        Good(
            "GET HTTPS://[::1]/ HTTP/1.1\r\nHost: [::1]:65535\r\n\r\n",
            "GET /  none false false false [Host=[::1]:65535]", "an absolute form with IPv6, RFC 9112 §3.2.2"),
        Good(
            "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", "GET   none false false false [Host=a]",
            "an absolute form without a path, RFC 3986 §4.3"),
        Good(
            "GET http://a?b=/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET  b=/ none false false false [Host=a]",
            "an absolute form with a query alone, RFC 3986 §4.3"),
        Good(
            "OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS *  none false false false [Host=a]",
            "the asterisk form through a proxy, RFC 9112 §3.2.4"),
        Good(
            "OPTIONS http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS /  none false false false [Host=a]",
            "the root is no asterisk, RFC 9112 §3.2.4"),
        Good(
            "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "GET /  none false false false [Host=a]",
            "a minor version to come, RFC 9110 §2.5"),
        Good(
            "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS *  none false false false [Host=a]",
            "the asterisk form, RFC 9112 §3.2.4"),
        Good(
            "GET / HTTP/1.1\r\nHost: a\r\nX:\r\nY: \t b\tc \t\r\nZ: ü\r\n\r\n",
            "GET /  none false false false [Host=a&X=&Y=b\tc&Z=ü]", "blanks around values, RFC 9112 §5.1"),
        Good("GET / HTTP/1.0\r\n\r\n", "GET /  none true false false []", "HTTP/1.0 closes, RFC 9112 §9.3"),
        Good(
            "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
            "GET /  none false true false [Connection=Keep-Alive]", "unless it asks not to, RFC 9112 §9.3"),
        Good(
            "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
            "GET /  none true false false [Connection=keep-alive, close]", "close wins, RFC 9112 §9.3"),
        Good(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: x,\tCLOSE ,y\r\n\r\n",
            "GET /  none true false false [Host=a&Connection=x,\tCLOSE ,y]", "a token in a list, RFC 9110 §7.6.1"),
        Good(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\nConnection: close\r\n\r\n",
            "GET /  none true false false [Host=a&Connection=x&Connection=close]",
            "a token on a second line, RFC 9110 §5.3"),
        Good(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: unclose, closed, clo se\r\n\r\n",
            "GET /  none false false false [Host=a&Connection=unclose, closed, clo se]",
            "what only holds the word is not it, RFC 9110 §7.6.1"),
        Good(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 005\r\nExpect: 100-Continue\r\n\r\n",
            "POST /  length(5) false false true [Host=a&Content-Length=005&Expect=100-Continue]",
            "leading zeros, and an expectation, RFC 9110 §8.6, §10.1.1"),
        Good(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n\r\n",
            "POST /  length(9223372036854775807) false false false [Host=a&Content-Length=9223372036854775807]",
            "the longest length read, RFC 9110 §8.6"),
        Good(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551621\r\n\r\n",
            "POST /  length(9223372036854775807) false false false [Host=a&Content-Length=18446744073709551621]",
            "5 to whom 64 bits overflow, and too long to whom not, RFC 9110 §8.6"),
        Good(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n",
            "POST /  none false false false [Host=a&Content-Length=0&Expect=100-continue]",
            "no body, so nothing to wait for, RFC 9110 §10.1.1"),
        Good(
            "POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n",
            "POST /  length(1) true false false [Content-Length=1&Expect=100-continue]",
            "HTTP/1.0 knows no 100, RFC 9110 §10.1.1"),
        Good(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \tChunked \r\n\r\n",
            "POST /  chunked false false false [Host=a&Transfer-Encoding=Chunked]", "chunked, RFC 9112 §7.1"),
        Good(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,chunked,\r\n\r\n",
            "POST /  chunked false false false [Host=a&Transfer-Encoding=,chunked,]",
            "empty members of a list are none, RFC 9110 §5.6.1.2"),
        Good(
            "GET / HTTP/1.1\r\nHost: a\r\nX-Content-Length: 5\r\nTransfer_Encoding: chunked\r\n\r\n",
            "GET /  none false false false [Host=a&X-Content-Length=5&Transfer_Encoding=chunked]",
            "names that look alike are not it, RFC 9110 §5.1"),
    ]

    @Test("is read, and each part of it only asks for more", arguments: good)
    func reading(of example: Good) {
        let bytes = Array(example.bytes.utf8)
        for count in 0..<bytes.count {
            #expect(Reading.ofHead(Array(bytes[..<count])) == .more, "the first \(count) bytes")
        }
        #expect(Reading.ofHead(bytes) == .done("\(example.summary) ends \(bytes.count)"))
        #expect(Reading.ofHead(bytes + Array("\u{0}more".utf8)) == .done("\(example.summary) ends \(bytes.count)"))
    }

    @Test("takes in a target what RFC 3986 §2 lets stand there, wherever it stands")
    func targetBytes() {
        for byte in UInt8.min...UInt8.max where byte != UInt8(ascii: "%") && byte != UInt8(ascii: " ") {
            for place in 0..<18 {
                var target = [UInt8](repeating: UInt8(ascii: "a"), count: 18)
                target[place] = byte
                let bytes = Array("GET /".utf8) + target + Array(" HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
                let isVisible = byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#")
                let isRead = if case .done = Reading.ofHead(bytes) { true } else { false }
                #expect(isRead == isVisible, "byte \(byte) at \(place)")
            }
        }
    }

    @Test("takes no control character but a tab in a value, wherever it stands")
    func valueBytes() {
        for byte in UInt8.min...UInt8.max where byte != 0x0A && byte != 0x0D {
            for count in [1, 7, 8, 9, 17] {
                for place in 0..<count {
                    var value = [UInt8](repeating: UInt8(ascii: "a"), count: count)
                    value[place] = byte
                    let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nA: ".utf8) + value + Array("\r\n\r\n".utf8)
                    let isRead = if case .done = Reading.ofHead(bytes) { true } else { false }
                    #expect(isRead == (byte >= 0x20 && byte != 0x7F || byte == 0x09), "byte \(byte) at \(place)")
                }
            }
        }
    }

    static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]

    @Test("has one of the methods of RFC 9110 §9.3 and RFC 5789", arguments: methods)
    func method(_ name: String) throws {
        #expect(try head(of: "\(name) / HTTP/1.1\r\nHost: a\r\n\r\n").method.name.rawValue == name)
    }

    @Test("with random faults gives one outcome, whole or byte by byte")
    func randomFaults() {
        var random = SplitMix(seed: 9112)
        let seeds = (Self.good.map(\.bytes) + Self.refused.map(\.bytes)).map { Array($0.utf8) }
        let odd: [UInt8] = [0x00, 0x09, 0x0A, 0x0D, 0x20, 0x2C, 0x3A, 0x25, 0x7F, 0x80, 0x30, 0x61]
        for _ in 0..<1500 {
            var bytes = seeds[Int(random.next() % UInt64(seeds.count))]
            let place = Int(random.next() % UInt64(bytes.count))
            let byte = odd[Int(random.next() % UInt64(odd.count))]
            if random.next() % 2 == 0 { bytes[place] = byte } else { bytes.insert(byte, at: place) }
            let whole = Reading.ofHead(bytes, limits: HeadLimitsTests.tight)
            let split = Reading.ofHeadByteByByte(bytes, limits: HeadLimitsTests.tight)
            #expect(whole == split, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
    }
}
