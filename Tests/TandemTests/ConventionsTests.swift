import Foundation
import JSON
import Testing

@Suite("The conventions on the wire")
struct ConventionsTests {
    let server: RunningServer

    init() throws { server = try RunningServer(["--open"]) }

    private func json(_ answer: Answer) throws -> JSON { try JSONParser.parse(Array(answer.body.utf8)) }

    private func create(_ resource: String, _ body: String) throws -> JSON {
        let answer = try server.curl("/v1/\(resource)", json: body)
        #expect(answer.status == 201, "\(answer.body)")
        return try json(answer)
    }

    @Test("a create answers 201 with the record, Location, ETag and its place in the ledger", .timeLimit(.minutes(10)))
    func created() throws {
        let answer = try server.curl("/v1/leads", json: #"{"name":"Ada","email":"ada@example.com"}"#)
        let id = try #require(try json(answer)["id"]?.text)
        #expect(answer.status == 201)
        #expect(answer.field("Location") == "/v1/leads/\(id)")
        #expect(answer.field("ETag") == "\"1\"")
        #expect(answer.field("Tandem-Seq") == "1")
        #expect(try server.curl("/v1/leads/\(id)").body == answer.body)
    }

    @Test("a state before the one that a reader has seen is refused", .timeLimit(.minutes(10)))
    func stateSeen() throws {
        let id = try #require(try create("leads", #"{"name":"Ada"}"#)["id"]?.text)
        for (seen, status) in [("1", 200), ("0", 200), ("2", 412), ("9223372036854775807", 412)] {
            for path in ["leads/\(id)", "leads", "metrics/win_rate", "changes", "leads/\(id)/history"] {
                let answer = try server.curl("/v1/\(path)", ["-H", "Tandem-Seq: \(seen)"])
                #expect(answer.status == status, "\(path) \(seen)")
            }
        }
        for seen in ["-1", "+1", "1.0", "x", "9223372036854775808"] {
            #expect(try server.curl("/v1/leads", ["-H", "Tandem-Seq: \(seen)"]).status == 400, "\(seen)")
        }
        #expect(
            try json(try server.curl("/v1/leads", ["-H", "Tandem-Seq: 9"]))["detail"]?.text?.contains("ends at 1")
                == true)
    }

    @Test("a list is a table where one is asked for, with the same columns on every page", .timeLimit(.minutes(10)))
    func tables() throws {
        for number in 0..<5 {
            _ = try create(
                "leads",
                #"{"name":"L\#(number), \"x\"","email":"l\#(number)@x.example","custom":{"plan":"p\#(number)"},"tags":["a","b"]}"#
            )
        }
        _ = try create("deals", #"{"name":"=1+1","amount":{"amount":500,"currency":"EUR"}}"#)
        let asTable = ["-H", "Accept: text/csv"]
        var next: String? = "/v1/leads?limit=2&count=true"
        var pages: [[Substring]] = []
        while let path = next {
            let page = try server.curl(path, asTable)
            #expect(page.field("Content-Type") == "text/csv; charset=utf-8")
            #expect(page.field("Tandem-Count") == "5")
            pages.append(page.body.split(separator: "\r\n"))
            next = page.field("Link").map { String($0.dropFirst().prefix { $0 != ">" }) }
            #expect(next == nil || page.field("Link")?.hasSuffix(#">; rel="next""#) == true)
        }
        #expect(pages.map(\.count) == [3, 3, 2])
        #expect(Set(pages.map { $0[0] }).count == 1, "\(pages.map { $0[0] })")
        let columns = pages[0][0].split(separator: ",", omittingEmptySubsequences: false)
        #expect(columns.first == "id" && columns.contains("source.channel") && columns.contains("custom"))
        #expect(pages[0][1].contains(#","L0, ""x""","#) && pages[0][1].contains(#","{""plan"":""p0""}","#))
        // None found has its columns too, and those asked for alone are there alone, with no formula for a spreadsheet.
        let none = try server.curl("/v1/leads?email=nobody@x.example", asTable).body
        #expect(pages[0][0] == none.dropLast(), "\(none)")
        let deals = try server.curl("/v1/deals?fields=name,amount", asTable).body
        #expect(
            deals.hasPrefix("id,name,amount.amount,amount.currency\r\ndeal_") && deals.hasSuffix(",'=1+1,500,EUR\r\n"))
        #expect(try server.curl("/v1/leads?limit=0", asTable).status == 400)
        #expect(try server.curl("/v1/leads?fields=name,name").status == 400)
        #expect(try server.curl("/v1/leads").field("Vary") == "Accept")
    }

