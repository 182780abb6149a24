import Foundation
import JSON

/// The rows of a CSV or NDJSON file, some at a time, so that a file of any size takes the same memory.
struct Rows {
    private let handle: FileHandle
    private let isCSV: Bool
    private let size: UInt64
    private var readBytes: UInt64 = 0
    private var csv = CSVReader()
    /// The columns of CSV, once a row was read.
    private(set) var header: [String]?
    /// The places of those that have a name of their own.
    private var columns: [Int] = []
    private var pending: [UInt8] = []
    private var pendingStart = 0
    private var isAtEnd = false
    private var rowNumber = 0
    /// The rows that could not be read, by number, with the reason.
    private(set) var unreadable: [(row: Int, reason: String)] = []

    /// The most rows of a batch, and the most bytes that are read for one.
    private static let rowsMax = 500
    private static let bytesMax = 256 * 1024

    /// Opens a file.
    init(path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw Failure("\(path) cannot be read") }
        if try URL(fileURLWithPath: path).resourceValues(forKeys: [.isDirectoryKey]).isDirectory ?? false {
            throw Failure("\(path) cannot be read: it is a folder")
        }
        self.handle = handle
        isCSV = path.lowercased().hasSuffix(".csv")
        size = try handle.seekToEnd()
        try handle.seek(toOffset: 0)
    }

    /// How much of the file has been read, from 0 to 1.
    var shareRead: Double { size == 0 ? 1 : Double(readBytes) / Double(size) }

    /// Some rows and the number of the first, or `nil` after the last.
    ///
    /// - Throws: ``Failure`` where the file is not what its name says.
    mutating func nextBatch() throws -> (firstRow: Int, rows: [JSON])? {
        var rows: [JSON] = []
        var first = rowNumber + 1
        while rows.isEmpty || rows.count < Self.rowsMax {
            switch try nextRow() {
            case .row(let row):
                rows.append(row)
                rowNumber += 1
            case .unreadable(let reason):
                rowNumber += 1
                unreadable.append((rowNumber, reason))
                // The rows of a batch are numbered from its first, so a gap ends it.
                if !rows.isEmpty { return (first, rows) }
                first = rowNumber + 1
            case .none where isAtEnd: return rows.isEmpty ? nil : (first, rows)
            case .none: try readMore()
            }
        }
        return (first, rows)
    }

    private enum Reading {
        case row(JSON)
        case unreadable(String)
    }

    private mutating func readMore() throws {
        let data = try handle.read(upToCount: Self.bytesMax) ?? Data()
        readBytes += UInt64(data.count)
        isAtEnd = data.isEmpty
        if isCSV {
            if isAtEnd { csv.finish() } else { csv.add(Array(data)) }
        } else {
            pending.removeFirst(pendingStart)
            pendingStart = 0
            pending.append(contentsOf: data)
        }
    }

    private mutating func nextRow() throws -> Reading? { isCSV ? try nextCSVRow() : nextLine() }

    private mutating func nextCSVRow() throws -> Reading? {
        guard let row = csv.next() else { return nil }
        let cells: [String]
        do throws(CSVFault) { cells = try row.get() } catch {
            guard header != nil else { throw Failure("line \(error.line), the header: \(error.reason)") }
            return .unreadable("line \(error.line): \(error.reason)")
        }
        guard let header else {
            self.header = cells
            // Of two of one name nobody says which is meant.
            columns = cells.indices.filter { place in cells.count { $0 == cells[place] } == 1 }
            return try nextCSVRow()
        }
        guard cells.count == header.count else {
            return .unreadable("it has \(cells.count) cells, and the header \(header.count)")
        }
        // An empty cell is no value.
        return .row(.object(columns.map { .init(header[$0], cells[$0].isEmpty ? .null : .string(cells[$0])) }))
    }

    private mutating func nextLine() -> Reading? {
        while true {
            let rest = pending[pendingStart...]
            let end = rest.firstIndex(of: UInt8(ascii: "\n"))
            guard let end = end ?? (isAtEnd && !rest.isEmpty ? rest.endIndex : nil) else { return nil }
            let line = Array(rest[..<end])
            pendingStart = min(end + 1, pending.count)
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
            do throws(JSONFault) { return .row(try JSONParser.parse(line)) } catch {
                return .unreadable("it is not JSON: column \(error.column), \(error.reason)")
            }
        }
    }
}
