internal import Dispatch
internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Locks
internal import Store

/// Many records in one request, which has them whole: imports with a map.
struct Bulk: Sendable {
    let service: Service

    /// The most rows of one request.
    static let rowsMax = 10_000
    /// The longest body of one request, in bytes.
    static let bodyBytesMax = 16 << 20

    /// The rows of one command: few enough that who waits for the store hardly notices.
    private static let rowsOfCommand = 250

    /// Rows that were read, and what makes records of some of them.
    struct Rows: Sendable {
        let count: Int
        let make: @Sendable (Range<Int>, inout Transaction) -> ImportReport
    }

    /// `POST /v1/imports`: `{"resource", "map"?, "first_row"?, "rows"}`, each row a flat object.
    func imports(_ request: borrowing Request) throws(Problem) -> Response {
        let author = try service.permissions.author(of: request)
        try request.demandMediaType(Service.bulkMediaTypes)
        let body = request.body
        return try run(request, author: author) { () throws(Problem) in
            let input = try Request.json(in: body)
            let batch: ImportBatch
            do throws(Refusal) {
                batch = try ImportBatch(input)
                try batch.plan.demandMaking(by: author)
            } catch {
                throw Problem(error)
            }
            return Rows(count: batch.rows.count) { batch.run($0, in: &$1) }
        }
    }

    /// Runs off the loop, some rows a command: neither loops nor other writers wait for all of them.
    private func run(
        _ request: borrowing Request, author: Author, _ read: @escaping @Sendable () throws(Problem) -> Rows
    ) throws(Problem) -> Response {
        let key = try Idempotency.key(of: request, by: author)
        let later = request.later()
        let store = service.store
        DispatchQueue.global().async {
            do throws(Problem) {
                let rows = try read()
                guard rows.count <= Self.rowsMax else { throw Self.tooMany }
                guard let key else {
                    return Self.make(rows, for: nil, in: store, by: author) { later.answer($0) }
                }
                try Self.goOn(rows, for: key, in: store, by: author, later)
            } catch {
                later.answer(Response(error))
            }
        }
        return .deferred
    }

    /// Answers as before what was done before, and makes the rows that a crash left.
    private static func goOn(
        _ rows: Rows, for key: AnsweredRequest.Key, in store: Store, by author: Author, _ later: Deferred
    ) throws(Problem) {
        try RunningImports.enter(key)
        let done: @Sendable (Response) -> Void = { response in
            RunningImports.leave(key)
            later.answer(response)
        }
        store.post(by: author) { transaction throws(Refusal) in
            try AnsweredRequest.find(key, in: transaction)
        } settled: { outcome in
            switch outcome {
            case .done(let answer?, _) where answer.status != 0:
                RunningImports.leave(key)
                Service.answer(later, again: answer, from: store)
            case .done(let answer, _):
                let report = answer?.body.flatMap { ImportReport(text: $0) } ?? ImportReport()
                let first = Int(answer?.rows ?? 0)
                // Not on this thread, which all commands wait for.
                DispatchQueue.global().async { make(rows, from: first, report, for: key, in: store, by: author, done) }
            case .refused(let refusal): done(Response(Problem(refusal)))
            case .failed(let fault): done(Response(Problem(fault)))
            }
        }
        store.flush()
    }

    /// Commands settle in the order they were given, so the last one answers for all.
    static func make(
        _ rows: Rows, from first: Int = 0, _ earlier: ImportReport = ImportReport(), for key: AnsweredRequest.Key?,
        in store: Store, by author: Author, _ answer: @escaping @Sendable (Response) -> Void
    ) {
        let shared = Shared(earlier)
        for start in stride(from: first, to: max(first + 1, rows.count), by: rowsOfCommand) {
            let range = start..<max(start, min(start + rowsOfCommand, rows.count))
            let isLast = range.upperBound == rows.count
            store.write(by: author) { transaction throws(Refusal) -> ImportReport? in
                // The ledger may take entries again, and what comes behind rows that are lost would hide them.
                guard shared.fault.withLock({ $0 == nil }) else { return nil }
                let report = rows.make(range, &transaction)
                shared.made.withLock { $0.add(report) }
                if let key {
                    // In the entry of the rows themselves, so that after a crash it is known how far they came.
                    let body = String(decoding: JSONWriter.encode(shared.made.withLock { $0.json }), as: UTF8.self)
                    AnsweredRequest.keep(
                        key, status: isLast ? 200 : 0, body: body + "\n", rows: range.upperBound, in: &transaction)
                }
                return report
            } settled: { outcome in
                shared.note(outcome)
                if isLast { answer(shared.response(to: outcome)) }
            }
            store.flush()
        }
    }

    /// What the commands of one request report together.
    private final class Shared: Sendable {
        /// Of what is durable.
        let report: Locked<ImportReport>
        /// Of what is made, durable or not.
        let made: Locked<ImportReport>
        /// What kept the first rows that are lost from being written.
        let fault = Locked<StoreFault?>(nil)

        init(_ earlier: ImportReport) {
            report = Locked(earlier)
            made = Locked(earlier)
        }

        /// Takes over how a command ended, before any that is done after a fault has passed.
        func note(_ outcome: Outcome<ImportReport?, Refusal>) {
            switch outcome {
            case .done(let made?, _): report.withLock { $0.add(made) }
            case .failed(let new): fault.withLock { $0 = $0 ?? new }
            case .done, .refused: break
            }
        }

        /// The answer for all, when the last command has ended.
        func response(to outcome: Outcome<ImportReport?, Refusal>) -> Response {
            let report = report.withLock { $0 }
            guard let fault = fault.withLock({ $0 }) else {
                return Service.response(to: outcome) { _ in .json(report.json) }
            }
            return Response(report.created > 0 ? Problem(fault).after(report) : Problem(fault))
        }
    }

    static func json(_ line: [UInt8]) throws(Refusal) -> JSON {
        do throws(JSONFault) { return try JSONParser.parse(line) } catch {
            throw .invalid([Fault("", "is not JSON: column \(error.column), \(error.reason)")])
        }
    }

    private static var tooMany: Problem {
        Problem(.contentTooLarge, detail: "One request takes at most \(rowsMax) rows; send several.")
    }
}
