internal import JSON

/// A resource, declared once: validation, filters, sorting, indexes, import columns, OpenAPI and docs are read from it.
public final class Schema: Sendable {
    /// The plural name, as in its address: `leads`.
    public let name: String
    /// What one is called: `lead`; with `_` it begins the ids.
    public let prefix: String
    /// One sentence about what it is.
    public let summary: String
    /// The fields of a record, in the order of its JSON, those that every resource has included.
    public let fields: [Field]
    /// The indexes: one for each field that is unique, indexed or a reference, nested ones included, and one of words.
    let indexes: [IndexDeclaration]
    /// Whether it is the program's own: it has no address, and its past is not asked for.
    public let isInternal: Bool
    /// Whether a record is a person, whose personal data can be erased, and that of all that refers to that person alone.
    public let isPerson: Bool
    /// Whether everybody sees every record, whoever owns it.
    public let isShared: Bool
    /// The fields that are personal data, by slot.
    let personalSlots: [Int]
    private let slots: Names
    /// What the address of every record begins with.
    let addressStart: [UInt8]
    /// The values of a record of which nothing is given.
    public let defaults: [Value]
    /// The slots of fields that must have a value.
    public let requiredSlots: [Int]
    /// The paths of fields that no two records have alike, each with the place of its index.
    let uniquePaths: [(path: FieldPath, index: Int)]
    /// The slots of fields that refer to other records, nested ones included.
    public let referringSlots: [Int]

    /// The slots of fields that name who owns a record.
    public let ownerSlots: [Int]
    /// The slots of fields that name what a record is about.
    public let subjectSlots: [Int]

    /// How past values are kept; `nil` where none are.
    let fieldHistory: FieldHistory?

    /// The slots of what every record has, whatever it is.
    let createdAtSlot: Int
    let updatedAtSlot: Int
    let versionSlot: Int

    /// Declares a resource.
    ///
    /// - Parameters:
    ///   - isFed: whether other systems may feed it, by ids of their own.
    ///   - isInternal: whether it is the program's own.
    ///   - isPerson: whether a record is a person.
    ///   - isShared: whether everybody sees every record, whoever owns it.
    public init(
        _ name: String, prefix: String, _ summary: String, isFed: Bool = true, isInternal: Bool = false,
        isPerson: Bool = false, isShared: Bool = false, fields declared: [Field]
    ) {
        self.isInternal = isInternal
        self.isPerson = isPerson
        self.isShared = isShared
        self.name = name
        self.prefix = prefix
        self.summary = summary
        addressStart = Array("/v1/\(name)/".utf8)
        var fields = declared + [FieldHistory.field(of: declared)].compactMap(\.self)
        // What others write into it may be about the person whom the record is about.
        if !isInternal {
            fields.append(
                Field("custom", .scalars, "A flat map of your own values.").with(default: .json([:])).personal())
        }
        if isFed, !isInternal {
            fields.append(
                Field("external_ids", .scalars, "The ids other systems know it by, by system.")
                    .with(default: .json([:])).indexed().personal())
        }
        fields.append(Field("created_at", .instant, "When Tandem learned of it.").readOnly())
        fields.append(Field("updated_at", .instant, "When it last changed.").readOnly())
        fields.append(Field("version", .integer(1...Int64.max), "Counts its changes, from 1.").readOnly())
        precondition(fields.count <= Self.fieldsMax, "\(name) have more than \(Self.fieldsMax) fields")
        self.fields = fields
        slots = Names(fields.map(\.name))
        fieldHistory = FieldHistory(fields)
        defaults = fields.map(\.defaultValue)
        requiredSlots = fields.indices.filter { fields[$0].isRequired }
        referringSlots = fields.indices.filter { fields[$0].type.isReferring }
        ownerSlots = fields.indices.filter { fields[$0].isOwner }
        subjectSlots = fields.indices.filter { fields[$0].isSubject }
        createdAtSlot = fields.count - 3
        updatedAtSlot = fields.count - 2
        versionSlot = fields.count - 1
        personalSlots = fields.indices.filter { fields[$0].holdsPersonalData }
        let words = fields.enumerated().filter { $1.isSearched }
            .map { FieldPath(slot: $0, part: nil, field: $1) }
        let pairs = fields.enumerated().flatMap { slot, field in
            field.orders.map { order in
                // A key has no room for a text behind another value.
                guard let second = fields.firstIndex(where: { $0.name == order }), fields[second].type.isOrdered,
                    !fields[second].type.holdsText
                else { preconditionFailure("\(name) cannot be indexed by \(field.name) in the order of \(order)") }
                return IndexDeclaration.pairs(
                    FieldPath(slot: slot, part: nil, field: field),
                    orderedBy: FieldPath(slot: second, part: nil, field: fields[second]))
            }
        }
        indexes =
            fields.enumerated().flatMap { slot, field in IndexDeclaration.all(of: field, slot: slot) } + pairs
            + (words.isEmpty ? [] : [.words(words)])
        uniquePaths = indexes.enumerated().compactMap { number, index in
            guard case .values(let path) = index, path.part == nil, path.field.isUnique else { return nil }
            return (path, number)
        }
    }

