/// A length of time, whether it has ended, and the place of the group that it is of.
struct Length: Sendable {
    /// The length in milliseconds, doubled, and one more where it has not ended: at equal lengths what ended comes first,
    /// since who was still waiting then was at risk then.
    let key: UInt64
    let group: Int32

    init(_ milliseconds: Int64, isCensored: Bool = false, group: Int32 = 0) {
        key = UInt64(max(0, milliseconds)) << 1 | (isCensored ? 1 : 0)
        self.group = group
    }

    /// Sorts lengths by their digits of 11 bits, the last first: a fifth of what comparing costs.
    static func sort(_ lengths: inout [Length]) {
        guard lengths.count > 256, let most = lengths.max(by: { $0.key < $1.key })?.key else {
            lengths.sort { $0.key < $1.key }
            return
        }
        var other = lengths
        var shift = UInt64(0)
        while shift < 64, most >> shift > 0 {
            var starts = [Int](repeating: 0, count: 2048)
            for length in lengths { starts[Int(length.key >> shift & 2047)] += 1 }
            var sum = 0
            for digit in starts.indices { (starts[digit], sum) = (sum, sum + starts[digit]) }
            for length in lengths {
                let digit = Int(length.key >> shift & 2047)
                other[starts[digit]] = length
                starts[digit] += 1
            }
            swap(&lengths, &other)
            shift += 11
        }
    }

    /// The keys of all lengths in order, and those of each group: sorted once, they are in order in their groups too.
    static func sorted(_ lengths: [Length], groupCount: Int) -> (all: [UInt64], groups: [[UInt64]]) {
        var lengths = lengths
        sort(&lengths)
        var groups = [[UInt64]](repeating: [], count: groupCount)
        if groupCount > 0 { for length in lengths { groups[Int(length.group)].append(length.key) } }
        return (lengths.map(\.key), groups)
    }
}

extension Statistics {
    /// A quantile of sorted lengths in units of so many milliseconds.
    ///
    /// Linear between the nearest ranks where all have ended; by Kaplan and Meier (1958) where some have not, and `nil`
    /// where too few have to tell.
    static func quantile(ofSorted keys: [UInt64], _ share: Double, unit: Double, isWhole: Bool) -> Double? {
        guard !isWhole else {
            guard let last = keys.last else { return nil }
            let place = share * Double(keys.count - 1)
            let index = Int(place)
            guard index + 1 < keys.count else { return Double(last >> 1) / unit }
            let (low, high) = (Double(keys[index] >> 1) / unit, Double(keys[index + 1] >> 1) / unit)
            return low + (high - low) * (place - Double(index))
        }
        var survival = 1.0
        for (index, key) in keys.enumerated() where key & 1 == 0 {
            survival *= 1 - 1 / Double(keys.count - index)
            if survival <= 1 - share + 1e-12 { return Double(key >> 1) / unit }
        }
        return nil
    }
}
