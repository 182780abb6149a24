internal import JSON
internal import Store

/// Records as CSV (RFC 4180), a line for each.
///
/// The columns are the same whatever is in it, so that pages can be put one behind the other: the parts of an object have
/// one each, and lists and maps are JSON in one.
struct RecordTable {
    private let slots: [Int]
    private let schema: Schema

    /// A table of some fields, all where none are named; the id comes first in any case.
    init(of schema: Schema, _ names: [String]?) {
        self.schema = schema
        slots = names?.compactMap(schema.slot) ?? Array(schema.fields.indices)
    }

    /// The table of some records.
    func encode(_ records: [Record]) -> [UInt8] {
        let columns = slots.flatMap { Self.columns(of: schema.fields[$0].type, under: schema.fields[$0].name) }
        var text = Array(CSVWriter.line(["id"] + columns).utf8)
        for record in records {
            var cells = [record.idText]
            cells.reserveCapacity(columns.count + 1)
            for slot in slots { Self.add(record.value(at: slot), of: schema.fields[slot].type, to: &cells) }
            text += CSVWriter.line(cells).utf8
        }
        return text
    }

    private static func columns(of type: FieldType, under name: String) -> [String] {
        switch type {
        case .object(let parts): parts.flatMap { columns(of: $0.type, under: "\(name).\($0.name)") }
        case .money: ["\(name).amount", "\(name).currency"]
        default: [name]
        }
    }

    private static func add(_ value: Value, of type: FieldType, to cells: inout [String]) {
        switch (type, value) {
        case (.object(let parts), _):
            let values = value.parts
            for (place, part) in parts.enumerated() {
                add(place < values.count ? values[place] : .null, of: part.type, to: &cells)
            }
        case (.money, .money(let money)): cells += [String(money.amount), money.currency.description]
        case (.money, _): cells += ["", ""]
        default: cells.append(CSVWriter.text(of: value.json(of: type)))
        }
    }
}
