import JSON
import Testing

@testable import Metrics

@Suite("Tags of answers")
struct AnswerTagTests {
    private func tag(_ json: JSON) -> Int64 { Answer(json).tag }

    @Test("An answer with a byte once more has another tag, wherever that stands")
    func doubled() {
        for length in 0..<80 {
            let text = (0..<length).map { String($0 % 10) }.joined()
            let plain = tag(["data": .string(text)])
            for (place, digit) in zip(text.indices, text) {
                var longer = text
                longer.insert(digit, at: place)
                #expect(tag(["data": .string(longer)]) != plain, "\(longer)")
            }
        }
    }

    @Test("A number with a zero more has another tag, however long what stands around it is")
    func zeros() {
        for before in 0..<40 {
            for behind in 0..<40 {
                let tags = [100, 1000, 10_000, 100_000, 1_000_000, 10_000_000].map { number in
                    tag([
                        "data": .string(String(repeating: "a", count: before)), "number": .integer(number),
                        "then": .string(String(repeating: "b", count: behind)),
                    ])
                }
                #expect(Set(tags).count == tags.count, "\(before) before, \(behind) behind")
            }
        }
    }

    @Test("What differs by the time of asking alone has the same tag")
    func asking() {
        func answer(_ asOf: String, _ rows: String) -> JSON {
            ["value": 1, "as_of": .string(asOf), "rows": .string(rows), "unit": "count"]
        }
        #expect(tag(answer("2026-01-01", "/a")) == tag(answer("2026-01-01T00:00:00Z", "/other")))
    }
}
