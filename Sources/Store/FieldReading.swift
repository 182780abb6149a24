public import JSON

/// What is wrong in an input, and where.
public struct Fault: Sendable, Equatable {
    /// A JSON pointer (RFC 6901) into the input, or a query parameter's name.
    public let pointer: String
    /// What is wrong and what would be right.
    public let detail: String

    /// A fault.
    public init(_ pointer: String, _ detail: String) {
        self.pointer = pointer
        self.detail = detail
    }

    /// The pointer to a member, its name escaped (RFC 6901 §3) since a client may call it anything.
    static func pointer(_ parent: String, _ name: String) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
            return "\(parent)/\(name)"
        }
        return "\(parent)/" + name.replacing("~", with: "~0").replacing("/", with: "~1")
    }
}

extension FieldType {
    /// Reads a value as it is posted; each fault goes to `faults` with its place.
    public func read(_ json: JSON, at pointer: String, _ faults: inout [Fault]) -> Value {
        if case .null = json { return .null }
        guard let value = readPresent(json, at: pointer, &faults) else {
            faults.append(Fault(pointer, "must be \(expectation), not \(json.kind)"))
            return .null
        }
        return value
    }

    /// Reads a value as it stands in a query.
    public func read(queryText text: String) -> Value? {
        var faults: [Fault] = []
        let json: JSON
        switch self {
        case .bool: json = text == "true" ? true : text == "false" ? false : .string(text)
        case .integer, .number: json = JSON(number: text) ?? .string(text)
        case .money: return JSON(number: text)?.wholeNumber.map { .integer($0) }
        case .references(let reference, _): return FieldType.reference(reference).read(queryText: text)
        case .texts: json = .string(text)
        case .email: return .text(text)
        default: json = .string(text)
        }
        if case .texts = self { return .text(text) }
        let value = read(json, at: "", &faults)
        return faults.isEmpty ? value : nil
    }

    /// What a filter takes, in words.
    var queryExpectation: String {
        switch self {
        case .money: "a whole number of minor units, such as 125000"
        case .references(let reference, _): FieldType.reference(reference).expectation
        default: expectation
        }
    }

