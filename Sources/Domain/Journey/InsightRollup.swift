public import JSON
public import Store

/// What customers say, counted by what it concerns.
public struct InsightRollup {
    /// What insights can be counted by.
    public static let dimensions = [
        "kind", "reason", "campaign", "content", "product", "segment", "sentiment", "status",
    ]

    private struct Count {
        var all = 0
        var statuses: [String: Int] = [:]
        var sentiments: [String: Int] = [:]
    }

    /// `{"group_by", "count", "groups": [{"key", "label", "count", "statuses", "sentiments", "rows"}]}`, the most first.
    ///
    /// - Parameters:
    ///   - dimension: one of ``dimensions``; a lead can be in several segments, and counts in each.
    ///   - from: the first instant that counts, `to` the first after.
    ///   - sees: whether an insight counts for the asker; all do where it is not given.
    ///   - rows: the address of the insights whose fields have some values.
    public static func json(
        by dimension: String, from: Instant?, to: Instant?, in view: View, sees: ((Record) -> Bool)? = nil,
        rows: ([(field: String, value: String)]) -> String
    ) -> JSON {
        var counts: [String?: Count] = [:]
        var total = 0
        let segments = dimension == "segment" ? Self.segments(in: view) : []
        view.forEach(Insight.schema.name) { insight in
            guard let at = insight["heard_at"].instant, from.map({ $0 <= at }) ?? true, to.map({ at < $0 }) ?? true
            else { return }
            if let sees, !sees(insight) { return }
            total += 1
            for key in keys(of: insight, dimension, segments, view) {
                counts[key, default: Count()].all += 1
                counts[key, default: Count()].statuses[insight["status"].text ?? "", default: 0] += 1
                if let sentiment = insight["sentiment"].text {
                    counts[key, default: Count()].sentiments[sentiment, default: 0] += 1
                }
            }
        }
        let sorted = counts.sorted {
            $0.value.all == $1.value.all ? ($0.key ?? "") < ($1.key ?? "") : $0.value.all > $1.value.all
        }
        let period =
            (from.map { [("heard_at.gte", $0.description)] } ?? [])
            + (to.map { [("heard_at.lt", $0.description)] } ?? [])
        return [
            "group_by": .string(dimension), "count": .integer(Int64(total)),
            "groups": .array(
                sorted.map { key, count in
                    [
                        "key": key.map { .string($0) } ?? .null, "label": label(of: key, dimension, view),
                        "count": .integer(Int64(count.all)), "statuses": json(count.statuses),
                        "sentiments": json(count.sentiments),
                        "rows": field(of: dimension).map { .string(rows([($0, key ?? "null")] + period)) } ?? .null,
                    ]
                }),
        ]
    }

    private static func json(_ counts: [String: Int]) -> JSON {
        .object(counts.sorted { $0.key < $1.key }.map { .init($0.key, .integer(Int64($0.value))) })
    }

    private static func segments(in view: View) -> [(id: String, filter: Filter)] {
        view.records(Segment.schema.name, after: nil, limit: 10_000).map { ($0.idText, Segment.filter(of: $0)) }
    }

    private static func keys(
        of insight: Record, _ dimension: String, _ segments: [(id: String, filter: Filter)], _ view: View
    ) -> [String?] {
        switch dimension {
        case "kind", "reason", "sentiment", "status": return [insight[dimension].text]
        case "segment":
            guard let lead = insight["lead_id"].reference.flatMap({ view.record(Lead.schema.name, $0) }) else {
                return [nil]
            }
            let own = segments.filter { $0.filter.holds(for: lead) }.map(\.id)
            return own.isEmpty ? [nil] : own
        default: return [insight["\(dimension)_id"].reference.map { schema(of: dimension).text($0) }]
        }
    }

    private static func schema(of dimension: String) -> Schema {
        switch dimension {
        case "campaign": Campaign.schema
        case "content": Content.schema
        case "segment": Segment.schema
        default: Product.schema
        }
    }

    private static func label(of key: String?, _ dimension: String, _ view: View) -> JSON {
        guard let key, ["campaign", "content", "product", "segment"].contains(dimension) else { return .null }
        let schema = schema(of: dimension)
        let record = Identifier(key, prefix: schema.prefix).flatMap { view.record(schema.name, $0) }
        return (record?[dimension == "content" ? "title" : "name"].text).map { .string($0) } ?? .null
    }

    /// The field that holds what is counted by; the members of a segment change, so there is none.
    private static func field(of dimension: String) -> String? {
        switch dimension {
        case "segment": nil
        case "campaign", "content", "product": "\(dimension)_id"
        default: dimension
        }
    }
}
