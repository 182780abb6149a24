internal import CLinux
internal import JSON

/// One record as it stands, immutable: the JSON that it was encoded to once, and where its fields stand in it.
///
/// The values are read from the JSON when they are asked for: kept beside it, they take three times its room.
public final class Record: Sendable {
    /// The whole record as JSON; first, so that it is fetched with the reference count beside it.
    public let encoded: [UInt8]
    /// The id without its prefix.
    public let id: Identifier
    /// What it is a record of.
    public let schema: Schema
    /// The last entry of the ledger that changed it; 0 where an old ledger does not say.
    public let seq: Int64
    /// How often it changed, from 1; kept beside the JSON since every answer says it.
    public let version: Int64
    private let places: FieldPlaces

    private init(id: Identifier, schema: Schema, seq: Int64, encoded: [UInt8], places: FieldPlaces) {
        self.id = id
        self.schema = schema
        self.seq = seq
        self.encoded = encoded
        self.places = places
        let version = places.place(of: schema.versionSlot) { schema.find(schema.versionSlot, in: encoded) }
        self.version = version.map { FieldType.storedInteger(encoded, at: $0) } ?? 0
    }

    /// Has the processor fetch what is about to be read: a record from somewhere in a large store is not near.
    public func prefetch() {
        // Where the array is, and not what is in it, since looking there would wait for it.
        let array = unsafe unsafeBitCast(encoded, to: UnsafeRawPointer.self)
        // Its count of references stands before its bytes, and is written to when the array is handed on.
        unsafe tandem_prefetch(array, 704)
    }

    /// A record of values, by the slots of the schema.
    convenience init(id: Identifier, schema: Schema, seq: Int64, values: [Value]) {
        var places = FieldPlaces()
        var writer = JSONWriter(capacity: 1024)
        writer.object { writer in
            writer.name(encoded: Self.encodedID)
            writer.quoted(bytesMax: Identifier.bytes(prefix: schema.prefix)) {
                id.append(prefix: schema.prefix, to: &$0)
            }
            let declared = schema.fields
            // Borrowed: all threads would count the same fields.
            let fields = declared.span
            for slot in fields.indices {
                unsafe Unmanaged.passUnretained(fields[slot])._withUnsafeGuaranteedRef { field in
                    if field.isSparse, values[slot].isNull || values[slot] == field.defaultValue { return }
                    // Behind the comma and the name.
                    places.set(writer.count + 1 + field.encodedName.count, of: slot)
                    writer.member(field, values[slot])
                }
            }
        }
        self.init(id: id, schema: schema, seq: seq, encoded: writer.bytes, places: places)
    }

    /// A record by the JSON it was encoded to, maybe by an older version of this program.
    ///
    /// - Throws: ``JSONFault`` where the bytes are no JSON.
    convenience init(decoding encoded: [UInt8], schema: Schema, seq: Int64) throws(JSONFault) {
        guard let id = Self.id(of: encoded, prefix: schema.prefix) else {
            throw JSONFault(reason: "it has no id of \(schema.name)")
        }
        var places = FieldPlaces()
        var parser = JSONParser(encoded)
        var expected = 0
        try parser.enterObject()
        // The id comes first, as was looked at.
        _ = try parser.nextNamePlace(isFirst: true)
        _ = try parser.skipValue()
        while true {
            // Records are written in the order of the fields, of which some may be left out.
            var slot = (expected..<schema.fields.count).first { slot in
                parser.takeName(schema.fields[slot].encodedName)
            }
            if slot == nil {
                guard let name = try parser.nextNamePlace(isFirst: false) else { break }
                slot = schema.slot(String(decoding: encoded[name], as: UTF8.self))
            }
            let value = try parser.skipValue()
            // A field that this version no longer declares stays in the bytes and is not understood.
            guard let slot else { continue }
            places.set(value.lowerBound, of: slot)
            expected = slot + 1
        }
        try parser.finish()
        self.init(id: id, schema: schema, seq: seq, encoded: encoded, places: places)
    }

    /// The id in a record's JSON.
    static func id(of encoded: [UInt8], prefix: String) -> Identifier? {
        // It is the first member and has no escapes, as every record is written.
        let start = encodedID.count + 2
        let end = start + prefix.utf8.count + 27
        guard encoded.count > end, encoded[1..<start - 1].elementsEqual(encodedID) else { return nil }
        return Identifier(encoded[start..<end], prefix: prefix)
    }

    /// The id as it is written.
    public var idText: String { schema.text(id) }

