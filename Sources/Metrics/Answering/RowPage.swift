public import JSON
public import Store

/// Some of the rows behind a figure, in the order of their time and id.
public struct RowPage {
    /// How many rows there are that the asker sees.
    public let count: Int
    /// How many the asker does not see.
    public let hidden: Int
    /// What each row of the page counts for.
    public let data: [JSON]
    /// Where the page after begins; `nil` where there is none.
    public let next: RowCursor?
}

extension Metric {
    /// The rows behind the figure, from the one after a cursor on.
    ///
    /// Every page looks at all rows once, and puts its own in order.
    /// - Parameter isSeen: whether the asker sees a record; everything where `nil`.
    /// - Throws: ``MetricFault``.
    public func rows(
        _ question: Question, in facts: Facts, after cursor: RowCursor? = nil, limit: Int,
        isSeen: ((Record) -> Bool)? = nil
    ) throws(MetricFault) -> RowPage {
        let asked = Asked(settled(question), of: facts)
        let teller = RowTeller(self, asked)
        let all = try narrowed(asked, DimensionReader(asked))
        let seen = isSeen.map { isSeen in all.filter { teller.shows($0, isSeen) } } ?? all
        let page = NextRows(of: seen, after: cursor?.key, limit: limit, facts.links)
        return RowPage(
            count: seen.count, hidden: all.count - seen.count, data: page.rows.map { teller.json(of: $0) },
            next: page.last.map(RowCursor.init))
    }
}

/// The first rows behind another, found without putting all in order.
private struct NextRows {
    let rows: [Fact]
    /// The last of them; `nil` where none follow.
    let last: RowKey?

    private struct Row: Comparable {
        let key: RowKey
        /// Among all, of those whose keys are the same.
        let place: Int
        let fact: Fact

        static func < (left: Row, right: Row) -> Bool {
            left.key == right.key ? left.place < right.place : left.key < right.key
        }

        static func == (left: Row, right: Row) -> Bool { left.place == right.place }
    }

    init(of all: [Fact], after cursor: RowKey?, limit: Int, _ links: Links) {
        var start = cursor
        start?.place = 0
        let alikeMax = cursor?.place ?? 0
        // One more says whether there is a page after.
        let wanted = limit == .max ? .max : limit + alikeMax + 1
        var found: [Row] = []
        var end: RowKey?
        for (place, fact) in all.enumerated() {
            // What has no time comes first.
            let key = RowKey(fact, at: fact.at == Facts.never ? .min : fact.at, links)
            if let start, key < start { continue }
            if let end, end <= key { continue }
            found.append(Row(key: key, place: place, fact: fact))
            if found.count / 2 >= wanted {
                found = Array(found.sorted().prefix(wanted))
                end = found.last?.key
            }
        }
        found.sort()
        let before = found.prefix(alikeMax).prefix { $0.key == start }.count
        let page = found.dropFirst(before).prefix(limit)
        rows = page.map(\.fact)
        guard var last = page.last?.key, found.count > before + page.count else {
            self.last = nil
            return
        }
        let same = page.reversed().prefix { $0.key == last }.count
        last.place = same + (last == start ? before : 0)
        self.last = last
    }
}
