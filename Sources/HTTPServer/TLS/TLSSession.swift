internal import COpenSSL
internal import CTLS

/// TLS on one client's non-blocking socket, confined to a loop. The socket stays open when it goes.
///
/// ```
/// handshake ─▶ read, write ─▶ shutDown
/// ```
@safe final class TLSSession {
    private let session: OpaquePointer
    /// After a fatal error nothing more may be asked of OpenSSL.
    private var isBroken = false

    /// A session that waits for a client's first bytes; `nil` without memory.
    init?(context: TLSContext, socket: Int32) {
        guard let session = unsafe SSL_new(context.settings.context) else { return nil }
        unsafe self.session = session
        guard unsafe tandem_attach_socket(session, socket) == 1 else { return nil }
        unsafe SSL_set_accept_state(session)
    }

    deinit { unsafe SSL_free(session) }

    // MARK: The handshake

    enum Handshake: Equatable {
        case done
        /// To be asked for again when the socket can be read.
        case wantsRead
        /// To be asked for again when the socket can be written.
        case wantsWrite
        /// The client's first bytes are HTTP, or anything but TLS; nothing has been sent to it.
        case plainHTTP
        /// There will be no session; the client has been told so where that was possible.
        case failed(String)
    }

    /// Goes on with the handshake as far as the socket lets it.
    func handshake() -> Handshake {
        guard !isBroken else { return .failed("the handshake has failed before") }
        TLSErrors.clear()
        let result = unsafe SSL_do_handshake(session)
        if result == 1 { return .done }
        switch unsafe SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ: return .wantsRead
        case SSL_ERROR_WANT_WRITE: return .wantsWrite
        default:
            isBroken = true
            return handshakeFault
        }
    }

    private var handshakeFault: Handshake {
        guard let error = TLSErrors.first else { return .failed("the connection broke") }
        // OpenSSL knows four methods of HTTP and CONNECT by name; the others are to it of a version that is none.
        let isPlain =
            error.is(SSL_R_HTTP_REQUEST, of: ERR_LIB_SSL) || error.is(SSL_R_HTTPS_PROXY_REQUEST, of: ERR_LIB_SSL)
            || error.is(SSL_R_WRONG_VERSION_NUMBER, of: ERR_LIB_SSL) && hasReceivedNothing
        return isPlain ? .plainHTTP : .failed(error.words)
    }

    /// Whether no message of the handshake has come.
    private var hasReceivedNothing: Bool { unsafe SSL_get_state(session) == TLS_ST_BEFORE }

    // MARK: Bytes

    /// Reads what there is, at most one record of 16 KB, into a buffer that is not empty.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        var count = 0
        return transfer(&count) { unsafe SSL_read_ex(session, buffer.baseAddress, buffer.count, &$0) }
    }

    /// Writes what the socket takes of some bytes, which are not none: at most one record of 16 KB.
    ///
    /// After ``Transfer/wantsWrite`` a record of these bytes is under way: the next call must begin with the same ones.
    func write(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        var count = 0
        return transfer(&count) { unsafe SSL_write_ex(session, bytes.baseAddress, bytes.count, &$0) }
    }

    /// Whether bytes were taken off the socket that have not been read, and that the system announces no more.
    ///
    /// It can be part of a record: after ``Transfer/wantsRead`` only the socket has more, whatever this says.
    var hasBufferedBytes: Bool { unsafe SSL_has_pending(session) == 1 }

    /// Tells the client that no more will be sent, where the socket takes it at once.
    func shutDown() {
        guard !isBroken else { return }
        TLSErrors.clear()
        _ = unsafe SSL_shutdown(session)
    }

    private func transfer(_ count: inout Int, _ move: (inout Int) -> Int32) -> Transfer {
        guard !isBroken else { return .broken }
        TLSErrors.clear()
        let result = move(&count)
        if result == 1 { return .bytes(count) }
        switch unsafe SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ: return .wantsRead
        case SSL_ERROR_WANT_WRITE: return .wantsWrite
        case SSL_ERROR_ZERO_RETURN: return .end
        default:
            isBroken = true
            return .broken
        }
    }
}
