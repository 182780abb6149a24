/// The cumulative incidence of wins beside losses (Aalen and Johansen 1978): how many are won by when, of those that come
/// to a stage, where what is still open has told only that it takes longer.
struct CumulativeIncidence {
    enum End { case won, lost }

    /// How long a deal took from the stage to its end, or has taken where it has none.
    struct Deal {
        let length: Int64
        let end: End?
    }

    /// The lengths that have an end, in order, and after each what share is open still, and is won.
    private let endedLengths: [Int64]
    private var ends: [(length: Int64, open: Double, won: Double)] = []

    init(_ deals: [Deal]) {
        let deals = deals.sorted { $0.length < $1.length }
        endedLengths = deals.filter { $0.end != nil }.map(\.length)
        var (open, won) = (1.0, 0.0)
        var place = 0
        while place < deals.count {
            let atRisk = Double(deals.count - place)
            let same = deals[place...].prefix { $0.length == deals[place].length }
            let ended = Double(same.count { $0.end != nil })
            if ended > 0 {
                won += open * Double(same.count { $0.end == .won }) / atRisk
                open *= 1 - ended / atRisk
                ends.append((deals[place].length, open, won))
            }
            place = same.endIndex
        }
    }

    /// Whether one that had taken `age` ended.
    func hasEnds(after age: Int64) -> Bool { ends.last.map { $0.length > age } ?? false }

    /// The chance that one which has taken `age` is won after a length within `lengths`.
    ///
    /// Laplace's rule of succession keeps the few that ended later from being certain; what is still open makes nobody surer,
    /// and where none of them was won nobody knows when one would be.
    func chance(ofWinIn lengths: Range<Int64>, after age: Int64) -> Double {
        let (now, last) = (state(after: age), ends.last?.won ?? 0)
        guard now.open > 0, last > now.won else { return 0 }
        let later = Double(endedLengths.count - Self.count(endedLengths, upTo: age) { $0 })
        let ever = (last - now.won) / now.open
        let before = state(after: max(age, lengths.lowerBound == .min ? .min : lengths.lowerBound - 1)).won
        let inTime = max(0, state(after: lengths.upperBound - 1).won - before)
        return (ever * later + 1) / (later + 2) * inTime / (last - now.won)
    }

    private func state(after length: Int64) -> (open: Double, won: Double) {
        let place = Self.count(ends, upTo: length, \.length)
        return place == 0 ? (1, 0) : (ends[place - 1].open, ends[place - 1].won)
    }

    /// How many of some in the order of their lengths are no longer.
    private static func count<Item>(_ items: [Item], upTo length: Int64, _ measure: (Item) -> Int64) -> Int {
        var (low, high) = (0, items.count)
        while low < high {
            let middle = (low + high) / 2
            if measure(items[middle]) <= length { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
