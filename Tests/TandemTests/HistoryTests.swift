import Foundation
import JSON
import Testing

/// Who changed what, when, and from what.
@Suite("The past", .timeLimit(.minutes(10)))
struct HistoryTests {
    private static func data(_ server: RunningServer, _ path: String) throws -> (data: [JSON], next: String?) {
        let answer = try server.curl(path)
        #expect(answer.status == 200, "\(path): \(answer.body)")
        let json = try JSONParser.parse(Array(answer.body.utf8))
        return (json["data"]?.elements ?? [], json["next"]?.text)
    }

    @Test("of a record is told version by version, also when it is gone, and after a restart from a snapshot")
    func history() throws {
        let server = try RunningServer(["--open"])
        let made = try server.curl("/v1/accounts", json: #"{"name":"v1"}"#)
        let id = try #require(try JSONParser.parse(Array(made.body.utf8))["id"]?.text)
        for number in 2...5 {
            let body = #"{"name":"v\#(number)"}"#
            #expect(try server.curl("/v1/accounts/\(id)", ["-X", "PATCH"], json: body).status == 200)
        }
        #expect(try server.curl("/v1/accounts/\(id)", ["-X", "DELETE"]).status == 204)
        let whole = try Self.data(server, "/v1/accounts/\(id)/history").data
        #expect(whole.map { $0["action"]?.text } == ["deleted", "changed", "changed", "changed", "changed", "created"])
        #expect(whole[1]["previous"]?["name"] == "v4" && whole[1]["record"]?["name"] == "v5")
        #expect(whole.allSatisfy { $0["actor"] == "open" && $0["at"]?.text != nil && $0["request"]?.text?.count == 16 })
        var paged: [JSON] = []
        var path: String? = "/v1/accounts/\(id)/history?limit=2"
        while let page = path {
            let (data, next) = try Self.data(server, page)
            paged += data
            path = next
        }
        #expect(paged == whole)
        #expect(try server.curl("/internal/snapshot", ["-X", "POST"]).status == 200)
        server.kill()
        let again = try RunningServer(["--open"], in: server.folder)
        #expect(try Self.data(again, "/v1/accounts/\(id)/history").data == whole)
        #expect(try again.curl("/v1/accounts/\(id)").status == 404)
        #expect(try again.curl("/v1/accounts/account_01jd0000000000000000000000/history").status == 404)
    }

    @Test("is a feed of every entry in order, deletes as tombstones, and keys never shown")
    func feed() throws {
        let server = try RunningServer()
        for name in ["a", "b"] { #expect(try server.curl("/v1/accounts", json: #"{"name":"\#(name)"}"#).status == 201) }
        let id = try #require(try Self.data(server, "/v1/accounts?name=a").data.first?["id"]?.text)
        #expect(try server.curl("/v1/accounts/\(id)", ["-X", "DELETE"]).status == 204)
        let (all, next) = try Self.data(server, "/v1/changes?after=0")
        #expect(all.map { $0["seq"]?.wholeNumber } == [2, 3, 4], "the first entry makes the key")
        let last = try #require(all.last?["changes"]?.elements?.first)
        #expect(last["action"] == "deleted" && last["record"] == .null && last["record_id"] == .string(id))
        #expect(last["id"] == "4.0")
        let rest = try Self.data(server, try #require(next))
        #expect(rest.data.isEmpty)
        #expect(try server.curl("/v1/accounts", json: #"{"name":"c"}"#).status == 201)
        #expect(try Self.data(server, try #require(rest.next)).data.map { $0["seq"]?.wholeNumber } == [5])
        #expect(try Self.data(server, "/v1/changes?after=2&limit=1").data.map { $0["seq"]?.wholeNumber } == [3])
    }

    @Test(
        "is asked for with numbers", arguments: ["after=-1", "after=x", "after=+1", "limit=0", "limit=501", "since=3"])
    func wrong(query: String) throws {
        let server = try RunningServer(["--open"])
        #expect(try server.curl("/v1/changes?\(query)").status == 400)
    }
}
