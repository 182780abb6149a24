internal import Domain
internal import HTTPServer
internal import JSON
internal import Store

/// The rows of a body on their way to being durable records: what is read, made and synced at the same time, and what
/// may be begun next.
struct LineRows: Sendable {
    /// What the rows become, where it is known: else the first line says it.
    var plan: ImportPlan?
    /// The mark of what stands before the first row.
    var startMark: KeyDigest?
    /// What became of the rows that are made, durable or not.
    var made: ImportReport
    /// What became of those that are durable.
    private(set) var report: ImportReport

    /// Rows that are read and not made, in parts as they were read.
    private var parts: [LinePart] = []
    /// How many rows are in the parts.
    private var waitingCount = 0
    /// How many rows have been taken from the parts, made or not.
    private var rowCount = 0
    /// What was made of the same body before, until it is known to be the same.
    private var before: Before?
    /// What was answered to the same body before, once it is known to be the same.
    private(set) var repeated: AnsweredRequest.Answer?
    private var isReading = false
    private var isMaking = false
    /// How many commands are made and not settled, and how many of these the ledger was not told of.
    private var underway = 0
    private var untold = 0
    /// When the ledger was told last, in nanoseconds.
    private var toldAt: UInt64 = 0
    /// About how many bytes the rows have that are read and not made.
    private var bytesAhead = 0
    private var end: End?
    /// Whether the last command is made.
    private var isLastMade = false
    /// Whether it is answered, so that nothing more is begun.
    private(set) var isAnswered = false

    /// How a body ends.
    enum End: Sendable {
        /// All of it came.
        case whole
        /// It is read no further; what came in time is made, and then this is answered, where anybody waits for it.
        case cut(Problem?)
    }

    /// What was made of a body with the same key.
    private struct Before {
        let answer: AnsweredRequest.Answer
        /// The mark of the last row that was passed over.
        var mark: KeyDigest?

        /// Whether what was passed over is what was made.
        var isSame: Bool { answer.lines == mark?.hexadecimal }
        /// Whether all of the body was made, and answered.
        var isAll: Bool { answer.status != 0 }
    }

    /// Some rows that are made together.
    struct Command: Sendable {
        /// The last part first.
        private var parts: [LinePart]
        /// The number of the first row, from 0 on.
        let first: Int
        let count: Int
        let isLast: Bool
        /// The mark of the last row.
        let mark: KeyDigest?

        init(_ parts: [LinePart], first: Int, isLast: Bool) {
            self.parts = parts.reversed()
            self.first = first
            self.isLast = isLast
            count = parts.reduce(0) { $0 + $1.count }
            mark = parts.last?.lastMark
        }

        var end: Int { first + count }

        /// Takes the next row.
        mutating func next() -> LineRow? {
            guard let last = parts.indices.last else { return nil }
            let row = parts[last].takeFirst()
            if parts[last].count == 0 { parts.removeLast() }
            return row
        }
    }

    /// The least rows of a command, but for the last: few enough that who waits for the store hardly notices.
    private static let rowsOfCommand = 500
    /// How many commands are written together: they share a sync, and a state that others see.
    private static let commandsOfBatch = 16
    /// How long rows that take long to make wait for others, in nanoseconds.
    private static let untoldTimeMax: UInt64 = 100_000_000
    /// How many commands are made before the first of them is durable: one batch gathers while the other is synced.
    private static let underwayMax = 2 * commandsOfBatch
    /// How much is read before it is made, beyond what makes a command.
    private static let bytesAheadMax = 1 << 20

    init(_ plan: ImportPlan?, listedMax: Int) {
        self.plan = plan
        report = ImportReport(listedMax: listedMax)
        made = report
    }

    /// Goes on behind what was made before, where the body begins with the same rows.
    mutating func resume(after answer: AnsweredRequest.Answer) { before = Before(answer: answer) }

    // MARK: Reading

    /// How many rows are read, made or not.
    var readCount: Int { rowCount + waitingCount }

    /// Whether some more of the body is to be asked for now: while there is enough for the next, the sender waits.
    mutating func beginReading() -> Bool {
        let isEnough =
            waitingCount >= Self.rowsOfCommand * Self.commandsOfBatch
            || waitingCount >= Self.rowsOfCommand && bytesAhead >= Self.bytesAheadMax
        guard !isReading, end == nil, !isAnswered, !isEnough else { return false }
        isReading = true
        return true
    }

    mutating func endReading(_ new: [LinePart], bytes: Int, _ end: End?) {
        parts += new
        waitingCount += new.reduce(0) { $0 + $1.count }
        bytesAhead += bytes
        self.end = self.end ?? end
        isReading = false
    }

    // MARK: Making

