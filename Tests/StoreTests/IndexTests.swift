import TestSupport
import Testing

@testable import Store

/// A start builds each index from two halves; a command inserts into it. Both must give the same index.
@Suite("An index built at a start")
struct IndexTests {
    private typealias Pair = (key: IndexKey, id: Identifier)

    /// Texts at the edges of what a key holds: 23 bytes in order, 30 in all, and ASCII.
    private static let texts = [
        "", "a", "a\0", "A", "b", "fifteen letters", "fifteen letters!", "fifteen letters\0", "fifteen letters and a",
        "fifteen letters and b", "fifteen letters é", "é", "e\u{301}", "e", "ez", "f", "Łukasz", "日本", "\u{10FFFF}",
        "👩‍🚀",
        // Canonically equal to ASCII: K and the Kelvin sign, ; and the Greek question mark.
        "twenty-three letters ab", "twenty-three letters abc", "twenty-three letters abd", "twenty-three letters ab\0",
        "thirty letters to the very end", "thirty letters to the very end!", "thirty letters to the very enD",
        "more than thirty letters, the same start", "more than thirty letters, the same",
        "K", "\u{212A}", "L", ";", "\u{37E}", "K and some more text", "\u{212A} and some more text",
    ]

    private static func value(_ ids: [Identifier], _ random: inout SplitMix) -> IndexValue {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: .missing
        case 1: .number([Int64.min, -1, 0, 1, Int64.max][Int.random(in: 0..<5, using: &random)])
        case 2: .real([-1.5, 0, -0.0, 2.25][Int.random(in: 0..<4, using: &random)])
        case 3: .identifier(ids[Int.random(in: 0..<min(9, ids.count), using: &random)])
        default: .text(texts[Int.random(in: 0..<texts.count, using: &random)])
        }
    }

    private static func ids(_ count: Int) -> [Identifier] {
        var ids = [Identifier.least]
        for number in 0..<count {
            ids.append(Identifier.next(after: ids[number], now: Instant(milliseconds: Int64(number / 3))))
        }
        return Array(ids.dropFirst())
    }

    private static func half(
        _ ids: ArraySlice<Identifier>, _ values: [Identifier: [IndexKey]]
    ) -> (values: IndexBuilder.Sorted, ids: ArraySlice<Identifier>) {
        var builder = IndexBuilder(recordCount: ids.count, valuesMax: 1)
        for (record, id) in ids.enumerated() {
            for value in values[id] ?? [] { builder.add(value, of: UInt32(record)) }
        }
        return (builder.sorted(), ids)
    }

    @Test("is the one that inserting makes", arguments: Array(1...12) as [UInt64])
    func equality(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let ids = Self.ids([1, 2, 40, 400][Int(seed % 4)])
        var values: [Identifier: [IndexKey]] = [:]
        var inserted = Index()
        for id in ids {
            // Some records have no value, some several, and some one of them twice.
            values[id] = (0..<Int.random(in: 0...3, using: &random)).map { _ in IndexKey(Self.value(ids, &random)) }
            for value in values[id] ?? [] { inserted.insert(value, id) }
        }
        let middle = Int.random(in: 0...ids.count, using: &random)
        let built = Index(Self.half(ids[..<middle], values), Self.half(ids[middle...], values))
        Self.compare(built, inserted, ids)
        // An index is changed after a start, so it must also take that as the other does.
        var (changedBuilt, changedInserted) = (built, inserted)
        for id in ids where Bool.random(using: &random) {
            for value in values[id] ?? [] {
                changedBuilt.remove(value, id)
                changedInserted.remove(value, id)
            }
        }
        Self.compare(changedBuilt, changedInserted, ids)
    }

    private static func compare(_ built: Index, _ inserted: Index, _ ids: [Identifier]) {
        #expect(built.count == inserted.count)
        let all = pairs { inserted.ascend(from: nil, $0) }
        expectSame(pairs { built.ascend(from: nil, $0) }, all, "upwards")
        expectSame(pairs { built.descend(below: nil, $0) }, all.reversed(), "downwards")
        var wanted: [IndexValue] = [.missing, .number(0), .real(0), .text("nobody's")]
        wanted += texts.map { .text($0) } + ids.prefix(3).map { .identifier($0) }
        let middle = ids[ids.count / 2]
        for value in wanted.map({ IndexKey($0) }) {
            #expect(built.count(of: value) == inserted.count(of: value), "\(value)")
            for start in [nil, middle] {
                for isDescending in [false, true] {
                    #expect(
                        scanned(built, value, isDescending, start) == scanned(inserted, value, isDescending, start),
                        "\(value)")
                }
            }
            expectSame(
                pairs { built.ascend(from: value, $0) }, pairs { inserted.ascend(from: value, $0) }, "from \(value)")
            expectSame(
                pairs { built.descend(below: (value, middle), $0) },
                pairs { inserted.descend(below: (value, middle), $0) }, "below \(value)")
        }
    }

    private static func scanned(
        _ index: Index, _ value: IndexKey, _ isDescending: Bool, _ start: Identifier?
    ) -> [Identifier] {
        var found: [Identifier] = []
        index.scan(value, descending: isDescending, from: start) { id in
            found.append(id)
            return true
        }
        return found
    }

    private static func pairs(_ visit: ((IndexKey, Identifier) -> Bool) -> Void) -> [Pair] {
        var pairs: [Pair] = []
        visit { value, id in
            pairs.append((value, id))
            return true
        }
        return pairs
    }

    private static func expectSame(_ left: [Pair], _ right: [Pair], _ what: String) {
        #expect(left.map(\.key) == right.map(\.key), "\(what)")
        #expect(left.map(\.id) == right.map(\.id), "\(what)")
    }

    /// What texts, numbers and ids an index may be asked for, in every pair.
    private static let values: [IndexValue] =
        texts.map { Value.text($0).indexValue() ?? .missing } + [
            .missing, .real(-2), .real(-1.5), .real(-0.0), .real(0), .real(1e300),
        ]
        + [Int64.min, -1, 0, 1, Int64.max].map { .number($0) } + ids(5).map { .identifier($0) }

    @Test("has keys that are equal as the values are, and in their order but where two long texts start alike")
    func keys() {
        for left in Self.values {
            for right in Self.values {
                let (leftKey, rightKey) = (IndexKey(left), IndexKey(right))
                #expect((leftKey == rightKey) == (left == right), "\(left) and \(right)")
                if leftKey.hasSameStart(as: rightKey), leftKey.isCut || rightKey.isCut { continue }
                #expect((leftKey < rightKey) == (left < right), "\(left) and \(right)")
            }
        }
    }

    struct Folded: Sendable {
        let text: String
        let other: String
        let isSame: Bool
    }

    static let folded = [
        Folded(text: "Ada@Example.com", other: "ada@example.COM", isSame: true),
        Folded(text: "\u{212A}@x.example", other: "k@x.example", isSame: true),
        Folded(text: "É@x.example", other: "e\u{301}@x.example", isSame: true),
        Folded(text: "[@x.example", other: "{@x.example", isSame: false),
        Folded(
            text: "A.Name.Of.More.Than.Thirty@Letters.example", other: "a.name.of.more.than.thirty@letters.example",
            isSame: true),
        Folded(
            text: "a.name.of.more.than.thirty@letters.example", other: "a.name.of.more.than.thirty@lettres.example",
            isSame: false),
    ]

    @Test("takes letters of either case for the same where it is to", arguments: folded)
    func folding(example: Folded) {
        let (key, other) = (IndexKey(folding: example.text), IndexKey(folding: example.other))
        #expect((key == other) == example.isSame)
        #expect(key == IndexKey(.text(example.text.lowercased())))
    }
}
