import ArgumentParser
import Configuration
import HTTPServer

/// The bounds of `tandem serve`; times are written `500ms`, `10s` or `2m`.
struct LimitFlags: ParsableArguments {
    @Option(help: "How long what is in flight may take when the server stops. (default: 10s)")
    var grace: String?

    @Option(help: "From a request's first byte to the end of its header. (default: 10s)")
    var headerTime: String?

    @Option(help: "From an answer to the next request's first byte. (default: 75s)")
    var idleTime: String?

    @Option(help: "How long an answer may take to be made. (default: 120s)")
    var answerTime: String?

    @Option(help: "How long a client may leave an answer unread. (default: 30s)")
    var writeTime: String?

    @Option(help: "The least rate of a body, in bytes a second. (default: 1024)")
    var bodyRate: Int?

    @Option(help: "The longest request line, in bytes. (default: 8192)")
    var requestLineBytes: Int?

    @Option(help: "The longest header, in bytes. (default: 32768)")
    var headerBytes: Int?

    @Option(help: "The most header fields. (default: 100)")
    var headerFields: Int?

    @Option(help: "The longest body, in bytes. (default: 1048576)")
    var bodyBytes: Int?

    @Option(help: "The longest body of an import by lines, in bytes. (default: 1073741824)")
    var importBytes: Int?

    @Option(help: "The most connections. (default: 10000)")
    var connections: Int?

    @Option(help: "The most connections of one address. (default: 1000)")
    var connectionsPerAddress: Int?

    @Option(help: "The most requests a second of one address; 0 is no bound. (default: 0)")
    var requestsPerSecond: Int?
}

/// Reads bounds from flags, else from where the other settings are.
struct LimitReader {
    let config: ConfigReader

    /// Reads all bounds of the HTTP server.
    func read(_ flags: LimitFlags, into limits: inout Limits) throws(Failure) {
        limits.headTime = try duration("header-time", flags.headerTime, limits.headTime)
        limits.idleTime = try duration("idle-time", flags.idleTime, limits.idleTime)
        limits.answerTime = try duration("answer-time", flags.answerTime, limits.answerTime)
        limits.writeTime = try duration("write-time", flags.writeTime, limits.writeTime)
        limits.bodyBytesPerSecondMin = try count("body-rate", flags.bodyRate, limits.bodyBytesPerSecondMin)
        limits.requestLineBytesMax = try count("request-line-bytes", flags.requestLineBytes, limits.requestLineBytesMax)
        limits.headBytesMax = try count("header-bytes", flags.headerBytes, limits.headBytesMax)
        limits.fieldCountMax = try count("header-fields", flags.headerFields, limits.fieldCountMax)
        limits.bodyBytesMax = try count("body-bytes", flags.bodyBytes, limits.bodyBytesMax)
        limits.connectionsMax = try count("connections", flags.connections, limits.connectionsMax)
        limits.connectionsPerAddressMax = try count(
            "connections-per-address", flags.connectionsPerAddress, limits.connectionsPerAddressMax)
        let rate = try count("requests-per-second", flags.requestsPerSecond, 0, least: 0)
        limits.requestsPerSecondMax = rate == 0 ? nil : rate
    }

    /// A whole number.
    func count(_ name: String, _ flag: Int?, _ usual: Int, least: Int = 1) throws(Failure) -> Int {
        let known = flag ?? config.int(forKey: key(name))
        // What stands there and is no number must not become the default in silence.
        if known == nil, let text = config.string(forKey: key(name)) { throw Failure("--\(name) \(text) is no number") }
        let number = known ?? usual
        guard (least...(1 << 40)).contains(number) else {
            throw Failure("--\(name) \(number) is not a whole number from \(least) to \(1 << 40)")
        }
        return number
    }

    /// Whether something is wanted.
    func flag(_ name: String, _ flag: Bool) throws(Failure) -> Bool {
        guard !flag, let text = config.string(forKey: key(name)) else { return flag }
        switch text.lowercased() {
        case "true", "yes", "1": return true
        case "false", "no", "0": return false
        default: throw Failure("--\(name) \(text) is neither true nor false")
        }
    }

    /// A time with its unit.
    func duration(_ name: String, _ flag: String?, _ usual: Duration) throws(Failure) -> Duration {
        guard let text = flag ?? config.string(forKey: key(name)) else { return usual }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits), number <= 1_000_000_000 else { throw Self.refusal(name, text) }
        switch text.dropFirst(digits.count) {
        case "ms": return .milliseconds(number)
        case "s": return .seconds(number)
        case "m" where number <= 10_000_000: return .seconds(60 * number)
        default: throw Self.refusal(name, text)
        }
    }

    private static func refusal(_ name: String, _ text: String) -> Failure {
        Failure("--\(name) \(text) is no time such as 500ms, 10s or 2m")
    }

    private func key(_ name: String) -> ConfigKey { ConfigKey(name.split(separator: "-").map(String.init)) }
}
