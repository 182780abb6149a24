internal import JSON
internal import Store

/// How the columns of another system become the members of a resource.
///
/// ```json
/// {"key": "name",
///  "members": {
///    "name": "opportunity",
///    "stage": {"column": "deal_stage", "values": {"Won": "won", "Engaging": "qualified"}},
///    "amount": {"first_of": [{"column": "value", "money": "USD"}, {"column": "product", "values": {"X": "55"}, "only": true, "money": "USD"}]},
///    "owner_id": {"column": "agent", "find": {"resource": "users", "by": "name"}},
///    "lost_reason": {"constant": "not recorded", "when": {"deal_stage": ["Lost"]}}
///  }}
/// ```
public struct ImportMap: Sendable {
    private let schema: Schema
    private let key: String?
    private let rules: [Rule]

    /// How one member gets its value.
    private struct Rule: Sendable {
        let path: FieldPath
        let name: String
        let sources: [Source]
    }

    private struct Source: Sendable {
        var column: String?
        var constant: JSON?
        /// Other names of the same thing, put right before anything else.
        var rename: [String: JSON] = [:]
        /// What a cell becomes; others stay as they are, or are nothing where `isOnly`.
        var values: [String: JSON] = [:]
        var isOnly = false
        var money: Currency?
        var find: (resource: String, by: String)?
        var when: (column: String, values: [String])?
    }

    /// Reads a map.
    init(_ json: JSON, for schema: Schema, _ faults: inout [Fault]) {
        self.schema = schema
        for member in json.members ?? [] where !["key", "members"].contains(member.name) {
            faults.append(Spelling.unknownMember(member.name, among: ["key", "members"], at: "/map"))
        }
        key = json["key"]?.text
        if let key, schema.path(key).map({ !schema.isIndexed($0) }) ?? (key != "external_ids") {
            faults.append(Fault("/map/key", "must be an indexed member of \(schema.name)"))
        }
        guard let members = json["members"]?.members else {
            faults.append(Fault("/map/members", "must be an object: member to column"))
            rules = []
            return
        }
        var rules: [Rule] = []
        for member in members {
            guard let path = Self.path(member.name, in: schema) else {
                faults.append(
                    Spelling.unknownMember(member.name, among: schema.fields.map(\.name), at: "/map/members"))
                continue
            }
            let sources = Self.sources(member.value, at: "/map/members/\(member.name)", &faults)
            rules.append(Rule(path: path, name: member.name, sources: sources))
        }
        self.rules = rules
    }

    /// `a`, `a.b` of an object, or `a.anything` of a map.
    private static func path(_ name: String, in schema: Schema) -> FieldPath? {
        if let path = schema.path(name) { return path }
        guard let dot = name.firstIndex(of: "."), let path = schema.path(String(name[..<dot])),
            case .scalars = path.field.type
        else { return nil }
        return path
    }

