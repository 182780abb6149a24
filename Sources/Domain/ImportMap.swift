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
    let schema: Schema
    let key: String?
    let rules: [Rule]

    /// How one member gets its value.
    struct Rule: Sendable {
        /// The member, or one of an object's.
        let name: String
        /// What its cells are read as.
        let type: FieldType
        let sources: [Source]
    }

    /// Where a value comes from, and what is done to it.
    struct Source: Sendable {
        var column: String?
        var constant: JSON?
        /// Other names of the same thing, put right before anything else.
        var rename: [String: JSON] = [:]
        /// What a cell becomes; others stay as they are, or are nothing where `isOnly`.
        var values: [String: JSON] = [:]
        var isOnly = false
        var money: Currency?
        /// Where clocks show what cells say.
        var zone: Zone?
        /// What cells of a member without a type of its own are.
        var kind: Kind?
        var find: Lookup?
        var when: (column: String, values: [String])?
    }

    /// What a cell is read as where the member does not say.
    enum Kind: String, Sendable, CaseIterable {
        case text, number, flag
    }

    /// A record that is meant by one of its values.
    struct Lookup: Sendable {
        let schema: Schema
        let by: FieldPath
        /// The path as it was written.
        let name: String
        /// The system whose ids are looked for, where it is by those.
        var system: String?

        /// What a cell stands for, as records are found by it.
        func key(of text: String) -> FeedKey? {
            if let system { return FeedKey(externalID: .string(text), in: system) }
            return FeedKey(by.field, .text(text))
        }
    }

    /// Reads a map.
    init(_ json: JSON, for schema: Schema, _ faults: inout [Fault]) {
        self.schema = schema
        for member in json.members ?? [] where !["key", "members"].contains(member.name) {
            faults.append(Spelling.unknownMember(member.name, among: ["key", "members"], at: "/map"))
        }
        key = json["key"]?.text
        let isKey = key.flatMap { schema.path($0) }.map { $0.part == nil && schema.isIndexed($0) } ?? false
        if json["key"] ?? .null != .null, !isKey {
            faults.append(Fault("/map/key", "must be an indexed member of \(schema.name)"))
        }
        guard let members = json["members"]?.members else {
            faults.append(Fault("/map/members", "must be an object: member to column"))
            rules = []
            return
        }
        var rules: [Rule] = []
        for member in members {
            guard let type = Self.type(of: member.name, in: schema) else {
                faults.append(
                    Spelling.unknownMember(member.name, among: schema.fields.map(\.name), at: "/map/members"))
                continue
            }
            let sources = Self.sources(member.value, at: "/map/members/\(member.name)", &faults)
            rules.append(Rule(name: member.name, type: type, sources: sources))
        }
        self.rules = rules
        if isKey, let key, !rules.contains(where: { $0.name == key || $0.name.hasPrefix("\(key).") }) {
            faults.append(Fault("/map/key", "must be one of the map's members, or no row is known again"))
        }
    }

    /// What `a`, `a.b` of an object, or `a.anything` of a map is.
    private static func type(of name: String, in schema: Schema) -> FieldType? {
        if let path = schema.path(name) { return path.field.type }
        // As this program's tables have money.
        let names = name.split(separator: ".", maxSplits: 1).map(String.init)
        guard names.count == 2, case .money? = schema.path(names[0])?.field.type else { return nil }
        return ["amount": .integer(.min ... .max), "currency": .text(max: 3)][names[1]]
    }

    private static func sources(_ json: JSON, at pointer: String, _ faults: inout [Fault]) -> [Source] {
        if let column = json.text { return [Source(column: column)] }
        if let several = json["first_of"] {
            guard let elements = several.elements, !elements.isEmpty, json.members?.count == 1 else {
                faults.append(Fault("\(pointer)/first_of", "must be an array of sources, and stand alone"))
                return []
            }
            return elements.enumerated().flatMap { sources($1, at: "\(pointer)/first_of/\($0)", &faults) }
        }
        var source = Source()
        for member in json.members ?? [] { read(member, into: &source, at: pointer, &faults) }
        if source.column == nil, source.constant == nil {
            faults.append(Fault(pointer, "must be a column's name, or an object with a column or a constant"))
        }
        return [source]
    }

    private static func read(
        _ member: JSON.Member, into source: inout Source, at pointer: String, _ faults: inout [Fault]
    ) {
        let place = "\(pointer)/\(member.name)"
        switch (member.name, member.value) {
        case ("column", .string(let column)): source.column = column
        case ("constant", let value): source.constant = value
        case ("values", .object(let values)): source.values = words(values)
        case ("only", .bool(let isOnly)): source.isOnly = isOnly
        case ("rename", .object(let names)): source.rename = words(names)
        case ("money", .string(let code)) where Currency(code) != nil: source.money = Currency(code)
        case ("time_zone", .string(let name)) where Zone(name) != nil: source.zone = Zone(name)
        case ("time_zone", _): faults.append(Fault(place, "must be an IANA name such as \"Europe/Berlin\""))
        case ("as", .string(let word)) where Kind(rawValue: word) != nil: source.kind = Kind(rawValue: word)
        case ("as", _):
            faults.append(Fault(place, "must be one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))"))
        case ("money", _): faults.append(Fault(place, "must be an ISO 4217 code such as \"EUR\""))
        case ("find", let value):
            source.find = lookup(value)
            if source.find == nil {
                faults.append(
                    Fault(place, "must be {\"resource\", \"by\"} with an indexed member or external_ids.NAME"))
            }
        case ("when", let value):
            source.when = condition(value)
            if source.when == nil { faults.append(Fault(place, "must be {column: [values]}")) }
        default:
            let ways = "column, constant, rename, values, values_from, only, money, time_zone, as, find, when, first_of"
            faults.append(Fault(place, "must be one of \(ways), as docs/IMPORTING.md describes them"))
        }
    }

    private static func words(_ members: [JSON.Member]) -> [String: JSON] {
        Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }

    private static func lookup(_ json: JSON) -> Lookup? {
        guard let resource = json["resource"]?.text, let name = json["by"]?.text,
            let schema = Resources.all.map({ $0.schema }).first(where: { $0.name == resource }),
            let path = schema.path(name)
        else { return nil }
        let ids = FeedKey.externalIDs + "."
        if schema.slot(FeedKey.externalIDs) != nil, name.hasPrefix(ids), name.count > ids.count {
            return Lookup(schema: schema, by: path, name: name, system: String(name.dropFirst(ids.count)))
        }
        return schema.isIndexed(path) ? Lookup(schema: schema, by: path, name: name) : nil
    }

    private static func condition(_ json: JSON) -> (column: String, values: [String])? {
        guard let members = json.members, members.count == 1, let values = members[0].value.elements else { return nil }
        return (members[0].name, values.map(text))
    }

    /// A cell as text; nothing is no text.
    static func text(_ cell: JSON) -> String {
        switch cell {
        case .string(let text): text
        case .null: ""
        default: String(decoding: JSONWriter.encode(cell), as: UTF8.self)
        }
    }
}
