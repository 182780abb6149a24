internal import Domain
internal import Store

/// The index of how well the brand is known.
enum BrandFigures {
    static let all = [
        Metric(
            "brand_awareness", unit: "index", .composed(index), of: [.observations, .touches], dimensions: [.quarter],
            sides: [[.observations]], isWholeAskedAlone: true,
            "100 in the base quarter, the first full one: the geometric mean of now ÷ then of branded searches, direct sessions, mentions and, where surveyed, aided awareness. A part that is missing in one of both is left out. Of a longer period it is the last full quarter. No standard exists; this one is ours."
        ) { asked throws(MetricFault) in try asked.awareness() }
    ]

    private static let names = ["branded_searches", "direct_sessions", "mentions", "aided_awareness"]

    /// What was counted in the quarter, and after that what was in the base quarter.
    private static let index = Composition(
        parts: names.map { .init(name: $0, measure: $0 == "aided_awareness" ? .mean : .number) }
            + names.map { .init(name: "\($0)_then", measure: .number) },
        tellsMissing: true
    ) { parts in
        let ratios = (0..<4).compactMap { place -> Double? in
            let (now, then) = (parts[place], parts[place + 4])
            // Of surveys it is the mean.
            let isSurveyed = place == 3
            let value = now.sum / (isSurveyed ? Double(max(1, now.count)) : 1)
            return value > 0 && then.sum > 0 ? value / then.sum : nil
        }
        guard !ratios.isEmpty else { return .none("nothing was observed in the quarter and in the base quarter") }
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
        let now =
            (question.groupBy + question.filters.map(\.dimension)).contains(.quarter)
            ? nil : lastFullQuarter(upTo: last, days)
        return parts.enumerated().flatMap { part, items in
            counted(items, part, base: base, only: now, days)
        }
    }

    /// The first quarter of which every day is after the first observation's.
    private func baseQuarter(_ first: Int64, _ days: DayReader) -> Int32 {
        let number = days.number(of: first, Self.unit)
        let start = question.zone.start(of: Self.unit.firstDay(ofUnit: number)).milliseconds
        return start == question.zone.start(of: Day(number: days.day(of: first))).milliseconds ? number : number + 1
    }

    private func lastFullQuarter(upTo last: Int32, _ days: DayReader) -> Int32 {
        let end = question.zone.start(of: Self.unit.firstDay(ofUnit: last + 1)).milliseconds
        return end <= bounds.upperBound ? last : last - 1
    }

    private func awarenessParts() -> [[Fact]] {
        let direct =
            sessions().map(\.fact).filter { facts.touches[$0.row].channel == facts.direct }
            + observed("sessions").filter { facts.observations[$0.row].channel == facts.direct }
        return [observed("branded_searches"), direct, observed("mentions"), observed("aided_awareness")]
    }

    private func counted(
        _ items: [Fact], _ part: Int, base: Int32, only now: Int32?, _ days: DayReader
    ) -> [Fact] {
        let then = items.filter { days.number(of: $0.at, Self.unit) == base }
        guard let first = then.first else { return [] }
        let sum = Statistics.sum(then.map(\.value))
        var quarters: Set<Int32> = []
        var found: [Fact] = []
        for fact in items {
            let quarter = days.number(of: fact.at, Self.unit)
            guard now.map({ $0 == quarter }) ?? contains(fact.at), quarter >= base else { continue }
            found.append(fact.asPart(UInt8(part)))
            guard quarters.insert(quarter).inserted else { continue }
            // Each quarter is told beside the base quarter.
            var before = first.asPart(UInt8(part + 4))
            before.at = fact.at
            before.value = part == 3 ? sum / Int64(then.count) : sum
            found.append(before)
        }
        return found
    }
}