    private static func sources(_ json: JSON, at pointer: String, _ faults: inout [Fault]) -> [Source] {
        if let column = json.text { return [Source(column: column)] }
        if let several = json["first_of"]?.elements {
            return several.enumerated().flatMap { sources($1, at: "\(pointer)/first_of/\($0)", &faults) }
        }
        var source = Source()
        for member in json.members ?? [] {
            switch (member.name, member.value) {
            case ("column", .string(let column)): source.column = column
            case ("constant", let value): source.constant = value
            case ("values", .object(let values)):
                source.values = Dictionary(values.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
            case ("only", .bool(let isOnly)): source.isOnly = isOnly
            case ("rename", .object(let names)):
                source.rename = Dictionary(names.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
            case ("money", .string(let code)) where Currency(code) != nil: source.money = Currency(code)
            case ("find", .object):
                guard let resource = member.value["resource"]?.text, let by = member.value["by"]?.text,
                    let schema = Resources.schemas.first(where: { $0.name == resource }),
                    let path = schema.path(by), schema.isIndexed(path)
                else {
                    faults.append(Fault("\(pointer)/find", "must be {\"resource\", \"by\"} with an indexed member"))
                    continue
                }
                source.find = (resource, by)
            case ("when", .object(let conditions)) where conditions.count == 1:
                source.when = (conditions[0].name, conditions[0].value.elements?.compactMap(\.text) ?? [])
            default:
                faults.append(
                    Fault("\(pointer)/\(member.name)", "must be one of column, constant, rename, values, only, money, find, when, as docs/IMPORTING.md describes them"))
            }
        }
        if source.column == nil, source.constant == nil {
            faults.append(Fault(pointer, "must be a column's name, or an object with a column or a constant"))
        }
        return [source]
    }

    // MARK: Rows

    /// The record that a row describes, as it would be posted.
    func input(from row: JSON, in transaction: Transaction) throws(Refusal) -> JSON {
        guard row.members != nil else { throw .invalid([Fault("", "a row must be an object, not \(row.kind)")]) }
        var members: [JSON.Member] = []
        var nested: [(name: String, members: [JSON.Member])] = []
        var faults: [Fault] = []
        for rule in rules {
            guard let value = value(of: rule, row, in: transaction, &faults) else { continue }
            let names = rule.name.split(separator: ".", maxSplits: 1).map(String.init)
            guard names.count == 2 else {
                members.append(.init(rule.name, value))
                continue
            }
            // An object is there when one of its members is.
            guard value != .null else { continue }
            if let index = nested.firstIndex(where: { $0.name == names[0] }) {
                nested[index].members.append(.init(names[1], value))
            } else {
                nested.append((names[0], [.init(names[1], value)]))
            }
        }
        guard faults.isEmpty else { throw .invalid(faults) }
        return .object(members + nested.map { .init($0.name, .object($0.members)) })
    }

    /// Whether a record with the row's key is there.
    func isThere(_ input: JSON, in transaction: Transaction) -> Bool {
        guard let key, let slot = schema.slot(key) else { return false }
        var faults: [Fault] = []
        let field = schema.fields[slot]
        guard let json = input[key] else { return false }
        let values = field.type.read(json, at: "", &faults).keyValues(folding: field.isFolded)
        return values.contains { !transaction.records(schema.name, where: key, is: $0).isEmpty }
    }

    /// `nil` where no source applies, `.null` where the one that does is empty.
    private func value(
        of rule: Rule, _ row: JSON, in transaction: Transaction, _ faults: inout [Fault]
    ) -> JSON? {
        var found: JSON?
        for source in rule.sources {
            if let when = source.when, !when.values.contains(Self.text(row[when.column] ?? .null)) { continue }
            found = .null
            let cell = source.constant ?? source.column.flatMap { row[$0] } ?? .null
            let value = convert(cell, by: source, rule, in: transaction, &faults)
            if value != .null { return value }
        }
        return found
    }

    private func convert(
        _ cell: JSON, by source: Source, _ rule: Rule, in transaction: Transaction, _ faults: inout [Fault]
    ) -> JSON {
        var cell = source.rename[Self.text(cell)] ?? cell
        if !source.values.isEmpty || source.isOnly {
            cell = source.values[Self.text(cell)] ?? (source.isOnly ? .null : cell)
        }
        let text = Self.text(cell)
        if text.isEmpty { return .null }
        if let find = source.find { return Self.find(text, find, rule.name, in: transaction, &faults) }
        if let currency = source.money {
            guard let amount = Self.minorUnits(text) else {
                faults.append(Fault("/\(rule.name)", "\"\(text)\" is no amount of money"))
                return .null
            }
            return ["amount": .integer(amount), "currency": .string(currency.description)]
        }
        return rule.path.field.type.read(cellText: cell)
    }

    private static func find(
        _ text: String, _ find: (resource: String, by: String), _ name: String, in transaction: Transaction,
        _ faults: inout [Fault]
    ) -> JSON {
        guard let schema = Resources.schemas.first(where: { $0.name == find.resource }),
            let found = transaction.records(find.resource, where: find.by, is: .text(text)).first
        else {
            faults.append(Fault("/\(name)", "there is no \(find.resource) whose \(find.by) is \"\(text)\""))
            return .null
        }
        return .string(schema.text(found.id))
    }

    private static func text(_ cell: JSON) -> String {
        switch cell {
        case .string(let text): text
        case .null: ""
        default: String(decoding: JSONWriter.encode(cell), as: UTF8.self)
        }
    }

    /// `1,054.50` or `1054` in major units of two digits; what is finer than a cent is refused.
    private static func minorUnits(_ text: String) -> Int64? {
        let plain = text.filter { $0 != "," && $0 != " " }
        let parts = plain.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = Int64(parts[0]), abs(whole) < 10_000_000_000_000_000 else { return nil }
        guard parts.count == 2 else { return whole * 100 }
        guard (1...2).contains(parts[1].count), let cents = Int64(parts[1]), cents >= 0 else { return nil }
        let fraction = parts[1].count == 1 ? cents * 10 : cents
        return plain.hasPrefix("-") ? whole * 100 - fraction : whole * 100 + fraction
    }
}

extension FieldType {
    /// A cell of a table is text: what the field wants as a number or a flag is read from it.
    func read(cellText cell: JSON) -> JSON {
        guard case .string(let text) = cell else { return cell }
        switch self {
        case .integer: return Int64(text).map { .integer($0) } ?? cell
        case .number: return Double(text).map { .number($0) } ?? cell
        case .bool: return text == "true" ? true : text == "false" ? false : cell
        case .texts, .references: return .array(text.split(separator: ";").map { .string(String($0)) })
        default: return cell
        }
    }
}
