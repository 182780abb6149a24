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
        // One that counts neither is sought by the other's stage, or by one that no deal has.
        let won = countsWon ? facts.won : countsLost ? facts.lost : WordList.none - 1
        let lost = countsLost ? facts.lost : won
        // No array of none is filled, here and below: all of them are one, which other threads have too.
        if facts.deals.stage.isEmpty { return [] }
        return facts.deals.latestAt < asOf
            ? closedSince(won, lost, period ?? bounds) : closedThen(won, lost, period ?? bounds)
    }

    /// Those among deals that all are as they were then.
    private func closedSince(_ won: Int32, _ lost: Int32, _ period: Range<Int64>) -> [ClosedDeal] {
        let (enteredAt, stages) = (facts.deals.enteredAt.span, facts.deals.stage.span)
        let (start, end, wonStage) = (period.lowerBound, period.upperBound, facts.won)
        // Counted and not branched on, here and below: what deals come to is no pattern that a processor foresees. Each is
        // written where the next one stands, and stays there where it counts.
        let closed = unsafe [Int32](unsafeUninitializedCapacity: stages.count) { rows, count in
            for row in stages.indices {
                unsafe rows.initializeElement(at: count, to: Int32(truncatingIfNeeded: row))
                count &+= (stages[row] == won ? 1 : 0) | (stages[row] == lost ? 1 : 0)
            }
        }
        if closed.isEmpty { return [] }
        return unsafe [ClosedDeal](unsafeUninitializedCapacity: closed.count) { found, count in
            for row in closed {
                let (at, stage) = (enteredAt[Int(row)], stages[Int(row)])
                unsafe found.initializeElement(at: count, to: ClosedDeal(at: at, row: row, isWon: stage == wonStage))
                count &+= (at >= start ? 1 : 0) & (at < end ? 1 : 0)
            }
        }
    }

    /// Those among deals of which some have changed since.
    private func closedThen(_ won: Int32, _ lost: Int32, _ period: Range<Int64>) -> [ClosedDeal] {
        let (deals, wonStage) = (facts.deals, facts.won)
        let (start, end) = (period.lowerBound, period.upperBound)
        return unsafe [ClosedDeal](unsafeUninitializedCapacity: deals.stage.count) { found, count in
            for row in deals.stage.indices {
                guard let state = deals.state(of: row, asOf: asOf) else { continue }
                let (at, stage) = (state.at, state.stage)
                let deal = ClosedDeal(at: at, row: Int32(truncatingIfNeeded: row), isWon: stage == wonStage)
                unsafe found.initializeElement(at: count, to: deal)
                let isClosed = (stage == won ? 1 : 0) | (stage == lost ? 1 : 0)
                count &+= isClosed & (at >= start ? 1 : 0) & (at < end ? 1 : 0)
            }
        }
    }
}
