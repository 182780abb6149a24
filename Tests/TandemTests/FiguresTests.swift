import Foundation
import JSON
import Testing

@Suite("Figures, by curl", .timeLimit(.minutes(5)))
struct FiguresTests {
    private static func won(_ amount: Int, _ month: String) -> String {
        #"{"name": "D", "stage": "won", "amount": {"amount": \#(amount), "currency": "EUR"}, "opened_at": "2026-01-01T00:00:00Z", "closed_at": "2026-\#(month)-10T00:00:00Z"}"#
    }

    @Test("stay the same tag and are a 304 until the ledger goes on")
    func tags() throws {
        let server = try RunningServer()
        _ = try server.make("deals", Self.won(500, "02"))
        let path = "/v1/metrics/revenue?group_by=month"
        let first = try server.curl(path)
        let tag = try #require(first.field("ETag"))
        let again = try server.curl(path, ["-H", "If-None-Match: \(tag)"])
        #expect(again.status == 304)
        #expect(again.body.isEmpty)
        _ = try server.make("deals", Self.won(70, "03"))
        let changed = try server.curl(path, ["-H", "If-None-Match: \(tag)"])
        #expect(changed.status == 200)
        #expect(try changed.json()["value"]?["amount"] == 570)
        #expect(changed.field("ETag") != tag)
    }

