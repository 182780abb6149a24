internal import Dispatch
internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
public import Store

/// The product as handlers: what they need, and the routes that lead to them.
public struct Service: Sendable {
    let store: Store
    let permissions: Permissions

    /// A service over a store.
    ///
    /// - Parameter isOpen: whether anyone may do anything, without a key.
    public init(_ store: Store, isOpen: Bool) {
        self.store = store
        permissions = isOpen ? .open : Permissions(keysOf: store.view)
    }

    // MARK: Writing

    /// Does a command and answers when it is durable.
    func write(
        _ request: borrowing Request, author: Author, status: HTTPResponse.Status = .ok,
        _ body: (inout Transaction) throws(Refusal) -> Record
    ) -> Response {
        let later = request.later()
        store.write(by: author, body) { outcome in
            later.answer(Self.response(to: outcome) { Self.response(of: $0, status: status) })
        }
        return .deferred
    }

    /// The answer to a command that ended.
    static func response<Result>(
        to outcome: Outcome<Result, Refusal>, _ done: (Result) -> Response
    ) -> Response {
        switch outcome {
        case .done(let result, let seq):
            var response = done(result)
            response.fields.append(HTTPField(name: .tandemSeq, value: String(seq)))
            return response
        case .refused(let refusal): return Response(Problem(refusal))
        case .failed(let fault): return Response(Problem(fault))
        }
    }

    // MARK: Records

    /// A record as an answer: its bytes as they were encoded once.
    static func response(of record: Record, status: HTTPResponse.Status = .ok) -> Response {
        var fields = [HTTPField(name: .eTag, value: eTag(of: record))]
        if status == .created {
            fields.append(HTTPField(name: .location, value: "/v1/\(record.schema.name)/\(record.idText)"))
        }
        return Response(status, fields: fields, body: record.encoded)
    }

    /// The version in quotes.
    static func eTag(of record: Record) -> String { "\"\(record.version)\"" }

    /// The record that the path names by `{id}`.
    ///
    /// - Throws: 404 where there is none.
    func record(_ schema: Schema, _ request: borrowing Request) throws(Problem) -> Record {
        let text = request.parameter("id")
        guard let id = Identifier(text, prefix: schema.prefix), let record = store.view.record(schema.name, id) else {
            throw Problem(.missing(kind: schema.prefix, id: text))
        }
        return record
    }

    /// The newest state of the record that the path names, inside a command.
    static func record(
        _ schema: Schema, _ text: String, in transaction: Transaction
    ) throws(Refusal) -> Record {
        guard let id = Identifier(text, prefix: schema.prefix), let record = transaction.record(schema.name, id) else {
            throw .missing(kind: schema.prefix, id: text)
        }
        return record
    }

    /// The version that `If-Match` demands, or `nil` where any will do.
    ///
    /// - Throws: 400 where the field is no entity tag of ours.
    static func demandedVersion(_ request: borrowing Request) throws(Problem) -> Int64? {
        guard let text = request.field(.ifMatch), text != "*" else { return nil }
        let digits = text.dropFirst().dropLast()
        guard text.hasPrefix("\""), text.hasSuffix("\""), text.utf8.count > 2, let version = Int64(digits) else {
            throw Problem(.badRequest, detail: "If-Match must be an ETag as it was answered, such as \"3\", or *.")
        }
        return version
    }
}

extension HTTPField.Name {
    /// A write's place in the ledger.
    static let tandemSeq: HTTPField.Name = {
        guard let name = HTTPField.Name("Tandem-Seq") else { preconditionFailure("Tandem-Seq is a token") }
        return name
    }()
}
