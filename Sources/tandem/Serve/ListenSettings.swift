import HTTPServer

/// Where to listen, and with which certificate.
struct ListenSettings {
    /// Each address, with TLS where it says `https://`, or where there is a certificate and it says nothing.
    private let asked: [Listening]
    private let isDefault: Bool
    private let tls: (certificate: String, key: String)?
    private let isOpen: Bool

    init(_ settings: Settings) throws {
        tls = settings.tls
        isOpen = settings.isOpen
        let hasTLS = settings.tls != nil
        isDefault = settings.listen == nil
        asked = try (settings.listen ?? ["127.0.0.1:8080"]).map { try Self.listening($0, hasTLS: hasTLS) }
        for listening in asked { try check(listening) }
    }

    /// What is to be listened at beside what was handed over, which is enough where nothing is asked for.
    func listenings(beside handed: HandedSockets?) -> [Listening] { isDefault && handed != nil ? [] : asked }

    private func check(_ listening: Listening) throws(Failure) {
        guard !isOpen || listening.address.isLoopback else {
            throw Failure("--open serves without a key, so it listens on loopback alone, not on \(listening.address)")
        }
    }

    private static func listening(_ text: String, hasTLS: Bool) throws -> Listening {
        var rest = text
        var isSecure: Bool?
        for (scheme, secure) in [("https://", true), ("http://", false)] where rest.hasPrefix(scheme) {
            rest = String(rest.dropFirst(scheme.count))
            isSecure = secure
        }
        guard let address = Address(rest) else {
            throw Failure("--listen \(text) is no address and port, such as 127.0.0.1:8080, and no unix:PATH")
        }
        let listening = Listening(address, isSecure: isSecure ?? (hasTLS && address.port != nil))
        guard !listening.isSecure || hasTLS else { throw Failure("--listen \(text) needs --tls-cert and --tls-key") }
        return listening
    }

    /// The sockets that another process left open for this one.
    func handed() throws -> HandedSockets? {
        let handed: HandedSockets?
        do throws(SystemFault) { handed = try HandedSockets.received(isSecure: tls != nil) } catch {
            throw Failure("LISTEN_FDS tells of what is no listening socket: \(error.words)")
        }
        for listening in handed?.listenings ?? [] {
            try check(listening)
            guard !listening.isSecure || tls != nil else {
                throw Failure("LISTEN_FDNAMES says https of \(listening.address), which needs --tls-cert and --tls-key")
            }
        }
        return handed
    }

    /// The certificate, where there is one.
    func context() throws -> TLSContext? {
        guard let tls else { return nil }
        do throws(TLSFault) {
            return try TLSContext(certificateFile: tls.certificate, keyFile: tls.key)
        } catch {
            throw Failure("\(error)")
        }
    }
}
