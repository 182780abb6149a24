internal import Domain
internal import Store

/// One row behind a figure: whose row it is, when it counts, and what it counts for.
struct Fact: Sendable {
    /// What is to be said of a fact beside its numbers.
    struct Marks: OptionSet, Sendable {
        let rawValue: UInt8

        /// It has no value: no amount, or no start to measure from.
        static let hasNoValue = Marks(rawValue: 1)
        /// It is not in the numerator of a share.
        static let isBelowOnly = Marks(rawValue: 2)
        /// It is not in the denominator of a share.
        static let isAboveOnly = Marks(rawValue: 4)
        /// Time has yet to tell whether it counts in the numerator, or how much.
        static let isUnfinished = Marks(rawValue: 8)
        /// The length is only how long it has lasted so far.
        static let isCensored = Marks(rawValue: 16)
        /// It ended in time.
        static let isInTime = Marks(rawValue: 32)
        /// It ended too late, or has not ended though it was due.
        static let isLate = Marks(rawValue: 64)
        /// It is in neither, as what waits for an answer.
        static let isOutside: Marks = [.isBelowOnly, .isAboveOnly]
    }

    /// Its business time in the figure, in milliseconds; ``Facts/never`` where nobody knows.
    var at: Int64
    /// Minor units of the answer's currency, thousandths of a number, milliseconds, or what is counted once.
    var value: Int64 = 0
    /// The row of its record.
    var row: Int32
    /// Another row that it is about: the deal of a credit.
    var link = RowIDs.none
    /// The number of the stage it was in as of the question.
    var stage = WordList.none
    /// The table of its record.
    var kind: FactKind
    /// Which part of a composed figure it is of.
    var part: UInt8 = 0
    /// The value's weight in percent.
    var percent: UInt8 = 100
    var marks: Marks = []

    /// What it counts for; `nil` where it has none.
    @inline(__always)
    var known: Int64? { marks.contains(.hasNoValue) ? nil : value }

    init(_ kind: FactKind, _ row: Int32, at: Int64, stage: Int32 = WordList.none) {
        self.kind = kind
        self.row = row
        self.at = at
        self.stage = stage
    }
}
