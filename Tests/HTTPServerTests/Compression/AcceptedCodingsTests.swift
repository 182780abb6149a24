import Testing

@testable import HTTPServer

@Suite("A client's Accept-Encoding")
struct AcceptedCodingsTests {
    enum Answer {
        case plain
        case gzip
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let fields: [String]
        let answer: Answer
        let why: String
        var testDescription: String { "\(fields): \(why)" }

        init(_ fields: String..., gives answer: Answer, _ why: String) {
            self.fields = fields
            self.answer = answer
            self.why = why
        }
    }

    static let good: [Case] = [
        Case(gives: .plain, "no field asks for nothing, RFC 9110 §12.5.3"),
        Case("", gives: .plain, "an empty one wants no coding, RFC 9110 §12.5.3"),
        Case("gzip", gives: .gzip, "gzip, RFC 9110 §8.4.1.3"),
        Case("x-gzip", gives: .gzip, "its old name, RFC 9110 §8.4.1.3"),
        Case("GZip", gives: .gzip, "letters of either case, RFC 9110 §8.4.1"),
        Case("*", gives: .gzip, "any coding, RFC 9110 §12.5.3"),
        Case("gzip, deflate, br, zstd", gives: .gzip, "what browsers send"),
        Case("deflate, gzip;q=1.0, *;q=0.5", gives: .gzip, "what the RFC shows, RFC 9110 §12.5.3"),
        Case("br,\tgzip ", gives: .gzip, "blanks around a member, RFC 9110 §5.6.1"),
        Case(",, gzip,,", gives: .gzip, "empty members, RFC 9110 §5.6.1.2"),
        Case("br", "gzip", gives: .gzip, "a second field, RFC 9110 §5.3"),
        Case("br, deflate", gives: .plain, "others alone, RFC 9110 §12.5.3"),
        Case("compress", gives: .plain, "another, RFC 9110 §12.5.3"),
        Case("identity", gives: .plain, "none, RFC 9110 §12.5.3"),
    ]

    static let weighed: [Case] = [
        Case("gzip;q=1", gives: .gzip, "all of it, RFC 9110 §12.4.2"),
        Case("gzip;q=1.", gives: .gzip, "no digit behind the point, RFC 9110 §12.4.2"),
        Case("gzip;q=1.000", gives: .gzip, "three of them, RFC 9110 §12.4.2"),
        Case("gzip;q=0.001", gives: .gzip, "the least, RFC 9110 §12.4.2"),
        Case("gzip;Q=0.5", gives: .gzip, "a capital, RFC 9110 §12.4.2"),
        Case("gzip ; q=0.5", gives: .gzip, "blanks around the semicolon, RFC 9110 §12.4.2"),
        Case("gzip;q=0", gives: .plain, "a refusal, RFC 9110 §12.4.2"),
        Case("gzip;q=0.", gives: .plain, "a refusal with a point, RFC 9110 §12.4.2"),
        Case("gzip;q=0.000", gives: .plain, "a refusal with digits, RFC 9110 §12.4.2"),
        Case("x-gzip;q=0", gives: .plain, "a refusal of the old name, RFC 9110 §8.4.1.3"),
        Case("gzip;q=0, *", gives: .plain, "any but gzip, RFC 9110 §12.5.3"),
        Case("*, gzip;q=0", gives: .plain, "any but gzip, in another order, RFC 9110 §12.5.3"),
        Case("gzip, x-gzip;q=0", gives: .plain, "both: the refusal counts"),
        Case("x-gzip;q=0, gzip", gives: .plain, "both, in another order: the refusal counts"),
        Case("gzip", "gzip;q=0", gives: .plain, "both, in two fields: the refusal counts"),
        Case("*;q=0", gives: .plain, "nothing at all, so the field is disregarded, RFC 9110 §12.4.1"),
        Case("gzip;q=0.5, identity", gives: .plain, "plain is liked better, RFC 9110 §12.5.3"),
        Case("gzip;q=0.5, identity;q=0.501", gives: .plain, "plain is liked a little better"),
        Case("gzip;q=0.5, identity;q=0.5", gives: .gzip, "both alike"),
        Case("gzip;q=0.501, identity;q=0.5", gives: .gzip, "gzip is liked a little better"),
        Case("gzip;q=0.1", gives: .gzip, "plain is not spoken of"),
        Case("gzip;q=0.1, *;q=0.5", gives: .plain, "plain is one of any, RFC 9110 §12.5.3"),
        Case("gzip;q=0.1, *;q=0", gives: .gzip, "plain is refused with any, RFC 9110 §12.5.3"),
        Case("gzip, identity;q=0", gives: .gzip, "plain is refused, RFC 9110 §12.5.3"),
        Case("identity;q=0, *", gives: .gzip, "any but plain, RFC 9110 §12.5.3"),
        Case("identity;q=0, *;q=0", gives: .plain, "neither, so the field is disregarded, RFC 9110 §12.4.1"),
        Case("identity;q=0", gives: .plain, "not plain and not gzip, so it is disregarded, RFC 9110 §12.4.1"),
        Case("identity;q=0, gzip;q=0", gives: .plain, "neither, RFC 9110 §12.4.1"),
    ]

