import Foundation
import JSON
import Testing

@Suite("A key", .timeLimit(.minutes(5)))
struct KeysTests {
    /// A company in which Rosa and her colleague Mia sell in one team and Kurt in none; each sells to one lead.
    private struct Company {
        let server: RunningServer
        let rosa: String
        let leads: [String: String]

        init() throws {
            server = try RunningServer()
            let team = try server.make("teams", #"{"name": "North", "department": "sales"}"#)
            var keys: [String: String] = [:]
            var leads: [String: String] = [:]
            for (name, more) in [
                ("Rosa", #", "team_id": "\#(team)""#), ("Mia", #", "team_id": "\#(team)""#), ("Kurt", ""),
            ] {
                let user = try server.make("users", #"{"name": "\#(name)", "role": "sales_representative"\#(more)}"#)
                let key = try server.post("/v1/keys", #"{"name": "\#(name)", "user_id": "\#(user)"}"#)
                keys[name] = try #require(key["key"]?.text)
                leads[name] = try server.make("leads", #"{"name": "\#(name)s lead", "owner_id": "\#(user)"}"#)
            }
            rosa = try #require(keys["Rosa"])
            self.leads = leads
        }

        func lead(_ name: String) -> String { "/v1/leads/\(leads[name] ?? "")" }

        func names(_ path: String) throws -> [String] {
            try (server.curl(path, as: rosa).json()["data"]?.elements ?? []).compactMap { $0["name"]?.text }
        }
    }

    @Test("of a user shows in lists, counts, searches, records and their history what the team owns")
    func sightOfLists() throws {
        let company = try Company()
        let (server, rosa) = (company.server, company.rosa)
        #expect(try company.names("/v1/leads?sort=name") == ["Mias lead", "Rosas lead"])
        #expect(try company.names("/v1/leads?q=kurts") == [])
        #expect(try server.curl("/v1/leads?count=true", as: rosa).json()["count"] == 2)
        #expect(try server.curl("/v1/leads?count=true&stage=lead", as: rosa).json()["count"] == 2)
        for path in ["", "/history", "/journey", "/export"] {
            #expect(try server.curl(company.lead("Mia") + path, as: rosa).status == 200, "\(path)")
            #expect(try server.curl(company.lead("Kurt") + path, as: rosa).status == 404, "\(path)")
        }
        #expect(try server.curl(company.lead("Kurt"), ["-X", "PATCH"], json: "{}", as: rosa).status == 404)
        #expect(try server.curl(company.lead("Kurt") + "/qualify", ["-X", "POST"], as: rosa).status == 404)
        let kurt = ["-X", "PATCH", "-H", "Authorization: Bearer \(try #require(server.key))"]
        #expect(try server.curl(company.lead("Kurt"), kurt, json: #"{"email": "kurt@x.example"}"#).status == 200)
        let taken = try server.curl("/v1/leads", json: #"{"email": "kurt@x.example"}"#, as: rosa)
        #expect(taken.status == 409)
        #expect(!taken.body.contains(try #require(company.leads["Kurt"])), "what is not seen is not named")
        let page = try server.curl("/v1/leads?limit=1&sort=name", as: rosa).json()
        #expect(try company.names(try #require(page["next"]?.text)) == ["Rosas lead"])
    }

    @Test("of a user shows the same figure as to everybody, and the rows of it that the team owns")
    func sightOfRows() throws {
        let company = try Company()
        let figure = try company.server.curl("/v1/metrics/leads_created", as: company.rosa).json()
        #expect(figure["value"] == 3)
        let rows = try company.server.curl(try #require(figure["rows"]?.text), as: company.rosa).json()
        #expect(rows["count"] == 2)
        #expect(rows["hidden"] == 1)
        #expect(rows["data"]?.elements?.count == 2)
        let leads = try company.server.get("/v1/leads")["data"]?.elements ?? []
        for lead in leads {
            let lead = lead["id"]?.text ?? ""
            try company.server.post("/v1/insights", #"{"kind": "feedback", "quote": "q", "lead_id": "\#(lead)"}"#)
        }
        let goal = try company.server.make(
            "goals",
            #"{"name": "G", "department": "marketing", "metric": "leads_created", "target": 10, "from": "2020-01-01", "to": "2100-01-01"}"#
        )
        func told() throws -> [JSON?] {
            let progress = try company.server.curl("/v1/goals/\(goal)/progress", as: company.rosa).json()
            return [
                progress["actual"], try company.server.curl("/v1/reports/insights", as: company.rosa).json()["count"],
            ]
        }
        #expect(try told() == [3, 3])
        _ = try company.server.make("settings", #"{"name": "C", "figures": "visibility"}"#)
        #expect(try told() == [2, 2])
        let narrowed = try company.server.curl("/v1/metrics/leads_created", as: company.rosa).json()
        #expect(narrowed["value"] == 2, "where the company narrows figures to what is seen")
        #expect(try company.server.curl("/v1/reports/funnel", as: company.rosa).json()["leads"] == 2)
        #expect(try company.server.get("/v1/metrics/leads_created")["value"] == 3)
        // Whose a lead is now decides of what was known before, too.
        let kurt = try company.server.get(company.lead("Kurt"))["owner_id"]?.text ?? ""
        #expect(try company.server.patch(company.lead("Mia"), #"{"owner_id": "\#(kurt)"}"#).status == 200)
        let changes = try company.server.get("/v1/changes?after=0&limit=500")["data"]?.elements
        let before = "known_at=\(changes?.last?["at"]?.text ?? "")"
        let known = try company.server.curl("/v1/metrics/leads_created?\(before)", as: company.rosa).json()
        #expect(known["value"] == 1)
        let behind = try company.server.curl("/v1/metrics/leads_created/rows?\(before)", as: company.rosa).json()
        #expect(behind["count"] == 1 && behind["hidden"] == 0)
    }

    @Test("of a user tells nothing of what it does not see, whichever way is asked")
    func hidden() throws {
        let company = try Company()
        let (server, rosa) = (company.server, company.rosa)
        let kurt = try #require(company.leads["Kurt"])
        let about =
            #"{"email": "kurt@x.example", "phone": "555", "visitor_ids": ["v9"], "external_ids": {"hub": "42"}}"#
        #expect(try server.patch(company.lead("Kurt"), about).status == 200)
        func key(_ role: String) throws -> String {
            let team = try server.get("/v1/teams")["data"]?.elements?.first?["id"]?.text ?? ""
            let user = try server.make(
                "users", #"{"name": "U", "role": "\#(role)", "visibility": "team", "team_id": "\#(team)"}"#)
            return try #require(
                try server.post("/v1/keys", #"{"name": "k", "user_id": "\#(user)"}"#)["key"]?.text)
        }
        let (manager, creative) = (try key("sales_manager"), try key("creative"))
        let byMail = #"{"email": "kurt@x.example", "phone": "666"}"#
        let map = #"{"key": "email", "members": {"name": "n", "email": "e"}}"#
        let find =
            #"{"members": {"name": "n", "account_id": {"column": "e", "find": {"resource": "accounts", "by": "name"}}}}"#
        _ = try server.make("accounts", #"{"name": "kurt@x.example", "owner_id": "\#(try owner(of: kurt, server))"}"#)
        let rows = #"[{"n": "x", "e": "kurt@x.example"}]"#
        let cases: [(as: String, method: String, path: String, json: String?, status: Int)] = [
            (rosa, "PUT", "/v1/leads?by=email", byMail, 409), (manager, "PUT", "/v1/leads?by=email", byMail, 409),
            (rosa, "PUT", "/v1/leads?by=external_ids.hub", #"{"external_ids": {"hub": "42"}}"#, 409),
            (creative, "PUT", "/v1/leads?by=email", byMail, 403),
            (creative, "PUT", "/v1/leads?by=email", #"{"email": "nobody@x.example"}"#, 403),
            (manager, "POST", "\(company.lead("Mia"))/merge", #"{"from": "\#(kurt)"}"#, 422),
            (manager, "POST", "/v1/leads/\(kurt)/erase", nil, 404),
            (rosa, "POST", "/v1/leads", #"{"name": "x", "visitor_ids": ["v9"]}"#, 409),
            (rosa, "POST", "/v1/imports", #"{"resource": "leads", "map": \#(map), "rows": \#(rows)}"#, 200),
            (rosa, "POST", "/v1/imports", #"{"resource": "leads", "map": \#(find), "rows": \#(rows)}"#, 200),
            (rosa, "GET", "/v1/metrics/leads_created?phone=555", nil, 403),
            (rosa, "GET", "/v1/metrics/leads_created/rows?email.gte=k", nil, 403),
            (rosa, "GET", "/v1/metrics/leads_created?custom.salary.gte=7", nil, 403),
            (rosa, "GET", "/v1/metrics/leads_created?external_ids.crm=7", nil, 403),
        ]
        for row in cases {
            let answer = try server.curl(row.path, ["-X", row.method], json: row.json, as: row.as)
            #expect(answer.status == row.status, "\(row)")
            // Who asks for an id says it.
            if !row.path.contains(kurt), !(row.json ?? "").contains(kurt) {
                #expect(!answer.body.contains(kurt), "\(row)")
            }
            if row.path == "/v1/imports" {
                #expect(try answer.json()["refused_count"] == 1, "\(row)")
                #expect(!answer.body.contains("account_0"), "\(row)")
            }
        }
        #expect(try server.get(company.lead("Kurt"))["phone"] == "555")
        let touch = try server.make("touches", #"{"lead_id": "\#(kurt)", "channel": "email", "type": "click"}"#)
        #expect(try server.delete("/v1/touches/\(touch)").status == 204)
        #expect(try server.delete(company.lead("Kurt")).status == 204)
        #expect(try server.curl("/v1/touches/\(touch)/history", as: rosa).status == 404)
        #expect(!(try server.curl("/v1/changes?limit=500", as: rosa).body.contains(touch)))
    }

    private func owner(of lead: String, _ server: RunningServer) throws -> String {
        try server.get("/v1/leads/\(lead)")["owner_id"]?.text ?? ""
    }

    @Test("of a service that may everything makes and takes away no keys, and one of a user in that role may nothing")
    func services() throws {
        let server = try RunningServer()
        let all = try server.post("/v1/keys", #"{"name": "s", "role": "service", "scopes": ["*:*"]}"#)
        let key = try #require(all["key"]?.text)
        let first = try server.get("/v1/keys")["data"]?.elements?.first?["id"]?.text ?? ""
        #expect(try server.curl("/v1/keys", json: #"{"name": "x", "role": "admin"}"#, as: key).status == 403)
        #expect(try server.curl("/v1/keys/\(first)", ["-X", "DELETE"], as: key).status == 403)
        #expect(try server.curl("/v1/leads", json: #"{"name": "Ada"}"#, as: key).status == 201)
        let user = try server.make("users", #"{"name": "S", "role": "service"}"#)
        let held = try server.post("/v1/keys", #"{"name": "k", "user_id": "\#(user)"}"#)
        let other = try #require(held["key"]?.text)
        for path in ["/v1/leads", "/v1/metrics/revenue"] {
            #expect(try server.curl(path, as: other).status == 403, "\(path)")
        }
        #expect(try server.curl("/v1/changes", as: other).json()["data"] == [])
        let reader = try server.post("/v1/keys", #"{"name": "r", "role": "service", "scopes": ["insights:read"]}"#)
        let insight = try server.make("insights", #"{"kind": "feedback", "quote": "q"}"#)
        let effect = try server.curl("/v1/insights/\(insight)/effect", as: try #require(reader["key"]?.text))
        #expect(effect.status == 403)
    }

    @Test("that is taken away ends its stream, whatever other keys its user has")
    func endOfStream() throws {
        let server = try RunningServer()
        let user = try server.make("users", #"{"name": "Rosa", "role": "sales_manager"}"#)
        let keys = try (0..<2).map { try server.post("/v1/keys", #"{"name": "Key \#($0)", "user_id": "\#(user)"}"#) }
        let file = "\(server.folder.path)/events"
        _ = FileManager.default.createFile(atPath: file, contents: nil)
        let client = Process()
        client.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        client.arguments = [
            "-sN", "--max-time", "60", "-H", "Authorization: Bearer \(try #require(keys[0]["key"]?.text))",
            "\(server.address)/v1/stream?after=0",
        ]
        client.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
        try client.run()
        _ = try server.make("leads", #"{"name": "Ada"}"#)
        while try String(contentsOfFile: file, encoding: .utf8).isEmpty {}
        let id = try #require(keys[0]["id"]?.text)
        let mine = ["-X", "DELETE", "-H", "Authorization: Bearer \(try #require(server.key))"]
        #expect(try server.curl("/v1/keys/\(id)", mine).status == 204)
        _ = try server.make("leads", #"{"name": "Ben"}"#)
        client.waitUntilExit()
        #expect(client.terminationStatus != 28, "it went on until curl gave up")
        #expect(try !String(contentsOfFile: file, encoding: .utf8).contains("Ben"))
        let other = try #require(keys[1]["key"]?.text)
        #expect(try server.curl("/v1/leads", as: other).status == 200)
    }

    @Test("of a user shows in the feed and the stream what the team owns")
    func sightOfFeed() throws {
        let company = try Company()
        let (server, rosa) = (company.server, company.rosa)
        try server.delete(company.lead("Kurt"))
        try server.delete(company.lead("Mia"))
        let feed = try server.curl("/v1/changes?limit=500", as: rosa).json()["data"]?.elements ?? []
        let seen = Set(feed.flatMap { $0["changes"]?.elements ?? [] }.compactMap { $0["record_id"]?.text })
        #expect(seen.isSuperset(of: ["Rosa", "Mia"].compactMap { company.leads[$0] }))
        #expect(!seen.contains(company.leads["Kurt"] ?? ""))
        // A stream has no end: curl is stopped by its own clock when it has what came before.
        let stream = try server.curl("/v1/stream?after=0", ["--max-time", "2"], as: rosa).body
        #expect(stream.contains(company.leads["Rosa"] ?? "-"))
        #expect(!stream.contains(company.leads["Kurt"] ?? "-"))
    }

    @Test("of a service does what its scopes say; another is refused by name, and a key taken away lets nobody in")
    func scopes() throws {
        let server = try RunningServer()
        let made = try server.post(
            "/v1/keys", #"{"name": "web forms", "role": "service", "scopes": ["leads:write", "touches:write"]}"#)
        let key = try #require(made["key"]?.text)
        #expect(try server.curl("/v1/leads", json: #"{"name": "Ada"}"#, as: key).status == 201)
        for path in ["/v1/leads", "/v1/metrics", "/v1/metrics/revenue", "/v1/keys", "/internal/metrics"] {
            let answer = try server.curl(path, as: key)
            #expect(answer.status == 403, "\(path)")
            // What every user reads is not an administrator's alone.
            let roles = try answer.json()["roles"]?.elements ?? []
            #expect(roles.contains("creative") == (path != "/v1/keys" && path != "/internal/metrics"), "\(path)")
            #expect(roles.contains("admin") && !roles.contains("service"), "\(path)")
        }
        #expect(try server.curl("/v1/deals", json: #"{"name": "D"}"#, as: key).status == 403)
        let operations = ["leads", "deals"].map { #"{"method": "POST", "path": "/v1/\#($0)", "body": {"name": "B"}}"# }
        let batch = #"{"operations": [\#(operations.joined(separator: ","))]}"#
        let refused = try server.curl("/v1/batch", json: batch, as: key)
        #expect(refused.status == 403)
        #expect(try refused.json()["detail"]?.text?.hasPrefix("Operation 1: ") == true, "\(refused.body)")
        #expect(try server.get("/v1/leads?count=true")["count"] == 1, "nothing of it is done")
        #expect(try server.curl("/v1/changes", as: key).json()["data"] == [])
        let listed = try server.get("/v1/keys")
        #expect(listed["data"]?.elements?.count == 2)
        #expect(!(try server.curl("/v1/keys").body.contains(key)))
        #expect(try server.delete("/v1/keys/\(made["id"]?.text ?? "")").status == 204)
        #expect(try server.curl("/v1/leads", json: #"{"name": "Bob"}"#, as: key).status == 401)
    }

    @Test(
        "of a user gets a packet that names nobody unseen, and an effect of what it sees where figures are so narrowed")
    func packets() throws {
        let company = try Company()
        let (server, rosa) = (company.server, company.rosa)
        let mine = try #require(company.leads["Rosa"])
        let owners = try ["Rosa", "Kurt"].map { try owner(of: try #require(company.leads[$0]), server) }
        #expect(try server.patch(company.lead("Kurt"), #"{"phone": "+49 30 555"}"#).status == 200)
        #expect(try server.patch(company.lead("Rosa"), #"{"phone": "+49 30 555"}"#).status == 200)
        _ = try server.post("/v1/leads/\(mine)/qualify", "{}")
        let handOff =
            try server.post(
                "/v1/leads/\(mine)/handoff", #"{"to": "\#(owners[0])"}"#)["id"]?.text ?? ""
        let packet = "/v1/handoffs/\(handOff)/packet"
        #expect(try server.get(packet)["duplicates"]?.elements?.count == 1)
        #expect(try server.curl(packet, as: rosa).json()["duplicates"]?.elements?.count == 0)
        // Once she has said no, the lead is another's again.
        let other = try server.make("users", #"{"name": "Mara", "role": "digital_marketer"}"#)
        #expect(try server.patch("/v1/leads/\(mine)", #"{"owner_id": "\#(other)"}"#).status == 200)
        #expect(try server.curl(packet, as: rosa).status == 200)
        try server.post(
            "/v1/handoffs/\(handOff)/reject", #"{"reason": "a student", "reason_class": "definitional"}"#)
        #expect(try server.curl(packet, as: rosa).status == 404)

        let insight = try server.make("insights", #"{"kind": "feedback", "quote": "q", "heard_at": "2025-01-02"}"#)
        let campaign = try server.make("campaigns", #"{"name": "C", "channel": "email"}"#)
        for owner in owners {
            let source = #"{"channel": "email", "campaign_id": "\#(campaign)"}"#
            _ = try server.make(
                "leads",
                #"{"name": "Of it", "captured_at": "2025-01-15", "owner_id": "\#(owner)", "source": \#(source)}"#)
        }
        try server.post("/v1/insights/\(insight)/triage", #"{"at": "2025-01-20T00:00:00Z"}"#)
        try server.post(
            "/v1/insights/\(insight)/apply",
            #"{"campaign_id": "\#(campaign)", "metric": "leads_created", "at": "2025-02-01T00:00:00Z"}"#)
        _ = try server.make("settings", #"{"name": "C", "figures": "visibility"}"#)
        func before(_ key: String?) throws -> JSON? {
            try server.curl("/v1/insights/\(insight)/effect", as: key).json()["before"]?["value"]
        }
        #expect(try before(server.key) == 2)
        #expect(try before(rosa) == 1)
    }

    @Test("that finds several records by ids of other systems names those alone that are seen")
    func severalOfOneKey() throws {
        let company = try Company()
        for name in ["Rosa", "Kurt"] {
            #expect(try company.server.patch(company.lead(name), #"{"external_ids": {"hub": "42"}}"#).status == 200)
        }
        let ids = try ["Rosa", "Kurt"].map { try #require(company.leads[$0]) }
        for (key, told) in [(try #require(company.server.key), ids), (company.rosa, [])] {
            let answer = try company.server.curl(
                "/v1/leads?by=external_ids.hub", ["-X", "PUT"],
                json: #"{"external_ids": {"hub": "42"}, "name": "Taken"}"#, as: key)
            #expect(answer.status == 409, "\(answer.body)")
            #expect(ids.filter { answer.body.contains($0) } == told, "\(answer.body)")
        }
        #expect(try company.server.get(company.lead("Rosa"))["name"] == "Rosas lead")
    }

    @Test("of a service is told of a person what its scopes hold, all of it or nothing")
    func whole() throws {
        let server = try RunningServer()
        let lead = try server.make("leads", #"{"name": "Ada", "stage": "mql"}"#)
        let seller = try server.make("users", #"{"name": "R", "role": "sales_representative"}"#)
        let handOff = try server.post("/v1/leads/\(lead)/handoff", #"{"to": "\#(seller)"}"#)["id"]?.text ?? ""
        for (scopes, path, status) in [
            (#""leads:read""#, "leads/\(lead)/journey", 403), (#""leads:read""#, "leads/\(lead)/export", 403),
            (#""leads:read""#, "leads/\(lead)/history", 200),
            (
                #""leads:read", "touches:read", "handoffs:read", "deals:read", "activities:read""#,
                "leads/\(lead)/journey", 200
            ),
            (
                #""leads:read", "touches:read", "handoffs:read", "deals:read", "activities:read""#,
                "leads/\(lead)/export", 403
            ), (#""*:read""#, "leads/\(lead)/export", 200),
            (#""handoffs:read", "leads:read""#, "handoffs/\(handOff)/packet", 403),
            (#""*:read""#, "handoffs/\(handOff)/packet", 200),
        ] {
            let key = try server.post("/v1/keys", #"{"name": "s", "role": "service", "scopes": [\#(scopes)]}"#)
            let answer = try server.curl("/v1/\(path)", as: try #require(key["key"]?.text))
            #expect(answer.status == status, "\(scopes) \(path) \(answer.body)")
        }
    }

    @Test("is told by a start that serves, and of a service may be for erasing alone")
    func first() throws {
        let busy = try RunningServer()
        let folder = TemporaryFolder()
        let address = String(busy.address.dropFirst(7))
        let failed = try run(
            RunningServer.binary, ["serve", "--listen", address, "--data", "\(folder.path)/data"])
        #expect(failed.status == 1 && !failed.output.contains("administrator key"), "\(failed.output)")
        let server = try RunningServer(in: folder)
        #expect(server.key != nil)
        let lead = try server.make("leads", #"{"name": "Ada"}"#)
        let key = try server.post("/v1/keys", #"{"name": "e", "role": "service", "scopes": ["leads:erase"]}"#)
        let erased = try server.curl(
            "/v1/leads/\(lead)/erase", ["-X", "POST"], as: try #require(key["key"]?.text))
        #expect(erased.status == 200, "\(erased.body)")
        let wrong = try server.curl("/v1/keys", json: #"{"name": "e", "role": "service", "scopes": ["deals:erase"]}"#)
        #expect(wrong.status == 422 && wrong.body.contains("read, write, *, move, win"), "\(wrong.body)")
    }

    @Test("of an administrator stays while it is the last")
    func last() throws {
        let server = try RunningServer()
        let first = try server.get("/v1/keys")["data"]?.elements?.first?["id"]?.text ?? ""
        try server.post("/v1/keys", #"{"name": "s", "role": "service", "scopes": ["leads:read"]}"#)
        let refused = try server.delete("/v1/keys/\(first)")
        #expect(refused.status == 409)
        try server.post("/v1/keys", #"{"name": "a", "role": "admin"}"#)
        #expect(try server.delete("/v1/keys/\(first)").status == 204)
        #expect(try server.curl("/v1/leads").status == 401)
    }

    @Test("holds after a crash, acts in the role that its user has by now, and stays while the user does")
    func user() throws {
        let server = try RunningServer()
        let user = try server.make("users", #"{"name": "Rosa", "role": "sales_representative"}"#)
        let key = try #require(try server.post("/v1/keys", #"{"name": "Rosa", "user_id": "\#(user)"}"#)["key"]?.text)
        server.kill()
        let again = try RunningServer(in: server.folder)
        #expect(try again.curl("/v1/campaigns", json: #"{"name": "C", "channel": "email"}"#, as: key).status == 403)
        let patch = try again.curl(
            "/v1/users/\(user)", ["-X", "PATCH"], json: #"{"role": "marketing_manager"}"#, as: server.key)
        #expect(patch.status == 200, "\(patch.body)")
        #expect(try again.curl("/v1/campaigns", json: #"{"name": "C", "channel": "email"}"#, as: key).status == 201)
        #expect(try again.curl("/v1/users/\(user)", ["-X", "DELETE"], as: server.key).status == 409)
        let feed = try again.curl("/v1/changes?limit=500", as: server.key).json()["data"]?.elements ?? []
        #expect(feed.last?["actor"]?.text == user)
    }

    @Test(
        "is refused where what is asked for is wrong, every fault at once",
        arguments: [
            (#"{}"#, ["/name"]), (#"{"name": "a"}"#, ["/role"]), (#"{"name": "a", "role": "service"}"#, ["/scopes"]),
            (
                #"{"name": "a", "role": "service", "scopes": ["leads:read", "lead:read", "leads:wirte", "leads", "*"]}"#,
                ["/scopes/1", "/scopes/2", "/scopes/3", "/scopes/4"]
            ),
            (#"{"name": "a", "role": "admin", "scopes": ["*:*"]}"#, ["/scopes"]),
            (#"{"name": "a", "role": "sales_manager"}"#, ["/role"]),
            (#"{"name": "a", "user_id": "user_01jd0000000000000000000000"}"#, ["/user_id"]),
            (#"{"name": "a", "role": "admin", "hash": "00"}"#, ["/hash"]),
        ])
    func refused(_ body: String, _ pointers: [String]) throws {
        let server = try RunningServer()
        let answer = try server.curl("/v1/keys", json: body)
        #expect(answer.status == 422)
        #expect(try answer.json()["errors"]?.elements?.compactMap { $0["pointer"]?.text } == pointers)
    }
}
