import Foundation
import JSON
import Testing

extension Answer {
    /// The body, read.
    func json() throws -> JSON { try JSONParser.parse(Array(body.utf8)) }

    /// The place in the ledger.
    var seq: Int64? { field("Tandem-Seq").flatMap { Int64($0) } }
}

extension RunningServer {
    /// Asks for an address that must be there.
    func get(_ path: String) throws -> JSON {
        let answer = try curl(path)
        #expect(answer.status == 200, "\(path): \(answer.body)")
        return try answer.json()
    }

    /// Posts what must be taken.
    @discardableResult
    func post(_ path: String, _ body: String = "{}") throws -> JSON {
        let answer = try curl(path, json: body)
        #expect((200...201).contains(answer.status), "\(path): \(answer.body)")
        return try answer.json()
    }

    /// Makes a record and gives its id.
    func make(_ resource: String, _ body: String) throws -> String {
        try #require(try post("/v1/\(resource)", body)["id"]?.text)
    }

    /// Changes a record.
    @discardableResult
    func patch(_ path: String, _ body: String) throws -> Answer { try curl(path, ["-X", "PATCH"], json: body) }

    /// Takes a record away.
    @discardableResult
    func delete(_ path: String) throws -> Answer { try curl(path, ["-X", "DELETE"]) }

    /// How many records a resource has.
    func count(_ resource: String) throws -> Int64? { try get("/v1/\(resource)?count=true")["count"]?.wholeNumber }

    /// The bodies of all pages of a list, walked by `next` as far as there is data.
    func pages(_ path: String) throws -> [JSON] {
        var next: String? = path
        var data: [JSON] = []
        // A cursor that does not move would never end.
        for _ in 0..<100 {
            guard let path = next else { return data }
            let page = try get(path)
            let elements = page["data"]?.elements ?? []
            data += elements
            next = elements.isEmpty ? nil : page["next"]?.text
        }
        Issue.record("\(path) has no end")
        return data
    }
}