    /// Sets of fields are told by 128 bits.
    private static let fieldsMax = 128

    /// The place of a field among the values of a record.
    public func slot(_ name: String) -> Int? { slots[name] }

    /// The place of a field, which must be declared, among the values of a record.
    public func slot(of name: String) -> Int {
        guard let slot = slots[name] else { preconditionFailure("\(self.name) have no \(name)") }
        return slot
    }

    /// The slot of the field whose name has some bytes, or `nil`.
    public func slot(_ name: ArraySlice<UInt8>) -> Int? { slots[name] }

    /// The field at `a` or `a.b`; `nil` where none is declared.
    public func path(_ text: String) -> FieldPath? {
        if let slot = slots[text] { return FieldPath(slot: slot, part: nil, field: fields[slot]) }
        let names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard names.count > 1, let first = names.first, let slot = slots[first] else { return nil }
        if case .scalars = fields[slot].type {
            let member = names.dropFirst().joined(separator: ".")
            let field = Field(text, .text(max: 1000), "")
            return FieldPath(
                slot: slot, part: nil, member: member, field: fields[slot].isPersonal ? field.personal() : field)
        }
        let parts = fields[slot].type.parts
        guard names.count == 2, let part = parts.firstIndex(where: { $0.name == names[1] }) else { return nil }
        return FieldPath(slot: slot, part: part, field: parts[part])
    }

    /// Every path that a filter may name.
    public var filterablePaths: [String] {
        fields.flatMap { field -> [String] in
            if !field.type.parts.isEmpty {
                return field.type.parts.filter(\.type.isFilterable).map { "\(field.name).\($0.name)" }
            }
            return field.type.isFilterable ? [field.name] : []
        }
    }

    /// An id as it is written.
    public func text(_ id: Identifier) -> String { id.text(prefix: prefix) }

    /// Whether records are found by a path without looking at all.
    public func isIndexed(_ path: FieldPath) -> Bool { index(over: path) != nil }

    /// The index over a path, by its place among the table's indexes.
    func index(over path: FieldPath) -> Int? {
        indexes.firstIndex {
            guard case .values(let indexed) = $0 else { return false }
            return indexed.slot == path.slot && indexed.part == path.part && path.member == nil
        }
    }

    /// The index over a path that orders its records by another, by its place among the table's indexes.
    func index(over path: FieldPath, orderedBy second: FieldPath) -> Int? {
        guard path.part == nil, path.member == nil, second.part == nil, second.member == nil else { return nil }
        return indexes.firstIndex {
            guard case .pairs(let asked, let order) = $0 else { return false }
            return asked.slot == path.slot && order.slot == second.slot
        }
    }

    /// The index of words, by its place among the table's indexes.
    var wordIndex: Int? {
        indexes.firstIndex {
            if case .words = $0 { return true }
            return false
        }
    }

    /// Whether `q` finds anything.
    public var isSearched: Bool { wordIndex != nil }
}

/// Where a field stands in a record: its slot, and within an object its part.
///
/// A class, as ``Field`` is: one is passed on for each index of each record that is written.
public final class FieldPath: Sendable {
    /// The slot among the record's values.
    public let slot: Int
    /// The place within an object's values, or `nil` for the whole.
    public let part: Int?
    /// The name within a map of scalars, or `nil`.
    public let member: String?
    /// The field's declaration; of a member in a map, one for any text.
    public let field: Field
    /// How its index key is read; this and what follows of the field at hand, since asking its type counts what that holds.
    let reading: KeyReading
    let isFolded: Bool
    let hasWholeIndex: Bool

    /// What an index key is read from: the JSON where that is quick, or a value that is made of it.
    enum KeyReading: Sendable {
        case reference, instant, text, value
    }

