import Foundation
import JSON
import Testing

@Suite("An erasure")
struct ErasureTests {
    /// A person with everything that can be held of one, and the words that only that person has.
    private struct Person {
        let lead: String
        var path: String { "/v1/leads/\(lead)" }
        /// A touch that can be deleted without another word.
        let touch: String

        static let words = [
            "Zenobia", "Palmyra", "zenobia@palmyra.example", "+49-555-0199", "visitor-zx81", "visitor-late",
            "liked the blue one", "never called back", "ring at noon", "secret-custom", "hub-4711", "Queen-Title",
            "vip-tag", "landing-zx81", "referrer-zx81", "touch-custom", "Septimia", "gone-visitor-zx",
            "told us her age", "moved-outcome", "too dear for Palmy", "thinks again", "unnamed-outcome",
            "form-zx81", "said on recycling", "said on rejecting", "said on scoring", "<zx81> bounced",
            "+49-keyed", "keyed-outcome",
        ]

        init(_ server: RunningServer) throws {
            let raj = try server.make("users", #"{"name":"Raj","role":"sales_representative"}"#)
            let campaign = try server.make("campaigns", #"{"name":"Autumn","channel":"search"}"#)
            for type in ["click", "visit"] {
                let about = #""visitor_id":"visitor-zx81","campaign_id":"\#(campaign)""#
                try server.post("/v1/touches", #"{\#(about),"type":"\#(type)","custom":{"a":"touch-custom"}}"#)
            }
            lead = try server.make(
                "leads",
                #"""
                {"name":"Zenobia Palmyra","email":"zenobia@palmyra.example","phone":"+49-555-0199",\#
                "visitor_ids":["visitor-zx81"],"tags":["vip-tag"],"title":"Queen-Title","captured_at":"2026-02-03",\#
                "source":{"channel":"search","campaign_id":"\#(campaign)",\#
                "landing_page":"https://x.example/landing-zx81","referrer":"https://x.example/referrer-zx81"},\#
                "custom":{"note":"secret-custom"},"external_ids":{"hubspot":"hub-4711"}}
                """#)
            let path = "/v1/leads/\(lead)"
            try server.patch(path, #"{"name":"Septimia Zenobia"}"#)
            try server.patch(path, #"{"custom":{"note":null,"age":"told us her age"}}"#)
            touch = try server.make(
                "touches", #"{"lead_id":"\#(lead)","visitor_id":"gone-visitor-zx","type":"visit","channel":"email"}"#)
            try server.post("/v1/activities", #"{"lead_id":"\#(lead)","type":"call","outcome":"liked the blue one"}"#)
            try server.post(
                "/v1/forms",
                #"{"email":"zenobia@palmyra.example","consents_to_email":true,"url":"https://x.example/?m=form-zx81"}"#)
            try Self.failToMail(lead, server)
            try Self.writeReasons(of: lead, raj, server)
            let handOff = try #require(
                try server.post("\(path)/handoff", #"{"to":"\#(raj)","note":"ring at noon"}"#)["id"]?.text)
            try server.post("/v1/handoffs/\(handOff)/accept")
            // A snapshot in the middle: what came before it is in the journal too.
            try server.post("/internal/snapshot")
            try server.post(
                "/v1/batch",
                #"""
                {"operations":[{"method":"PATCH","path":"\#(path)","body":{"phone":"+49-555-0100"}},\#
                {"method":"PATCH","path":"\#(path)","body":{"phone":null,"company":"Palmyra"}}]}
                """#)
            let amount = #""amount":{"amount":5000,"currency":"EUR"}"#
            let deal = try server.make(
                "deals", #"{"name":"D","lead_ids":["\#(lead)"],"owner_id":"\#(raj)",\#(amount)}"#)
            try Self.writeWithoutName(of: deal, server)
            try server.post("/v1/deals/\(deal)/win")
            let about = #""deal_id":"\#(deal)","lead_id":"\#(lead)""#
            try server.post("/v1/activities", #"{\#(about),"type":"note","outcome":"never called back"}"#)
            let keyed = try server.curl(
                "/v1/touches", ["-H", "Idempotency-Key: k"],
                json: #"{"visitor_id":"visitor-late","lead_id":"\#(lead)","type":"form","channel":"content"}"#)
            #expect(keyed.status == 201, "\(keyed.body)")
            try Self.put("leads?by=email", #"{"email":"zenobia@palmyra.example","phone":"+49-keyed"}"#, server)
            // Somebody else, whom nothing of this may touch.
            let bystander = try server.make("leads", #"{"name":"Bystander","external_ids":{"hubspot":"1"}}"#)
            let shared = try server.make(
                "deals", #"{"name":"E","lead_ids":["\#(lead)","\#(bystander)"],"owner_id":"\#(raj)",\#(amount)}"#)
            try server.post("/v1/objections", #"{"deal_id":"\#(shared)","category":"price","quote":"said by two"}"#)
        }

        /// What a mail server says of a mail that it does not take names whom it is for.
        private static func failToMail(_ lead: String, _ server: RunningServer) throws {
            let content = try server.make("contents", #"{"title":"C","kind":"article"}"#)
            let steps = #"[{"kind":"send","content_id":"\#(content)"}]"#
            let nurture = try server.make("nurtures", #"{"name":"N","status":"active","steps":\#(steps)}"#)
            try server.post("/v1/nurtures/\(nurture)/enroll", #"{"lead_id":"\#(lead)"}"#)
            while try server.get("/v1/touches?delivery=queued&count=true")["count"] == 0 {}
            let mail = try #require(try server.get("/v1/touches?delivery=queued")["data"]?.elements?.first?["id"]?.text)
            try server.post("/v1/touches/\(mail)/deliver", #"{"failure":"<zx81> bounced"}"#)
        }

        /// A no is never silent, and why it was said is said of the person.
        private static func writeReasons(of lead: String, _ rep: String, _ server: RunningServer) throws {
            let path = "/v1/leads/\(lead)"
            try server.post("\(path)/qualify")
            try server.post("\(path)/recycle", #"{"reason":"said on recycling"}"#)
            try server.post("\(path)/adjust-score", #"{"points":7,"reason":"said on scoring"}"#)
            try server.post("\(path)/qualify")
            let handOff = try #require(try server.post("\(path)/handoff", #"{"to":"\#(rep)"}"#)["id"]?.text)
            try server.post(
                "/v1/handoffs/\(handOff)/reject", #"{"reason":"said on rejecting","reason_code":"not_ready"}"#)
        }

        /// What says no name and can be of nobody else: the deal has that lead alone.
        private static func writeWithoutName(of deal: String, _ server: RunningServer) throws {
            let objection = try server.make(
                "objections", #"{"deal_id":"\#(deal)","category":"price","quote":"too dear for Palmy"}"#)
            try server.patch("/v1/objections/\(objection)", #"{"quote":"thinks again"}"#)
            try server.post(
                "/v1/activities", #"{"deal_id":"\#(deal)","type":"note","outcome":"unnamed-outcome"}"#)
            try put(
                "activities?by=external_ids.own",
                #"{"deal_id":"\#(deal)","type":"note","outcome":"keyed-outcome","external_ids":{"own":"1"}}"#, server)
        }

        /// What is answered to a key is kept for a day.
        private static func put(_ path: String, _ body: String, _ server: RunningServer) throws {
            let answer = try server.curl("/v1/\(path)", ["-X", "PUT", "-H", "Idempotency-Key: \(path)"], json: body)
            #expect((200...201).contains(answer.status), "\(answer.body)")
        }
    }

    private static let figures = [
        "/v1/reports/objections", "/v1/metrics/revenue?group_by=channel", "/v1/metrics/revenue?group_by=owner,month",
        "/v1/metrics/revenue?as_of=2026-03-01", "/v1/metrics/handoff_acceptance?group_by=campaign",
        "/v1/metrics/win_rate?group_by=source", "/v1/metrics/leads_created?group_by=campaign,month",
        "/v1/metrics/leads_created?as_of=2026-03-01&group_by=stage", "/v1/metrics/deals_open?as_of=2026-11-01",
        "/v1/reports/funnel", "/v1/reports/funnel?group_by=channel",
    ]

    /// What is counted, without when and in which state it was asked for.
    private static func figures(_ server: RunningServer) throws -> [JSON] {
        func counted(_ json: JSON) -> JSON {
            switch json {
            case .array(let elements): .array(elements.map(counted))
            case .object(let members):
                .object(
                    members.filter { !["as_of", "to", "seq", "rows"].contains($0.name) }
                        .map { .init($0.name, counted($0.value)) })
            default: json
            }
        }
        return try figures.map { counted(try server.get($0)) }
    }

    /// The words of the person that stand in any file of the folder.
    private static func found(in folder: String) throws -> [String] {
        try Person.words.filter { try run("/bin/grep", ["-rqF", $0, folder]).status == 0 }
    }

    @Test("takes a person out of everything, and no figure changes", .timeLimit(.minutes(10)))
    func erasing() throws {
        let folder = TemporaryFolder()
        let data = "\(folder.path)/data"
        var server = try RunningServer(["--open", "--segment-bytes", "4096"], in: folder)
        let person = try Person(server)
        let before = try Self.figures(server)
        #expect(Set(try Self.found(in: data)) == Set(Person.words).subtracting(["moved-outcome"]))

        let answer = try server.curl("\(person.path)/erase", ["-X", "POST"])
        #expect(answer.status == 200, "\(answer.body)")
        #expect(try answer.json()["stage"] == "customer", "what figures rest on stays")
        #expect(try Self.found(in: data) == [])
        for isRestarted in [false, true] {
            if isRestarted {
                server.kill()
                server = try RunningServer(["--open", "--segment-bytes", "4096"], in: folder)
            }
            try expectNothing(of: person, on: server)
            try expectRefusals(of: person, on: server)
            #expect(try Self.figures(server) == before)
        }
        #expect(server.stop() == 0)
        #expect(try Self.found(in: data) == [])
        let check = try run(RunningServer.binary, ["check", "--data", data])
        #expect(check.status == 0, "\(check.errors)")
        #expect(check.output.contains("is whole"))
        #expect(check.output.split(separator: "\n").count == 1, "no remarks: \(check.output)")
        // The address is free for whoever comes with it.
        let anew = try RunningServer(["--open"], in: folder)
        #expect(try anew.post("/v1/leads", #"{"email":"zenobia@palmyra.example"}"#)["version"] == 1)
    }

    private func expectNothing(of person: Person, on server: RunningServer) throws {
        for path in [
            person.path, "\(person.path)/history", "\(person.path)/export", "\(person.path)/journey",
            "/v1/changes?limit=500", "/v1/leads", "/v1/touches", "/v1/objections", "/v1/insights",
            "/v1/activities", "/v1/handoffs", "/v1/deals",
        ] {
            let answer = try server.curl(path)
            #expect(answer.status == 200)
            #expect(Person.words.filter { answer.body.contains($0) } == [], "\(path)")
        }
        for query in [
            "q=zenobia", "q=palmyra", "email=zenobia@palmyra.example", "visitor_ids=visitor-zx81", "tags=vip-tag",
            "external_ids.hubspot=hub-4711", "custom.age.ne=null",
        ] { #expect(try server.get("/v1/leads?\(query)")["data"] == [], "\(query)") }
        #expect(try server.get("/v1/activities?q=blue")["data"] == [])
        #expect(try server.get("/v1/objections?q=said")["data"]?.elements?.count == 1, "two were there")
        #expect(try server.get("/v1/leads?q=bystander&external_ids.hubspot=1&count=true")["count"] == 1)
        #expect(try server.get("\(person.path)/history")["data"]?.elements?.first?["action"] == "erased")
    }

    private func expectRefusals(of person: Person, on server: RunningServer) throws {
        let again = try server.curl("\(person.path)/erase", ["-X", "POST"])
        #expect(again.status == 409)
        #expect(try again.json()["current"]?["erased_at"]?.text?.isEmpty == false)
        let members = [
            "name": #""Z""#, "email": #""z@x.example""#, "phone": #""1""#, "title": #""T""#, "company": #""C""#,
            "tags": #"["t"]"#, "custom": #"{"a":"b"}"#, "external_ids": #"{"a":"b"}"#, "visitor_ids": #"["v"]"#,
            "source": #"{"channel":"search","landing_page":"https://x.example/p"}"#,
        ]
        for (member, value) in members {
            let refused = try server.patch(person.path, #"{"\#(member)":\#(value)}"#)
            #expect(refused.status == 409, "\(member): \(refused.body)")
            #expect(refused.body.contains("An erased lead has no \(member)"), "\(refused.body)")
        }
        let put = #"{"email":"zenobia@palmyra.example","phone":"+49-keyed"}"#
        let repeated = try server.curl(
            "/v1/leads?by=email", ["-X", "PUT", "-H", "Idempotency-Key: leads?by=email"], json: put)
        #expect(repeated.status == 410 && repeated.body.contains("erased since"), "\(repeated.body)")
        let about = #""lead_id":"\#(person.lead)","type":"visit","channel":"email""#
        #expect(try server.curl("/v1/touches", json: #"{\#(about),"visitor_id":"v"}"#).status == 409)
    }

    @Test("is done again where something was said of the person since", .timeLimit(.minutes(10)))
    func again() throws {
        let server = try RunningServer(["--open"])
        let lead = try server.make("leads", #"{"name":"E"}"#)
        #expect(try server.curl("/v1/leads/\(lead)/erase", ["-X", "POST"]).status == 200)
        try server.post("/v1/activities", #"{"lead_id":"\#(lead)","type":"call","outcome":"said-since"}"#)
        try server.post(
            "/v1/touches",
            #"{"lead_id":"\#(lead)","type":"visit","channel":"email","url":"https://x.example/said-since"}"#)
        try server.post("/v1/leads/\(lead)/adjust-score", #"{"points":1,"reason":"said-since"}"#)
        #expect(try server.patch("/v1/leads/\(lead)", #"{"region":"north"}"#).status == 200, "an action said it")
        let data = "\(server.folder.path)/data"
        #expect(try run("/bin/grep", ["-rqF", "said-since", data]).status == 0)
        #expect(try server.curl("/v1/leads/\(lead)/erase", ["-X", "POST"]).status == 200)
        #expect(try run("/bin/grep", ["-rqF", "said-since", data]).status == 1)
        #expect(try server.curl("/v1/leads/\(lead)/erase", ["-X", "POST"]).status == 409, "nothing came since")
    }

    @Test("is preceded by an export of everything", .timeLimit(.minutes(10)))
    func export() throws {
        let server = try RunningServer(["--open"])
        let person = try Person(server)
        let export = try server.curl("\(person.path)/export")
        #expect(export.status == 200)
        #expect(Person.words.filter { !export.body.contains($0) } == ["moved-outcome"])
        #expect(!export.body.contains("Bystander"))
        let json = try export.json()
        #expect(json["lead"]?["id"]?.text == person.lead)
        for (resource, count) in [
            ("touches", 6), ("activities", 4), ("handoffs", 2), ("deals", 2), ("objections", 1),
        ] {
            #expect(json[resource]?.elements?.count == count, "\(resource)")
        }
        #expect((json["versions"]?.elements?.count ?? 0) >= 8)
    }

    @Test("takes a buyer's words out of the insight that repeats them", .timeLimit(.minutes(10)))
    func insight() throws {
        let server = try RunningServer(["--open"])
        let lead = try server.make("leads", #"{"name":"A"}"#)
        let deal = try server.make("deals", #"{"name":"D"}"#)
        _ = try server.make("objections", #"{"deal_id":"\#(deal)","category":"price","quote":"Zenobia says no"}"#)
        let changed = try server.curl("/v1/deals/\(deal)", ["-X", "PATCH"], json: #"{"lead_ids":["\#(lead)"]}"#)
        #expect(changed.status == 200, "\(changed.body)")
        #expect(try server.curl("/v1/leads/\(lead)/erase", ["-X", "POST"]).status == 200)
        #expect(try server.get("/v1/insights?count=true")["count"] == 1)
        #expect(try Self.found(in: "\(server.folder.path)/data") == [])
    }

    @Test("leaves nothing of the person in what was told of a refused row", .timeLimit(.minutes(10)))
    func refusedRow() throws {
        let server = try RunningServer(["--open"])
        let lead = try server.make("leads", #"{"name":"Zenobia","visitor_ids":["visitor-zx81"]}"#)
        let other = try server.make("leads", #"{"name":"Other"}"#)
        let file = "\(server.folder.path)/touches"
        try #"{"visitor_id":"visitor-zx81","lead_id":"\#(other)","type":"visit","channel":"email"}"#.write(
            toFile: file, atomically: true, encoding: .utf8)
        // With a key the report is kept for who asks again.
        let refused = try server.curl(
            "/v1/touches",
            ["-H", "Content-Type: application/x-ndjson", "-H", "Idempotency-Key: k", "--data-binary", "@\(file)"])
        #expect(try refused.json()["refused"]?.elements?.count == 1)
        #expect(refused.body.contains("a visitor is one lead"))
        #expect(try server.curl("/v1/leads/\(lead)/erase", ["-X", "POST"]).status == 200)
        #expect(try Self.found(in: "\(server.folder.path)/data") == [])
    }
}
