internal import Locks

/// The certificate that a server shows and the key to it, from two PEM files that can be read again while it serves.
///
/// TLS 1.2 and 1.3 alone, HTTP/1.1 alone (ALPN), and one certificate whatever name a client asks for.
public final class TLSContext: Sendable {
    /// The file of the certificate, followed by those that lead from it to a root.
    public let certificateFile: String
    /// The file of the certificate's private key.
    public let keyFile: String
    private let current: Locked<TLSSettings>

    /// Reads the files; a certificate that has expired is taken, since only clients judge that.
    ///
    /// - Parameters:
    ///   - certificateFile: the certificate and its chain, in PEM.
    ///   - keyFile: the private key, in PEM and not encrypted; it may be the same file.
    /// - Throws: ``TLSFault`` when a file cannot be read or holds something else, or the two do not fit.
    public init(certificateFile: String, keyFile: String) throws(TLSFault) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        current = Locked(try TLSSettings(certificateFile: certificateFile, keyFile: keyFile))
    }

    /// Reads the same files again, for the connections that come from now on; those that are open keep what they have.
    ///
    /// It reads from the disk: call it from a thread that may wait for one.
    ///
    /// - Throws: ``TLSFault`` as when they were first read; nothing changes then.
    public func reload() throws(TLSFault) {
        let renewed = try TLSSettings(certificateFile: certificateFile, keyFile: keyFile)
        // Clients come back with tickets of before. Their keys are never rotated, and go with the process: who steals
        // them can open what was recorded of TLS 1.2, but not of 1.3, where a ticket is not all of a session's secret.
        try renewed.carryTicketKeys(from: settings)
        current.withLock { $0 = renewed }
    }

    /// What a new connection is served with.
    var settings: TLSSettings { current.withLock { $0 } }
}
