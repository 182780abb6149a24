import Testing

@testable import API

@Suite("A splitter of lines")
struct LineSplitterTests {
    private static func lines(_ parts: [[UInt8]]) -> [String] {
        var splitter = LineSplitter()
        var lines = parts.flatMap { splitter.add($0) }
        lines += splitter.finish()
        return lines.map { String(decoding: $0, as: UTF8.self) }
    }

    static let texts: [(text: String, lines: [String])] = [
        ("", []), ("a", ["a"]), ("a\n", ["a"]), ("\n\na\n\n", ["a"]), ("a\nb", ["a", "b"]),
        ("a\r\nb\r\n", ["a\r", "b\r"]),
        (" \t\r\n a \n", [" a "]), ("ä\nö\n", ["ä", "ö"]),
    ]

    @Test("gives the same lines however the bytes are split", arguments: texts)
    func splits(text: String, lines: [String]) {
        let bytes = Array(text.utf8)
        for place in 0...bytes.count {
            #expect(Self.lines([Array(bytes[..<place]), Array(bytes[place...])]) == lines)
        }
        #expect(Self.lines(bytes.map { [$0] }) == lines)
    }

    @Test("tells of a line that grows too long before it ends")
    func tooLong() {
        var splitter = LineSplitter()
        #expect(splitter.add([UInt8](repeating: 0x61, count: LineSplitter.lineBytesMax)).isEmpty)
        #expect(!splitter.isTooLong)
        #expect(splitter.add([0x61]).isEmpty)
        #expect(splitter.isTooLong)
    }
}