    /// What is taken, in words.
    public var expectation: String {
        switch self {
        case .text(let max): "a string of at most \(max) characters"
        case .email: "an e-mail address such as \"ada@example.com\""
        case .url: "a web address such as \"https://example.com/a\""
        case .bool: "true or false"
        case .integer(let bounds):
            bounds.upperBound == .max
                ? "a whole number from \(bounds.lowerBound)"
                : "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
        case .number(let bounds): "a number from \(bounds.lowerBound) to \(bounds.upperBound)"
        case .instant: "a time such as \"2026-01-31T09:00:00Z\""
        case .day: "a date such as \"2026-01-31\""
        case .money: "{\"amount\": whole minor units, \"currency\": an ISO 4217 code such as \"EUR\"}"
        case .choice(let words): "one of \(words.map { "\"\($0)\"" }.joined(separator: ", "))"
        case .reference(let reference): "the id of one of the \(reference.resource), such as \"\(reference.prefix)_…\""
        case .references(let reference, let max): "an array of at most \(max) ids of \(reference.resource)"
        case .texts(let max, nil): "an array of at most \(max) strings"
        case .texts(let max, let words?): "an array of at most \(max), each \(FieldType.choice(words).expectation)"
        case .object(let fields): "an object with \(fields.map(\.name).joined(separator: ", "))"
        case .objects: "an array of objects"
        case .scalars: "an object of at most 50 strings of at most 1000 bytes, numbers and booleans"
        }
    }

    /// `nil` where the kind of value is another; what is wrong inside goes to `faults`.
    private func readPresent(_ json: JSON, at pointer: String, _ faults: inout [Fault]) -> Value? {
        switch (self, json) {
        case (.bool, .bool(let flag)): return .bool(flag)
        case (.integer(let bounds), .integer(let number)):
            return bounds.contains(number) ? .integer(number) : refuse(pointer, &faults)
        case (.number(let bounds), .integer(let number)):
            return bounds.contains(Double(number)) ? .number(Double(number)) : refuse(pointer, &faults)
        case (.number(let bounds), .number(let number)):
            return bounds.contains(number) ? .number(number) : refuse(pointer, &faults)
        case (_, .string(let text)): return readText(text, at: pointer, &faults)
        case (.money, .object(let members)): return readMoney(members, at: pointer, &faults)
        case (.object(let fields), .object(let members)):
            return .object(FieldType.readMembers(members, fields: fields, at: pointer, &faults))
        case (.scalars, .object(let members)): return readScalars(members, at: pointer, &faults)
        case (.references, .array(let elements)), (.texts, .array(let elements)), (.objects, .array(let elements)):
            return readList(elements, at: pointer, &faults)
        default: return nil
        }
    }

    private func refuse(_ pointer: String, _ faults: inout [Fault]) -> Value {
        faults.append(Fault(pointer, "must be \(expectation)"))
        return .null
    }

    private static func refuseNUL(_ pointer: String, _ faults: inout [Fault]) {
        faults.append(Fault(pointer, "must not have the character U+0000"))
    }

    private func readText(_ text: String, at pointer: String, _ faults: inout [Fault]) -> Value? {
        if text.utf8.contains(0) {
            Self.refuseNUL(pointer, &faults)
            return .null
        }
        switch self {
        case .text(let max):
            // Code points, as JSON Schema counts: one `Character` may have a megabyte of accents. Bytes bound them
            // from above, and counting those costs nothing.
            guard text.utf8.count <= max || text.unicodeScalars.count <= max else { return refuse(pointer, &faults) }
            return .text(text)
        case .email: return Self.isEmail(text) ? .text(text) : refuse(pointer, &faults)
        case .url:
            let isURL = text.hasPrefix("https://") || text.hasPrefix("http://") || text.hasPrefix("/")
            return isURL && text.utf8.count <= 2048 ? .text(text) : refuse(pointer, &faults)
        case .instant: return Instant(text).map { .instant($0) } ?? refuse(pointer, &faults)
        case .day: return Day(text).map { .day($0) } ?? refuse(pointer, &faults)
        case .choice(let words):
            if words.contains(text) { return .text(text) }
            let hint = Spelling.nearest(to: text, among: words).map { "; did you mean \"\($0)\"?" } ?? ""
            faults.append(Fault(pointer, "must be \(expectation)\(hint)"))
            return .null
        case .reference(let reference):
            return Identifier(text, prefix: reference.prefix).map { .reference($0) } ?? refuse(pointer, &faults)
        default: return nil
        }
    }

    private func readMoney(_ members: [JSON.Member], at pointer: String, _ faults: inout [Fault]) -> Value {
        let faultCount = faults.count
        var amount: Int64?
        var currency: Currency?
        for member in members {
            switch (member.name, member.value) {
            case ("amount", .integer(let number)): amount = number
            case ("currency", .string(let code)): currency = Currency(code)
            case ("amount", _), ("currency", _): break
            default: faults.append(Fault(Fault.pointer(pointer, member.name), "there is no such member"))
            }
        }
        if amount == nil {
            faults.append(
                Fault("\(pointer)/amount", "must be a whole number of minor units, such as 125000 for 1,250.00"))
        }
        if let amount, amount.magnitude > Money.amountMax {
            faults.append(Fault("\(pointer)/amount", "must be from -\(Money.amountMax) to \(Money.amountMax)"))
        }
        if currency == nil {
            faults.append(Fault("\(pointer)/currency", "must be an ISO 4217 code such as \"EUR\""))
        }
        guard faults.count == faultCount, let amount, let currency else { return .null }
        return .money(Money(amount: amount, currency: currency))
    }

    private func readScalars(_ members: [JSON.Member], at pointer: String, _ faults: inout [Fault]) -> Value {
        guard members.count <= 50 else { return refuse(pointer, &faults) }
        for member in members where member.value != .null {
            let name = member.name.utf8
            if !(1...100).contains(name.count) || name.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
                faults.append(Fault(pointer, "takes names of 1 to 100 bytes without control characters"))
            }
            switch member.value {
            case .array, .object:
                faults.append(
                    Fault(Fault.pointer(pointer, member.name), "must be a string, a number, a boolean or null"))
            case .string(let text) where text.utf8.contains(0):
                Self.refuseNUL(Fault.pointer(pointer, member.name), &faults)
            case .string(let text) where text.utf8.count > 1000:
                faults.append(Fault(Fault.pointer(pointer, member.name), "must be at most 1000 bytes"))
            case .number(let number) where number.magnitude >= 0x1p63:
                // As a number it would come back as another.
                faults.append(
                    Fault(Fault.pointer(pointer, member.name), "is more than is kept exactly; send it as a string"))
            default: break
            }
        }
        return .json(.object(members.filter { $0.value != .null }))
    }

    private func readList(_ elements: [JSON], at pointer: String, _ faults: inout [Fault]) -> Value {
        let element: FieldType
        let countMax: Int
        switch self {
        case .references(let reference, let max): (element, countMax) = (.reference(reference), max)
        case .texts(let max, let words): (element, countMax) = (words.map { .choice($0) } ?? .text(max: 200), max)
        case .objects(let fields): (element, countMax) = (.object(fields), 10_000)
        default: return .null
        }
        guard elements.count <= countMax else { return refuse(pointer, &faults) }
        return .list(
            elements.enumerated().map { index, json in
                if case .null = json { return refuse("\(pointer)/\(index)", &faults) }
                return element.read(json, at: "\(pointer)/\(index)", &faults)
            })
    }

    /// Reads the members of an object by its declared fields.
    public static func readMembers(
        _ members: [JSON.Member], fields: [Field], at pointer: String, _ faults: inout [Fault]
    ) -> [Value] {
        var values = fields.map(\.defaultValue)
        for member in members {
            guard let slot = fields.firstIndex(where: { $0.name == member.name }) else {
                faults.append(Spelling.unknownMember(member.name, among: fields.map(\.name), at: pointer))
                continue
            }
            values[slot] = fields[slot].type.read(member.value, at: Fault.pointer(pointer, member.name), &faults)
        }
        for (slot, field) in fields.enumerated() where field.isRequired && values[slot].isNull {
            let place = "\(pointer)/\(field.name)"
            if !faults.contains(where: { $0.pointer == place }) { faults.append(Fault(place, "is required")) }
        }
        return values
    }

    /// One @, something before it, and a name with a dot behind it; what is stricter refuses real addresses.
    private static func isEmail(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard bytes.count <= 254 else { return false }
            var at: Int?
            var lastDot: Int?
            for place in bytes.indices {
                let byte = unsafe bytes[place]
                switch byte {
                case 0...0x20, 0x7F, UInt8(ascii: ","), UInt8(ascii: "\""): return false
                case UInt8(ascii: "@"):
                    guard at == nil, place > 0 else { return false }
                    (at, lastDot) = (place, nil)
                case UInt8(ascii: "."):
                    // Each label of the name has something in it.
                    guard let at else { continue }
                    guard place > (lastDot ?? at) + 1 else { return false }
                    lastDot = place
                default: break
                }
            }
            return lastDot.map { $0 < bytes.count - 1 } ?? false
        }
    }
}

