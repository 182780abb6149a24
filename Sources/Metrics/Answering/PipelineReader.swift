internal import Domain
internal import Store

/// Tells what pipelines said of their stages; what was looked up once is kept.
final class PipelineReader {
    private let facts: Facts
    private let asOf: Instant
    /// What pipelines said, each until it was changed.
    private var versions: [Int32: [(until: Int64, stages: PipelineStages)]] = [:]
    private var places: [PlaceKey: Int] = [:]
    private var percents: [Int64: UInt8] = [:]

    init(_ asked: Asked) {
        facts = asked.facts
        asOf = asked.question.asOf
    }

    private struct PlaceKey: Hashable {
        let pipeline: Int32
        let version: Int32
        let stage: Int32
    }

    /// The place of the stage that was entered, in the pipeline as it was then or else is; −1 of one that it never had.
    func place(of step: Step, in pipeline: Int32) -> Int {
        place(of: step.stage, in: pipeline, at: step.at) ?? place(of: step.stage, in: pipeline) ?? -1
    }

    /// Whether a stage comes after another that was entered before it: by the pipeline as it was when it was entered, or else
    /// as it is, or was when the other was entered. What none of them has with the other comes after it.
    func isLater(_ step: Step, than other: Step, in pipeline: Int32) -> Bool {
        for time in [step.at, asOf.milliseconds, other.at] {
            guard let later = place(of: step.stage, in: pipeline, at: time),
                let earlier = place(of: other.stage, in: pipeline, at: time)
            else { continue }
            return later > earlier
        }
        return step.stage != other.stage
    }

    private func place(of stage: Int32, in pipeline: Int32, at time: Int64? = nil) -> Int? {
        let version = version(of: pipeline, at: time ?? asOf.milliseconds)
        let key = PlaceKey(pipeline: pipeline, version: Int32(version), stage: stage)
        if places[key] == nil {
            let names = versions(of: pipeline)[version].stages.names
            places[key] = names.firstIndex(of: facts.words[stage] ?? "") ?? Self.nowhere
        }
        return places[key].flatMap { $0 == Self.nowhere ? nil : $0 }
    }

    private static let nowhere = -1

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
        versions(of: pipeline)[version(of: pipeline, at: asOf.milliseconds)].stages
    }

    private func version(of pipeline: Int32, at time: Int64) -> Int {
        let versions = versions(of: pipeline)
        return versions.firstIndex { $0.until >= time } ?? versions.count - 1
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
