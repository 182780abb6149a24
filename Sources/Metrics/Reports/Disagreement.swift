internal import Domain
public import JSON
public import Store

/// Where a figure has several definitions: the rows on which they differ.
public enum Disagreement {
    /// The metrics that have several definitions.
    public static let metrics = [MarketingRevenueFigures.disputed, "customer_lifetime_value", "attributed_revenue"]

    /// Which definition counts which row, and what each comes to; the rows alone on which not all agree.
    ///
    /// - Parameter isSeen: whether the asker sees a record.
    /// - Throws: ``MetricFault``; `nil` of a metric that has one definition.
    public static func json(
        of metric: Metric, _ question: Question, in facts: Facts, after cursor: RowCursor?, limit: Int,
        isSeen: (Record) -> Bool
    ) throws(MetricFault) -> (head: [JSON.Member], rows: RowPage)? {
        let definitions = definitions(of: metric, question)
        guard !definitions.isEmpty else { return nil }
        var amounts: [RowKey: [Int: Int128]] = [:]
        var hidden: Set<RowKey> = []
        var isDealSeen: [Int32: Bool] = [:]
        var values: [JSON.Member] = []
        for (place, definition) in definitions.enumerated() {
            let asked = Asked(definition.question, of: facts)
            let items: [Fact]
            do throws(MetricFault) { items = try metric.narrowed(asked, DimensionReader(asked)) } catch {
                // One that rests on what is not there is told as such, beside the others.
                guard case .notEnough(let reason) = error else { throw error }
                values.append(.init(definition.name, ["value": nil, "reason": .string(reason)]))
                continue
            }
            values.append(.init(definition.name, .object(Sums(items, nil, of: metric, asked).whole(of: metric, asked))))
            for fact in items {
                // Models share out the same deals among other touches: what differs is told by touch.
                let key = RowKey(of: fact.kind, facts.links[fact.kind].ids[Int(fact.row)])
                amounts[key, default: [:]][place, default: 0] += Int128(fact.value)
                // What a touch has of a deal that the asker does not see would tell what that is worth.
                guard fact.kind == .touches, fact.link >= 0 else { continue }
                let isSeen = isDealSeen[fact.link] ?? facts.record(.deals, fact.link).map(isSeen) ?? false
                isDealSeen[fact.link] = isSeen
                if !isSeen { hidden.insert(key) }
            }
        }
        let differing = amounts.filter { row in
            let own = definitions.indices.map { row.value[$0] }
            return own.contains { $0 != own[0] }
        }.sorted { $0.key < $1.key }
        let seen = differing.filter { row in
            !hidden.contains(row.key) && facts.record(row.key).map(isSeen) ?? false
        }
        let left = cursor.map { cursor in seen.drop { $0.key <= cursor.key } } ?? seen[...]
        let page = left.prefix(limit)
        let data = page.map { row -> JSON in
            let told = definitions.enumerated().map { place, definition -> JSON.Member in
                .init(definition.name, row.value[place].map { .integer(Int64(clamping: $0)) } ?? .null)
            }
            return .object((facts.record(row.key)?.named ?? []) + told)
        }
        return (
            [.init("metric", .string(metric.name)), .init("definitions", .object(values))],
            RowPage(
                count: seen.count, hidden: differing.count - seen.count, data: data,
                next: left.count > page.count ? page.last.map { RowCursor($0.key) } : nil)
        )
    }

    private static func definitions(of metric: Metric, _ question: Question) -> [(name: String, question: Question)] {
        func with(_ change: (inout Question.Options) -> Void) -> Question {
            var question = question
            question.groupBy = []
            question.basis = question.basis ?? metric.bases.first
            change(&question.options)
            return question
        }
        switch metric.name {
        case MarketingRevenueFigures.disputed:
            return SourcedDefinition.allCases.map { one in (one.rawValue, with { $0.sourced = one }) }
        case "customer_lifetime_value":
            return LifetimeModel.allCases.map { one in (one.rawValue, with { $0.lifetime = one }) }
        case "attributed_revenue":
            return AttributionModel.allCases.map { one in (one.rawValue, with { $0.model = one }) }
        default: return []
        }
    }
}
