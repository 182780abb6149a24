/// How a query is answered: of the ways there are, the one that looks at the fewest records.
///
/// | way       | looks at                                        | gives the order          |
/// |-----------|-------------------------------------------------|--------------------------|
/// | `all`     | every record                                    | of the ids               |
/// | `named`   | those whose ids are given                       | of the ids               |
/// | `equal`   | those with one value of an index                | of the ids               |
/// | `within`  | those with several values, or within bounds     | no                       |
/// | `words`   | those with a word that begins with one asked for | no                      |
/// | `ordered` | those before the page is full, in an index      | the index's              |
/// | `paired`  | those with one value before the page is full, in | the index's              |
/// |           | an index of that value with the one ordered by  |                          |
///
/// A way that gives the order asked for stops when the page is full; after any other all that is found is sorted.
extension Query {
    fileprivate enum Way {
        case all
        case named([Identifier])
        case equal(index: Int, IndexKey)
        case within(index: Int, Condition.Test)
        case words(index: Int, IndexKey)
        case ordered(index: Int, SortKey)
        case paired(index: Int, IndexKey, SortKey)
    }

    fileprivate struct Plan {
        fileprivate let way: Way
        /// About how many records are looked at.
        let cost: Double
        let isInOrder: Bool
    }

    // MARK: Answers

    /// A page of `table`.
    func page(of table: Table) -> Page { page(of: table, by: plan(for: table)) }

    fileprivate func page(of table: Table, by plan: Plan) -> Page {
        var found: [Record] = []
        visit(table, plan) { record in
            guard holds(for: record), isAfterCursor(record) else { return true }
            found.append(record)
            return !plan.isInOrder || found.count <= limit
        }
        if !plan.isInOrder { found = sorted(found) }
        let records = Array(found.prefix(limit))
        let next = found.count > limit ? records.last.map { place(of: $0) } : nil
        return Page(records: records, next: next)
    }

    /// How many records of `table` are asked for, on whatever page.
    func count(in table: Table) -> Int {
        if asksForAll { return table.records.count }
        var count = 0
        var all = self
        all.after = nil
        all.order = []
        all.visit(table, all.planForAll(of: table)) { record in
            if holds(for: record) { count += 1 }
            return true
        }
        return count
    }

    // MARK: Choosing

    fileprivate func plan(for table: Table) -> Plan {
        // There are no more of them than somebody wrote down.
        if let named = planForNamed(of: table) { return named }
        let filters = filters(in: table)
        let total = Double(table.records.count)
        // What a condition without an index lets through is not known: a tenth is a guess that errs to either side.
        let unindexed = max(0, conditions.count + (words.isEmpty ? 0 : 1) - filters.count)
        let matches = filters.reduce(total) { min($0, $1.size) } * (unindexed > 0 ? 0.1 : 1)
        let untilFull = { (size: Double) in min(size, Double(limit) * size / max(1, matches)) }
        var plans = filters.map { filter in
            // A word or value found twice is looked at twice and sorted once.
            let isInOrder = filter.isByID && isByID(table.schema)
            return Plan(
                way: filter.way, cost: isInOrder ? untilFull(filter.size) : filter.size * 1.5, isInOrder: isInOrder)
        }
        plans.append(
            Plan(
                way: .all, cost: isByID(table.schema) ? untilFull(total) : total * 1.5, isInOrder: isByID(table.schema))
        )
        if let key = order.first, order.count == 1, key.path.field.type.isOrdered,
            let index = table.schema.index(over: key.path), table.isComplete(index: index)
        {
            plans.append(Plan(way: .ordered(index: index, key), cost: untilFull(total), isInOrder: true))
        }
        if let (way, size) = paired(in: table) {
            plans.append(Plan(way: way, cost: untilFull(size), isInOrder: true))
        }
        return plans.min { $0.cost < $1.cost } ?? Plan(way: .all, cost: total, isInOrder: isByID(table.schema))
    }

    private func planForNamed(of table: Table) -> Plan? {
        guard let ids else { return nil }
        let isInOrder = isByID(table.schema)
        let sorted = Set(ids).sorted { isDescending && isInOrder ? $0 > $1 : $0 < $1 }
        return Plan(way: .named(sorted), cost: Double(sorted.count), isInOrder: isInOrder)
    }

    fileprivate func planForAll(of table: Table) -> Plan {
        if let named = planForNamed(of: table) { return named }
        let total = Double(table.records.count)
        let filter = filters(in: table).min { $0.size < $1.size }
        return filter.map { Plan(way: $0.way, cost: $0.size, isInOrder: false) }
            ?? Plan(way: .all, cost: total, isInOrder: false)
    }

