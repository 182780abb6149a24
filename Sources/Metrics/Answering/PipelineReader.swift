internal import Domain
internal import Store

/// Tells what pipelines said of their stages; what was looked up once is kept.
final class PipelineReader {
    private let facts: Facts
    private let asOf: Instant
    /// What pipelines said, each until it was changed.
    private var versions: [Int32: [(until: Int64, stages: PipelineStages)]] = [:]
    private var places: [Int64: Int] = [:]
    private var percents: [Int64: UInt8] = [:]

    init(_ asked: Asked) {
        facts = asked.facts
        asOf = asked.question.asOf
    }

    /// The place of a stage in a pipeline as it is; −1 of one that it has not.
    func place(of stage: Int32, in pipeline: Int32) -> Int {
        let key = Int64(pipeline) << 32 | Int64(stage)
        if let place = places[key] { return place }
        let place = place(of: stage, in: stages(of: pipeline)) ?? -1
        places[key] = place
        return place
    }

    /// Whether a stage comes after another that was entered before it: by the pipeline as it was when it was entered, or else
    /// as it is, or was when the other was entered. What none of them has with the other comes after it.
    func isLater(_ step: Step, than other: Step, in pipeline: Int32) -> Bool {
        let versions = versions(of: pipeline)
        if versions.count == 1 {
            let (later, earlier) = (place(of: step.stage, in: pipeline), place(of: other.stage, in: pipeline))
            if later >= 0, earlier >= 0 { return later > earlier }
            return step.stage != other.stage
        }
        for time in [step.at, asOf.milliseconds, other.at] {
            let stages = Self.version(of: versions, at: time)
            guard let later = place(of: step.stage, in: stages), let earlier = place(of: other.stage, in: stages) else {
                continue
            }
            return later > earlier
        }
        return step.stage != other.stage
    }

    private func place(of stage: Int32, in stages: PipelineStages) -> Int? {
        let name = facts.words[stage] ?? ""
        return stages.open.firstIndex { $0.name == name } ?? stages.names.firstIndex(of: name)
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
        Self.version(of: versions(of: pipeline), at: asOf.milliseconds)
    }

    private static func version(of versions: [(until: Int64, stages: PipelineStages)], at time: Int64) -> PipelineStages
    {
        (versions.first { $0.until >= time } ?? versions[versions.count - 1]).stages
    }

    private func versions(of pipeline: Int32) -> [(until: Int64, stages: PipelineStages)] {
        if let known = versions[pipeline] { return known }
        let record = facts.record(.pipelines, pipeline)
        var found =
            record.map { record in
                Self.earlierFields.entries(of: record).map { ($0.until, PipelineStages($0("stages"))) }
            } ?? []
        found.append((Facts.never, record.map { PipelineStages($0) } ?? .standard))
        versions[pipeline] = found
        return found
    }

    private static let earlierFields = EarlierFields(Slots(Pipeline.schema))
}
