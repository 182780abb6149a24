internal import JSON
internal import Store

/// How a row becomes what would be posted.
extension ImportMap {
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
    func isThere(
        _ input: JSON, of resource: any Resource.Type, in transaction: Transaction
    ) throws(Refusal) -> Bool {
        guard let key, let slot = schema.slot(key) else { return false }
        var faults: [Fault] = []
        let field = schema.fields[slot]
        guard let json = input[key] else { return false }
        let value = field.type.read(json, at: "", &faults)
        var found = value.keyValues(folding: field.isFolded).flatMap {
            transaction.records(schema.name, where: key, is: $0)
        }
        // Who was merged into another is there as that one.
        if found.isEmpty {
            found = Self.feedKeys(field, value).flatMap { Upsert.merged(schema, by: $0, in: transaction) }
        }
        guard !found.isEmpty else { return false }
        try Commands.demandMayWriteSome(resource, in: transaction)
        guard found.allSatisfy(transaction.shows) else { throw Commands.hidden(key, of: schema) }
        return true
    }

    /// What a row's key is found by: the value of a field, or each of the ids in other systems.
    private static func feedKeys(_ field: Field, _ value: Value) -> [FeedKey] {
        guard field.name == FeedKey.externalIDs else { return FeedKey(field, value).map { [$0] } ?? [] }
        return (value.json(of: field.type).members ?? []).map { FeedKey(externalID: $0.value, in: $0.name) }
    }

    /// `nil` where no source applies, `.null` where the one that does is empty.
    ///
    /// What one source found nothing by is told where none of the others has a value.
    private func value(
        of rule: Rule, _ row: JSON, in transaction: Transaction, _ faults: inout [Fault]
    ) -> JSON? {
        var found: JSON?
        var missed: [Fault] = []
        for source in rule.sources {
            if let when = source.when, !when.values.contains(Self.text(row[when.column] ?? .null)) { continue }
            found = .null
            let cell = source.constant ?? source.column.flatMap { row[$0] } ?? .null
            var own: [Fault] = []
            let value = convert(cell, by: source, rule, in: transaction, &own)
            guard value == .null else {
                faults += own
                return value
            }
            missed += own
        }
        faults += missed
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
        if let find = source.find { return Self.find(text, find, rule, in: transaction, &faults) }
        if let currency = source.money {
            guard let amount = MoneyText.minorUnits(text, of: currency) else {
                faults.append(Fault("/\(rule.name)", "what the row says is no amount of \(currency)"))
                return .null
            }
            return ["amount": .integer(amount), "currency": .string(currency.description)]
        }
        if let zone = source.zone {
            guard let time = LocalTime.instant(text, in: zone) else {
                faults.append(Fault("/\(rule.name)", "what the row says is no time such as 2026-03-05 14:30"))
                return .null
            }
            return .string(time.description)
        }
        if let kind = source.kind {
            let value = kind.type.read(cellText: cell)
            if case .string = value, kind != .text {
                faults.append(Fault("/\(rule.name)", "what the row says is no \(kind.rawValue)"))
                return .null
            }
            return value
        }
        return rule.type.read(cellText: cell)
    }

    private static func find(
        _ text: String, _ lookup: Lookup, _ rule: Rule, in transaction: Transaction, _ faults: inout [Fault]
    ) -> JSON {
        // A list of references has several in one cell, as a list of texts does.
        guard case .references = rule.type else {
            return findOne(text, lookup, rule.name, in: transaction, &faults)
        }
        return .array(cells(of: text).map { findOne($0, lookup, rule.name, in: transaction, &faults) })
    }

    private static func findOne(
        _ text: String, _ lookup: Lookup, _ name: String, in transaction: Transaction, _ faults: inout [Fault]
    ) -> JSON {
        let key = lookup.key(of: text)
        let value = IndexValue.text(lookup.by.field.isFolded ? text.lowercased() : text)
        var found =
            lookup.system == nil
            ? transaction.records(lookup.schema.name, where: lookup.name, is: value)
            : key.map { transaction.records(lookup.schema.name, where: $0.path, is: $0.value) } ?? []
        if found.isEmpty, let key { found = Upsert.merged(lookup.schema, by: key, in: transaction) }
        found = found.filter(transaction.shows)
        // Without what is a person's: a report of refused rows is kept in the ledger, and no erasure finds it there.
        let sought = lookup.schema.isPerson ? "what the row says" : "\"\(text)\""
        guard let one = found.first else {
            faults.append(
                Fault("/\(name)", "there is no \(lookup.schema.prefix) whose \(lookup.name) is \(sought)"))
            return .null
        }
        if found.count > 1 {
            let kind = "\(found.count) \(lookup.schema.name)"
            faults.append(Fault("/\(name)", "there are \(kind) whose \(lookup.name) is \(sought)"))
        }
        return .string(one.idText)
    }

    /// The texts of a cell that holds several.
    static func cells(of text: String) -> [String] {
        text.split(separator: ";").map { cell in
            let start = cell.drop(while: \.isWhitespace)
            return String(start.reversed().drop(while: \.isWhitespace).reversed())
        }
    }
}

extension FieldType {
    /// A cell of a table is text: what the field wants as a number or a flag is read from it.
    func read(cellText cell: JSON) -> JSON {
        guard case .string(let text) = cell else { return cell }
        switch self {
        case .integer: return Int64(text).map { .integer($0) } ?? cell
        // Swift reads hexadecimal digits too, which no table means by a number.
        case .number: return text.lowercased().contains("x") ? cell : Double(text).map { .number($0) } ?? cell
        case .bool: return text == "true" ? true : text == "false" ? false : cell
        case .texts, .references:
            if text.hasPrefix("["), let list = Self.json(text)?.elements { return .array(list) }
            return .array(ImportMap.cells(of: text).map { .string($0) })
        case .scalars: return Self.json(text).flatMap { $0.members == nil ? nil : $0 } ?? cell
        default: return cell
        }
    }

    /// What a cell says that holds JSON, as this program's tables have lists and objects; `nil` where it does not.
    private static func json(_ text: String) -> JSON? {
        do throws(JSONFault) { return try JSONParser.parse(Array(text.utf8)) } catch { return nil }
    }
}

extension ImportMap.Kind {
    /// A type whose cells are of the kind, of any size.
    fileprivate var type: FieldType {
        switch self {
        case .text: .text(max: .max)
        case .number: .number(-.infinity ... .infinity)
        case .flag: .bool
        }
    }
}
