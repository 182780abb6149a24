/// A length of time, whether it has ended, and the place of the group that it is of, packed to be sorted fast.
struct Length: Sendable {
    static let groupBits: UInt64 = 19
    /// 44 bits of milliseconds are 557 years.
    private static let most: Int64 = 1 << 44 - 1

    /// The length, whether it has not ended, and the group.
    let packed: UInt64

    init(_ milliseconds: Int64, isCensored: Bool = false, group: Int32 = 0) {
        precondition(group < 1 << 19, "half a million groups are more than a question can ask for")
        // At equal lengths what ended comes first: who was still waiting then was at risk then.
        let key = UInt64(min(max(0, milliseconds), Self.most)) << 1 | (isCensored ? 1 : 0)
        packed = key << Self.groupBits | UInt64(group)
    }

    /// The length.
    var milliseconds: Int64 { Int64(packed >> (Self.groupBits + 1)) }
    /// Whether it has not ended.
    var isCensored: Bool { packed >> Self.groupBits & 1 == 1 }
    var group: Int { Int(packed & (1 << Self.groupBits - 1)) }

    /// Lengths group by group, each group's as they were.
    struct ByGroup {
        private let lengths: [Length]
        /// Where those of each group end.
        private let ends: [Int32]

        init(_ lengths: [Length], groupCount: Int) {
            var ends = [Int32](repeating: 0, count: groupCount)
            var ordered = groupCount > 0 ? lengths : []
            if groupCount > 0 { Length.pass(lengths.span, &ordered, &ends) { $0.group } }
            (self.lengths, self.ends) = (ordered, ends)
        }

        /// Those of a group; none where there are no groups.
        subscript(place: Int) -> ArraySlice<Length> {
            place < ends.count ? lengths[Int(place == 0 ? 0 : ends[place - 1])..<Int(ends[place])] : []
        }
    }

    /// Lengths in order, all and group by group.
    struct Sorted {
        let all: [Length]
        fileprivate let groups: ByGroup

        /// Those of a group.
        func group(_ place: Int) -> ArraySlice<Length> { groups[place] }
    }

    /// Sorts lengths by digits of 13 bits, the last first, a fifth of what comparing costs; sorted once, they are in
    /// order in their groups too.
    static func sorted(_ lengths: [Length], groupCount: Int) -> Sorted {
        let all = byDigits(lengths)
        return Sorted(all: all, groups: ByGroup(all, groupCount: groupCount))
    }

    static let digitBits: UInt64 = 13
    /// As many as the bits above the group's have.
    private static let digitCount = 4

    /// The same without groups.
    static func byDigits(_ lengths: [Length]) -> [Length] {
        var lengths = lengths
        guard lengths.count > 256 else {
            lengths.sort { $0.packed < $1.packed }
            return lengths
        }
        let (histograms, most) = histograms(of: lengths.span)
        var other = lengths
        var shift = groupBits
        for digit in 0..<digitCount where most >> shift > 0 {
            var counts = histograms[digit]
            var next = counts.mutableSpan
            startEach(&next)
            move(lengths.span, &other, &next) { Int($0.packed >> shift & (1 << digitBits - 1)) }
            swap(&lengths, &other)
            shift += digitBits
        }
        return lengths
    }

    /// How often each value of each digit occurs, and the greatest of all.
    private static func histograms(of lengths: Span<Length>) -> (counts: [[Int32]], most: UInt64) {
        let width = 1 << Int(digitBits)
        var counts = [Int32](repeating: 0, count: digitCount * width)
        var most: UInt64 = 0
        var count = counts.mutableSpan
        for place in lengths.indices {
            let packed = lengths[place].packed
            most = max(most, packed)
            var rest = packed >> groupBits
            for digit in 0..<digitCount {
                count[digit * width + Int(rest & UInt64(width - 1))] += 1
                rest >>= digitBits
            }
        }
        return ((0..<digitCount).map { Array(counts[$0 * width..<($0 + 1) * width]) }, most)
    }

    /// Puts lengths in order of a digit, those of the same one as they were.
    ///
    /// - Parameter ends: as many zeros as there are digits; then where the lengths of each end.
    @inline(__always)
    static func pass(_ from: Span<Length>, _ to: inout [Length], _ ends: inout [Int32], _ digit: (Length) -> Int) {
        var next = ends.mutableSpan
        for place in from.indices { next[digit(from[place])] += 1 }
        startEach(&next)
        move(from, &to, &next, digit)
    }

    /// Makes of counts where the first of each stands.
    private static func startEach(_ counts: inout MutableSpan<Int32>) {
        var sum: Int32 = 0
        for value in counts.indices { (counts[value], sum) = (sum, sum + counts[value]) }
    }

    /// Puts each length where the next of its digit stands.
    @inline(__always)
    private static func move(
        _ from: Span<Length>, _ to: inout [Length], _ next: inout MutableSpan<Int32>, _ digit: (Length) -> Int
    ) {
        var target = to.mutableSpan
        for place in from.indices {
            let value = digit(from[place])
            target[Int(next[value])] = from[place]
            next[value] += 1
        }
    }
}

extension Statistics {
    /// A quantile of sorted lengths in units of so many milliseconds.
    ///
    /// Linear between the nearest ranks where all have ended; by Kaplan and Meier (1958) where some have not, and `nil`
    /// where too few have to tell.
    static func quantile(
        ofSorted lengths: ArraySlice<Length>, _ share: Double, unit: Double, isWhole: Bool
    ) -> Double? {
        guard !isWhole else {
            return quantile(ofCount: lengths.count, share, unit: unit) { lengths[lengths.startIndex + $0] }
        }
        var survival = 1.0
        for (index, length) in lengths.enumerated() where !length.isCensored {
            survival *= 1 - 1 / Double(lengths.count - index)
            if survival <= 1 - share + 1e-12 { return Double(length.milliseconds) / unit }
        }
        return nil
    }

    /// The share of sorted lengths that ends by the longest of them, by Kaplan and Meier: 1 where all have.
    static func shareEnded(ofSorted lengths: ArraySlice<Length>) -> Double {
        var survival = 1.0
        for (index, length) in lengths.enumerated() where !length.isCensored {
            survival *= 1 - 1 / Double(lengths.count - index)
        }
        return 1 - survival
    }

    /// A quantile of lengths that have all ended, linear between the nearest of those in order.
    static func quantile(ofCount count: Int, _ share: Double, unit: Double, _ length: (Int) -> Length) -> Double? {
        guard count > 0 else { return nil }
        let place = share * Double(count - 1)
        let index = Int(place)
        let low = Double(length(index).milliseconds) / unit
        guard index + 1 < count else { return low }
        let high = Double(length(index + 1).milliseconds) / unit
        return low + (high - low) * (place - Double(index))
    }
}
