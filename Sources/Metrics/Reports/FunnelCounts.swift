internal import Domain
internal import Store

/// How many leads reached each stage, and how many left after each.
struct FunnelCounts {
    var leads: Int64 = 0
    var reached = InlineArray<6, Int64>(repeating: 0)
    var disqualified = InlineArray<6, Int64>(repeating: 0)
    var recycled = InlineArray<6, Int64>(repeating: 0)
    /// Those that came no further than the stage before, and have not left: they may come yet.
    var unfinished = InlineArray<6, Int64>(repeating: 0)

    /// Writes the members of an answer, with the lengths from each stage to the next where they are of one cohort.
    func write(_ lengths: [RankedLengths.Part], to writer: inout AnswerWriter) {
        writer.member(Name.leads, leads)
        writer.beginArray(Name.stages)
        for number in reached.indices {
            writer.beginObject()
            writer.member(Name.stage, encoded: Self.stages[number])
            writer.member(Name.count, reached[number])
            if number > 0, !lengths.isEmpty {
                Self.write(reached[number], of: reached[number - 1], Name.ofPrevious, to: &writer)
                Self.write(reached[number], of: leads, Name.ofAll, to: &writer)
                Self.write(lengths[number - 1], to: &writer)
                if unfinished[number] > 0 { writer.member(Name.unfinished, unfinished[number]) }
                if reached[number - 1] == 0 { writer.member(Name.reason, encoded: Self.nobody) }
            }
            writer.endObject()
        }
        writer.endArray()
        writer.beginObject(Name.left)
        Self.write(disqualified, Name.disqualified, to: &writer)
        Self.write(recycled, Name.recycled, to: &writer)
        writer.endObject()
    }

    /// A share and its interval.
    private static func write(
        _ count: Int64, of all: Int64, _ names: (share: [UInt8], interval: [UInt8]), to writer: inout AnswerWriter
    ) {
        let (count, all) = (Double(count), Double(all))
        writer.member(names.share, all == 0 ? nil : count / all)
        guard count <= all, let interval = Statistics.wilson(count, of: all) else { return }
        writer.beginObject(names.interval)
        writer.member(Name.low, rounded(interval.low))
        writer.member(Name.high, rounded(interval.high))
        writer.member(Name.level, 0.95)
        writer.endObject()
    }

    /// To a millionth: more digits of an interval tell nothing, and are as many again as the rest of the answer.
    private static func rounded(_ bound: Double) -> Double { (bound * 1e6).rounded() / 1e6 }

    private static func write(_ lengths: RankedLengths.Part, to writer: inout AnswerWriter) {
        let unit = Double(Instant.dayMilliseconds)
        let isWithheld = lengths.count < Figure.countMin
        writer.member(Name.n, Int64(lengths.count))
        writer.member(Name.median, lengths.quantile(0.5, unit: unit))
        writer.member(Name.p90, isWithheld ? nil : lengths.quantile(0.9, unit: unit))
        if isWithheld, lengths.count > 0 { writer.member(Name.reason, encoded: withheld) }
    }

    private static func write(
        _ counts: InlineArray<6, Int64>, _ name: [UInt8], to writer: inout AnswerWriter
    ) {
        writer.beginObject(name)
        for number in counts.indices where counts[number] > 0 { writer.member(stageNames[number], counts[number]) }
        writer.endObject()
    }

    private static let stages = Stage.forward.map { Array("\"\($0.rawValue)\"".utf8) }
    private static let stageNames = stages.map { $0 + [UInt8(ascii: ":")] }
    private static let withheld = Array("\"p90_days is withheld below \(Figure.countMin)\"".utf8)

    private static let nobody = Array(#""nothing to divide by: none reached the stage before""#.utf8)

    /// The names of members, as JSON.
    private enum Name {
        static let leads = Array(#""leads":"#.utf8)
        static let stages = Array(#""stages":"#.utf8)
        static let stage = Array(#""stage":"#.utf8)
        static let count = Array(#""count":"#.utf8)
        static let ofPrevious = (
            share: Array(#""of_previous":"#.utf8), interval: Array(#""of_previous_interval":"#.utf8)
        )
        static let ofAll = (share: Array(#""of_all":"#.utf8), interval: Array(#""of_all_interval":"#.utf8))
        static let low = Array(#""low":"#.utf8)
        static let high = Array(#""high":"#.utf8)
        static let level = Array(#""level":"#.utf8)
        static let n = Array(#""n":"#.utf8)
        static let median = Array(#""median_days":"#.utf8)
        static let p90 = Array(#""p90_days":"#.utf8)
        static let unfinished = Array(#""unfinished":"#.utf8)
        static let reason = Array(#""reason":"#.utf8)
        static let left = Array(#""left":"#.utf8)
        static let disqualified = Array(#""disqualified_after":"#.utf8)
        static let recycled = Array(#""recycled_after":"#.utf8)
    }
}
