import ArgumentParser
import Domain
import Foundation
import JSON
import Logging
import Store

/// `tandem import`
struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reads CSV or NDJSON into a running server or a folder.",
        discussion: "Refused rows change nothing and are listed with their reasons; then it exits 1.")

    @Argument(help: "The file; .csv is read as CSV with a header line, anything else as NDJSON.")
    var file: String

    @Option(help: "What the rows become: leads, deals, …")
    var resource: String

    @Option(help: "A JSON file that says how columns become members; without it they are the members of their names.")
    var map: String?

    @Option(help: "The running server.")
    var url = "http://127.0.0.1:8080"

    @Option(help: "The server's key. (default: TANDEM_KEY of the environment)")
    var key: String?

    @Option(help: "A folder to read into, in place of a running server.")
    var data: String?

    func run() throws {
        let map = try self.map.map { path in
            try MapFile.read(path, tablesIn: URL(fileURLWithPath: file).deletingLastPathComponent().path)
        }
        let rows = try Rows(path: file)
        let refused: Int
        if let data {
            let (store, _) = try OpenStore.open(data, Logger(label: "tandem") { _ in SwiftLogNoOpLogHandler() })
            refused = try send(rows, map, to: FolderTarget(store: store))
            store.close()
            do { try store.snapshot() } catch { throw Failure("\(error)") }
        } else {
            let key = key ?? ProcessInfo.processInfo.environment["TANDEM_KEY"]
            refused = try send(rows, map, to: ServerTarget(url: url, key: key))
        }
        if refused > 0 { throw ExitCode.failure }
    }

    /// Refuses columns of which rows would have nothing, or one of two: a map's that CSV has not, and those of one name.
    private func demandColumns(of map: JSON?, in header: [String]?) throws {
        guard let header else { return }
        if map == nil, header.count == 1, let other = [";", "\t"].first(where: header[0].contains) {
            throw Failure("\(file): columns are parted by commas, and not by \(other == "\t" ? "tabs" : other)")
        }
        let wanted = map.map { MapFile.columns(of: $0) } ?? header
        if let missing = wanted.first(where: { !header.contains($0) }) {
            throw Failure(
                "\(file) has no column \(missing), which the map names; it has \(header.joined(separator: ", "))")
        }
        if let twice = wanted.first(where: { name in header.count { $0 == name } > 1 }) {
            throw Failure("\(file) has two columns called \"\(twice)\": give each a name of its own")
        }
    }

    /// Sends the rows and tells how many were refused.
    private func send(_ rows: Rows, _ map: JSON?, to target: some ImportTarget) throws -> Int {
        var rows = rows
        var tally = Tally()
        do { try send(&rows, map, to: target, &tally) } catch {
            // What was made stays, and why rows were refused is told nowhere else.
            if tally.rowCount > 0 { finish(rows, &tally) }
            throw error
        }
        finish(rows, &tally)
        return tally.refused.count
    }

    private func finish(_ rows: Rows, _ tally: inout Tally) {
        tally.add(unreadable: rows.unreadable)
        tally.finish()
    }

    private func send(_ rows: inout Rows, _ map: JSON?, to target: some ImportTarget, _ tally: inout Tally) throws {
        while let batch = try rows.nextBatch() {
            try demandColumns(of: map, in: rows.header)
            var members: [JSON.Member] = [
                .init("resource", .string(resource)), .init("first_row", .integer(Int64(batch.firstRow))),
                .init("rows", .array(batch.rows)),
            ]
            if let map = map ?? rows.header.map(MapFile.ofSameNames) { members.append(.init("map", map)) }
            tally.add(try target.take(.object(members)))
            tally.progress(read: rows.shareRead)
        }
        // Also where no row could be read.
        try demandColumns(of: map, in: rows.header)
    }
}

/// Where rows go.
protocol ImportTarget {
    /// Takes `{"resource", "map", "first_row", "rows"}` and answers with the report.
    func take(_ batch: JSON) throws -> JSON
}

/// A folder that no server has open.
struct FolderTarget: ImportTarget {
    let store: Store

    func take(_ batch: JSON) throws -> JSON {
        let prepared: ImportBatch
        do throws(Refusal) { prepared = try ImportBatch(batch) } catch {
            guard case .invalid(let faults) = error else { throw Failure("refused: \(error)") }
            throw Failure("refused: " + faults.map { "\($0.pointer) \($0.detail)" }.joined(separator: "; "))
        }
        return try store.writeAndWait(by: "import") { transaction throws(Refusal) in
            prepared.run(0..<prepared.rows.count, in: &transaction).json
        }
    }
}

/// Counts what became of the rows.
private struct Tally {
    private var created: Int64 = 0
    private var updated: Int64 = 0
    private var unchanged: Int64 = 0
    private(set) var refused: [JSON] = []

    mutating func add(_ report: JSON) {
        created += report["created"]?.wholeNumber ?? 0
        updated += report["updated"]?.wholeNumber ?? 0
        unchanged += report["unchanged"]?.wholeNumber ?? 0
        refused += report["refused"]?.elements ?? []
    }

    mutating func add(unreadable rows: [(row: Int, reason: String)]) {
        for row in rows {
            refused.append([
                "row": .integer(Int64(row.row)), "errors": [["pointer": "", "detail": .string(row.reason)]],
            ])
        }
        refused.sort { ($0["row"]?.wholeNumber ?? 0) < ($1["row"]?.wholeNumber ?? 0) }
    }

    /// How many rows it is of.
    var rowCount: Int64 { created + updated + unchanged + Int64(refused.count) }

    /// One line that is written over, for a person who waits.
    func progress(read share: Double) {
        let line = "\r\(rowCount) rows, \(Int(share * 100)) %"
        FileHandle.standardError.write(Data(line.utf8))
    }

    func finish() {
        FileHandle.standardError.write(Data("\n".utf8))
        for row in refused {
            let reasons = (row["errors"]?.elements ?? []).map { error in
                let pointer = error["pointer"]?.text ?? ""
                return (pointer.isEmpty ? "" : "\(pointer) ") + (error["detail"]?.text ?? "")
            }
            print("row \(row["row"]?.wholeNumber ?? 0) refused: \(reasons.joined(separator: "; "))")
        }
        print("\(created) created, \(updated) updated, \(unchanged) unchanged, \(refused.count) refused")
    }
}
