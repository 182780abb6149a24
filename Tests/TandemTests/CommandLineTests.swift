import Foundation
import Testing

@Suite("The command line")
struct CommandLineTests {
    @Test("says what is wrong in one line and exits with 1", .timeLimit(.minutes(10)))
    func faults() throws {
        let server = try RunningServer(["--open"])
        let port = server.address.components(separatedBy: ":").last ?? ""
        let folder = TemporaryFolder()
        #expect(FileManager.default.createFile(atPath: "\(folder.path)/file", contents: nil))
        for (name, header) in [("twice", "name,name"), ("german", "name;email"), ("good", "name,email")] {
            try "\(header)\nA,a@x.example\n".write(
                toFile: "\(folder.path)/\(name).csv", atomically: true, encoding: .utf8)
        }
        let cases: [(arguments: [String], says: String)] = [
            (
                ["serve", "--data", "\(server.folder.path)/data", "--listen", "127.0.0.1:0"],
                "in use by another process"
            ),
            (["serve", "--data", "\(folder.path)/a", "--listen", "127.0.0.1:\(port)"], "Address already in use"),
            (["serve", "--data", "\(folder.path)/file", "--listen", "127.0.0.1:0"], "mkdir"),
            (["serve", "--data", "\(folder.path)/none/below", "--listen", "127.0.0.1:0"], "No such file or directory"),
            (["serve", "--data", "\(folder.path)/b", "--listen", "0.0.0.0:0", "--open"], "loopback alone"),
            (["serve", "--data", "\(folder.path)/c", "--listen", "nowhere"], "no address and port"),
            (["serve", "--data", "\(folder.path)/d", "--log-level", "loud"], "--log-level loud"),
            (["check", "--data", "\(folder.path)/nothing"], "there is no ledger"),
            (
                ["import", "\(folder.path)/none.csv", "--resource", "leads", "--data", "\(folder.path)/e"],
                "cannot be read"
            ),
            (
                ["import", "\(folder.path)/twice.csv", "--resource", "leads", "--data", "\(folder.path)/e"],
                "two columns called \"name\""
            ),
            (
                ["import", "\(folder.path)/german.csv", "--resource", "leads", "--data", "\(folder.path)/e"],
                "parted by commas, and not by ;"
            ),
            (["import", folder.path, "--resource", "leads", "--data", "\(folder.path)/e"], "it is a folder"),
            (
                ["import", "\(folder.path)/good.csv", "--resource", "nope", "--data", "\(folder.path)/e"],
                "refused: /resource must be"
            ),
            (
                ["import", "\(folder.path)/file", "--resource", "leads", "--url", "http://127.0.0.1:1"],
                "Connection refused"
            ),
        ]
        for (arguments, says) in cases {
            let result = try run(RunningServer.binary, arguments)
            #expect(result.status == 1, "\(arguments)")
            #expect(result.errors.contains(says), "\(arguments) said \(result.errors)")
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        }
        #expect(try server.curl("/health").status == 200, "the one that was there goes on")
        let serve = [RunningServer.binary, "serve", "--data", "\(folder.path)/f", "--listen", "127.0.0.1:0", "--open"]
        for (loops, least) in [(2, 48), (16, 90)] {
            let limited = ["bash", "-c", #"ulimit -n \#(least - 1); exec "$@""#, "bash"]
            let few = try run("/usr/bin/env", limited + serve + ["--loops", "\(loops)"])
            #expect(few.status == 1 && few.errors.contains("needs \(least) at least"), "\(few)")
            #expect(few.errors.contains("ulimit -n 1024"))
        }
    }

    @Test("reads settings from flags, then the environment, then a file", .timeLimit(.minutes(10)))
    func settings() throws {
        let folder = TemporaryFolder()
        let file = "\(folder.path)/tandem.json"
        try #"{"listen": "in-the-file", "data": "\#(folder.path)/data"}"#.write(
            toFile: file, atomically: true, encoding: .utf8)
        let fromFile = try run(RunningServer.binary, ["serve", "--config", file])
        #expect(fromFile.errors.contains("--listen in-the-file"))
        let fromEnvironment = try run(
            RunningServer.binary, ["serve"],
            environment: ["TANDEM_LISTEN": "in-the-environment", "TANDEM_CONFIG": file])
        #expect(fromEnvironment.errors.contains("--listen in-the-environment"))
        let fromFlag = try run(
            RunningServer.binary, ["serve", "--listen", "in-the-flag"],
            environment: ["TANDEM_LISTEN": "in-the-environment"])
        #expect(fromFlag.errors.contains("--listen in-the-flag"))
    }

