import Foundation
import JSON
import Testing

/// What the present no longer has: deleted leads, and records that were about a lead once.
@Suite("An erasure of what is gone", .timeLimit(.minutes(10)))
struct ErasureOfThePastTests {
    private static let words = [
        "Zenobia", "zenobia@palmyra.example", "visitor-zx81", "gone-visitor", "gone-outcome", "moved-outcome", "zx-tag",
    ]

    private let folder = TemporaryFolder()
    private var data: String { "\(folder.path)/data" }

    /// Segments of a few entries each, so that what is erased lies in many.
    private func start() throws -> RunningServer {
        try RunningServer(["--open", "--segment-bytes", "4096"], in: folder)
    }

    /// A lead, with what was about it: a touch that is deleted, one from before it had a name, an activity that is
    /// deleted, and one that is another lead's now.
    private func makeLead(_ server: RunningServer, other: String) throws -> String {
        let visit = try server.make("touches", #"{"visitor_id":"visitor-zx81","type":"visit","channel":"email"}"#)
        let lead = try server.make(
            "leads", #"{"name":"Zenobia","email":"zenobia@palmyra.example","visitor_ids":["visitor-zx81"]}"#)
        try server.patch("/v1/leads/\(lead)", #"{"tags":["zx-tag"]}"#)
        let touch = try server.make(
            "touches", #"{"lead_id":"\#(lead)","visitor_id":"gone-visitor","type":"visit","channel":"email"}"#)
        let about = #""lead_id":"\#(lead)","type":"call""#
        let call = try server.make("activities", #"{\#(about),"outcome":"gone-outcome"}"#)
        try server.post("/internal/snapshot")
        for path in ["touches/\(touch)", "activities/\(call)", "touches/\(visit)"] {
            #expect(try server.delete("/v1/\(path)").status == 204)
        }
        let moved = try server.make("activities", #"{\#(about),"outcome":"moved-outcome"}"#)
        let given = try server.patch("/v1/activities/\(moved)", #"{"lead_id":"\#(other)","outcome":"bobs-outcome"}"#)
        #expect(given.status == 200)
        return lead
    }

    /// Another lead, whom nothing of this may touch, though an activity of his becomes the first lead's.
    private func makeOther(_ server: RunningServer) throws -> String {
        let other = try server.make("leads", #"{"name":"Bob","email":"bob@x.example"}"#)
        let about = #""lead_id":"\#(other)""#
        try server.post("/v1/touches", #"{\#(about),"visitor_id":"bobs","type":"visit","channel":"email"}"#)
        try server.post("/v1/activities", #"{\#(about),"type":"call","outcome":"bobs-call"}"#)
        return other
    }

    private func erase(_ server: RunningServer, _ lead: String, _ arguments: [String] = []) throws -> Answer {
        try server.curl("/v1/leads/\(lead)/erase", ["-X", "POST"] + arguments)
    }

    /// The words of the person that stand in any file of the folder.
    private func found() throws -> [String] {
        try Self.words.filter { try run("/bin/grep", ["-rqF", $0, data]).status == 0 }
    }

    /// The lines of the journal with some text and without another.
    private func lines(with text: String, without other: String) throws -> [Substring] {
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(data)/journal").sorted()
        return try names.flatMap { name in
            try String(contentsOfFile: "\(data)/journal/\(name)", encoding: .utf8).split(separator: "\n")
        }.filter { $0.contains(text) && !$0.contains(other) }
    }

    private func expectWhole() throws {
        let check = try run(RunningServer.binary, ["check", "--data", data])
        #expect(check.status == 0, "\(check.errors)")
        #expect(check.output.split(separator: "\n").count == 1, "no remarks: \(check.output)")
    }

    @Test("reaches what was deleted before, or was about the person once, and nothing of another")
    func wasAbout() throws {
        let server = try start()
        let other = try makeOther(server)
        let lead = try makeLead(server, other: other)
        #expect(try found() == Self.words)
        let before = try lines(with: other, without: lead)
        #expect(before.count == 4, "Bob himself, his touch, his call, and the call that became his")
        #expect(try erase(server, lead).status == 200)
        #expect(try found() == [])
        #expect(try lines(with: other, without: lead) == before)
        #expect(server.stop() == 0)
        try expectWhole()
    }

    @Test("leaves of an activity what it was about others, before and after")
    func movedActivity() throws {
        let server = try start()
        let other = try makeOther(server)
        let lead = try server.make("leads", #"{"name":"Zenobia"}"#)
        let moved = try server.make("activities", #"{"lead_id":"\#(other)","type":"call","outcome":"bobs-outcome"}"#)
        for (owner, outcome) in [(lead, "moved-outcome"), (lead, "gone-outcome"), (other, "bobs-later")] {
            try server.patch("/v1/activities/\(moved)", #"{"lead_id":"\#(owner)","outcome":"\#(outcome)"}"#)
        }
        #expect(try erase(server, lead).status == 200)
        #expect(try found() == [])
        let versions = try server.get("/v1/activities/\(moved)/history")["data"]?.elements ?? []
        #expect(versions.map { $0["record"]?["outcome"] } == ["bobs-later", .null, .null, "bobs-outcome"])
    }

    @Test("reaches what was another lead's while they were merged, and leaves that lead what is its own")
    func parted() throws {
        let server = try start()
        let other = try makeOther(server)
        let lead = try server.make(
            "leads", #"{"name":"Zenobia","email":"zenobia@palmyra.example","tags":["zx-tag"]}"#)
        let call = try server.make("activities", #"{"lead_id":"\#(lead)","type":"call","outcome":"moved-outcome"}"#)
        _ = try server.make(
            "touches", #"{"lead_id":"\#(lead)","visitor_id":"visitor-zx81","type":"visit","channel":"email"}"#)
        let fields = #""fields":{"name":"from","email":"from"}"#
        let merge = try server.post("/v1/leads/\(other)/merge", #"{"from":"\#(lead)",\#(fields)}"#)
        #expect(try server.get("/v1/leads/\(other)")["merged_ids"] == [.string(lead)])
        try server.patch("/v1/activities/\(call)", #"{"outcome":"gone-outcome"}"#)
        try server.patch("/v1/leads/\(other)", #"{"title":"Augusta"}"#)
        try server.post("/internal/snapshot")
        #expect(try server.curl("/v1/merges/\(merge["id"]?.text ?? "")/unmerge", ["-X", "POST"]).status == 200)
        #expect(try found().count == 6)
        let export = try server.get("/v1/leads/\(lead)/export")
        #expect(export["merges"]?.elements?.first?["from"]?.text?.contains("Zenobia") == true)
        let before = try lines(with: other, without: lead)
        #expect(before.count == 4, "Bob himself, his touch, his call, and the call that was his meanwhile")
        #expect(try erase(server, lead).status == 200)
        #expect(try found() == [])
        #expect(try lines(with: other, without: lead).filter(before.contains).count == 3)
        let bob = try server.get("/v1/leads/\(other)")
        #expect(bob["name"] == "Bob" && bob["email"] == "bob@x.example" && bob["title"] == "Augusta")
        #expect(try server.get("/v1/activities/\(call)")["lead_id"]?.text == lead)
        #expect(server.stop() == 0)
        try expectWhole()
    }

    @Test("reaches what went on to a third by another merge, what was deleted there, and what those merges keep")
    func partedTwice() throws {
        let server = try start()
        let other = try makeOther(server)
        let third = try server.make("leads", #"{"name":"Cleo"}"#)
        let lead = try server.make(
            "leads", #"{"name":"Zenobia","email":"zenobia@palmyra.example","tags":["zx-tag"]}"#)
        func call(_ lead: String, _ outcome: String) throws -> String {
            try server.make("activities", #"{"lead_id":"\#(lead)","type":"call","outcome":"\#(outcome)"}"#)
        }
        let calls = [try call(lead, "moved-outcome"), try call(lead, "gone-outcome"), try call(other, "bobs-gone")]
        let deal = try server.make("deals", #"{"name":"D","lead_ids":["\#(lead)"],"custom":{"a":"of-the-deal"}}"#)
        let merges = try [(other, lead), (third, other)].map { into, from in
            try #require(try server.post("/v1/leads/\(into)/merge", #"{"from":"\#(from)"}"#)["id"]?.text)
        }
        try server.patch("/v1/activities/\(calls[0])", #"{"outcome":"gone-visitor"}"#)
        try server.patch("/v1/activities/\(calls[1])", #"{"outcome":"visitor-zx81"}"#)
        for call in calls.dropFirst() { #expect(try server.delete("/v1/activities/\(call)").status == 204) }
        #expect(try server.delete("/v1/deals/\(deal)").status == 204)
        try server.post("/internal/snapshot")
        for merge in merges.reversed() {
            #expect(try server.curl("/v1/merges/\(merge)/unmerge", ["-X", "POST"]).status == 200)
        }
        #expect(try found().count == 7)
        #expect(try erase(server, lead).status == 200)
        #expect(try found() == [])
        #expect(try server.get("/v1/activities/\(calls[0])")["lead_id"]?.text == lead)
        for (lead, name) in [(other, "Bob"), (third, "Cleo")] {
            #expect(try server.get("/v1/leads/\(lead)")["name"]?.text == name)
        }
        // A deal is about nobody alone, and Bob's are his.
        for word in ["bobs-call", "bobs-gone", "bob@x.example", "of-the-deal"] {
            #expect(try run("/bin/grep", ["-rqF", word, data]).status == 0, "\(word)")
        }
        #expect(try erase(server, lead).status == 409, "nothing is left")
        #expect(server.stop() == 0)
        try expectWhole()
    }

    @Test("reaches what was of a third while that was one with who is one with the person now")
    func partedFromOneOfTheErased() throws {
        let server = try start()
        let leads = try ["Zenobia", "Bob", "Cleo", "gone-visitor"].map {
            try server.make("leads", #"{"name":"\#($0)"}"#)
        }
        let call = try server.make(
            "activities", #"{"lead_id":"\#(leads[0])","type":"call","outcome":"moved-outcome"}"#)
        func merge(_ from: Int, into: Int) throws -> String {
            let merged = try server.post("/v1/leads/\(leads[into])/merge", #"{"from":"\#(leads[from])"}"#)
            return try #require(merged["id"]?.text)
        }
        var merges = [try merge(0, into: 1), try merge(1, into: 2)]
        try server.patch("/v1/activities/\(call)", #"{"outcome":"gone-outcome"}"#)
        merges.append(try merge(2, into: 3))
        for merge in merges.reversed() {
            #expect(try server.curl("/v1/merges/\(merge)/unmerge", ["-X", "POST"]).status == 200)
        }
        _ = try merge(3, into: 0)
        #expect(try found().count == 4)
        #expect(try erase(server, leads[0]).status == 200)
        #expect(try found() == [])
        #expect(try server.get("/v1/leads/\(leads[1])")["name"] == "Bob")
        #expect(try server.get("/v1/leads/\(leads[2])")["name"] == "Cleo")
        #expect(server.stop() == 0)
        try expectWhole()
    }

    @Test("reaches who was merged into whom was merged into the person, also by merges that were taken back")
    func mergedInto() throws {
        let server = try start()
        let other = try makeOther(server)
        let first = try server.make("leads", #"{"name":"Zenobia","email":"zenobia@palmyra.example"}"#)
        _ = try server.make(
            "touches", #"{"lead_id":"\#(first)","visitor_id":"visitor-zx81","type":"visit","channel":"email"}"#)
        let second = try server.make("leads", #"{"name":"gone-visitor","tags":["zx-tag"]}"#)
        let last = try server.make("leads", #"{"name":"gone-outcome"}"#)
        let merges = try [(other, second), (second, first), (last, second)].map { into, from in
            let merge = try server.post("/v1/leads/\(into)/merge", #"{"from":"\#(from)"}"#)
            let id = merge["id"]?.text ?? ""
            if into == other { #expect(try server.curl("/v1/merges/\(id)/unmerge", ["-X", "POST"]).status == 200) }
            return id
        }
        try server.post("/internal/snapshot")
        let export = try server.get("/v1/leads/\(last)/export")
        #expect(Set(export["merges"]?.elements?.compactMap { $0["id"]?.text } ?? []) == Set(merges))
        #expect(try found().count == 6)
        #expect(try erase(server, last).status == 200)
        #expect(try found() == [])
        #expect(try server.get("/v1/leads/\(other)")["name"] == "Bob")
        #expect(server.stop() == 0)
        try expectWhole()
        #expect(try found() == [])
    }

    @Test("takes a deleted lead out of everything, once, and is repeated by its key")
    func deletedLead() throws {
        var server = try start()
        let lead = try makeLead(server, other: try makeOther(server))
        #expect(try server.delete("/v1/leads/\(lead)").status == 204)
        #expect(try found() == Self.words)
        let key = ["-H", "Idempotency-Key: k"]
        let answer = try erase(server, lead, key)
        #expect(answer.status == 200, "\(answer.body)")
        #expect(try answer.json() == ["id": .string(lead), "deleted": true])
        for isRestarted in [false, true] {
            if isRestarted {
                server.kill()
                server = try start()
            }
            #expect(try found() == [])
            try expectHistory(of: lead, on: server)
            let again = try erase(server, lead, key)
            #expect(again.status == 200 && again.body == answer.body && again.seq == answer.seq)
            let second = try erase(server, lead)
            #expect(second.status == 409)
            #expect(try second.json()["current"] == ["deleted": true])
        }
        #expect(server.stop() == 0)
        #expect(try found() == [])
        try expectWhole()
    }

    private func expectHistory(of lead: String, on server: RunningServer) throws {
        let history = try server.get("/v1/leads/\(lead)/history")["data"]?.elements ?? []
        #expect(history.compactMap { $0["action"]?.text } == ["erased", "deleted", "changed", "changed", "created"])
        let stages = history.compactMap { $0["record"]?["stage"]?.text }
        #expect(stages == ["lead", "lead", "lead"], "what is not personal stays")
        for path in ["/v1/leads/\(lead)/history", "/v1/leads/\(lead)/export", "/v1/changes?limit=500"] {
            let answer = try server.curl(path)
            #expect(answer.status == 200)
            #expect(Self.words.filter { answer.body.contains($0) } == [])
        }
    }

    @Test("is refused where there never was such a lead, and where a version is named of one that is gone")
    func refusals() throws {
        let server = try start()
        let lead = try server.make("leads", #"{"name":"Zenobia"}"#)
        let never = try server.make("users", #"{"name":"U","role":"sales_representative"}"#).dropFirst(5)
        for id in ["lead_\(never)", "nonsense"] { #expect(try erase(server, id).status == 404) }
        #expect(try server.delete("/v1/leads/\(lead)").status == 204)
        #expect(try erase(server, lead, ["-H", "If-Match: \"1\""]).status == 404)
        #expect(try found() == ["Zenobia"], "a refused erasure changes nothing")
        #expect(try erase(server, lead).status == 200)
    }

    @Test("of a lead that was erased before it was deleted is refused")
    func erasedThenDeleted() throws {
        let server = try start()
        let lead = try server.make("leads", #"{"name":"Zenobia"}"#)
        #expect(try erase(server, lead).status == 200)
        try server.patch("/v1/leads/\(lead)", #"{"company":"none"}"#)
        #expect(try server.delete("/v1/leads/\(lead)").status == 204)
        #expect(try erase(server, lead).status == 409)
    }

    @Test("that is not finished is not said to be done to the same request again")
    func repeatedUnfinished() throws {
        let server = try start()
        let lead = try makeLead(server, other: try makeOther(server))
        let obstacle = "\(data)/journal/writing"
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
        let key = ["-H", "Idempotency-Key: k"]
        for _ in 0..<2 { #expect(try erase(server, lead, key).status == 503) }
        try FileManager.default.removeItem(atPath: obstacle)
        let again = try erase(server, lead, key)
        #expect(again.status == 200 && again.field("Idempotent-Replayed") == "true")
        #expect(try found() == [])
    }

    /// The first segment with the lead's line damaged, which a start after a snapshot does not read.
    private func damageFirstSegment() throws -> (path: String, whole: String) {
        let path = "\(data)/journal/00000000000000000001.jsonl"
        let whole = try String(contentsOfFile: path, encoding: .utf8)
        try whole.replacingOccurrences(of: "Zenobia", with: "Zenobi_").write(
            toFile: path, atomically: true, encoding: .utf8)
        return (path, whole)
    }

    @Test("does not keep the server from starting where it cannot be finished")
    func unfinishable() throws {
        var server = try start()
        let lead = try makeLead(server, other: try makeOther(server))
        let obstacle = "\(data)/journal/writing"
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
        #expect(try erase(server, lead).status == 503)
        try server.post("/internal/snapshot")
        server.kill()
        try FileManager.default.removeItem(atPath: obstacle)
        let (path, whole) = try damageFirstSegment()
        server = try start()
        #expect(try server.get("/v1/leads/\(lead)")["name"] == .null)
        #expect(try server.curl("/internal/erasures", json: "{}").status == 503)
        try whole.write(toFile: path, atomically: true, encoding: .utf8)
        try server.post("/internal/erasures")
        #expect(try found() == [])
    }

    @Test("is done by the next start where a fault and a crash kept the server from it")
    func crashed() throws {
        var server = try start()
        let lead = try makeLead(server, other: try makeOther(server))
        #expect(try server.delete("/v1/leads/\(lead)").status == 204)
        // Where a directory has the name, no segment can be written anew.
        let obstacle = "\(data)/journal/writing"
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
        #expect(try erase(server, lead).status == 503)
        server.kill()
        #expect(try found() == Self.words)
        try FileManager.default.removeItem(atPath: obstacle)
        server = try start()
        #expect(try found() == [])
        try expectHistory(of: lead, on: server)
    }

    @Test("of a person leaves the words of one who was the same person for a while", .timeLimit(.minutes(10)))
    func partedBefore() throws {
        let server = try RunningServer(["--open"])
        let (ann, pia) = (try server.make("leads", #"{"name":"Ann"}"#), try server.make("leads", #"{"name":"Pia"}"#))
        let merge = try server.post("/v1/leads/\(ann)/merge", #"{"from":"\#(pia)"}"#)
        try server.post("/v1/merges/\(merge["id"]?.text ?? "")/unmerge")
        let amount = #""amount":{"amount":1,"currency":"EUR"}"#
        let deal = try server.make("deals", #"{"name":"D","lead_ids":["\#(ann)"],\#(amount)}"#)
        let call = try server.make(
            "activities",
            #"{"deal_id":"\#(deal)","lead_id":"\#(pia)","type":"call","outcome":"too dear for pia"}"#)
        try server.patch("/v1/activities/\(call)", #"{"lead_id":null,"outcome":"too dear for nobody"}"#)
        #expect(try server.curl("/v1/leads/\(ann)/erase", ["-X", "POST"]).status == 200)
        let data = "\(server.folder.path)/data"
        #expect(try run("/bin/grep", ["-rqF", "too dear for nobody", data]).status == 1)
        #expect(try run("/bin/grep", ["-rqF", "too dear for pia", data]).status == 0)
    }
}
