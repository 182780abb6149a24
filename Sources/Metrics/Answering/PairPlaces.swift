/// Pairs of numbers, one or two for each fact, as places in a table of all pairs that there could be.
struct PairPlaces {
    /// For each fact the place of its pair.
    var ofFact: [Int32]
    /// How many places there are.
    let all: Int
    private let low: Int
    private let otherLow: Int
    private let otherWidth: Int

    /// The places of the numbers along one or two dimensions, or the one place of facts without any; `nil` where the
    /// numbers lie too far apart for a table.
    init?(_ numbers: consuming [[Int32]], count: Int) {
        // Taken out, so that the places are put where the numbers were, unless somebody else holds these.
        let second = numbers.count > 1 ? numbers.removeLast() : nil
        ofFact = numbers.popLast() ?? [Int32](repeating: 0, count: count)
        let (first, width) = Self.range(ofFact)
        let (other, otherWidth) = second.map(Self.range) ?? (0, 1)
        let (all, overflows) = width.multipliedReportingOverflow(by: otherWidth)
        guard !overflows, all <= Self.allMax else { return nil }
        (low, otherLow, self.otherWidth, self.all) = (first, other, otherWidth, all)
        if let second {
            Self.combine(
                &ofFact, Int32(truncatingIfNeeded: first), second, Int32(truncatingIfNeeded: other), otherWidth)
        } else {
            for index in ofFact.indices { ofFact[index] &-= Int32(truncatingIfNeeded: first) }
        }
    }

    /// Makes the numbers along one dimension places of pairs with those along another.
    private static func combine(
        _ numbers: inout [Int32], _ low: Int32, _ others: [Int32], _ otherLow: Int32, _ otherWidth: Int
    ) {
        let (others, width) = (others.span, Int32(truncatingIfNeeded: otherWidth))
        var numbers = numbers.mutableSpan
        for index in numbers.indices {
            numbers[index] = (numbers[index] &- low) &* width &+ (others[index] &- otherLow)
        }
    }

    /// Most tables are far smaller.
    private static let allMax = 4_000_000

    /// The pairs at some places.
    func pairs(at places: [Int]) -> Groups.Pairs {
        Groups.Pairs(
            first: places.map { Int32($0 / otherWidth + low) },
            second: places.map { Int32($0 % otherWidth + otherLow) })
    }

    private static func range(_ numbers: [Int32]) -> (low: Int, width: Int) {
        let numbers = numbers.span
        guard numbers.count > 0 else { return (0, 1) }
        var (low, high) = (numbers[0], numbers[0])
        for index in numbers.indices {
            low = min(low, numbers[index])
            high = max(high, numbers[index])
        }
        return (Int(low), Int(high) - Int(low) + 1)
    }
}
