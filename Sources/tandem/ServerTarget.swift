import Foundation
import HTTPServer
import JSON

/// A running server, spoken to over one keep-alive connection.
struct ServerTarget: ImportTarget {
    private let connection: ClientConnection
    private let key: String?

    /// Connects to `http://HOST:PORT`.
    ///
    /// - Throws: ``Failure`` when nobody listens there.
    init(url: String, key: String?) throws {
        guard url.hasPrefix("http://"), let address = Address(String(url.dropFirst(7).filter { $0 != "/" })) else {
            throw Failure("--url \(url) is no address such as http://127.0.0.1:8080")
        }
        self.key = key
        do throws(SystemFault) { connection = try ClientConnection(to: address) } catch {
            throw Failure("no server answers at \(url): \(error.words)")
        }
    }

    /// Asks for an address.
    func get(_ path: String) throws -> (status: Int, body: [UInt8]) {
        try exchange(Array("GET \(path) HTTP/1.1\r\nHost: tandem\r\n\r\n".utf8))
    }

    private func exchange(_ request: [UInt8]) throws(Failure) -> (status: Int, body: [UInt8]) {
        do throws(SystemFault) { return try connection.exchange(request) } catch {
            throw Failure("the connection broke: \(error)")
        }
    }

    func take(_ batch: JSON) throws -> JSON { try post("/v1/imports", JSONWriter.encode(batch)) }

    /// Posts JSON and gives the answer.
    ///
    /// - Throws: ``Failure`` with what the problem says where the status is not 200.
    func post(_ path: String, _ body: [UInt8]) throws -> JSON {
        var head = "POST \(path) HTTP/1.1\r\nHost: tandem\r\n"
        if !body.isEmpty { head += "Content-Type: application/json\r\n" }
        if let key { head += "Authorization: Bearer \(key)\r\n" }
        head += "Content-Length: \(body.count)\r\n\r\n"
        let answer = try exchange(Array(head.utf8) + body)
        let json: JSON
        do throws(JSONFault) { json = try JSONParser.parse(answer.body) } catch {
            throw Failure("the server's answer is not JSON: \(error)")
        }
        guard answer.status == 200 else {
            let errors = (json["errors"]?.elements ?? []).map {
                "\($0["pointer"]?.text ?? "") \($0["detail"]?.text ?? "")"
            }
            throw Failure(([json["detail"]?.text ?? "status \(answer.status)"] + errors).joined(separator: "\n"))
        }
        return json
    }
}
