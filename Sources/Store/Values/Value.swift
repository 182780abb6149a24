internal import Foundation
public import JSON

/// What a record holds in one field; two are equal where they are written alike.
public enum Value: Sendable, Equatable {
    /// Nothing.
    case null
    /// A flag.
    case bool(Bool)
    /// A whole number.
    case integer(Int64)
    /// A number.
    case number(Double)
    /// A text.
    case text(String)
    /// A moment.
    case instant(Instant)
    /// A day.
    case day(Day)
    /// An amount of money.
    case money(Money)
    /// Another record.
    case reference(Identifier)
    /// The values of an object, in the order of its declared fields.
    case object([Value])
    /// Several values.
    case list([Value])
    /// A value without a declaration of its own.
    case json(JSON)

    /// Whether both are written alike, texts by their bytes.
    public static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.text(let left), .text(let right)): left.hasBytes(of: right)
        case (.instant(let left), .instant(let right)): left == right
        case (.day(let left), .day(let right)): left == right
        case (.money(let left), .money(let right)): left == right
        case (.reference(let left), .reference(let right)): left == right
        case (.object(let left), .object(let right)), (.list(let left), .list(let right)): left == right
        case (.json(let left), .json(let right)): left == right
        default: false
        }
    }

    /// Whether there is nothing.
    public var isNull: Bool {
        if case .null = self { return true }
        return false
    }

    /// The text, where it is one.
    public var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    /// The whole number, where it is one.
    public var whole: Int64? {
        guard case .integer(let number) = self else { return nil }
        return number
    }

    /// The number, whole or not, where it is one.
    public var double: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    /// The moment, where it is one.
    public var instant: Instant? {
        guard case .instant(let instant) = self else { return nil }
        return instant
    }

    /// The record referred to, where it is a reference.
    public var reference: Identifier? {
        guard case .reference(let id) = self else { return nil }
        return id
    }

    /// The money, where it is some.
    public var money: Money? {
        guard case .money(let money) = self else { return nil }
        return money
    }

    /// The values of a list, none where it is no list.
    public var elements: [Value] {
        guard case .list(let elements) = self else { return [] }
        return elements
    }

    /// The value of a field of an object, or of each object of a list.
    func part(_ place: Int) -> Value {
        switch self {
        case .object(let parts): parts[place]
        case .list(let elements): .list(elements.map { $0.part(place) })
        default: .null
        }
    }

    /// The values of an object's fields, none where it is no object.
    public var parts: [Value] {
        guard case .object(let parts) = self else { return [] }
        return parts
    }
}

/// A value as indexes, filters and sorting see it.
public enum IndexValue: Sendable, Hashable, Comparable {
    /// Nothing, which comes before everything.
    case missing
    /// A flag, whole number, moment, day or amount.
    case number(Int64)
    /// A number with a fraction.
    case real(Double)
    /// Another record.
    case identifier(Identifier)
    /// A text in Unicode's composed form, folded to lower case where its field says so.
    case text(String)
}

extension IndexValue {
    /// Whether both are the same; texts by their bytes.
    public static func == (left: IndexValue, right: IndexValue) -> Bool {
        switch (left, right) {
        case (.missing, .missing): true
        case (.number(let left), .number(let right)): left == right
        case (.real(let left), .real(let right)): left == right
        case (.identifier(let left), .identifier(let right)): left == right
        case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
        default: false
        }
    }

    /// Whether the first comes before the second; texts by their bytes, as indexes have them: of texts that are composed
    /// otherwise `String` finds neither before the other, and not both the same.
    public static func < (left: IndexValue, right: IndexValue) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)): left < right
        case (.real(let left), .real(let right)): left < right
        case (.identifier(let left), .identifier(let right)): left < right
        case (.text(let left), .text(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        default: left.kindOrder < right.kindOrder
        }
    }

    private var kindOrder: Int {
        switch self {
        case .missing: 0
        case .number: 1
        case .real: 2
        case .identifier: 3
        case .text: 4
        }
    }

    /// A member of a map as its index holds it: name and value in one text, which no other member has.
    public static func member(_ name: String, _ value: String) -> IndexValue {
        .text("\(name.replacing("\\", with: "\\\\").replacing("=", with: "\\="))=\(value)".composed)
    }

    /// Whether both are numbers, texts, or ids.
    func isOfKind(_ other: IndexValue?) -> Bool {
        switch (self, other) {
        case (.number, .number), (.real, .real), (.text, .text), (.identifier, .identifier), (_, nil): true
        default: false
        }
    }
}

extension Value {
    /// The value as an index holds it; several for a list, none for nothing and for what has no order.
    func indexValues(folding: Bool) -> [IndexValue] {
        if case .list(let elements) = self { return elements.compactMap { $0.indexValue(folding: folding) } }
        if case .json(.object(let members)) = self {
            return members.map { .member($0.name, Self.text($0.value)) }
        }
        return indexValue(folding: folding).map { [$0] } ?? []
    }

    /// A number as it is written, so that 7 and "7" are one id of another system.
    private static func text(_ scalar: JSON) -> String {
        scalar.text ?? String(decoding: JSONWriter.encode(scalar), as: UTF8.self)
    }

    /// The values by which a record can be found; several for a list or a map.
    public func keyValues(folding: Bool) -> [IndexValue] { indexValues(folding: folding) }

    /// The value as an index holds it, or `nil` for nothing, lists, and what has no order.
    public func indexValue(folding: Bool = false) -> IndexValue? {
        switch self {
        case .bool(let flag): .number(flag ? 1 : 0)
        case .integer(let number): .number(number)
        case .number(let number): .real(number)
        case .text(let text): .text((folding ? text.lowercased() : text).composed)
        case .instant(let instant): .number(instant.milliseconds)
        case .day(let day): .number(Int64(day.number))
        case .money(let money): .number(money.amount)
        case .reference(let id): .identifier(id)
        case .null, .object, .list, .json: nil
        }
    }

    /// The value as an index has it, or `nil` for nothing, lists, and what has no order.
    func indexKey(folding: Bool) -> IndexKey? {
        switch self {
        case .bool(let flag): IndexKey(number: flag ? 1 : 0)
        case .integer(let number): IndexKey(number: number)
        case .number(let number): IndexKey(real: number)
        case .text(let text): folding ? IndexKey(folding: text) : IndexKey(text)
        case .instant(let instant): IndexKey(number: instant.milliseconds)
        case .day(let day): IndexKey(number: Int64(day.number))
        case .money(let money): IndexKey(number: money.amount)
        case .reference(let id): IndexKey(id)
        case .null, .object, .list, .json: nil
        }
    }

    /// Visits the value as an index has it: each element of a list, each member of a map.
    func forEachIndexKey(folding: Bool, _ body: (IndexKey) -> Void) {
        switch self {
        case .list(let elements):
            for element in elements { if let key = element.indexKey(folding: folding) { body(key) } }
        case .json: for value in indexValues(folding: folding) { body(IndexKey(value)) }
        default: if let key = indexKey(folding: folding) { body(key) }
        }
    }
}

extension Int64 {
    /// Whether a `Double` may not tell it from its neighbours.
    var isBeyondDouble: Bool { magnitude >= 1 << (Double.significandBitCount + 1) }
}

extension String {
    /// The text in Unicode's composed form (NFC), which most are in.
    var composed: String {
        // What is composed otherwise has a scalar from U+0300 on, whose first byte is no less.
        utf8.contains { $0 >= 0xCC } ? precomposedStringWithCanonicalMapping : self
    }
}
