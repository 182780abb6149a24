internal import Store

/// A deal that was closed.
struct ClosedDeal: BitwiseCopyable, Sendable {
    let at: Int64
    let row: Int32
    let isWon: Bool

    /// It as a row behind a figure, in the denominator alone of a share where it was lost.
    func fact(_ facts: Facts) -> Fact {
        var fact = Fact(.deals, row, at: at, stage: isWon ? facts.won : facts.lost)
        if !isWon { fact.marks = .isBelowOnly }
        return fact
    }
}

extension Asked {
    /// The deals closed in the period, those won or lost or both, in the order of their rows.
    func closedDeals(in period: Range<Int64>? = nil, won countsWon: Bool, lost countsLost: Bool) -> [ClosedDeal] {
        let deals = facts.deals
        let (enteredAt, stages) = (deals.enteredAt.span, deals.stage.span)
        let (won, lost) = (facts.won, facts.lost)
        let (start, end) = ((period ?? bounds).lowerBound, (period ?? bounds).upperBound)
        let (wonCount, lostCount) = (countsWon ? 1 : 0, countsLost ? 1 : 0)
        if stages.isEmpty { return [] }
        return unsafe [ClosedDeal](unsafeUninitializedCapacity: stages.count) { found, count in
            for row in stages.indices {
                var state = Step(at: enteredAt[row], stage: stages[row])
                if state.at >= asOf {
                    guard let then = deals.state(of: row, asOf: asOf) else { continue }
                    state = then
                }
                // Counted and not branched on: what deals come to is no pattern that a processor foresees.
                let isWon = state.stage == won ? 1 : 0
                let isLost = state.stage == lost ? 1 : 0
                let isInPeriod = (state.at >= start ? 1 : 0) & (state.at < end ? 1 : 0)
                let deal = ClosedDeal(at: state.at, row: Int32(truncatingIfNeeded: row), isWon: state.stage == won)
                // Each is written where the next one stands, and stays there where it counts.
                unsafe found.initializeElement(at: count, to: deal)
                count &+= (isWon & wonCount | isLost & lostCount) & isInPeriod
            }
        }
    }
}
