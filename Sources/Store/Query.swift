/// What a list asks for: conditions that all hold, an order, a place to go on from, and how many.
public struct Query: Sendable {
    /// The only records that may be found; `nil` where all may.
    public var ids: [Identifier]?
    /// What must hold.
    public var conditions: [Condition]
    /// Words that each begin a word of the searched fields, in lower case.
    public var words: [String]
    /// Whether the asker may see a record; `nil` where all are seen.
    public var sees: (@Sendable (Record) -> Bool)?
    /// The order; after it, and without one, that of the ids.
    public var order: [SortKey]
    /// The last record of the page before.
    public var after: Cursor?
    /// The most records of a page.
    public var limit: Int

    /// A query.
    public init(
        ids: [Identifier]? = nil, conditions: [Condition] = [], words: [String] = [], order: [SortKey] = [],
        after: Cursor? = nil, limit: Int = 50
    ) {
        self.ids = ids
        self.conditions = conditions
        self.words = words
        self.order = order
        self.after = after
        self.limit = limit
    }
}

extension Query {
    /// Whether there is nothing that a record could fail.
    var asksForAll: Bool { ids == nil && conditions.isEmpty && words.isEmpty && sees == nil }

    /// The words of what somebody typed, as ``words`` has them.
    public static func words(of text: String) -> [String] { Words.split(text) }
}

/// One condition of a query.
public struct Condition: Sendable {
    /// How values are compared.
    public enum Test: Sendable {
        /// One of the values; in a list, any of its elements.
        case isAny(of: [IndexValue])
        /// None of the values.
        case isNone(of: [IndexValue])
        /// Within bounds.
        case isWithin(lower: Bound?, upper: Bound?)
        /// There is no value, or there is one.
        case isMissing(Bool)
    }

    /// An end of a range.
    public struct Bound: Sendable {
        /// The value at the end.
        public let value: IndexValue
        /// Whether the end itself is inside.
        public let isInside: Bool

        /// An end.
        public init(_ value: IndexValue, isInside: Bool) {
            self.value = value
            self.isInside = isInside
        }
    }

    /// What is compared.
    public let path: FieldPath
    /// How.
    public let test: Test
    /// The wanted texts as they stand in JSON, where comparing those is enough: it costs a tenth of reading the value.
    private let texts: [[UInt8]]?

    /// A condition.
    public init(_ path: FieldPath, _ test: Test) {
        self.path = path
        self.test = test
        texts = Self.texts(path, test)
    }

    private static func texts(_ path: FieldPath, _ test: Test) -> [[UInt8]]? {
        guard case .choice = path.field.type, path.part == nil, path.member == nil, case .isAny(let values) = test
        else {
            return nil
        }
        return values.map { value in
            guard case .text(let word) = value else { return [] }
            return Array("\"\(word)\"".utf8)
        }
    }

    /// Whether it compares texts by their order.
    public var isRangeOfTexts: Bool {
        guard case .isWithin(let lower, let upper) = test else { return false }
        return [lower, upper].contains { bound in
            if case .text? = bound?.value { true } else { false }
        }
    }

    /// Whether it holds for a record.
    public func holds(for record: Record) -> Bool {
        if let texts { return record.isText(at: path.slot, anyOf: texts) }
        switch test {
        case .isAny, .isNone: return holds(for: path.exactValues(in: record))
        case .isWithin, .isMissing: return holds(for: path.indexValues(in: record))
        }
    }

    /// Whether it holds where a value stands in the field.
    public func holds(for value: Value) -> Bool { holds(for: path.indexValues(of: value)) }

    private func holds(for values: [IndexValue]) -> Bool {
        switch test {
        case .isAny(let wanted): return values.contains { wanted.contains($0) }
        case .isNone(let unwanted): return !values.contains { unwanted.contains($0) }
        case .isMissing(let isMissing): return values.isEmpty == isMissing
        case .isWithin(let lower, let upper):
            return values.contains { value in
                // In a map a number and a text can stand under one name, and neither is greater.
                value.isOfKind(lower?.value ?? upper?.value)
                    && (lower.map { $0.isInside ? value >= $0.value : value > $0.value } ?? true)
                    && (upper.map { $0.isInside ? value <= $0.value : value < $0.value } ?? true)
            }
        }
    }
}

/// One key of an order.
public struct SortKey: Sendable {
    /// What is sorted by.
    public let path: FieldPath
    /// Whether the greatest comes first.
    public let isDescending: Bool

    /// A key.
    public init(_ path: FieldPath, isDescending: Bool) {
        self.path = path
        self.isDescending = isDescending
    }

    /// Of how many bytes of a text an order takes account, so that a cursor with some of them fits into an address.
    private static let textBytesMax = 240

    /// The value a record is sorted by, of a long text its beginning; nothing sorts before everything.
    func value(of record: Record) -> IndexValue? {
        let value = path.value(in: record).indexValue(folding: path.field.isFolded)
        guard case .text(let text) = value, text.utf8.count > Self.textBytesMax else { return value }
        var end = text.utf8.index(text.startIndex, offsetBy: Self.textBytesMax)
        while UTF8.isContinuation(text.utf8[end]) { text.utf8.formIndex(before: &end) }
        return .text(String(text[..<end]))
    }
}

/// A place in an order: the sort keys' values of a record, and its id.
public struct Cursor: Sendable {
    /// The values the record is sorted by.
    public let values: [IndexValue?]
    /// The record.
    public let id: Identifier

    /// A place.
    public init(values: [IndexValue?], id: Identifier) {
        self.values = values
        self.id = id
    }
}

/// Some of the records that a query asks for.
public struct Page: Sendable {
    /// The records, in order.
    public let records: [Record]
    /// Where the next page goes on, or `nil` when this is the last.
    public let next: Cursor?
}
