internal import Domain
internal import JSON
internal import Store

/// The leads captured in a period, counted by group straight from their columns, without a fact for each.
struct ColumnCount {
    let groups: Groups
    let counts: [Int64]

    /// Counts, where the question asks for nothing but what stands in columns.
    init?(_ metric: Metric, _ asked: Asked, _ reader: DimensionReader) throws(MetricFault) {
        let question = asked.question
        guard metric.countsCapturedLeads, question.filters.isEmpty, question.conditions.isEmpty, question.sees == nil,
            !question.groupBy.isEmpty, let columns = Self.columns(question.groupBy, asked.facts.leads)
        else { return nil }
        let stageWidth = Int(Facts.firstStage) + Stage.allCases.count + 1
        let widths = columns.map { column in column == nil ? stageWidth : asked.facts.words.count + 1 }
        guard widths.reduce(1, *) <= 1_000_000 else { return nil }
        let isPair = columns.count == 2
        let width = isPair ? widths[1] : 1
        var table = [Int64](repeating: 0, count: widths.reduce(1, *))
        Self.count(asked, columns[0] ?? [], isPair ? columns[1] ?? [] : nil, width, &table)
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

    /// Counts each lead captured in the period in its place of the table; an empty column is that of the stage.
    private static func count(
        _ asked: Asked, _ first: [Int32], _ second: [Int32]?, _ width: Int, _ table: inout [Int64]
    ) {
        let leads = asked.facts.leads
        let (captured, entered, stages) = (leads.capturedAt.span, leads.enteredAt.span, leads.stage.span)
        let (start, end, asOf) = (asked.bounds.lowerBound, asked.bounds.upperBound, asked.asOf)
        let other = second ?? []
        let (left, right) = (first.span, other.span)
        let hasStage = first.isEmpty || second?.isEmpty ?? false
        for row in captured.indices {
            let at = captured[row]
            guard at >= start, at < end else { continue }
            var stage = 0
            if hasStage {
                let number = entered[row] < asOf ? stages[row] : leads.stage(of: row, asOf: asOf)
                stage = number == Facts.noStage ? -1 : Int(Facts.firstStage) + Int(number)
            }
            var place = ((left.isEmpty ? stage : Int(left[row])) + 1) * width
            if second != nil { place += (right.isEmpty ? stage : Int(right[row])) + 1 }
            table[place] += 1
        }
    }

    /// The columns of dimensions, `nil` in them for the stage, which is told as of the question; `nil` where one is none.
    private static func columns(_ dimensions: [Dimension], _ leads: LeadTable) -> [[Int32]?]? {
        var columns: [[Int32]?] = []
        for dimension in dimensions {
            switch dimension {
            case .channel: columns.append(leads.channel)
            case .source: columns.append(leads.source)
            case .stage: columns.append(nil)
            default: return nil
            }
        }
        return leads.capturedAt.isEmpty ? nil : columns
    }
}