extension Field {
    /// Reads the value that comes next, as it is posted, mostly without making a value of JSON of it; `nil` where there is a
    /// fault in it.
    public func readPlain(_ parser: inout JSONParser, _ bytes: [UInt8]) throws(JSONFault) -> Value? {
        let json: JSON
        if let place = parser.nextPlainText() {
            switch type {
            case .reference(let reference):
                return Identifier(bytes[place], prefix: reference.prefix).map { .reference($0) }
            case .instant: return Instant(bytes[place]).map { .instant($0) }
            default: json = .string(String(decoding: bytes[place], as: UTF8.self))
            }
        } else {
            json = try parser.value()
        }
        if json == .null { return nullValue }
        var faults: [Fault] = []
        let value = type.read(json, at: pointer, &faults)
        return faults.isEmpty ? value : nil
    }
}

/// Finds the word that was meant.
public enum Spelling {
    /// The word nearest to `text`, where one is near.
    public static func nearest(to text: String, among words: [String]) -> String? {
        let scored = words.map { (word: $0, distance: distance(text.lowercased(), $0.lowercased())) }
        guard let best = scored.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(1, text.count / 3) ? best.word : nil
    }

    /// The fault of a member that is not declared.
    public static func unknownMember(_ name: String, among names: [String], at pointer: String) -> Fault {
        let hint = nearest(to: name, among: names).map { "; did you mean \"\($0)\"?" }
        return Fault(
            Fault.pointer(pointer, name),
            "there is no such member" + (hint ?? "; there are \(names.joined(separator: ", "))"))
    }

    /// The fault of a name that there is not.
    public static func unknownName(_ name: String, at place: String, among names: [String]) -> Fault {
        let hint = nearest(to: name, among: names).map { "; did you mean \($0)?" }
        return Fault(place, "there is no \(name) here" + (hint ?? "; there are \(names.joined(separator: ", "))"))
    }

    /// Damerau's distance, in which two letters in the other's place are one mistake (optimal string alignment).
    private static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.utf8.prefix(64))
        let right = Array(right.utf8.prefix(64))
        var rows = [Array(0...right.count)]
        for (i, a) in left.enumerated() {
            var row = [i + 1]
            for (j, b) in right.enumerated() {
                var least = min(rows[i][j] + (a == b ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a == right[j - 1], left[i - 1] == b { least = min(least, rows[i - 1][j - 1] + 1) }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
