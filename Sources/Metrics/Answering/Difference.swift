internal import Domain
public import JSON
public import Store

/// What moved a figure between two instants: the rows that entered, left or changed, and by how much each did.
///
/// The parts add up to the difference: of a quotient N ÷ D each row moves it by (Δn − r·Δd) ÷ D₂, where r is what it was.
public struct Difference {
    private let metric: Metric
    private let before: Side
    private let after: Side
    private let moves: [Move]

    /// One of both states.
    private struct Side {
        let asked: Asked
        let items: [Fact]
        let members: [JSON.Member]
        var above = 0.0
        var below = 0.0
    }

    /// A row that is not what it was.
    private struct Move {
        let key: RowKey
        let before: Fact?
        let after: Fact?
        var movedBy: Double?
    }

    /// The difference of a metric between two questions, which may be of two states of the ledger.
    ///
    /// - Throws: ``MetricFault``.
    public init(
        of metric: Metric, _ first: (question: Question, facts: Facts), _ second: (question: Question, facts: Facts)
    ) throws(MetricFault) {
        self.metric = metric
        before = try Self.side(metric, first.question, first.facts)
        after = try Self.side(metric, second.question, second.facts)
        let moves = Self.moves(metric, before, after)
        if let last = metric.shape.weighedPart {
            self.moves = Self.settled(moves, before.items, after.items, through: last)
        } else {
            self.moves = moves
        }
    }

    private static func side(
        _ metric: Metric, _ question: Question, _ facts: Facts
    ) throws(MetricFault) -> Side {
        var question = question
        question.basis = question.basis ?? metric.bases.first
        question.groupBy = []
        let asked = Asked(question, of: facts)
        let items = try metric.narrowed(asked, DimensionReader(asked))
        let members = Sums(items, nil, of: metric, asked).whole(of: metric, asked)
        var side = Side(asked: asked, items: items, members: members)
        for fact in items {
            let (above, below) = weights(of: fact, metric, asked)
            side.above += above
            side.below += below
        }
        return side
    }

    // MARK: Rows

    private static func keyed(_ side: Side) -> [RowKey: Fact] {
        let links = side.asked.facts.links
        var keyed: [RowKey: Fact] = [:]
        var hasTwins = false
        func add(_ fact: Fact) {
            // A row is the same one when its time is another.
            var key = RowKey(fact, at: 0, links)
            while let twin = keyed.updateValue(fact, forKey: key) {
                keyed[key] = twin
                key.place += 1
                hasTwins = true
            }
        }
        keyed.reserveCapacity(side.items.count)
        side.items.forEach(add)
        guard hasTwins else { return keyed }
        // Those that are else the same are told apart by which came first.
        keyed.removeAll(keepingCapacity: true)
        side.items.sorted { $0.at < $1.at }.forEach(add)
        return keyed
    }

    private static func moves(_ metric: Metric, _ before: Side, _ after: Side) -> [Move] {
        let (old, new) = (keyed(before), keyed(after))
        func move(_ key: RowKey, _ first: Fact?, _ second: Fact?) -> Move {
            let then = first.map { weights(of: $0, metric, before.asked) } ?? (0, 0)
            let now = second.map { weights(of: $0, metric, after.asked) } ?? (0, 0)
            return Move(
                key: key, before: first, after: second,
                movedBy: metric.movedBy(then, now, (before.above, before.below), (after.above, after.below)))
        }
        var moves: [Move] = []
        for (key, first) in old {
            let second = new[key]
            if let second, isSame(metric, (first, before), (second, after)) { continue }
            moves.append(move(key, first, second))
        }
        for (key, second) in new where old[key] == nil { moves.append(move(key, nil, second)) }
        return moves.sorted { $0.key < $1.key }
    }

