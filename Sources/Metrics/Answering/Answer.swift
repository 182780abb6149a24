internal import Domain
public import JSON
public import Store

extension Metric {
    /// The figure, whole and by group.
    ///
    /// - Parameter rows: the address of the rows behind the figure, for further query items.
    /// - Throws: ``MetricFault``.
    public func answer(
        _ question: Question, in facts: Facts, rows: (_ narrowing: [(name: String, key: String?)]) -> String
    ) throws(MetricFault) -> JSON {
        let asked = Asked(settled(question), of: facts)
        let question = asked.question
        let reader = DimensionReader(asked)
        let groups: Groups?
        let sums: Sums
        if let counted = try ColumnCount(self, asked, reader) {
            groups = counted.groups
            sums = Sums(counts: counted.counts)
        } else {
            let items = try narrowed(asked, reader)
            groups = question.groupBy.isEmpty ? nil : try Groups(items, by: question.groupBy, reader, question)
            sums = Sums(items, groups, of: self, asked)
        }
        let whole = sums.whole(of: self, asked)
        var members = Self.head(self, asked) + whole
        members.append(.init("rows", .string(rows([]))))
        let earlier = try previous(asked)
        if let earlier { members.append(.init("previous", earlier.json(whole))) }
        guard let groups else { return .object(members) }
        let list = groups.all.indices.map { place -> JSON in
            let group = groups.all[place]
            var members = Groups.keys(of: group, question.groupBy)
            members += group.isToCome ? Self.toCome : sums.group(place, of: self, asked)
            if let json = earlier?.json(of: group.keys, members) { members.append(.init("previous", json)) }
            members.append(
                .init("rows", .string(rows(zip(question.groupBy, group.keys).map { ($0.rawValue, $1.key) }))))
            return .object(members)
        }
        members.append(.init("groups", .array(list)))
        members.append(.init("total", whole.first?.value ?? .null))
        return .object(members)
    }

    private static let toCome: [JSON.Member] = [
        .init("value", .null), .init("reason", "it had not begun as of the instant asked for"),
    ]

    /// The question with what was not asked decided.
    private func settled(_ question: Question) -> Question {
        var question = question
        question.basis = question.basis ?? bases.first
        return question
    }

    private static func head(_ metric: Metric, _ asked: Asked) -> [JSON.Member] {
        let question = asked.question
        return [
            .init("metric", .string(metric.name)), .init("unit", .string(metric.unit)),
            .init("definition", .string(metric.definition)),
            .init("from", question.from.map { .string($0.description) } ?? .null),
            .init("to", metric.isState ? .null : .string((question.to ?? question.asOf).description)),
            .init("tz", .string(question.zone.name)),
            .init("basis", question.basis.map { .string($0.rawValue) } ?? .null),
            .init("as_of", .string(question.asOf.description)), .init("seq", .integer(asked.facts.view.seq)),
        ]
    }

    /// The facts behind a figure, those alone that the question is about.
    func narrowed(_ asked: Asked, _ reader: DimensionReader) throws(MetricFault) -> [Fact] {
        let items = try Narrowing(asked.question, reader).apply(to: try facts(asked))
        let missing = asked.question.withoutField
        // Of what a figure is composed of, a part may have the field and another not.
        if missing.isEmpty || isComposed { return items }
        return items.filter { !missing.contains($0.kind.schema.name) }
    }

    // MARK: Rows

    /// The rows behind the figure, in order of their time and id, each with the other record that it names.
    public func rows(
        _ question: Question, in facts: Facts
    ) throws(MetricFault) -> [(record: Record, linked: Record?, json: JSON)] {
        let asked = Asked(settled(question), of: facts)
        let reader = DimensionReader(asked)
        let items = try narrowed(asked, reader)
        let teller = RowTeller(self, asked)
        return teller.inOrder(items).compactMap { fact in
            facts.record(fact.kind, fact.row).map { ($0, teller.linked(fact), teller.json(of: fact, $0)) }
        }
    }
}

extension Groups {
    /// The keys of a group, and their names where they are ids.
    static func keys(of group: Group, _ dimensions: [Dimension]) -> [JSON.Member] {
        let named = zip(dimensions, group.keys)
        var members: [JSON.Member] = [
            .init("key", .object(named.map { .init($0.rawValue, $1.key.map { .string($0) } ?? .null) }))
        ]
        let labels = named.compactMap { dimension, key in
            key.label.map { JSON.Member(dimension.rawValue, .string($0)) }
        }
        if !labels.isEmpty { members.append(.init("labels", .object(labels))) }
        return members
    }
}
