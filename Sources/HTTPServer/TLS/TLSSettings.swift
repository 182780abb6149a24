internal import COpenSSL
internal import CTLS
internal import Glibc

/// An `SSL_CTX`: how sessions are to be, and the certificate they show. Each of them keeps it for as long as it lives.
@safe final class TLSSettings: @unchecked Sendable {  // Safe: nothing changes it once another thread has it.
    let context: OpaquePointer
    private let certificateFile: String

    init(certificateFile: String, keyFile: String) throws(TLSFault) {
        TLSErrors.clear()
        guard let context = unsafe SSL_CTX_new(TLS_server_method()) else {
            throw TLSFault(file: certificateFile, reason: "OpenSSL gives no context")
        }
        unsafe self.context = context
        self.certificateFile = certificateFile
        try setProtocol()
        setSessions()
        try useCertificate()
        try useKey(keyFile)
    }

    deinit { unsafe SSL_CTX_free(context) }

    /// Takes the tickets that sessions of other settings have given, and gives the like.
    func carryTicketKeys(from other: TLSSettings) throws(TLSFault) {
        try require(unsafe tandem_carry_ticket_keys(other.context, context) == 1, "the keys of session tickets")
    }

    // MARK: How sessions are to be

    /// In TLS 1.2 only what has forward secrecy and authenticates what it encrypts; in TLS 1.3 there is nothing else.
    private static let ciphers = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ]

    private func setProtocol() throws(TLSFault) {
        try require(unsafe tandem_set_min_proto_version(context, TLS1_2_VERSION) == 1, "TLS 1.2")
        try require(unsafe tandem_set_max_proto_version(context, TLS1_3_VERSION) == 1, "TLS 1.3")
        try require(unsafe SSL_CTX_set_cipher_list(context, Self.ciphers.joined(separator: ":")) == 1, "the ciphers")
        try require(unsafe tandem_set_groups(context, "X25519:P-256:P-384") == 1, "the groups")
        // The order is ours, but a client that puts ChaCha20 first has no hardware for AES, and gets it.
        _ = unsafe SSL_CTX_set_options(
            context,
            tandem_op_cipher_server_preference | tandem_op_prioritize_chacha
                | tandem_op_no_renegotiation | tandem_op_no_compression)
        unsafe tandem_select_http11(context)
    }

    private func setSessions() {
        // Tickets alone: what a client can come back to is kept by the client.
        unsafe tandem_set_session_cache_mode(context, Int(SSL_SESS_CACHE_OFF))
        // A browser opens several connections, HTTP/1.1 having one request at a time on each, and uses a ticket once.
        _ = unsafe SSL_CTX_set_num_tickets(context, 2)
        // Early data can be replayed by who recorded it, and a request here may change something.
        _ = unsafe SSL_CTX_set_max_early_data(context, 0)
        unsafe tandem_set_mode(
            context, Int(SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS)
        )
        // A record is read by one system call, not by one for its head and another for the rest.
        unsafe tandem_set_read_ahead(context, 1)
    }

    private func require(_ isSet: Bool, _ what: String) throws(TLSFault) {
        guard !isSet else { return }
        let words = TLSErrors.first?.words ?? "no reason given"
        throw TLSFault(file: certificateFile, reason: "OpenSSL does not take \(what): \(words)")
    }

    // MARK: The certificate and its key

    private func useCertificate() throws(TLSFault) {
        try Self.requireReadable(certificateFile)
        TLSErrors.clear()
        guard unsafe SSL_CTX_use_certificate_chain_file(context, certificateFile) != 1 else { return }
        throw Self.fault(in: certificateFile, wanted: "certificate")
    }

    private func useKey(_ file: String) throws(TLSFault) {
        try Self.requireReadable(file)
        unsafe tandem_refuse_passwords(context)
        TLSErrors.clear()
        let isUsed = unsafe SSL_CTX_use_PrivateKey_file(context, file, SSL_FILETYPE_PEM) == 1
        // A key of another kind than the certificate's is used without a fault, for want of a certificate of its kind.
        if isUsed, unsafe SSL_CTX_check_private_key(context) == 1 { return }
        if isUsed || TLSErrors.first?.is(X509_R_KEY_VALUES_MISMATCH, of: ERR_LIB_X509) == true {
            throw TLSFault(file: file, reason: "the key does not fit the certificate in \(certificateFile)")
        }
        throw Self.fault(in: file, wanted: "private key")
    }

    /// OpenSSL does not tell a file that it cannot read from one that holds nothing.
    private static func requireReadable(_ file: String) throws(TLSFault) {
        let raw = unsafe open(file, O_RDONLY | O_CLOEXEC)
        guard raw >= 0 else { throw unreadable(file, SystemFault("open")) }
        let descriptor = Descriptor(raw)
        var byte: UInt8 = 0
        guard unsafe Glibc.read(descriptor.raw, &byte, 1) >= 0 else { throw unreadable(file, SystemFault("read")) }
    }

    private static func unreadable(_ file: String, _ fault: SystemFault) -> TLSFault {
        TLSFault(file: file, reason: "cannot be read: \(fault.words)")
    }

    private static func fault(in file: String, wanted: String) -> TLSFault {
        guard let error = TLSErrors.first else { return TLSFault(file: file, reason: "OpenSSL gives no reason") }
        if error.is(PEM_R_NO_START_LINE, of: ERR_LIB_PEM) || error.is(ERR_R_UNSUPPORTED) {
            return TLSFault(file: file, reason: "holds no \(wanted) in PEM")
        }
        if error.is(ERR_R_INTERRUPTED_OR_CANCELLED) {
            return TLSFault(
                file: file, reason: "its \(wanted) is encrypted, and there is nobody to ask for the password")
        }
        return TLSFault(file: file, reason: "its \(wanted) cannot be used: \(error.words)")
    }
}
