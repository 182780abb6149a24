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
        case .object(let fields): return storedObject(bytes, at: place, fields)
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

    private func storedObject(_ bytes: [UInt8], at place: Int, _ fields: [Field]) -> Value {
        .object(
            fields.map { field in
                field.find(inObjectAt: place, of: bytes).map { field.type.stored(bytes, at: $0) } ?? field.defaultValue
            })
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
        case (.object(let fields), .object(let members)): .object(Self.storedParts(members, fields))
        case (.scalars, .object): .json(json)
        case (.references, .array(let elements)), (.texts, .array(let elements)), (.objects, .array(let elements)):
            .list(elements.map { element.stored($0) })
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

    private static func storedParts(_ members: [JSON.Member], _ fields: [Field]) -> [Value] {
        fields.map { field in
            guard let member = members.first(where: { $0.name == field.name }) else { return field.defaultValue }
            return field.type.stored(member.value)
        }
    }
}
