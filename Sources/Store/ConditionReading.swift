internal import JSON
/// Conditions as they are written in addresses: `stage=mql`, `stage.in=mql,sql`, `score.gte=50`, `custom.plan=gold`.
extension Condition {
    private static let operators = ["in", "ne", "gt", "gte", "lt", "lte"]

    /// Reads a condition; `nil` where it is none, and the faults say why.
    ///
    /// - Parameters:
    ///   - name: a path, with an operator behind a point or without one.
    ///   - others: names that stand beside conditions, for a hint.
    public init?(name item: String, value: String, of schema: Schema, others: [String], _ faults: inout [Fault]) {
        var name = item
        var comparison: String?
        if let dot = name.lastIndex(of: "."), Self.operators.contains(String(name[name.index(after: dot)...])) {
            comparison = String(name[name.index(after: dot)...])
            name = String(name[..<dot])
        }
        guard let path = schema.path(name), path.field.type.isFilterable else {
            faults.append(Spelling.unknownName(name, at: item, among: schema.filterablePaths + others))
            return nil
        }
        if value == "null" {
            guard comparison == nil || comparison == "ne" else {
                faults.append(Fault(item, "null is compared with = and .ne alone"))
                return nil
            }
            self.init(path, .isMissing(comparison == nil))
        } else if let member = path.member {
            self.init(member: member, at: path, comparison, value, of: schema)
        } else {
            let texts = comparison == "in" ? value.split(separator: ",").map(String.init) : [value]
            let values = texts.compactMap {
                path.field.type.read(queryText: $0)?.indexValue(folding: path.field.isFolded)
            }
            guard values.count == texts.count, !values.isEmpty else {
                faults.append(Fault(item, "must be \(path.field.type.queryExpectation)"))
                return nil
            }
            self.init(path, Self.test(comparison, values))
        }
    }

    /// A condition on a member of a map: what reads as a number is compared as one, and with a text of the same digits.
    private init(member: String, at path: FieldPath, _ comparison: String?, _ value: String, of schema: Schema) {
        let texts = comparison == "in" ? value.split(separator: ",").map(String.init) : [value]
        // The ids of other systems are indexed as name and value in one text.
        if comparison == nil || comparison == "in", let map = schema.path(schema.fields[path.slot].name),
            schema.isIndexed(map)
        {
            self.init(map, .isAny(of: texts.map { .member(member, $0) }))
            return
        }
        let isOrder = comparison.map { ["gt", "gte", "lt", "lte"].contains($0) } ?? false
        let values = texts.flatMap { text -> [IndexValue] in
            guard let number = JSON(number: text)?.double else { return [.text(text.composed)] }
            if isOrder { return [.real(number)] }
            return [.real(number), .text(text.composed)]
        }
        self.init(path, Self.test(comparison, values))
    }

    private static func test(_ comparison: String?, _ values: [IndexValue]) -> Test {
        switch comparison {
        case nil, "in": .isAny(of: values)
        case "ne": .isNone(of: values)
        case "gt": .isWithin(lower: .init(values[0], isInside: false), upper: nil)
        case "gte": .isWithin(lower: .init(values[0], isInside: true), upper: nil)
        case "lt": .isWithin(lower: nil, upper: .init(values[0], isInside: false))
        default: .isWithin(lower: nil, upper: .init(values[0], isInside: true))
        }
    }
}
