internal import COpenSSL

/// OpenSSL's errors, which it keeps a thread's worth of: what one call left there, the next would be taken to have done.
enum TLSErrors {
    static func clear() { ERR_clear_error() }

    /// The first error of the call, which caused those after it.
    static var first: TLSError? {
        let code = ERR_peek_error()
        return code == 0 ? nil : TLSError(code: code)
    }
}

/// One error of OpenSSL's.
struct TLSError {
    let code: UInt

    /// The error number where a system call failed.
    var systemCode: Int32? { ERR_GET_LIB(code) == ERR_LIB_SYS ? ERR_GET_REASON(code) : nil }

    /// Whether it is this error of the TLS library itself.
    func isTLS(_ reason: Int32) -> Bool { ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == reason }

    /// Whether it is this error of the reader of PEM files.
    func isPEM(_ reason: Int32) -> Bool { ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == reason }

    /// OpenSSL's words for it.
    var words: String {
        if let systemCode { return SystemFault("", systemCode).words }
        guard let words = unsafe ERR_reason_error_string(code) else { return "OpenSSL error \(code)" }
        return unsafe String(cString: words)
    }
}
