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

    @Test("stays when a file may grow no more, and writes go on in another", .timeLimit(.minutes(10)))
    func fullFile() throws {
        let folder = TemporaryFolder()
        // The write that passes the limit fails with EFBIG.
        let limited = "\(folder.path)/limited"
        try "#!/bin/bash\nulimit -f 64\ntrap '' XFSZ\nexec \(RunningServer.binary) \"$@\"\n".write(
            toFile: limited, atomically: true, encoding: .utf8)
        let server = try RunningServer(["--open"], in: folder, through: limited)
        var answered: [String] = []
        var refused: Answer?
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
        let count = try JSONParser.parse(Array(try server.curl("/v1/accounts?limit=500").body.utf8))["data"]?.elements?
            .count
        #expect(count == answered.count, "memory is not ahead of the disk")
        // Whoever asks tells it to look whether it can go on; what it says then holds.
        while try server.curl("/health").status != 200 {}
        let more = try server.curl("/v1/accounts", json: #"{"name":"more","custom":{\#(notes)}}"#)
        #expect(more.status == 201)
        answered.append(try #require(try JSONParser.parse(Array(more.body.utf8))["id"]?.text))
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/data/journal").count == 2)
        server.kill()
        let again = try RunningServer(["--open"], in: folder)
        let page = try JSONParser.parse(Array(try again.curl("/v1/accounts?limit=500").body.utf8))
        #expect((page["data"]?.elements ?? []).compactMap { $0["id"]?.text } == answered)
        #expect(answered.count > 10)
    }
}
