import Foundation
import JSON
import Testing

@Suite("Marketing, by curl", .timeLimit(.minutes(5)))
struct MarketingTests {
    @Test("lists who is in a segment now, in pages, counted, sorted and narrowed like any list of leads")
    func members() throws {
        let server = try RunningServer()
        let segment = try server.make("segments", #"{"name": "VIP", "filter": "tags=vip"}"#)
        for name in ["Ada", "Bob", "Cy"] { _ = try server.make("leads", #"{"name": "\#(name)", "tags": ["vip"]}"#) }
        let dan = try server.make("leads", #"{"name": "Dan"}"#)
        let path = "/v1/segments/\(segment)/members"
        let page = try server.get("\(path)?count=true&limit=2&sort=-created_at")
        #expect(page["count"] == 3)
        #expect(page["data"]?.elements?.compactMap { $0["name"]?.text } == ["Cy", "Bob"])
        #expect(try server.pages("\(path)?limit=1").count == 3)
        #expect(try server.get("\(path)?q=ada&count=true")["count"] == 1)
        try server.patch("/v1/leads/\(dan)", #"{"tags": ["vip"]}"#)
        #expect(try server.get("\(path)?count=true&limit=1")["count"] == 4)
        #expect(try server.curl("\(path)?stge=lead").status == 400)
        #expect(try server.curl("/v1/segments/segment_01jd0000000000000000000000/members").status == 404)
    }

    @Test("takes observations as lines, says what it made and what it corrected by status, and counts them once")
    func observations() throws {
        let server = try RunningServer()
        let one = #"{"measure": "sessions", "channel": "search", "on": "2026-03-01", "value": 7}"#
        #expect(try server.curl("/v1/observations", json: one).status == 201)
        let again = try server.curl("/v1/observations", json: one.replacingOccurrences(of: "7", with: "8"))
        #expect(again.status == 200)
        #expect(again.field("Location") == nil)
        #expect(try again.json()["value"] == 8)
        let lines = (1...500).map {
            #"{"measure": "clicks", "channel": "search", "on": "2026-0\#($0 % 6 + 1)-1\#($0 % 9)", "value": \#($0)}"#
        }
        let folder = TemporaryFolder()
        try (lines.joined(separator: "\n") + "\n{}\n").write(
            toFile: "\(folder.path)/lines", atomically: true, encoding: .utf8)
        let arguments = ["-H", "Content-Type: application/x-ndjson", "--data-binary", "@\(folder.path)/lines"]
        let report = try server.curl("/v1/observations", arguments).json()
        #expect(report["created"] == 18)
        #expect(report["updated"] == 482)
        #expect(report["refused"]?.elements?.first?["row"] == 501)
        #expect(try server.count("observations") == 1 + 18)
    }

    @Test("tells what a campaign cost, and how a score adds up")
    func figures() throws {
        let server = try RunningServer()
        let campaign = try server.make(
            "campaigns",
            #"{"name": "C", "channel": "search", "budget": {"amount": 500, "currency": "EUR"}, "utm": {"campaign": "spring"}}"#
        )
        _ = try server.make(
            "observations",
            #"{"measure": "spend", "campaign_id": "\#(campaign)", "on": "2026-03-01", "amount": {"amount": 200, "currency": "EUR"}}"#
        )
        #expect(try server.get("/v1/campaigns/\(campaign)/spend")["remaining"]?["amount"] == 300)
        _ = try server.make(
            "scoring_rules",
            #"{"name": "Form", "kind": "engagement", "touch_type": "form", "points": 40, "half_life_days": 30}"#)
        _ = try server.make("settings", #"{"name": "C", "mql_score": 40}"#)
        let lead = try server.make("leads", #"{"name": "Ada"}"#)
        let touch = try server.post(
            "/v1/touches", #"{"lead_id": "\#(lead)", "type": "form", "url": "/demo?utm_campaign=Spring"}"#)
        #expect(touch["campaign_id"]?.text == campaign)
        let score = try server.get("/v1/leads/\(lead)/score")
        #expect(score["score"] == 40)
        #expect(score["entries"]?.elements?.first?["touch_id"] == touch["id"])
        #expect(try server.get("/v1/leads/\(lead)")["stage"] == "mql")
    }

    @Test("does by the clock of the server what is due, without being asked")
    func clock() throws {
        let server = try RunningServer()
        let content = try server.make("contents", #"{"title": "Why", "kind": "article"}"#)
        let nurture = try server.make(
            "nurtures",
            #"{"name": "N", "status": "active", "steps": [{"kind": "send", "content_id": "\#(content)"}]}"#)
        let lead = try server.make("leads", #"{"name": "Ada", "consent": {"email": "granted"}}"#)
        let enrolment = try #require(
            try server.post("/v1/nurtures/\(nurture)/enroll", #"{"lead_id": "\#(lead)"}"#)["id"]?.text)
        // The clock looks every second: whoever waits asks until it has.
        while try server.get("/v1/enrolments/\(enrolment)")["status"] == "active" {}
        #expect(try server.get("/v1/enrolments/\(enrolment)")["status"] == "completed")
        #expect(try server.get("/v1/touches?lead_id=\(lead)")["data"]?.elements?.first?["type"] == "email_sent")
        let feed = try server.get("/v1/changes?limit=500")["data"]?.elements ?? []
        #expect(feed.last?["actor"] == "timer")
    }

    /// Asks until what a path answers is as it should be.
    private func wait(_ server: RunningServer, _ path: String, _ isRight: (JSON) -> Bool) throws {
        while !isRight(try server.get(path)) {}
    }

    @Test("is a lead that two became in a nurture once, and both go on when they are parted")
    func mergedNurtures() throws {
        let server = try RunningServer()
        let nurture = try server.make(
            "nurtures",
            #"{"name": "N", "status": "active", "steps": [{"kind": "wait", "hours": 900}, {"kind": "wait", "hours": 9}]}"#
        )
        let (ada, bea) = (
            try server.make("leads", #"{"name": "Ada"}"#), try server.make("leads", #"{"name": "Bea"}"#)
        )
        let enroll = "/v1/nurtures/\(nurture)/enroll"
        let beas = try #require(try server.post(enroll, #"{"lead_id": "\#(bea)"}"#)["id"]?.text)
        try wait(server, "/v1/enrolments/\(beas)") { $0["step"] == 2 }
        let adas = try #require(try server.post(enroll, #"{"lead_id": "\#(ada)"}"#)["id"]?.text)
        let merge = try #require(
            try server.post("/v1/leads/\(ada)/merge", #"{"from": "\#(bea)"}"#)["id"]?.text)
        // The one that is further goes on, or of two alike the older.
        let left = try server.get("/v1/enrolments/\(adas)")
        #expect(left["status"] == "exited" && left["exit_reason"] == "merged", "\(left)")
        let goesOn = try server.get("/v1/enrolments/\(beas)")
        #expect(goesOn["status"] == "active" && goesOn["lead_id"]?.text == ada, "\(goesOn)")
        try server.post("/v1/merges/\(merge)/unmerge", "{}")
        for (enrolment, lead) in [(adas, ada), (beas, bea)] {
            let now = try server.get("/v1/enrolments/\(enrolment)")
            #expect(now["status"] == "active" && now["lead_id"]?.text == lead && now["ended_at"] == .null, "\(now)")
        }
        let gone = try server.make("leads", #"{"name": "Cy"}"#)
        #expect(try server.curl("/v1/leads/\(gone)/erase", ["-X", "POST"]).status == 200)
        #expect(try server.curl(enroll, json: #"{"lead_id": "\#(gone)"}"#).status == 409)
    }

    @Test("does what a nurture sends take out whom it qualifies, and is sent all the same")
    func qualifiedBySending() throws {
        let server = try RunningServer()
        _ = try server.make("settings", #"{"name": "C", "mql_score": 5}"#)
        _ = try server.make(
            "scoring_rules", #"{"name": "R", "kind": "engagement", "touch_type": "email_sent", "points": 60}"#)
        let content = try server.make("contents", #"{"title": "T", "kind": "article"}"#)
        let nurture = try server.make(
            "nurtures",
            #"{"name": "N", "status": "active", "steps": [{"kind": "send", "content_id": "\#(content)"}]}"#)
        let lead = try server.make("leads", #"{"name": "Ada", "consent": {"email": "granted"}}"#)
        let enrolment = try server.post("/v1/nurtures/\(nurture)/enroll", #"{"lead_id": "\#(lead)"}"#)
        let path = "/v1/enrolments/\(enrolment["id"]?.text ?? "")"
        try wait(server, path) { $0["timer_at"] == .null || $0["timer_at"] == nil }
        let ended = try server.get(path)
        #expect(ended["status"] == "exited" && ended["exit_reason"] == "qualified", "\(ended)")
        #expect(try server.get("/v1/leads/\(lead)")["stage"] == "mql")
        #expect(try server.get("/v1/touches?lead_id=\(lead)")["data"]?.elements?.first?["delivery"] == "queued")
    }

    @Test("is a delivery a touch at its time, by which rates are counted and scanners are told")
    func delivery() throws {
        let server = try RunningServer()
        let content = try server.make("contents", #"{"title": "T", "kind": "article"}"#)
        let campaign = try server.make("campaigns", #"{"name": "C", "channel": "email"}"#)
        let nurture = try server.make(
            "nurtures",
            #"{"name": "N", "status": "active", "campaign_id": "\#(campaign)", "steps": [{"kind": "send", "content_id": "\#(content)"}]}"#
        )
        let lead = try server.make(
            "leads", #"{"name": "Ada", "captured_at": "2026-01-05T00:00:00Z", "consent": {"email": "granted"}}"#)
        let enroll = "/v1/nurtures/\(nurture)/enroll"
        let early = #"{"lead_id": "\#(lead)", "at": "2026-01-04T00:00:00Z"}"#
        #expect(try server.curl(enroll, json: early).status == 409)
        let entered = "2026-01-06T00:00:00Z"
        let enrolment = try server.post(enroll, #"{"lead_id": "\#(lead)", "at": "\#(entered)"}"#)
        #expect(enrolment["entered_at"]?.text == entered)
        let touches = "/v1/touches?lead_id=\(lead)"
        try wait(server, touches) { $0["data"]?.elements?.isEmpty == false }
        let sent = try #require(try server.get(touches)["data"]?.elements?.first)
        let deliver = "/v1/touches/\(sent["id"]?.text ?? "")/deliver"
        #expect(try server.curl(deliver, json: #"{"at": "\#(entered)"}"#).status == 409)
        let message = try #require(try server.post(deliver, "{}")["message_id"]?.text)
        let delivered = try #require(try server.get(touches + "&type=email_delivered")["data"]?.elements?.first)
        #expect(delivered["message_id"]?.text == message && delivered["content_id"]?.text == content)
        let at = try #require(delivered["occurred_at"]?.text)
        for link in 0..<3 {
            _ = try server.make(
                "touches",
                #"{"lead_id": "\#(lead)", "channel": "email", "type": "email_click", "message_id": "<\#(message)@us.example>", "url": "https://x.example/\#(link)", "occurred_at": "\#(at)"}"#
            )
        }
        let clicks = try server.get(touches + "&type=email_click")["data"]?.elements ?? []
        #expect(clicks.count == 3 && clicks.allSatisfy { $0["suspected_bot"] == true }, "\(clicks)")
        #expect(
            clicks.allSatisfy { $0["campaign_id"]?.text == campaign && $0["message_id"]?.text == message }, "\(clicks)")
        #expect(try server.get("/v1/metrics/email_delivered?campaign=\(campaign)")["value"] == 1)
        #expect(try server.get("/v1/metrics/email_click_rate")["value"] == 0)
        // It left at its end, and is not taken out again before it came.
        let again = try server.post(enroll, #"{"lead_id": "\#(lead)", "at": "\#(entered)"}"#)["id"]?.text ?? ""
        let exit = try server.curl("/v1/enrolments/\(again)/exit", json: #"{"at": "2026-01-05T00:00:00Z"}"#)
        #expect(exit.status == 409, "\(exit.body)")
    }

    @Test("does a no that a visitor said hold for the lead that the visitor turns out to be")
    func visitorsNo() throws {
        let server = try RunningServer()
        for (way, consent) in [("patch", "denied"), ("touch", "denied"), ("said since", "granted")] {
            let lead = try server.make("leads", #"{"name": "Ada", "consent": {"email": "unknown"}}"#)
            let no = #"{"visitor_id": "\#(way)", "channel": "email", "type": "email_unsubscribe"}"#
            _ = try server.make("touches", no)
            switch way {
            case "patch": try server.patch("/v1/leads/\(lead)", #"{"visitor_ids": ["patch"]}"#)
            case "touch":
                _ = try server.make(
                    "touches",
                    #"{"lead_id": "\#(lead)", "visitor_id": "touch", "channel": "email", "type": "visit"}"#)
            default:
                try server.patch(
                    "/v1/leads/\(lead)", #"{"visitor_ids": ["said since"], "consent": {"email": "granted"}}"#)
            }
            #expect(try server.get("/v1/leads/\(lead)")["consent"]?["email"]?.text == consent, "\(way)")
            #expect(try server.get("/v1/touches?lead_id=\(lead)&type=email_unsubscribe&count=true")["count"] == 1)
        }
    }
}