    /// Where it is asked for: `/v1/leads/lead_01jd…`.
    public var address: String {
        let start = schema.addressStart
        let bytes = [UInt8](capacity: start.count + Identifier.bytes(prefix: schema.prefix)) { output in
            for byte in start { output.append(byte) }
            id.append(prefix: schema.prefix, to: &output)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// All values, by the slots of the schema.
    public var values: [Value] { schema.fields.indices.map { value(at: $0) } }

    /// The value of a field, which must be declared.
    public subscript(_ name: String) -> Value { value(at: schema.slot(of: name)) }

    /// The value in a slot of the schema.
    public func value(at slot: Int) -> Value {
        guard let place = place(of: slot) else { return schema.fields[slot].defaultValue }
        return schema.fields[slot].type.stored(encoded, at: place)
    }

    /// The id in the slot of a reference; `nil` where there is none.
    public func reference(at slot: Int) -> Identifier? {
        guard let place = place(of: slot), encoded[place] == UInt8(ascii: "\"") else { return nil }
        let prefix = schema.fields[slot].referencePrefix
        let end = place + 1 + Identifier.bytes(prefix: prefix)
        guard end < encoded.count, encoded[end] == UInt8(ascii: "\"") else { return nil }
        return Identifier(encoded[place + 1..<end], prefix: prefix)
    }

    /// The moment in the slot of an instant; `nil` where there is none.
    public func instant(at slot: Int) -> Instant? {
        guard let start = place(of: slot).map({ $0 + 1 }), start < encoded.count,
            encoded[start - 1] == UInt8(ascii: "\""),
            let end = encoded[start...].firstIndex(of: UInt8(ascii: "\""))
        else { return nil }
        return Instant(encoded[start..<end])
    }

    /// The value in a part of an object.
    func value(at slot: Int, part: Field) -> Value {
        guard let object = place(of: slot), let place = part.find(inObjectAt: object, of: encoded) else { return .null }
        return part.type.stored(encoded, at: place)
    }

    /// Whether a field has no value.
    func isNull(at slot: Int) -> Bool {
        guard let place = place(of: slot) else { return schema.fields[slot].defaultValue.isNull }
        return encoded[place] == UInt8(ascii: "n")
    }

    /// What the JSON of a field's value begins with; `nil` where it has none there.
    func firstByte(at slot: Int) -> UInt8? { place(of: slot).map { encoded[$0] } }

    /// Whether a field's JSON is an empty list or map.
    func isEmpty(at slot: Int) -> Bool {
        guard let place = place(of: slot) else { return false }
        return switch encoded[place] {
        case UInt8(ascii: "["): encoded[place + 1] == UInt8(ascii: "]")
        case UInt8(ascii: "{"): encoded[place + 1] == UInt8(ascii: "}")
        default: false
        }
    }

    /// Lends the bytes of a field's text as JSON has them, quotes apart; `nil` where there is none.
    public func withText<Result>(at slot: Int, _ body: (ArraySlice<UInt8>) -> Result) -> Result? {
        guard let place = place(of: slot), encoded[place] == UInt8(ascii: "\"") else { return nil }
        let value = encoded.value(at: place)
        return body(value.dropFirst().dropLast())
    }

    /// Whether a field's JSON is one of some texts, quotes included, that need no escapes.
    public func isText(at slot: Int, anyOf texts: [[UInt8]]) -> Bool {
        guard let place = place(of: slot) else {
            // A record from before the field was declared has its default.
            let text = schema.fields[slot].defaultValue.text ?? ""
            return texts.contains { !text.isEmpty && $0.dropFirst().dropLast().elementsEqual(text.utf8) }
        }
        return texts.contains { text in
            place + text.count <= encoded.count && encoded[place..<place + text.count].elementsEqual(text)
        }
    }

    /// Whether a field's value is written as it is in another record of the same resource.
    func hasSameBytes(at slot: Int, as other: Record) -> Bool {
        guard let place = place(of: slot), let otherPlace = other.place(of: slot) else { return false }
        return encoded.value(at: place).elementsEqual(other.encoded.value(at: otherPlace))
    }

    /// Where a field's value starts in the JSON; `nil` where it has none there.
    private func place(of slot: Int) -> Int? {
        places.place(of: slot) { schema.find(slot, in: encoded) }
    }

    private static let encodedID = Array("\"id\":".utf8)
}

/// Where the fields of a record stand in its JSON: the first 32 of them, as far as 64 KiB reach.
///
/// Nothing else is kept, so that a record without its JSON takes two lines of a processor's cache.
private struct FieldPlaces: Sendable {
    private var starts = InlineArray<32, UInt16>(repeating: 0)

    /// No value starts at 0, where the object does.
    private static let nowhere: UInt16 = 0
    private static let tooFar = UInt16.max

    mutating func set(_ place: Int, of slot: Int) {
        if slot < 32 { starts[slot] = UInt16(exactly: place) ?? Self.tooFar }
    }

    /// Where a field's value starts, as `find` tells where that is not known here; `nil` where it has none.
    func place(of slot: Int, orAsFoundBy find: () -> Int?) -> Int? {
        guard slot < 32, starts[slot] != Self.tooFar else { return find() }
        return starts[slot] == Self.nowhere ? nil : Int(starts[slot])
    }
}

extension [UInt8] {
    /// The bytes of the JSON value that starts at `place`, which is known to be JSON.
    fileprivate func value(at place: Int) -> ArraySlice<UInt8> {
        var parser = JSONParser(self, range: place..<count)
        do throws(JSONFault) { return self[try parser.skipValue()] } catch { return [] }
    }
}

extension Schema {
    /// Looks for a field's value in a record's JSON from its start.
    fileprivate func find(_ slot: Int, in encoded: [UInt8]) -> Int? {
        fields[slot].find(inObjectAt: 0, of: encoded)
    }
}

extension Field {
    /// Whether the name at `place`, its quotes apart, is this field's.
    func hasName(at place: Range<Int>, in bytes: [UInt8]) -> Bool {
        // `"name":` is the name with three characters around it.
        guard place.count == encodedName.count - 3 else { return false }
        return bytes[place].elementsEqual(encodedName[1..<encodedName.count - 2])
    }

    /// Where the value of this field starts in the object at `place`, which is known to be JSON.
    func find(inObjectAt place: Int, of bytes: [UInt8]) -> Int? {
        // A null has no members.
        guard bytes[place] == UInt8(ascii: "{") else { return nil }
        var parser = JSONParser(bytes, range: place..<bytes.count)
        var isFirst = true
        do throws(JSONFault) {
            try parser.enterObject()
            while let name = try parser.nextNamePlace(isFirst: isFirst) {
                isFirst = false
                let value = try parser.skipValue()
                if hasName(at: name, in: bytes) { return value.lowerBound }
            }
        } catch {
            return nil
        }
        return nil
    }
}
