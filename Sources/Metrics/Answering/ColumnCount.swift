internal import Domain
internal import JSON
internal import Store

/// The leads captured in a period, counted by group straight from their columns, without a fact for each.
struct ColumnCount {
    let groups: Groups
    let counts: [Int64]

    private static let stageWidth = Int(Facts.firstStage) + Stage.allCases.count + 1

    /// Counts, where the question asks for nothing but what stands in columns.
    init?(_ metric: Metric, _ asked: Asked, _ reader: DimensionReader) throws(MetricFault) {
        let question = asked.question
        guard metric.countsCapturedLeads, question.filters.isEmpty, question.conditions.isEmpty, question.sees == nil,
            !question.groupBy.isEmpty, let columns = Self.columns(question.groupBy, asked)
        else { return nil }
        let widths = question.groupBy.map { $0 == .stage ? Self.stageWidth : asked.facts.words.count + 1 }
        guard widths.reduce(1, *) <= 1_000_000 else { return nil }
        let isPair = columns.count == 2
        let width = isPair ? widths[1] : 1
        var table = [Int64](repeating: 0, count: widths.reduce(1, *))
        Self.count(asked, columns[0], isPair ? columns[1] : nil, width, &table)
        var found = Groups.Pairs()
        var counts: [Int64] = []
        for place in table.indices where table[place] > 0 {
            found.first.append(Int32(place / width) - 1)
            found.second.append(isPair ? Int32(place % width) - 1 : 0)
            counts.append(table[place])
        }
        groups = try Groups(found, by: question.groupBy, reader)
        var sums = [Int64](repeating: 0, count: groups.all.count)
        for (place, count) in counts.enumerated() { sums[Int(groups.places[place])] += count }
        self.counts = sums
    }

    /// Counts each lead captured in the period in its place of the table.
    private static func count(
        _ asked: Asked, _ first: [Int32], _ second: [Int32]?, _ width: Int, _ table: inout [Int64]
    ) {
        let capturedAt = asked.facts.leads.capturedAt.span
        let (start, end) = (asked.bounds.lowerBound, asked.bounds.upperBound)
        let left = first.span
        var counts = table.mutableSpan
        if let second {
            let right = second.span
            for row in capturedAt.indices where capturedAt[row] >= start && capturedAt[row] < end {
                counts[(Int(left[row]) + 1) * width + Int(right[row]) + 1] += 1
            }
        } else {
            for row in capturedAt.indices where capturedAt[row] >= start && capturedAt[row] < end {
                counts[Int(left[row]) + 1] += 1
            }
        }
    }

    /// The stages that leads were in as of the question.
    private static func stages(_ asked: Asked) -> [Int32] {
        let leads = asked.facts.leads
        var numbers = [Int32](repeating: WordList.none, count: leads.stage.count)
        let (enteredAt, stages) = (leads.enteredAt.span, leads.stage.span)
        var target = numbers.mutableSpan
        for row in stages.indices {
            target[row] =
                enteredAt[row] < asked.asOf
                ? Facts.firstStage + Int32(stages[row]) : asked.stage(ofLead: row)
        }
        return numbers
    }

    /// The columns of dimensions; `nil` where one is none.
    private static func columns(_ dimensions: [Dimension], _ asked: Asked) -> [[Int32]]? {
        var columns: [[Int32]] = []
        for dimension in dimensions {
            switch dimension {
            case .channel: columns.append(asked.facts.leads.channel)
            case .source: columns.append(asked.facts.leads.source)
            case .stage: columns.append(stages(asked))
            default: return nil
            }
        }
        return asked.facts.leads.capturedAt.isEmpty ? nil : columns
    }
}
