import API
import ArgumentParser
import CMimalloc
import Dispatch
import Domain
import Foundation
import HTTPServer
import Ledger
import Logging
import Metrics
import Store
import SystemPackage

/// `tandem serve`
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves the ledger over HTTP.",
        discussion: """
            SIGTERM and SIGINT stop it when what is in flight is answered. SIGHUP reads the certificate again. SIGUSR2
            starts it anew, with a new binary where there is one, and refuses nobody meanwhile. It takes listening
            sockets from systemd (LISTEN_FDS).
            """)

    @OptionGroup var flags: ServeFlags
    @OptionGroup(title: "Limits") var limits: LimitFlags

    func run() async throws {
        // Given back after the default of 25 ms, memory that is asked for again at once costs a page fault each 4 KiB.
        tandem_keep_freed(1000)
        // Records lie all over a large memory, where each look at a small page costs a walk through the page tables.
        tandem_use_large_pages(true)
        let program = try Self.program()
        let settings = try Settings(flags: flags, limits: limits)
        // Who reads what is said here may go away at any time, and takes no server along.
        signal(SIGPIPE, SIG_IGN)
        let lines = LineWriter(.standardError)
        defer { lines.finish() }
        let log = try Self.logger(settings.logLevel, to: lines)
        let descriptorsMax = try Self.descriptorsMax(settings)
        // What would end a program that does not know them waits until the ledger is loaded; who ends it need not wait.
        var signals = Signals(Self.handledAlways)
        let listening = try ListenSettings(settings)
        let handed = try listening.handed()
        let tls = try listening.context()
        let (store, files) = try OpenStore.open(
            settings.data, sync: try Self.syncMode(settings), segmentBytes: try Self.segmentBytes(settings), log)
        // Also where the start fails from here on.
        defer { store.close() }
        let history = try Self.keptHistory(settings)
        if settings.hasDemo { try Demo.load(into: store) }
        let accessLog = try AccessLog(settings.accessLog, sample: settings.accessLogSample, lines)
        let figures = ServerFigures()
        let service = Service(
            store, isOpen: settings.isOpen, files: files, figures: figures, importBytesMax: settings.importBytesMax)
        let server = try Self.server(service, figures, settings, descriptorsMax, tls, accessLog, log)
        signals.add([SIGTERM, SIGINT])
        store.whenFaultChanges { fault in
            if let fault {
                log.error("writes are refused: \(fault.reason)")
            } else {
                log.info("writes are taken again")
            }
        }
        let maintenance = Maintenance(store, files, keeping: history, log)
        // A large page takes milliseconds to clear, which requests would wait for.
        service.facts.prepare { tandem_use_large_pages(false) }
        let timekeeper = Timekeeper(store, service.facts, clock: OpenStore.clock)
        let mailer = settings.mail.map { Mailer(store, $0, clock: OpenStore.clock, log) }
        let addresses = try Self.start(server, at: listening.listenings(beside: handed), handed)
        // Printed once, by a start that serves: only its hash is kept.
        if !settings.isOpen, let key = try AdministratorKey.makeFirst(in: store) {
            service.reloadKeys()
            print("administrator key: \(key)")
        }
        Self.announce(addresses, store.loadReport, log)

        let successor = await untilEnd(of: server, grace: settings.grace, signals, program, tls, log)
        mailer?.stop()
        timekeeper.stop()
        maintenance.stop()
        // A successor waits for nothing that it could do itself.
        if successor == nil { maintenance.finish() }
        store.close()
        if let fault = store.fault { log.error("not all is on disk: \(fault.reason)") }
        accessLog?.finish()
        guard let successor else { return }
        lines.finish()
        signals.reset(but: Self.handledAlways)
        // Who was told to stop meanwhile does, and starts nothing.
        guard await Set(signals.rest()).isDisjoint(with: [SIGTERM, SIGINT]) else { return }
        throw Failure("cannot start \(program) anew: \(successor.exec(program, CommandLine.arguments).words)")
    }

    /// Says where the server listens and what it serves.
    private static func announce(_ addresses: [Listening], _ report: LoadReport, _ log: Logger) {
        for address in addresses { print("tandem listening on \(address)") }
        fflush(nil)
        log.info(
            "ledger loaded",
            metadata: [
                "seq": "\(report.seq)", "first": "\(report.firstSeq ?? report.seq + 1)", "records": "\(report.records)",
                "entries": "\(report.entries)",
                "mimalloc": "\(mi_version())",
            ])
    }

    /// Serves until a signal ends it; what it hands over where a successor takes its place.
    private func untilEnd(
        of server: Server, grace: Duration, _ signals: Signals, _ program: String, _ tls: TLSContext?, _ log: Logger
    ) async -> HandedSockets? {
        while true {
            switch await signals.next() {
            case SIGHUP: Self.reload(tls, log)
            case SIGUSR2:
                if let fault = await faultOfSuccessor(program, tls) {
                    log.error("not started anew, so this one goes on: \(fault)")
                    continue
                }
                log.info("starting anew", metadata: ["program": "\(program)"])
                return server.handOver(grace: grace)
            default:
                log.info("stopping")
                server.stop(grace: grace)
                return nil
            }
        }
    }

    /// The signals that a server may get at any time, also while one takes another's place.
    private static let handledAlways = [SIGHUP, SIGUSR2]

    /// What would keep a program from taking this one's place, as far as it can be known before: it has to run, and settings
    /// and certificate have to be what can be started with.
    private func faultOfSuccessor(_ program: String, _ tls: TLSContext?) async -> String? {
        do {
            let trial = Process()
            trial.executableURL = URL(fileURLWithPath: program)
            trial.arguments = ["--version"]
            trial.standardOutput = FileHandle.nullDevice
            trial.standardError = FileHandle.nullDevice
            try trial.run()
            let end = ContinuousClock.now + .seconds(10)
            // Not by waiting for it: one that never ends must not keep this one from its signals for good.
            while trial.isRunning, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(20)) }
            guard !trial.isRunning else {
                kill(trial.processIdentifier, SIGKILL)
                return "\(program) does not answer"
            }
            guard trial.terminationStatus == 0 else { return "\(program) does not run" }
            _ = try Self.keptHistory(try Settings(flags: flags, limits: limits))
            try tls?.reload()
            return nil
        } catch let fault as CocoaError {
            return "\(program): \(fault.localizedDescription)"
        } catch {
            return "\(error)"
        }
    }

    /// The path of this program, which may by then be that of a newer one.
    private static func program() throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }

    private static func start(
        _ server: Server, at listenings: [Listening], _ handed: HandedSockets?
    ) throws -> [Listening] {
        do throws(SystemFault) { return try server.start(at: listenings, handed) } catch {
            throw Failure("cannot listen on \(listenings.map(\.description).joined(separator: ", ")): \(error.words)")
        }
    }

    private static func reload(_ tls: TLSContext?, _ log: Logger) {
        guard let tls else { return }
        do throws(TLSFault) {
            try tls.reload()
            log.info("certificate read again")
        } catch {
            log.error("the certificate was not read again and stays as it was: \(error)")
        }
    }

    /// How many files this process may open, which has to be enough to serve.
    private static func descriptorsMax(_ settings: Settings) throws -> Int {
        let most = Descriptors.raiseLimit()
        let least = Descriptors.least(loops: settings.loopCount, addresses: settings.listen?.count ?? 1)
        guard most >= least else {
            throw Failure(
                "this process may open \(most) files, and a server of \(settings.loopCount) loops needs "
                    + "\(least) at least: raise the limit, as by ulimit -n \(max(1024, least))")
        }
        return most
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
        _ service: Service, _ figures: ServerFigures, _ settings: Settings, _ descriptorsMax: Int,
        _ tls: TLSContext?, _ accessLog: AccessLog?, _ log: Logger
    ) throws -> Server {
        var options = ServerOptions()
        options.figures = figures
        options.limits = settings.limits
        let connectionsMax = max(1, descriptorsMax - Descriptors.reserve(of: descriptorsMax))
        if options.limits.connectionsMax > connectionsMax {
            log.warning("\(connectionsMax) connections at most: this process may open \(descriptorsMax) files")
            options.limits.connectionsMax = connectionsMax
        }
        options.loopCount = settings.loopCount
        options.tls = tls
        options.constantFields = SecurityFields.all
        options.secureFields = SecurityFields.secure
        if !settings.corsOrigins.isEmpty { options.crossOrigin = CrossOrigin(origins: settings.corsOrigins) }
        options.turnEnd = { service.flush() }
        if let accessLog { options.answered = { accessLog.note($0) } }
        options.notice = { notice in
            switch notice {
            case .outOfDescriptors(let fault): log.warning("new clients wait: \(fault)")
            }
        }
        return try Server(service.router(clock: OpenStore.clock), options)
    }

    private static func logger(_ level: String, to lines: LineWriter) throws -> Logger {
        guard let level = Logger.Level(rawValue: level) else {
            throw Failure("--log-level \(level) is none of trace, debug, info, notice, warning, error, critical")
        }
        var log = Logger(label: "tandem") { _ in LineLog(to: lines) }
        log.logLevel = level
        return log
    }
}
