internal import Domain
public import JSON
public import Store

extension Metric {
    /// The figure, whole and by group.
    ///
    /// - Parameter rows: the address of the rows behind the figure, for further query items.
    /// - Throws: ``MetricFault``.
    public func answer(
        _ question: Question, in view: View, rows: (_ narrowing: [(name: String, key: String?)]) -> String
    ) throws(MetricFault) -> JSON {
        var question = question
        question.basis = question.basis ?? bases.first
        let reader = DimensionReader(view: view, zone: question.zone)
        let facts = narrowedFacts(question, in: view, reader)
        let isMoney = kind == .sum || kind == .average || question.isWeighedByAmount
        let currency = try Self.currency(of: isMoney ? facts : [])
        var members: [JSON.Member] = [
            .init("metric", .string(name)), .init("unit", .string(unit)), .init("definition", .string(definition)),
            .init("from", question.from.map { .string($0.description) } ?? .null),
            .init("to", isState ? .null : .string((question.to ?? question.asOf).description)),
            .init("tz", .string(question.zone.name)),
            .init("basis", question.basis.map { .string($0.rawValue) } ?? .null),
            .init("as_of", .string(question.asOf.description)), .init("seq", .integer(view.seq)),
        ]
        members += try Figure(facts, of: self, question, currency: currency).json
        members.append(.init("rows", .string(rows([]))))
        guard !question.groupBy.isEmpty else { return .object(members) }
        var groups: [JSON] = []
        for group in Groups(facts, by: question.groupBy, reader, question, fact: { $0 }).all {
            groups.append(try answer(to: group, question, currency, rows))
        }
        members.append(.init("groups", .array(groups)))
        return .object(members)
    }

    /// The rows behind the figure, in order of their time and id.
    public func rows(_ question: Question, in view: View) -> [(record: Record, json: JSON)] {
        var question = question
        question.basis = question.basis ?? bases.first
        let reader = DimensionReader(view: view, zone: question.zone)
        let facts = narrowedFacts(question, in: view, reader)
        return facts.sorted { left, right in
            let (first, second) = (left.at?.milliseconds ?? .min, right.at?.milliseconds ?? .min)
            return first == second ? left.record.id < right.record.id : first < second
        }.map { ($0.record, row($0, isWeighed: question.isWeighedByAmount)) }
    }

    private func row(_ fact: Fact, isWeighed: Bool) -> JSON {
        var members: [JSON.Member] = [
            .init("resource", .string(fact.record.schema.name)), .init("id", .string(fact.record.idText)),
            .init("href", .string("/v1/\(fact.record.schema.name)/\(fact.record.idText)")),
            .init("at", fact.at.map { .string($0.description) } ?? .null),
        ]
        switch kind {
        case .count: break
        case .sum, .average:
            members.append(amount(of: fact))
            if fact.percent != 100 { members.append(.init("percent", .integer(fact.percent))) }
        case .rate:
            members.append(.init("numerator", .bool(fact.isInNumerator)))
            members.append(.init("denominator", .bool(fact.isInDenominator)))
            if isWeighed { members.append(amount(of: fact)) }
        case .lengths:
            members.append(.init(unit, fact.length.map { .number($0) } ?? .null))
            members.append(.init("censored", .bool(fact.isCensored)))
        }
        return .object(members)
    }

    private func amount(of fact: Fact) -> JSON.Member {
        .init("amount", fact.money.map { Value.money($0).json(of: .money) } ?? .null)
    }

    private func narrowedFacts(_ question: Question, in view: View, _ reader: DimensionReader) -> [Fact] {
        var all = facts(view, question)
        if let sees = question.sees { all = all.filter { sees($0.record) } }
        guard !question.filters.isEmpty else { return all }
        return all.filter { fact in
            question.filters.allSatisfy { reader.key(of: fact, $0.dimension).key == $0.key }
        }
    }

    private func answer(
        to group: Groups<Fact>.Group, _ question: Question, _ currency: String?,
        _ rows: ([(name: String, key: String?)]) -> String
    ) throws(MetricFault) -> JSON {
        let named = zip(question.groupBy, group.keys)
        var members: [JSON.Member] = [
            .init("key", .object(named.map { .init($0.rawValue, $1.key.map { .string($0) } ?? .null) }))
        ]
        let labels = named.compactMap { dimension, key in
            key.label.map { JSON.Member(dimension.rawValue, .string($0)) }
        }
        if !labels.isEmpty { members.append(.init("labels", .object(labels))) }
        if group.isToCome {
            members += [.init("value", .null), .init("reason", "it had not begun as of the instant asked for")]
        } else {
            members += try Figure(group.items, of: self, question, currency: currency).json
        }
        members.append(.init("rows", .string(rows(named.map { ($0.rawValue, $1.key) }))))
        return .object(members)
    }

    /// The one currency of the facts; money of several is never added bare.
    private static func currency(of facts: [Fact]) throws(MetricFault) -> String? {
        var found: Currency?
        for fact in facts {
            guard let currency = fact.money?.currency else { continue }
            if let found, found != currency { throw .noRate(from: currency.description, to: found.description) }
            found = currency
        }
        return found?.description
    }
}