    private static func isSame(_ metric: Metric, _ first: (Fact, Side), _ second: (Fact, Side)) -> Bool {
        let ((old, before), (new, after)) = (first, second)
        guard case .distinct = metric.shape else {
            return old.value == new.value && old.percent == new.percent && old.marks == new.marks
        }
        // Somebody's row is another in another state.
        func person(_ fact: Fact, _ side: Side) -> Identifier? {
            let ids = side.asked.facts.links[.leads].ids
            return Int(exactly: fact.value).flatMap { ids.indices.contains($0) ? ids[$0] : nil }
        }
        let (first, second) = (person(old, before), person(new, after))
        return first == nil && second == nil ? old.value == new.value : first == second
    }

    /// What rows move a sum of money by in whole minor units, which add up to the difference of both sums as they are told:
    /// the rows with the largest remainders are rounded up.
    ///
    /// - Parameter last: the last part that is in the sum.
    private static func settled(
        _ moves: [Move], _ before: [Fact], _ after: [Fact], through last: Int
    ) -> [Move] {
        func hundredths(_ fact: Fact?) -> Int128 {
            guard let fact, Int(fact.part) <= last, !fact.marks.contains(.hasNoValue) else { return 0 }
            return Int128(fact.value) * Int128(fact.percent)
        }
        let exact = moves.map { hundredths($0.after) - hundredths($0.before) }
        let rests = exact.map { ($0 % 100 + 100) % 100 }
        var whole = zip(exact, rests).map { ($0 - $1) / 100 }
        let told = [after, before].map { items in
            Int128(Statistics.roundedQuotient(items.reduce(0) { $0 + hundredths($1) }, 100))
        }
        let left = Int(clamping: told[0] - told[1] - whole.reduce(0, +))
        let order = rests.indices.sorted { rests[$0] == rests[$1] ? $0 < $1 : rests[$0] > rests[$1] }
        for place in order.prefix(max(0, left)) { whole[place] += 1 }
        // Both sums were rounded, so that their difference can be one less than that of the rows.
        for place in order.suffix(max(0, -left)) { whole[place] -= 1 }
        return zip(moves, whole).map { move, amount in
            var move = move
            move.movedBy = Double(amount)
            return move
        }
    }

    /// What a fact adds to the numerator and to the denominator.
    private static func weights(of fact: Fact, _ metric: Metric, _ asked: Asked) -> (above: Double, below: Double) {
        let hasValue = !fact.marks.contains(.hasNoValue)
        let value = hasValue ? Double(fact.value) * Double(fact.percent) / 100 : 0
        switch metric.shape {
        case .count: return (1, 0)
        case .distinct: return (0, 0)
        case .sum: return (value, 0)
        case .total: return (value / 1000, 0)
        case .average: return (value, hasValue ? 1 : 0)
        case .lengths(let unit): return (value / Double(unit), hasValue ? 1 : 0)
        case .share:
            let weight = asked.question.options.isWeighedByAmount ? value : 1
            return (
                fact.marks.contains(.isBelowOnly) ? 0 : weight, fact.marks.contains(.isAboveOnly) ? 0 : weight
            )
        case .composed(let composition):
            guard composition.parts.count == 2 else { return (0, 0) }
            let part = composition.parts[Int(fact.part)]
            let weight: Double =
                switch part.measure {
                case .count: 1
                case .money: value
                case .number, .mean: value / 1000
                case .days: value / Double(Instant.dayMilliseconds)
                }
            return fact.part == 0 ? (weight, 0) : (0, weight)
        }
    }

    // MARK: As an answer

    /// The rows that moved, from the one after a cursor on.
    ///
    /// - Parameter isSeen: whether the asker sees a record.
    public func rows(after cursor: RowCursor?, limit: Int, isSeen: (Record) -> Bool) -> RowPage {
        let seen = moves.indices.filter { place in
            record(place).map(isSeen) ?? false && linked(place).map(isSeen) ?? true
        }
        let left = cursor.map { cursor in seen.drop { moves[$0].key <= cursor.key } } ?? seen[...]
        let page = left.prefix(limit)
        return RowPage(
            count: seen.count, hidden: moves.count - seen.count, data: page.map(json),
            next: left.count > page.count ? page.last.map { RowCursor(moves[$0].key) } : nil)
    }

