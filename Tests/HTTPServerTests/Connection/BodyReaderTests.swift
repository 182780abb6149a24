import HTTPTypes
import Testing

@testable import HTTPServer

@Suite("A body with two faults")
struct BodyReaderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let gzip: [UInt8]
        /// What stands behind the first chunk.
        let rest: String
        let reason: String
        let testDescription: String

        init(_ gzip: [UInt8], then rest: String, _ reason: String, _ why: String) {
            self.gzip = gzip
            self.rest = rest
            self.reason = reason
            testDescription = why
        }

        var bytes: [UInt8] { Array("\(String(gzip.count, radix: 16))\r\n".utf8) + gzip + Array(rest.utf8) }
    }

    private static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    private static let damaged = "the body is not gzip, or damaged"

    static let cases: [Case] = [
        Case([0x1F, 0], then: "\r\nx", damaged, "no gzip, then no chunk"),
        Case([0x1F, 0], then: "\r\n1000\r\n", damaged, "no gzip, then a chunk that is too long"),
        Case(header + [7], then: "!", damaged, "a block that is none, then more than the size says"),
        Case(header, then: "\r\nx", "a chunk's size must be hexadecimal digits", "half a gzip, then no chunk"),
        Case(
            header, then: "\r\n1000\r\n", "the body is longer than is taken here", "half a gzip, then too long a chunk"),
    ]

    @Test("is refused for the first of them, whole and byte by byte", arguments: cases)
    func firstFault(of example: Case) {
        #expect(reason([example.bytes]) == example.reason)
        #expect(reason(example.bytes.map { [$0] }) == example.reason)
    }

    /// Why a chunked gzip in these pieces is refused.
    private func reason(_ pieces: [[UInt8]]) -> String? {
        var reader = BodyReader(.chunked, isCompressed: true, bytesMax: 100)
        var body: [UInt8] = []
        let fault = #expect(throws: ParseFault.self) {
            for piece in pieces {
                var cursor = 0
                while try reader.read(piece, &cursor, until: piece.count, into: &body) == .full {}
            }
        }
        return fault?.reason
    }
}
