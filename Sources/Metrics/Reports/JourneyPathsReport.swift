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
        var notWon = 0
        /// Of those that are not won, the leads that may buy yet.
        var unfinished = 0
        var value = Int128(0)
        var milliseconds = 0.0

        mutating func add(_ deal: Fact, since start: Int64) {
            won += 1
            value += Int128(deal.value)
            milliseconds += Double(deal.at - start)
        }
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
        let paths = ranked(try paths(asked, dimension), reader, dimension)
        let page = paths.dropFirst(offset).prefix(limit)
        let end = offset + page.count
        let members =
            asked.head("journey-paths", definition) + [
                .init("group_by", .string(dimension.rawValue)), .init("count", .integer(Int64(paths.count))),
                .init("data", .array(page.map { json(of: $0.value, $0.key.map { reader.key($0, dimension) }, asked) })),
            ]
        return (members, end < paths.count ? end : nil)
    }

    /// What became of the journeys of each path, whose steps are numbers along a dimension.
    private static func paths(_ asked: Asked, _ dimension: Dimension) throws(MetricFault) -> [[Int32]: Path] {
        let journeys = Journeys(asked)
        var paths: [[Int32]: Path] = [:]
        var touches: [TouchLink] = []
        func path() -> [Int32] {
            var path: [Int32] = []
            for touch in touches {
                let number = touch.number(along: dimension)
                if path.last != number { path.append(number) }
            }
            return path
        }
        for deal in try asked.wonDeals() {
            journeys.collect(deal.row, closedAt: deal.at, into: &touches)
            guard let first = touches.first else { continue }
            paths[path(), default: Path()].add(deal, since: first.at)
        }
        for (lead, boughtAt) in asked.boughtAt().enumerated()
        where boughtAt == Facts.never && asked.sees(Fact(.leads, Int32(lead), at: 0)) {
            journeys.collect(unsold: Int32(lead), before: asked.bounds.upperBound, into: &touches)
            guard let last = touches.last, last.at >= asked.bounds.lowerBound else { continue }
            let key = path()
            paths[key, default: Path()].notWon += 1
            if asked.outcome(of: lead, boughtAt: boughtAt) == nil { paths[key, default: Path()].unfinished += 1 }
        }
        return paths
    }

    /// The paths, those that led to most deals first.
    private static func ranked(
        _ paths: [[Int32]: Path], _ reader: DimensionReader, _ dimension: Dimension
    ) -> [(key: [Int32], value: Path)] {
        // By what they say, since what is counted by number may be numbered otherwise after a start.
        let numbers = Set(paths.keys.joined())
        let names = Dictionary(uniqueKeysWithValues: numbers.map { ($0, reader.key($0, dimension).key ?? "") })
        return paths.sorted { left, right in
            let (first, second) = (left.value, right.value)
            if first.won != second.won { return first.won > second.won }
            if first.notWon != second.notWon { return first.notWon > second.notWon }
            return left.key.lexicographicallyPrecedes(right.key) { names[$0] ?? "" < names[$1] ?? "" }
        }
    }

    private static func json(of path: Path, _ steps: [GroupKey], _ asked: Asked) -> JSON {
        let all = path.won + path.notWon
        let days = path.milliseconds / Double(path.won) / Double(Instant.dayMilliseconds)
        return [
            "path": .array(steps.map { $0.key.map { .string($0) } ?? .null }),
            "labels": .array(steps.map { ($0.label ?? $0.key).map { .string($0) } ?? .null }),
            "journeys": .integer(Int64(all)), "won": .integer(Int64(path.won)),
            "conversion": Statistics.share(path.won, of: all, unfinished: path.unfinished),
            "value": asked.money(path.value * 100),
            "average_value": path.won == 0 ? nil : asked.money(path.value * 100, by: Int128(path.won)),
            "average_days": path.won == 0 ? nil : .number(days),
        ]
    }
}