    /// The record of a row that moved, as it is after, or before where it is gone.
    private func record(_ place: Int) -> Record? {
        let move = moves[place]
        if let fact = move.after, let record = after.asked.facts.record(fact.kind, fact.row) { return record }
        return move.before.flatMap { before.asked.facts.record($0.kind, $0.row) }
    }

    /// The other record that a row names.
    private func linked(_ place: Int) -> Record? {
        let move = moves[place]
        if let fact = move.after { return RowTeller(metric, after.asked).linked(fact) }
        return move.before.flatMap { RowTeller(metric, before.asked).linked($0) }
    }

    /// Both figures and their difference.
    public var head: [JSON.Member] {
        let moved = moves.compactMap(\.movedBy).reduce(0, +)
        let isTold = moves.allSatisfy { $0.movedBy != nil }
        var members: [JSON.Member] = [
            .init("metric", .string(metric.name)), .init("unit", .string(metric.unit)),
            .init(
                "before", .object([.init("as_of", .string(before.asked.question.asOf.description))] + before.members)),
            .init("after", .object([.init("as_of", .string(after.asked.question.asOf.description))] + after.members)),
            .init("entered", .integer(Int64(moves.count { $0.before == nil }))),
            .init("left", .integer(Int64(moves.count { $0.after == nil }))),
            .init("changed", .integer(Int64(moves.count { $0.before != nil && $0.after != nil }))),
            .init("moved_by", isTold ? Figure.number(moved) : .null),
        ]
        if case .lengths = metric.shape { members.append(.init("moved", "the mean of the lengths so far")) }
        if !isTold { members.append(.init("reason", .string(metric.unmovable))) }
        return members
    }

    /// One row that moved.
    private func json(_ place: Int) -> JSON {
        let move = moves[place]
        var members = record(place)?.named ?? []
        let named = move.after.map { RowTeller(metric, after.asked).link(of: $0) }
        members += named ?? move.before.map { RowTeller(metric, before.asked).link(of: $0) } ?? []
        let change = move.before == nil ? "entered" : move.after == nil ? "left" : "changed"
        members.append(.init("change", .string(change)))
        func counted(_ fact: Fact?, _ side: Side) -> JSON {
            guard let fact else { return .null }
            return .object(
                [.init("at", fact.at == Facts.never ? .null : .string(Instant(milliseconds: fact.at).description))]
                    + RowTeller(metric, side.asked).counted(fact))
        }
        members.append(.init("before", counted(move.before, before)))
        members.append(.init("after", counted(move.after, after)))
        members.append(.init("moved_by", move.movedBy.map { Figure.number($0) } ?? .null))
        return .object(members)
    }
}

extension Metric {
    /// By how much a row moved the figure; `nil` where the figure is no sum and no quotient of two.
    fileprivate func movedBy(
        _ then: (above: Double, below: Double), _ now: (above: Double, below: Double),
        _ before: (above: Double, below: Double), _ after: (above: Double, below: Double)
    ) -> Double? {
        switch shape {
        case .count, .sum, .total: return now.above - then.above
        case .distinct: return nil
        case .composed(let composition) where composition.parts.count != 2: return nil
        case .average, .share, .lengths, .composed:
            var factor: Double? = 1
            if case .composed(let composition) = shape { factor = composition.factor }
            guard let factor, before.below != 0, after.below != 0 else { return nil }
            let rate = before.above / before.below
            return factor * (now.above - then.above - rate * (now.below - then.below)) / after.below
        }
    }

    fileprivate var unmovable: String {
        switch shape {
        case .distinct: "people counted once over the whole period are no sum of rows"
        case .composed(let composition) where composition.parts.count != 2 || composition.factor == nil:
            "the figure is composed of parts that no quotient tells: compare those of before and after"
        default: "there was nothing to divide by before or after"
        }
    }
}
