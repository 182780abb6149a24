import Testing

@testable import HTTPServer

@Suite("The smallest parts of a message")
struct TokensTests {
    @Test("are tokens of the bytes that RFC 9110 §5.6.2 lists, and no others")
    func tokenBytes() {
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        let allowed = Set("!#$%&'*+-.^_`|~\(letters)".utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(isTokenByte(byte) == allowed.contains(byte), "byte \(byte)")
        }
    }

    @Test("are small letters where they are capitals, one by one and eight at a time")
    func lowercase() {
        for byte in UInt8.min...UInt8.max {
            let small = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
            #expect(HTTPServer.lowercase(byte) == small, "byte \(byte)")
            for other in [0x00, 0x40, 0x41, 0x5A, 0x5B, 0x7F, 0x80, 0xC1, 0xFF] as [UInt8] {
                let word = [other, byte, other, byte, byte, other, other, byte]
                let expected = word.map { HTTPServer.lowercase($0) }
                let isRight = HTTPServer.lowercase(eightBytes(word.span, at: 0)) == eightBytes(expected.span, at: 0)
                #expect(isRight, "byte \(byte) beside \(other)")
            }
        }
    }

    static let names: [StaticString] = ["a", "host", "accepts", "accepted", "if-none-match", "transfer-encoding"]

    @Test("spell a name in letters of either case, and no other name", arguments: names.indices)
    func spelling(_ index: Int) {
        let name = Self.names[index]
        let count = name.utf8CodeUnitCount
        func spells(_ bytes: [UInt8], _ range: Range<Int>) -> Bool { equalsIgnoringCase(bytes.span, range, name) }
        let bytes = [0x7A] + Array(name.description.uppercased().utf8) + [0x7A]
        #expect(spells(bytes, 1..<count + 1))
        #expect(!spells(bytes, 0..<count), "one earlier")
        #expect(!spells(bytes, 1..<count), "too short")
        #expect(!spells(bytes, 1..<count + 2), "too long")
        for place in 1...count {
            var other = bytes
            other[place] ^= 0x01
            #expect(!spells(other, 1..<count + 1), "another byte at \(place)")
        }
    }

    @Test("are found at their first place, inside the range alone")
    func firstPlaces() {
        let bytes = Array("a/b/c".utf8)
        func slash(_ range: Range<Int>) -> Int? { firstPlace(of: UInt8(ascii: "/"), in: bytes.span, range) }
        #expect(slash(0..<5) == 1)
        #expect(slash(2..<5) == 3)
        #expect(slash(4..<5) == nil)
        #expect(slash(1..<1) == nil)
    }

    @Test("are hexadecimal digits of either case, and no others")
    func hexDigits() {
        for byte in UInt8.min...UInt8.max {
            let scalar = Character(Unicode.Scalar(byte))
            #expect(hexValue(byte).map(Int.init) == (byte < 128 ? scalar.hexDigitValue : nil), "byte \(byte)")
        }
    }

    struct Number: Sendable, CustomTestStringConvertible {
        let digits: String
        let value: Int?
        let why: String
        var testDescription: String { "\(digits.debugDescription), \(why)" }
    }

    static let numbers: [Number] = [
        Number(digits: "0", value: 0, why: "nothing"),
        Number(digits: "007", value: 7, why: "leading zeros"),
        Number(digits: "9223372036854775806", value: .max - 1, why: "the last but one that an Int holds"),
        Number(digits: "9223372036854775808", value: .max, why: "one more than an Int holds"),
        Number(digits: "18446744073709551621", value: .max, why: "5 to whom 64 bits overflow"),
        Number(digits: "99999999999999999999x", value: nil, why: "a letter behind too many digits"),
        Number(digits: "", value: nil, why: "no digit"),
        Number(digits: "+5", value: nil, why: "a sign, which Int(_:) would take"),
        Number(digits: "-0", value: nil, why: "a sign"),
        Number(digits: "1 ", value: nil, why: "a space"),
        Number(digits: "/", value: nil, why: "the byte before 0"),
        Number(digits: ":", value: nil, why: "the byte after 9"),
        Number(digits: "1a", value: nil, why: "a letter"),
    ]

    @Test("are numbers when they are digits alone", arguments: numbers)
    func number(_ example: Number) {
        let bytes = Array(example.digits.utf8)
        #expect(decimalNumber(bytes.span, 0..<bytes.count) == example.value)
    }

    struct Encoded: Sendable, CustomTestStringConvertible {
        let text: String
        let decoded: String
        var plusIsSpace = false
        var testDescription: String { "\(text), \(plusIsSpace ? "a form" : "a path")" }
    }

    static let encoded: [Encoded] = [
        Encoded(text: "", decoded: ""),
        Encoded(text: "plain", decoded: "plain"),
        Encoded(text: "%41", decoded: "A"),
        Encoded(text: "a%2fb%2Fc", decoded: "a/b/c"),
        Encoded(text: "%C3%BC", decoded: "ü"),
        Encoded(text: "a%2541", decoded: "a%41"),
        Encoded(text: "a+b", decoded: "a+b"),
        Encoded(text: "a+b%2B", decoded: "a b+", plusIsSpace: true),
        Encoded(text: "%20+", decoded: "  ", plusIsSpace: true),
    ]

    @Test("are percent-decoded once", arguments: encoded)
    func decoding(of example: Encoded) {
        // In the middle of other bytes, as it stands in a request.
        let bytes = Array("%\(example.text)%".utf8)
        let decoded = percentDecoded(bytes[1..<bytes.count - 1], plusIsSpace: example.plusIsSpace)
        #expect(String(decoding: decoded, as: UTF8.self) == example.decoded)
    }
}
