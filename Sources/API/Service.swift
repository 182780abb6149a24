internal import Dispatch
internal import Domain
public import HTTPServer
internal import HTTPTypes
internal import JSON
public import Ledger
public import Metrics
public import Store

/// The product as handlers: what they need, and the routes that lead to them.
public struct Service: Sendable {
    let store: Store
    let permissions: Permissions

    /// Lets those in whose keys came to the store by another way than a request.
    public func reloadKeys() { permissions.reload() }

    /// The columns behind the figures, in step with the store.
    public let facts: LiveFacts
    /// The files of the ledger, where it has some.
    let files: FileLedger?
    let figures: ServerFigures
    /// The longest body of an import by lines, in bytes.
    let importBytesMax: Int

    /// A service over a store.
    ///
    /// - Parameters:
    ///   - isOpen: whether anyone may do anything, without a key.
    ///   - files: the files that a backup is made of.
    ///   - figures: what the server counts of itself.
    ///   - importBytesMax: the longest body of an import by lines, in bytes.
    public init(
        _ store: Store, isOpen: Bool, files: FileLedger? = nil, figures: ServerFigures = ServerFigures(),
        importBytesMax: Int = 1 << 30
    ) {
        self.store = store
        facts = LiveFacts(store)
        self.files = files
        self.figures = figures
        self.importBytesMax = importBytesMax
        permissions = Permissions(store, isOpen: isOpen)
    }

    /// Lets what has gathered be written; called at the end of a loop's turn.
    public func flush() { store.flush() }

    // MARK: Writing

    /// What a command came to.
    private enum Written: Sendable {
        case made(Record, HTTPResponse.Status)
        case repeated(AnsweredRequest.Answer)
    }

    /// Does a command and answers with its record when it is durable; one that was there already was not created.
    func write(
        _ request: borrowing Request, author: Author, status: HTTPResponse.Status = .ok,
        _ body: @escaping @Sendable (inout Transaction) throws(Refusal) -> Record
    ) throws(Problem) -> Response {
        let key = try Idempotency.key(of: request, by: author)
        let later = request.later()
        store.post(by: author) { transaction throws(Refusal) -> Written in
            if let key, let answer = try AnsweredRequest.find(key, in: transaction) { return .repeated(answer) }
            let last = transaction.lastID
            let record = try body(&transaction)
            let status = status == .created && record.id <= last ? .ok : status
            if let key { AnsweredRequest.keep(key, status: status.code, [(status.code, record)], in: &transaction) }
            return .made(record, status)
        } settled: { [store] outcome in
            switch outcome {
            case .done(.repeated(let answer), _): Self.answer(later, again: answer, from: store)
            case .done(.made(let record, let status), let seq):
                later.answer(Self.response(of: record, status: status).with(seq: seq))
            case .refused(let refusal): later.answer(Response(Problem(refusal)))
            case .failed(let fault): later.answer(Response(Problem(fault)))
            }
        }
        return .deferred
    }

    /// What a command says that answers with more than a record.
    struct Told: Sendable {
        let status: HTTPResponse.Status
        let json: JSON
        /// The ids of the records that it holds, and of the leads that these are about.
        let holds: [String]
        /// The version of the record that it is about.
        var version: Int64?
    }

    /// What such a command came to.
    private enum Telling: Sendable {
        case made(Told)
        case repeated(AnsweredRequest.Answer)
    }

    /// Does a command and answers with what it says when it is durable.
    func writeJSON(
        _ request: borrowing Request, author: Author,
        _ body: @escaping @Sendable (inout Transaction) throws(Refusal) -> Told
    ) throws(Problem) -> Response {
        let key = try Idempotency.key(of: request, by: author)
        let later = request.later()
        store.post(by: author) { transaction throws(Refusal) -> Telling in
            if let key, let answer = try AnsweredRequest.find(key, in: transaction) { return .repeated(answer) }
            let told = try body(&transaction)
            if let key {
                let text = String(decoding: JSONWriter.encode(told.json), as: UTF8.self) + "\n"
                AnsweredRequest.keep(
                    key, status: told.status.code, body: text, holding: told.holds, in: &transaction)
            }
            return .made(told)
        } settled: { [store] outcome in
            switch outcome {
            case .done(.repeated(let answer), _): Self.answer(later, again: answer, from: store)
            case .done(.made(let told), let seq):
                var response = Response.json(told.json, status: told.status)
                response.version = told.version
                later.answer(response.with(seq: seq))
            case .refused(let refusal): later.answer(Response(Problem(refusal)))
            case .failed(let fault): later.answer(Response(Problem(fault)))
            }
        }
        return .deferred
    }

    /// Answers as before, off the thread that settles: what was answered may have to be read from disk.
    static func answer(_ later: Deferred, again answer: AnsweredRequest.Answer, from store: Store) {
        DispatchQueue.global().async {
            do throws(Problem) {
                later.answer(try Idempotency.response(of: answer, from: store))
            } catch {
                later.answer(Response(error))
            }
        }
    }

    /// The answer to a command that ended.
    static func response<Result>(
        to outcome: Outcome<Result, Refusal>, _ done: (Result) -> Response
    ) -> Response {
        switch outcome {
        case .done(let result, let seq): done(result).with(seq: seq)
        case .refused(let refusal): Response(Problem(refusal))
        case .failed(let fault): Response(Problem(fault))
        }
    }

    // MARK: Reading

    /// Answers off the loop, for what takes longer than others should wait.
    func offLoop(
        _ request: borrowing Request, on queue: DispatchQueue = .global(),
        _ answer: @escaping @Sendable () throws(Problem) -> Response
    ) -> Response {
        let later = request.later()
        queue.async {
            do throws(Problem) { later.answer(try answer()) } catch { later.answer(Response(error)) }
        }
        return .deferred
    }

    /// A record as an answer: its bytes as they were encoded once.
    static func response(of record: Record, status: HTTPResponse.Status = .ok) -> Response {
        response(
            of: record.encoded, version: record.version,
            address: status == .created ? record.address : "", status: status)
    }

    /// A record's JSON as an answer; one that was made says its address.
    static func response(
        of encoded: [UInt8], version: Int64, address: @autoclosure () -> String, status: HTTPResponse.Status
    ) -> Response {
        var fields = ResponseFields()
        if status == .created { fields.append(.location, address()) }
        // Not compressed: one tag would name two different rows of bytes (RFC 9110 §8.8.3.3).
        return Response(status, fields: fields, version: version, body: encoded, mayCompress: false)
    }

    /// The record that the path names by `{id}`.
    ///
    /// - Throws: 404 where there is none that the asker sees.
    func record(_ schema: Schema, _ request: borrowing Request) throws(Problem) -> Record {
        let sight = try permissions.sight(of: request, reading: schema.name)
        let view = store.view
        guard let id = Identifier(request.parameterBytes("id"), prefix: schema.prefix),
            let record = view.record(schema.name, id), sight.isAll || sight.sees(record, in: view)
        else {
            throw Problem(.missing(kind: schema.prefix, id: request.parameter("id")))
        }
        return record
    }

    /// The newest state of the record that the path names, inside a command.
    static func record(
        _ schema: Schema, _ text: String, in transaction: Transaction
    ) throws(Refusal) -> Record {
        guard let id = Identifier(text, prefix: schema.prefix), let record = transaction.record(schema.name, id),
            transaction.shows(record)
        else { throw .missing(kind: schema.prefix, id: text) }
        return record
    }
}

extension Response {
    /// The answer with a write's place in the ledger.
    func with(seq: Int64) -> Response {
        var response = self
        response.fields.append(.tandemSeq, seq)
        return response
    }
}
