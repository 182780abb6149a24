/// A JSON value as it was written: whole numbers stay whole, members keep their order.
///
/// Two are equal where they are written alike: texts by their bytes, not by what they look like.
public enum JSON: Sendable, Equatable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without fraction or exponent that fits 64 bits.
    case integer(Int64)
    /// Any other number.
    case number(Double)
    /// A text.
    case string(String)
    /// A list of values.
    case array([JSON])
    /// Members in the order they were written; no name occurs twice.
    case object([Member])

    /// One name and its value.
    public struct Member: Sendable, Equatable {
        /// The member's name.
        public let name: String
        /// The member's value.
        public let value: JSON

        /// A member of an object.
        public init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }

        /// Whether name and value are written alike.
        public static func == (left: Member, right: Member) -> Bool {
            left.name.hasBytes(of: right.name) && left.value == right.value
        }
    }

    /// Whether both are written alike.
    public static func == (left: JSON, right: JSON) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): left.hasBytes(of: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }

    /// The value of a member, or `nil` where this is no object or has no such member.
    public subscript(_ name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The text, or `nil` where this is something else.
    public var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The elements, or `nil` where this is no array.
    public var elements: [JSON]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The members, or `nil` where this is no object.
    public var members: [Member]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// The whole number, or `nil` where this is something else.
    public var wholeNumber: Int64? {
        guard case .integer(let number) = self else { return nil }
        return number
    }

    /// The number, whole or not; `nil` where this is none.
    public var double: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    /// The number that a text is, spelled as JSON spells one; `nil` of any other text.
    public init?(number text: String) {
        // Nothing but a number begins and ends so; JSON may have spaces around it.
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard let first = text.utf8.first, let last = text.utf8.last,
            first == UInt8(ascii: "-") || digits.contains(first), digits.contains(last)
        else { return nil }
        do throws(JSONFault) { self = try JSONParser.parse(Array(text.utf8)) } catch { return nil }
    }

    /// What kind of value this is, in the words a caller reads.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "a whole number"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral, ExpressibleByFloatLiteral
{
    /// A text.
    public init(stringLiteral text: String) { self = .string(text) }
    /// A whole number.
    public init(integerLiteral number: Int64) { self = .integer(number) }
    /// A number.
    public init(floatLiteral number: Double) { self = .number(number) }
    /// A boolean.
    public init(booleanLiteral flag: Bool) { self = .bool(flag) }
    /// An array.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    /// `null`.
    public init(nilLiteral: ()) { self = .null }
    /// An object, in the order given.
    public init(dictionaryLiteral members: (String, JSON)...) {
        self = .object(members.map { Member($0.0, $0.1) })
    }
}

extension String {
    /// Whether it is another text's bytes: `==` finds letters equal that are composed otherwise (`é`).
    public func hasBytes(of other: String) -> Bool { self == other && utf8.elementsEqual(other.utf8) }
}
