/// Some rows of a table, a bit for each: those of one kind are gone through without a look at the others.
struct RowSet: Sendable {
    /// Of 64 rows each, the first in the lowest bit.
    private var words: [UInt64] = []
    /// How many rows it has.
    private(set) var count = 0

    /// Has a row be in it or not.
    mutating func set(_ row: Int, _ isIn: Bool) {
        let (word, bit) = (row / 64, UInt64(1) << UInt64(row % 64))
        while words.count <= word { words.append(0) }
        let wasIn = words[word] & bit != 0
        if wasIn == isIn { return }
        words[word] ^= bit
        count += isIn ? 1 : -1
    }

    /// Whether a row, which must not be behind the last, is in it.
    @inline(__always)
    func contains(_ row: Int) -> Bool { words[row >> 6] >> UInt64(row & 63) & 1 != 0 }

    /// The rows that are in this one or in another.
    func union(_ other: RowSet) -> RowSet {
        let isFewer = words.count < other.words.count
        var union = isFewer ? other : self
        let fewer = isFewer ? self : other
        union.count += fewer.count
        for word in fewer.words.indices {
            let both = union.words[word] & fewer.words[word]
            if both != 0 { union.count -= both.nonzeroBitCount }
            union.words[word] |= fewer.words[word]
        }
        return union
    }

    /// Visits its rows in order.
    @inline(__always)
    func forEach(_ visit: (Int) -> Void) {
        let words = words.span
        for word in words.indices {
            var left = words[word]
            while left != 0 {
                visit(word &* 64 &+ left.trailingZeroBitCount)
                left &= left &- 1
            }
        }
    }
}
