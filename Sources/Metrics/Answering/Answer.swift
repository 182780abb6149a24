internal import Domain
internal import JSON
internal import Store

extension Metric {
    /// The figure, whole and by group.
    ///
    /// - Throws: ``MetricFault``.
    public func answer(
        _ question: Question, in facts: Facts, rows: RowsAddresses
    ) throws(MetricFault) -> Answer {
        let asked = Asked(settled(question), of: facts)
        let reader = DimensionReader(asked)
        let (groups, sums) = try added(asked, reader)
        let whole = try whole(asked, sums)
        let earlier = try previous(asked)
        var writer = AnswerWriter(groups: groups?.all.count ?? 0)
        writer.beginObject()
        writer.members(try head(asked) + whole + [.init("rows", .string(rows.whole))])
        if let earlier { writer.members([.init("previous", earlier.json(whole))]) }
        if let groups {
            writer.beginArray("groups")
            write(groups, sums, earlier, asked, GroupTeller(groups, rows), to: &writer)
            if let earlier { write(gone: groups, earlier, asked, rows, to: &writer) }
            writer.endArray()
            writer.members([.init("total", whole.first?.value ?? .null)])
        }
        writer.endObject()
        return Answer(writer)
    }

    /// The figure over all groups, by what was added up for them where that tells it.
    func whole(_ asked: Asked, _ sums: Sums) throws(MetricFault) -> [JSON.Member] {
        guard isWholeAskedAlone, !asked.question.groupBy.isEmpty else { return sums.whole(of: self, asked) }
        var question = asked.question
        question.groupBy = []
        let alone = asked.of(question)
        return try added(alone, DimensionReader(alone)).1.whole(of: self, alone)
    }

    /// What is asked for by group: straight from columns where they tell it, else fact by fact.
    private func added(_ asked: Asked, _ reader: DimensionReader) throws(MetricFault) -> (Groups?, Sums) {
        if let leads = try ColumnLeads(self, asked, reader) { return (leads.groups, leads.sums) }
        if let deals = try ColumnDeals(self, asked, reader) { return (deals.groups, deals.sums) }
        let items = try narrowed(asked, reader)
        let question = asked.question
        let groups = question.groupBy.isEmpty ? nil : try Groups(items, by: question.groupBy, reader, question)
        return (groups, Sums(items, groups, of: self, asked))
    }

    private func write(
        _ groups: Groups, _ sums: Sums, _ earlier: Earlier?, _ asked: Asked, _ teller: GroupTeller,
        to writer: inout AnswerWriter
    ) {
        let pieces = AnswerWriter.MoneyPieces(currency: asked.exchange.currencyText)
        for place in groups.all.indices {
            let group = groups.all[place]
            writer.beginObject()
            teller.writeKeys(of: group, to: &writer)
            let isToCome = group.isToCome && !looksAhead
            if earlier == nil, !isToCome, let money = sums.money(ofGroup: place, self) {
                writer.money(hundredths: money, pieces)
            } else {
                let figure = isToCome ? Groups.toCome() : sums.group(place, of: self, asked)
                writer.members(figure)
                if let json = earlier?.json(of: groups.keys(of: group), figure) {
                    writer.members([.init("previous", json)])
                }
            }
            teller.writeRows(of: group, to: &writer)
            writer.endObject()
        }
    }

    /// Writes the groups that had something in the period beside and have nothing now, so that both add up.
    private func write(
        gone groups: Groups, _ earlier: Earlier, _ asked: Asked, _ rows: RowsAddresses, to writer: inout AnswerWriter
    ) {
        let gone = earlier.groups(gone: groups)
        guard let then = earlier.groups, !gone.isEmpty else { return }
        let (teller, figure) = (GroupTeller(then, rows), ofNothing(asked))
        for group in gone {
            writer.beginObject()
            teller.writeKeys(of: group, to: &writer)
            writer.members(figure)
            if let json = earlier.json(of: then.keys(of: group), figure) { writer.members([.init("previous", json)]) }
            teller.writeRows(of: group, to: &writer)
            writer.endObject()
        }
    }

    /// The question with what was not asked decided.
    func settled(_ question: Question) -> Question {
        var question = question
        question.basis = question.basis ?? bases.first
        return question
    }

    private func head(_ asked: Asked) throws(MetricFault) -> [JSON.Member] {
        let question = asked.question
        let model = try model.map { model throws(MetricFault) in [JSON.Member("model", try model(asked))] } ?? []
        return [
            .init("metric", .string(name)), .init("unit", .string(unit)),
            .init("definition", .string(definition)),
            .init("from", question.from.map { .string($0.description) } ?? .null),
            .init("to", isState ? .null : .string((question.to ?? question.asOf).description)),
            .init("tz", .string(question.zone.name)),
            .init("basis", question.basis.map { .string($0.rawValue) } ?? .null),
            .init("as_of", .string(question.asOf.description)), .init("seq", .integer(asked.facts.view.seq)),
        ] + model
    }

    /// The facts behind a figure, those alone that the question is about.
    func narrowed(_ asked: Asked, _ reader: DimensionReader) throws(MetricFault) -> [Fact] {
        let question = asked.question
        try demandEverySide(question)
        let items = try asked.demandingFewestRates { asked throws(MetricFault) in
            try Narrowing(question, reader).apply(to: try facts(asked))
        }
        guard !question.conditions.isEmpty else { return items }
        let missing = FactKind.allCases.map(question.lacksField)
        return items.filter { !missing[Int($0.kind.rawValue)] }
    }

    /// Refuses to narrow some parts of a figure and count others whole, or as none: what that comes to means nothing.
    private func demandEverySide(_ question: Question) throws(MetricFault) {
        guard !question.conditions.isEmpty, let side = sides.first(where: { $0.allSatisfy(question.lacksField) }) else {
            return
        }
        let narrowed = Set(sides.flatMap(\.self)).filter { !question.lacksField($0) }
        throw .oneSided(
            narrowed: narrowed.map(\.schema.name).sorted(), others: side.map(\.schema.name),
            dimensions: dimensions.filter { !$0.isTime }.map(\.rawValue))
    }
}
