internal import Dispatch
internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Store

/// Many records in one request: touches as NDJSON, and imports with a map.
struct Bulk: Sendable {
    let service: Service

    /// The most rows of one request; its commands become one entry.
    static let rowsMax = 10_000
    /// The longest body of one request, in bytes.
    static let bodyBytesMax = 16 << 20

    /// `POST /v1/touches`: one as JSON, or many as NDJSON.
    func touches(_ request: borrowing Request) throws(Problem) -> Response {
        guard request.field(.contentType)?.hasPrefix("application/x-ndjson") ?? false else {
            return try Collection(Touch.self, of: service).create(request)
        }
        let author = try service.permissions.author(of: request)
        let lines = request.body.split(separator: UInt8(ascii: "\n")).filter { line in
            line.contains { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }
        }
        guard lines.count <= Self.rowsMax else { throw Self.tooMany }
        return run(request, author: author) { transaction throws(Refusal) in
            var report = ImportReport()
            for (number, line) in lines.enumerated() {
                report.take(row: number + 1, in: &transaction) { transaction throws(Refusal) in
                    try Commands.create(Touch.self, Self.json(Array(line)), in: &transaction)
                }
            }
            return report
        }
    }

    /// `POST /v1/imports`: `{"resource", "map"?, "first_row"?, "rows"}`, each row a flat object.
    func imports(_ request: borrowing Request) throws(Problem) -> Response {
        let author = try service.permissions.author(of: request)
        let input = try request.json()
        let batch: ImportBatch
        do throws(Refusal) { batch = try ImportBatch(input) } catch { throw Problem(error) }
        guard batch.rows.count <= Self.rowsMax else { throw Self.tooMany }
        return run(request, author: author) { transaction throws(Refusal) in batch.run(in: &transaction) }
    }

    /// Runs off the loop: many rows take longer than others should wait.
    private func run(
        _ request: borrowing Request, author: Author,
        _ body: @escaping @Sendable (inout Transaction) throws(Refusal) -> ImportReport
    ) -> Response {
        let later = request.later()
        let store = service.store
        DispatchQueue.global().async {
            store.write(by: author, body) { outcome in
                later.answer(Service.response(to: outcome) { .json($0.json) })
            }
            store.flush()
        }
        return .deferred
    }

    private static func json(_ line: [UInt8]) throws(Refusal) -> JSON {
        do throws(JSONFault) { return try JSONParser.parse(line) } catch {
            throw .invalid([Fault("", "is not JSON: column \(error.column), \(error.reason)")])
        }
    }

    private static var tooMany: Problem {
        Problem(.contentTooLarge, detail: "One request takes at most \(rowsMax) rows; send several.")
    }
}
