import JSON
import Ledger
import Store
import TestSupport
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

    @Test("goes with a person whose data it holds, also when it is no longer kept", arguments: [false, true])
    func erased(isOld: Bool) throws {
        let ledger = MemoryLedger()
        let company = try Company(ledger)
        let lead = try company.create("leads", ["name": "Ada"])
        let key = AnsweredRequest.Key(key: "k", request: "r")
        try company.perform { transaction throws(Refusal) in
            AnsweredRequest.keep(key, status: 200, body: "said of Ada", holding: [lead.idText], in: &transaction)
        }
        if isOld {
            company.setTime("2026-07-03T12:00:00Z")
            try Self.keep("another", in: company)
        }
        try company.perform { transaction throws(Refusal) in
            _ = try Erasure.erase(lead.idText, erased: nil, in: &transaction)
        }
        try company.store.finishErasures(through: company.view.seq)
        var texts: [String] = []
        try ledger.follow(after: 0, through: .max) { entry throws(LedgerFault) in
            for case .stands(let record) in entry.changes.map(\.state) {
                texts.append(String(decoding: record, as: UTF8.self))
            }
            return true
        }
        #expect(texts.count > 2)
        #expect(texts.filter { $0.contains("said of Ada") } == [])
        let answer = try company.perform { transaction throws(Refusal) in
            try AnsweredRequest.find(key, in: transaction)
        }
        #expect(answer?.isErased == (isOld ? nil : true))
    }

    @Test("holds what is about a lead alone")
    func leads() throws {
        let company = try Company()
        let (ada, eve) = (try company.create("leads", ["name": "Ada"]), try company.create("leads", ["name": "Eve"]))
        let deals = try [[ada], [ada, eve]].map { leads in
            try company.create("deals", ["name": "D", "lead_ids": .array(leads.map(\.ref))])
        }
        let notes = try deals.map { deal in
            try company.create("activities", ["type": "note", "deal_id": deal.ref])
        }
        let named = try company.create("activities", ["type": "note", "deal_id": deals[1].ref, "lead_id": eve.ref])
        for (record, leads) in [
            (ada, [ada]), (deals[0], []), (notes[0], [ada]), (notes[1], []), (named, [eve]),
        ] {
            #expect(Erasure.leads(of: record, in: company.view) == leads.map(\.id), "\(record.idText)")
        }
    }
}
