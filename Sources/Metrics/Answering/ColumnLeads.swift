internal import Domain
internal import JSON
internal import Store

/// The leads captured in a period, counted by group straight from their columns, without a fact for each.
struct ColumnLeads {
    let groups: Groups?
    let sums: Sums

    private static let stageWidth = Int(Facts.firstStage) + Stage.allCases.count + 1

    /// Counts, where the question asks for nothing but what stands in columns.
    init?(_ metric: Metric, _ asked: borrowing Asked, _ reader: DimensionReader) throws(MetricFault) {
        let question = asked.question
        guard case .capturedLeads = metric.columns, question.asksForAll, !question.groupBy.isEmpty,
            let columns = Self.columns(question.groupBy, asked)
        else { return nil }
        let widths = question.groupBy.map { $0 == .stage ? Self.stageWidth : asked.facts.words.count + 1 }
        guard widths.reduce(1, *) <= 1_000_000 else { return nil }
        var table = [Int64](repeating: 0, count: widths.reduce(1, *))
        Self.count(asked, columns, widths.map { Int32($0) }, &table)
        let isPair = columns.count == 2
        let width = isPair ? widths[1] : 1
        var found = Groups.Pairs()
        var counts: [Int64] = []
        for place in table.indices where table[place] > 0 {
            found.first.append(Int32(place / width) - 1)
            found.second.append(isPair ? Int32(place % width) - 1 : 0)
            counts.append(table[place])
        }
        let groups = try Groups(found, by: question.groupBy, reader, question)
        var added = Sums.Added(of: groups, metric)
        for (place, count) in counts.enumerated() { added.tallies[groups.place(ofFact: place)].rows += count }
        self.groups = groups
        sums = Sums(added)
    }

    /// How many leads are looked at at a time: as many as have their places in the processor's nearest cache.
    private static let blockRows = 2048

    /// Counts each lead captured in the period in its place of the table.
    private static func count(_ asked: Asked, _ columns: [Column], _ widths: [Int32], _ table: inout [Int64]) {
        let leads = asked.facts.leads.capturedAt.count
        var places = [Int32](repeating: 0, count: blockRows)
        for start in stride(from: 0, to: leads, by: blockRows) {
            let rows = start..<min(start + blockRows, leads)
            for row in places.indices { places[row] = 0 }
            for (column, width) in zip(columns, widths) { add(column, of: rows, width, to: &places, asked) }
            count(asked, rows, places, &table)
        }
    }

    private static func count(_ asked: Asked, _ rows: Range<Int>, _ places: [Int32], _ table: inout [Int64]) {
        let capturedAt = asked.facts.leads.capturedAt.span.extracting(rows)
        let (start, end) = (asked.bounds.lowerBound, asked.bounds.upperBound)
        let places = places.span.extracting(first: rows.count)
        var counts = table.mutableSpan
        for row in capturedAt.indices where capturedAt[row] >= start && capturedAt[row] < end {
            counts[Int(places[row])] &+= 1
        }
    }

    /// Where the group of a lead stands: in a column, or among the stages that it has been in.
    private enum Column {
        case numbers([Int32])
        case stages
    }

    /// Goes on from the places of some leads to those of their groups in one dimension more, which has `width` of them.
    ///
    /// Without checks, so that many are done at a time: there are as many places as rows, and sums have room as the table.
    private static func add(
        _ column: Column, of rows: Range<Int>, _ width: Int32, to places: inout [Int32], _ asked: Asked
    ) {
        var places = places.mutableSpan
        switch column {
        case .numbers(let numbers):
            let numbers = numbers.span.extracting(rows)
            for row in numbers.indices {
                unsafe places[unchecked: row] = places[unchecked: row] &* width &+ numbers[unchecked: row] &+ 1
            }
        case .stages:
            let leads = asked.facts.leads
            let (enteredAt, stages) = (leads.enteredAt.span.extracting(rows), leads.stage.span.extracting(rows))
            let first = Facts.firstStage &+ 1
            for row in stages.indices {
                let number = unsafe first &+ Int32(stages[unchecked: row])
                unsafe places[unchecked: row] = places[unchecked: row] &* width &+ number
            }
            guard leads.lastEnteredAt >= asked.asOf else { return }
            // Who went on since was in an earlier one then; who was captured since counts for nothing.
            let (capturedAt, end) = (leads.capturedAt.span.extracting(rows), asked.bounds.upperBound)
            for row in enteredAt.indices where enteredAt[row] >= asked.asOf && capturedAt[row] < end {
                let earlier = leads.stage(of: rows.lowerBound + row, asOf: asked.asOf)
                let number = earlier == Facts.noStage ? WordList.none : Facts.firstStage &+ Int32(earlier)
                places[row] = places[row] &- first &- Int32(stages[row]) &+ number &+ 1
            }
        }
    }

    /// The columns of dimensions; `nil` where one is none.
    private static func columns(_ dimensions: [Dimension], _ asked: Asked) -> [Column]? {
        var columns: [Column] = []
        for dimension in dimensions {
            switch dimension {
            case .channel: columns.append(.numbers(asked.facts.leads.channel))
            case .source: columns.append(.numbers(asked.facts.leads.source))
            case .stage: columns.append(.stages)
            default: return nil
            }
        }
        return asked.facts.leads.capturedAt.isEmpty ? nil : columns
    }
}
