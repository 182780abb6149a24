import Foundation
import JSON
import Testing

@Suite("The past")
struct HistoryTests {
    /// A lead with versions of every kind, in entries 1 to 5: made, changed, changed twice by a batch, gone; and another.
    private struct Story {
        let lead: String
        let other: String

        init(_ server: RunningServer) throws {
            lead = try server.make("leads", #"{"name":"Ada","title":"one"}"#)
            try server.patch("/v1/leads/\(lead)", #"{"title":"two","company":"Acme"}"#)
            try server.post(
                "/v1/batch",
                #"""
                {"operations":[{"method":"PATCH","path":"/v1/leads/\#(lead)","body":{"title":"three"}},\#
                {"method":"PATCH","path":"/v1/leads/\#(lead)","body":{"title":"four"}}]}
                """#)
            try server.delete("/v1/leads/\(lead)")
            // Its answer is kept as a record of the program's own, which is nobody's business.
            let answer = try server.curl(
                "/v1/leads", ["-H", "Idempotency-Key: k"], json: #"{"name":"Bo"}"#)
            other = try #require(try answer.json()["id"]?.text)
        }
    }

    private static func texts(_ json: JSON?) -> [String] { (json?.elements ?? []).compactMap(\.text) }

    @Test("of a record tells who changed what and when, the newest first, gone or not", .timeLimit(.minutes(10)))
    func history() throws {
        let server = try RunningServer(["--open"])
        let story = try Story(server)
        let page = try server.get("/v1/leads/\(story.lead)/history")
        #expect(page["next"] == .null)
        #expect(page["forgotten_before"] == .null)
        let versions = page["data"]?.elements ?? []
        let expected: [(seq: JSON, action: JSON, changed: [String], title: JSON?, before: JSON?)] = [
            (4, "deleted", [], nil, nil), (3, "changed", ["title"], "four", "three"),
            (3, "changed", ["title"], "three", "two"),
            (2, "changed", ["company", "match_keys", "title"], "two", "one"),
            (1, "created", [], "one", nil),
        ]
        try #require(versions.count == expected.count, "\(versions)")
        for (version, row) in zip(versions, expected) {
            #expect(version["seq"] == row.seq)
            #expect(version["action"] == row.action)
            let changed = Self.texts(version["changed"]).filter { $0 != "updated_at" && $0 != "version" }
            #expect(changed.sorted() == row.changed)
            #expect(version["record"]?["title"] == row.title)
            #expect(version["previous"]?["title"] == row.before)
            #expect(version["actor"]?.text?.isEmpty == false)
            #expect(version["request"]?.text?.isEmpty == false)
            #expect(version["at"]?.text?.hasSuffix("Z") == true)
        }
        #expect(versions[3]["previous"]?["company"] == .null, "there was none")
        #expect(versions.compactMap { $0["version"]?.wholeNumber } == [4, 3, 2, 1])
    }

    @Test("names what was taken away, and what came back", .timeLimit(.minutes(10)))
    func takenAway() throws {
        let server = try RunningServer(["--open"])
        let about = #""name":"a","region":"EU","consent":{"email":"granted"},"phone":"+49 30 1""#
        let lead = try server.make("leads", "{\(about)}")
        try server.patch("/v1/leads/\(lead)", #"{"region":null,"consent":null,"phone":null}"#)
        try server.patch("/v1/leads/\(lead)", #"{"region":"US"}"#)
        let versions = try server.get("/v1/leads/\(lead)/history")["data"]?.elements ?? []
        #expect(Set(Self.texts(versions[1]["changed"])).isSuperset(of: ["region", "consent", "phone"]))
        #expect(versions[1]["previous"]?["region"] == "EU" && versions[1]["previous"]?["phone"] == "+49 30 1")
        #expect(versions[1]["previous"]?["consent"]?["email"] == "granted")
        #expect(versions[0]["previous"]?["region"] == .null, "there was none")

        let other = try server.make("leads", #"{"name":"b"}"#)
        let merge = try server.post("/v1/leads/\(lead)/merge", #"{"from":"\#(other)"}"#)
        try server.post("/v1/merges/\(merge["id"]?.text ?? "")/unmerge")
        let actions = try server.get("/v1/leads/\(other)/history")["data"]?.elements?.compactMap { $0["action"]?.text }
        #expect(actions == ["restored", "deleted", "created"])
        let last = try server.get("/v1/changes?after=0&limit=500")["data"]?.elements?.last?["changes"]?.elements ?? []
        #expect(last.first { $0["record_id"]?.text == other }?["action"] == "restored")
    }

    @Test("is of a text's bytes: letters that are composed otherwise are another text", .timeLimit(.minutes(10)))
    func composed() throws {
        let server = try RunningServer(["--open"])
        let lead = try server.make("leads", #"{"name":"Zo\u00eb","tags":["\u00e9"],"custom":{"a":"\u00e9"}}"#)
        for (member, value) in [
            ("name", #""Zoe\u0308""#), ("tags", #"["e\u0301"]"#), ("custom", #"{"a":"e\u0301"}"#),
        ] { try server.patch("/v1/leads/\(lead)", "{\"\(member)\":\(value)}") }
        let now = try server.get("/v1/leads/\(lead)")
        #expect(now["version"] == 4)
        #expect(now["name"] == "Zoe\u{308}" && now["tags"] == ["e\u{301}"] && now["custom"]?["a"] == "e\u{301}")
    }

    @Test("says whose key it was", .timeLimit(.minutes(10)))
    func actor() throws {
        let server = try RunningServer()
        let lead = try server.make("leads", #"{"name":"Ada"}"#)
        let version = try #require(try server.get("/v1/leads/\(lead)/history")["data"]?.elements?.first)
        #expect(version["actor"]?.text?.hasPrefix("key_") == true, "\(version)")
        #expect(!(try server.curl("/v1/changes").body.contains("\"keys\"")), "keys have no address")
    }

    @Test(
        "of a record is walked by next, each version once", .timeLimit(.minutes(10)), arguments: [1, 2, 3, 4, 5])
    func historyPages(limit: Int) throws {
        let server = try RunningServer(["--open"])
        let story = try Story(server)
        let all = try server.get("/v1/leads/\(story.lead)/history")["data"]?.elements ?? []
        #expect(try server.pages("/v1/leads/\(story.lead)/history?limit=\(limit)") == all)
    }

    @Test("as a feed has every entry in order, with deletes and what was before", .timeLimit(.minutes(10)))
    func feed() throws {
        let server = try RunningServer(["--open"])
        let story = try Story(server)
        let page = try server.get("/v1/changes")
        let entries = page["data"]?.elements ?? []
        #expect(entries.map { $0["seq"] } == [1, 2, 3, 4, 5])
        #expect(page["newest"] == 5)
        for limit in 1...3 { #expect(try server.pages("/v1/changes?limit=\(limit)") == entries) }
        let changes = entries.flatMap { $0["changes"]?.elements ?? [] }
        #expect(changes.map { $0["id"]?.text } == ["1.0", "2.0", "3.0", "3.1", "4.0", "5.0"])
        #expect(Set(changes.map { $0["resource"]?.text }) == ["leads"], "what is the program's own is not shown")
        #expect(changes[2]["previous"]?["title"] == "two")
        #expect(changes[3]["previous"]?["title"] == "three", "as after the same entry's first change")
        #expect(changes[4]["action"] == "deleted")
        #expect(changes[4]["record_id"]?.text == story.lead)
        #expect(changes[4]["record"] == .null)
        #expect(changes[5]["record_id"]?.text == story.other)
        // Who has read all comes back to the same address for what comes later.
        let end = try #require(page["next"]?.text)
        #expect(try server.get(end)["data"] == [])
        try server.patch("/v1/leads/\(story.other)", #"{"title":"later"}"#)
        #expect(try server.get(end)["data"]?.elements?.map { $0["seq"] } == [6])
    }

    @Test("is the same after a crash, and after a snapshot and a crash", .timeLimit(.minutes(10)))
    func restarts() throws {
        let folder = TemporaryFolder()
        var server = try RunningServer(["--open"], in: folder)
        let story = try Story(server)
        let paths = [
            "/v1/leads/\(story.lead)/history", "/v1/leads/\(story.other)/history", "/v1/changes", "/v1/changes?after=3",
        ]
        let before = try paths.map { try server.curl($0).body }
        for takesSnapshot in [false, true, false] {
            if takesSnapshot { #expect(try server.post("/internal/snapshot")["seq"] == 5) }
            server.kill()
            server = try RunningServer(["--open"], in: folder)
            #expect(try paths.map { try server.curl($0).body } == before)
        }
        #expect(try server.curl("/v1/leads/\(story.lead)").status == 404)
    }

    @Test("as a feed goes on from all that is kept, though what was before is not", .timeLimit(.minutes(10)))
    func forgotten() throws {
        let folder = TemporaryFolder()
        let arguments = ["--open", "--segment-bytes", "4096"]
        let server = try RunningServer(arguments, in: folder)
        let long = String(repeating: "x", count: 200)
        let lead = try server.make("leads", #"{"name":"Ada","title":"one"}"#)
        for _ in 0..<20 { _ = try server.make("leads", #"{"name":"\#(long)"}"#) }
        try server.patch("/v1/leads/\(lead)", #"{"title":"two"}"#)
        try server.post("/internal/snapshot")
        #expect(server.stop() == 0)
        // As when the days of --keep-history are over.
        let journal = "\(folder.path)/data/journal"
        let names = try FileManager.default.contentsOfDirectory(atPath: journal).sorted()
        try #require(names.count > 2)
        try FileManager.default.removeItem(atPath: "\(journal)/\(names[0])")
        let first = try #require(Int64(names[1].dropLast(6)))

        let again = try RunningServer(arguments, in: folder)
        let entries = try again.get("/v1/changes?after=\(first - 1)")["data"]?.elements ?? []
        #expect(entries.compactMap { $0["seq"]?.wholeNumber } == Array(first...22))
        let change = try #require(entries.last?["changes"]?.elements?.first)
        #expect(change["record_id"]?.text == lead && change["record"]?["title"] == "two")
        #expect(
            change["action"] == "changed" && change["version"] == 2 && change["previous"] == .null
                && change["changed"] == .null)
        #expect(try again.curl("/v1/changes?after=\(first - 2)").status == 410, "entry \(first - 1) is no longer kept")
    }

    @Test("tells of a gap, and goes back over one in which nothing is that it needs", .timeLimit(.minutes(10)))
    func gap() throws {
        let folder = TemporaryFolder()
        let arguments = ["--open", "--segment-bytes", "4096"]
        var server = try RunningServer(arguments, in: folder)
        let long = String(repeating: "x", count: 190)
        let leads = try (0..<40).map { _ in try server.make("leads", #"{"name":"\#(long)"}"#) }
        let last = try #require(try server.get("/v1/changes?after=39")["data"]?.elements?.first?["at"]?.text)
        for lead in [leads[0], leads[39]] { try server.patch("/v1/leads/\(lead)", #"{"region":"EU"}"#) }
        try server.post("/internal/snapshot")
        #expect(server.stop() == 0)
        let journal = "\(folder.path)/data/journal"
        let names = try FileManager.default.contentsOfDirectory(atPath: journal).sorted()
        let starts = try names.map { try #require(Int64($0.dropLast(6))) }
        try #require(starts.count > 4 && starts[2] < 39)
        try FileManager.default.removeItem(atPath: "\(journal)/\(names[1])")

        server = try RunningServer(arguments, in: folder)
        let page = try server.get("/v1/changes?after=0&limit=500")
        #expect(page["data"]?.elements?.last?["seq"]?.wholeNumber == starts[1] - 1)
        let gap = try server.curl(page["next"]?.text ?? "")
        #expect(gap.status == 410 && gap.body.contains("before \(starts[2])"), "\(gap.body)")
        #expect(try server.get("/v1/changes?after=\(starts[2] - 1)")["data"]?.elements?.isEmpty == false)
        // A stream tells what comes before the gap and is refused behind that.
        let address = "\(server.address)/v1/stream?after=\(starts[1] - 2)"
        let stream = try run("/bin/sh", ["-c", "curl -sN --max-time 30 '\(address)' | grep -m 1 '^id: '"])
        #expect(stream.output == "id: \(starts[1] - 1)\n", "\(stream.output)")
        #expect(try server.curl("/v1/stream?after=\(starts[1] - 1)").status == 410)
        let lost = try server.get("/v1/leads/\(leads[Int(starts[1]) - 1])/history")
        #expect(lost["data"] == [] && lost["forgotten_before"]?.wholeNumber == starts[2])
        // What both leads were stands on either side of the gap.
        let known = try server.get("/v1/metrics/leads_created?group_by=region&known_at=\(last)")
        #expect(known["value"] == 39, "\(known)")
        #expect(known["groups"]?.elements?.count == 1, "none had a region yet")
    }

    @Test(
        "is told in pages that end after a thousand changes, however few entries they are of", .timeLimit(.minutes(10)))
    func largeEntries() throws {
        let server = try RunningServer(["--open"])
        let operations = (0..<500).map { #"{"method":"POST","path":"/v1/accounts","body":{"name":"a\#($0)"}}"# }
        for _ in 0..<3 { try server.post("/v1/batch", #"{"operations":[\#(operations.joined(separator: ","))]}"#) }
        let first = try server.get("/v1/changes?limit=500")
        #expect(first["data"]?.elements?.map { $0["changes"]?.elements?.count } == [500, 500])
        let second = try server.get(try #require(first["next"]?.text))
        #expect(second["data"]?.elements?.map { $0["changes"]?.elements?.count } == [500])
    }

    @Test(
        "is not asked for by what is no place or number", .timeLimit(.minutes(10)),
        arguments: [
            "after=-1", "after=x", "after=", "after=+1", "after=1.2.3", "after=1.", "limit=0", "limit=501", "limit=x",
            "sort=at",
        ])
    func nonsense(query: String) throws {
        let server = try RunningServer(["--open"])
        let lead = try server.make("leads", #"{"name":"Ada"}"#)
        for path in ["/v1/changes", "/v1/leads/\(lead)/history"] {
            let answer = try server.curl("\(path)?\(query)")
            #expect(answer.status == 400, "\(answer.body)")
            #expect(
                try answer.json()["errors"]?.elements?.first?["parameter"]?.text
                    == query.components(separatedBy: "=")[0])
        }
        #expect(try server.curl("/v1/leads/lead_01jd0000000000000000000000/history").status == 404)
        let beyond = try server.get("/v1/leads/\(lead)/history?after=999")
        #expect(beyond["data"] == [] && beyond["forgotten_before"] == .null)
    }
}
