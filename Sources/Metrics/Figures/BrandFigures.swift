internal import Domain
internal import Store

/// The index of how well the brand is known.
enum BrandFigures {
    static let all = [
        Metric(
            "brand_awareness", unit: "index", .composed(index), of: [.observations, .touches], dimensions: [.quarter],
            sides: [[.observations]], isWholeAskedAlone: true,
            "100 in the base quarter, the first full one: the geometric mean of now ÷ then of branded searches, direct sessions, mentions and, where surveyed, aided awareness. A part that is missing in one of both is left out. Of a longer period it is the last full quarter, and a quarter that is not whole has none. No standard exists; this one is ours."
        ) { asked throws(MetricFault) in try asked.awareness() }
    ]

    private static let names = ["branded_searches", "direct_sessions", "mentions", "aided_awareness"]

    /// What was counted in the quarter, and after that what was in the base quarter.
    private static let index = Composition(
        parts: names.map { .init(name: $0, measure: $0 == "aided_awareness" ? .mean : .number) }
            + names.map { .init(name: "\($0)_then", measure: $0 == "aided_awareness" ? .mean : .number) },
        tellsMissing: true
    ) { parts in
        let ratios = (0..<4).compactMap { place -> Double? in
            let (now, then) = (parts[place], parts[place + 4])
            guard now.count > 0, then.sum > 0 else { return nil }
            // Of surveys it is the mean.
            return place == 3 ? now.sum / then.sum * Double(then.count) / Double(now.count) : now.sum / then.sum
        }
        guard !ratios.isEmpty else {
            return .none("no full quarter lies in the period, or nothing was observed in it and in the base quarter")
        }
        return .number(100 * Statistics.geometricMean(ratios))
    }
}

extension Asked {
    private static var unit: CalendarUnit { .quarter }

    /// Each part of each quarter in the period, and what it was in the base quarter.
    fileprivate func awareness() throws(MetricFault) -> [Fact] {
        var open = question
        (open.from, open.to) = (nil, nil)
        let all = of(open)
        let days = DayReader(question.zone)
        let parts = all.awarenessParts()
        guard let first = parts.joined().map(\.at).min() else { return [] }
        let base = baseQuarter(first, days)
        let last = days.number(of: max(bounds.upperBound - 1, first), Self.unit)
        var now: Int32?
        if !(question.groupBy + question.filters.map(\.dimension)).contains(.quarter) {
            now = lastFullQuarter(upTo: last, days)
            if now == nil { return [] }
        }
        var found: [Fact] = []
        // When something was counted first in each quarter that is told: there the base quarter is told beside it.
        var starts: [Int32: Int64] = [:]
        for (part, items) in parts.enumerated() {
            for fact in items {
                let quarter = days.number(of: fact.at, Self.unit)
                guard quarter >= base, now.map({ $0 == quarter }) ?? isFull(quarter) else { continue }
                found.append(fact.asPart(UInt8(part)))
                starts[quarter] = min(starts[quarter] ?? .max, fact.at)
            }
        }
        let before = parts.enumerated().flatMap { part, items in
            inBase(items.filter { days.number(of: $0.at, Self.unit) == base }, part)
        }
        for (_, start) in starts.sorted(by: { $0.key < $1.key }) {
            found += before.map { fact in
                var fact = fact
                fact.at = start
                return fact
            }
        }
        return found
    }

    /// The first quarter of which every day is after the first observation's.
    private func baseQuarter(_ first: Int64, _ days: DayReader) -> Int32 {
        let number = days.number(of: first, Self.unit)
        let start = question.zone.start(of: Self.unit.firstDay(ofUnit: number)).milliseconds
        return start == question.zone.start(of: Day(number: days.day(of: first))).milliseconds ? number : number + 1
    }

    /// The last quarter that lies in the period, and is over.
    private func lastFullQuarter(upTo last: Int32, _ days: DayReader) -> Int32? {
        [last, last - 1].first(where: isFull)
    }

    /// Whether a quarter lies in the period from its first day to its last, and is over.
    private func isFull(_ quarter: Int32) -> Bool {
        func start(_ quarter: Int32) -> Int64 {
            question.zone.start(of: Self.unit.firstDay(ofUnit: quarter)).milliseconds
        }
        return start(quarter) >= bounds.lowerBound && start(quarter + 1) <= bounds.upperBound
    }

    private func awarenessParts() -> [[Fact]] {
        let direct =
            sessions().map(\.fact).filter { facts.touches[$0.row].channel == facts.direct }
            + observed("sessions").filter { facts.observations[$0.row].channel == facts.direct }
        return [observed("branded_searches"), direct, observed("mentions"), observed("aided_awareness")]
    }

    /// What was counted of a part in the base quarter, in one; of surveys each, since a mean of thousandths is rarely one.
    private func inBase(_ items: [Fact], _ part: Int) -> [Fact] {
        guard part != 3, let first = items.first else { return items.map { $0.asPart(UInt8(part + 4)) } }
        var whole = first.asPart(UInt8(part + 4))
        whole.value = Statistics.sum(items.map(\.value))
        return [whole]
    }
}
