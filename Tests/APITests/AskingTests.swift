import HTTPServer
import Metrics
import Store
import Testing

@testable import API

@Suite("What is asked of a figure")
struct AskingTests {
    @Test("is as of after the very millisecond in which it is asked, so that who just wrote sees that counted")
    func now() throws {
        let now = Instant(milliseconds: 1_800_000_000_000)
        let terms = try #require(Catalogue.metric("leads_created")).terms
        #expect(try Asking([], of: terms, now: now).question.asOf == Instant(milliseconds: 1_800_000_000_001))
        let asked = QueryItem(name: "as_of", value: now.description)
        #expect(try Asking([asked], of: terms, now: now).question.asOf == now)
    }

    @Test(
        "is told by its rows at once, which are as of the same instant, and not beyond it",
        arguments: [0, 1, 2] as [Int64])
    func link(later: Int64) throws {
        let now = Instant(milliseconds: 1_800_000_000_000)
        let metric = try #require(Catalogue.metric("leads_created"))
        let asOf = Instant(milliseconds: now.milliseconds + later)
        let asked = QueryItem(name: "as_of", value: asOf.description)
        let isRefused = (try? Asking([asked], of: metric.terms, now: now)) == nil
        #expect(isRefused == (later > 1))
    }
}
