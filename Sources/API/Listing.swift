internal import HTTPServer
internal import Store

/// A list's query parameters, understood: `limit`, `after`, `sort`, `fields`, and filters such as `stage.in=mql,sql`.
struct Listing {
    var query = Query()
    private(set) var fields: [String]?
    /// Whether the answer says how many there are in all.
    private(set) var counts = false
    private let items: [QueryItem]

    private static let reserved = ["limit", "after", "sort", "fields", "q", "count"]
    private static let operators = ["in", "ne", "gt", "gte", "lt", "lte"]

    /// Reads the items.
    ///
    /// - Throws: 400 with every item that is not understood.
    init(_ items: [QueryItem], of schema: Schema) throws(Problem) {
        self.items = items
        var faults: [Fault] = []
        var cursor: QueryItem?
        for item in items {
            switch item.name {
            case "limit": readLimit(item, &faults)
            case "sort": readSort(item, schema, &faults)
            case "fields": fields = Self.readFields(item, schema, &faults)
            case "after": cursor = item
            case "q": readWords(item, schema, &faults)
            case "count": readCount(item, &faults)
            default: readFilter(item, schema, &faults)
            }
        }
        // The cursor holds a value for each sort key, so it is read when they are known.
        if let cursor { readCursor(cursor, schema, &faults) }
        guard faults.isEmpty else { throw Problem(queryFaults: faults) }
    }

    /// The fields asked for, where nothing else may be.
    static func fields(_ items: [QueryItem], of schema: Schema) throws(Problem) -> [String]? {
        var faults: [Fault] = []
        var fields: [String]?
        for item in items {
            if item.name == "fields" {
                fields = readFields(item, schema, &faults)
            } else {
                faults.append(Fault(item.name, "there is no such parameter here; there is fields"))
            }
        }
        guard faults.isEmpty else { throw Problem(queryFaults: faults) }
        return fields
    }

    /// The address of the page that follows.
    func address(after cursor: Cursor, path: String) -> String {
        let others = items.filter { $0.name != "after" }.map {
            "\(QueryText.encode($0.name))=\(QueryText.encode($0.value))"
        }
        return "\(path)?\((others + ["after=\(CursorText.encode(cursor))"]).joined(separator: "&"))"
    }

    // MARK: Items

    private mutating func readLimit(_ item: QueryItem, _ faults: inout [Fault]) {
        guard let limit = Int(item.value), (1...500).contains(limit), !item.value.hasPrefix("+") else {
            faults.append(Fault("limit", "must be a number from 1 to 500"))
            return
        }
        query.limit = limit
    }

    private mutating func readWords(_ item: QueryItem, _ schema: Schema, _ faults: inout [Fault]) {
        guard schema.isSearched else {
            faults.append(Fault("q", "\(schema.name) have no words to search"))
            return
        }
        let words = Query.words(of: item.value)
        if words.isEmpty { faults.append(Fault("q", "must have a word, such as q=ada")) }
        query.words += words
    }

    private mutating func readCount(_ item: QueryItem, _ faults: inout [Fault]) {
        counts = item.value == "true"
        if !["true", "false"].contains(item.value) { faults.append(Fault("count", "must be true or false")) }
    }

    private mutating func readSort(_ item: QueryItem, _ schema: Schema, _ faults: inout [Fault]) {
        for part in item.value.split(separator: ",", omittingEmptySubsequences: false) {
            let isDescending = part.hasPrefix("-")
            let name = String(isDescending ? part.dropFirst() : part)
            // Ids order by creation.
            guard let path = schema.path(name == "id" ? "created_at" : name), path.field.type.isOrdered else {
                faults.append(Self.unknown("sort", name, among: schema.sortablePaths))
                continue
            }
            query.order.append(SortKey(path, isDescending: isDescending))
        }
    }

    private static func readFields(_ item: QueryItem, _ schema: Schema, _ faults: inout [Fault]) -> [String] {
        let names = item.value.split(separator: ",").map(String.init)
        for name in names where name != "id" && schema.slot(name) == nil {
            faults.append(unknown("fields", name, among: schema.fields.map(\.name)))
        }
        return names
    }

