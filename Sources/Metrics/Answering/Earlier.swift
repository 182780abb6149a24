internal import Domain
internal import JSON
internal import Store

/// The figure of the period that a question compares with.
struct Earlier {
    private let period: [JSON.Member]
    private let figure: [JSON.Member]
    /// The figure of nothing, which a group has that had no facts then.
    private let nothing: [JSON.Member]
    /// The groups of that period, where they can be those of another.
    let groups: Groups?
    private let figures: [[GroupKey]: [JSON.Member]]

    /// The figure of another period, and how much is gone of the one that is set beside it.
    init(_ metric: Metric, _ asked: Asked, beside gone: Double?) throws(MetricFault) {
        let question = asked.question
        period =
            [
                .init("from", question.from.map { .string($0.description) } ?? .null),
                .init("to", question.to.map { .string($0.description) } ?? .null),
            ] + (gone.map { [.init("share_of_period", .number($0))] } ?? [])
        let reader = DimensionReader(asked)
        let items = try metric.narrowed(asked, reader)
        // Months are not those of another period.
        let isGrouped = !question.groupBy.isEmpty && !question.groupBy.contains(where: \.isTime)
        let groups = isGrouped ? try Groups(items, by: question.groupBy, reader, question) : nil
        let sums = Sums(items, groups, of: metric, asked)
        figure = try metric.whole(asked, sums)
        nothing = metric.ofNothing(asked)
        var figures: [[GroupKey]: [JSON.Member]] = [:]
        if let groups {
            for (place, group) in groups.all.enumerated() {
                figures[groups.keys(of: group)] = sums.group(place, of: metric, asked)
            }
        }
        (self.groups, self.figures) = (groups, figures)
    }

    /// The groups of that period which are none now.
    func groups(gone now: Groups) -> [Groups.Group] {
        guard let groups else { return [] }
        let known = Set(now.all.map(now.keys))
        return groups.all.filter { !known.contains(groups.keys(of: $0)) }
    }

    /// The figure with the change from it to the one of the period asked for.
    func json(_ now: [JSON.Member]) -> JSON { .object(period + figure + Self.change(figure, now)) }

    /// The same of a group.
    func json(of keys: [GroupKey], _ now: [JSON.Member]) -> JSON? {
        guard groups != nil else { return nil }
        let then = figures[keys] ?? nothing
        return .object(then + Self.change(then, now))
    }

    private static func change(_ then: [JSON.Member], _ now: [JSON.Member]) -> [JSON.Member] {
        let numbers = [now, then].map { members in
            members.first { $0.name == "value" }.flatMap { Progress.number($0.value) }
        }
        guard let new = numbers[0], let old = numbers[1] else { return [.init("change", .null)] }
        return [
            .init("change", Figure.number(new - old)),
            .init("change_share", old == 0 ? .null : .number((new - old) / abs(old))),
        ]
    }
}

extension Metric {
    /// What the figure is where there is nothing to count.
    func ofNothing(_ asked: Asked) -> [JSON.Member] { Sums([], nil, of: self, asked).whole(of: self, asked) }

    /// The figure of the period asked for beside, where one is.
    func previous(_ asked: Asked) throws(MetricFault) -> Earlier? {
        guard let comparison = asked.question.comparison, let period = asked.question.period(comparison) else {
            return nil
        }
        // Of a period that goes on a part is set beside a whole one.
        let gone = isState || !asked.isUnfinished ? nil : asked.question.shareGone
        return try Earlier(self, asked.of(period), beside: gone)
    }
}

extension Question {
    /// How much of the period lies before the instant asked for, from 0 to 1; `nil` where it has no bounds.
    fileprivate var shareGone: Double? {
        guard let from, let to, to > from else { return nil }
        return min(max(Double(asOf.millisecondsSince(from)) / Double(to.millisecondsSince(from)), 0), 1)
    }

    /// The question about the period beside; `nil` where this one has no beginning.
    func period(_ comparison: Comparison) -> Question? {
        guard let from else { return nil }
        let end = to ?? asOf
        var other = self
        other.comparison = nil
        switch comparison {
        case .previous: (other.from, other.to) = (before(from, end), from)
        case .year: (other.from, other.to) = (yearBefore(from), yearBefore(end, endOf: from))
        }
        return other
    }

    /// The question about as many whole months before; `nil` where its period is not one of whole months.
    ///
    /// What is paid once a month is paid as often in them, where as many days before miss a payment or have one more.
    var monthsBefore: Question? {
        guard let from, let to, to > from else { return nil }
        let (first, last) = (zone.day(of: from), zone.day(of: to))
        guard zone.start(of: first) == from, zone.start(of: last) == to, first.parts.day == 1, last.parts.day == 1
        else {
            return nil
        }
        func months(_ day: Day) -> Int { day.parts.year * 12 + day.parts.month - 1 }
        let start = 2 * months(first) - months(last)
        guard start >= 0, let day = Day(year: start / 12, month: start % 12 + 1, day: 1) else { return nil }
        var other = self
        (other.comparison, other.from, other.to) = (nil, zone.start(of: day), from)
        return other
    }

    /// As long before `start` as `end` is after it: in days where both are midnights, since some days have 23 hours.
    private func before(_ start: Instant, _ end: Instant) -> Instant {
        let (first, last) = (zone.day(of: start), zone.day(of: end))
        guard zone.start(of: first) == start, zone.start(of: last) == end else {
            return start.advanced(byMilliseconds: -end.millisecondsSince(start))
        }
        return zone.start(of: Day(number: first.number - (last.number - first.number)))
    }

    /// The same time of the same day a year before; of a 29 February the 28th.
    ///
    /// The end of a day is the end of that day a year before, but of whole months it is that of the month.
    private func yearBefore(_ time: Instant, endOf start: Instant? = nil) -> Instant {
        let day = zone.day(of: time)
        if let start, zone.start(of: day) == time, day.parts.day != 1 || zone.day(of: start).parts.day != 1 {
            let last = yearBefore(zone.start(of: Day(number: day.number - 1)))
            return zone.start(of: Day(number: zone.day(of: last).number + 1))
        }
        let parts = day.parts
        let before =
            Day(year: parts.year - 1, month: parts.month, day: parts.day)
            ?? Day(year: parts.year - 1, month: 2, day: 28)
        return before.map { zone.instant(time, movedTo: $0) } ?? time
    }
}
