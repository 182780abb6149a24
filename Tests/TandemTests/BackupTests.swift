import Foundation
import JSON
import Testing

/// Copies of a ledger, made while it is written to.
@Suite("A backup", .timeLimit(.minutes(10)))
struct BackupTests {
    @Test("taken while others write is whole, and has what was answered before", arguments: ["tar", "cp"])
    func live(how: String) throws {
        let server = try RunningServer(["--open", "--segment-bytes", "4096"])
        let names = (0..<20).map { "before-\($0)" }
        for name in names { #expect(try server.curl("/v1/accounts", json: #"{"name":"\#(name)"}"#).status == 201) }
        let writer = Process()
        writer.executableURL = URL(fileURLWithPath: "/bin/bash")
        let post =
            "curl -s -H 'Content-Type: application/json' -d '{\"name\":\"beside\"}' \(server.address)/v1/accounts"
        writer.arguments = ["-c", "while \(post) > /dev/null; do :; done"]
        try writer.run()
        let copy = TemporaryFolder()
        let data = "\(copy.path)/data"
        let command =
            how == "tar"
            ? "mkdir \(data) && curl -sf \(server.address)/internal/backup | tar x -C \(data)"
            : "cp -r \(server.folder.path)/data \(data)"
        for round in 0..<3 {
            _ = try server.curl("/internal/snapshot", ["-X", "POST"])
            let result = try run("/bin/bash", ["-c", "rm -rf \(data); \(command)"])
            #expect(result.status == 0, "\(result.errors)")
            let check = try run(RunningServer.binary, ["check", "--data", data])
            #expect(check.status == 0, "round \(round): \(check.errors)")
        }
        server.kill()
        writer.terminate()
        writer.waitUntilExit()
        let restored = try RunningServer(["--open"], in: copy)
        for name in names {
            #expect(try restored.curl("/v1/accounts?name=\(name)").body.contains("\"\(name)\""), "\(name)")
        }
        #expect(try restored.curl("/v1/accounts", json: #"{"name":"after"}"#).status == 201)
    }

    @Test(
        "whose archive was cut short between two of its files is refused, unless all of the journal is there",
        arguments: [false, true])
    func cutShort(_ hasSnapshot: Bool) throws {
        let server = try RunningServer(["--open", "--segment-bytes", "4096"])
        for number in 0..<30 { _ = try server.make("accounts", #"{"name":"n\#(number)"}"#) }
        if hasSnapshot { try server.post("/internal/snapshot") }
        func segments(_ data: String) -> Int {
            do { return try FileManager.default.contentsOfDirectory(atPath: "\(data)/journal").count } catch {
                return 0
            }
        }
        let all = segments("\(server.folder.path)/data")
        let folder = TemporaryFolder()
        let archive = "\(folder.path)/whole.tar"
        #expect(try run("/usr/bin/curl", ["-sf", "-o", archive, "\(server.address)/internal/backup"]).status == 0)
        let listed = try run("/bin/tar", ["tRvf", archive])
        // Where a member begins: the places at which tar does not see that anything is missing.
        let starts = listed.output.split(separator: "\n").filter { !$0.contains("**") }.compactMap { line in
            line.split(separator: ":").first.flatMap { Int($0.dropFirst(6)) }.map { $0 * 512 }
        }
        #expect(starts.count > 4, "\(listed.output)")
        for (number, start) in (starts.dropFirst() + [Int.max]).enumerated() {
            let data = "\(folder.path)/data\(number)"
            let unpacked = try run(
                "/bin/bash", ["-c", "mkdir \(data); head -c \(start) \(archive) | tar x -C \(data)"])
            #expect(unpacked.status == 0, "\(unpacked.errors)")
            let check = try run(RunningServer.binary, ["check", "--data", data])
            let isAllThere = segments(data) == all && (hasSnapshot || start == .max)
            #expect(check.status == (isAllThere ? 0 : 1), "\(start): \(check.output) \(check.errors)")
            #expect(isAllThere || !check.output.contains("can be started"), "\(start): \(check.output)")
        }
    }

    @Test("damaged, gives what is whole of it to a new folder and lists the rest")
    func repair() throws {
        let server = try RunningServer(["--open"])
        for number in 0..<9 {
            #expect(try server.curl("/v1/accounts", json: #"{"name":"number-\#(number)"}"#).status == 201)
        }
        #expect(server.stop() == 0)
        let data = "\(server.folder.path)/data"
        let file = "\(data)/journal/00000000000000000001.jsonl"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let damaged = ["number-4", "number-7"]
        try text.replacing("number-4", with: "number-X").replacing("number-7", with: "number-Y")
            .write(toFile: file, atomically: true, encoding: .utf8)
        let check = try run(RunningServer.binary, ["check", "--data", data])
        #expect(check.status == 1)
        let lines = try damaged.map { name in
            let line = try #require(text.split(separator: "\n").firstIndex { $0.contains(name) }) + 1
            return "journal/00000000000000000001.jsonl, line \(line)"
        }
        #expect(check.errors.contains(lines[0]), "\(check.errors)")
        #expect(check.errors.contains("--repair"), "it says what to do")
        for line in lines { #expect(check.output.contains(line), "\(check.output)") }
        let repaired = TemporaryFolder()
        let repair = try run(
            RunningServer.binary, ["check", "--data", data, "--repair", "\(repaired.path)/data"])
        #expect(repair.status == 1, "something is lost")
        #expect(repair.output.contains("entry 5 is lost"), "\(repair.output)")
        #expect(repair.output.contains("entry 8 is lost"), "\(repair.output)")
        let restored = try RunningServer(["--open"], in: repaired)
        let count = try JSONParser.parse(Array(try restored.curl("/v1/accounts?count=true").body.utf8))["count"]
        #expect(count == 7)
    }

    @Test("of snapshots is asked for with the command line", arguments: ["server", "folder"])
    func snapshot(of what: String) throws {
        let server = try RunningServer(["--open"])
        #expect(try server.curl("/v1/accounts", json: #"{"name":"a"}"#).status == 201)
        let data = "\(server.folder.path)/data"
        if what == "folder" { #expect(server.stop() == 0) }
        let target = what == "folder" ? ["--data", data] : ["--url", server.address]
        let result = try run(RunningServer.binary, ["snapshot"] + target)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output == "snapshot at entry 1\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(data)/snapshots").count == 1)
    }

    @Test("is not needed after kill -9, however writes are synced", arguments: ["always", "interval", "never"])
    func modes(mode: String) throws {
        let server = try RunningServer(["--open", "--sync", mode])
        for number in 0..<10 {
            #expect(try server.curl("/v1/accounts", json: #"{"name":"n\#(number)"}"#).status == 201)
        }
        server.kill()
        let again = try RunningServer(["--open", "--sync", mode], in: server.folder)
        let count = try JSONParser.parse(Array(try again.curl("/v1/accounts?count=true").body.utf8))["count"]
        #expect(count == 10)
    }

    @Test(
        "of settings that are wrong is one clear line",
        arguments: [
            ["--sync", "often"], ["--keep-history", "0"], ["--keep-history", "week"], ["--segment-bytes", "7"],
        ])
    func wrong(flags: [String]) throws {
        let folder = TemporaryFolder()
        let result = try run(RunningServer.binary, ["serve", "--data", "\(folder.path)/data"] + flags)
        #expect(result.status == 1)
        #expect(result.errors.contains(flags[0]) && result.errors.contains(flags[1]), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    }
}
