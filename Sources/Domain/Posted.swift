public import JSON
internal import Store

/// What was posted for a new record, read by the declaration alone: many can be read before the store is taken.
public struct Posted: Sendable {
    let resource: any Resource.Type
    var values: [Value]
    let faults: [Fault]
    /// The fields that the caller wrote.
    let given: GivenFields
    private let source: Source

    /// What it was read from.
    private enum Source: Sendable {
        /// It is not kept: what is posted of the resource corrects no record.
        case none
        case value(JSON)
        /// JSON without a fault.
        case bytes([UInt8])
    }

    /// Reads what was posted as it came.
    ///
    /// - Throws: ``JSONFault`` where the bytes are no JSON.
    public init(_ resource: any Resource.Type, reading bytes: [UInt8]) throws(JSONFault) {
        if let plain = Self(resource, plain: bytes) {
            self = plain
        } else {
            self.init(resource, try JSONParser.parse(bytes))
        }
    }

    /// Reads what was posted.
    public init(_ resource: any Resource.Type, _ input: JSON) {
        let schema = resource.schema
        self.resource = resource
        source = resource.hasNaturalKey ? .value(input) : .none
        var draft = Draft(id: .least, schema: schema)
        var faults: [Fault] = []
        var given = GivenFields()
        if case .object(let members) = input {
            Commands.read(members, into: &draft, isNew: true, &faults)
            for member in members { if let slot = schema.slot(member.name) { given.insert(slot) } }
            for slot in schema.requiredSlots where draft.values[slot].isBlank {
                let field = schema.fields[slot]
                if !faults.contains(where: { $0.pointer == field.pointer || $0.pointer.hasPrefix("\(field.pointer)/") })
                {
                    faults.append(Fault(field.pointer, "is required: \(field.type.expectation)"))
                }
            }
        } else {
            faults.append(Fault("", "must be an object with the members of a \(schema.prefix), not \(input.kind)"))
        }
        (values, self.faults, self.given) = (draft.values, faults, given)
    }

    /// Reads what has no fault, member by member, without making a value of JSON of it, which took longer than all else
    /// that is read of a touch; `nil` where there is something to tell, which the other way tells.
    private init?(_ resource: any Resource.Type, plain bytes: [UInt8]) {
        let schema = resource.schema
        // One by one: where an array that is shared is written to, the runtime asks the type of each how it is copied.
        var values = schema.defaults.map(\.self)
        var given = GivenFields()
        var parser = JSONParser(bytes)
        let declared = schema.fields
        // Borrowed: all threads would count the same fields.
        let fields = declared.span
        do throws(JSONFault) {
            try parser.enterObject()
            while let name = try parser.nextNamePlace(isFirst: given.isEmpty) {
                guard let slot = schema.slot(bytes[name]), given.insert(slot), fields[slot].isWritable,
                    let value = try fields[slot].readPlain(&parser, bytes)
                else { return nil }
                values[slot] = value
            }
            try parser.finish()
        } catch {
            return nil
        }
        for slot in schema.requiredSlots where values[slot].isBlank { return nil }
        (self.resource, self.values, self.given, faults) = (resource, values, given, [])
        source = resource.hasNaturalKey ? .bytes(bytes) : .none
    }

    /// What corrects the record that is there: what was posted, without the nulls of fields that a new record alone is
    /// given, which is to leave them out.
    var correction: JSON {
        guard case .object(let members) = input else { return input }
        let fields = resource.schema.fields
        return .object(
            members.filter { member in
                member.value != .null || resource.schema.slot(member.name).map { fields[$0].isChangeable } ?? true
            })
    }

    private var input: JSON {
        switch source {
        case .none: preconditionFailure("\(resource.schema.name) have no natural key")
        case .value(let input): return input
        case .bytes(let bytes):
            do throws(JSONFault) { return try JSONParser.parse(bytes) } catch {
                preconditionFailure("what was read without a fault is JSON, and not: \(error)")
            }
        }
    }
}

/// Which fields of a resource a caller wrote, by their slots.
public struct GivenFields: Sendable, Equatable {
    private var mask: UInt128 = 0

    /// None.
    init() {}

    var isEmpty: Bool { mask == 0 }

    /// Whether a field of a resource is among them.
    func contains(_ name: String, of schema: Schema) -> Bool {
        schema.slot(name).map { mask & Self.bit($0) != 0 } ?? false
    }

    /// Adds one, and tells whether it was new.
    @discardableResult
    mutating func insert(_ slot: Int) -> Bool {
        let bit = Self.bit(slot)
        defer { mask |= bit }
        return mask & bit == 0
    }

    private static func bit(_ slot: Int) -> UInt128 {
        1 << UInt128(slot)
    }
}
