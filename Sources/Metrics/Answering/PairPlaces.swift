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
    init?(_ numbers: [[Int32]], count: Int) {
        ofFact = numbers.first ?? [Int32](repeating: 0, count: count)
        let (first, width) = Self.range(ofFact)
        let (other, otherWidth) = numbers.count > 1 ? Self.range(numbers[1]) : (0, 1)
        let (all, overflows) = width.multipliedReportingOverflow(by: otherWidth)
        guard !overflows, all <= Self.allMax else { return nil }
        (low, otherLow, self.otherWidth, self.all) = (first, other, otherWidth, all)
        for index in ofFact.indices { ofFact[index] &-= Int32(truncatingIfNeeded: first) }
        guard numbers.count > 1 else { return }
        Self.goOn(&ofFact, numbers[1], low: Int32(truncatingIfNeeded: other), Int32(truncatingIfNeeded: otherWidth))
    }

    /// Goes on from places along one dimension to those along two.
    private static func goOn(_ places: inout [Int32], _ second: [Int32], low: Int32, _ width: Int32) {
        let second = second.span
        var places = places.mutableSpan
        for index in places.indices { places[index] = places[index] &* width &+ (second[index] &- low) }
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