    /// The rows of the next command, where one may be made now.
    mutating func beginMaking() -> Command? {
        passOver()
        let isWhole = isWhole
        guard before == nil, !isMaking, !isAnswered, !isLastMade, underway < Self.underwayMax,
            waitingCount >= Self.rowsOfCommand || isWhole
        else { return nil }
        var taken = 0
        var partCount = 0
        while partCount < parts.count, taken < Self.rowsOfCommand {
            taken += parts[partCount].count
            partCount += 1
        }
        bytesAhead -= bytesAhead / max(1, waitingCount) * taken
        waitingCount -= taken
        let command = Command(
            Array(parts.prefix(partCount)), first: rowCount, isLast: isWhole && waitingCount == 0)
        parts.removeFirst(partCount)
        rowCount += taken
        isMaking = true
        underway += 1
        isLastMade = command.isLast
        return command
    }

    /// Whether all of the body is read.
    private var isWhole: Bool {
        if case .whole = end { return true }
        return false
    }

    /// Passes over the rows that were made before, and finds out whether they are the same.
    private mutating func passOver() {
        guard plan != nil, var known = before else { return }
        known.mark = known.mark ?? startMark
        while rowCount < known.answer.rows, let row = takeFirst() { known.mark = row.mark }
        before = known
        guard rowCount == known.answer.rows else {
            if isWhole { refuseOther() }
            return
        }
        guard known.isSame, !known.isAll || waitingCount == 0 else { return refuseOther() }
        guard !known.isAll else {
            if isWhole { repeated = known.answer }
            return
        }
        before = nil
        if let known = known.answer.body.flatMap({ ImportReport(text: $0) }) { report.add(known) }
        made = report
    }

    private mutating func takeFirst() -> LineRow? {
        guard !parts.isEmpty, let row = parts[0].takeFirst() else { return nil }
        if parts[0].count == 0 { parts.removeFirst() }
        bytesAhead -= bytesAhead / waitingCount
        waitingCount -= 1
        rowCount += 1
        return row
    }

    /// Another body came with the key of one of which something was made.
    private mutating func refuseOther() {
        end = .cut(Problem(Refusal.reusedKey))
        parts = []
        waitingCount = 0
    }

    /// Whoever sent the body may not go on: neither the command that was begun is made nor what waits.
    mutating func refuse(_ problem: Problem) {
        end = .cut(problem)
        (parts, waitingCount, bytesAhead) = ([], 0, 0)
        isMaking = false
        underway -= 1
    }

    mutating func endMaking() {
        isMaking = false
        untold += 1
    }

    /// Whether the ledger is to be told now: a batch is together, the last command is made, whoever asks has nothing more to
    /// make, or it was not told for long.
    ///
    /// - Parameter time: in nanoseconds, of a clock that goes on.
    mutating func beginWriting(isIdle: Bool, at time: UInt64) -> Bool {
        let isLate = time &- toldAt >= Self.untoldTimeMax
        guard untold > 0, untold >= Self.commandsOfBatch || isLastMade || isIdle && !isMaking || isLate else {
            return false
        }
        untold = 0
        toldAt = time
        return true
    }

    // MARK: Settling

    /// Takes over what is durable now.
    mutating func settle(_ report: ImportReport) {
        // A command that changed nothing may be told before those that it came after.
        if report.rowCount > self.report.rowCount { self.report = report }
        underway -= 1
        untold = min(untold, underway)
    }

    /// What is to be answered to a body that was cut, when all that came in time is settled.
    var cutAnswer: Response? {
        guard case .cut(let problem) = end, !isMaking, underway == 0, waitingCount < Self.rowsOfCommand else {
            return nil
        }
        guard let problem else { return .noContent }
        return Response(report.rowCount > 0 ? problem.after(report) : problem)
    }

    /// Takes note that it is answered; `false` where it was before.
    mutating func answer() -> Bool {
        defer { isAnswered = true }
        return !isAnswered
    }
}

/// A line as a row, or why it is none.
struct LineRow: Sendable {
    private let read: Result<ImportPlan.Row, Refusal>
    /// The digest of this line and all before it, where the request has a key.
    let mark: KeyDigest?

    init(_ line: [UInt8], _ plan: ImportPlan, mark: KeyDigest? = nil) {
        self.mark = mark
        do throws(JSONFault) { read = .success(try plan.read(line)) } catch {
            read = .failure(.invalid([Fault("", "is not JSON: column \(error.column), \(error.reason)")]))
        }
    }

    consuming func row() throws(Refusal) -> ImportPlan.Row { try read.get() }
}

/// Rows one behind the other, which are taken out and not copied: who holds one has its values alone.
struct LinePart: Sendable {
    /// Those that were taken are `nil`.
    private var rows: [LineRow?]
    private var takenCount = 0
    /// The mark of the last.
    let lastMark: KeyDigest?

    /// The most rows of one part: a command has few more than it needs.
    static let rowsMax = 250

    /// Some rows, all of which are there.
    init(_ rows: consuming [LineRow?]) {
        lastMark = rows.last??.mark
        self.rows = rows
    }

    var count: Int { rows.count - takenCount }

    mutating func takeFirst() -> LineRow? {
        guard takenCount < rows.count else { return nil }
        takenCount += 1
        return rows[takenCount - 1].take()
    }
}
