import JSON
import Testing

@Suite("JSON text")
struct JSONParserTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let value: JSON
        var testDescription: String { text }
    }

    static let accepted: [Case] = [
        Case(text: "null", value: nil), Case(text: " true ", value: true), Case(text: "-0", value: 0),
        Case(text: "9223372036854775807", value: 9_223_372_036_854_775_807),
        Case(text: "9223372036854775808", value: .number(9_223_372_036_854_775_808)), Case(text: "1.25e1", value: 12.5),
        Case(text: "\"\"", value: ""), Case(text: "\"é\\u00e9\\ud83d\\ude00\\n\\/\"", value: "éé😀\n/"),
        Case(text: "[]", value: []), Case(text: "[1,[2],{}]", value: [1, [2], [:]]),
        Case(text: "{\"b\":1,\"a\":[null]}", value: ["b": 1, "a": [nil]]),
    ]

    @Test("is read as what it says", arguments: accepted)
    func reading(of example: Case) throws {
        let bytes = Array(example.text.utf8)
        #expect(try JSONParser.parse(bytes) == example.value)
        var parser = JSONParser(bytes)
        let place = try parser.skipValue()
        #expect(String(decoding: bytes[place], as: UTF8.self) == example.text.trimmed)
        #expect(try JSONParser.parse(JSONWriter.encode(example.value)) == example.value, "written, it reads back")
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let bytes: [UInt8]
        let column: Int
        let says: String
        init(_ text: String, _ column: Int, _ says: String) {
            bytes = Array(text.utf8)
            self.column = column
            self.says = says
        }
        init(bytes: [UInt8], _ column: Int, _ says: String) {
            self.bytes = bytes
            self.column = column
            self.says = says
        }
        var testDescription: String { "\(String(decoding: bytes, as: UTF8.self)): \(says)" }
    }

    static let refused: [Refusal] = [
        Refusal("", 1, "ends"), Refusal("nul", 1, "double quotes"), Refusal("01", 1, "start with 0"),
        Refusal("-", 1, "a value"), Refusal("1.", 3, "digit"), Refusal("1e", 3, "digit"),
        Refusal("1e999", 6, "too large"),
        Refusal("+1", 1, "a value"), Refusal("'a'", 1, "a value"), Refusal("\"a", 1, "no end"),
        Refusal("\"\u{1}\"", 2, "control"), Refusal("\"\\x\"", 4, "escape"), Refusal("\"\\ud800\"", 8, "surrogate"),
        Refusal("\"\\u12g4\"", 6, "hexadecimal"), Refusal("[1 2]", 4, "comma"), Refusal("[1,]", 4, "a value"),
        Refusal("{\"a\" 1}", 6, "colon"), Refusal("{a:1}", 2, "double quotes"),
        Refusal("{\"a\":1,}", 8, "double quotes"),
        Refusal("{\"a\":1,\"a\":2}", 12, "twice"), Refusal("1 2", 3, "more text"),
        Refusal(String(repeating: "[", count: 33), 34, "deeper"),
        Refusal(bytes: [0x22, 0xC3, 0x28, 0x22], 2, "UTF-8"),
        Refusal(bytes: [0x22, 0xED, 0xA0, 0x80, 0x22], 2, "UTF-8"),
        Refusal(bytes: [0xEF, 0xBB, 0xBF, 0x7B, 0x7D], 1, "byte order mark"), Refusal(bytes: [0xEF], 1, "a value"),
    ]

    @Test("is refused with its place", arguments: refused)
    func refusal(of example: Refusal) {
        let fault = #expect(throws: JSONFault.self) { try JSONParser.parse(example.bytes) }
        #expect(fault?.line == 1)
        #expect(fault?.column == example.column)
        #expect(fault?.reason.contains(example.says) == true, "\(fault?.reason ?? "")")
    }

    @Test(
        "takes a text for a number where JSON spells one so, and nothing else",
        arguments: [
            ("5", 5), ("-5", -5), ("0.5", 0.5), ("1e2", 100), ("0", 0), ("+5", nil), ("0x10", nil), ("05", nil),
            (" 5", nil), ("5 ", nil), ("5\n", nil), ("-", nil), ("", nil), ("nan", nil), ("inf", nil), ("5,6", nil),
            ("[5]", nil), (".5", nil), ("5.", nil), ("1e400", nil),
        ] as [(String, Double?)])
    func numbers(text: String, number: Double?) { #expect(JSON(number: text)?.double == number) }

    @Test("tells the line of a fault")
    func lines() {
        let fault = #expect(throws: JSONFault.self) { try JSONParser.parse(Array("{\n \"a\": 1,\n \"b\": x}".utf8)) }
        #expect(fault?.line == 3)
        #expect(fault?.column == 7)
    }

    @Test(
        "refuses a repeated member, also beyond the count that is compared one by one", arguments: [1, 15, 16, 17, 40])
    func repeated(count: Int) {
        let members = (0..<count).map { "\"m\($0)\":1" } + ["\"m0\":2"]
        #expect(throws: JSONFault.self) { try JSONParser.parse(Array("{\(members.joined(separator: ","))}".utf8)) }
    }

    @Test(
        "is written in the shortest form that reads back",
        arguments: [
            (1.0, "1"), (0.1, "0.1"), (-2.5, "-2.5"), (1e300, "1e+300"), (Double.infinity, "null"),
        ])
    func numbers(number: Double, text: String) {
        #expect(String(decoding: JSONWriter.encode(.number(number)), as: UTF8.self) == text)
    }

    @Test("escapes what must be escaped, and nothing else")
    func escapes() {
        let written = JSONWriter.encode(.string("a\"\\\n\r\t\u{1}\u{1f}/é"))
        #expect(String(decoding: written, as: UTF8.self) == #""a\"\\\n\r\t\u0001\u001f/é""#)
    }
}

extension String {
    fileprivate var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
