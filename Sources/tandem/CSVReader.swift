/// Why a row is none.
struct CSVFault: Error, Equatable {
    /// Where in the file, from 1 on.
    let line: Int
    let reason: String
}

/// Takes CSV apart (RFC 4180), however its bytes come: rows in constant memory, which SwiftCSV cannot.
struct CSVReader {
    private enum State {
        case start
        case bare
        case quoted
        case quoteInQuoted
        /// In a row that is none, up to its end.
        case broken
    }

    private var state = State.start
    private var cell: [UInt8] = []
    private var cells: [String] = []
    private var rows: [Result<[String], CSVFault>] = []
    private var nextRow = 0
    /// What is wrong with the row that is read.
    private var fault: CSVFault?
    private var line = 1
    private var isFirstByte = true
    /// Whether the last byte was a CR that ended a row: an LF behind it is the same end.
    private var isBehindReturn = false

    /// The next row that has ended, or why it is none.
    mutating func next() -> Result<[String], CSVFault>? {
        guard nextRow < rows.count else {
            rows.removeAll(keepingCapacity: true)
            nextRow = 0
            return nil
        }
        defer { nextRow += 1 }
        return rows[nextRow]
    }

    /// Takes more bytes.
    mutating func add(_ bytes: [UInt8]) {
        var bytes = bytes[...]
        // A byte order mark is no part of the first column's name.
        if isFirstByte, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        isFirstByte = isFirstByte && bytes.isEmpty
        for byte in bytes { take(byte) }
    }

    /// Says that no more bytes come.
    mutating func finish() {
        if case .quoted = state { fail("a quoted cell has no end") }
        if !cells.isEmpty || !cell.isEmpty || fault != nil { endRow() }
    }

    /// Takes the row that is read for none, in the words of its first fault.
    private mutating func fail(_ reason: String) {
        fault = fault ?? CSVFault(line: line, reason: reason)
        (cell, cells) = ([], [])
    }

    private mutating func take(_ byte: UInt8) {
        let isSameEnd = isBehindReturn && byte == UInt8(ascii: "\n")
        isBehindReturn = false
        switch (state, byte) {
        case (.quoted, UInt8(ascii: "\"")): state = .quoteInQuoted
        case (.quoted, _):
            if byte == UInt8(ascii: "\n") { line += 1 }
            cell.append(byte)
        case (.quoteInQuoted, UInt8(ascii: "\"")):
            cell.append(byte)
            state = .quoted
        case (.broken, _) where byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\r"): break
        case (_, UInt8(ascii: ",")): endCell()
        case (_, UInt8(ascii: "\n")) where isSameEnd: break
        case (_, UInt8(ascii: "\n")), (_, UInt8(ascii: "\r")):
            endRow()
            line += 1
            isBehindReturn = byte == UInt8(ascii: "\r")
        case (.start, UInt8(ascii: "\"")): state = .quoted
        case (.quoteInQuoted, _):
            fail("text behind the closing quote of a cell")
            state = .broken
        default:
            cell.append(byte)
            state = .bare
        }
    }

    private mutating func endCell() {
        state = .start
        guard let text = String(validating: cell, as: UTF8.self) else { return fail("a cell that is not UTF-8") }
        cells.append(isGuarded ? String(text.dropFirst()) : text)
        cell.removeAll(keepingCapacity: true)
    }

    /// Whether a quote stands before the cell's text so that no spreadsheet takes it for a formula, as this program's tables
    /// have it.
    private var isGuarded: Bool {
        cell.count > 1 && cell[0] == UInt8(ascii: "'") && "=+-@\t".utf8.contains(cell[1])
    }

    private mutating func endRow() {
        let isEmptyLine = cells.isEmpty && cell.isEmpty && state == .start && fault == nil
        if isEmptyLine { return }
        endCell()
        rows.append(fault.map { .failure($0) } ?? .success(cells))
        (cells, fault) = ([], nil)
    }
}
