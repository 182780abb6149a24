internal import Dispatch
internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Locks
internal import Store

/// Rows that come line by line, made as they come, some a command.
///
/// Three things go on at once: lines are read, rows that were read before are made, and what was made before is synced.
/// Each goes on only as far as the next lets it: a body of any length takes the room of a few commands, and a client can
/// send no faster than the disk takes it.
///
/// ```
/// begin ─▶ goOn ─▶ read ─▶ take ──▶ goOn …
///               └▶ make ─▶ settled ─▶ goOn …   until the body ends; its last command answers
/// ```
final class LineImport: Sendable {
    /// What the lines are.
    enum Kind: Sendable {
        case records(of: any Resource.Type)
        /// The first line is a plan, the others are rows.
        case rows
    }

    private let store: Store
    private let permissions: Permissions
    private let held: HeldKey
    private let key: AnsweredRequest.Key?
    private let body: IncomingBody
    private let later: Deferred
    private let splitter = Locked(LineSplitter())
    /// The digest of all lines so far, where the request has a key: what a second request with it is compared by.
    private let mark: Locked<KeyDigest?>
    private let state: Locked<LineRows>

    /// How many refused rows the report lists; the others are counted.
    static let listedMax = 1_000

    private init(
        _ kind: Kind, _ service: Service, _ held: HeldKey, _ key: AnsweredRequest.Key?, _ body: IncomingBody,
        _ later: Deferred
    ) {
        store = service.store
        permissions = service.permissions
        self.held = held
        self.key = key
        self.body = body
        self.later = later
        mark = Locked(key.map { _ in KeyDigest(of: []) })
        var plan: ImportPlan?
        if case .records(let resource) = kind { plan = ImportPlan(of: resource) }
        var rows = LineRows(plan, listedMax: Self.listedMax)
        rows.startMark = mark.withLock(\.self)
        state = Locked(rows)
    }

    /// Takes a request's body and answers it with a report.
    static func begin(
        _ kind: Kind, _ request: borrowing Request, _ body: IncomingBody, for service: Service
    ) throws(Problem) -> Response {
        let author = try service.permissions.author(of: request)
        let key = try Idempotency.key(of: request, by: author)
        let held = try service.permissions.held(by: request)
        if case .records(let resource) = kind { try demandMaking(ImportPlan(of: resource), by: author) }
        let lines = LineImport(kind, service, held, key, body, request.later())
        try lines.begin(by: author)
        return .deferred
    }

    private static func demandMaking(_ plan: ImportPlan, by author: Author) throws(Problem) {
        do throws(Refusal) { try plan.demandMaking(by: author) } catch { throw Problem(error) }
    }

    private func begin(by author: Author) throws(Problem) {
        guard let key else { return goOn() }
        try RunningImports.enter(key)
        store.post(by: author) { transaction throws(Refusal) in
            try AnsweredRequest.find(key, in: transaction)
        } settled: { [self] outcome in
            switch outcome {
            case .done(let answer, _):
                if let answer { state.withLock { $0.resume(after: answer) } }
                goOn()
            case .refused(let refusal): answer(Response(Problem(refusal)))
            case .failed(let fault): answer(Response(Problem(fault)))
            }
        }
        store.flush()
    }

    private func answer(_ response: Response) {
        guard state.withLock({ $0.answer() }) else { return }
        if let key { RunningImports.leave(key) }
        later.answer(response)
    }

    private func answerAgain(_ kept: AnsweredRequest.Answer) {
        guard state.withLock({ $0.answer() }) else { return }
        if let key { RunningImports.leave(key) }
        Service.answer(later, again: kept, from: store)
    }

    /// Begins all that may be begun now.
    private func goOn() {
        DispatchQueue.global().async {
            self.read()
            self.make()
        }
    }

    // MARK: Reading

    private func read() {
        guard state.withLock({ $0.beginReading() }) else { return }
        body.next { piece in DispatchQueue.global().async { self.take(piece) } }
    }

    private func take(_ piece: IncomingBody.Piece) {
        var end = end(after: piece)
        var parts: [LinePart] = []
        let (lines, isTooLong) = lines(in: piece)
        do throws(Problem) {
            parts = try self.parts(of: lines, in: piece)
            if isTooLong { throw tooLong(after: parts) }
        } catch {
            end = .cut(error)
        }
        var bytes = 0
        if case .bytes(let some) = piece { bytes = some.count }
        state.withLock { [bytes, end, parts] in $0.endReading(parts, bytes: bytes, end) }
        read()
        make()
    }

    /// The lines that become whole, and whether the one behind them is longer than may be.
    private func lines(in piece: IncomingBody.Piece) -> (whole: [[UInt8]], isTooLong: Bool) {
        splitter.withLock { splitter in
            switch piece {
            case .bytes(let bytes): (splitter.add(bytes), splitter.isTooLong)
            case .end: (splitter.finish(), false)
            case .refused, .broken: ([], false)
            }
        }
    }

    private func tooLong(after parts: [LinePart]) -> Problem {
        let row = state.withLock { state in
            state.plan.map { $0.firstRow + state.readCount + parts.reduce(0) { $0 + $1.count } }
        }
        let line = row.map { "The line of row \($0)" } ?? "The first line"
        return Problem(
            .contentTooLarge, title: "Line too long",
            detail: "\(line) has more than \(LineSplitter.lineBytesMax) bytes.")
    }

