import Foundation
import JSON
import Testing

@Suite("What was answered")
struct DurabilityTests {
    @Test("is there after SIGTERM, and the exit status is 0", .timeLimit(.minutes(10)))
    func restart() throws {
        let folder = TemporaryFolder()
        let first = try RunningServer(["--open", "--demo"], in: folder)
        let before = try first.curl("/v1/leads?limit=500").body
        let figure = try first.curl("/v1/metrics/revenue?as_of=2026-11-01&group_by=month").body
        #expect(first.stop() == 0)
        let second = try RunningServer(["--open", "--demo"], in: folder)
        #expect(try second.curl("/v1/leads?limit=500").body == before)
        #expect(try second.curl("/v1/metrics/revenue?as_of=2026-11-01&group_by=month").body == figure)
        #expect(second.stop() == 0)
    }

    @Test("stays when the disk takes no more, and writes again when there is room", .timeLimit(.minutes(10)))
    func fullDisk() throws {
        let folder = TemporaryFolder()
        // A file-size limit stands for a full disk: the write that passes it fails with EFBIG.
        let limited = "\(folder.path)/limited"
        try "#!/bin/bash\nulimit -f 64\ntrap '' XFSZ\nexec \(RunningServer.binary) \"$@\"\n".write(
            toFile: limited, atomically: true, encoding: .utf8)
        let server = try RunningServer(["--open"], in: folder, through: limited)
        var answered: [String] = []
        var refused: Answer?
        // Long beside what is asked for afterwards, so that there is room for that.
        let note = String(repeating: "x", count: 900)
        let notes = (1...5).map { "\"note\($0)\":\"\(note)\"" }.joined(separator: ",")
        while refused == nil {
            let answer = try server.curl(
                "/v1/accounts", json: #"{"name":"\#(answered.count)","custom":{\#(notes)}}"#)
            if answer.status == 201 {
                answered.append(try #require(try JSONParser.parse(Array(answer.body.utf8))["id"]?.text))
            } else {
                refused = answer
            }
        }
        #expect(refused?.status == 503)
        #expect(refused?.body.contains("File too large") == true, "it says why")
        #expect(refused?.field("Retry-After") == "5")
        let health = try server.curl("/health")
        #expect(health.status == 503)
        #expect(health.body.contains("File too large"))
        let long = #"{"name":"again","custom":{\#(notes)}}"#
        #expect(try server.curl("/v1/accounts", json: long).status == 503)
        let count = try JSONParser.parse(Array(try server.curl("/v1/accounts?limit=500").body.utf8))["data"]?.elements?
            .count
        #expect(count == answered.count, "memory is not ahead of the disk")
        // There is room for less, and who asks for it after a refusal gets it without a restart.
        _ = try server.curl("/v1/accounts", json: #"{"name":"asks"}"#)
        let short = try server.curl("/v1/accounts", json: #"{"name":"short"}"#)
        #expect(short.status == 201)
        answered.append(try #require(try JSONParser.parse(Array(short.body.utf8))["id"]?.text))
        #expect(try server.curl("/health").status == 200)
        server.kill()
        let again = try RunningServer(["--open"], in: folder)
        let page = try JSONParser.parse(Array(try again.curl("/v1/accounts?limit=500").body.utf8))
        #expect((page["data"]?.elements ?? []).compactMap { $0["id"]?.text } == answered)
        #expect(answered.count > 10)
    }
}