    @Test("are told as a table where one is asked for")
    func tables() throws {
        let server = try RunningServer()
        _ = try server.make("deals", Self.won(500, "02"))
        let table = try server.curl("/v1/metrics/revenue?group_by=month", ["-H", "Accept: text/csv"])
        #expect(table.field("Content-Type") == "text/csv; charset=utf-8")
        let lines = table.body.split(separator: "\r\n")
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("key.month,value.amount,value.currency") == true)
        #expect(lines.last?.hasPrefix("2026-02,500,EUR") == true)
        // Another row of bytes has another tag.
        let json = try server.curl("/v1/metrics/revenue?group_by=month")
        let tag = try #require(json.field("ETag"))
        #expect(table.field("ETag") != tag)
        let funnel = try server.curl("/v1/reports/funnel?group_by=channel", ["-H", "Accept: text/csv"])
        #expect(funnel.status == 200)
        // Without groups there are the columns all the same: a reader of tables takes no empty one.
        for (path, head) in [
            ("metrics/revenue?group_by=month,owner", "key.month,key.owner,value.amount,value.currency,rows\r\n"),
            ("metrics/win_rate?group_by=owner", "key.owner,value,numerator,denominator,reason,rows\r\n"),
            ("reports/funnel?group_by=channel", "key.channel\r\n"),
        ] {
            let none = try server.curl("/v1/\(path)&from=2020-01-01&to=2020-02-01", ["-H", "Accept: text/csv"])
            #expect(none.body == head)
        }
        // The same address as JSON is another answer.
        #expect(try server.get("/v1/metrics/revenue?group_by=month")["value"]?["amount"] == 500)
    }

    @Test("are gzip for who asks for it, under a tag of their own")
    func gzip() throws {
        let server = try RunningServer()
        _ = try server.make("deals", Self.won(500, "02"))
        let path = "/v1/metrics/revenue?group_by=month&from=2020-01-01T00:00:00Z&as_of=2026-06-01T00:00:00Z"
        let plain = try server.curl(path)
        #expect(plain.field("Content-Encoding") == nil)
        let tag = try #require(plain.field("ETag"))
        // Made, and kept.
        for _ in 0..<2 {
            let packed = try server.curl(path, ["--compressed"])
            #expect(packed.field("Content-Encoding") == "gzip")
            #expect(packed.field("Vary") == "Accept, Accept-Encoding")
            #expect(try #require(Int(packed.field("Content-Length") ?? "")) < plain.body.utf8.count / 4)
            #expect(packed.body == plain.body)
            let own = try #require(packed.field("ETag"))
            #expect(own != tag)
            #expect(try server.curl(path, ["--compressed", "-H", "If-None-Match: \(own)"]).status == 304)
            #expect(try server.curl(path, ["--compressed", "-H", "If-None-Match: \(tag)"]).status == 200)
            #expect(try server.curl(path, ["-H", "If-None-Match: \(tag)"]).status == 304)
        }
        let table = try server.curl(path, ["--compressed", "-H", "Accept: text/csv"])
        #expect(table.field("Content-Encoding") == "gzip")
        #expect(table.body.hasPrefix("key.month,value.amount"))
        #expect(try server.curl(path, ["-H", "Accept-Encoding: gzip;q=0"]).field("Content-Encoding") == nil)
        #expect(try server.curl("/v1/metrics/deals_won", ["--compressed"]).field("Content-Encoding") == nil)
    }

    @Test("are those that were known at an instant, as they were told then")
    func knownAt() throws {
        let server = try RunningServer()
        _ = try server.make("deals", Self.won(500, "02"))
        let deal = try server.make("deals", #"{"name": "E", "amount": {"amount": 70, "currency": "EUR"}}"#)
        let told = try server.get("/v1/metrics/revenue")
        let open = try server.get("/v1/metrics/pipeline_value")
        let instant = try #require(try server.get("/v1/changes?after=0&limit=500")["data"]?.elements?.last?["at"]?.text)
        try server.post("/v1/deals/\(deal)/win")
        _ = try server.make("deals", Self.won(9, "03"))
        _ = try server.make("deals", Self.won(9, "02"))
        let later = Self.after(instant)
        #expect(try server.get("/v1/metrics/revenue?known_at=\(later)")["value"] == told["value"])
        #expect(try server.get("/v1/metrics/pipeline_value?known_at=\(later)")["value"] == open["value"])
        #expect(try server.get("/v1/metrics/revenue")["value"]?["amount"] == 588)
        let difference = try server.get("/v1/metrics/revenue/diff?clock=ledger&between=\(later),\(Self.now)")
        #expect(difference["moved_by"] == 88)
        #expect(difference["entered"] == 3)
        #expect(difference["data"]?.elements?.count == 3)
    }

    /// A millisecond or two after an instant: what was recorded at it is known by then. A half more, since a `Date` is a
    /// double, which is cut when it is told.
    private static func after(_ instant: String) -> String {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let plain = Date.ISO8601FormatStyle()
        let date = (try? style.parse(instant)) ?? (try? plain.parse(instant)) ?? Date()
        return date.addingTimeInterval(0.0015).formatted(style)
    }

    private static var now: String { Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }

    @Test("name what there is where something is asked that there is not")
    func unknown() throws {
        let server = try RunningServer()
        for (path, words) in [
            ("win_rat", "win_rate"), ("revenue?group_by=moth", "month"), ("revenue?currency=EURO", "ISO 4217"),
            ("revenue?stagee=won", "stage"), ("revenue?basis=cohort", "event"), ("revenue?compare=week", "previous"),
            ("revenue?amount.gte=abc", "amount.gte"), ("revenue?known_at=2999-01-01", "future"),
            ("deals_open?from=2026-01-01", "as_of"), ("attributed_revenue?model=best", "first_touch"),
            ("revenue/diff", "between"), ("revenue?channel=serch", "search"), ("revenue?owner=rosa", "user_"),
            ("revenue?quarter=2026-5", "2026-Q1"), ("revenue?week=2026-W54", "ISO week"),
            ("revenue?month=2026-13", "a month"), ("revenue?from=2026-01-01&from=2026-02-01", "twice"),
            ("revenue/diff?between=2026-01-01,2026-02-01&as_of=2026-03-01", "between"),
            ("revenue/diff?between=2026-01-01,2026-02-01&group_by=month", "no such parameter"),
            ("revenue/diff?between=2026-02-01", "two times"),
            ("revenue/disagreement", "one definition"), ("revenue?compare=previous", "period"),
            ("cac_payback_months", "gross_margin_percent"),
        ] {
            let answer = try server.curl("/v1/metrics/\(path)")
            #expect((400...409).contains(answer.status), "\(path)")
            #expect(answer.body.contains(words), "\(path): \(answer.body)")
        }
        #expect(try server.curl("/v1/reports/predicted-score").body.contains("50 leads"))
        #expect(try server.curl("/v1/reports/forecast").body.contains("from and to"))
        #expect(try server.curl("/v1/reports/nothing").status == 404)
    }

    @Test("are narrowed by any field of what is behind them")
    func filters() throws {
        let server = try RunningServer()
        _ = try server.make("deals", Self.won(500, "02"))
        _ = try server.make("deals", Self.won(70, "03").replacing(#""D""#, with: #""E", "custom": {"plan": "gold"}"#))
        #expect(try server.get("/v1/metrics/revenue?amount.gte=100")["value"]?["amount"] == 500)
        #expect(try server.get("/v1/metrics/revenue?custom.plan=gold")["value"]?["amount"] == 70)
        #expect(try server.get("/v1/metrics/deals_won?closed_at.lt=2026-03-01")["value"] == 1)
        let refused = try server.curl("/v1/metrics/revenue?amount.gte=1.5")
        #expect(refused.status == 400 && refused.body.contains("a whole number of minor units, such as 125000"))
        let rows = try server.get("/v1/metrics/deals_won/rows?custom.plan=gold")
        #expect(rows["count"] == 1)
    }

    @Test("are not narrowed on one side: a part without the field would be counted whole")
    func oneSided() throws {
        let server = try RunningServer()
        let campaign = try server.make("campaigns", #"{"name":"C","channel":"search"}"#)
        let day = #""on":"2026-02-01""#
        for (about, amount) in [(#""campaign_id":"\#(campaign)""#, 1000), (#""channel":"social_media""#, 9000)] {
            _ = try server.make(
                "observations",
                #"{\#(about),"measure":"spend",\#(day),"amount":{"amount":\#(amount),"currency":"EUR"}}"#)
            _ = try server.make("observations", #"{\#(about),"measure":"clicks",\#(day),"value":\#(amount)}"#)
            _ = try server.make("observations", #"{\#(about),"measure":"impressions",\#(day),"value":10000}"#)
        }
        for _ in 0..<2 {
            _ = try server.make("leads", #"{"name":"L","source":{"channel":"search","campaign_id":"\#(campaign)"}}"#)
        }
        _ = try server.make("leads", #"{"name":"L"}"#)
        #expect(try server.get("/v1/metrics/cost_per_lead?campaign=\(campaign)")["value"]?["amount"] == 500)
        for path in [
            "cost_per_lead?campaign_id=\(campaign)", "cost_per_lead?stage=lead", "cost_per_lead/rows?stage=lead",
        ] {
            let answer = try server.curl("/v1/metrics/\(path)")
            #expect(answer.status == 400 && answer.body.contains("Narrowed on one side"), "\(answer.body)")
            #expect(answer.body.contains("narrow it by") && answer.body.contains("campaign"), "\(answer.body)")
        }
        // Parts that are observed all have the field, and clicks of our own would not.
        let rate = try server.get("/v1/metrics/click_through_rate?campaign_id=\(campaign)")
        #expect(rate["numerator"] == 1000 && rate["denominator"] == 10_000)
        #expect(try server.get("/v1/metrics/cost_per_click?campaign_id=\(campaign)")["value"]?["amount"] == 1)
        #expect(try server.get("/v1/metrics/clicks?campaign_id=\(campaign)")["value"] == 1000)
    }

    @Test("differ by definition, and say on which rows")
    func disagreement() throws {
        let server = try RunningServer()
        let lead = try server.make(
            "leads",
            #"{"name": "Ada", "source": {"channel": "direct"}, "captured_at": "2026-01-01T00:00:00Z"}"#)
        _ = try server.make(
            "touches",
            #"{"lead_id": "\#(lead)", "type": "visit", "channel": "search", "occurred_at": "2026-01-02T00:00:00Z"}"#)
        _ = try server.make("deals", Self.won(500, "02").replacing(#""D""#, with: #""D", "lead_ids": ["\#(lead)"]"#))
        let answer = try server.get("/v1/metrics/marketing_sourced_revenue/disagreement")
        #expect(answer["definitions"]?["first_touch"]?["value"]?["amount"] == 500)
        #expect(answer["definitions"]?["lead_source"]?["value"]?["amount"] == 0)
        #expect(answer["count"] == 1)
        #expect(answer["data"]?.elements?.first?["lead_source"] == .null)
        let models = try server.get("/v1/metrics/attributed_revenue/disagreement")
        #expect(models["definitions"]?.members?.count == 10)
        #expect(models["count"] == 0)
    }

    @Test("stay what they were when the server comes again, also of what was known")
    func restarted() throws {
        let folder = TemporaryFolder()
        let server = try RunningServer(["--open"], in: folder)
        _ = try server.make("deals", Self.won(500, "02"))
        let seen = try server.get("/v1/metrics/revenue?as_of=2026-06-01")
        let instant = try #require(try server.get("/v1/changes?after=0&limit=500")["data"]?.elements?.last?["at"]?.text)
        _ = try server.make("deals", Self.won(1, "02"))
        server.kill()
        let again = try RunningServer(["--open"], in: folder)
        #expect(try again.get("/v1/metrics/revenue?as_of=2026-06-01")["value"]?["amount"] == 501)
        let known = try again.get("/v1/metrics/revenue?as_of=2026-06-01&known_at=\(Self.after(instant))")
        #expect(known["value"] == seen["value"])
    }

    @Test("a figure narrowed to a record that is not there is refused", .timeLimit(.minutes(10)))
    func narrowedToNobody() throws {
        let server = try RunningServer(["--open"])
        let user = try server.make("users", #"{"name":"Rosa","role":"sales_representative"}"#)
        let nobody = "\(user.dropLast())\(user.hasSuffix("0") ? "1" : "0")"
        for (query, status) in [
            ("owner=\(user)", 200), ("owner=null", 200), ("owner=\(nobody)", 400),
            ("owner=\(nobody)&as_of=2026-01-01", 400),
        ] {
            for path in ["metrics/revenue", "metrics/revenue/rows", "reports/forecast"] {
                let period = query.contains("as_of") ? "" : "&from=2026-01-01&to=2026-02-01"
                if path == "reports/forecast", period.isEmpty { continue }
                let answer = try server.curl("/v1/\(path)?\(query)\(period)")
                #expect(answer.status == status, "\(path) \(query): \(answer.body)")
                #expect(status == 200 || answer.body.contains("there is no \(nobody)"), "\(answer.body)")
            }
        }
        // Who is gone answers for nothing any more.
        #expect(try server.curl("/v1/users/\(user)", ["-X", "DELETE"]).status == 204)
        #expect(try server.curl("/v1/metrics/revenue?owner=\(user)").status == 400)
    }

    @Test("objections are narrowed by what only their deals have", .timeLimit(.minutes(10)))
    func objectionsOfDeals() throws {
        let server = try RunningServer(["--open"])
        for (amount, stage) in [(100, "won"), (900, "won"), (900, "lost")] {
            let deal = try server.make(
                "deals",
                #"{"name":"D","amount":{"amount":\#(amount),"currency":"EUR"},"opened_at":"2026-01-01"}"#)
            _ = try server.make(
                "objections", #"{"deal_id":"\#(deal)","category":"price","raised_at":"2026-01-02T00:00:00Z"}"#)
            let act = stage == "won" ? ("win", "{}") : ("lose", #"{"reason":"r","category":"price"}"#)
            #expect(try server.curl("/v1/deals/\(deal)/\(act.0)", json: act.1).status == 200)
        }
        func told(_ query: String) throws -> [JSON?] {
            let line = try server.get("/v1/reports/objections?\(query)")["groups"]?.elements?.first
            return [line?["count"], line?["win_rate_with"]?["denominator"]]
        }
        #expect(try told("") == [3, 3])
        #expect(try told("amount.gte=500") == [2, 2])
    }

    @Test("a month that has not begun is told as that, by metrics and reports alike")
    func toCome() throws {
        let server = try RunningServer(["--open"])
        _ = try server.make("leads", #"{"name":"A","captured_at":"2026-01-05T00:00:00Z"}"#)
        for (path, member) in [
            ("metrics/leads_created", "value"), ("reports/funnel", "leads"), ("reports/attribution", "value"),
        ] {
            let answer = try server.get(
                "/v1/\(path)?from=2026-01-01&to=2026-04-01&as_of=2026-02-15&group_by=month")
            let told = (answer["groups"]?.elements ?? []).map { group -> String in
                let isNull = group[member] == .null && group["reason"]?.text?.contains("had not begun") == true
                return "\(group["key"]?["month"]?.text ?? "") \(isNull ? "to come" : "told")"
            }
            #expect(told == ["2026-01 told", "2026-02 told", "2026-03 to come"], "\(path): \(told)")
        }
    }
}
