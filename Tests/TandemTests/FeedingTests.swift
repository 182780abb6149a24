import Foundation
import JSON
import Testing

@Suite("Other systems, by curl", .timeLimit(.minutes(5)))
struct FeedingTests {
    @Test("put what they know by a key, and are told whether it was there")
    func upsert() throws {
        let server = try RunningServer()
        func put(_ query: String, _ body: String) throws -> Answer {
            try server.curl("/v1/leads\(query)", ["-X", "PUT"], json: body)
        }
        let first = try put("?by=email", #"{"email": "ada@x.example", "name": "Ada"}"#)
        #expect(first.status == 201)
        #expect(first.seq != nil)
        let second = try put("?by=email", #"{"email": "ada@x.example", "stage": "mql"}"#)
        #expect(second.status == 200)
        #expect(try second.json()["outcome"] == "unchanged")
        #expect(try second.json()["conflicts"]?.elements?.first?["field"] == "stage")
        for query in ["", "?by=name", "?by=email&x=1", "?key=email"] {
            #expect([400, 422].contains(try put(query, #"{"email": "b@x.example"}"#).status), "\(query)")
        }
        #expect(try server.count("leads") == 1)
    }

    @Test("takes of a closed deal what is not settled, and says what is", .timeLimit(.minutes(10)))
    func closedDeal() throws {
        let server = try RunningServer(["--open"])
        let deal = try server.make(
            "deals", #"{"name":"D","external_ids":{"crm":"1"},"amount":{"amount":700,"currency":"EUR"}}"#)
        try server.post("/v1/deals/\(deal)/win")
        let put = try server.curl(
            "/v1/deals?by=external_ids.crm", ["-X", "PUT"],
            json:
                #"{"external_ids":{"crm":"1"},"next_step":"call","amount":{"amount":5,"currency":"EUR"},"opened_at":"2026-01-02T00:00:00Z"}"#
        )
        #expect(put.status == 200, "\(put.body)")
        let told = try put.json()
        #expect(told["record"]?["next_step"] == "call" && told["record"]?["amount"]?["amount"] == 700)
        let conflicts = told["conflicts"]?.elements ?? []
        #expect(conflicts.compactMap { $0["field"]?.text } == ["amount", "opened_at"])
        #expect(conflicts.allSatisfy { $0["reason"]?.text?.contains("settled") == true }, "\(conflicts)")
        // What the deal has already is no conflict, and by its address it is refused as before.
        let same = #"{"external_ids":{"crm":"1"},"amount":{"amount":700,"currency":"EUR"}}"#
        let again = try server.curl("/v1/deals?by=external_ids.crm", ["-X", "PUT"], json: same).json()
        #expect(again["outcome"] == "unchanged" && again["conflicts"] == [])
        #expect(
            try server.patch("/v1/deals/\(deal)", #"{"amount":{"amount":5,"currency":"EUR"}}"#).status == 409)
    }

    @Test("put on the condition that it is there, at a version, or that it is not")
    func conditions() throws {
        let server = try RunningServer()
        let cases: [(field: String, email: String, status: Int)] = [
            ("If-Match: *", "new@x.example", 412), ("If-Match: \"1\"", "new@x.example", 412),
            ("If-None-Match: *", "ada@x.example", 201), ("If-None-Match: *", "ada@x.example", 412),
            ("If-Match: \"1\"", "ada@x.example", 200), ("If-Match: \"1\"", "ada@x.example", 412),
            ("If-Match: *", "ada@x.example", 200), ("If-Match: W/\"3\"", "ada@x.example", 412),
            ("If-Match: \"other\"", "ada@x.example", 412), ("If-Match: 3", "ada@x.example", 400),
            ("If-None-Match: \"3\"", "ada@x.example", 412), ("If-Match: \"9\" , \"3\"", "ada@x.example", 200),
            ("If-None-Match: \"9\",W/\"4\"", "ada@x.example", 412), ("If-None-Match: \"3\"", "ada@x.example", 200),
            ("If-Match: \"05\", \"+5\"", "ada@x.example", 412),
            ("If-Match: \"5\" \"6\"", "ada@x.example", 400), ("If-Match: \"5", "ada@x.example", 400),
        ]
        for (number, row) in cases.enumerated() {
            let body = #"{"email": "\#(row.email)", "name": "Ada \#(number)"}"#
            let answer = try server.curl("/v1/leads?by=email", ["-X", "PUT", "-H", row.field], json: body)
            #expect(answer.status == row.status, "\(row): \(answer.body)")
        }
        #expect(try server.count("leads") == 1)
        let batch = #"{"operations":[{"method":"POST","path":"/v1/leads","body":{"name":"B"},"if_match":"\"1\""}]}"#
        #expect(try server.curl("/v1/batch", json: batch).status == 422)
    }

    @Test("hand in forms, the same one twice as one")
    func forms() throws {
        let server = try RunningServer()
        let body = #"{"email": "ada@x.example", "url": "/demo", "message": "How much?"}"#
        let key = ["-H", "Idempotency-Key: f-1"]
        let first = try server.curl("/v1/forms", key, json: body)
        #expect(first.status == 201)
        #expect(try first.json()["outcome"] == "created")
        let again = try server.curl("/v1/forms", key, json: body)
        #expect(again.body == first.body)
        #expect(again.field("Idempotent-Replayed") == "true")
        #expect(try server.count("touches") == 1)
        #expect(try server.count("inquiries") == 1)
        let other = try server.curl("/v1/forms", json: body).json()
        #expect(other["outcome"] == "unchanged")
        #expect(try server.curl("/v1/forms", json: "{}").status == 422)
        // A link whose keys nobody knows keeps nobody out.
        let unknown = #"{"email": "bo@x.example", "url": "https://x.example/?utm_source=flyer"}"#
        let touch = try server.post("/v1/forms", unknown)["touch_id"]?.text ?? ""
        #expect(try server.get("/v1/touches/\(touch)")["channel"] == "direct")
        for (consents, state) in [(JSON.bool(true), JSON("granted")), (.null, "granted"), (.bool(false), "denied")] {
            let form: JSON = ["email": "bo@x.example", "consents_to_email": consents]
            let lead = try server.post("/v1/forms", String(decoding: JSONWriter.encode(form), as: UTF8.self))
            let consent = try server.get("/v1/leads/\(lead["lead_id"]?.text ?? "")")["consent"]
            #expect(consent?["email"] == state, "\(consents)")
        }
    }

    /// What a form says of where the visit came from, and what its lead and its touch have.
    static let origins: [(form: String, channel: String, medium: JSON)] = [
        (#""url": "https://x.example/p""#, "direct", .null), (#""name": "Bo""#, "direct", .null),
        (#""url": "https://x.example/?utm_source=flyer""#, "direct", .null),
        (#""url": "https://x.example/?utm_medium=CPC&utm_source=bing""#, "advertising", "cpc"),
        (#""url": "https://x.example/?utm_medium=organic""#, "search", "organic"),
        (#""channel": "event", "url": "https://x.example/?utm_medium=cpc""#, "event", .null),
    ]

    @Test("make of a form a lead that came from where its touch did, or from where the visitor did first")
    func origins() throws {
        let server = try RunningServer()
        for (number, row) in Self.origins.enumerated() {
            let made = try server.post("/v1/forms", #"{"email": "f\#(number)@x.example", \#(row.form)}"#)
            let lead = try server.get("/v1/leads/\(made["lead_id"]?.text ?? "")")
            let touch = try server.get("/v1/touches/\(made["touch_id"]?.text ?? "")")
            #expect(lead["source"]?["channel"]?.text == row.channel, "\(row.form)")
            #expect(lead["source"]?["medium"] == row.medium, "\(row.form)")
            #expect(touch["channel"]?.text == row.channel, "\(row.form)")
        }
        let click = #""type": "click", "visitor_id": "v-1", "url": "https://x.example/?utm_medium=social""#
        _ = try server.make("touches", "{\(click)}")
        let made = try server.post("/v1/forms", #"{"email": "v@x.example", "visitor_id": "v-1"}"#)
        let lead = try server.get("/v1/leads/\(made["lead_id"]?.text ?? "")")
        #expect(lead["source"]?["channel"] == "social_media" && lead["source"]?["medium"] == "social", "\(lead)")
        #expect(lead["visitor_ids"] == ["v-1"])
        let long = String(repeating: "e%CC%81", count: 80)
        let cut = try server.post(
            "/v1/forms", #"{"email": "m@x.example", "channel": "email", "url": "/?utm_medium=\#(long)"}"#)
        #expect(try server.get("/v1/leads/\(cut["lead_id"]?.text ?? "")")["source"]?["channel"] == "email")
        _ = try server.make(
            "touches", #"{"type": "click", "visitor_id": "v-2", "channel": "email", "url": "/?utm_medium=\#(long)"}"#)
        let second = try server.post("/v1/forms", #"{"email": "n@x.example", "visitor_id": "v-2"}"#)
        let path = "/v1/leads/\(second["lead_id"]?.text ?? "")"
        let medium = try #require(try server.get(path)["source"]?["medium"]?.text)
        #expect(medium.unicodeScalars.count == 100)
        #expect(try server.patch(path, #"{"source": {"medium": "\#(medium)", "channel": "search"}}"#).status == 200)
    }

    @Test("have duplicates found, merged, and erased with all that they were")
    func merging() throws {
        let server = try RunningServer(["--segment-bytes", "4096"])
        let into = try server.make("leads", #"{"name": "Greta Grepp", "company": "Acme"}"#)
        let from = try server.make(
            "leads",
            #"{"name": "greta grepp", "company": "ACME", "email": "greta@grep.example", "phone": "+49 30 777 888"}"#)
        let found = try server.get("/v1/leads/\(into)/duplicates")["data"]?.elements
        #expect(found?.map { $0["id"]?.text } == [from])
        #expect(found?.first?["shared"] == ["name and company"])
        let merge = try server.post("/v1/leads/\(into)/merge", #"{"from": "\#(from)"}"#)
        #expect(try server.curl("/v1/leads/\(from)").status == 404)
        let erased = try server.curl("/v1/leads/\(from)/erase", ["-X", "POST"])
        #expect(erased.status == 409)
        #expect(try erased.json()["current"]?["id"]?.text == into)
        try server.post("/internal/snapshot")
        #expect(try server.curl("/v1/leads/\(into)/erase", ["-X", "POST"]).status == 200)
        for trace in ["Greta Grepp", "greta grepp", "greta@grep.example", "777 888"] {
            #expect(try run("/usr/bin/grep", ["-rli", trace, "\(server.folder.path)/data"]).output == "", "\(trace)")
        }
        #expect(try server.curl("/v1/merges/\(merge["id"]?.text ?? "")/unmerge", ["-X", "POST"]).status == 409)
        #expect(try server.curl("/v1/merges", json: "{}").status == 405)
        server.kill()
        let again = try RunningServer(in: server.folder)
        #expect(try again.curl("/v1/leads/\(into)", as: server.key).status == 200)
    }
}
