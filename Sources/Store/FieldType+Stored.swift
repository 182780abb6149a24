internal import JSON

/// Reads values back from what they were written as.
///
/// Bounds hold for what is posted and are not asked for again: a value that was good when it was written stays when a
/// later version narrows them. What is of another kind than its field is nothing.
extension FieldType {
    /// The value that starts at `place` in a record's JSON.
    func stored(_ bytes: [UInt8], at place: Int) -> Value {
        if bytes[place] == UInt8(ascii: "n") { return .null }
        switch self {
        case .instant, .reference, .day: return storedPlain(bytes, at: place)
        case .object(let fields): return Self.storedObject(bytes, at: place, fields)
        case .references, .texts, .objects: return storedList(bytes, at: place)
        case .text, .email, .url, .choice: if let text = Self.plainText(bytes, at: place) { return .text(text) }
        default: break
        }
        var parser = JSONParser(bytes, range: place..<bytes.count)
        do throws(JSONFault) { return stored(try parser.value()) } catch { return .null }
    }

    /// The whole number that starts at `place` in a record's JSON, of the program's own writing.
    static func storedInteger(_ bytes: [UInt8], at place: Int) -> Int64 {
        var number: Int64 = 0
        var place = place
        while place < bytes.count, bytes[place] &- UInt8(ascii: "0") < 10, number < 1 << 58 {
            number = number * 10 + Int64(bytes[place] - UInt8(ascii: "0"))
            place += 1
        }
        return number
    }

    /// A text that is plain ASCII, as most are, without the parser; `nil` of another.
    private static func plainText(_ bytes: [UInt8], at place: Int) -> String? {
        let written = bytes.span
        guard written[place] == UInt8(ascii: "\"") else { return nil }
        for end in place + 1..<written.count {
            switch written[end] {
            case UInt8(ascii: "\""): return String(decoding: bytes[place + 1..<end], as: UTF8.self)
            case UInt8(ascii: "\\"), 0..<0x20, 0x80...: return nil
            default: continue
            }
        }
        return nil
    }

    /// A text that is never written with escapes, read without making a string.
    private func storedPlain(_ bytes: [UInt8], at place: Int) -> Value {
        let start = place + 1
        guard bytes[place] == UInt8(ascii: "\""),
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\""))
        else { return .null }
        switch self {
        case .instant: return Instant(bytes[start..<end]).map { .instant($0) } ?? .null
        case .reference(let reference):
            return Identifier(bytes[start..<end], prefix: reference.prefix).map { .reference($0) } ?? .null
        default: return stored(String(decoding: bytes[start..<end], as: UTF8.self))
        }
    }

    private static func storedObject(_ bytes: [UInt8], at place: Int, _ fields: [Field]) -> Value {
        var values = fields.map(\.defaultValue)
        var parser = JSONParser(bytes, range: place..<bytes.count)
        var isFirst = true
        var expected = 0
        do throws(JSONFault) {
            try parser.enterObject()
            while let name = try parser.nextNamePlace(isFirst: isFirst) {
                isFirst = false
                let value = try parser.skipValue()
                // Objects are written in the order of the fields, so the next is nearly always the next.
                if expected >= fields.count || !fields[expected].hasName(at: name, in: bytes) {
                    guard let slot = fields.firstIndex(where: { $0.hasName(at: name, in: bytes) }) else { continue }
                    expected = slot
                }
                values[expected] = fields[expected].type.stored(bytes, at: value.lowerBound)
                expected += 1
            }
        } catch {
            return .null
        }
        return .object(values)
    }

    private func storedList(_ bytes: [UInt8], at place: Int) -> Value {
        if bytes[place] == UInt8(ascii: "["), bytes[place + 1] == UInt8(ascii: "]") { return .list([]) }
        let element = element
        var values: [Value] = []
        var isFirst = true
        var parser = JSONParser(bytes, range: place..<bytes.count)
        do throws(JSONFault) {
            try parser.enterArray()
            while try parser.nextElement(isFirst: isFirst) {
                isFirst = false
                let value = element.stored(bytes, at: try parser.skipValue().lowerBound)
                // Nothing is no element: whoever reads one of objects finds their members.
                if case .null = value { continue }
                values.append(value)
            }
        } catch {
            return .null
        }
        return .list(values)
    }

    /// The value of a part of JSON.
    private func stored(_ json: JSON) -> Value {
        switch (self, json) {
        case (.bool, .bool(let flag)): .bool(flag)
        case (.integer, .integer(let number)): .integer(number)
        case (.number, .integer(let number)): .number(Double(number))
        case (.number, .number(let number)): .number(number)
        case (_, .string(let text)): stored(text)
        case (.money, .object): Self.storedMoney(json)
        case (.scalars, .object): .json(json)
        default: .null
        }
    }

    private func stored(_ text: String) -> Value {
        switch self {
        case .text, .email, .url, .choice: .text(text)
        case .instant: Instant(text).map { .instant($0) } ?? .null
        case .day: Day(text).map { .day($0) } ?? .null
        case .reference(let reference):
            Identifier(text, prefix: reference.prefix).map { .reference($0) } ?? .null
        default: .null
        }
    }

    private static func storedMoney(_ json: JSON) -> Value {
        guard let amount = json["amount"]?.wholeNumber, let currency = json["currency"]?.text.flatMap({ Currency($0) })
        else { return .null }
        return .money(Money(amount: amount, currency: currency))
    }
}
