internal import Foundation

/// A value as an index holds it: 32 bytes that order as the values do, so that none is made to be compared.
///
/// | byte | of a text                                           | of anything else |
/// |------|-----------------------------------------------------|------------------|
/// | 0    | the kind of value                                   | the same         |
/// | 1…30 | its bytes, in Unicode's normal form C               | the number or id |
/// | 31   | how many they are                                   | 0                |
///
/// A text longer than 30 bytes has its first 23, then a hash of it and 255 in place of its length. Such keys are told apart,
/// and their order among those with the same first 23 bytes is any: who wants it reads the values.
struct IndexKey: BitwiseCopyable, Sendable, Hashable, Comparable {
    private var words: (UInt64, UInt64, UInt64, UInt64)

    /// The bytes of a text that order it exactly.
    static let orderedBytes = 23
    private static let wholeBytesMax = 30
    private static let isCut: UInt64 = 255

    private enum Kind {
        static let number: UInt64 = 1
        static let real: UInt64 = 2
        static let identifier: UInt64 = 3
        static let text: UInt64 = 4
        static let pair: UInt64 = 5
    }

    private init(kind: UInt64, _ first: UInt64 = 0, _ second: UInt64 = 0) { words = (kind << 56, first, second, 0) }

    // MARK: Values

    /// Before everything.
    static let missing = IndexKey(kind: 0)

    /// After everything.
    static let greatest = IndexKey(kind: 255)

    init(number: Int64) { self.init(kind: Kind.number, UInt64(bitPattern: number) ^ 1 << 63) }

    init(_ id: Identifier) { self.init(kind: Kind.identifier, id.halves.high, id.halves.low) }

    init(real: Double) {
        // 0 and -0 are one number. Of negative ones the greater bits are the less.
        let bits = (real == 0 ? 0 : real).bitPattern
        self.init(kind: Kind.real, bits >> 63 == 1 ? ~bits : bits | 1 << 63)
    }

    init(_ value: IndexValue) {
        switch value {
        case .missing: self = .missing
        case .number(let number): self.init(number: number)
        case .real(let number): self.init(real: number)
        case .identifier(let id): self.init(id)
        case .text(let text): self.init(text)
        }
    }

    /// Both a value that is asked for and, behind it, one that is sorted by: which must be a number or an id.
    init(_ asked: IndexKey, orderedBy second: IndexKey) {
        let hash = UInt64(truncatingIfNeeded: asked.hashValue) >> 8
        words = (Kind.pair << 56 | hash, second.words.0, second.words.1, second.words.2)
    }

    /// Whether the value that is asked for is the same in both pairs.
    func isSamePair(as other: IndexKey) -> Bool { words.0 == other.words.0 }

    // MARK: Texts

    /// A text as it is.
    init(_ text: String) {
        var text = text
        let key = text.withUTF8 { bytes in unsafe Self(ascii: bytes, folding: false) }
        if let key { self = key } else { self.init(normalized: text.precomposedStringWithCanonicalMapping) }
    }

    /// A text whose letters of either case are the same.
    init(folding text: String) {
        var text = text
        let key = text.withUTF8 { bytes in unsafe Self(ascii: bytes, folding: true) }
        if let key { self = key } else { self.init(text.lowercased()) }
    }

    private init(normalized text: String) {
        var text = text
        self = text.withUTF8 { bytes in unsafe Self(bytes, folding: false) }
    }

    /// A text by its bytes; `nil` where they are not all ASCII.
    init?(ascii bytes: UnsafeBufferPointer<UInt8>, folding: Bool) {
        var all: UInt8 = 0
        for place in bytes.indices { unsafe all |= bytes[place] }
        guard all < 0x80 else { return nil }
        unsafe self.init(bytes, folding: folding)
    }

