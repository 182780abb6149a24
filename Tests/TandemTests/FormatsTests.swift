import Foundation
import JSON
import Testing

/// `Tests/formats` has a directory as each version of the ledger's format was written: they are read for ever.
@Suite("A ledger of an older format", .timeLimit(.minutes(10)))
struct FormatsTests {
    @Test("is read, checked and gone on with", arguments: ["1", "2"])
    func read(version: String) throws {
        let folder = TemporaryFolder()
        let data = "\(folder.path)/data"
        try FileManager.default.copyItem(atPath: "\(RunningServer.package)/Tests/formats/\(version)", toPath: data)
        let check = try run(RunningServer.binary, ["check", "--data", data])
        #expect(check.status == 0, "\(check.errors)")
        do {
            let server = try RunningServer(["--open"], in: folder)
            let ada = try #require(try Self.list(server, "leads?email=ada@example.com").first)
            #expect(ada["name"] == "Ada Nowak")
            #expect(ada["phone"] == "+49 30 1")
            #expect(ada["version"] == 2)
            let id = try #require(ada["id"]?.text)
            #expect(try Self.list(server, "leads/\(id)/history").compactMap { $0["version"]?.wholeNumber } == [2, 1])
            #expect(try Self.list(server, "leads?email=bob@example.com").count == 1)
            #expect(try Self.list(server, "accounts?name=gone").isEmpty)
            #expect(
                try Self.list(server, "changes?limit=500").contains { $0["seq"] == 1 }, "the feed has the first entry")
            #expect(try server.curl("/v1/accounts", json: #"{"name":"New GmbH"}"#).status == 201)
            #expect(server.stop() == 0)
        }
        let again = try RunningServer(["--open"], in: folder)
        #expect(try Self.list(again, "accounts?name=New%20GmbH").count == 1)
        #expect(try Self.list(again, "leads?email=ada@example.com").count == 1)
    }

    private static func list(_ server: RunningServer, _ query: String) throws -> [JSON] {
        let answer = try server.curl("/v1/\(query)")
        #expect(answer.status == 200, "\(answer.body)")
        return try JSONParser.parse(Array(answer.body.utf8))["data"]?.elements ?? []
    }
}
