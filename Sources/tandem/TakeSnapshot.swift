import ArgumentParser
import Foundation
import JSON
import Ledger
import Logging
import Store

/// `tandem snapshot`
struct TakeSnapshot: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Has a running server, or a folder, write a snapshot now.")

    @Option(help: "The running server.")
    var url = "http://127.0.0.1:8080"

    @Option(help: "The server's key. (default: TANDEM_KEY of the environment)")
    var key: String?

    @Option(help: "A folder that no server has open, in place of a running server.")
    var data: String?

    func run() throws {
        if let data {
            try LedgerFolder.demand(data)
            let (store, _) = try OpenStore.open(data, Logger(label: "tandem") { _ in SwiftLogNoOpLogHandler() })
            store.close()
            do throws(LedgerFault) { print("snapshot at entry \(try store.snapshot())") } catch {
                throw Failure("\(error)")
            }
            return
        }
        let target = try ServerTarget(url: url, key: key ?? ProcessInfo.processInfo.environment["TANDEM_KEY"])
        let json = try target.post("/internal/snapshot", [])
        print("snapshot at entry \(json["seq"]?.wholeNumber ?? 0)")
    }
}
