internal import Domain
public import JSON
internal import Store

/// What buyers object to, whether it is answered, and how deals with it end.
public enum ObjectionReport {
    /// What it is, in one sentence.
    public static let definition =
        "By category: the objections raised in the period, the share answered since, and the win rate of deals closed in the period with such an objection beside those without."

    /// What it can be narrowed by.
    public static let dimensions = Dimension.ofDeals

    /// The report.
    ///
    /// - Throws: ``MetricFault``.
    public static func answer(_ question: Question, in facts: Facts) throws(MetricFault) -> JSON {
        let asked = Asked(question, of: facts)
        let narrowing = Narrowing(question, DimensionReader(asked))
        var raised = try narrowing.apply(to: asked.objections())
        // A field that only deals have narrows the objections by their deals, so that a line tells one population.
        if question.withoutField.contains(Objection.schema.name) {
            let ofDeals = raised.map { Fact(.deals, facts.objections[$0.row].deal, at: $0.at) }
            let kept = Set(try narrowing.apply(to: ofDeals).map(\.row))
            raised = raised.filter { kept.contains(facts.objections[$0.row].deal) }
        }
        let closed = try narrowing.apply(to: asked.closed())
        let categories = Dictionary(grouping: raised) { facts.objections[$0.row].category }
        let lines = categories.sorted {
            ($1.value.count, facts.words[$0.key] ?? "") < ($0.value.count, facts.words[$1.key] ?? "")
        }.map { category, items -> JSON in
            let answered = items.count { facts.objections[$0.row].answeredAt < asked.asOf }
            let with = closed.filter { facts.hasObjection($0.row, category, before: $0.at) }
            let wonWith = with.count { $0.stage == facts.won }
            let won = closed.count { $0.stage == facts.won }
            return [
                "key": ["category": facts.words[category].map { .string($0) } ?? .null],
                "count": .integer(Int64(items.count)),
                "answered": Statistics.share(answered, of: items.count, unfinished: items.count - answered),
                "win_rate_with": Statistics.share(wonWith, of: with.count),
                "win_rate_without": Statistics.share(won - wonWith, of: closed.count - with.count),
            ]
        }
        return .object(
            asked.head("objections", definition) + [
                .init("count", .integer(Int64(raised.count))), .init("groups", .array(lines)),
            ])
    }
}

extension Facts {
    fileprivate func hasObjection(_ deal: Int32, _ category: Int32, before end: Int64) -> Bool {
        var isFound = false
        objectionsOfDeal.forEach(of: deal) { row in
            isFound = isFound || objections[row].category == category && objections[row].raisedAt < end
        }
        return isFound
    }
}