    @Test("a list is walked by its cursors, each record once, while others come", .timeLimit(.minutes(10)))
    func cursors() throws {
        for number in 0..<25 { _ = try create("accounts", #"{"name":"A\#(number % 5)","region":"R\#(number % 2)"}"#) }
        for query in [
            "limit=4", "limit=4&sort=name", "limit=4&sort=-name,created_at", "limit=4&region=R1&sort=-created_at",
        ] {
            var next: String? = "/v1/accounts?\(query)"
            var ids: [String] = []
            while let path = next {
                let page = try json(try server.curl(path))
                ids += (page["data"]?.elements ?? []).compactMap { $0["id"]?.text }
                next = page["next"]?.text
                _ = try create("accounts", #"{"name":"A0","region":"other"}"#)
            }
            let all = try json(
                try server.curl(
                    "/v1/accounts?limit=500&\(query.replacingOccurrences(of: "limit=4&", with: "").replacingOccurrences(of: "limit=4", with: ""))"
                ))
            let known = Set((all["data"]?.elements ?? []).compactMap { $0["id"]?.text })
            #expect(Set(ids).count == ids.count, "\(query) gave a record twice")
            #expect(Set(ids).isSubset(of: known))
            #expect(ids.count >= (query.contains("region") ? 12 : 25))
        }
    }

    @Test("every list is a table where one is asked for, and its description says so", .timeLimit(.minutes(10)))
    func everyListIsTable() throws {
        let lead = try #require(try create("leads", #"{"name":"Ada","phone":"+49 30 1234567"}"#)["id"]?.text)
        _ = try create("leads", #"{"name":"Ada","phone":"+49 30 1234567"}"#)
        let deal = try #require(try create("deals", #"{"name":"D","lead_ids":["\#(lead)"]}"#)["id"]?.text)
        let segment = try #require(try create("segments", #"{"name":"All","filter":"stage.in=lead,mql"}"#)["id"]?.text)
        let content = try create(
            "contents", #"{"title":"X","kind":"case_study","phases":["awareness","consideration","purchase"]}"#)
        #expect(
            try server.curl(
                "/v1/contents/\(content["id"]?.text ?? "")", ["-X", "PATCH"], json: #"{"status":"published"}"#
            ).status == 200)
        _ = try create("insights", #"{"kind":"praise","quote":"Fast"}"#)
        _ = try create("keys", #"{"name":"web forms","role":"service","scopes":["leads:write"]}"#)
        let lists = [
            "/v1/changes?limit=2": "seq,at,actor,request,id,resource,record_id,action,version,",
            "/v1/leads/\(lead)/history": "seq,at,actor,request,action,version,",
            "/v1/leads/\(lead)/journey": "at,kind,",
            "/v1/leads/\(lead)/duplicates": "id,href,shared,record.id,",
            "/v1/leads/\(lead)/recommended-content": "content_id,title,", "/v1/keys": "id,name,",
            "/v1/deals/\(deal)/recommended-content": "content_id,title,", "/v1/metrics": "metric,unit,",
            "/v1/segments/\(segment)/members": "id,", "/v1/reports/insights": "key,label,count,",
        ]
        let paths = try json(try server.curl("/openapi.json"))["paths"]
        for (address, columns) in lists {
            let table = try server.curl(address, ["-H", "Accept: text/csv"])
            #expect(
                table.status == 200 && table.field("Content-Type") == "text/csv; charset=utf-8"
                    && table.field("Vary")?.contains("Accept") == true, "\(address): \(table.body)")
            #expect(table.body.hasPrefix(columns) && table.body.hasSuffix("\r\n"), "\(address): \(table.body)")
            let plain = try server.curl(address)
            let list = try json(plain)
            #expect(table.body.split(separator: "\r\n").count > 1, "\(address)")
            #expect((table.field("Link") != nil) == (list["next"]?.text != nil), "\(address)")
            #expect(plain.field("Content-Type") == "application/json" && plain.field("Vary") == "Accept", "\(address)")
            let path = address.split(separator: "?")[0].replacing(/\/(lead|deal|segment)_[^\/]+/, with: "/{id}")
            #expect(paths?[String(path)]?["get"]?["responses"]?["200"]?["content"]?["text/csv"] != nil, "\(path)")
        }
        // An entry of several changes is told line by line.
        let batch = try server.curl(
            "/v1/batch",
            [
                "-H", "Content-Type: application/json", "-d",
                #"{"operations":[{"method":"POST","path":"/v1/accounts","body":{"name":"A"}},{"method":"POST","path":"/v1/accounts","body":{"name":"B"}}]}"#,
            ])
        #expect(batch.status == 200, "\(batch.body)")
        let last = try #require(Int(batch.field("Tandem-Seq") ?? ""))
        let lines = try server.curl("/v1/changes?after=\(last - 1)", ["-H", "Accept: text/csv"])
        #expect(lines.body.split(separator: "\r\n").count == 3, "\(lines.body)")
        #expect(lines.field("Link") == "</v1/changes?after=\(last)&limit=50>; rel=\"next\"")
    }

    @Test("rows behind a figure are a table of pages too, and so is a difference", .timeLimit(.minutes(10)))
    func tablesOfRows() throws {
        for number in 0..<3 {
            _ = try create("leads", #"{"name":"L\#(number)","captured_at":"2026-02-0\#(number + 1)"}"#)
        }
        for path in ["rows?limit=2", "diff?between=2026-01-01,2026-03-01&limit=2"] {
            var next: String? = "/v1/metrics/leads_created/\(path)"
            var lines: [Int] = []
            while let address = next {
                let page = try server.curl(address, ["-H", "Accept: text/csv"])
                #expect(page.status == 200 && page.field("Tandem-Count") == "3", "\(address): \(page.body)")
                lines.append(page.body.split(separator: "\r\n").count)
                next = page.field("Link").map { String($0.dropFirst().prefix { $0 != ">" }) }
            }
            #expect(lines == [3, 2], "\(path)")
        }
        let none = try server.curl("/v1/metrics/deals_won/rows", ["-H", "Accept: text/csv"])
        #expect(none.status == 200 && none.body.isEmpty && none.field("Link") == nil)
    }

    @Test("a list by a long text is walked too, whose cursors fit into an address", .timeLimit(.minutes(10)))
    func cursorsOfLongTexts() throws {
        // Alike for longer than an order looks, which ends amid an "ä" of the second; then the ids tell.
        let texts = [String(repeating: "ä", count: 4999), "x" + String(repeating: "ä", count: 4998), "short"]
        let made = try (texts + texts.prefix(2).map { $0 + "!" }).map { text in
            try create("inquiries", #"{"email":"a@b.example","channel":"email","text":"\#(text)"}"#)["id"]?.text
        }
        for (query, order) in [("sort=text", [2, 1, 4, 0, 3]), ("sort=-text", [3, 0, 4, 1, 2])] {
            var next: String? = "/v1/inquiries?limit=1&\(query)"
            var ids: [String] = []
            while let path = next, ids.count <= made.count {
                let page = try json(try server.curl(path))
                ids += (page["data"]?.elements ?? []).compactMap { $0["id"]?.text }
                next = page["next"]?.text
            }
            #expect(ids == order.compactMap { made[$0] }, "\(query)")
        }
    }

    @Test("a cursor is of the list that gave it, and of no other", .timeLimit(.minutes(10)))
    func cursorOfAnotherList() throws {
        for number in 0..<3 { _ = try create("accounts", #"{"name":"A\#(number)","region":"north"}"#) }
        let page = try json(try server.curl("/v1/accounts?limit=1&sort=name&region=north"))
        let cursor = try #require(page["next"]?.text?.components(separatedBy: "after=").last)
        for (list, status) in [
            ("accounts?sort=name&region=north&", 200), ("accounts?region=north&limit=2&fields=name&sort=name&", 200),
            ("accounts?sort=-name&region=north&", 400), ("accounts?sort=name&region=south&", 400),
            ("accounts?sort=name&", 400), ("leads?sort=name&region=north&", 400),
        ] {
            #expect(try server.curl("/v1/\(list)after=\(cursor)").status == status, "\(list)")
        }
    }

    @Test(
        "filters compare, and unknown ones are named", .timeLimit(.minutes(10)),
        arguments: [
            ("stage=lead", 3), ("stage=mql", 0), ("stage.in=lead,mql", 3), ("stage.ne=lead", 0),
            ("email=B@EXAMPLE.com", 1),
            ("captured_at.lt=2026-02-01", 1), ("captured_at.gte=2026-02-01&captured_at.lt=2026-03-01", 1),
            ("source.channel=search", 1), ("owner_id=null", 3), ("owner_id.ne=null", 0), ("tags=vip", 1),
        ])
    func filters(query: String, count: Int) throws {
        _ = try create("leads", #"{"name":"A","captured_at":"2026-01-15","tags":["vip"]}"#)
        _ = try create("leads", #"{"name":"B","email":"b@example.com","captured_at":"2026-02-01T00:00:00Z"}"#)
        _ = try create("leads", #"{"name":"C","captured_at":"2026-03-01","source":{"channel":"search"}}"#)
        let page = try json(try server.curl("/v1/leads?\(query)"))
        #expect(page["data"]?.elements?.count == count)
    }

    @Test("a list is narrowed to the ids that it names", .timeLimit(.minutes(10)))
    func ids() throws {
        let ids = try (0..<4).map { number in
            try #require(
                try create("leads", #"{"name":"L\#(number)","title":"\#(number == 1 ? "CTO" : "CEO")"}"#)["id"]?.text)
        }
        let gone = ids[3]
        #expect(try server.curl("/v1/leads/\(gone)", ["-X", "DELETE"]).status == 204)
        let (first, second, third) = (ids[0], ids[1], ids[2])
        for (query, wanted) in [
            ("id=\(second)", [second]), ("id.in=\(third),\(first),\(third),\(gone)", [first, third]),
            ("id.in=\(first),\(second),\(third)&sort=-created_at", [third, second, first]),
            ("id.in=\(first),\(second),\(third)&sort=-name&title=CEO", [third, first]),
            ("id.in=\(first),\(second)&id.in=\(second),\(third)", [second]), ("id=\(gone)", []),
            ("id.in=\(second),\(first)&stage=mql", []), ("id.in=\(first),\(second)&q=l1", [second]),
        ] {
            let page = try json(try server.curl("/v1/leads?\(query)&count=true"))
            #expect(page["data"]?.elements?.compactMap { $0["id"]?.text } == wanted, "\(query)")
            #expect(page["count"]?.wholeNumber == Int64(wanted.count), "\(query)")
        }
        let page = try json(try server.curl("/v1/leads?id.in=\(third),\(first),\(second)&limit=2"))
        let next = try json(try server.curl(try #require(page["next"]?.text)))
        #expect(page["data"]?.elements?.compactMap { $0["id"]?.text } == [first, second])
        #expect(next["data"]?.elements?.compactMap { $0["id"]?.text } == [third])
        for query in ["id=", "id=null", "id=\(first),\(second)", "id.in=\(first),", "id=user_01", "id.ne=\(first)"] {
            let refused = try server.curl("/v1/leads?\(query)")
            #expect(refused.status == 400, "\(query)")
        }
    }

    @Test("a patch merges, guards its version, and lists all faults at once", .timeLimit(.minutes(10)))
    func patching() throws {
        let id = try #require(
            try create("leads", #"{"name":"Ada","source":{"channel":"search","medium":"paid"}}"#)["id"]?.text)
        let path = "/v1/leads/\(id)"
        let patch = ["-X", "PATCH"]
        let merged = try server.curl(
            path, patch + ["-H", "If-Match: \"1\""], json: #"{"source":{"medium":null,"detail":"x"}}"#)
        #expect(merged.status == 200)
        #expect(try json(merged)["source"]?["channel"] == "search")
        #expect(try json(merged)["source"]?["medium"] == .null)
        #expect(merged.field("ETag") == "\"2\"")
        let stale = try server.curl(path, patch + ["-H", "If-Match: \"1\""], json: #"{"title":"CTO"}"#)
        #expect(stale.status == 412)
        #expect(try json(stale)["current"]?["version"] == 2)
        let unseen = try server.curl(path, patch + ["-H", "If-None-Match: *"], json: #"{"title":"CTO"}"#)
        #expect(unseen.status == 412)
        let faults = try server.curl(
            path, patch, json: #"{"emial":"x","email":"no","owner_id":"user_0","stage":"sql","phase":"purchase"}"#)
        #expect(faults.status == 422)
        let pointers = (try json(faults)["errors"]?.elements ?? []).compactMap { $0["pointer"]?.text }
        #expect(Set(pointers) == ["/emial", "/email", "/owner_id", "/stage", "/phase"])
        #expect(try server.curl(path).field("ETag") == "\"2\"", "a refused patch changes nothing")
        #expect(try server.curl(path, ["-H", "If-None-Match: \"2\""]).status == 304)
        #expect(try server.curl(path, ["-H", "If-None-Match: \"1\""]).status == 200)
    }

    @Test("an e-mail is unique whatever its case, and the refusal names who has it", .timeLimit(.minutes(10)))
    func unique() throws {
        let id = try #require(try create("leads", #"{"email":"Ada@Example.com"}"#)["id"]?.text)
        let again = try server.curl("/v1/leads", json: #"{"email":"ada@example.COM"}"#)
        #expect(again.status == 409)
        #expect(again.field("Content-Type") == "application/problem+json")
        #expect(
            try json(again)["current"]
                == .object([.init("id", .string(id)), .init("href", .string("/v1/leads/\(id)"))]))
    }

    @Test("touches come as NDJSON, and each refused line is told", .timeLimit(.minutes(10)))
    func bulk() throws {
        let file = "\(server.folder.path)/touches.ndjson"
        let lines = [
            #"{"visitor_id":"v","channel":"search","type":"click"}"#, "not json", #"{"visitor_id":"v","type":"click"}"#,
            "",
            #"{"visitor_id":"v","channel":"search","type":"visit"}"#,
        ]
        try lines.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
        let answer = try server.curl(
            "/v1/touches", ["-H", "Content-Type: application/x-ndjson", "--data-binary", "@\(file)"])
        #expect(answer.status == 200)
        #expect(try json(answer)["created"] == 2)
        #expect((try json(answer)["refused"]?.elements ?? []).map { $0["row"] } == [2, 3])
        let lead = try #require(try create("leads", #"{"name":"V","visitor_ids":["v"]}"#)["id"]?.text)
        let page = try json(try server.curl("/v1/touches?lead_id=\(lead)"))
        #expect(page["data"]?.elements?.count == 2, "what the visitor did is the lead's")
    }

    @Test(
        "nonsense gets a clear answer, and the server goes on", .timeLimit(.minutes(10)),
        arguments: [
            ("/v1/leeds", "", 404, "There is nothing at"), ("/v1/leads/lead_1", "", 404, "There is no lead"),
            ("/v1/leads?limit=0", "", 400, "from 1 to 500"), ("/v1/leads?stagee=mql", "", 400, "did you mean stage"),
            ("/v1/leads?limit=5&limit=6", "", 400, "is there twice"), ("/v1/leads?sort=", "", 400, "such as sort="),
            ("/v1/changes?after=99999999", "", 400, "another ledger"),
            ("/v1/stream?after=99999999", "", 400, "older copy"),
            ("/v1/metrics/leads_created?from=0001-01-01&to=9999-12-31&group_by=day", "", 400, "groups"),
            ("/v1/leads?after=zzz", "", 400, "no cursor"), ("/v1/leads?sort=source", "", 400, "no source"),
            ("/v1/metrics/win_ratio", "", 404, "Did you mean win_rate"),
            ("/v1/metrics/funnel", "", 404, "It is a report: GET /v1/reports/funnel"),
            ("/v1/metrics/win_rate?group_by=moon", "", 400, "there are day"),
            ("/v1/metrics/win_rate?from=2026-02-01&to=2026-01-01", "", 400, "before from"),
            ("/v1/metrics/deals_open?from=2026-01-01", "", 400, "as_of"),
            ("/v1/metrics/win_rate?tz=Mars", "", 400, "IANA"),
            ("/v1/metrics/win_rate?as_of=2999-01-01", "", 400, "future"),
            ("/v1/leads", "{", 400, "line 1, column 2"), ("/v1/leads", "[]", 422, "must be an object"),
            ("/v1/leads", #"{"name":"a","name":"b"}"#, 400, "given twice"),
            ("/v1/leads", "{}", 422, "a name or an email"),
            ("/v1/leads", #"{"name":"A","captured_at":"2999-01-01T00:00:00Z"}"#, 422, "future"),
            ("/v1/deals", #"{"name":"D","stage":"won"}"#, 422, "amount"),
            ("/v1/deals", #"{"name":"D","lead_ids":["lead_01jd0000000000000000000000"]}"#, 422, "/lead_ids/0"),
            ("/v1/imports", #"{"resource":"moons","rows":1}"#, 422, "/resource"),
        ])
    func nonsense(path: String, body: String, status: Int, says: String) throws {
        let answer = try server.curl(path, json: body.isEmpty ? nil : body)
        #expect(answer.status == status, "\(answer.body)")
        #expect(answer.field("Content-Type") == "application/problem+json")
        #expect(answer.body.contains(says), "\(answer.body)")
        #expect(try server.curl("/health").status == 200)
    }

    @Test("a query where none is taken is refused by name, and nothing is made", .timeLimit(.minutes(10)))
    func noQuery() throws {
        let lead = try server.make("leads", #"{"name": "A"}"#)
        let campaign = try server.make("campaigns", #"{"name": "C", "channel": "search"}"#)
        let asked: [(String, String, String)] = [
            ("POST", "/v1/leads?dry_run=true", #"{"name": "B"}"#),
            ("POST", "/v1/imports?dry_run=true", #"{"resource": "leads", "rows": [{"name": "B"}]}"#),
            ("POST", "/v1/scoring_rules?dry_run=history", #"{"name": "S", "kind": "fit", "points": 1}"#),
            ("POST", "/v1/batch?x", #"{"operations": []}"#), ("PATCH", "/v1/leads/\(lead)?force=1", #"{"name": "B"}"#),
            ("POST", "/v1/leads/\(lead)/qualify?at=now", "{}"), ("DELETE", "/v1/leads/\(lead)?force=1", ""),
            ("GET", "/v1/leads/\(lead)/score?at=now", ""), ("GET", "/v1/keys?limit=1", ""),
            ("GET", "/v1/campaigns/\(campaign)/spend?from=2026-01-01", ""),
            ("GET", "/v1/leads/\(lead)/recommended-content?limit=1", ""),
            ("PUT", "/v1/leads?by=name", #"{"name": "B"}"#), ("GET", "/v1/reports/forecast", ""),
        ]
        for (method, path, body) in asked {
            let answer = try server.curl(path, ["-X", method], json: body.isEmpty ? nil : body)
            #expect(answer.status == 400, "\(method) \(path)")
            let errors = try answer.json()["errors"]?.elements ?? []
            #expect(errors.count == 1 && errors[0]["parameter"] != nil, "\(method) \(path): \(answer.body)")
        }
        #expect(try server.get("/v1/leads/\(lead)")["version"] == 1)
        #expect(try server.count("leads") == 1)
    }

    @Test("the wrong media type is 415, and the wrong method 405 with Allow", .timeLimit(.minutes(10)))
    func mediaTypes() throws {
        #expect(try server.curl("/v1/leads", ["-d", "name=Ada"]).status == 415)
        for path in ["/v1/touches", "/v1/observations", "/v1/imports"] {
            for expected in [[], ["-H", "Expect: 100-continue"]] {
                let answer = try server.curl(path, expected + ["-H", "Content-Type: text/csv", "-d", "name"])
                #expect(answer.status == 415 && answer.body.contains("application/json or application/x-ndjson"))
            }
        }
        let answer = try server.curl("/v1/leads", ["-X", "DELETE"])
        #expect(answer.status == 405)
        #expect(answer.field("Allow") == "GET, HEAD, OPTIONS, POST, PUT")
    }

    @Test("what others refer to is not deleted", .timeLimit(.minutes(10)))
    func deleting() throws {
        let account = try #require(try create("accounts", #"{"name":"A"}"#)["id"]?.text)
        let lead = try #require(try create("leads", #"{"name":"L","account_id":"\#(account)"}"#)["id"]?.text)
        let refused = try server.curl("/v1/accounts/\(account)", ["-X", "DELETE"])
        #expect(refused.status == 409)
        #expect(try json(refused)["current"]?["referred_by"]?["leads.account_id"] == 1)
        #expect(try server.curl("/v1/leads/\(lead)", ["-X", "DELETE"]).status == 204)
        #expect(try server.curl("/v1/accounts/\(account)", ["-X", "DELETE"]).status == 204)
        #expect(try server.curl("/v1/accounts/\(account)").status == 404)
    }

    @Test("two who win and lose a deal at once get one success and one 409", .timeLimit(.minutes(10)))
    func race() throws {
        for _ in 0..<5 {
            let deal = try #require(
                try create("deals", #"{"name":"D","amount":{"amount":100,"currency":"EUR"}}"#)["id"]?.text)
            let url = "\(server.address)/v1/deals/\(deal)"
            let codes = try run(
                "/usr/bin/curl",
                [
                    "-s", "-Z", "-o", "/dev/null", "-w", "%{http_code}\n", "-X", "POST", "\(url)/win", "--next", "-s",
                    "-o", "/dev/null", "-w", "%{http_code}\n", "-H", "Content-Type: application/json", "-d",
                    #"{"reason":"price"}"#, "\(url)/lose",
                ])
            #expect(codes.output.split(separator: "\n").sorted() == ["200", "409"], "\(codes.output)")
        }
    }
}
