internal import Dispatch
internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Locks
internal import Store

/// Rows that come line by line, made as they come: some a command, the next asked for when those are durable.
///
/// So a body of any length takes the room of one command, and a client can send no faster than the disk takes it.
///
/// ```
/// begin ─▶ pull ─▶ take ─▶ run ─▶ pull …   until the body ends; run then answers
/// ```
final class LineImport: Sendable {
    /// What the lines are.
    enum Kind: Sendable {
        case records(of: any Resource.Type)
        /// The first line is a plan, the others are rows.
        case rows
    }

    private let kind: Kind
    private let store: Store
    private let author: Author
    private let key: AnsweredRequest.Key?
    private let body: IncomingBody
    private let later: Deferred
    private let state = Locked(LineRows(listedMax: LineImport.listedMax))

    /// How many refused rows the report lists; the others are counted.
    static let listedMax = 1_000
    /// The rows of one command: few enough that who waits for the store hardly notices.
    private static let rowsOfCommand = 250

    private init(
        _ kind: Kind, _ store: Store, _ author: Author, _ key: AnsweredRequest.Key?, _ body: IncomingBody,
        _ later: Deferred
    ) {
        self.kind = kind
        self.store = store
        self.author = author
        self.key = key
        self.body = body
        self.later = later
    }

    /// Takes a request's body and answers it with a report.
    static func begin(
        _ kind: Kind, _ request: borrowing Request, _ body: IncomingBody, for service: Service
    ) throws(Problem) -> Response {
        let author = try service.permissions.author(of: request)
        let key = try Idempotency.key(of: request, by: author)
        let lines = LineImport(kind, service.store, author, key, body, request.later())
        try lines.begin()
        return .deferred
    }

    private func begin() throws(Problem) {
        guard let key else { return pull() }
        try RunningImports.enter(key)
        store.write(by: author) { transaction throws(Refusal) in
            try AnsweredRequest.find(key, in: transaction)
        } settled: { [self] outcome in
            switch outcome {
            case .done(let answer?, _) where answer.status != 0:
                RunningImports.leave(key)
                Service.answer(later, again: answer, from: store)
            case .done(let answer, _):
                if let answer, let known = answer.body.flatMap({ ImportReport(text: $0) }) {
                    state.withLock { $0.resume(after: answer.rows, known) }
                }
                pull()
            case .refused(let refusal): answer(Response(Problem(refusal)))
            case .failed(let fault): answer(Response(Problem(fault)))
            }
        }
        store.flush()
    }

    private func answer(_ response: Response) {
        if let key { RunningImports.leave(key) }
        later.answer(response)
    }

    // MARK: Lines

    private func pull() {
        body.next { piece in DispatchQueue.global().async { self.take(piece) } }
    }

    private func take(_ piece: IncomingBody.Piece) {
        let isTooLong = state.withLock { state in
            switch piece {
            case .bytes(let bytes): state.add(bytes)
            case .end: state.end()
            case .broken: break
            }
            return state.isLineTooLong
        }
        // Nobody waits for an answer; what is made is made, and with a key the client goes on from there.
        if case .broken = piece { return answer(.noContent) }
        guard !isTooLong else {
            return answer(
                Response(
                    Problem(
                        .contentTooLarge, detail: "A line has more than \(LineSplitter.lineBytesMax) bytes.")))
        }
        run()
    }

    private func run() {
        do throws(Problem) {
            guard try hasPlan() else { return pull() }
        } catch {
            return answer(Response(error))
        }
        let (rows, first, isLast) = state.withLock { $0.nextRows(most: Self.rowsOfCommand) }
        guard !rows.isEmpty || isLast else { return pull() }
        make(rows, from: first, isLast: isLast)
    }

    /// Whether it is known what the rows become.
    private func hasPlan() throws(Problem) -> Bool {
        guard case .rows = kind else { return true }
        switch state.withLock({ $0.takePlanLine() }) {
        case .isRead: return true
        case .notYet: return false
        case .missing: throw Problem(.badRequest, detail: "The first line must say what the rows become.")
        case .line(let line):
            let json = try Request.json(in: line)
            do throws(Refusal) {
                let plan = try ImportPlan(json)
                state.withLock { $0.plan = plan }
                return true
            } catch {
                throw Problem(error)
            }
        }
    }

    // MARK: Rows

    private func make(_ lines: [[UInt8]], from first: Int, isLast: Bool) {
        let (plan, earlier) = state.withLock { ($0.plan, $0.report) }
        // Read before the store is taken: others wait for that.
        let rows = lines.map(Row.init)
        store.write(by: author) { [key, kind] transaction throws(Refusal) -> ImportReport in
            var report = earlier
            for (place, row) in rows.enumerated() {
                report.take(row: first + place + (plan?.firstRow ?? 1), in: &transaction) {
                    transaction throws(Refusal) -> Record? in
                    let json = try row.json()
                    if let plan { return try plan.make(json, in: &transaction) }
                    guard case .records(let resource) = kind else { return nil }
                    return try Commands.create(resource, json, in: &transaction)
                }
            }
            if let key {
                // In the entry of the rows themselves, so that after a crash it is known how far they came; the list of
                // refused rows is in the last one alone, or each would have it again.
                let kept = isLast ? report.json : report.counts
                AnsweredRequest.keep(
                    key, status: isLast ? 200 : 0,
                    body: String(decoding: JSONWriter.encode(kept), as: UTF8.self) + "\n",
                    rows: first + rows.count, in: &transaction)
            }
            return report
        } settled: { [self] outcome in
            switch outcome {
            case .done(let report, let seq):
                state.withLock { $0.report = report }
                if isLast { return answer(Response.json(report.json).with(seq: seq)) }
                DispatchQueue.global().async { self.run() }
            case .refused(let refusal): answer(Response(Problem(refusal)))
            case .failed(let fault):
                answer(Response(earlier.created > 0 ? Problem(fault, after: earlier) : Problem(fault)))
            }
        }
        store.flush()
    }

    /// A line as JSON, or why it is none.
    private enum Row: Sendable {
        case read(JSON)
        case refused(Refusal)

        init(_ line: [UInt8]) {
            do throws(JSONFault) { self = .read(try JSONParser.parse(line)) } catch {
                self = .refused(.invalid([Fault("", "is not JSON: column \(error.column), \(error.reason)")]))
            }
        }

        func json() throws(Refusal) -> JSON {
            switch self {
            case .read(let json): return json
            case .refused(let refusal): throw refusal
            }
        }
    }
}
