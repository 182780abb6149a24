internal import Domain
internal import Store

/// Figures over the stages that deals go through, and how long they stay.
enum StageFigures {
    static let all = [
        Metric(
            "stage_conversion", unit: "ratio", .share(isOfTwoSets: false), of: [.deals], bases: [.cohort],
            dimensions: Dimension.ofDeals,
            "Of the deals that entered a stage in the period, the share that went on to a later one or was won since; group_by=stage tells it stage by stage. A stage that was skipped was not entered."
        ) { asked in
            let stages = PipelineReader(asked)
            return asked.stays(entersInPeriod: true).map { stay in
                let pipelines = DealTable.Pipelines(asked.facts.deals, Int(stay.row))
                let entered = Step(at: stay.enteredAt, stage: stay.stage)
                let after = asked.facts.deals.steps[Int(stay.row)].filter {
                    $0.at >= stay.enteredAt && $0.at < asked.asOf
                }
                let wentOn = after.contains {
                    $0.stage == asked.facts.won
                        || $0.stage != asked.facts.lost && stages.isLater($0, than: entered, in: pipelines.from($0.at))
                }
                if wentOn { return stay.fact }
                // One that went back may go on yet, for as long as it is open.
                let state = asked.facts.deals.state(of: Int(stay.row), asOf: asked.asOf)
                let isOpen = state.map { !asked.isEnd($0.stage) } ?? false
                return stay.fact.marked(isOpen ? [.isBelowOnly, .isUnfinished] : .isBelowOnly)
            }
        },
        Metric(
            "stage_days", unit: "days", better: .less, .lengths(milliseconds: Instant.dayMilliseconds), of: [.deals],
            bases: [.cohort], dimensions: Dimension.ofDeals, parameters: ["entry"],
            "How long the deals that entered a stage in the period stayed in it, entered again added up, or entry=latest alone; who is still in it is censored. A stage that was skipped was not entered."
        ) { asked in
            let isLatest = asked.question.options.isLatestEntry
            return asked.stays(entersInPeriod: true, byLatest: isLatest).map { stay in
                var fact = stay.fact
                fact.value = isLatest ? stay.latest : stay.sum
                if stay.leftAt == nil { fact.marks.insert(.isCensored) }
                return fact
            }
        },
        Metric(
            "open_deal_days", unit: "days", better: .less, .lengths(milliseconds: Instant.dayMilliseconds),
            of: [.deals], bases: [],
            dimensions: Dimension.ofDeals,
            "How long the deals that were open as of the instant had been open."
        ) { asked in
            asked.open().map { fact in
                var fact = fact
                if fact.at == Facts.never { return fact.marked(.hasNoValue) }
                fact.value = asked.asOf - fact.at
                return fact
            }
        },
        Metric(
            "deals_aging", unit: "ratio", better: .less, .share(isOfTwoSets: false), of: [.deals], bases: [],
            dimensions: Dimension.ofDeals,
            "Of the deals that were open as of the instant, the share that had been in their stage for longer than nine in ten stay of those that leave it, by Kaplan and Meier, since those that left soon are known first; those in a stage that fewer than five have left are outside, and told apart."
        ) { asked in
            let stays = asked.stays(entersInPeriod: false)
            func key(_ stay: Stay) -> Int64 { Int64(stay.pipeline) << 32 | Int64(stay.stage) }
            var lengths: [Int64: [Length]] = [:]
            // Where figures are narrowed, others' stays tell nothing.
            for stay in stays where !asked.isEnd(stay.stage) && asked.sees(stay.fact) {
                lengths[key(stay), default: []].append(Length(stay.sum, isCensored: stay.leftAt == nil))
            }
            let limits = lengths.compactMapValues { lengths -> Double? in
                // Percentiles are withheld below five.
                guard lengths.count(where: { !$0.isCensored }) >= 5 else { return nil }
                let sorted = Length.byDigits(lengths)[...]
                // Some may never leave: the quantile is of those that do, as far as they are known.
                let leaving = Statistics.shareEnded(ofSorted: sorted)
                return Statistics.quantile(
                    ofSorted: sorted, 0.9 * leaving, unit: 1, isWhole: !lengths.contains(where: \.isCensored))
            }
            return stays.filter { $0.leftAt == nil && !asked.isEnd($0.stage) }.map { stay in
                guard let limit = limits[key(stay)] else { return stay.fact.marked([.isOutside, .isUnfinished]) }
                return Double(stay.sum) > limit ? stay.fact : stay.fact.marked(.isBelowOnly)
            }
        },
    ]
}

/// A deal's time in one stage.
struct Stay {
    let row: Int32
    /// In one of another pipeline that has its name a deal stays anew.
    let pipeline: Int32
    let stage: Int32
    let enteredAt: Int64
    /// When it was last left; `nil` while it lasts.
    let leftAt: Int64?
    /// How long in all, and since it was last entered, in milliseconds.
    let sum: Int64
    let latest: Int64

    var fact: Fact { Fact(.deals, row, at: enteredAt, stage: stage) }
}

extension Asked {
    /// The stays of deals in open stages as of the question: those entered in the period, first or last, or all.
    func stays(entersInPeriod: Bool, byLatest: Bool = false) -> [Stay] {
        var found: [Stay] = []
        for row in facts.deals.openedAt.indices {
            var stays: [(pipeline: Int32, stage: Int32, entered: Int64, sum: Int64, latest: Int64, left: Int64?)] = []
            let pipelines = DealTable.Pipelines(facts.deals, row)
            let steps = facts.deals.steps[row].filter { $0.at < asOf }
            // Stages that were skipped on the way are none that a deal was in.
            for (place, step) in zip(steps.indices, steps) where !isEnd(step.stage) && !step.isImplied {
                let next = place + 1 < steps.endIndex ? steps[place + 1].at : nil
                let length = (next ?? asOf) - step.at
                let pipeline = pipelines.from(step.at)
                if let known = stays.firstIndex(where: { ($0.pipeline, $0.stage) == (pipeline, step.stage) }) {
                    stays[known].sum += length
                    stays[known].latest = length
                    if byLatest { stays[known].entered = step.at }
                    stays[known].left = next
                } else {
                    stays.append((pipeline, step.stage, step.at, length, length, next))
                }
            }
            for stay in stays where !entersInPeriod || contains(stay.entered) {
                found.append(
                    Stay(
                        row: Int32(row), pipeline: stay.pipeline, stage: stay.stage, enteredAt: stay.entered,
                        leftAt: stay.left, sum: stay.sum, latest: stay.latest))
            }
        }
        return found
    }
}
