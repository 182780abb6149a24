internal import Domain
internal import Store

/// Tells what pipelines said of their stages as of the instant that is asked for; what was looked up once is kept.
final class PipelineReader {
    private let facts: Facts
    private let asOf: Instant
    private var stages: [Int32: PipelineStages] = [:]
    private var places: [Int64: Int] = [:]
    private var percents: [Int64: UInt8] = [:]

    init(_ asked: Asked) {
        facts = asked.facts
        asOf = asked.question.asOf
    }

    /// The place of a stage in a pipeline; −1 of one that it no longer has.
    func place(of stage: Int32, in pipeline: Int32) -> Int {
        let key = Int64(pipeline) << 32 | Int64(stage)
        if let place = places[key] { return place }
        let place = stages(of: pipeline).names.firstIndex(of: facts.words[stage] ?? "") ?? -1
        places[key] = place
        return place
    }

    /// The probability of winning in the stage of an open deal, in percent.
    func winPercent(of deal: Fact) -> UInt8 {
        let pipeline = facts.deals.pipeline[Int(deal.row)]
        let key = Int64(pipeline) << 32 | Int64(deal.stage)
        if let percent = percents[key] { return percent }
        let name = facts.words[deal.stage] ?? ""
        let percent = UInt8(Pipeline.winPercent(of: name, stages(of: pipeline), asOf: asOf, in: facts.view))
        percents[key] = percent
        return percent
    }

    private func stages(of pipeline: Int32) -> PipelineStages {
        if let known = stages[pipeline] { return known }
        let own = facts.record(.pipelines, pipeline).map { PipelineStages($0, asOf: asOf) } ?? .standard
        stages[pipeline] = own
        return own
    }
}
