import ArgumentParser
import Foundation
import Ledger

/// `tandem check`
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Verifies the journal and the snapshots, and changes nothing.")

    @Option(help: "The folder of the ledger.")
    var data: String

    func run() throws {
        guard FileManager.default.fileExists(atPath: "\(data)/journal") else {
            throw Failure("there is no ledger in \(data)")
        }
        let report: LoadReport
        do throws(LedgerFault) {
            report = try FileLedger(directory: data).verify()
        } catch {
            throw Failure("\(error)")
        }
        for remark in report.remarks { print(remark) }
        let snapshot = report.snapshotSeq.map { "a snapshot of \(report.records) records at entry \($0), then " } ?? ""
        print("\(data) is whole: \(snapshot)\(report.entries) entries up to \(report.seq)")
    }
}
