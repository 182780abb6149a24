internal import Domain
public import JSON
internal import Store

/// The most common paths from first touch to won, with their conversion and value.
public enum JourneyPathsReport {
    /// What it is, in one sentence.
    public static let definition =
        "The paths of touches that led to the deals won in the period, and of leads that have not bought and whose last touch before its end is in it, whose look-back is before that; the same twice in a row is told once. Conversion is won ÷ all journeys of the path."

    /// What a path can be told in.
    public static let dimensions: [Dimension] = [.channel, .source, .campaign, .content]
    /// What it lets one choose.
    public static let parameters = ["lookback_days", "direct", "impressions"]

    private struct Path {
        var won = 0
        var open = 0
        var value = Int128(0)
        var milliseconds = 0.0
    }

    /// The report; `limit` paths from a place on.
    ///
    /// - Throws: ``MetricFault``.
    public static func answer(
        _ question: Question, in facts: Facts, limit: Int, offset: Int
    ) throws(MetricFault) -> (members: [JSON.Member], next: Int?) {
        let asked = Asked(question, of: facts)
        let reader = DimensionReader(asked)
        let dimension = question.groupBy.first ?? .channel
        var paths: [[Int32]: Path] = [:]
        let journeys = Journeys(asked)
        var touches: [TouchLink] = []
        func path() -> [Int32] {
            var path: [Int32] = []
            for touch in touches {
                let number = touch.number(along: dimension)
                if path.last != number { path.append(number) }
            }
            return path
        }
        for deal in try asked.wonDeals() where asked.sees(deal) {
            journeys.collect(deal.row, closedAt: deal.at, into: &touches)
            guard let first = touches.first else { continue }
            let key = path()
            paths[key, default: Path()].won += 1
            paths[key, default: Path()].value += Int128(deal.value)
            paths[key, default: Path()].milliseconds += Double(deal.at - first.at)
        }
        for (lead, boughtAt) in asked.boughtAt().enumerated()
        where boughtAt == Facts.never && asked.sees(Fact(.leads, Int32(lead), at: 0)) {
            journeys.collect(unsold: Int32(lead), before: asked.bounds.upperBound, into: &touches)
            guard let last = touches.last, last.at >= asked.bounds.lowerBound else { continue }
            paths[path(), default: Path()].open += 1
        }
        // By what they say, since what is counted by number may be numbered otherwise after a start.
        let numbers = Set(paths.keys.joined())
        let names = Dictionary(uniqueKeysWithValues: numbers.map { ($0, reader.key($0, dimension).key ?? "") })
        let sorted = paths.sorted { left, right in
            let (first, second) = (left.value, right.value)
            if first.won != second.won { return first.won > second.won }
            if first.open != second.open { return first.open > second.open }
            return left.key.lexicographicallyPrecedes(right.key) { names[$0] ?? "" < names[$1] ?? "" }
        }
        let page = sorted.dropFirst(offset).prefix(limit)
        let data = page.map { key, path -> JSON in
            let steps = key.map { reader.key($0, dimension) }
            return [
                "path": .array(steps.map { $0.key.map { .string($0) } ?? .null }),
                "labels": .array(steps.map { ($0.label ?? $0.key).map { .string($0) } ?? .null }),
                "journeys": .integer(Int64(path.won + path.open)), "won": .integer(Int64(path.won)),
                "conversion": Statistics.share(path.won, of: path.won + path.open),
                "value": asked.money(path.value * 100),
                "average_value": path.won == 0 ? nil : asked.money(path.value * 100, by: Int128(path.won)),
                "average_days": path.won == 0
                    ? nil : .number(path.milliseconds / Double(path.won) / Double(Instant.dayMilliseconds)),
            ]
        }
        let end = offset + page.count
        let members =
            asked.head("journey-paths", definition) + [
                .init("group_by", .string(dimension.rawValue)), .init("count", .integer(Int64(sorted.count))),
                .init("data", .array(data)),
            ]
        return (members, end < sorted.count ? end : nil)
    }
}
