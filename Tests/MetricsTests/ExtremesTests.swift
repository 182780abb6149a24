import Domain
import JSON
import Metrics
import Store
import Testing

@Suite("Figures of the greatest that can be")
struct ExtremesTests {
    /// As much as fits of everything: nothing of it may end the program.
    private static let facts = Result {
        let company = try Company(at: "2026-10-01T00:00:00Z")
        let most: JSON = ["amount": .integer(Money.amountMax), "currency": "EUR"]
        try company.create("settings", ["name": "A", "gross_margin_percent": 100])
        let account = try company.create("accounts", ["name": "A"])
        // More leads than there are deals before the account's own: a row of one table is none of another.
        for _ in 1...9 { try company.create("leads", ["name": "L", "captured_at": "2026-03-01T00:00:00Z"]) }
        let lead = try company.create(
            "leads", ["name": "L", "captured_at": "1969-12-31T12:00:00Z", "account_id": account.ref])
        for time in ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2026-03-01T00:00:00Z"] {
            try company.create(
                "touches", ["lead_id": lead.ref, "type": "visit", "channel": "search", "occurred_at": .string(time)])
        }
        for kind in ["new", "expansion", "refund"] {
            try company.create(
                "purchases",
                [
                    "account_id": account.ref, "kind": .string(kind), "amount": most, "term_months": 1,
                    "occurred_at": "2026-03-01T00:00:00Z",
                ])
        }
        for _ in 1...3 {
            let deal = try company.create(
                "deals",
                [
                    "name": "D", "amount": most, "opened_at": "2026-03-01T00:00:00Z", "lead_ids": [lead.ref],
                    "account_id": account.ref, "expected_close_on": "2026-12-01",
                ])
            try company.act("win", deal, ["at": "2026-04-01T00:00:00Z"])
        }
        try company.create("deals", ["name": "O", "amount": most, "expected_close_on": "9999-12-31"])
        for day in 1...28 {
            for measure in ["branded_searches", "mentions", "sessions", "aided_awareness"] {
                for month in ["01", "05"] {
                    try company.create(
                        "observations",
                        [
                            "measure": .string(measure), "channel": "direct",
                            "value": measure == "aided_awareness" ? 100 : 1e15,
                            "on": .string("2026-\(month)-" + (day < 10 ? "0" : "") + "\(day)"),
                        ])
                }
            }
            try company.create(
                "observations",
                [
                    "measure": "spend", "channel": "search", "amount": most,
                    "on": .string("2026-03-" + (day < 10 ? "0" : "") + "\(day)"),
                ])
        }
        return Facts(of: company.view)
    }

    @Test("are told, whole, cut, row by row and as a difference", arguments: Catalogue.all.map(\.name))
    func told(_ name: String) throws {
        let facts = try Self.facts.get()
        let metric = try #require(Catalogue.metric(name))
        let periods = metric.isState ? [""] : ["", "&from=2026-01-01&to=2026-07-01", "&from=0000-01-01&to=9999-12-31"]
        for period in periods {
            for dimension in metric.dimensions where dimension != .day && dimension != .week {
                let question = try Question("group_by=\(dimension.rawValue)\(period)")
                // A refusal in words is an answer; ending the program is none.
                do throws(MetricFault) { _ = try metric.answer(question, in: facts, rows: .none) } catch {
                    #expect(!error.reason.isEmpty)
                }
            }
            var then = try Question(String(period.dropFirst()))
            then.asOf = instant("2026-03-15T00:00:00Z")
            do throws(MetricFault) {
                let now = try Question(String(period.dropFirst()), now: instant("2026-09-01T00:00:00Z"))
                _ = try metric.rows(now, in: facts, limit: 50)
                _ = try Difference(of: metric, (then, facts), (now, facts))
                _ = try Disagreement.json(of: metric, now, in: facts, after: nil, limit: 50) { _ in true }
            } catch {
                #expect(!error.reason.isEmpty)
            }
        }
    }

    @Test("are of the day that they were on, also of the last before 1970")
    func before1970() throws {
        let company = try Company(at: "2026-10-01T00:00:00Z")
        try company.create("leads", ["name": "L", "captured_at": "1969-12-31T12:00:00Z"])
        #expect(try company.groups("leads_created", "group_by=day") == ["1969-12-31: 1"])
        #expect(try company.rows("leads_created", "day=1969-12-31").count == 1)
    }

    @Test("show nothing of what the asker does not see, where the company narrows figures")
    func unseen() throws {
        let facts = try Self.facts.get()
        var question = try Question("")
        question.sees = { _ in false }
        let report = try AttributionReport.answer(question, in: facts)
        for name in ["revenue", "credited"] { #expect(report[name]?["amount"] == 0) }
        let proof = try AttributionReport.proof(question, in: facts)
        #expect(proof["data"]?.elements?.allSatisfy { $0["revenue"]?["amount"] == 0 } == true)
        #expect(try JourneyPathsReport.answer(question, in: facts, limit: 10, offset: 0).next == nil)
        let paths = JSON.object(try JourneyPathsReport.answer(question, in: facts, limit: 10, offset: 0).members)
        #expect(paths["count"] == 0)
        #expect(try CohortReport.answer(question, in: facts)["groups"] == [])
        for metric in Catalogue.all where !metric.isState {
            do throws(MetricFault) {
                #expect(try metric.rows(question, in: facts, limit: 50).data.isEmpty, "\(metric.name)")
            } catch {
                #expect(!error.reason.isEmpty)
            }
        }
    }
}

extension Question {
    fileprivate init(_ text: String, now: Instant) throws(MetricFault) {
        do { try self.init(text) } catch { throw .notEnough("\(error)") }
        asOf = now
    }
}
