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
        if deals.latestAt < asOf {
            switch (countsWon, countsLost) {
            case (true, true):
                let won = deals.won
                return closedSince(won.union(deals.lost), period ?? bounds) { won.contains($0) }
            case (true, false): return closedSince(deals.won, period ?? bounds) { _ in true }
            case (false, true): return closedSince(deals.lost, period ?? bounds) { _ in false }
            case (false, false): return []
            }
        }
        // One that counts neither is sought by the other's stage, or by one that no deal has.
        let won = countsWon ? facts.won : countsLost ? facts.lost : WordList.none - 1
        return closedThen(won, countsLost ? facts.lost : won, period ?? bounds)
    }

    /// Those among deals that are closed, where all deals are as they were then.
    @inline(__always)
    private func closedSince(_ closed: RowSet, _ period: Range<Int64>, _ isWon: (Int) -> Bool) -> [ClosedDeal] {
        // No array of none is filled, here and below: all of them are one, which other threads have too.
        if closed.count == 0 { return [] }
        let enteredAt = facts.deals.enteredAt.span
        let (start, end) = (period.lowerBound, period.upperBound)
        return unsafe [ClosedDeal](unsafeUninitializedCapacity: closed.count) { found, count in
            closed.forEach { row in
                let at = enteredAt[row]
                let deal = ClosedDeal(at: at, row: Int32(truncatingIfNeeded: row), isWon: isWon(row))
                // Counted and not branched on, here and below: what deals come to is no pattern that a processor foresees.
                // Each is written where the next one stands, and stays there where it counts.
                unsafe found.initializeElement(at: count, to: deal)
                count &+= (at >= start ? 1 : 0) & (at < end ? 1 : 0)
            }
        }
    }

    /// Those among deals of which some have changed since.
    private func closedThen(_ won: Int32, _ lost: Int32, _ period: Range<Int64>) -> [ClosedDeal] {
        let (deals, wonStage) = (facts.deals, facts.won)
        if deals.stage.isEmpty { return [] }
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
