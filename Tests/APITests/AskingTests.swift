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

    /// What is refused, and what its fault says.
    static let refusals: [(name: String, query: String, says: String)] = [
        ("customer_lifetime_value", "model=foo", "historic, recurring, predictive"),
        ("customer_lifetime_value", "model=linear", "historic, recurring, predictive"),
        ("attributed_revenue", "model=historic", "first_touch"),
        ("attributed_revenue", "half_life_days=3", "model=time_decay"),
        ("conversion_rate", "basis=event&within=30d", "basis=cohort"),
        ("leads_created", "stage=foo", "one of lead, mql"), ("leads_created", "source=foo", "search/paid"),
        ("leads_created", "score_band=foo", "50-74"), ("leads_created", "score_band=51-75", "50-74"),
        ("leads_created", "week=2025-W53", "2026-W05"), ("deals_lost", "category=foo", "one of"),
        ("handoff_rejections", "reason=foo", "one of"), ("objections", "category=foo", "one of"),
    ]

    @Test("is refused where it is none of what there is, which is named", arguments: refusals)
    func refused(_ row: (name: String, query: String, says: String)) throws {
        let detail = try self.detail(row.query, of: try #require(Catalogue.metric(row.name)).terms)
        #expect(detail?.contains(row.says) == true, "\(detail ?? "taken")")
    }

    @Test(
        "is taken where it is one of what there is",
        arguments: [
            ("leads_created", "stage=mql"), ("leads_created", "source=search/paid"), ("leads_created", "source=search"),
            ("leads_created", "source=null"), ("leads_created", "score_band=50-74"), ("leads_created", "week=2026-W53"),
            ("leads_created", "week=2020-W53"), ("revenue", "stage=whatever a pipeline has"), ("revenue", "region=foo"),
            ("revenue", "category=renewal"), ("attributed_revenue", "model=time_decay&half_life_days=3"),
            ("conversion_rate", "within=30d"), ("customer_lifetime_value", "model=recurring"),
        ])
    func taken(name: String, query: String) throws {
        #expect(try self.detail(query, of: try #require(Catalogue.metric(name)).terms) == nil)
    }

    /// What the faults of a query say; `nil` where it has none.
    private func detail(_ query: String, of terms: Asking.Terms, isDifference: Bool = false) throws -> String? {
        let items = query.split(separator: "&").map { part in
            let sides = part.split(separator: "=", maxSplits: 1).map(String.init)
            return QueryItem(name: sides[0], value: sides[1])
        }
        do throws(Problem) {
            _ = try Asking(items, of: terms, now: Instant(milliseconds: 1_800_000_000_000), isDifference: isDifference)
            return nil
        } catch {
            return error.detail
        }
    }

    @Test("is never called by what was refused, and has no choice of nothing")
    func hints() throws {
        let state = try detail("compare=previous", of: try #require(Catalogue.metric("deals_open")).terms)
        #expect(state?.contains("did you mean compare") == false)
        for name in ["cohorts", "goals", "attribution/proof", "predicted-score"] {
            let report = try #require(Report.all.first { $0.name == name })
            let told = try detail("group_by=month", of: report.terms)
            #expect(told?.contains("there is no such parameter here") == true, "\(told ?? "taken")")
        }
        let paths = try #require(Report.all.first { $0.name == "journey-paths" })
        #expect(try detail("group_by=campaign,channel", of: paths.terms)?.contains("one dimension") == true)
        #expect(try detail("group_by=campaign", of: paths.terms) == nil)
        let bounced = try #require(Catalogue.metric("email_bounce_rate")).terms
        let team = try #require(try detail("team=team_01he4g25t00000000000000000", of: bounced))
        #expect(team.contains("this is not told by team; there are from, to, as_of") && !team.contains("did you mean"))
        #expect(try detail("x=1", of: bounced)?.contains("did you mean") == false)
        #expect(try detail("form=2026-01-01", of: bounced)?.contains("did you mean from?") == true)
        let proof = try #require(Report.all.first { $0.name == "attribution/proof" })
        #expect(try detail("model=linear", of: proof.terms) != nil)
    }

    @Test("of a difference goes on at an address that is taken", arguments: ["", "&clock=ledger"])
    func goesOn(clock: String) throws {
        var terms = try #require(Catalogue.metric("revenue")).terms
        (terms.paging, terms.compares, terms.isGrouped) = (.ranks, false, false)
        let items = "between=2026-03-01,2026-05-01\(clock)".split(separator: "&").map { part in
            let sides = part.split(separator: "=").map(String.init)
            return QueryItem(name: sides[0], value: sides[1])
        }
        let now = Instant(milliseconds: 1_800_000_000_000)
        let asking = try Asking(items, of: terms, now: now, isDifference: true)
        let next = asking.nextAddress("/diff", after: "3")
        let query = try #require(next.split(separator: "?").last).replacing("%2C", with: ",")
        #expect(try detail(String(query), of: terms, isDifference: true) == nil, "\(next)")
        #expect(next.contains("as_of=") == !clock.isEmpty)
    }
}
