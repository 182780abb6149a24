internal import Foundation
internal import Store

/// The share of a deal that each touch of its journey earns, by one model; shares add up to 1.
struct Shares {
    /// When the journey reached its milestones, in milliseconds; ``Facts/never`` where it did not.
    struct Milestones {
        var leadCreation = Facts.never
        var dealCreation = Facts.never
        var close: Int64
    }

    let model: AttributionModel
    let halfLifeDays: Double

    /// Puts the shares of so many touches into `shares`; their times, in order, where the model is by time. Of `markov`
    /// and `shapley` they are alike, and to be decided by their channels.
    func fill(_ shares: inout [Double], count: Int, times: [Int64], _ milestones: Milestones) {
        if shares.count > count { shares.removeLast(shares.count - count) }
        for place in shares.indices { shares[place] = 0 }
        while shares.count < count { shares.append(0) }
        guard count > 0 else { return }
        switch model {
        case .firstTouch: shares[0] = 1
        case .lastTouch: shares[count - 1] = 1
        case .linear, .markov, .shapley: for place in 0..<count { shares[place] = 1 / Double(count) }
        case .timeDecay: fillByAge(&shares, times, milestones.close)
        case .positionBased: fillByPosition(&shares)
        case .uShaped: fill(&shares, times, [.min, milestones.leadCreation], each: 40, rest: 20)
        case .wShaped:
            fill(&shares, times, [.min, milestones.leadCreation, milestones.dealCreation], each: 30, rest: 10)
        case .fullPath:
            let all = [Int64.min, milestones.leadCreation, milestones.dealCreation, milestones.close]
            fill(&shares, times, all, each: 22.5, rest: 10)
        }
    }

    private func fillByAge(_ shares: inout [Double], _ times: [Int64], _ close: Int64) {
        let halfLife = halfLifeDays * Double(Instant.dayMilliseconds)
        // From the last touch on, so that what is long ago does not vanish before it is compared.
        let last = times[times.count - 1]
        var sum = 0.0
        for place in times.indices {
            shares[place] = exp2(-Double(last - times[place]) / halfLife)
            sum += shares[place]
        }
        for place in times.indices { shares[place] /= sum }
    }

    private func fillByPosition(_ shares: inout [Double]) {
        let count = shares.count
        if count <= 2 {
            for place in 0..<count { shares[place] = 1 / Double(count) }
            return
        }
        for place in 0..<count { shares[place] = 0.2 / Double(count - 2) }
        shares[0] = 0.4
        shares[count - 1] = 0.4
    }

    /// Gives each milestone's touch, the last at or before it, the same, and the rest to those between.
    ///
    /// One touch holding two roles gets both; a missing milestone renormalises; nothing in between spreads its share
    /// over the milestones. The first of `milestones` is the first touch itself.
    private func fill(
        _ shares: inout [Double], _ times: [Int64], _ milestones: [Int64], each: Double, rest: Double
    ) {
        var sum = 0.0
        for milestone in milestones {
            let place =
                milestone == .min ? 0 : milestone == Facts.never ? nil : times.lastIndex { $0 <= milestone }
            guard let place else { continue }
            shares[place] += each
            sum += each
        }
        let between = shares.count { $0 == 0 }
        if between > 0 {
            sum += rest
            for place in shares.indices where shares[place] == 0 { shares[place] = rest / Double(between) }
        }
        for place in shares.indices { shares[place] /= sum }
    }
}
