internal import Domain
internal import JSON

/// The lines of a body on their way to being rows, and how far they have come.
struct LineRows: Sendable {
    private var splitter = LineSplitter()
    private var lines: [[UInt8]] = []
    /// What the rows become, once the first line has said it.
    var plan: ImportPlan?
    var report: ImportReport
    private var isEnded = false
    /// Rows that were cut off the body, made or not.
    private var rowCount = 0
    /// Rows that were made before a crash.
    private var doneBefore = 0

    init(listedMax: Int) { report = ImportReport(listedMax: listedMax) }

    /// Whether the line that is coming is longer than may be.
    var isLineTooLong: Bool { splitter.isTooLong }

    /// Goes on where a crash left it.
    mutating func resume(after rows: Int64, _ known: ImportReport) {
        report.add(known)
        doneBefore = Int(rows)
    }

    mutating func add(_ bytes: [UInt8]) { lines += splitter.add(bytes) }

    mutating func end() {
        lines += splitter.finish()
        isEnded = true
    }

    /// The first line, which says what the others become, once it is there.
    mutating func takePlanLine() -> PlanLine {
        guard plan == nil else { return .isRead }
        guard !lines.isEmpty else { return isEnded ? .missing : .notYet }
        return .line(lines.removeFirst())
    }

    enum PlanLine {
        case isRead
        case notYet
        case missing
        case line([UInt8])
    }

    /// The rows of the next command, the number of the first of them from 0 on, and whether they are the last.
    mutating func nextRows(most: Int) -> (rows: [[UInt8]], first: Int, isLast: Bool) {
        let skipped = min(max(0, doneBefore - rowCount), lines.count)
        lines.removeFirst(skipped)
        rowCount += skipped
        let first = rowCount
        guard lines.count >= most || isEnded else { return ([], first, false) }
        let rows = Array(lines.prefix(most))
        lines.removeFirst(rows.count)
        rowCount += rows.count
        return (rows, first, isEnded && lines.isEmpty)
    }
}