    private init(_ bytes: UnsafeBufferPointer<UInt8>, folding: Bool) {
        let isWhole = bytes.count <= Self.wholeBytesMax
        var key = IndexKey(kind: Kind.text)
        for place in 0..<(isWhole ? bytes.count : Self.orderedBytes) {
            let byte = unsafe bytes[place]
            key.add(folding ? Self.lowercased(byte) : byte, at: place)
        }
        if isWhole {
            key.words.3 |= UInt64(bytes.count)
        } else {
            var hasher = Hasher()
            var word: UInt64 = 0
            for place in bytes.indices {
                let byte = unsafe bytes[place]
                word = word << 8 | UInt64(folding ? Self.lowercased(byte) : byte)
                if place & 7 == 7 { hasher.combine(word) }
            }
            hasher.combine(word)
            hasher.combine(bytes.count)
            key.words.3 = UInt64(truncatingIfNeeded: hasher.finalize()) << 8 | Self.isCut
        }
        self = key
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }

    /// The start of a text, to which bytes are added.
    static let emptyText = IndexKey(kind: Kind.text)

    /// Puts the byte that stands at `place`, from 0 to 22, in a text that ends with it.
    mutating func append(_ byte: UInt8, at place: Int) {
        add(byte, at: place)
        words.3 = UInt64(place + 1)
    }

    private mutating func add(_ byte: UInt8, at place: Int) {
        let bits = UInt64(byte) &<< UInt64(truncatingIfNeeded: 56 &- 8 &* ((place &+ 1) & 7))
        switch (place &+ 1) &>> 3 {
        case 0: words.0 |= bits
        case 1: words.1 |= bits
        case 2: words.2 |= bits
        default: words.3 |= bits
        }
    }

    var isText: Bool { words.0 >> 56 == Kind.text }

    /// Whether the value may be another than the one it was made of.
    var isCut: Bool { isText && words.3 & 0xFF == Self.isCut }

    /// Whether both are texts of which the order may not be that of the keys.
    func hasSameStart(as other: IndexKey) -> Bool {
        isText && words.0 == other.words.0 && words.1 == other.words.1 && words.2 == other.words.2
    }

    /// The least key that has the same start, and one that is greater than every such key.
    var startBounds: (lower: IndexKey, upper: IndexKey) {
        guard isText else { return (self, self) }
        var (lower, upper) = (self, self)
        lower.words.3 = 0
        upper.words.3 = .max
        return (lower, upper)
    }

    /// Whether a text of at most 23 bytes begins with another.
    func begins(with start: IndexKey) -> Bool {
        let bits = 8 * (1 + Int(start.words.3 & 0xFF))
        func isSame(_ word: UInt64, _ wanted: UInt64, _ bits: Int) -> Bool {
            bits <= 0 || (word ^ wanted) >> UInt64(max(0, 64 - bits)) == 0
        }
        return isSame(words.0, start.words.0, bits) && isSame(words.1, start.words.1, bits - 64)
            && isSame(words.2, start.words.2, bits - 128)
    }

    /// A key behind all words that begin with this one.
    var afterWords: IndexKey {
        var key = self
        for place in Int(words.3 & 0xFF)..<Self.orderedBytes { key.add(0xFF, at: place) }
        key.words.3 = .max
        return key
    }

    // MARK: Order

    /// The words by twos: compared without a branch, since which of two keys is less is no pattern that a processor foresees.
    private var halves: (UInt128, UInt128) {
        @inline(__always) get {
            (UInt128(words.0) << 64 | UInt128(words.1), UInt128(words.2) << 64 | UInt128(words.3))
        }
    }

    @inline(__always)
    static func == (left: IndexKey, right: IndexKey) -> Bool {
        let difference =
            (left.words.0 ^ right.words.0) | (left.words.1 ^ right.words.1) | (left.words.2 ^ right.words.2)
            | (left.words.3 ^ right.words.3)
        return difference == 0
    }

    @inline(__always)
    static func < (left: IndexKey, right: IndexKey) -> Bool {
        let (one, other) = (left.halves, right.halves)
        let isLess = (one.0 < other.0 ? 1 : 0) | (one.0 == other.0 ? 1 : 0) & (one.1 < other.1 ? 1 : 0)
        return isLess == 1
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }

    /// A number that spreads keys over a table; many start alike or differ in few bits.
    var spread: UInt64 {
        var mixed = words.0 ^ words.1 &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 32) &* 0xBF58_476D_1CE4_E5B9 ^ words.2
        mixed = (mixed ^ mixed >> 29) &* 0x94D0_49BB_1331_11EB ^ words.3
        return (mixed ^ mixed >> 32) &* 0xD6E8_FEB8_6659_FD93
    }
}
