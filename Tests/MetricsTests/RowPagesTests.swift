import JSON
import Metrics
import Store
import Testing

@Suite("Rows behind a figure, page by page")
struct RowPagesTests {
    private static let metrics = [
        "sessions", "leads_created", "revenue", "deals_open", "win_rate", "attributed_revenue", "stage_days",
        "stage_conversion", "customer_acquisition_cost", "marketing_sourced_revenue", "content_influence",
    ]

    private static let company = Result {
        var company = try RandomCompany(seed: 11)
        company.live(300)
        return company.company
    }

    @Test("are each row once, in the order of the whole", arguments: metrics, [1, 7])
    func pages(_ name: String, _ limit: Int) throws {
        let company = try Self.company.get()
        let (facts, question) = (Facts(of: company.view), try Question(""))
        let metric = try #require(Catalogue.metric(name))
        let whole: RowPage
        do throws(MetricFault) { whole = try metric.rows(question, in: facts, limit: .max) } catch {
            switch error {
            // A figure that needs what was not said has no rows either.
            case .notEnough, .needsPeriod: return
            default: throw error
            }
        }
        #expect(whole.next == nil)
        let pages = try walk { try metric.rows(question, in: facts, after: $0, limit: limit) }
        #expect(pages == whole.data)
    }

    @Test("of what moved a figure are each row once, in the order of the whole", arguments: metrics)
    func moves(_ name: String) throws {
        let company = try Self.company.get()
        let facts = Facts(of: company.view)
        let metric = try #require(Catalogue.metric(name))
        let difference = try Difference(
            of: metric, (Question("as_of=2024-03-01"), facts), (Question("as_of=2025-01-01"), facts))
        let whole = difference.rows(after: nil, limit: .max, isSeen: { _ in true })
        let pages = try walk { difference.rows(after: $0, limit: 3, isSeen: { _ in true }) }
        #expect(pages == whole.data)
    }

    @Test("are each row once while rows come before and behind, and the last of a page goes")
    func comeAndGo() throws {
        let company = try Company(at: "2026-10-01T00:00:00Z")
        func lead(_ day: String) throws -> Record {
            try company.create("leads", ["name": .string(day), "captured_at": .string("2026-\(day)T00:00:00Z")])
        }
        let leads = try ["03-01", "03-02", "03-03", "03-04", "03-05"].map(lead)
        let metric = try #require(Catalogue.metric("leads_created"))
        func page(after cursor: RowCursor?) throws -> RowPage {
            try metric.rows(Question(""), in: Facts(of: company.view), after: cursor, limit: 2)
        }
        let first = try page(after: nil)
        #expect(first.data.map { $0["id"]?.text } == leads[..<2].map(\.idText))
        try company.delete(leads[1])
        _ = try lead("02-01")
        let late = try lead("03-04")
        let rest = try walk(from: first.next, page)
        #expect(rest.map { $0["id"]?.text } == [leads[2], leads[3], late, leads[4]].map(\.idText))
    }

    @Test(
        "go on behind rows alone",
        arguments: [
            "", "50", "1.lead_x.0..0", "1.lead_01hgeyafd0000000000000000q.0..",
            "1.lead_01hgeyafd0000000000000000q.0..-1",
            "1.lead_01hgeyafd0000000000000000q.0..9223372036854775807",
            "x.lead_01hgeyafd0000000000000000q.0..0", "1.lead_01hgeyafd0000000000000000q.256..0",
            "1.touch_01hgeyafd0000000000000000q.0.lead_01hgeyafd0000000000000000q.0",
        ])
    func noCursor(_ text: String) { #expect(RowCursor(text) == nil) }

    /// All rows of all pages, each page asked for by the text of the cursor before.
    private func walk(
        from first: RowCursor? = nil, _ page: (RowCursor?) throws -> RowPage
    ) throws -> [JSON] {
        var (rows, cursor): ([JSON], RowCursor?) = ([], first)
        repeat {
            let page = try page(cursor)
            #expect(!page.data.isEmpty || page.count == 0)
            rows += page.data
            cursor = try page.next.map { try #require(RowCursor($0.text)) }
        } while cursor != nil
        return rows
    }
}
