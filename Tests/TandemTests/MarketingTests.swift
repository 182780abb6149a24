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
}
