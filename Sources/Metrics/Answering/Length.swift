/// A length of time, whether it has ended, and the place of the group that it is of, packed to be sorted fast.
struct Length: Sendable {
    private static let groupBits: UInt64 = 19
    /// 44 bits of milliseconds are 557 years.
    private static let most: Int64 = 1 << 44 - 1

    /// The key above the group's place.
    fileprivate let packed: UInt64

    init(_ milliseconds: Int64, isCensored: Bool = false, group: Int32 = 0) {
        precondition(group < 1 << 19, "half a million groups are more than a question can ask for")
        // At equal lengths what ended comes first: who was still waiting then was at risk then.
        let key = UInt64(min(max(0, milliseconds), Self.most)) << 1 | (isCensored ? 1 : 0)
        packed = key << Self.groupBits | UInt64(group)
    }

    private var key: UInt64 { packed >> Self.groupBits }
    private var group: Int { Int(packed & (1 << Self.groupBits - 1)) }

    /// Lengths in order, all and group by group.
    struct Sorted {
        /// The length in milliseconds, doubled, and one more where it has not ended.
        let all: [UInt64]
        fileprivate let starts: [Int]
        fileprivate let grouped: [UInt64]

        /// Those of a group.
        func group(_ place: Int) -> ArraySlice<UInt64> {
            place + 1 < starts.count ? grouped[starts[place]..<starts[place + 1]] : []
        }
    }

    /// Sorts lengths by digits of 12 bits, the last first, a fifth of what comparing costs; sorted once, they are in
    /// order in their groups too.
    static func sorted(_ lengths: [Length], groupCount: Int) -> Sorted {
        let sorted = byDigits(lengths)
        var starts = [Int](repeating: 0, count: groupCount + 1)
        guard groupCount > 0 else { return Sorted(all: sorted.map(\.key), starts: starts, grouped: []) }
        for length in sorted { starts[length.group + 1] += 1 }
        for place in 1...groupCount { starts[place] += starts[place - 1] }
        var nexts = starts
        var grouped = [UInt64](repeating: 0, count: sorted.count)
        for length in sorted {
            grouped[nexts[length.group]] = length.key
            nexts[length.group] += 1
        }
        return Sorted(all: sorted.map(\.key), starts: starts, grouped: grouped)
    }

    private static func byDigits(_ lengths: [Length]) -> [Length] {
        var lengths = lengths
        guard lengths.count > 256 else {
            lengths.sort { $0.packed < $1.packed }
            return lengths
        }
        let most = lengths.reduce(0) { max($0, $1.packed) }
        var other = lengths
        var shift = groupBits
        while shift < 64, most >> shift > 0 {
            var starts = [Int](repeating: 0, count: 4096)
            pass(lengths.span, &other, &starts, shift)
            swap(&lengths, &other)
            shift += 12
        }
        return lengths
    }

    private static func pass(_ from: Span<Length>, _ to: inout [Length], _ starts: inout [Int], _ shift: UInt64) {
        var counts = starts.mutableSpan
        for place in from.indices { counts[Int(from[place].packed >> shift & 4095)] += 1 }
        var sum = 0
        for digit in counts.indices { (counts[digit], sum) = (sum, sum + counts[digit]) }
        var target = to.mutableSpan
        for place in from.indices {
            let digit = Int(from[place].packed >> shift & 4095)
            target[counts[digit]] = from[place]
            counts[digit] += 1
        }
    }
}

extension Statistics {
    /// A quantile of sorted lengths in units of so many milliseconds.
    ///
    /// Linear between the nearest ranks where all have ended; by Kaplan and Meier (1958) where some have not, and `nil`
    /// where too few have to tell.
    static func quantile(
        ofSorted keys: some RandomAccessCollection<UInt64>, _ share: Double, unit: Double, isWhole: Bool
    ) -> Double? {
        guard !isWhole else {
            guard let last = keys.last else { return nil }
            let place = share * Double(keys.count - 1)
            let index = Int(place)
            guard index + 1 < keys.count else { return Double(last >> 1) / unit }
            let first = keys.index(keys.startIndex, offsetBy: index)
            let (low, high) = (Double(keys[first] >> 1) / unit, Double(keys[keys.index(after: first)] >> 1) / unit)
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
