import API
import ArgumentParser
import CMimalloc
import Dispatch
import Domain
import Foundation
import HTTPServer
import Ledger
import Logging
import Store

/// `tandem serve`
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serves the ledger over HTTP.")

    @OptionGroup var flags: ServeFlags

    func run() async throws {
        let settings = try await Settings(flags: flags)
        let log = try Self.logger(settings.logLevel)
        let address = try Self.address(settings)
        let (store, files) = try OpenStore.open(
            settings.data, sync: try Self.syncMode(settings), segmentBytes: try Self.segmentBytes(settings), log)
        let history = try Self.keptHistory(settings)
        if settings.hasDemo { try Demo.load(into: store) }
        // Printed once: only its hash is kept.
        if !settings.isOpen, let key = try AdministratorKey.makeFirst(in: store) { print("administrator key: \(key)") }

        let server = try Self.server(over: store, files, settings, log)
        let stopped = DispatchSemaphore(value: 0)
        let signals = [SIGTERM, SIGINT].map { Self.onSignal($0) { stopped.signal() } }
        let maintenance = Maintenance(store, files, keeping: history, log)
        let listening: Address
        do throws(SystemFault) {
            listening = try server.start(at: address)
        } catch {
            throw Failure("cannot listen on \(address): \(error.words)")
        }
        print("tandem listening on http://\(listening)")
        fflush(nil)
        let report = store.loadReport
        log.info(
            "ledger loaded",
            metadata: [
                "seq": "\(report.seq)", "records": "\(report.records)", "entries": "\(report.entries)",
                "mimalloc": "\(mi_version())",
            ])

        await Self.wait(for: stopped)
        log.info("stopping")
        server.stop()
        maintenance.stop()
        store.close()
        if let fault = store.fault { log.error("not all is on disk: \(fault.reason)") }
        maintenance.finish()
        withExtendedLifetime(signals) {}
    }

    private static func address(_ settings: Settings) throws -> Address {
        guard let address = Address(settings.listen) else {
            throw Failure("--listen \(settings.listen) is no address and port, such as 127.0.0.1:8080")
        }
        guard !settings.isOpen || address.isLoopback else {
            throw Failure("--open serves without a key, so it listens on loopback alone, not on \(address)")
        }
        return address
    }

    private static func syncMode(_ settings: Settings) throws -> SyncMode {
        guard let mode = SyncMode(rawValue: settings.sync) else {
            throw Failure("--sync \(settings.sync) is none of always, interval, never")
        }
        return mode
    }

    private static func keptHistory(_ settings: Settings) throws -> KeptHistory {
        if settings.keepHistory == "all" { return .all }
        // A day at least: an answered Idempotency-Key is looked up in the history for as long.
        guard let days = Int(settings.keepHistory), (1...36_500).contains(days) else {
            throw Failure("--keep-history \(settings.keepHistory) is neither all nor a number of days from 1 to 36500")
        }
        return .days(days)
    }

    private static func segmentBytes(_ settings: Settings) throws -> Int {
        guard (4096...(1 << 32)).contains(settings.segmentBytes) else {
            throw Failure("--segment-bytes \(settings.segmentBytes) is not from 4096 to \(1 << 32)")
        }
        return settings.segmentBytes
    }

    private static func server(
        over store: Store, _ files: FileLedger, _ settings: Settings, _ log: Logger
    ) throws -> Server {
        let service = Service(store, isOpen: settings.isOpen, files: files)
        var answered: (@Sendable (Exchange) -> Void)?
        if log.logLevel <= .debug {
            answered = { exchange in
                log.debug(
                    "request",
                    metadata: [
                        "method": "\(exchange.method)", "path": "\(exchange.path)", "status": "\(exchange.status)",
                        "bytes": "\(exchange.bodyBytes)", "duration": "\(exchange.duration)",
                        "request": "\(exchange.requestID)",
                    ])
            }
        }
        return try Server(
            service.router(clock: OpenStore.clock),
            loopCount: settings.loops ?? ProcessInfo.processInfo.activeProcessorCount,
            turnEnd: { store.flush() }, answered: answered)
    }

    private static func logger(_ level: String) throws -> Logger {
        guard let level = Logger.Level(rawValue: level) else {
            throw Failure("--log-level \(level) is none of trace, debug, info, notice, warning, error, critical")
        }
        var log = Logger(label: "tandem") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = level
        return log
    }

    /// Calls `handler` at a signal, from when this returns.
    ///
    /// The signal is ignored before its source exists, or the first one would be lost; and a source is registered a
    /// while after it was resumed, until when a signal would be lost as well.
    private static func onSignal(
        _ number: Int32, _ handler: @escaping @Sendable () -> Void
    ) -> any DispatchSourceSignal {
        signal(number, SIG_IGN)
        let isRegistered = DispatchSemaphore(value: 0)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setRegistrationHandler { @Sendable in isRegistered.signal() }
        source.setEventHandler { @Sendable in handler() }
        source.resume()
        isRegistered.wait()
        return source
    }

    private static func wait(for semaphore: DispatchSemaphore) async {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "waiting").async {
                semaphore.wait()
                continuation.resume()
            }
        }
    }
}
