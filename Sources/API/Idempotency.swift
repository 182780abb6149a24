internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Ledger
internal import Store

/// `Idempotency-Key` on every POST: the same key and request are answered the same, also after a crash.
///
/// Refusals change nothing and are not kept: the same request is tried anew.
enum Idempotency {
    /// The key of a request, or `nil` where it has none.
    ///
    /// - Throws: 400 where it is empty or longer than 255 bytes.
    static func key(of request: borrowing Request, by author: Author) throws(Problem) -> AnsweredRequest.Key? {
        let keys = request.allFieldBytes(.idempotencyKey)
        guard let key = keys.first else { return nil }
        guard keys.allSatisfy({ $0.elementsEqual(key) }) else {
            throw Problem(.badRequest, detail: "There are two Idempotency-Keys, and they differ: send one.")
        }
        guard (1...255).contains(key.count) else {
            throw Problem(.badRequest, detail: "Idempotency-Key must have 1 to 255 bytes, such as a UUID.")
        }
        // A body that comes as lines is not there yet, and is compared line by line.
        let asked = Array("\(request.method.rawValue) \(request.path)?\(request.query)\n".utf8) + request.body
        return AnsweredRequest.Key(
            key: KeyDigest(of: (Array("\(author.actor)\n".utf8) + key)[...]).hexadecimal,
            request: KeyDigest(of: asked[...]).hexadecimal)
    }

    /// The answer that was given before.
    static func response(of answer: AnsweredRequest.Answer, from store: Store) throws(Problem) -> Response {
        guard !answer.isErased else {
            throw Problem(
                .gone, title: "Erased",
                detail: "What was answered to this Idempotency-Key held data of a person who was erased since.")
        }
        var response: Response
        if let body = answer.body {
            response = Response(HTTPResponse.Status(code: Int(answer.status)), body: Array(body.utf8))
        } else if answer.rows == 0, let only = answer.records.first {
            let body = try version(only.version, of: only.resource, only.id, in: store)
            response = Service.response(
                of: body, version: only.version, address: "/v1/\(only.resource)/\(only.id)",
                status: HTTPResponse.Status(code: Int(answer.status)))
        } else {
            var results: [(status: Int, body: [UInt8])] = []
            for record in answer.records {
                let isGone = record.version == 0
                results.append(
                    (
                        Int(record.status),
                        isGone ? [] : try version(record.version, of: record.resource, record.id, in: store)
                    ))
            }
            response = Batch.response(results)
        }
        response.fields.append(.tandemSeq, answer.seq)
        response.fields.append(.idempotentReplayed, "true")
        return response
    }

    /// A record's JSON as it was at a version.
    private static func version(
        _ version: Int64, of resource: String, _ text: String, in store: Store
    ) throws(Problem) -> [UInt8] {
        guard let schema = Resources.all.first(where: { $0.schema.name == resource })?.schema,
            let id = Identifier(text, prefix: schema.prefix), let last = store.lastChange(schema, id)
        else { throw Problem(.missing(kind: resource, id: text)) }
        if let record = store.view.record(resource, id), record.version == version { return record.encoded }
        var found: [UInt8]?
        do throws(LedgerFault) {
            try store.versions(schema, id, from: last) { candidate in
                if candidate.number == version { found = candidate.encoded }
                return found == nil
            }
        } catch {
            throw Problem(error)
        }
        guard let found else {
            throw Problem(
                .gone, title: "No longer kept",
                detail:
                    "Version \(version) of \(text), which was answered to this Idempotency-Key, was lost from the journal."
            )
        }
        return found
    }
}

extension HTTPField.Name {
    static let idempotencyKey = token("Idempotency-Key")
    static let idempotentReplayed = token("Idempotent-Replayed")
    /// A write's place in the ledger.
    static let tandemSeq = token("Tandem-Seq")

    static func token(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is a token") }
        return name
    }
}
