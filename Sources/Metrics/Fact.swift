internal import Domain
internal import Store

/// One row behind a figure: a record, when it counts, and what it counts for.
struct Fact {
    /// The record.
    let record: Record
    /// Its business time in the figure; `nil` where nobody knows.
    let at: Instant?
    /// The stage it was in as of the question.
    var stage: String?
    /// Whether it is in the numerator of a rate.
    var isInNumerator = true
    /// Whether it is in the denominator of a rate.
    var isInDenominator = true
    /// Whether numerator and denominator count different sets, so that the rate is no share.
    var isOfTwoSets = false
    /// Whether time has yet to tell: it may still come to count in the numerator.
    var isUnfinished = false
    /// What it is worth in the figure, in minor units, and of which currency.
    var money: Money?
    /// The money's weight in percent.
    var percent: Int64 = 100
    /// A length of time, in the metric's unit.
    var length: Double?
    /// Whether the length is only how long it has lasted so far.
    var isCensored = false
    /// Whether it ended in time, where there is a time.
    var isInTime: Bool?
}

/// How a deal stood at an instant, told by its stage history alone: a later edit moves nothing.
struct DealState {
    let stage: String
    let openedAt: Instant?
    /// When it was won or lost, where it was by then.
    let closedAt: Instant?

    /// The state as of `instant`; `nil` where the deal was not there yet.
    ///
    /// A deal whose opening nobody knows counts from when Tandem learned of it.
    init?(_ deal: Record, asOf instant: Instant) {
        let learned = deal["created_at"].instant
        let entries = StageEntry.all(of: deal)
        guard let entry = entries.last(where: { ($0.enteredAt ?? learned).map { $0 < instant } ?? false }) else {
            return nil
        }
        stage = entry.stage
        openedAt = deal["opened_at"].instant
        closedAt = PipelineStages.isOpen(entry.stage) ? nil : entry.enteredAt
    }

    var isOpen: Bool { PipelineStages.isOpen(stage) }
    var isWon: Bool { stage == PipelineStages.won }
}