    private mutating func readFilter(_ item: QueryItem, _ schema: Schema, _ faults: inout [Fault]) {
        var name = item.name
        var comparison: String?
        if let dot = name.lastIndex(of: "."), Self.operators.contains(String(name[name.index(after: dot)...])) {
            comparison = String(name[name.index(after: dot)...])
            name = String(name[..<dot])
        }
        if let path = schema.path(name), path.member != nil {
            return readMemberFilter(item, path, comparison, schema, &faults)
        }
        guard let path = schema.path(name), path.field.type.isFilterable else {
            faults.append(Self.unknown(item.name, name, among: schema.filterablePaths + Self.reserved))
            return
        }
        var values: [IndexValue] = []
        let isNull = item.value == "null"
        for text in comparison == "in" ? item.value.split(separator: ",").map(String.init) : [item.value] where !isNull
        {
            guard let value = path.field.type.read(queryText: text)?.indexValue(folding: path.field.isFolded) else {
                faults.append(Fault(item.name, "must be \(path.field.type.expectation)"))
                return
            }
            values.append(value)
        }
        guard let test = Self.test(comparison, values, isNull: isNull) else {
            faults.append(Fault(item.name, "null is compared with = and .ne alone"))
            return
        }
        query.conditions.append(Condition(path, test))
    }

    /// A filter on a member of a map: what reads as a number is compared as one, and with a text of the same digits.
    private mutating func readMemberFilter(
        _ item: QueryItem, _ path: FieldPath, _ comparison: String?, _ schema: Schema, _ faults: inout [Fault]
    ) {
        if item.value == "null" {
            guard let test = Self.test(comparison, [], isNull: true) else {
                faults.append(Fault(item.name, "null is compared with = and .ne alone"))
                return
            }
            query.conditions.append(Condition(path, test))
            return
        }
        let texts = comparison == "in" ? item.value.split(separator: ",").map(String.init) : [item.value]
        // The ids of other systems are indexed as name and value in one text.
        if comparison == nil || comparison == "in", let member = path.member,
            let map = schema.path(schema.fields[path.slot].name),
            schema.isIndexed(map)
        {
            query.conditions.append(Condition(map, .isAny(of: texts.map { .member(member, $0) })))
            return
        }
        let isOrder = comparison.map { ["gt", "gte", "lt", "lte"].contains($0) } ?? false
        let values = texts.flatMap { text -> [IndexValue] in
            guard let number = Double(text) else { return [.text(text)] }
            return isOrder ? [.real(number)] : [.real(number), .text(text)]
        }
        guard let test = Self.test(comparison, values, isNull: false) else { return }
        query.conditions.append(Condition(path, test))
    }

    private static func test(_ comparison: String?, _ values: [IndexValue], isNull: Bool) -> Condition.Test? {
        if isNull {
            return comparison == nil ? .isMissing(true) : comparison == "ne" ? .isMissing(false) : nil
        }
        switch comparison {
        case nil, "in": return .isAny(of: values)
        case "ne": return .isNone(of: values)
        case "gt": return .isWithin(lower: .init(values[0], isInside: false), upper: nil)
        case "gte": return .isWithin(lower: .init(values[0], isInside: true), upper: nil)
        case "lt": return .isWithin(lower: nil, upper: .init(values[0], isInside: false))
        default: return .isWithin(lower: nil, upper: .init(values[0], isInside: true))
        }
    }

    private mutating func readCursor(_ item: QueryItem, _ schema: Schema, _ faults: inout [Fault]) {
        guard let cursor = CursorText.decode(item.value), cursor.values.count == query.order.count else {
            faults.append(Fault("after", "is no cursor of this list; take the address in next as it is"))
            return
        }
        query.after = cursor
    }

    private static func unknown(_ parameter: String, _ name: String, among names: [String]) -> Fault {
        let hint = Spelling.nearest(to: name, among: names).map { "; did you mean \($0)?" }
        return Fault(parameter, "there is no \(name) here" + (hint ?? "; there are \(names.joined(separator: ", "))"))
    }
}

extension Schema {
    /// Every path that a list can be sorted by.
    var sortablePaths: [String] { filterablePaths.filter { path($0)?.field.type.isOrdered ?? false } }
}
