/// How much each of those that have ended stands for those that could not be watched so long (Robins & Finkelstein,
/// Biometrics 56, 2000).
///
/// Who ends late is seen to end only among those that came early enough: each weighs 1 ÷ the share of all that were watched
/// as long as it took, so that quick ends do not count for more than there are of them.
struct CensoringWeights {
    /// In order.
    private let watched: [Int64]

    /// No one stands for more than these, so that a few that came first do not decide alone.
    static let most = 10.0

    /// - Parameter watched: for how long each was watched, whether it ended or not, in milliseconds.
    init(watched: [Int64]) { self.watched = watched.sorted() }

    /// The weight of one that ended after so many milliseconds; from 1 to ``most``.
    func weight(endedAfter length: Int64) -> Double {
        var (low, high) = (0, watched.count)
        while low < high {
            let middle = (low + high) / 2
            if watched[middle] < length { low = middle + 1 } else { high = middle }
        }
        let count = watched.count - low
        return count == 0 ? Self.most : min(Self.most, Double(watched.count) / Double(count))
    }
}
