import ArgumentParser
import Configuration
import Foundation
import HTTPServer

/// Every setting of the server: a flag, else the environment (`TANDEM_LISTEN`), else a file, else its default.
struct Settings: Sendable {
    /// Where it listens; port 0 asks for a free one. `nil` is 127.0.0.1:8080, unless sockets were handed over.
    var listen: [String]?
    /// The certificate and the key of what listens with TLS, as PEM files.
    var tls: (certificate: String, key: String)?
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
    /// How many event loops serve.
    var loopCount: Int
    /// The least level that is logged: trace, debug, info, notice, warning, error, critical.
    var logLevel = "info"
    /// Where requests are logged: off, stderr or a file.
    var accessLog = "off"
    /// Of how many requests one is logged.
    var accessLogSample = 1
    /// The origins whose pages may ask, `*` for all.
    var corsOrigins: [String] = []
    /// Who delivers the mails of nurtures; nobody where `nil`.
    var mail: MailServer?
    /// How long what is in flight may take when the server stops.
    var grace = Duration.seconds(10)
    /// What a client may ask.
    var limits = Limits()
    /// The longest body of an import, in bytes.
    var importBytesMax = 1 << 30

    /// Reads the settings, each from the first place that has it.
    init(flags: ServeFlags, limits limitFlags: LimitFlags) throws {
        var providers: [any ConfigProvider] = [EnvironmentVariablesProvider().prefixKeys(with: "tandem")]
        let environment = ConfigReader(providers: providers)
        if let path = flags.config ?? environment.string(forKey: "config") {
            // As an environment, so that a text is read alike wherever it stands.
            let file = EnvironmentVariablesProvider(environmentVariables: try SettingsFile.variables(path))
            providers.append(file.prefixKeys(with: "tandem"))
        }
        let config = ConfigReader(providers: providers)
        listen = Self.list(flags.listen, config.string(forKey: "listen"))
        tls = try Self.tls(
            flags.tlsCert ?? config.string(forKey: "tls.cert"), flags.tlsKey ?? config.string(forKey: "tls.key"))
        mail = try Self.mail(flags, config)
        data = flags.data ?? config.string(forKey: "data", default: data)
        sync = flags.sync ?? config.string(forKey: "sync", default: sync)
        keepHistory = flags.keepHistory ?? config.string(forKey: "keep.history", default: keepHistory)
        let bounds = LimitReader(config: config)
        segmentBytes = try bounds.count("segment-bytes", flags.segmentBytes, segmentBytes)
        isOpen = try bounds.flag("open", flags.open)
        hasDemo = try bounds.flag("demo", flags.demo)
        loopCount = try bounds.count("loops", flags.loops, ProcessInfo.processInfo.activeProcessorCount)
        logLevel = flags.logLevel ?? config.string(forKey: "log.level", default: logLevel)
        accessLog = flags.accessLog ?? config.string(forKey: "access.log", default: accessLog)
        accessLogSample = try bounds.count("access-log-sample", flags.accessLogSample, 1)
        corsOrigins = try Self.origins(Self.list(flags.corsOrigin, config.string(forKey: "cors.origin")) ?? [])
        grace = try bounds.duration("grace", limitFlags.grace, grace)
        importBytesMax = try bounds.count("import-bytes", limitFlags.importBytes, importBytesMax)
        try bounds.read(limitFlags, into: &limits)
    }

    /// What flags give, each once, or a text with commas.
    private static func list(_ flags: [String], _ text: String?) -> [String]? {
        if !flags.isEmpty { return flags }
        return text.map { $0.split(separator: ",").map { String($0.filter { $0 != " " }) } }
    }

    /// Origins as browsers send them (RFC 6454 §6.2): any other text would let no page ask, and say nothing of it.
    private static func origins(_ texts: [String]) throws -> [String] {
        for text in texts where text != "*" && text.wholeMatch(of: /[a-z][a-z0-9+.\-]*:\/\/[^\/?#@A-Z\s]+/) == nil {
            throw Failure("--cors-origin \(text) is neither * nor an origin such as https://crm.example")
        }
        return texts
    }

    private static func mail(_ flags: ServeFlags, _ config: ConfigReader) throws -> MailServer? {
        let url = flags.smtpURL ?? config.string(forKey: "smtp.url")
        let sender = flags.smtpFrom ?? config.string(forKey: "smtp.from")
        guard let url, let sender else {
            if url != nil || sender != nil { throw Failure("--smtp-url and --smtp-from go together") }
            return nil
        }
        guard url.hasPrefix("smtp://") || url.hasPrefix("smtps://") else {
            throw Failure("--smtp-url \(url) does not begin with smtp:// or smtps://")
        }
        guard sender.split(separator: "@").count == 2,
            !sender.contains(where: { $0.isWhitespace || $0 == "<" || $0 == ">" })
        else { throw Failure("--smtp-from \(sender) is no e-mail address") }
        // No flag: what stands on a command line, everybody on the machine can read.
        return MailServer(
            url: url, sender: sender, user: config.string(forKey: "smtp.user"),
            password: config.string(forKey: "smtp.password", isSecret: true))
    }

    private static func tls(_ certificate: String?, _ key: String?) throws -> (certificate: String, key: String)? {
        switch (certificate, key) {
        case (let certificate?, let key?): return (certificate, key)
        case (nil, nil): return nil
        default: throw Failure("--tls-cert and --tls-key go together")
        }
    }
}

/// The flags of `tandem serve`.
struct ServeFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where to listen: an address and a port (0 asks for a free one), or unix:PATH. Given once for each; http:// "
                + "before it means without TLS, https:// with. (default: 127.0.0.1:8080)", valueName: "address"))
    var listen: [String] = []

    @Option(help: "The certificate to listen with TLS, a PEM file with its chain; read again at SIGHUP.")
    var tlsCert: String?

    @Option(help: "The key of the certificate, a PEM file; read again at SIGHUP.")
    var tlsKey: String?

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

    @Option(
        name: .customLong("smtp-url"),
        help: ArgumentHelp(
            "The server that takes the mails of nurtures, such as smtp://mail.example:587. Who signs in is said by "
                + "TANDEM_SMTP_USER and TANDEM_SMTP_PASSWORD. (default: none, and who reads the feed delivers)",
            valueName: "url"))
    var smtpURL: String?

    @Option(help: "The address that those mails come from.")
    var smtpFrom: String?

    @Option(help: "How many event loops serve. (default: one a core)")
    var loops: Int?

    @Option(help: "trace, debug, info, notice, warning, error or critical. (default: info)")
    var logLevel: String?

    @Option(help: "Where requests are logged, a line of JSON each: off, stderr or a file. (default: off)")
    var accessLog: String?

    @Option(help: "Of how many requests one is logged. (default: 1)")
    var accessLogSample: Int?

    @Option(help: "An origin whose pages may ask, such as https://crm.example; * for all. Given once for each.")
    var corsOrigin: [String] = []

    @Option(help: "A JSON file with settings, named as the flags are: {\"tls-cert\": \"…\"}.")
    var config: String?
}
