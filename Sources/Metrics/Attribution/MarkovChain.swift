/// A chain of order 1 over the channels of journeys: how much less converts when one channel leads to nothing.
///
/// Eva Anderl, Ingo Becker, Florian von Wangenheim, Jan Hendrik Schumann: Mapping the customer journey (2014).
struct MarkovChain {
    /// How often each state is followed by each: channels by number, then conversion and null; the last row is the start.
    private var counts: [[Double]]
    private let channelCount: Int

    init(channelCount: Int) {
        self.channelCount = channelCount
        counts = Array(repeating: Array(repeating: 0, count: channelCount + 2), count: channelCount + 1)
    }

    /// Counts a journey over channels, converted or not.
    mutating func add(_ channels: some Sequence<Int>, isConverted: Bool) {
        var state = channelCount
        for channel in channels {
            counts[state][channel] += 1
            state = channel
        }
        if state != channelCount { counts[state][isConverted ? channelCount : channelCount + 1] += 1 }
    }

    /// The removal effect of each channel: 1 − P(conversion without it) ÷ P(conversion); `nil` where nothing converts.
    ///
    /// Solved exactly: what converts and comes by a channel is what ever comes there × what converts from there, and both
    /// stand in the fundamental matrix (I − Q)⁻¹ of the chain.
    func removalEffects() -> [Double]? {
        var toChannel: [[Double]] = []
        var toConversion: [Double] = []
        for row in counts {
            let sum = row.reduce(0, +)
            toChannel.append(row[..<channelCount].map { sum == 0 ? 0 : $0 / sum })
            toConversion.append(sum == 0 ? 0 : row[channelCount] / sum)
        }
        let moves = (0..<channelCount).map { from in
            (0..<channelCount).map { (from == $0 ? 1 : 0) - toChannel[from][$0] }
        }
        guard let visits = Matrix.inverse(moves) else { return nil }
        let start = toChannel[channelCount]
        let converting = (0..<channelCount).map { from in
            (0..<channelCount).reduce(0) { $0 + visits[from][$1] * toConversion[$1] }
        }
        let all = (0..<channelCount).reduce(0) { $0 + start[$1] * converting[$1] }
        guard all > 0 else { return nil }
        return (0..<channelCount).map { channel in
            let times = (0..<channelCount).reduce(0) { $0 + start[$1] * visits[$1][channel] }
            return times / visits[channel][channel] * converting[channel] / all
        }
    }
}

/// What of matrices is needed here.
enum Matrix {
    /// The inverse, by Gauss and Jordan with partial pivoting; `nil` where there is none.
    static func inverse(_ matrix: [[Double]]) -> [[Double]]? {
        let count = matrix.count
        var rows = matrix.enumerated().map { number, row in row + (0..<count).map { $0 == number ? 1 : 0 } }
        for column in 0..<count {
            guard let pivot = (column..<count).max(by: { abs(rows[$0][column]) < abs(rows[$1][column]) }),
                abs(rows[pivot][column]) > 1e-12
            else { return nil }
            rows.swapAt(column, pivot)
            let scale = rows[column][column]
            for place in column..<count * 2 { rows[column][place] /= scale }
            let own = rows[column]
            for row in 0..<count where row != column && rows[row][column] != 0 {
                let factor = rows[row][column]
                for place in column..<count * 2 { rows[row][place] -= factor * own[place] }
            }
        }
        return rows.map { Array($0[count...]) }
    }
}
