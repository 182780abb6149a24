/// Lengths that have all ended, all and group by group, in order as far as quantiles look.
///
/// One digit, the leading one, puts nearly all where they belong; what shares it with a rank that is asked for is put in
/// order then. That is half of what sorting all of them costs.
struct RankedLengths {
    /// Some lengths, of which ranks are told.
    struct Part {
        fileprivate let lengths: ArraySlice<Length>
        fileprivate let shift: UInt64

        var count: Int { lengths.count }

        /// A quantile in units of so many milliseconds, linear between the nearest ranks; `nil` where there is no length.
        func quantile(_ share: Double, unit: Double) -> Double? {
            Statistics.quantile(ofCount: count, share, unit: unit, length(ofRank:))
        }

        private func length(ofRank rank: Int) -> Length {
            let place = lengths.startIndex + rank
            let digit = lengths[place].packed >> shift
            var (start, end) = (place, place + 1)
            while start > lengths.startIndex, lengths[start - 1].packed >> shift == digit { start -= 1 }
            while end < lengths.endIndex, lengths[end].packed >> shift == digit { end += 1 }
            return end - start == 1 ? lengths[place] : Length.byDigits(Array(lengths[start..<end]))[place - start]
        }
    }

    private let ordered: [Length]
    private let groups: Length.ByGroup
    /// How far the leading digit is shifted.
    private let shift: UInt64

    init(_ lengths: [Length], groupCount: Int) {
        let shift = Self.shift(of: lengths.span)
        var ends = [Int32](repeating: 0, count: 1 << Int(Length.digitBits))
        var ordered = lengths
        Length.pass(lengths.span, &ordered, &ends) { Int($0.packed >> shift) }
        (self.ordered, self.shift) = (ordered, shift)
        groups = Length.ByGroup(ordered, groupCount: groupCount)
    }

    /// All of them.
    var all: Part { Part(lengths: ordered[...], shift: shift) }

    /// Those of a group.
    func group(_ place: Int) -> Part { Part(lengths: groups[place], shift: shift) }

    private static func shift(of lengths: Span<Length>) -> UInt64 {
        var bits: UInt64 = 0
        for place in lengths.indices { bits |= lengths[place].packed }
        let width = UInt64(64 - bits.leadingZeroBitCount)
        return max(Length.groupBits, width - min(width, Length.digitBits))
    }
}