    init(slot: Int, part: Int?, member: String? = nil, field: Field) {
        self.slot = slot
        self.part = part
        self.member = member
        self.field = field
        isFolded = field.isFolded
        hasWholeIndex = field.hasWholeIndex
        reading = part == nil && member == nil ? KeyReading(of: field.type) : .value
    }

    /// Whether records can be sorted by it: it is one value, and has an order.
    public func isOrdered(in schema: Schema) -> Bool {
        field.type.isOrdered && (part == nil || !schema.fields[slot].type.isList)
    }

    /// The value there.
    public func value(in record: Record) -> Value {
        if let member { return Self.scalar(member, of: record.value(at: slot)) }
        guard let part else { return record.value(at: slot) }
        if record.schema.fields[slot].type.isList { return record.value(at: slot).part(part) }
        return record.value(at: slot, part: field)
    }

    /// A member of a map: a number, or a text.
    private static func scalar(_ name: String, of map: Value) -> Value {
        guard case .json(let json) = map else { return .null }
        switch json[name] {
        case .integer(let number): return .number(Double(number))
        case .number(let number): return .number(number)
        case .string(let text): return .text(text)
        case .bool(let flag): return .text(flag ? "true" : "false")
        default: return .null
        }
    }

    /// What of the whole field's value, which need not be the record's, stands there.
    func indexValues(of whole: Value) -> [IndexValue] {
        let value = member.map { Self.scalar($0, of: whole) } ?? part.map { whole.part($0) } ?? whole
        return value.indexValues(folding: field.isFolded)
    }

    func indexValues(in record: Record) -> [IndexValue] {
        value(in: record).indexValues(folding: field.isFolded)
    }

    /// The values by which it is found: of a whole number that a `Double` does not tell from its neighbours the digits.
    func exactValues(in record: Record) -> [IndexValue] {
        guard let member, case .json(let json) = record.value(at: slot), case .integer(let number) = json[member],
            number.isBeyondDouble
        else { return indexValues(in: record) }
        return [.text(String(number))]
    }
}

extension FieldPath.KeyReading {
    fileprivate init(of type: FieldType) {
        self =
            switch type {
            case .reference: .reference
            case .instant: .instant
            case let type where type.holdsText: .text
            default: .value
            }
    }
}

extension Schema {
    /// Whether records keep what a field was until it changed.
    public func keepsHistory(at slot: Int) -> Bool { fieldHistory?.keeps(slot) ?? false }

    /// What a field was as of an instant, before which all that counts has happened; `nil` where it was what it is.
    public func earlierValue(at slot: Int, of record: Record, asOf instant: Instant) -> Value? {
        fieldHistory?.value(at: slot, of: record, asOf: instant)
    }

    /// Whether a record was changed at an instant or after it.
    public func wasChanged(_ record: Record, since instant: Instant) -> Bool {
        record.instant(at: updatedAtSlot).map { $0 >= instant } ?? true
    }
}

extension Field {
    /// Whether it, or a part of it, is personal.
    var holdsPersonalData: Bool {
        isPersonal || type.parts.contains { $0.isPersonal }
    }
}

extension Schema {
    /// The paths of fields that refer to a resource.
    public func references(to resource: String) -> [String] {
        fields.flatMap { field -> [String] in
            if !field.type.parts.isEmpty {
                return field.type.parts.filter { $0.type.refers(to: resource) }.map { "\(field.name).\($0.name)" }
            }
            return field.type.refers(to: resource) ? [field.name] : []
        }
    }
}

extension Schema {
    /// The fields that name persons by their ids as texts; they are indexed.
    public var personPaths: [String] { fields.filter(\.isOfPersons).map(\.name) }
}

extension Schema {
    /// The paths of fields that refer to one record of a resource each.
    public func soleReferences(to resource: String) -> [String] {
        references(to: resource).filter { path in
            guard let path = self.path(path), case .reference = path.field.type else { return false }
            return !fields[path.slot].type.isList
        }
    }
}

extension FieldType {
    /// Whether a value can refer to another record.
    var isReferring: Bool {
        switch self {
        case .reference, .references: true
        case .object(let parts), .objects(let parts): parts.contains { $0.type.isReferring }
        default: false
        }
    }

    func refers(to resource: String) -> Bool {
        switch self {
        case .reference(let reference), .references(let reference, _): reference.resource == resource
        default: false
        }
    }
}
