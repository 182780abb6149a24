internal import Domain
internal import Store

/// Where the fields that columns are made of stand in their records.
struct Slots: Sendable {
    private let schema: Schema

    init(_ schema: Schema) { self.schema = schema }

    /// The slot of a field, which must be declared.
    func callAsFunction(_ name: String) -> Int { schema.slot(of: name) }

    /// The places of the parts of objects in a slot, by their names.
    func parts(of slot: Int) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: schema.fields[slot].type.parts.enumerated().map { ($1.name, $0) })
    }

    /// The path of a part, which must be declared.
    func path(_ name: String) -> FieldPath {
        guard let path = schema.path(name) else { preconditionFailure("\(schema.name) have no \(name)") }
        return path
    }
}

extension Record {
    /// A moment as milliseconds; ``Facts/never`` where there is none.
    @inline(__always)
    func time(at slot: Int) -> Int64 { instant(at: slot)?.milliseconds ?? Facts.never }

    /// A day's number; `Int32.max` where there is none.
    func day(at slot: Int) -> Int32 {
        value(at: slot).dayNumber
    }

    /// An amount as columns have it.
    func sum(at slot: Int) -> Sum { Sum(value(at: slot).money) }
}

extension Value {
    /// The number of a day; `Int32.max` where there is none.
    var dayNumber: Int32 {
        guard case .day(let day) = self else { return .max }
        return day.number
    }
}

/// An amount of money as a column has it.
struct Sum: Sendable {
    /// Minor units.
    let amount: Int64
    /// The currency; `nil` where there is no amount.
    let currency: Currency?

    init(_ money: Money?) {
        amount = money?.amount ?? 0
        currency = money?.currency
    }

    var money: Money? { currency.map { Money(amount: amount, currency: $0) } }
}