    @Test("refuses what a settings file says and is not understood", .timeLimit(.minutes(10)))
    func settingsFile() throws {
        let folder = TemporaryFolder()
        let file = "\(folder.path)/tandem.json"
        func said(of text: String) throws -> String {
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            return try run(RunningServer.binary, ["serve", "--config", file, "--data", "\(folder.path)/data"]).errors
        }
        let refused = [
            (#"{"tls-cert": "/no.pem", "tls-key": "/no.key"}"#, "/no.pem"),
            (#"{"listen": ["in-the-file", "127.0.0.1:0"]}"#, "--listen in-the-file"),
            (#"{"listen": {"port": 1}}"#, #""listen" is no text"#),
            (#"{"tls_cert": "x"}"#, #"has "tls_cert", which is no setting"#),
            (#"{"connektions": 5}"#, #"has "connektions", which is no setting"#),
            (#"{"body-bytes": "many"}"#, "--body-bytes many is no number"),
            (#"{"open": "perhaps"}"#, "--open perhaps is neither true nor false"),
            (#"{"loops": 0}"#, "--loops 0 is not a whole number"),
            (#"{"header-time": 10}"#, "--header-time 10 is no time"),
            ("{", "is not JSON"), ("[]", "is no object"),
        ]
        for (text, says) in refused {
            let errors = try said(of: text)
            #expect(errors.contains(says), "\(text): \(errors)")
        }
        // Each flag is a setting: told so by what is wrong with another.
        let help = try run(RunningServer.binary, ["serve", "--help"]).output
        let flags = help.matches(of: /\n  --([a-z-]+)/).map { String($0.output.1) }
        #expect(flags.count > 25)
        for flag in flags where !["config", "version", "help"].contains(flag) {
            let errors = try said(of: #"{"\#(flag)": null}"#)
            #expect(errors.contains(#""\#(flag)" is no text"#), "\(flag): \(errors)")
        }
    }

    @Test("makes the administrator's key once, and keeps its hash alone", .timeLimit(.minutes(10)))
    func key() throws {
        let folder = TemporaryFolder()
        let first = try RunningServer(in: folder)
        let key = try #require(first.key)
        #expect(first.stop() == 0)
        let journal = try run("/bin/sh", ["-c", "cat \(folder.path)/data/*/*.jsonl"]).output
        #expect(!journal.contains(key))
        let second = try RunningServer(in: folder)
        #expect(second.key == nil)
        let url = "\(second.address)/v1/leads"
        for (header, status) in [
            ("Bearer \(key)", "200"), ("Bearer tk_wrong", "401"), ("Basic \(key)", "401"), ("bearer \(key)", "200"),
            ("Bearer   \(key)", "200"), ("Bearer  ", "401"),
        ] {
            let code = try run(
                "/usr/bin/curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Authorization: \(header)", url])
            #expect(code.output == status, "\(header.prefix(8))")
        }
        let without = try run("/usr/bin/curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", url])
        #expect(without.output == "401")
    }

    @Test("checks and salvages a ledger without a file being made in it", .timeLimit(.minutes(10)))
    func checkChangesNothing() throws {
        let server = try RunningServer(["--open", "--demo"])
        let data = "\(server.folder.path)/data"
        #expect(try run(RunningServer.binary, ["check", "--data", data]).errors.contains("in use by another process"))
        #expect(server.stop() == 0)
        // As a backup is when it was unpacked.
        for name in ["LOCK", "snapshots"] { try FileManager.default.removeItem(atPath: "\(data)/\(name)") }
        #expect(try run(RunningServer.binary, ["check", "--data", data]).output.contains("is whole"))
        let repair = ["check", "--data", data, "--repair", "\(server.folder.path)/new"]
        #expect(try run(RunningServer.binary, repair).status == 0)
        #expect(
            try FileManager.default.subpathsOfDirectory(atPath: data).sorted().count == 3,
            "the journal and how far it went")
    }

    @Test("checks a ledger, and names the line that is damaged", .timeLimit(.minutes(10)))
    func check() throws {
        let server = try RunningServer(["--open", "--demo"])
        #expect(server.stop() == 0)
        let data = "\(server.folder.path)/data"
        #expect(try run(RunningServer.binary, ["check", "--data", data]).output.contains("is whole"))
        let journal = "\(data)/journal/00000000000000000001.jsonl"
        let damaged = try String(contentsOfFile: journal, encoding: .utf8).replacingOccurrences(
            of: "Ada Nowak", with: "Eda Nowak")
        try (damaged + damaged.split(separator: "\n")[0] + "\n").write(
            toFile: journal, atomically: true, encoding: .utf8)
        let result = try run(RunningServer.binary, ["check", "--data", data])
        #expect(result.status == 1)
        #expect(result.errors.contains("journal/00000000000000000001.jsonl, line 2"), "\(result.errors)")
    }

    /// Puts an entry of a resource that there is none of behind a segment's first, its seal right.
    private static let robots = """
        import pathlib, sys
        sys.path.insert(0, "Tests/torture")
        from checksum import crc32c
        segment = pathlib.Path(sys.argv[1])
        lines = segment.read_bytes().splitlines(keepends=True)
        body = lines[1][:-19].replace(b'"accounts"', b'"robots"').replace(b'{"seq":1,', b'{"seq":2,')
        lines.insert(2, body + b',"crc":"%08x"}' % crc32c(body) + bytes([10]))
        segment.write_bytes(b"".join(lines))
        """

    @Test(
        "says of a folder what a start would say, and makes none", .timeLimit(.minutes(10)),
        arguments: [
            ("nothing", "there is no ledger in"), ("segment", "are missing"), ("resource", "line 3: it has robots"),
            ("inside", "is inside of"), ("link", "is inside of"),
        ])
    func checkAgrees(damage: String, words: String) throws {
        let folder = TemporaryFolder()
        let server = try RunningServer(["--open"], in: folder)
        #expect(try server.curl("/v1/accounts", json: #"{"name":"a"}"#).status == 201)
        #expect(server.stop() == 0)
        let data = "\(folder.path)/data"
        let segment = "\(data)/journal/00000000000000000001.jsonl"
        let elsewhere = "\(folder.path)/elsewhere"
        var command = ["check", "--data", data]
        switch damage {
        case "nothing": command = ["snapshot", "--data", elsewhere]
        case "segment": try FileManager.default.removeItem(atPath: segment)
        case "inside": command += ["--repair", "\(data)/inside"]
        case "link":
            try FileManager.default.createSymbolicLink(atPath: elsewhere, withDestinationPath: data)
            command += ["--repair", "\(elsewhere)/inside"]
        default:
            #expect(try run("/usr/bin/python3", ["-c", Self.robots, segment]).status == 0)
        }
        let result = try run(RunningServer.binary, command)
        #expect(result.status == 1)
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(damage == "link" || !FileManager.default.fileExists(atPath: elsewhere))
        #expect(!FileManager.default.fileExists(atPath: "\(data)/inside"))
    }
}
