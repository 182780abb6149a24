import JSON
import Testing

@testable import Store

@Suite("A value")
struct ValuesTests {
    @Test(
        "that is a time is read from RFC 3339 and written in UTC",
        arguments: [
            ("2026-01-31T09:00:00Z", "2026-01-31T09:00:00Z"),
            ("2026-01-31T10:00:00.250+01:00", "2026-01-31T09:00:00.250Z"),
            ("2026-01-31t23:30:00-01:00", "2026-02-01T00:30:00Z"), ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("2024-02-29T00:00:00.0019Z", "2024-02-29T00:00:00.001Z"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"), ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
        ])
    func times(text: String, written: String) {
        #expect(Instant(text)?.description == written)
    }

    @Test(
        "that is no time is refused",
        arguments: [
            "", "2026-01-31T09:00:00", "2026-01-31T9:00:00Z", "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-32",
            "2026-01-31T24:00:00Z", "2026-01-31T23:60:00Z", "2026-01-31T09:00:00.Z", "2026-01-31T09:00:00+1:00",
            "2026-01-31T09:00:00Zx", "26-01-31", "tomorrow", "2026-01-31T09:00:00+24:00",
        ])
    func noTimes(text: String) {
        #expect(Instant(text) == nil)
    }

    @Test("that is a day is the same day in its parts and its text, for two hundred years")
    func days() {
        for number in Int32(-25_567)...47_482 {
            let day = Day(number: number)
            let parts = day.parts
            #expect(Day(year: parts.year, month: parts.month, day: parts.day) == day)
            #expect(Day(day.description) == day)
            #expect(Instant(day).day == day && Instant(day).advanced(byMilliseconds: -1).day.number == number - 1)
        }
    }

    @Test(
        "that is a map has a key of its own for each member",
        arguments: [
            ("a=b", "c", "a", "b=c"), ("a\\", "=b", "a\\=", "b"), ("a\\=", "b", "a=", "b"), ("a", "=", "a=", ""),
        ])
    func members(name: String, value: String, otherName: String, otherValue: String) {
        let keys = [(name, value), (otherName, otherValue)].map { name, value in
            Value.json(.object([.init(name, .string(value))])).keyValues(folding: false)
        }
        #expect(keys[0] != keys[1])
        #expect(keys[0] == [.member(name, value)])
    }

    @Test("that is a text is ordered by its composed form, however it was written")
    func composed() {
        // The standard library finds neither of the first two before the other.
        let texts = [
            "nai\u{308}ve ab", "na\u{ef}ve abc", "na\u{ef}ve ab", "na\u{ef}ve ab a", "\u{304b}\u{3099}", "\u{304c}",
        ]
        let values = texts.map { Value.text($0).indexValue() ?? .missing }
        #expect(values[0] < values[1] && values[0] == values[2] && values[0] < values[3] && values[3] < values[1])
        #expect(values[4] == values[5])
        for left in values {
            for right in values {
                #expect([left < right, left == right, left > right].count { $0 } == 1)
                #expect((left < right) == (IndexKey(left) < IndexKey(right)))
            }
        }
    }

    @Test("that is an id reads back, keeps to its prefix, and orders by time")
    func identifiers() {
        var last = Identifier.least
        var ids: [Identifier] = []
        for step in Int64(0)..<2000 {
            // The clock stands still, runs on, and goes back.
            last = Identifier.next(
                after: last, now: Instant(milliseconds: 1_700_000_000_000 + (step % 7 == 0 ? -step : step / 10)))
            ids.append(last)
        }
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
        #expect(ids.map { $0.text(prefix: "lead") } == ids.map { $0.text(prefix: "lead") }.sorted())
        for id in ids {
            let text = id.text(prefix: "lead")
            #expect(text.utf8.count == 31)
            #expect(Identifier(text, prefix: "lead") == id)
            #expect(Identifier(text, prefix: "deal") == nil)
            #expect(Identifier(String(text.dropLast()), prefix: "lead") == nil)
            #expect(Identifier(text.uppercased(), prefix: "lead") == nil)
        }
        #expect(Identifier("lead_zzzzzzzzzzzzzzzzzzzzzzzzzz", prefix: "lead") == nil, "more than 128 bits")
        #expect(Identifier("lead_80000000000000000000000000", prefix: "lead") == nil, "129 bits")
        #expect(Identifier("lead_7zzzzzzzzzzzzzzzzzzzzzzzzz", prefix: "lead") == .greatest, "128 bits")
        for text in ["", "lead", "lead_", "00000000000000000000000000", "_00000000000000000000000000"] {
            #expect(Identifier(text, prefix: "lead") == nil, "\(text)")
        }
        for byte in UInt8.min...UInt8.max where !"0123456789abcdefghjkmnpqrstvwxyz".utf8.contains(byte) {
            for place in 5..<31 {
                var bytes = Array("lead_00000000000000000000000000".utf8)
                bytes[place] = byte
                #expect(Identifier(bytes[...], prefix: "lead") == nil, "byte \(byte) at \(place)")
            }
        }
    }

    private static let named = Schema(
        "things", prefix: "thing", "What has a name.", fields: [Field("name", .text(max: 99), "Any text.")])

    @Test(
        "that is a text is read from a record as its JSON says it",
        arguments: [
            (#""Ada""#, "Ada"), (#""""#, ""), (#""na\u00efve""#, "naïve"), (#""naïve 日本""#, "naïve 日本"),
            (#""say \"so\"""#, #"say "so""#), (#""back\\""#, #"back\"#), (#""\\\"""#, #"\""#), (#""a\nb""#, "a\nb"),
            ("\"raw\ttab\"", nil), (#"null"#, nil), (#"7"#, nil), (#"["Ada"]"#, nil), (#"{"name":"Ada"}"#, nil),
        ])
    func writtenTexts(json: String, text: String?) throws {
        let id = Self.named.text(Identifier.next(after: .least, now: Instant(milliseconds: 1)))
        let record = #"{"id":"\#(id)","name":\#(json),"version":1}"#
        #expect(try Record(decoding: Array(record.utf8), schema: Self.named, seq: 1)["name"].text == text)
    }

    @Test(
        "that is a currency is one of ISO 4217",
        arguments: [("EUR", true), ("eur", false), ("ZZZ", false), ("EU", false)])
    func currencies(code: String, isThere: Bool) {
        #expect((Currency(code)?.description == code) == isThere)
    }

    @Test(
        "is nearest to what was meant",
        arguments: [
            ("emial", "email"), ("stagee", "stage"), ("xyzzy", nil), ("nmae", "name"), ("campany", "company"),
            ("conpnay", "company"), ("mane", nil), ("a", nil), ("", nil), ("NAM", "name"),
        ])
    func spelling(text: String, nearest: String?) {
        #expect(Spelling.nearest(to: text, among: ["name", "email", "stage", "company"]) == nearest)
    }
}
