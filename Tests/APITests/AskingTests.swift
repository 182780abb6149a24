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
}
