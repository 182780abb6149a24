import Foundation
import Testing

@testable import HTTPServer

@Suite("Bytes on their way out")
struct OutputBufferTests {
    static let numbers = [0, 9, 10, 99, 100, 12_345, 999_999_999_999_999_999, 1_000_000_000_000_000_000, Int.max]

    @Test("have the digits of a number", arguments: numbers)
    func decimal(_ number: Int) {
        var output = OutputBuffer(capacity: 1)
        output.append("a")
        output.appendDecimal(number)
        #expect(output.bytes == Array("a\(number)".utf8))
    }

    static let identifiers: [UInt64] = [
        0, 1, 9, 10, 15, 16, 0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210, 0x9A9A_A9A9_0F0F_F0F0, .max,
    ]

    @Test("have sixteen hexadecimal digits of a number, whatever it is", arguments: identifiers)
    func hexadecimal(_ number: UInt64) {
        var output = OutputBuffer(capacity: 1)
        output.appendHexadecimal(number)
        let digits = String(number, radix: 16)
        #expect(output.bytes == Array((String(repeating: "0", count: 16 - digits.count) + digits).utf8))
    }

    @Test("are kept in order while there are more and more, lent from a place on, and forgotten")
    func growth() {
        var output = OutputBuffer(capacity: 1)
        var expected: [UInt8] = []
        for step in 0..<200 {
            let piece = [UInt8](repeating: UInt8(step), count: step)
            output.append(piece)
            expected += piece
        }
        #expect(output.bytes == expected)
        let lent = unsafe output.withBytes(from: 150) { unsafe Array($0) }
        #expect(lent == Array(expected[150...]))
        let rest = unsafe output.withBytes(from: output.count) { $0.count }
        #expect(rest == 0)
        output.removeAll()
        let isEmpty = output.isEmpty
        #expect(isEmpty)
        output.append("b")
        #expect(output.bytes == Array("b".utf8))
    }
}