    static let junk: [Case] = [
        Case("gzipped", gives: .plain, "a longer name"),
        Case("gzi", gives: .plain, "a shorter name"),
        Case("**", gives: .plain, "two stars"),
        Case("br gzip", gives: .plain, "no comma"),
        Case(";", gives: .plain, "a semicolon"),
        Case(";q=1", gives: .plain, "a weight of nothing"),
        Case(",", gives: .plain, "a comma"),
        Case("gzip;", gives: .plain, "no weight behind the semicolon"),
        Case("gzip;q", gives: .plain, "no value"),
        Case("gzip;q=", gives: .plain, "an empty value"),
        Case("gzip;q=2", gives: .plain, "more than all"),
        Case("gzip;q=1.001", gives: .plain, "a little more than all"),
        Case("gzip;q=0.1234", gives: .plain, "four digits"),
        Case("gzip;q=.5", gives: .plain, "no digit before the point"),
        Case("gzip;q=-1", gives: .plain, "a sign"),
        Case("gzip;q=0,5", gives: .plain, "a comma for a point"),
        Case("gzip;q=1x", gives: .plain, "a letter"),
        Case("gzip;q=0.x", gives: .plain, "a letter behind the point"),
        Case("gzip;q = 1", gives: .plain, "blanks within the weight"),
        Case("gzip;q=\"1\"", gives: .plain, "quotes"),
        Case("gzip;level=9", gives: .plain, "a parameter that is no weight"),
        Case("gzip;q=1;q=0", gives: .plain, "two weights"),
        Case("\u{0}\u{7F}é, gzip", gives: .gzip, "junk beside gzip"),
        Case("identity;q=x, gzip", gives: .gzip, "junk on plain"),
        Case("*;q=x, gzip;q=0.1", gives: .gzip, "junk on any"),
        Case("gzip;q=99999999999999999999", gives: .plain, "a number that overflows"),
    ]

    @Test("chooses the answer's coding", arguments: good + weighed + junk)
    func choice(of example: Case) {
        var codings = AcceptedCodings()
        for field in example.fields {
            // In the midst of other bytes, as it stands in a request.
            let bytes = Array("gzip,\(field),gzip".utf8)
            codings.note(bytes.span, 5..<bytes.count - 5)
        }
        #expect((codings.prefersGzip ? Answer.gzip : .plain) == example.answer)
    }

    @Test("is one list in one field or in several, RFC 9110 §5.3", arguments: weighed)
    func fields(of example: Case) {
        var together = AcceptedCodings()
        var apart = AcceptedCodings()
        let bytes = Array(example.fields.joined(separator: ", ").utf8)
        together.note(bytes.span, 0..<bytes.count)
        for member in example.fields.joined(separator: ",").split(separator: ",") {
            let member = Array(member.utf8)
            apart.note(member.span, 0..<member.count)
        }
        #expect(together.prefersGzip == apart.prefersGzip)
    }
}
