internal import Domain
internal import Store

/// What a question narrows its facts to: keys of dimensions, conditions on records, what the asker sees.
struct Narrowing {
    private let question: Question
    private let reader: DimensionReader

    init(_ question: Question, _ reader: DimensionReader) {
        self.question = question
        self.reader = reader
    }

    func apply(to items: [Fact]) throws(MetricFault) -> [Fact] {
        var items = items
        for filter in question.filters {
            let numbers = reader.numbers(of: items, filter.dimension)
            var known: [Int32: Bool] = [:]
            var kept: [Fact] = []
            for (fact, number) in zip(items, numbers) {
                let isWanted = known[number] ?? (reader.key(number, filter.dimension).key == filter.key)
                known[number] = isWanted
                if isWanted { kept.append(fact) }
            }
            items = kept
        }
        if !question.conditions.isEmpty {
            let conditions = FactKind.allCases.map { kind in
                question.conditions[kind.schema.name]?.map { ($0, PastField(at: $0.path.slot, of: kind.schema)) }
            }
            items = items.filter { fact in
                guard let own = conditions[Int(fact.kind.rawValue)] else { return true }
                guard let record = reader.facts.record(fact.kind, fact.row) else { return false }
                return own.allSatisfy { condition, past in
                    past?.value(in: record, asOf: question.asOf).map(condition.holds) ?? condition.holds(for: record)
                }
            }
        }
        if let sees = question.sees {
            items = items.filter { reader.facts.judged($0).map(sees) ?? false }
        }
        return items
    }
}