    private func end(after piece: IncomingBody.Piece) -> LineRows.End? {
        switch piece {
        case .bytes: nil
        case .end: .whole
        case .refused(let problem): .cut(problem)
        // Nobody waits for an answer; what is made is made, and with a key the client goes on from there.
        case .broken: .cut(nil)
        }
    }

    /// The rows that lines are; read here and not where they are made, which others wait for.
    private func parts(of lines: [[UInt8]], in piece: IncomingBody.Piece) throws(Problem) -> [LinePart] {
        if let plan = state.withLock({ $0.plan }) { return parts(of: lines[...], plan) }
        guard let first = lines.first else {
            guard case .end = piece else { return [] }
            throw Problem(.badRequest, detail: "The first line must say what the rows become.")
        }
        let plan = try Self.plan(in: first)
        // Who may not write any more is told by what makes the rows.
        if let author = permissions.authorNow(of: held) { try Self.demandMaking(plan, by: author) }
        let mark = mark(after: first)
        state.withLock {
            $0.plan = plan
            $0.startMark = mark
        }
        return parts(of: lines.dropFirst(), plan)
    }

    private func parts(of lines: ArraySlice<[UInt8]>, _ plan: ImportPlan) -> [LinePart] {
        stride(from: lines.startIndex, to: lines.endIndex, by: LinePart.rowsMax).map { start in
            LinePart(lines[start...].prefix(LinePart.rowsMax).map { LineRow($0, plan, mark: mark(after: $0)) })
        }
    }

    private func mark(after line: [UInt8]) -> KeyDigest? {
        mark.withLock { mark in
            mark = mark.map { KeyDigest(of: line, after: $0) }
            return mark
        }
    }

    /// What the rows become, as the first line says.
    private static func plan(in line: [UInt8]) throws(Problem) -> ImportPlan {
        let json = try Request.json(in: line)
        do throws(Refusal) { return try ImportPlan(json) } catch { throw Problem(error) }
    }

    // MARK: Making

    private func make() {
        while let command = state.withLock({ $0.beginMaking() }) {
            // A body can take days: whoever may not write any more does not go on.
            guard let author = permissions.authorNow(of: held) else {
                state.withLock { $0.refuse(Permissions.takenAway) }
                break
            }
            make(consume command, by: author)
            state.withLock { $0.endMaking() }
            write(isIdle: false)
            read()
        }
        write(isIdle: true)
        // Rows that were passed over have made room.
        read()
        if let kept = state.withLock({ $0.repeated }) { answerAgain(kept) }
        if let response = state.withLock({ $0.cutAnswer }) { answer(response) }
    }

    /// Has the ledger told of what is made, where that is due.
    private func write(isIdle: Bool) {
        let time = DispatchTime.now().uptimeNanoseconds
        if state.withLock({ $0.beginWriting(isIdle: isIdle, at: time) }) { store.writeGathered() }
    }

    private func make(_ command: consuming LineRows.Command, by author: Author) {
        let isLast = command.isLast
        store.gather(by: author) { transaction throws(Refusal) -> ImportReport? in
            // The ledger may take entries again, and what comes behind rows that are lost would hide them.
            guard !state.withLock({ $0.isAnswered }) else { return nil }
            let (plan, earlier) = state.withLock { ($0.plan, $0.made) }
            guard let plan else { return nil }
            let report = make(&command, plan, after: earlier, in: &transaction)
            state.withLock { $0.made = report }
            return report
        } settled: { [self] outcome in
            settle(outcome, isLast: isLast)
        }
    }

    private func make(
        _ command: inout LineRows.Command, _ plan: ImportPlan, after earlier: ImportReport,
        in transaction: inout Transaction
    ) -> ImportReport {
        var report = earlier
        for row in command.first..<command.end {
            report.take(row: row + plan.firstRow, in: &transaction) { transaction throws(Refusal) -> Record? in
                guard let row = command.next() else { return nil }
                return try plan.make(try row.row(), in: &transaction)
            }
        }
        if let key {
            // In the entry of the rows themselves, so that after a crash it is known how far they came; why rows were
            // refused is in the last one alone, or each would have it again.
            let kept = command.isLast ? report.json : report.progress
            AnsweredRequest.keep(
                key, status: command.isLast ? 200 : 0,
                body: String(decoding: JSONWriter.encode(kept), as: UTF8.self) + "\n",
                rows: command.end, lines: (command.mark ?? mark.withLock(\.self))?.hexadecimal,
                in: &transaction)
        }
        return report
    }

    private func settle(_ outcome: Outcome<ImportReport?, Refusal>, isLast: Bool) {
        switch outcome {
        case .done(let report?, let seq):
            state.withLock { $0.settle(report) }
            if isLast { return answer(Response.json(report.json).with(seq: seq)) }
            goOn()
        case .done(nil, _): break
        case .refused(let refusal): answer(Response(Problem(refusal)))
        case .failed(let fault):
            let report = state.withLock { $0.report }
            answer(Response(report.created > 0 ? Problem(fault).after(report) : Problem(fault)))
        }
    }
}
