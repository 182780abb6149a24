import JSON
import Ledger
import TestSupport
import Testing

@testable import Store

/// Words are found by the order of an index and compared as a reader sees them; the two differ where marks combine.
@Suite("Words that are looked for")
struct WordsTests {
    private static let notes = Schema(
        "notes", prefix: "note", "What tests search.", fields: [Field("text", .text(max: 2000), "A text.").searched()])

    struct Case: Sendable, CustomTestStringConvertible {
        let texts: [String]
        let typed: String
        let found: [Int]
        let why: String
        var testDescription: String { "\(typed) in \(texts), \(why)" }
    }

    static let cases: [Case] = [
        Case(texts: ["Ada", "Adam", "Bert"], typed: "ada", found: [0, 1], why: "a start, in either case"),
        Case(texts: ["कंपनी", "कमल"], typed: "क", found: [1], why: "a sign makes another letter, and comes before"),
        Case(texts: ["cafe\u{30A}", "cafeж"], typed: "cafe", found: [0, 1], why: "a mark that is not typed"),
        Case(texts: ["ze\u{301}no", "zéro"], typed: "zé", found: [0, 1], why: "the same letter, written in two ways"),
        Case(texts: ["Zoë Müller", "Zoe", "Zora"], typed: "zoe", found: [0, 1], why: "letters without their marks"),
        Case(texts: ["Zoe Muller", "Zoë Müller"], typed: "Zoë mü", found: [0, 1], why: "marks that are not there"),
        Case(texts: ["Straße", "STRASSE", "Strasse"], typed: "straße", found: [0, 1, 2], why: "a sharp s is two"),
        Case(texts: ["Straße", "STRAẞE"], typed: "strasse", found: [0, 1], why: "a capital sharp s too"),
        Case(texts: ["Ελλάς", "ΕΛΛΆΣ", "ελλασ"], typed: "ΕΛΛΆΣ", found: [0, 1, 2], why: "a sigma at the end"),
        Case(texts: ["ＦＵＬＬ", "ﬁnance", "fast"], typed: "f", found: [0, 1, 2], why: "forms of the same letter"),
        Case(texts: ["ﬁnance"], typed: "finance", found: [0], why: "a ligature"),
        Case(texts: ["İzmir", "izmir"], typed: "izmir", found: [0, 1], why: "a dotted capital i"),
        Case(texts: ["がくせい", "かくせい"], typed: "か", found: [1], why: "a mark that makes another letter"),
        Case(texts: ["김철수", "강"], typed: "김", found: [0], why: "a syllable, put together again"),
        Case(
            texts: ["twenty2letterslongword\u{E9}s"], typed: "twenty2letterslongworde\u{301}", found: [0],
            why: "the same letter, where the index cuts a word"),
        Case(
            texts: ["twenty2letterslongworde\u{301}s"], typed: "twenty2letterslongwordé", found: [0],
            why: "the same letter, where the index cuts a word"),
        Case(
            texts: ["twentythreelettersexact"], typed: "twentythreelettersexact", found: [0],
            why: "as long as what the index has"),
        Case(
            texts: ["twentythreelettersexactly", "twentythreelettersexactor"], typed: "twentythreelettersexactl",
            found: [0], why: "longer than what the index has"),
        Case(
            texts: [(1...90).map { "w\($0)" }.joined(separator: " ")], typed: "w90", found: [0],
            why: "a word behind many others"),
        Case(
            texts: ["высококвалифицированный"], typed: "высококвалифиц", found: [0],
            why: "a long word of letters that take two bytes each"),
        Case(
            texts: ["sixteenlettersxyé"], typed: "sixteenlettersxy", found: [0], why: "a start without the mark"),
        Case(
            texts: ["sixteenlettersxy and more", "sixteenlettersxz"], typed: "sixteenlettersxy", found: [0],
            why: "longer than what the index has"),
    ]

    /// Inserted, and built at a start.
    @Test("are those that begin a word, however they are written", arguments: cases, [false, true])
    func found(example: Case, isLoaded: Bool) throws {
        var table = Table(schema: Self.notes)
        var id = Identifier.least
        for text in example.texts {
            id = Identifier.next(after: id, now: Instant(milliseconds: 1))
            var draft = Draft(id: id, schema: Self.notes)
            draft["text"] = .text(text)
            let record = Record(id: id, schema: Self.notes, seq: 1, values: draft.values)
            if isLoaded { table.load(id, record, seq: 1) } else { table.put(record) }
        }
        // Others, so that the index of words is the way that looks at the fewest.
        for number in 0..<100 {
            id = Identifier.next(after: id, now: Instant(milliseconds: 1))
            var draft = Draft(id: id, schema: Self.notes)
            draft["text"] = .text("other \(number)")
            let record = Record(id: id, schema: Self.notes, seq: 1, values: draft.values)
            if isLoaded { table.load(id, record, seq: 1) } else { table.put(record) }
        }
        if isLoaded { table.buildIndexes() }
        let query = Query(words: Query.words(of: example.typed))
        let found = query.page(of: table).records.compactMap { $0["text"].text }
        #expect(found == example.found.map { example.texts[$0] })
        #expect(query.count(in: table) == example.found.count)
    }
}
