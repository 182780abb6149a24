import ArgumentParser
import Domain
import Ledger
import Logging
import Store

/// `tandem demo`
struct MakeDemo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Makes up a company's last two years, for trying things out.",
        discussion: "The same seed, size and last day give the same company. The data folder must be empty.")

    @Option(help: "What the random choices follow from.")
    var seed: UInt64 = 7
    @Option(help: "How many leads the company has had.")
    var leads: Int = 10_000
    @Option(help: "The day after the last, such as 2026-01-31; today where not given.")
    var until: String?
    @Option(help: "The folder to make.")
    var data: String

    func run() async throws {
        guard (1...10_000_000).contains(leads) else { throw Failure("--leads must be from 1 to 10000000") }
        let end = until.map { Day($0) } ?? OpenStore.clock().day
        guard let end, Instant(end) <= OpenStore.clock() else {
            throw Failure("--until must be a day such as 2026-01-31, and not in the future")
        }
        let (store, _) = try OpenStore.open(data, sync: .interval, segmentBytes: 64 << 20, Logger(label: "tandem"))
        guard Demo.isEmpty(store) else { throw Failure("\(data) has records already: name another folder") }
        try Demo.makeUp(leads: leads, seed: seed, until: end, in: store)
        let counts = store.view.recordCounts.filter { $0.count > 0 }.map { "\($0.count) \($0.resource)" }
        try store.snapshotAndClose()
        print(counts.joined(separator: ", "))
    }
}

extension Store {
    /// Ends with a snapshot, so that the next start is quick.
    fileprivate func snapshotAndClose() throws {
        try snapshot()
        close()
        if let fault { throw Failure("not all is on disk: \(fault.reason)") }
    }
}