    /// The way through an index of a value that is asked for with the one that is ordered by, and how many have the value.
    private func paired(in table: Table) -> (way: Way, size: Double)? {
        guard let key = order.first, order.count == 1 else { return nil }
        for condition in conditions {
            guard case .isAny(let values) = condition.test, let value = values.first, values.count == 1,
                let index = table.schema.index(over: condition.path, orderedBy: key.path),
                let own = table.schema.index(over: condition.path)
            else { continue }
            let asked = IndexKey(value)
            return (.paired(index: index, asked, key), Double(table.index(own).count(of: asked)))
        }
        return nil
    }

    private typealias Filter = (way: Way, size: Double, isByID: Bool)

    /// The ways that an index shortens, and about how many records each leaves.
    private func filters(in table: Table) -> [Filter] {
        var filters: [Filter] = []
        for condition in conditions {
            guard let index = table.schema.index(over: condition.path) else { continue }
            switch condition.test {
            case .isAny(let values):
                let size = values.reduce(0.0) { $0 + Double(table.index(index).count(of: IndexKey($1))) }
                if let value = values.first, values.count == 1 {
                    filters.append((.equal(index: index, IndexKey(value)), size, true))
                } else {
                    filters.append((.within(index: index, condition.test), size, false))
                }
            case .isWithin(let lower, let upper):
                let (lower, upper) = Self.bounds(lower, upper)
                let size = table.index(index).estimate(from: lower, to: upper)
                filters.append((.within(index: index, condition.test), size, false))
            case .isMissing(true) where condition.path.field.hasWholeIndex:
                let size = Double(table.index(index).count(of: .missing))
                filters.append((.equal(index: index, .missing), size, true))
            case .isMissing, .isNone: break
            }
        }
        if let index = table.schema.wordIndex {
            let sizes = words.map(Words.indexed).map { ($0, table.index(index).estimate(wordsFrom: $0)) }
            if let (word, size) = sizes.min(by: { $0.1 < $1.1 }) {
                filters.append((.words(index: index, word), size, false))
            }
        }
        return filters
    }

    /// Ids order by creation, so the order of creation is theirs.
    private func isByID(_ schema: Schema) -> Bool {
        order.isEmpty || order.count == 1 && order[0].path.slot == schema.createdAtSlot
    }

    private var isDescending: Bool { order.first?.isDescending ?? false }

    // MARK: Visiting

    private func visit(_ table: Table, _ plan: Plan, _ body: (Record) -> Bool) {
        let start = plan.isInOrder ? after?.id : nil
        let isDescending = plan.isInOrder && isDescending
        var found = RecordsAhead(of: table.records, count: plan.isInOrder ? min(limit + 1, 64) : 64)
        func give(_ id: Identifier) -> Bool { found.add(id) ? found.give(to: body) : true }
        switch plan.way {
        case .all where isDescending: table.records.descend(below: start) { _, record in body(record) }
        case .all: table.records.ascend(from: start) { _, record in body(record) }
        case .named(let ids): _ = ids.allSatisfy(give)
        case .equal(let index, let value):
            table.index(index).scan(value, descending: isDescending, from: start, give)
        case .within(let index, let test): visitOnce(table.index(index), test, give)
        case .paired(let index, let asked, let key): visitPairs(table.index(index), asked, key, give)
        case .words(let index, let word):
            var seen = Set<Identifier>()
            // Among them stand words whose letters a mark makes others: they begin with it by bytes alone.
            table.index(index).ascend(from: word.startBounds.lower) { key, id in
                guard key.begins(with: word) else { return false }
                return seen.insert(id).inserted ? give(id) : true
            }
        case .ordered(let index, let key): visitInOrder(table, table.index(index), key, body)
        }
        _ = found.give(to: body)
    }

    /// Visits the records of one value in the order of another.
    private func visitPairs(_ index: Index, _ asked: IndexKey, _ key: SortKey, _ give: (Identifier) -> Bool) {
        let start = after.map { IndexKey(asked, orderedBy: IndexKey($0.values.first.flatMap { $0 } ?? .missing)) }
        func giveIfAsked(_ pair: IndexKey, _ id: Identifier) -> Bool {
            pair.isSamePair(as: IndexKey(asked, orderedBy: .missing)) ? give(id) : false
        }
        if key.isDescending {
            let last = IndexKey(asked, orderedBy: .greatest)
            index.descend(below: (start ?? last, after?.id ?? .least), giveIfAsked)
        } else {
            index.ascend(from: start ?? IndexKey(asked, orderedBy: .missing), id: after?.id, giveIfAsked)
        }
    }

