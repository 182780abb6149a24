import JSON
import Store
import Testing

@testable import Domain

@Suite("An answer that is kept for a day")
struct AnsweredRequestTests {
    private static func keep(_ text: String, in company: Company) throws {
        let key = AnsweredRequest.Key(key: text, request: "r")
        try company.perform { transaction throws(Refusal) in
            AnsweredRequest.keep(key, status: 200, body: text, rows: 1, in: &transaction)
        }
    }

    private static func isKept(_ text: String, in company: Company) throws -> Bool {
        let key = AnsweredRequest.Key(key: text, request: "r")
        return try company.perform { transaction throws(Refusal) in
            try AnsweredRequest.find(key, in: transaction) != nil
        }
    }

    /// With each that is kept two that are old go, the oldest first.
    @Test("is kept a day anew where its key is used again, however many older ones there are", arguments: 0...3)
    func usedAgain(olderCount: Int) throws {
        let company = try Company(at: "2026-07-01T12:00:00Z")
        for number in 0..<olderCount { try Self.keep("older \(number)", in: company) }
        try Self.keep("k", in: company)
        for (time, isKept) in [
            ("2026-07-02T12:00:00Z", true), ("2026-07-02T12:00:01Z", false),
        ] {
            company.setTime(time)
            #expect(try Self.isKept("k", in: company) == isKept, "\(time)")
        }
        try Self.keep("k", in: company)
        for (time, isKept) in [
            ("2026-07-02T12:00:02Z", true), ("2026-07-03T12:00:01Z", true), ("2026-07-03T12:00:02Z", false),
        ] {
            company.setTime(time)
            #expect(try Self.isKept("k", in: company) == isKept, "\(time), used again")
        }
    }
}
