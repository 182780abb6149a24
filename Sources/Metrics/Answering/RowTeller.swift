internal import JSON
internal import Store

/// Tells the rows behind a figure, each with what it counts for.
struct RowTeller {
    private let metric: Metric
    private let asked: Asked

    init(_ metric: Metric, _ asked: Asked) {
        self.metric = metric
        self.asked = asked
    }

    /// The other record that a row names: a credit's deal, a deal's content.
    func linked(_ fact: Fact) -> Record? {
        fact.kind.linked.flatMap { asked.facts.record($0, fact.link) }
    }

    /// Whether an asker sees the records of a row.
    func shows(_ fact: Fact, _ isSeen: (Record) -> Bool) -> Bool {
        asked.facts.record(fact.kind, fact.row).map(isSeen) ?? false && linked(fact).map(isSeen) ?? true
    }

    func json(of fact: Fact) -> JSON {
        let at: JSON = fact.at == Facts.never ? .null : .string(Instant(milliseconds: fact.at).description)
        let record = asked.facts.record(fact.kind, fact.row)?.named ?? []
        return .object(record + [.init("at", at)] + link(of: fact) + counted(fact))
    }

    /// The other record, as a row names it.
    func link(of fact: Fact) -> [JSON.Member] {
        linked(fact).map { [.init("\($0.schema.prefix)_id", .string($0.idText))] } ?? []
    }

    /// A lead's id, or of a visitor nobody knows a number that is always the same.
    private func person(_ number: Int64) -> String {
        Int32(exactly: number).flatMap { asked.facts.record(.leads, $0)?.idText }
            ?? String(UInt64(bitPattern: number), radix: 16)
    }

    /// What it counts for.
    func counted(_ fact: Fact) -> [JSON.Member] {
        switch metric.shape {
        case .count: return []
        case .distinct: return [.init("counted_once_as", .string(person(fact.value)))]
        case .sum, .average: return amount(of: fact)
        case .total: return [.init("number", Figure.number(Double(fact.value) / 1000))]
        case .share:
            return [
                .init("numerator", .bool(!fact.marks.contains(.isBelowOnly))),
                .init("denominator", .bool(!fact.marks.contains(.isAboveOnly))),
            ] + (asked.question.options.isWeighedByAmount ? amount(of: fact) : [])
        case .lengths(let unit):
            let length = fact.marks.contains(.hasNoValue) ? JSON.null : .number(Double(fact.value) / Double(unit))
            return [
                .init(metric.unit, length), .init("censored", .bool(fact.marks.contains(.isCensored))),
            ]
        case .composed(let composition):
            let part = composition.parts[Int(fact.part)]
            let name = JSON.Member("part", .string(part.name))
            switch part.measure {
            case .count: return [name]
            case .money: return [name] + amount(of: fact)
            case .number, .mean: return [name, .init("number", Figure.number(Double(fact.value) / 1000))]
            case .days:
                return [name, .init("days", .number(Double(fact.value) / Double(Instant.dayMilliseconds)))]
            }
        }
    }

    private func amount(of fact: Fact) -> [JSON.Member] {
        let currency = JSON.string(asked.exchange.currency?.description ?? "")
        let isThere = !fact.marks.contains(.hasNoValue)
        let amount: JSON = isThere ? ["amount": .integer(fact.value), "currency": currency] : .null
        return [.init("amount", amount)]
            + (fact.percent == 100 ? [] : [.init("percent", .integer(Int64(fact.percent)))])
    }
}

extension Record {
    /// What and which it is, as rows name it.
    var named: [JSON.Member] {
        [.init("resource", .string(schema.name)), .init("id", .string(idText)), .init("href", .string(address))]
    }
}