    /// Visits every record in the order of an index; texts whose keys start alike are put in order by their values.
    private func visitInOrder(_ table: Table, _ index: Index, _ key: SortKey, _ body: (Record) -> Bool) {
        var alike: [Record] = []
        var start: IndexKey?
        var goesOn = true
        func giveAlike() {
            for record in alike.count > 1 ? sorted(alike) : alike where goesOn { goesOn = body(record) }
            alike.removeAll(keepingCapacity: true)
        }
        func give(_ key: IndexKey, _ id: Identifier) -> Bool {
            guard let record = table.records[id] else { return true }
            if let start, !key.hasSameStart(as: start) { giveAlike() }
            start = key
            alike.append(record)
            if !key.isText { giveAlike() }
            return goesOn
        }
        let after = after.flatMap { after in after.values.first.map { (IndexKey($0 ?? .missing), after.id) } }
        switch (key.isDescending, after) {
        case (true, let (key, id)?):
            index.descend(below: key.isText ? (key.startBounds.upper, .least) : (key, id), give)
        case (true, nil): index.descend(below: nil, give)
        case (false, let (key, id)?): index.ascend(from: key.startBounds.lower, id: key.isText ? nil : id, give)
        case (false, nil): index.ascend(from: nil, give)
        }
        giveAlike()
    }

    /// Visits records with several values of an index, each once: a list can have two of them.
    private func visitOnce(_ index: Index, _ test: Condition.Test, _ give: (Identifier) -> Bool) {
        var seen = Set<Identifier>()
        func once(_ id: Identifier) -> Bool { seen.insert(id).inserted ? give(id) : true }
        switch test {
        case .isAny(let values):
            for value in values { index.scan(IndexKey(value), descending: false, from: nil, once) }
        case .isWithin(let lower, let upper):
            let (lower, upper) = Self.bounds(lower, upper)
            index.ascend(from: lower) { key, id in
                if key == .missing { return true }
                return key > upper ? false : once(id)
            }
        case .isNone, .isMissing: break
        }
    }

    /// Keys that all values within bounds lie between.
    private static func bounds(
        _ lower: Condition.Bound?, _ upper: Condition.Bound?
    ) -> (lower: IndexKey, upper: IndexKey) {
        (
            lower.map { IndexKey($0.value).startBounds.lower } ?? .missing,
            upper.map { IndexKey($0.value).startBounds.upper } ?? .greatest
        )
    }

    // MARK: Filter and order

    private func holds(for record: Record) -> Bool {
        guard conditions.allSatisfy({ $0.holds(for: record) }) else { return false }
        guard words.isEmpty || Words.match(words, record.schema.searchedTexts(of: record)) else { return false }
        return sees?(record) ?? true
    }

    private func sorted(_ records: [Record]) -> [Record] {
        // The values once a record, and not once a comparison.
        var placed = records.map { (place: place(of: $0), record: $0) }
        placed.sort { precedes($0.place, $1.place) }
        return placed.map(\.record)
    }

    private func place(of record: Record) -> Cursor {
        Cursor(values: order.map { $0.value(of: record) }, id: record.id)
    }

    private func isAfterCursor(_ record: Record) -> Bool {
        guard let after else { return true }
        return precedes(after, place(of: record))
    }

    private func precedes(_ left: Cursor, _ right: Cursor) -> Bool {
        for (number, key) in order.enumerated() where left.values[number] != right.values[number] {
            return Self.isLess(left.values[number], right.values[number]) != key.isDescending
        }
        return left.id == right.id ? false : (left.id < right.id) != isDescending
    }

    private static func isLess(_ left: IndexValue?, _ right: IndexValue?) -> Bool {
        guard let right else { return false }
        guard let left else { return true }
        return left < right
    }
}

extension Schema {
    fileprivate func searchedTexts(of record: Record) -> [String] {
        fields.indices.filter { fields[$0].isSearched }.compactMap { record.value(at: $0).text }
    }
}

/// A query of which it is settled how it is answered, so that it can be asked what that costs first.
public struct PlannedQuery: Sendable {
    private let query: Query
    private let table: Table
    private let plan: Query.Plan

    init(_ query: Query, of table: Table) {
        self.query = query
        self.table = table
        plan = query.plan(for: table)
    }

    /// About how many records are looked at for a page, and for the count where that is wanted too.
    public func cost(counts: Bool) -> Double {
        guard counts, !query.asksForAll else { return plan.cost }
        return plan.cost + query.planForAll(of: table).cost
    }

    /// A page of the records.
    public func page() -> Page { query.page(of: table, by: plan) }

    /// How many records there are, on whatever page.
    public func count() -> Int { query.count(in: table) }
}
