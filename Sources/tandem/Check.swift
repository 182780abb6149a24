import ArgumentParser
import Domain
import Foundation
import Ledger
import Store

/// `tandem check`
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Verifies the journal and the snapshots, and changes nothing.",
        discussion: """
            With --repair, takes all that is whole into a new folder and lists what is lost. Exits 0 where nothing is \
            damaged or lost, and 1 where something is.
            """)

    @Option(help: "The folder of the ledger.")
    var data: String

    @Option(help: "A new folder, for what is whole of a damaged ledger.")
    var repair: String?

    func run() throws {
        try LedgerFolder.demand(data)
        if let repair { return try salvage(into: repair) }
        let report: LoadReport
        do throws(Failure) { report = try verify(data) } catch {
            // A start stops at the first that it meets, and whoever mends it wants to know of all.
            for loss in lostOf(data) { print(loss) }
            throw error
        }
        for remark in report.remarks { print(remark) }
        tellErasure(report)
        let snapshot = report.snapshotSeq.map { "a snapshot of \(report.records) records at entry \($0), then " } ?? ""
        // Whether what came before was let go or lost no file says.
        let first = report.firstSeq ?? 1
        let history = first > 1 ? "; the history begins with entry \(first)" : ""
        let found = "\(snapshot)\(report.entries) entries up to \(report.seq)\(history)"
        guard !report.isDamaged else {
            print("\(data) can be started, and what is told above is damaged or missing: \(found)")
            throw ExitCode.failure
        }
        print("\(data) is whole\(report.remarks.isEmpty ? "" : " but for what is told above"): \(found)")
    }

    private func salvage(into folder: String) throws {
        guard !FileManager.default.fileExists(atPath: folder) else { throw Failure("\(folder) is there already") }
        let unfinished = Salvage.unfinished(folder)
        guard !FileManager.default.fileExists(atPath: unfinished) else {
            throw Failure("\(unfinished) is there already, of a repair that did not end: remove it first")
        }
        guard !LedgerFolder.holds(data, folder) else { throw Failure("\(folder) is inside of \(data)") }
        let salvage: Salvage
        do throws(LedgerFault) {
            salvage = try Salvage(from: data, into: folder, with: Self.checker)
        } catch {
            throw Failure("\(error)")
        }
        for loss in salvage.losses { print(loss) }
        let report = try verify(folder)
        tellErasure(report)
        print(
            "\(folder) has \(salvage.records) records of a snapshot and \(salvage.entries) entries, up to \(report.seq)"
        )
        if !salvage.losses.isEmpty { throw ExitCode.failure }
    }

    private func tellErasure(_ report: LoadReport) {
        guard let seq = report.unfinishedErasure else { return }
        print(
            "what entry \(seq) or one before it erased may still stand in older lines: the next start of the server erases it"
        )
    }

    /// All that would be lost of a folder; where that cannot be looked for, why.
    private func lostOf(_ folder: String) -> [String] {
        do throws(LedgerFault) { return try Salvage(of: folder, with: Self.checker).losses } catch {
            return ["\(error)"]
        }
    }

    private static let checker = RecordChecker(resources: Resources.schemas)

    private func verify(_ folder: String) throws(Failure) -> LoadReport {
        do throws(LedgerFault) {
            return try FileLedger.verify(folder, with: Self.checker)
        } catch {
            throw Failure("\(error)")
        }
    }
}
