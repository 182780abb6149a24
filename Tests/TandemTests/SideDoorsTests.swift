import Foundation
import JSON
import Testing

@Suite("By no side door", .timeLimit(.minutes(5)))
struct SideDoorsTests {
    let server: RunningServer

    init() throws { server = try RunningServer() }

    /// A user of a role, and a key of theirs.
    private func user(_ role: String, _ more: String = "") throws -> (id: String, key: String) {
        let id = try server.make("users", #"{"name": "\#(role)", "role": "\#(role)"\#(more)}"#)
        return (id, try #require(try server.post("/v1/keys", #"{"name": "k", "user_id": "\#(id)"}"#)["key"]?.text))
    }

    private func service(_ scopes: String...) throws -> (id: String, key: String) { try service(scopes) }

    private func service(_ scopes: [String]) throws -> (id: String, key: String) {
        let list = scopes.map { "\"\($0)\"" }.joined(separator: ", ")
        let key = try server.post("/v1/keys", #"{"name": "s", "role": "service", "scopes": [\#(list)]}"#)
        return (try #require(key["id"]?.text), try #require(key["key"]?.text))
    }

    private func status(_ path: String, _ body: String, patch: Bool = false, as key: String?) throws -> Int {
        try server.curl(path, patch ? ["-X", "PATCH"] : [], json: body, as: key).status
    }

    @Test("does a service make an administrator, or the last one cease to be one")
    func administrators() throws {
        let rep = try user("sales_representative")
        let writer = try service("users:write")
        #expect(try status("/v1/users/\(rep.id)", #"{"role": "admin"}"#, patch: true, as: writer.key) == 403)
        #expect(try status("/v1/users", #"{"name": "x", "role": "admin"}"#, as: writer.key) == 403)
        #expect(try status("/v1/users/\(rep.id)", #"{"role": "creative"}"#, patch: true, as: writer.key) == 200)

        let boss = try user("admin")
        let demotion = #"{"role": "creative"}"#
        let keys = try server.get("/v1/keys")["data"]?.elements ?? []
        let first = try #require(keys.first { $0["role"] == "admin" }?["id"]?.text)
        #expect(try server.curl("/v1/keys/\(first)", ["-X", "DELETE"], as: boss.key).status == 204)
        #expect(try status("/v1/users/\(boss.id)", demotion, patch: true, as: writer.key) == 403)
        #expect(try status("/v1/users/\(boss.id)", demotion, patch: true, as: boss.key) == 409)
        let other = try server.curl("/v1/users", json: #"{"name": "y", "role": "admin"}"#, as: boss.key).json()
        let next = try #require(other["id"]?.text)
        // Who has no key cannot come in.
        #expect(try status("/v1/users/\(boss.id)", demotion, patch: true, as: boss.key) == 409)
        #expect(try status("/v1/keys", #"{"name": "z", "user_id": "\#(next)"}"#, as: boss.key) == 201)
        #expect(try status("/v1/users/\(boss.id)", demotion, patch: true, as: boss.key) == 200)
        #expect(try server.curl("/v1/keys", as: boss.key).status == 403)
    }

    @Test("does a body of lines go on whose key is taken away meanwhile")
    func lines() throws {
        let key = try service("touches:write")
        let curl = Process()
        curl.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        curl.arguments = [
            "-s", "-X", "POST", "-T", "-", "-H", "Authorization: Bearer \(key.key)", "-H", "Expect:",
            "-H", "Content-Type: application/x-ndjson", "\(server.address)/v1/touches",
        ]
        // Who writes to one that has gone is told so, and not ended.
        signal(SIGPIPE, SIG_IGN)
        let (input, output) = (Pipe(), Pipe())
        (curl.standardInput, curl.standardOutput) = (input, output)
        try curl.run()
        let line = #"{"visitor_id": "v", "type": "visit", "channel": "search"}"# + "\n"
        let some = Data(String(repeating: line, count: 3000).utf8)
        try input.fileHandleForWriting.write(contentsOf: some)
        // What was sent is made as far as whole commands go.
        while try server.count("touches") ?? 0 < 1000 {}
        #expect(try server.curl("/v1/keys/\(key.id)", ["-X", "DELETE"]).status == 204)
        for _ in 0..<4 {
            // The server reads no more of it, and so may curl.
            do { try input.fileHandleForWriting.write(contentsOf: some) } catch { break }
        }
        try input.fileHandleForWriting.close()
        let answer = try JSONParser.parse(Array(try output.fileHandleForReading.readToEnd() ?? Data()))
        curl.waitUntilExit()
        #expect(answer["status"] == 401, "\(answer)")
        let report = answer["report"]
        #expect(try report?["created"]?.wholeNumber == server.count("touches"), "who goes on by it sends none twice")
        #expect(try server.count("touches") ?? 0 <= 3000)
    }

    @Test("is a lead given away that may not be assigned")
    func givingAway() throws {
        let marketer = try user("digital_marketer")
        let (one, other) = (try user("sales_representative"), try user("sales_representative"))
        let lead = try server.make("leads", #"{"name": "L", "owner_id": "\#(one.id)"}"#)
        let change = #"{"owner_id": "\#(other.id)"}"#
        #expect(try status("/v1/leads/\(lead)/assign", #"{"to": "\#(other.id)"}"#, as: marketer.key) == 403)
        #expect(try status("/v1/leads/\(lead)", change, patch: true, as: marketer.key) == 403)
        #expect(try status("/v1/leads/\(lead)", #"{"title": "CTO"}"#, patch: true, as: marketer.key) == 200)
        #expect(try status("/v1/leads/\(lead)", change, patch: true, as: try user("marketing_manager").key) == 200)
    }

    @Test("is a deal won at what a manager has still to approve")
    func discounts() throws {
        let rep = try user("sales_representative")
        let product = try server.make("products", #"{"name": "P", "list_price": {"amount": 1000, "currency": "EUR"}}"#)
        func lines(_ amount: Int) -> String {
            #""lines": [{"product_id": "\#(product)", "quantity": 1, "unit_price": {"amount": \#(amount), "currency": "EUR"}}]"#
        }
        let deal = try server.make("deals", #"{"name": "D", "owner_id": "\#(rep.id)", \#(lines(1000))}"#)
        let offer = try server.post("/v1/offers", #"{"deal_id": "\#(deal)", \#(lines(100))}"#)
        #expect(offer["status"] == "awaiting_approval")
        let win = #"{"amount": {"amount": 100, "currency": "EUR"}}"#
        let refused = try server.curl("/v1/deals/\(deal)/win", json: win, as: rep.key)
        #expect(refused.status == 403)
        #expect(try refused.json()["roles"] == ["sales_manager", "admin"])
        #expect(try status("/v1/deals/\(deal)/win", win, as: try service("deals:*").key) == 403)
        #expect(
            try status("/v1/offers/\(offer["id"]?.text ?? "")/approve", "{}", as: try user("sales_manager").key) == 200)
        #expect(try status("/v1/deals/\(deal)/win", "{}", as: rep.key) == 200)
    }

    @Test("does one sign for the other department, or answer in another's name")
    func names() throws {
        let agreement = try server.make(
            "agreements", #"{"name": "A", "effective_from": "2026-12-01", "sales": {"answer_within_minutes": 60}}"#)
        let manager = try user("sales_manager")
        let refused = try server.curl(
            "/v1/agreements/\(agreement)/sign", json: #"{"department": "marketing"}"#, as: manager.key)
        #expect(refused.status == 403 && refused.body.contains("marketing_manager"), "\(refused.body)")
        #expect(try status("/v1/agreements/\(agreement)/sign", #"{"department": "sales"}"#, as: manager.key) == 200)

        let (rep, other) = (try user("sales_representative"), try user("sales_representative"))
        let lead = try server.make("leads", #"{"name": "L", "owner_id": "\#(rep.id)"}"#)
        let inquiry = try server.make(
            "inquiries", #"{"lead_id": "\#(lead)", "text": "When?", "channel": "email", "owner_id": "\#(rep.id)"}"#)
        let path = "/v1/inquiries/\(inquiry)/answer"
        #expect(try status(path, #"{"answer": "Now", "user_id": "\#(other.id)"}"#, as: rep.key) == 403)
        #expect(try status(path, #"{"answer": "Now", "user_id": "\#(rep.id)"}"#, as: rep.key) == 200)
    }

    @Test("is seen what somebody else's deal brought, or who was merged and parted again")
    func others() throws {
        let (rep, other) = (
            try user("sales_representative", #", "visibility": "own""#), try user("sales_representative")
        )
        let deal = try server.make(
            "deals", #"{"name": "D", "owner_id": "\#(other.id)", "amount": {"amount": 7, "currency": "EUR"}}"#)
        try server.post("/v1/deals/\(deal)/win")
        #expect(try server.count("purchases") == 1)
        #expect(try server.curl("/v1/purchases?count=true", as: rep.key).json()["count"] == 0)
        let purchase = try server.curl("/v1/purchases?count=true", as: other.key).json()
        #expect(purchase["count"] == 1)

        let mine = try server.make("leads", #"{"name": "Mine", "owner_id": "\#(rep.id)"}"#)
        let theirs = try server.make(
            "leads", #"{"name": "Secret", "email": "s@x.example", "owner_id": "\#(other.id)"}"#)
        let merge = try server.post("/v1/leads/\(mine)/merge", #"{"from": "\#(theirs)"}"#)["id"]?.text ?? ""
        #expect(try server.curl("/v1/merges/\(merge)", as: rep.key).status == 200)
        try server.post("/v1/merges/\(merge)/unmerge")
        for path in ["merges/\(merge)", "merges/\(merge)/history"] {
            #expect(try server.curl("/v1/\(path)", as: rep.key).status == 404, "\(path)")
            #expect(try server.curl("/v1/\(path)").status == 200, "\(path)")
        }
        // What is held about a person is not what is held about another; while they were one it was.
        for (person, name) in [(mine, "Mine"), (theirs, "Secret")] {
            let merges = try server.get("/v1/leads/\(person)/export")["merges"]?.elements ?? []
            #expect(merges.count == 1)
            let told = String(decoding: JSONWriter.encode(.array(merges)), as: UTF8.self)
            #expect(["Mine", "Secret"].filter(told.contains) == [name], "\(told)")
        }
        // Once more one, and what is the other's is theirs again.
        let again = try server.post("/v1/leads/\(mine)/merge", #"{"from": "\#(theirs)"}"#)["id"]?.text ?? ""
        for one in try server.get("/v1/leads/\(mine)/export")["merges"]?.elements ?? [] {
            #expect(one["from"]?.text?.contains("Secret") == true && one["before"] != nil, "\(one)")
        }
        try server.post("/v1/merges/\(again)/unmerge")
        #expect(try server.delete("/v1/leads/\(theirs)").status == 204)
        #expect(try server.curl("/v1/merges/\(merge)", as: rep.key).status == 404, "gone is not shown either")
    }

    @Test("is told by the feed what somebody has no more, but that it is gone")
    func leaving() throws {
        let (rep, other) = (
            try user("sales_representative", #", "visibility": "own""#),
            try user("sales_representative", #", "visibility": "own""#)
        )
        let lead = try server.make("leads", #"{"name": "Gone", "owner_id": "\#(rep.id)"}"#)
        let touch = try server.make(
            "touches", #"{"lead_id": "\#(lead)", "type": "click", "channel": "email"}"#)
        try server.patch("/v1/leads/\(lead)", #"{"owner_id": "\#(other.id)"}"#)
        try server.patch("/v1/leads/\(lead)", #"{"name": "Secret"}"#)
        func told(_ key: String, of id: String) throws -> [String] {
            let entries = try server.curl("/v1/changes?after=0&limit=500", as: key).json()["data"]?.elements ?? []
            return entries.flatMap { $0["changes"]?.elements ?? [] }.filter { $0["record_id"]?.text == id }
                .map { "\($0["action"]?.text ?? "") \($0["record"]?["name"]?.text ?? "")" }
        }
        #expect(try told(rep.key, of: lead) == ["hidden "])
        #expect(try told(other.key, of: lead) == ["created Gone", "changed Gone", "changed Secret"])
        try server.delete("/v1/touches/\(touch)")
        #expect(try told(other.key, of: touch) == ["created ", "deleted "])
        try server.delete("/v1/leads/\(lead)")
        #expect(try told(other.key, of: touch) == ["created ", "deleted "], "whose it was is known still")
        #expect(try told(rep.key, of: lead) == ["hidden "], "as long as it was there")
        #expect(try told(other.key, of: lead).last == "deleted ")
        // What goes to somebody else by a merge goes with the lead that is no more.
        let (mine, theirs) = (
            try server.make("leads", #"{"name": "Mine", "owner_id": "\#(rep.id)"}"#),
            try server.make("leads", #"{"name": "Theirs", "owner_id": "\#(other.id)"}"#)
        )
        let moved = try server.make("touches", #"{"lead_id": "\#(mine)", "type": "click", "channel": "email"}"#)
        #expect(try told(rep.key, of: moved) == ["created "])
        try server.post("/v1/leads/\(theirs)/merge", #"{"from": "\#(mine)"}"#)
        #expect(try told(rep.key, of: moved) == ["hidden "])
        #expect(try told(rep.key, of: touch) == [])
        #expect(try server.curl("/v1/touches/\(touch)/history", as: rep.key).status == 404)
    }

    @Test("does who sees a purchase by its deal write what is the account's")
    func purchases() throws {
        let (one, other) = (
            try user("account_manager", #", "visibility": "own""#),
            try user("account_manager", #", "visibility": "own""#)
        )
        let account = try server.make("accounts", #"{"name": "A", "owner_id": "\#(other.id)"}"#)
        let deal = try server.make(
            "deals",
            #"{"name": "D", "owner_id": "\#(one.id)", "account_id": "\#(account)", "amount": {"amount": 7, "currency": "EUR"}}"#
        )
        try server.post("/v1/deals/\(deal)/win")
        let purchase = try #require(try server.get("/v1/purchases")["data"]?.elements?.first?["id"]?.text)
        #expect(try server.curl("/v1/purchases/\(purchase)", as: one.key).status == 200)
        #expect(try status("/v1/purchases/\(purchase)", #"{"note": "x"}"#, patch: true, as: one.key) == 403)
        #expect(try status("/v1/purchases/\(purchase)", #"{"note": "x"}"#, patch: true, as: other.key) == 200)
    }

    @Test("does a scope show what another one is for")
    func scopes() throws {
        let campaign = try server.make("campaigns", #"{"name": "C", "channel": "email"}"#)
        let lead = try server.make("leads", #"{"name": "L"}"#)
        let deal = try server.make("deals", #"{"name": "D"}"#)
        let cases: [(path: String, has: [String], lacks: String)] = [
            (
                "leads/\(lead)/recommended-content",
                ["leads:read", "deals:read", "contents:read", "objections:read", "touches:read", "activities:read"],
                "metrics:read"
            ),
            (
                "deals/\(deal)/recommended-content",
                ["deals:read", "contents:read", "touches:read", "activities:read", "metrics:read"], "objections:read"
            ),
            ("campaigns/\(campaign)/spend", ["campaigns:read"], "observations:read"),
            ("leads/\(lead)/score", ["leads:read", "touches:read"], "scoring_rules:read"),
            ("merges", ["merges:read", "leads:read"], "accounts:read"),
        ]
        for row in cases {
            #expect(try server.curl("/v1/\(row.path)", as: service(row.has).key).status == 403, "\(row.path)")
            #expect(
                try server.curl("/v1/\(row.path)", as: service(row.has + [row.lacks]).key).status == 200, "\(row.path)")
        }
    }

    @Test("is hidden personal data asked for by a filter that is kept")
    func filters() throws {
        let limited = try user("marketing_manager", #", "visibility": "own""#)
        let all = try user("marketing_manager")
        let blind = try service("segments:write", "scoring_rules:write", "nurtures:write", "metrics:read")
        let segment = #"{"name": "S", "filter": "phone.gte=%2B49"}"#
        let rule = #"{"name": "R", "kind": "fit", "filter": "phone=1", "points": 1}"#
        let content = try server.make("contents", #"{"title": "T", "kind": "article"}"#)
        let nurture =
            #"{"name": "N", "steps": [{"kind": "branch", "filter": "email=a@x.example", "then": 1}, {"kind": "send", "content_id": "\#(content)"}]}"#
        let seller = try user("sales_manager", #", "visibility": "own""#)
        let routing = #"{"name": "R", "method": "account_owner", "filter": "name=Ada"}"#
        #expect(try status("/v1/routing_rules", routing, as: seller.key) == 422)
        #expect(try status("/v1/routing_rules", routing, as: try user("sales_manager").key) == 201)
        for (path, body) in [("segments", segment), ("scoring_rules", rule), ("nurtures", nurture)] {
            for key in [limited.key, blind.key] {
                #expect(try status("/v1/\(path)", body, as: key) == 422, "\(path)")
            }
            let made = try server.curl("/v1/\(path)", json: body, as: all.key)
            #expect(made.status == 201, "\(made.body)")
            let id = try made.json()["id"]?.text ?? ""
            // What is there already is called otherwise by whoever may.
            #expect(try status("/v1/\(path)/\(id)", #"{"name": "Z"}"#, patch: true, as: limited.key) == 200, "\(path)")
        }
    }

    @Test("are many rows read of who may make none of them")
    func rows() throws {
        let service = try service("leads:write")
        let seller = try user("sales_representative")
        let touch = #"{"type": "visit", "visitor_id": "v"}"#
        let plan = #"{"resource": "touches"}"#
        let bodies = [
            ("/v1/touches", "application/x-ndjson", touch),
            ("/v1/imports", "application/x-ndjson", "\(plan)\n\(touch)"),
            ("/v1/imports", "application/json", #"{"resource": "touches", "rows": [\#(touch)]}"#),
        ]
        for (path, type, body) in bodies {
            for (key, named) in [(service.key, "touches:write"), (seller.key, "marketing_manager")] {
                let answer = try server.curl(path, ["-H", "Content-Type: \(type)", "--data-binary", body], as: key)
                #expect(answer.status == 403 && answer.body.contains(named), "\(type) \(answer.body)")
            }
        }
        // A seller makes leads of their own.
        let rows = #"{"resource": "leads", "rows": [{"name": "A"}]}"#
        let leads = try server.curl("/v1/imports", json: rows, as: seller.key)
        #expect(leads.body.contains(#""created":1"#), "\(leads.body)")
        #expect(try server.get("/v1/touches")["data"] == [])
    }

    @Test("does a refusal count what is hidden")
    func counts() throws {
        let limited = try user("digital_marketer", #", "visibility": "own""#)
        let other = try user("digital_marketer")
        let campaign = try server.make(
            "campaigns", #"{"name": "C", "channel": "email", "owner_id": "\#(limited.id)"}"#)
        try server.post(
            "/v1/leads",
            #"{"name": "L", "owner_id": "\#(other.id)", "source": {"channel": "email", "campaign_id": "\#(campaign)"}}"#
        )
        for key in [limited.key, try service("campaigns:write").key] {
            let refused = try server.curl("/v1/campaigns/\(campaign)", ["-X", "DELETE"], as: key)
            #expect(refused.status == 409)
            #expect(try refused.json()["current"]?["referred_by"] == [:], "\(refused.body)")
        }
    }

    @Test("do narrowed figures learn from what is hidden")
    func learning() throws {
        try server.post("/v1/settings", #"{"name": "C", "figures": "visibility", "gross_margin_percent": 50}"#)
        let rep = try user("sales_representative", #", "visibility": "own""#)
        let other = try user("sales_representative")
        func sell(_ owner: String, _ number: Int) throws {
            let account = try server.make("accounts", #"{"name": "A\#(number)", "owner_id": "\#(owner)"}"#)
            for (kind, at) in [("new", "2026-01-10"), ("churn", "2026-06-10")] where kind == "new" || number > 1 {
                try server.post(
                    "/v1/purchases",
                    #"{"account_id": "\#(account)", "kind": "\#(kind)", "amount": {"amount": 1000, "currency": "EUR"}, "occurred_at": "\#(at)"}"#
                )
            }
        }
        try sell(rep.id, 1)
        func told() throws -> JSON? {
            try server.curl("/v1/metrics/customer_lifetime_value?model=recurring&as_of=2026-11-01", as: rep.key)
                .json()["model"]
        }
        func foretold() throws -> JSON? {
            try server.curl("/v1/reports/forecast?from=2026-01-01&to=2099-01-01", as: rep.key).json()["simulation"]
        }
        try server.post(
            "/v1/deals", #"{"name": "Mine", "owner_id": "\#(rep.id)", "amount": {"amount": 9, "currency": "EUR"}}"#)
        let (lifetime, simulation) = (try told(), try foretold())
        #expect(lifetime?["churn_per_month"] == 0, "\(String(describing: lifetime))")
        #expect(simulation?["without_history"] == 1)
        try sell(other.id, 2)
        let abroad = try server.make("accounts", #"{"name": "Abroad", "owner_id": "\#(other.id)"}"#)
        try server.post(
            "/v1/purchases",
            #"{"account_id": "\#(abroad)", "kind": "new", "amount": {"amount": 5, "currency": "XOF"}, "occurred_at": "2026-01-10"}"#
        )
        let deal = try server.make(
            "deals",
            #"{"name": "Theirs", "owner_id": "\#(other.id)", "amount": {"amount": 9, "currency": "EUR"}, "opened_at": "2026-01-01T00:00:00Z"}"#
        )
        try server.post("/v1/deals/\(deal)/win")
        #expect(try told() == lifetime)
        #expect(try foretold() == simulation)
        #expect(
            try server.get("/v1/reports/forecast?from=2026-01-01&to=2099-01-01")["simulation"]?["without_history"] == 0)
    }

    @Test("is told by narrowed figures what somebody else has: rates, old deals, open leads, or texts letter by letter")
    func narrowed() throws {
        try server.post("/v1/settings", #"{"name": "C", "figures": "visibility"}"#)
        let (rep, other) = (
            try user("sales_representative", #", "visibility": "own""#), try user("sales_representative")
        )
        func ask(_ path: String) throws -> Answer { try server.curl("/v1/\(path)", as: rep.key) }
        func deal(_ owner: String, _ currency: String, _ more: String) throws {
            let amount = #"{"amount": 700, "currency": "\#(currency)"}"#
            _ = try server.make("deals", #"{"name": "D", "owner_id": "\#(owner)", "amount": \#(amount), \#(more)}"#)
        }
        // Both departments' figures in one currency; the other's deal in one that has no rate.
        try deal(
            rep.id, "EUR", #""stage": "won", "opened_at": "2026-03-01T00:00:00Z", "closed_at": "2026-04-01T00:00:00Z""#)
        try deal(rep.id, "EUR", #""opened_at": "2026-03-01T00:00:00Z""#)
        let paths = ["revenue", "pipeline_value", "deals_aging", "win_rate?weight=amount&basis=cohort"].map {
            "metrics/\($0)\($0.contains("?") ? "&" : "?")as_of=2026-11-01"
        }
        let before = try paths.map { try ask($0).json()["value"] }
        try deal(
            other.id, "CHF",
            #""stage": "won", "opened_at": "2026-03-01T00:00:00Z", "closed_at": "2026-04-01T00:00:00Z""#)
        for day in 2...8 {
            try deal(
                other.id, "CHF",
                #""stage": "won", "opened_at": "2026-03-01T00:00:00Z", "closed_at": "2026-03-0\#(day)T00:00:00Z""#)
        }
        try deal(other.id, "CHF", #""opened_at": "2026-03-01T00:00:00Z""#)
        #expect(try paths.map { try ask($0).json()["value"] } == before)
        #expect(
            try server.curl("/v1/metrics/revenue?as_of=2026-11-01").status == 409, "who sees both is told of the rate")

        // A touch is counted by the deal that it led to, which the asker sees.
        let lead = try server.make("leads", #"{"name": "L", "owner_id": "\#(other.id)"}"#)
        _ = try server.make(
            "touches", #"{"lead_id": "\#(lead)", "type": "click", "channel": "email", "url": "https://secret.example"}"#
        )
        for query in ["url.gte=https://s", "url=https://secret.example", "custom.x.gte=a"] {
            #expect(try ask("metrics/attributed_revenue?\(query)").status == 403, "\(query)")
        }
        #expect(try ask("metrics/attributed_revenue?type=click").status == 200)
    }

    @Test("is told by figures of all what texts of hidden deals are, or what a hidden deal brought")
    func textsOfAll() throws {
        let (rep, other) = (
            try user("sales_representative", #", "visibility": "own""#), try user("sales_representative")
        )
        let lead = try server.make(
            "leads", #"{"name": "L", "owner_id": "\#(rep.id)", "captured_at": "2026-01-01T00:00:00Z"}"#)
        for (day, channel) in [("02", "email"), ("03", "search")] {
            _ = try server.make(
                "touches",
                #"{"lead_id": "\#(lead)", "type": "click", "channel": "\#(channel)", "occurred_at": "2026-01-\#(day)T00:00:00Z"}"#
            )
        }
        _ = try server.make(
            "deals",
            #"{"name": "Zebra", "owner_id": "\#(other.id)", "lead_ids": ["\#(lead)"], "stage": "won", "amount": {"amount": 700, "currency": "EUR"}, "opened_at": "2026-02-01T00:00:00Z", "closed_at": "2026-03-01T00:00:00Z"}"#
        )
        for (query, status) in [("name.gte=Zeb", 403), ("name=Zebra", 200), ("amount.gte=1", 200)] {
            #expect(try server.curl("/v1/metrics/deals_opened?\(query)", as: rep.key).status == status, "\(query)")
            #expect(try server.curl("/v1/metrics/deals_opened?\(query)").status == 200)
        }
        let path = "/v1/metrics/attributed_revenue/disagreement?from=2026-01-01&to=2026-04-01"
        let told = try server.curl(path, as: rep.key).json()
        #expect(told["count"] == 0 && told["hidden"] == 2, "\(told)")
        #expect(try server.get(path)["count"] == 2)
    }
}
