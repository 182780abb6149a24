import JSON
import TestSupport
import Testing

@testable import Metrics
@testable import Store

@Suite("Numbers of words")
struct WordListTests {
    private static let things = Schema(
        "things", prefix: "thing", "What has a word.",
        fields: [
            Field("word", .text(max: 99), "Any word."),
            Field("kind", .choice(["usual", "rare"]), "Left out where usual.").with(default: .text("usual")).sparse(),
        ])
    private static let word = things.slot(of: "word")
    private static let kind = things.slot(of: "kind")

    private static func record(_ members: String) throws -> Record {
        let id = things.text(.least)
        let json = #"{"id":"\#(id)",\#(members)"version":1}"#
        return try Record(decoding: Array(json.utf8), schema: things, seq: 1)
    }

    @Test("are the same read from records as from texts, of more words than are kept at hand")
    func records() throws {
        // Escapes, texts that are the JSON of others, one that is another's start, two ways to write one, and hundreds that
        // share places.
        let escaped = (0..<600).map { #"TV \#($0)" wide"# }
        let special =
            escaped + escaped.map { $0.replacing("\"", with: "\\\"") } + [
                "", "a", "ab", "say \"so\"", "back\\slash", "line\nend", "na\u{ef}ve", "nai\u{308}ve", "日本",
            ]
        let texts = special + (0..<900).map { "word \($0)" }
        let records = try texts.map { text in
            let json = String(decoding: JSONWriter.encode(.string(text)), as: UTF8.self)
            return try Self.record(#""word":\#(json),"#)
        }
        var (list, plain) = (WordList(), WordList())
        var random = SplitMix(seed: 7)
        for _ in 0..<20_000 {
            let place = Int.random(in: 0..<texts.count, using: &random)
            let number = list.number(of: records[place], at: Self.word)
            #expect(number == plain.number(of: texts[place]) && list[number] == texts[place])
        }
        #expect(list.count == plain.count)
    }

    @Test(
        "are none of what is no text, and the default's of what is left out",
        arguments: [
            (#""word":null,"#, "usual"), (#""word":7,"kind":"rare","#, "rare"), (#""kind":null,"#, nil), ("", "usual"),
        ] as [(String, String?)])
    func defaults(members: String, kind: String?) throws {
        var list = WordList()
        for _ in 0..<2 {
            let record = try Self.record(members)
            #expect(list.number(of: record, at: Self.word) == WordList.none)
            let number = list.number(of: record, at: Self.kind)
            #expect(list[number] == kind)
        }
    }
}
