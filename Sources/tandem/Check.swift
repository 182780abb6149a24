import ArgumentParser
import Foundation
import Ledger

/// `tandem check`
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Verifies the journal and the snapshots, and changes nothing.",
        discussion: "With --repair, takes all that is whole into a new folder and lists what is lost.")

    @Option(help: "The folder of the ledger.")
    var data: String

    @Option(help: "A new folder, for what is whole of a damaged ledger.")
    var repair: String?

    func run() throws {
        guard FileManager.default.fileExists(atPath: "\(data)/journal") else {
            throw Failure("there is no ledger in \(data)")
        }
        if let repair { return try salvage(into: repair) }
        let report = try verify(data)
        for remark in report.remarks { print(remark) }
        let snapshot = report.snapshotSeq.map { "a snapshot of \(report.records) records at entry \($0), then " } ?? ""
        print("\(data) is whole: \(snapshot)\(report.entries) entries up to \(report.seq)")
    }

    private func salvage(into folder: String) throws {
        guard !FileManager.default.fileExists(atPath: folder) else { throw Failure("\(folder) is there already") }
        let salvage: Salvage
        do throws(LedgerFault) { salvage = try Salvage(from: data, into: folder) } catch { throw Failure("\(error)") }
        for loss in salvage.losses { print(loss) }
        let report = try verify(folder)
        print(
            "\(folder) has \(salvage.records) records of a snapshot and \(salvage.entries) entries, up to \(report.seq)"
        )
    }

    private func verify(_ folder: String) throws(Failure) -> LoadReport {
        do throws(LedgerFault) { return try FileLedger.verify(folder) } catch { throw Failure("\(error)") }
    }
}
