internal import HTTPServer
internal import Store

/// A list's query parameters, understood: `limit`, `after`, `sort`, `fields`, and filters such as `stage.in=mql,sql` or
/// `id.in=lead_…,lead_…`.
struct Listing {
    var query = Query()
    private(set) var fields: [String]?
    /// Whether the answer says how many there are in all.
    private(set) var counts = false
    private let items: [QueryItem]
    private let resource: String

    private static let reserved = ["limit", "after", "sort", "fields", "q", "count"]
    private static let others = reserved + ["id"]

    /// Reads the items.
    ///
    /// - Throws: 400 with every item that is not understood.
    init(_ items: [QueryItem], of schema: Schema) throws(Problem) {
        self.items = items
        resource = schema.name
        var faults = Self.twice(items)
        var cursor: QueryItem?
        for item in items {
            switch item.name {
            case "limit": readLimit(item, &faults)
            case "sort": readSort(item, schema, &faults)
            case "fields": fields = Self.readFields(item, schema, &faults)
            case "after": cursor = item
            case "q": readWords(item, schema, &faults)
            case "count": readCount(item, &faults)
            case "id", "id.in": readIDs(item, schema, &faults)
            case let name where name.hasPrefix("id."): faults.append(Fault(name, "id is compared with = and .in alone"))
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
        var address = path + "?"
        for item in items where item.name != "after" {
            address += QueryText.encode(item.name) + "=" + QueryText.encode(item.value) + "&"
        }
        return address + "after=" + CursorText.encode(cursor, of: list)
    }

    /// What a cursor is of: another order or other filters are another list, of which it says nothing.
    private var list: String {
        let asked = items.compactMap { item -> String? in
            switch item.name {
            case "after", "limit", "fields", "count": nil
            default: item.name + "=" + item.value
            }
        }
        return ([resource] + asked.sorted()).joined(separator: "&")
    }

    // MARK: Items

    /// The parameters that are there twice and cannot be; filters and words narrow a list together.
    private static func twice(_ items: [QueryItem]) -> [Fault] {
        reserved.filter { name in name != "q" && items.count { $0.name == name } > 1 }.map {
            Fault($0, ["sort", "fields"].contains($0) ? "is there twice: give both with a comma" : "is there twice")
        }
    }

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
        guard !item.value.isEmpty else {
            faults.append(Fault("sort", "must name fields, such as sort=-created_at"))
            return
        }
        for part in item.value.split(separator: ",", omittingEmptySubsequences: false) {
            let isDescending = part.hasPrefix("-")
            let name = String(isDescending ? part.dropFirst() : part)
            // Ids order by creation.
            guard let path = schema.path(name == "id" ? "created_at" : name), path.isOrdered(in: schema) else {
                faults.append(Spelling.unknownName(name, at: "sort", among: schema.sortablePaths))
                continue
            }
            query.order.append(SortKey(path, isDescending: isDescending))
        }
    }

    private static func readFields(_ item: QueryItem, _ schema: Schema, _ faults: inout [Fault]) -> [String] {
        let names = item.value.split(separator: ",").map(String.init)
        for name in names where name != "id" && schema.slot(name) == nil {
            faults.append(Spelling.unknownName(name, at: "fields", among: schema.fields.map(\.name)))
        }
        if Set(names).count < names.count { faults.append(Fault("fields", "names a field twice")) }
        return names
    }

    /// Those of several such parameters are what all of them name.
    private mutating func readIDs(_ item: QueryItem, _ schema: Schema, _ faults: inout [Fault]) {
        let texts =
            item.name == "id"
            ? [Substring(item.value)] : item.value.split(separator: ",", omittingEmptySubsequences: false)
        let ids = texts.compactMap { Identifier(String($0), prefix: schema.prefix) }
        guard ids.count == texts.count else {
            faults.append(Fault(item.name, "must be ids of \(schema.name), such as \(schema.prefix)_…"))
            return
        }
        query.ids = query.ids.map { known in known.filter(ids.contains) } ?? ids
    }

    private mutating func readFilter(_ item: QueryItem, _ schema: Schema, _ faults: inout [Fault]) {
        let condition = Condition(name: item.name, value: item.value, of: schema, others: Self.others, &faults)
        if let condition { query.conditions.append(condition) }
    }

    private mutating func readCursor(_ item: QueryItem, _ schema: Schema, _ faults: inout [Fault]) {
        guard let cursor = CursorText.decode(item.value, of: list), cursor.values.count == query.order.count else {
            faults.append(Fault("after", "is no cursor of this list; take the address in next as it is"))
            return
        }
        query.after = cursor
    }
}

extension Schema {
    /// Every path that a list can be sorted by.
    var sortablePaths: [String] { filterablePaths.filter { path($0)?.isOrdered(in: self) ?? false } }
}
