import Foundation
import Testing

@Suite("History that is kept for some days", .timeLimit(.minutes(10)))
struct KeptHistoryTests {
    /// Dates all that a ledger has to the year 2001, its seals right.
    private static let age = """
        import pathlib, re, sys
        sys.path.insert(0, "Tests/torture")
        from checksum import crc32c
        for path in pathlib.Path(sys.argv[1]).glob("journal/*"):
            lines = []
            for line in path.read_bytes().splitlines():
                body = re.sub(rb'"at":"[0-9]{4}-[0-9]{2}-[0-9]{2}', b'"at":"2001-01-01', line[:-18], count=1)
                lines.append(body + b',"crc":"%08x"}' % crc32c(body) + bytes([10]))
            path.write_bytes(b"".join(lines))
        """

    @Test("goes once a day, however little is written")
    func daily() throws {
        let folder = TemporaryFolder()
        let server = try RunningServer(["--open", "--segment-bytes", "4096"], in: folder)
        for number in 0..<40 {
            #expect(try server.curl("/v1/accounts", json: #"{"name":"a\#(number)"}"#).status == 201)
        }
        #expect(server.stop() == 0)
        let data = "\(folder.path)/data"
        #expect(try run("/usr/bin/python3", ["-c", Self.age, data]).status == 0)
        func segments() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: "\(data)/journal").sorted()
        }
        #expect(try segments().count > 3)
        // A snapshot from before, since one alone could turn out to be damaged.
        #expect(try run(RunningServer.binary, ["snapshot", "--data", data]).status == 0)
        let again = try RunningServer(["--open", "--segment-bytes", "4096", "--keep-history", "30"], in: folder)
        #expect(try again.curl("/v1/accounts", json: #"{"name":"new"}"#).status == 201)
        // The first look is soon after the start. The last segment of the old ones is as old as what follows it.
        while try segments().count > 2 { #expect(try again.curl("/health").status == 200) }
        #expect(try again.curl("/v1/changes?after=0").status == 410)
        #expect(try again.count("accounts") == 41)
        #expect(again.stop() == 0)
        #expect(try RunningServer(["--open"], in: folder).count("accounts") == 41)
    }
}
