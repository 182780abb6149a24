/// Where a table stops being CSV.
struct CSVFault: Error, Equatable {
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
    }

    private var state = State.start
    private var cell: [UInt8] = []
    private var cells: [String] = []
    private var rows: [[String]] = []
    private var nextRow = 0
    private var line = 1
    private var isFirstByte = true
    /// Whether the last byte was a CR that ended a row: an LF behind it is the same end.
    private var isBehindReturn = false

    /// The next row that is whole.
    mutating func next() -> [String]? {
        guard nextRow < rows.count else {
            rows.removeAll(keepingCapacity: true)
            nextRow = 0
            return nil
        }
        defer { nextRow += 1 }
        return rows[nextRow]
    }

    /// Takes more bytes.
    mutating func add(_ bytes: [UInt8]) throws(CSVFault) {
        var bytes = bytes[...]
        // A byte order mark is no part of the first column's name.
        if isFirstByte, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        isFirstByte = isFirstByte && bytes.isEmpty
        for byte in bytes { try take(byte) }
    }

    /// Says that no more bytes come.
    mutating func finish() throws(CSVFault) {
        if case .quoted = state { throw CSVFault(line: line, reason: "a quoted cell has no end") }
        if !cells.isEmpty || !cell.isEmpty { try endRow() }
    }

    private mutating func take(_ byte: UInt8) throws(CSVFault) {
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
        case (_, UInt8(ascii: ",")): try endCell()
        case (_, UInt8(ascii: "\n")) where isSameEnd: break
        case (_, UInt8(ascii: "\n")), (_, UInt8(ascii: "\r")):
            try endRow()
            line += 1
            isBehindReturn = byte == UInt8(ascii: "\r")
        case (.start, UInt8(ascii: "\"")): state = .quoted
        case (.quoteInQuoted, _): throw CSVFault(line: line, reason: "text behind the closing quote of a cell")
        default:
            cell.append(byte)
            state = .bare
        }
    }

    private mutating func endCell() throws(CSVFault) {
        guard let text = String(validating: cell, as: UTF8.self) else {
            throw CSVFault(line: line, reason: "a cell that is not UTF-8")
        }
        cells.append(isGuarded ? String(text.dropFirst()) : text)
        cell.removeAll(keepingCapacity: true)
        state = .start
    }

    /// Whether a quote stands before the cell's text so that no spreadsheet takes it for a formula, as this program's tables
    /// have it.
    private var isGuarded: Bool {
        cell.count > 1 && cell[0] == UInt8(ascii: "'") && "=+-@\t".utf8.contains(cell[1])
    }

    private mutating func endRow() throws(CSVFault) {
        let isEmptyLine = cells.isEmpty && cell.isEmpty && state == .start
        if isEmptyLine { return }
        try endCell()
        rows.append(cells)
        cells = []
    }
}
