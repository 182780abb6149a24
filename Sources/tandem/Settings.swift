import ArgumentParser
import Configuration
import SystemPackage

/// Every setting of the server: a flag, else the environment (`TANDEM_LISTEN`), else a file, else its default.
struct Settings: Sendable {
    /// The address and port; port 0 asks for a free one.
    var listen = "127.0.0.1:8080"
    /// The folder of the ledger.
    var data = "data"
    /// When what is written is made durable: always, interval or never.
    var sync = "always"
    /// How many days of history are kept, or `all`.
    var keepHistory = "all"
    /// From which size on, in bytes, a new segment of the journal is begun.
    var segmentBytes = 64 << 20
    /// Whether no key is needed.
    var isOpen = false
    /// Whether an empty ledger begins with the demo company.
    var hasDemo = false
    /// How many event loops serve; one a core where not given.
    var loops: Int?
    /// The least level that is logged: trace, debug, info, notice, warning, error, critical.
    var logLevel = "info"

    /// Reads the settings, each from the first place that has it.
    init(flags: ServeFlags) async throws {
        var providers: [any ConfigProvider] = [EnvironmentVariablesProvider().prefixKeys(with: "tandem")]
        let environment = ConfigReader(providers: providers)
        if let path = flags.config ?? environment.string(forKey: "config") {
            do {
                providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(path)))
            } catch {
                throw Failure("the settings file \(path) cannot be read: \(error)")
            }
        }
        let config = ConfigReader(providers: providers)
        listen = flags.listen ?? config.string(forKey: "listen", default: listen)
        data = flags.data ?? config.string(forKey: "data", default: data)
        sync = flags.sync ?? config.string(forKey: "sync", default: sync)
        keepHistory = flags.keepHistory ?? config.string(forKey: "keep.history", default: keepHistory)
        segmentBytes = flags.segmentBytes ?? config.int(forKey: "segment.bytes", default: segmentBytes)
        isOpen = flags.open || config.bool(forKey: "open", default: false)
        hasDemo = flags.demo || config.bool(forKey: "demo", default: false)
        loops = flags.loops ?? config.int(forKey: "loops")
        logLevel = flags.logLevel ?? config.string(forKey: "log.level", default: logLevel)
    }
}

/// The flags of `tandem serve`.
struct ServeFlags: ParsableArguments {
    @Option(help: "The address and port; port 0 asks for a free one. (default: 127.0.0.1:8080)")
    var listen: String?

    @Option(help: "The folder of the ledger. (default: data)")
    var data: String?

    @Option(
        help: "When writes are synced: always, before the answer; interval, once a second; never. (default: always)")
    var sync: String?

    @Option(help: "How many days of past versions are kept beside what a start needs, or all. (default: all)")
    var keepHistory: String?

    @Option(help: "From which size on a new segment of the journal is begun. (default: 67108864)")
    var segmentBytes: Int?

    @Flag(help: "Needs no key; refused on any address but loopback.")
    var open = false

    @Flag(help: "Begins an empty ledger with a small company to look at.")
    var demo = false

    @Option(help: "How many event loops serve. (default: one a core)")
    var loops: Int?

    @Option(help: "trace, debug, info, notice, warning, error or critical. (default: info)")
    var logLevel: String?

    @Option(help: "A JSON file with settings, named as the flags are.")
    var config: String?
}
