internal import Foundation
internal import JSON
internal import Store

/// A cursor as it stands in an address: opaque, and without a character that a shell would trip over.
enum CursorText {
    /// The cursor's text, which is of use with the same list alone.
    static func encode(_ cursor: Cursor, of list: String) -> String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.name("v")
            writer.array { writer in for value in cursor.values { write(value, to: &writer) } }
            writer.member("id", .string(cursor.id.text(prefix: "x")))
            writer.member("of", .string(mark(of: list)))
        }
        return Data(writer.bytes).base64EncodedString(options: [.base64URLAlphabet, .omitPaddingCharacter])
    }

    private static func write(_ value: IndexValue?, to writer: inout JSONWriter) {
        guard let value, value != .missing else { return writer.value(.null) }
        writer.object { writer in
            switch value {
            case .missing: break
            case .number(let number): writer.member("n", .integer(number))
            case .real(let number): writer.member("r", .string(String(number.bitPattern, radix: 16)))
            case .identifier(let id): writer.member("i", .string(id.text(prefix: "x")))
            case .text(let text): writer.member("t", .string(text))
            }
        }
    }

    /// Tells a list from others.
    private static func mark(of list: String) -> String { KeyDigest(of: Array(list.utf8)[...]).start }

    /// The cursor of a text; `nil` where it is none of that list.
    static func decode(_ text: String, of list: String) -> Cursor? {
        guard let data = Data(base64Encoded: Self.padded(text)) else { return nil }
        let json: JSON
        do throws(JSONFault) { json = try JSONParser.parse(Array(data)) } catch { return nil }
        guard let id = json["id"]?.text.flatMap({ Identifier($0, prefix: "x") }), let values = json["v"]?.elements,
            json["of"]?.text == mark(of: list)
        else { return nil }
        var read: [IndexValue?] = []
        for value in values {
            guard let value = self.value(value) else { return nil }
            read.append(value)
        }
        return Cursor(values: read, id: id)
    }

    /// The same in the alphabet and with the padding that Foundation decodes.
    private static func padded(_ text: String) -> Data {
        let letters = text.utf8.map { letter in
            switch letter {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: letter
            }
        }
        return Data(letters + Array(repeating: UInt8(ascii: "="), count: (4 - letters.count % 4) % 4))
    }

    /// `nil` for what is no value, `.some(nil)` for a value that is not there.
    private static func value(_ json: JSON) -> IndexValue?? {
        switch json {
        case .null: return .some(nil)
        case .object(let members) where members.count == 1:
            switch (members[0].name, members[0].value) {
            case ("n", .integer(let number)): return .number(number)
            case ("r", .string(let digits)):
                return UInt64(digits, radix: 16).map { .some(.real(Double(bitPattern: $0))) } ?? nil
            case ("i", .string(let text)): return Identifier(text, prefix: "x").map { .some(.identifier($0)) } ?? nil
            case ("t", .string(let text)): return .text(text)
            default: return nil
            }
        default: return nil
        }
    }
}

/// Text in a query, percent-encoded.
enum QueryText {
    /// Encodes everything but letters, digits and `-._~` (RFC 3986 §2.3), and the comma and colon that read better.
    static func encode(_ text: String) -> String {
        // Most are ids and words, which stand as they are.
        if text.utf8.allSatisfy(isPlain) { return text }
        var encoded = ""
        for byte in text.utf8 {
            if isPlain(byte) {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: ","), UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
