import HTTPTypes
import Testing

@testable import HTTPServer

@Suite("A request's Content-Encoding")
struct ContentCodingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let fields: [String]
        let coding: ContentCoding
        let why: String
        var testDescription: String { "\(fields): \(why)" }

        init(_ fields: String..., says coding: ContentCoding, _ why: String) {
            self.fields = fields
            self.coding = coding
            self.why = why
        }
    }

    static let cases: [Case] = [
        Case(says: .identity, "no field"),
        Case("", says: .identity, "an empty one"),
        Case(" , ", says: .identity, "empty members, RFC 9110 §5.6.1.2"),
        Case("identity", says: .identity, "the word for none, RFC 9110 §8.4.1"),
        Case("gzip", says: .gzip, "gzip, RFC 9110 §8.4.1.3"),
        Case("x-gzip", says: .gzip, "its old name, RFC 9110 §8.4.1.3"),
        Case("\tGZIP ,", says: .gzip, "letters of either case, RFC 9110 §8.4.1"),
        Case("identity, gzip", says: .gzip, "gzip upon nothing"),
        Case("gzip, identity", says: .gzip, "nothing upon gzip"),
        Case("gzip, gzip", says: .unsupported, "twice"),
        Case("gzip", "gzip", says: .unsupported, "twice, in two fields, RFC 9110 §5.3"),
        Case("gzip, x-gzip, gzip", says: .unsupported, "three times"),
        Case("deflate", says: .unsupported, "another, RFC 9110 §8.4.1.2"),
        Case("br", says: .unsupported, "another"),
        Case("br, gzip", says: .unsupported, "gzip upon another"),
        Case("gzip, br", says: .unsupported, "another upon gzip"),
        Case("gzip;q=1", says: .unsupported, "a weight, which belongs to Accept-Encoding"),
        Case("*", says: .unsupported, "any, which belongs to Accept-Encoding"),
        Case("gzip gzip", says: .unsupported, "no comma"),
        Case("\u{0}", says: .unsupported, "junk"),
    ]

    @Test("says how the body is encoded", arguments: cases)
    func coding(of example: Case) {
        var coding = ContentCoding.identity
        for field in example.fields {
            let bytes = Array("br,\(field),br".utf8)
            coding.note(bytes.span, 3..<bytes.count - 3)
        }
        #expect(coding == example.coding)
    }
}
