import Foundation
import JSON
import Testing

@Suite("Sales, by curl", .timeLimit(.minutes(5)))
struct SalesTests {
    @Test("tells a user what is due on a day, in the zone asked for, and what only who owns it sees")
    func agenda() throws {
        let server = try RunningServer()
        let rosa = try server.make("users", #"{"name": "Rosa", "role": "sales_representative"}"#)
        let kurt = try server.make("users", #"{"name": "Kurt", "role": "sales_representative"}"#)
        let lead = try server.make("leads", #"{"name": "Ada", "stage": "mql"}"#)
        let early = try server.make(
            "activities", #"{"type": "task", "subject": "a", "due_on": "2026-03-02", "user_id": "\#(rosa)"}"#)
        let task = try server.make(
            "activities", #"{"type": "task", "subject": "b", "due_on": "2026-03-03", "user_id": "\#(rosa)"}"#)
        _ = try server.make(
            "activities", #"{"type": "task", "subject": "c", "due_on": "2026-03-04", "user_id": "\#(rosa)"}"#)
        _ = try server.make(
            "activities", #"{"type": "task", "subject": "d", "due_on": "2026-03-01", "user_id": "\#(kurt)"}"#)
        let meeting = try server.make(
            "activities",
            #"{"type": "meeting", "lead_id": "\#(lead)", "user_id": "\#(rosa)", "occurred_at": "2026-03-02T23:30:00Z"}"#
        )
        let deal = try server.make(
            "deals", #"{"name": "D", "owner_id": "\#(rosa)", "next_step": "call", "next_step_on": "2026-03-03"}"#)
        _ = try server.make(
            "deals", #"{"name": "E", "owner_id": "\#(rosa)", "next_step": "call", "next_step_on": "2026-03-04"}"#)
        let inquiry = try server.make(
            "inquiries",
            #"{"email": "x@example.com", "channel": "email", "owner_id": "\#(rosa)", "received_at": "2026-03-01T08:00:00Z"}"#
        )
        try server.post("/v1/leads/\(lead)/handoff", #"{"to": "\#(rosa)"}"#)

        func agenda(_ query: String, as key: String? = nil) throws -> [String: [String]] {
            let body = try server.curl("/v1/users/\(rosa)/agenda?\(query)", as: key).json()
            return Dictionary(
                uniqueKeysWithValues: ["tasks", "meetings", "next_steps", "inquiries", "handoffs"].map { name in
                    (name, (body[name]?.elements ?? []).compactMap { $0["id"]?.text })
                })
        }
        let berlin = try agenda("on=2026-03-03&tz=Europe/Berlin")
        #expect(
            berlin == [
                "tasks": [early, task], "meetings": [meeting], "next_steps": [deal], "inquiries": [inquiry],
                "handoffs": [],
            ])
        #expect(try agenda("on=2026-03-03")["meetings"] == [])
        #expect(try agenda("on=2026-03-02")["tasks"] == [early])
        #expect(try agenda("on=2100-01-01")["handoffs"]?.count == 1)
        try server.post("/v1/activities/\(early)/complete")
        #expect(try agenda("on=2026-03-03")["tasks"] == [task])
        let key = try #require(try server.post("/v1/keys", #"{"name": "Kurt", "user_id": "\#(kurt)"}"#)["key"]?.text)
        #expect(try agenda("on=2026-03-03", as: key)["tasks"] == [])
        for query in ["on=today", "tz=Mars", "day=2026-03-03"] {
            #expect(try server.curl("/v1/users/\(rosa)/agenda?\(query)").status == 400, "\(query)")
        }
        #expect(try server.curl("/v1/users/user_01jd0000000000000000000000/agenda").status == 404)
    }

    @Test(
        "gives one of two who win and lose a deal at once a success, and the other a 409 or 412",
        arguments: [true, false])
    func atOnce(_ hasVersion: Bool) throws {
        let server = try RunningServer()
        for _ in 0..<10 {
            let deal = try server.make("deals", #"{"name": "D", "amount": {"amount": 1, "currency": "EUR"}}"#)
            let script = """
                for what in 'win {}' 'lose {"reason":"price"}'; do
                    curl -s -o /dev/null -w '%{http_code}\\n' -H 'Authorization: Bearer \(server.key ?? "")' \
                        \(hasVersion ? "-H 'If-Match: \"1\"'" : "") -H 'Content-Type: application/json' \
                        -d "${what#* }" \(server.address)/v1/deals/\(deal)/${what%% *} &
                done
                wait
                """
            let statuses = try run("/bin/bash", ["-c", script]).output.split(separator: "\n").sorted()
            #expect(statuses == ["200", hasVersion ? "412" : "409"])
        }
    }
}
